#include "common/term.h"
#include "common/time.h"
#include "worker/command/command.h"
#include "worker/command/explain/explain.h"
#include "worker/command/junit.h"
#include "worker/command/replay/replay.h"
#include "worker/command/test_cases.h"

#include <stdio.h>

enum { CONFIG, JUNIT };

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [JUNIT] = {"junit", "FILE", "Write what came of the tests there as JUnit's XML, which CI systems show."},
    {0},
};

enum { LABEL = 10, INDENT = 8 };

/* One test at work; what is wrong is written into `out`. */
struct judge {
    const struct expected *expected;
    const struct explanation *got;
    struct arena *mem;
    struct buf out;
};

static void write_label(struct judge *judge, const char *label, struct span text)
{
    buf_format(&judge->out, "%*s%-*s%.*s\n", INDENT, "", LABEL, label, SPAN_ARGS(text));
}

static void write_pair(struct judge *judge, const char *what, struct span expected, struct span got, struct span how)
{
    buf_format(&judge->out, "      %s\n", what);
    write_label(judge, "expected", expected);
    if (how.len)
        got = span_format(judge->mem, "%.*s (%.*s)", SPAN_ARGS(got), SPAN_ARGS(how));
    write_label(judge, "got", got);
}

/* --- names --- */

static bool has_name(struct spans names, struct span name)
{
    for (size_t i = 0; i < names.len; i++)
        if (span_equal(names.at[i], name))
            return true;
    return false;
}

static struct span listed(struct spans names, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (size_t i = 0; i < names.len; i++)
        buf_format(&out, "%s%.*s", i ? ", " : "", SPAN_ARGS(names.at[i]));
    return out.len ? buf_span(&out) : SPAN("none");
}

static struct spans spans_of(const struct list *list)
{
    return (struct spans){list->at, list->len};
}

static struct spans missing_of(const struct wanted *wanted, struct spans got, struct arena *mem)
{
    struct spans want = spans_of(wanted->is_exact ? &wanted->is : &wanted->has);
    struct spans missing = {arena_take(mem, want.len * sizeof *missing.at), 0};

    for (size_t i = 0; i < want.len; i++)
        if (!has_name(got, want.at[i]))
            missing.at[missing.len++] = want.at[i];
    return missing;
}

static struct spans extra_of(const struct wanted *wanted, struct spans got, struct arena *mem)
{
    struct spans extra = {arena_take(mem, got.len * sizeof *extra.at), 0};

    for (size_t i = 0; i < got.len; i++)
        if (wanted->is_exact ? !has_name(spans_of(&wanted->is), got.at[i])
                             : has_name(spans_of(&wanted->lacks), got.at[i]))
            extra.at[extra.len++] = got.at[i];
    return extra;
}

static struct span say_wanted(const struct wanted *wanted, struct arena *mem)
{
    struct buf out = buf_in(mem);

    if (wanted->is_exact)
        return listed(spans_of(&wanted->is), mem);
    if (wanted->has.len)
        buf_format(&out, "has %.*s", SPAN_ARGS(listed(spans_of(&wanted->has), mem)));
    if (wanted->lacks.len)
        buf_format(&out, "%slacks %.*s", out.len ? "; " : "", SPAN_ARGS(listed(spans_of(&wanted->lacks), mem)));
    return buf_span(&out);
}

/* `why` may be NULL: there is nothing to say about a name. */
static void judge_names(struct judge *judge, const char *what, const struct wanted *wanted, struct spans got,
                        struct span (*why)(const struct judge *, struct span, bool))
{
    struct spans missing = missing_of(wanted, got, judge->mem), extra = extra_of(wanted, got, judge->mem);

    if (!wanted->node || (!missing.len && !extra.len))
        return;
    write_pair(judge, what, say_wanted(wanted, judge->mem), listed(got, judge->mem), (struct span){0});
    for (size_t i = 0; i < missing.len; i++)
        write_label(judge, "missing", why ? why(judge, missing.at[i], false) : missing.at[i]);
    for (size_t i = 0; i < extra.len; i++)
        write_label(judge, "extra", why ? why(judge, extra.at[i], true) : extra.at[i]);
}

/* --- tags, and why they are there or not --- */

static struct span why_fired(const struct tag_explanation *tag, struct arena *mem)
{
    struct buf out = buf_in(mem);

    if (tag->fires && tag->hits_len)
        explain_hits(tag, &out);
    else if (tag->fires)
        buf_put(&out, SPAN("its rule holds without a hit"));
    if (tag->implied_by_len)
        buf_format(&out, "%simplied by %.*s", out.len ? "; " : "",
                   SPAN_ARGS(listed((struct spans){tag->implied_by, tag->implied_by_len}, mem)));
    return buf_span(&out);
}

