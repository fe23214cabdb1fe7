#include "common/report.h"
#include "common/json.h"
#include "common/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct report *report_new(void)
{
    struct arena *mem = arena_new();
    struct report *report = arena_zero(mem, sizeof *report);

    report->mem = mem;
    return report;
}

void report_free(struct report *report)
{
    if (report)
        arena_free(report->mem);
}

static void add_problem(struct report *report, const char *file, int line, int col, bool is_warning, const char *fmt,
                        va_list args)
{
    char text[2048];

    vsnprintf(text, sizeof text, fmt, args);
    report->at = arena_room(report->mem, report->at, report->len, &report->cap, sizeof *report->at);
    report->errors += !is_warning;
    report->at[report->len++] = (struct problem){
        span_string(span_of(file), report->mem), line, col, is_warning, span_keep(span_of(text), report->mem),
    };
}

bool report_error(struct report *report, const struct node *at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add_problem(report, at->file, at->line, at->col, false, fmt, args);
    va_end(args);
    return false;
}

bool report_lack(struct report *report, const struct node *at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add_problem(report, at->file, at->line, at->col, false, fmt, args);
    va_end(args);
    report->lacks++;
    return false;
}

bool report_unreadable(struct report *report, const struct node *at, const char *path)
{
    const char *why = strerror(errno);

    return errno_is_lack(errno) ? report_lack(report, at, "%s cannot be read: %s", path, why)
                                : report_error(report, at, "%s cannot be read: %s", path, why);
}

void report_warning(struct report *report, const struct node *at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add_problem(report, at->file, at->line, at->col, true, fmt, args);
    va_end(args);
}

bool report_at(struct report *report, const char *file, int line, int col, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add_problem(report, file, line, col, false, fmt, args);
    va_end(args);
    return false;
}

static bool is_before(const struct problem *problem, const struct node *at)
{
    return problem->line < at->line || (problem->line == at->line && problem->col < at->col);
}

bool report_has_errors(const struct report *report, const struct node *member)
{
    for (size_t i = 0; member && i < report->len; i++) {
        const struct problem *problem = &report->at[i];

        if (!problem->is_warning && !strcmp(problem->file, member->file) && !is_before(problem, member->name)
            && (!member->next || is_before(problem, member->next->name)))
            return true;
    }
    return false;
}

void report_source(struct report *report, const char *path, uint64_t stamp)
{
    report->sources =
        arena_room(report->mem, report->sources, report->sources_len, &report->sources_cap, sizeof *report->sources);
    report->sources[report->sources_len++] = (struct source_file){span_string(span_of(path), report->mem), stamp};
}

static int by_place(const void *left, const void *right)
{
    const struct problem *a = left, *b = right;
    int order = strcmp(a->file, b->file);

    if (!order)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : (a->col > b->col) - (a->col < b->col);
}

static void sort_problems(struct report *report)
{
    if (report->len)
        qsort(report->at, report->len, sizeof *report->at, by_place);
}

static void write_member(struct buf *out, const char *name, struct span text)
{
    buf_format(out, "\"%s\":", name);
    json_write_string(out, text);
}

void report_write_json(struct report *report, struct buf *out)
{
    sort_problems(report);
    buf_char(out, '[');
    for (size_t i = 0; i < report->len; i++) {
        const struct problem *problem = &report->at[i];

        buf_put(out, i ? SPAN(",\n {") : SPAN("{"));
        write_member(out, "file", span_of(problem->file));
        if (problem->line)
            buf_format(out, ",\"line\":%d,\"col\":%d", problem->line, problem->col);
        buf_format(out, ",\"severity\":\"%s\",", problem->is_warning ? "warning" : "error");
        write_member(out, "message", problem->text);
        buf_char(out, '}');
    }
    buf_put(out, SPAN("]\n"));
}

void report_print(struct report *report, FILE *out)
{
    sort_problems(report);
    for (size_t i = 0; i < report->len; i++) {
        const struct problem *problem = &report->at[i];

        if (problem->line)
            fprintf(out, "%s:%d:%d: ", problem->file, problem->line, problem->col);
        else
            fprintf(out, "%s: ", problem->file);
        fprintf(out, "%s%.*s\n", problem->is_warning ? "warning: " : "", SPAN_ARGS(problem->text));
    }
}

bool report_fail(const struct report *report, struct err *err)
{
    if (report->lacks)
        return fail(err, ERR_WORK, "the system lacks what the config needs");
    return fail(err, ERR_CONFIG, "%zu %s in the config", report->errors, report->errors == 1 ? "problem" : "problems");
}
