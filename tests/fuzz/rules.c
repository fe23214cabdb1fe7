/* A rules file: it is loaded and applied to a few posts, or each problem has its sentence. */
#include "common/report.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

const struct fuzz_limits fuzz_limits = {
    .base_us = 300000, .byte_ns = 400000, .base_bytes = 8 << 20, .byte_bytes = 4096};

static FILE *nowhere;

void fuzz_start(void)
{
    nowhere = fopen("/dev/null", "w");
}

static void apply(const struct ruleset *rules, struct arena *mem)
{
    static const struct span texts[] = {
        SPAN("南鳥島のレアアース、どう思う？ #レアアース https://t.co/a"),
        SPAN("Not good at all, rain and snow again :( @someone $TSLA"),
        SPAN(""),
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct found found = {0};
        struct post post;

        post_clear(&post);
        post.says = SAYS_POST;
        post.id = SPAN("1");
        post.text = texts[i];
        post.lang = i ? SPAN("en") : SPAN("ja");
        ruleset_apply(rules, &post, TIME_UNKNOWN, &found, mem);
        for (size_t t = 0; t < found.tags.len; t++)
            FUZZ_CHECK(utf8_valid(found.tags.at[t]));
    }
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    struct span path = span_of(fuzz_file(FUZZ_FILE_FIRST, bytes));
    struct report *report = report_new();
    struct ruleset *rules = ruleset_load(&(struct list){&path, 1}, NULL, report);

    FUZZ_CHECK(rules != NULL || report->errors);
    report_print(report, nowhere);
    if (rules)
        apply(rules, mem);
    ruleset_free(rules);
    report_free(report);
    return bytes.len;
}