static struct span why_not_fired(const struct tag_explanation *tag, struct arena *mem)
{
    if (tag->missed.len)
        return tag->missed;
    for (size_t i = 0; i < tag->hits_len; i++) {
        const struct tag_hit *hit = &tag->hits[i];

        if (hit->within)
            return span_format(mem, "\"%.*s\" is within %s", SPAN_ARGS(hit->text), hit->within);
        if (hit->word.len)
            return span_format(mem, "the known word %.*s crosses the edge of \"%.*s\"", SPAN_ARGS(hit->word),
                               SPAN_ARGS(hit->text));
        if (hit->except.len)
            return span_format(mem, "except %.*s covers \"%.*s\"", SPAN_ARGS(hit->except), SPAN_ARGS(hit->text));
    }
    return tag->hits_len ? SPAN("several of its conditions failed") : SPAN("nothing of its rule was hit");
}

static struct span why_tag(const struct judge *judge, struct span name, bool fired)
{
    for (size_t i = 0; i < judge->got->tags.len; i++) {
        const struct tag_explanation *tag = &judge->got->tags.at[i];

        if (span_equal(tag->name, name))
            return span_format(judge->mem, "%.*s: %.*s", SPAN_ARGS(name),
                               SPAN_ARGS(fired ? why_fired(tag, judge->mem) : why_not_fired(tag, judge->mem)));
    }
    return name;
}

static void judge_entities(struct judge *judge)
{
    const struct entities *all = &judge->got->found.entities;

    for (int kind = 0; kind < ENTITY_KINDS; kind++) {
        struct spans got = {arena_take(judge->mem, all->len * sizeof *got.at), 0};

        for (size_t i = 0; i < all->len; i++)
            if (all->at[i].kind == (enum entity_kind)kind)
                got.at[got.len++] = all->at[i].text;
        judge_names(judge, entity_names[kind], &judge->expected->entities[kind], got, NULL);
    }
}

/* --- single values --- */

static struct span how_of(const struct judge *judge, const char *name)
{
    const struct findings *accounts = &judge->got->accounts;

    for (size_t i = 0; i < accounts->len; i++)
        if (span_equal(accounts->at[i].name, span_of(name)))
            return accounts->at[i].how;
    return (struct span){0};
}

static struct span or_none(struct span text)
{
    return text.len ? text : SPAN("none");
}

static void judge_text(struct judge *judge, const char *what, struct span expected, struct span got)
{
    if (expected.len && !span_equal(expected, or_none(got)))
        write_pair(judge, what, expected, or_none(got), how_of(judge, what));
}

static void judge_kind(struct judge *judge)
{
    struct span got = span_of(explain_says(&judge->got->post));

    if (judge->expected->kind >= 0)
        judge_text(judge, "kind", span_of(case_kinds[judge->expected->kind]), got);
}

static struct span figure(int128 value, struct arena *mem)
{
    struct buf out = buf_in(mem);

    if (value == FIGURE_UNKNOWN)
        return SPAN("unknown");
    buf_decimal(&out, value);
    return buf_span(&out);
}

static void judge_figures(struct judge *judge)
{
    for (int i = 0; i < FIGURES; i++) {
        const struct wanted_figure *wanted = &judge->expected->figures[i];
        int128 value = wanted->is_unknown ? FIGURE_UNKNOWN : wanted->value, got = judge->got->found.figures[i];

        if (wanted->node && value != got)
            write_pair(judge, figure_names[i], figure(value, judge->mem), figure(got, judge->mem),
                       how_of(judge, figure_names[i]));
    }
}

static void judge_routes(struct judge *judge)
{
    for (size_t i = 0; i < judge->expected->routes_len; i++) {
        const struct wanted_route *wanted = &judge->expected->routes[i];

        for (size_t j = 0; j < judge->got->routes_len; j++) {
            const struct route_explanation *got = &judge->got->routes[j];

            if (span_equal(got->route->name, wanted->name) && wanted->taken != (got->records_len > 0))
                write_pair(judge, span_format(judge->mem, "route %.*s", SPAN_ARGS(wanted->name)).at,
                           wanted->taken ? SPAN("yes") : SPAN("no"), wanted->taken ? SPAN("no") : SPAN("yes"),
                           got->why_not);
        }
        if (wanted->taken && !judge->got->routes_len)
            write_pair(judge, span_format(judge->mem, "route %.*s", SPAN_ARGS(wanted->name)).at, SPAN("yes"),
                       SPAN("no"), SPAN("the record is no post"));
    }
}

static void judge_all(struct judge *judge)
{
    const struct expected *expected = judge->expected;
    const struct explanation *got = judge->got;

    if (expected->fault != (int)got->fault) {
        write_pair(judge, "fault", span_of(fault_names[expected->fault]), span_of(fault_names[got->fault]), got->why);
        return;
    }
    if (got->fault)
        return;
    judge_kind(judge);
    judge_text(judge, "lang", expected->lang, got->found.lang);
    judge_names(judge, "tags", &expected->tags, got->found.tags, why_tag);
    judge_entities(judge);
    judge_text(judge, "segment", expected->segment, got->found.segment);
    judge_text(judge, "sentiment", expected->sentiment,
               got->found.has_sentiment ? span_of(sentiment_names[got->found.sentiment.label]) : (struct span){0});
    judge_figures(judge);
    judge_text(judge, "tier", expected->tier, got->found.tier);
    judge_routes(judge);
}

