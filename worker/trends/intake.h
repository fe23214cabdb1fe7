/* intake: rows on their way into a store: decoded, counted by fault, and committed in batches. They are given to the
 * store a few at a time, so that what was decoded is still in the processor's caches. */
#pragma once

#include "worker/trends/store.h"

enum { INTAKE_ROWS = 32, INTAKE_STREAM_MS = 500 };

enum intake_wait { INTAKE_READY, INTAKE_NOT_YET, INTAKE_STOP };

/* Waits until the file can be read, at most so long (-1: for ever), or until it is asked to stop. */
typedef enum intake_wait intake_waiter(void *context, int file, int64_t most_ms);

struct intake {
    struct trend_store *store;
    size_t text_max;   /* bytes of a row's text: those that the worker takes */
    struct arena *mem; /* of the rows that the store does not have yet */
    struct row rows[INTAKE_ROWS];
    size_t len;
    size_t added;                     /* since the last commit, bad ones too */
    int64_t uncommitted;              /* that the store has */
    int64_t since_ms;                 /* when the first of them came, by the steady clock; 0: none did */
    int64_t newest_ms;                /* of the rows since the last commit; TIME_UNKNOWN: none */
    bool has_hides;                   /* of the rows since the last commit; those taken back too */
    bool again;                       /* a second reading */
    int64_t until_ms;                 /* rows with a greater timestamp are left; INT64_MAX: none is */
    int64_t left_ms;                  /* the least timestamp of those that were left; INT64_MAX: none was */
    void (*committed)(void *context); /* called after each commit; NULL: none */
    intake_waiter *wait;              /* for more of a stream; NULL: by reading */
    void *context;                    /* of both */
    bool failed;                      /* the store did not take some: the commit says why */
    struct err why;
    int64_t taken, faults[ROW_FAULT_COUNT];
};

struct intake *intake_new(struct trend_store *store, int64_t text_max);
void intake_free(struct intake *intake); /* takes NULL; what is not committed is forgotten */

/* One row; a bad one is counted. After a failure rows are dropped until the commit, which fails. False: its timestamp
 * is after until_ms; it was left, and is to be given again. A second reading leaves none. */
bool intake_add(struct intake *intake, struct span bytes, int64_t timestamp_ms);
bool intake_is_full(const struct intake *intake); /* a commit is due */
bool intake_commit(struct intake *intake, const struct place *places, size_t places_len, bool again_ends,
                   struct err *err);

int64_t intake_bad(const struct intake *intake); /* rows that were not taken, set aside too */

/* All rows of a file, one a line, blank lines are none; where a hide was taken back it is read a second time. What
 * cannot be read twice, a stream, is copied into a file without a name meanwhile; its rows are committed
 * INTAKE_STREAM_MS after the first of them came at the latest, whether more come or not, and it is read until its end
 * or a stop. */
bool intake_file(struct intake *intake, int file, const char *name, struct err *err);
