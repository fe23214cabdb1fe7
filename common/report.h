/* report: all problems of a config, each with its place, so that one run shows what is to be fixed. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct node;

struct problem {
    const char *file;
    int line, col; /* from 1; 0 where the whole file is meant */
    bool is_warning;
    struct span text;
};

/* A file that was read, or could not be. */
struct source_file {
    const char *path;
    uint64_t stamp; /* file_stamp just before it was read */
};

struct report {
    struct arena *mem;
    struct problem *at;
    size_t len, cap;
    size_t errors, lacks; /* lacks are among the errors */
    struct source_file *sources;
    size_t sources_len, sources_cap;
};

struct report *report_new(void);
void report_free(struct report *report); /* takes NULL */

/* Always false, so that a check can end with it. */
bool report_error(struct report *report, const struct node *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void report_warning(struct report *report, const struct node *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool report_at(struct report *report, const char *file, int line, int col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Not a mistake in the config: the system lacks memory, threads or files. */
bool report_lack(struct report *report, const struct node *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A file that the config names, right after reading it failed: errno says why, and whether it is a lack. */
bool report_unreadable(struct report *report, const struct node *at, const char *path);

/* Whether an error is at a member of a map or within it: of such a member nothing is said that may follow from that.
 * NULL: none. */
bool report_has_errors(const struct report *report, const struct node *member);

/* Notes a file that what is reported on is made of, for those who watch it; to be called before it is read. */
void report_source(struct report *report, const char *path, uint64_t stamp);

/* One line each, in the order of files and lines: file:line:col: message. */
void report_print(struct report *report, FILE *out);

/* [{"file","line","col","severity","message"}] in the same order; severity is "error" or "warning". */
void report_write_json(struct report *report, struct buf *out);

/* err takes the last word of a report with errors: how many there are. Kind ERR_WORK if any is a lack, which may hide
 * the rest, else ERR_CONFIG. */
bool report_fail(const struct report *report, struct err *err);
