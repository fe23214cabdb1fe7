#include "tests/unit/support.h"
#include "common/buf.h"
#include "tests/unit/test.h"
#include "worker/decode/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

const struct input plain_input = {.topic = {"posts.raw", 9}, .key = INPUT_KEY_ID};

/* What is to be given back at the end. */
struct kept {
    struct ruleset *rules;
    struct config *config;
    char *file;
    struct kept *next;
};

static struct arena *mem;
static struct kept *kept;
static char folder[] = "/tmp/trendmill-unit-XXXXXX";
static bool has_folder;

static void clean(void)
{
    for (struct kept *one = kept; one; one = one->next) {
        ruleset_free(one->rules);
        config_free(one->config);
        if (one->file)
            unlink(one->file);
    }
    if (has_folder)
        rmdir(folder);
    arena_free(mem);
}

struct arena *scratch(void)
{
    if (!mem) {
        mem = arena_new();
        atexit(clean);
    }
    return mem;
}

static void keep(struct kept what)
{
    struct kept *one = arena_take(scratch(), sizeof *one);

    *one = what;
    one->next = kept;
    kept = one;
}

const char *file_with(const char *name, const char *text)
{
    if (!has_folder && !mkdtemp(folder))
        abort();
    has_folder = true;
    struct span path = span_format(scratch(), "%s/%s", folder, name);
    FILE *file = fopen(path.at, "w");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
    keep((struct kept){.file = span_string(path, mem)});
    return path.at;
}

/* The text without the folder's path wherever it is. */
static struct span without_folder(struct span text)
{
    struct span path = span_format(scratch(), "%s/", folder);
    struct buf out = buf_in(mem);

    for (size_t at = 0; at < text.len;) {
        struct span rest = {text.at + at, text.len - at};

        if (span_starts(rest, path))
            at += path.len;
        else
            buf_char(&out, text.at[at++]);
    }
    return buf_span(&out);
}

struct span problems_of(struct report *report)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    report_print(report, out);
    fclose(out);
    struct span printed = without_folder((struct span){text, len});
    free(text);
    return printed;
}

static struct ruleset *load_rules(const char *yaml, struct report *report)
{
    bool has_version = strstr(yaml, "version:") != NULL;
    struct span text = span_format(scratch(), "%s%s", yaml, has_version ? "" : "\nversion: 1\n");
    struct span path = span_of(file_with("rules.yaml", text.at));
    struct config config = {.rules = {&path, 1}};

    return ruleset_load(&config.rules, NULL, report);
}

const struct ruleset *rules_from(const char *yaml)
{
    struct report *report = report_new();
    struct ruleset *rules = load_rules(yaml, report);

    if (!rules) {
        fprintf(stderr, "%.*s", SPAN_ARGS(problems_of(report)));
        abort();
    }
    report_free(report);
    keep((struct kept){.rules = rules});
    return rules;
}

struct span rules_problems(const char *yaml)
{
    struct report *report = report_new();

    ruleset_free(load_rules(yaml, report));
    struct span problems = problems_of(report);
    report_free(report);
    return problems;
}

struct config *config_from(const char *yaml)
{
    struct report *report = report_new();
    struct config *config = config_load(file_with("worker.yaml", yaml), report);

    if (!config || report->errors) {
        fprintf(stderr, "%.*s", SPAN_ARGS(problems_of(report)));
        abort();
    }
    report_free(report);
    keep((struct kept){.config = config});
    return config;
}

struct span config_problems(const char *yaml)
{
    struct report *report = report_new();

    config_free(config_load(file_with("worker.yaml", yaml), report));
    struct span problems = problems_of(report);
    report_free(report);
    return problems;
}

const struct post *post_from(const char *json)
{
    static const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64};
    struct message message = {.input = &plain_input, .value = span_of(json), .timestamp_ms = TIME_UNKNOWN};
    struct post *post = arena_take(scratch(), sizeof *post);
    struct span why = {0};
    enum fault fault = post_decode(&message, &limits, mem, post, &why);

    if (fault)
        test_failed(__FILE__, __LINE__, "%s is no post: %.*s", json, SPAN_ARGS(why));
    return post;
}

const struct post *post_saying(struct span text)
{
    struct post *post = arena_take(scratch(), sizeof *post);

    post_clear(post);
    post->says = SAYS_POST;
    post->id = SPAN("1");
    post->text = text;
    return post;
}

const struct found *found_in(const struct ruleset *rules, const struct post *post)
{
    struct found *found = arena_take(scratch(), sizeof *found);

    ruleset_apply(rules, post, post->observed_ms, found, mem);
    return found;
}

int64_t spent_ns(void)
{
    struct timespec at;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return at.tv_sec * (int64_t)1000000000 + at.tv_nsec;
}

struct span joined(struct spans spans)
{
    struct buf out = buf_in(scratch());

    for (size_t i = 0; i < spans.len; i++) {
        if (i)
            buf_char(&out, ' ');
        buf_put(&out, spans.at[i]);
    }
    return buf_span(&out);
}
