/* A lexicon, in YAML or by one of the forms of TSV, which the first byte chooses. */
#include "common/report.h"
#include "tests/fuzz/fuzz.h"
#include "worker/enrich/lexicon.h"

#include <stdio.h>

const struct fuzz_limits fuzz_limits = {
    .base_us = 200000, .byte_ns = 200000, .base_bytes = 8 << 20, .byte_bytes = 4096};

static FILE *nowhere;

void fuzz_start(void)
{
    nowhere = fopen("/dev/null", "w");
}

/* Rules that name it. */
static struct span rules_with(const char *path, unsigned form, struct arena *mem)
{
    enum { FORMS = TSV_PN_VERB + 1 };

    if (form % FORMS == TSV_NONE)
        return span_format(mem, "version: 1\nsentiment: {lexicons: [%s]}\n", path);
    return span_format(mem, "version: 1\nsentiment: {lexicons: [{file: %s, form: %s}]}\n", path,
                       tsv_form_names[form % FORMS]);
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    unsigned form = fuzz_byte(&bytes);
    const char *lexicon = fuzz_file(FUZZ_FILE_FIRST, bytes);
    struct span path = span_of(fuzz_file(FUZZ_FILE_SECOND, rules_with(lexicon, form, mem)));
    struct report *report = report_new();
    struct ruleset *rules = ruleset_load(&(struct list){&path, 1}, NULL, report);
    struct found found = {0};
    struct post post;

    FUZZ_CHECK(rules != NULL || report->errors);
    report_print(report, nowhere);
    post_clear(&post);
    post.says = SAYS_POST;
    post.text = SPAN("great, 最悪だが楽しいじゃない :)");
    if (rules)
        ruleset_apply(rules, &post, TIME_UNKNOWN, &found, mem);
    ruleset_free(rules);
    report_free(report);
    return bytes.len;
}