/* --- running --- */

struct runner {
    const struct setup *setup;
    bool colour;
    size_t passed, failed;
    struct arena *mem;        /* of the cases */
    struct junit_case *ended; /* as they came */
    size_t ended_len, ended_cap;
};

static void note_case(struct runner *runner, const struct test_case *test, struct span wrong, int64_t started_us)
{
    runner->passed += !wrong.len;
    runner->failed += wrong.len > 0;
    runner->ended =
        arena_room(runner->mem, runner->ended, runner->ended_len, &runner->ended_cap, sizeof *runner->ended);
    runner->ended[runner->ended_len++] = (struct junit_case){
        .name = test->name,
        .wrong = span_keep(wrong, runner->mem),
        .file = test->node->file,
        .line = test->node->line,
        .seconds = (double)(time_steady_us() - started_us) / 1e6,
    };
}

static void print_case(struct runner *runner, const struct test_case *test, struct span wrong)
{
    const char *reset = runner->colour ? "\033[0m" : "";

    if (!wrong.len) {
        printf("%sok%s    %.*s\n", runner->colour ? "\033[32m" : "", reset, SPAN_ARGS(test->name));
        return;
    }
    printf("%sFAIL%s  %.*s (%s:%d)\n%.*s", runner->colour ? "\033[1;31m" : "", reset, SPAN_ARGS(test->name),
           test->node->file, test->node->line, SPAN_ARGS(wrong));
}

static void run_case(struct runner *runner, const struct test_case *test)
{
    const struct config *config = runner->setup->config;
    struct line line = line_of(config, runner->setup->rules);
    struct message message = {
        .input = test->input,
        .value = test->post,
        .partition = -1,
        .offset = 1,
        .timestamp_ms = TIME_UNKNOWN,
    };
    struct arena *mem = arena_new();
    int64_t started_us = time_steady_us();
    struct judge judge = {&test->expected, explain_message(&line, &message, mem), mem, buf_in(mem)};

    judge_all(&judge);
    print_case(runner, test, buf_span(&judge.out));
    note_case(runner, test, buf_span(&judge.out), started_us);
    arena_free(mem);
}

/* All files are read before the first test runs: a file with an error fails the whole. */
static bool load_all(const struct setup *setup, char *const *files, struct cases *cases, struct arena *mem,
                     struct err *err)
{
    struct report *report = report_new();

    for (; *files; files++)
        *cases++ = cases_load(*files, setup->config, setup->rules, mem, report);
    report_print(report, stderr);
    bool fine = !report->errors || report_fail(report, err);
    report_free(report);
    return fine;
}

static bool save_junit(const struct runner *runner, const char *path, struct err *err)
{
    struct buf out = buf_in(runner->mem);

    if (!path)
        return true;
    junit_write(runner->ended, runner->ended_len, &out);
    return report_save(path, buf_span(&out), err);
}

static bool run_all(struct runner *runner, const struct cases *cases, size_t len, const char *junit, struct err *err)
{
    for (size_t i = 0; i < len; i++)
        for (size_t j = 0; j < cases[i].len; j++)
            run_case(runner, &cases[i].at[j]);
    printf("%zu passed, %zu failed\n", runner->passed, runner->failed);
    if (fflush(stdout) != 0)
        return fail(err, ERR_WORK, "the output cannot be written");
    if (!save_junit(runner, junit, err))
        return false;
    err->kind = ERR_WORK; /* what there is to say was printed */
    return !runner->failed;
}

static bool run_test(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;
    size_t len = 0;

    while (rest[len])
        len++;
    if (!len)
        return fail(err, ERR_CONFIG, "no tests; name a file of them, such as config/rules.test.yaml");
    if (!setup_load(values[CONFIG], &setup, err))
        return false;
    struct arena *mem = arena_new();
    struct cases *cases = arena_zero(mem, len * sizeof *cases);
    struct runner runner = {.setup = &setup, .colour = term_has_colour(stdout), .mem = mem};
    bool fine = load_all(&setup, rest, cases, mem, err) && run_all(&runner, cases, len, values[JUNIT], err);
    arena_free(mem);
    setup_free(&setup);
    return fine;
}

const struct command command_test = {
    .name = "test",
    .arguments = "FILE...",
    .help = "Unit tests of a config, in YAML: posts, and what must come of them; exit code 1 if one fails.",
    .flags = flags,
    .rest_max = ARGUMENTS_ANY,
    .run = run_test,
};
