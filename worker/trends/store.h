/* store: the seam behind which the trend stage keeps its rows. Same rows, in any order and however often: the same
 * answers.
 *
 * A store belongs to one thread. What it is made of is known to the files of its own prefix alone (sqlite_*). */
#pragma once

#include "worker/config.h"
#include "worker/trends/answer.h"
#include "worker/trends/question.h"
#include "worker/trends/row.h"

#include <stdbool.h>

/* Up to where a partition of a facts topic was read. */
struct place {
    struct span topic;
    int32_t partition;
    int64_t offset; /* of the next record */
};

struct places {
    struct place *at;
    size_t len;
};

/* Rows, and with the last ones of a transaction the places that they bring the store to. */
struct row_batch {
    const struct row *rows;
    size_t len;
    const struct place *places;
    size_t places_len;
    int64_t timestamp_ms; /* the greatest of all records read, rows set aside too; TIME_UNKNOWN: none */
    bool goes_on;         /* more rows follow in the same transaction; places do not count yet */
    bool again;           /* of a second reading: only rows of posts whose hide was taken back count */
    bool again_ends;      /* and it ends with these */
};

/* What a store has to say of itself. */
struct store_figures {
    int64_t posts;     /* rows taken so far by this process */
    int64_t version;   /* raised by each batch that changed something */
    int64_t newest_ms; /* the greatest record timestamp; TIME_UNKNOWN: nothing was read */
    int64_t waiting;   /* posts whose hide was taken back and whose rows must be read again */
    int64_t bytes;     /* on disk */
};

struct trend_store {
    const struct trend_store_ops *ops;
};

struct trend_store_ops {
    /* One transaction, of this batch and those before it that said `goes_on`: all or nothing. False, kind ERR_WORK: the
     * store is as it was before the first of them. Until the last one nothing may be asked. */
    bool (*take)(struct trend_store *store, const struct row_batch *batch, struct err *err);

    bool (*places)(struct trend_store *store, struct arena *mem, struct places *places, struct err *err);
    bool (*figures)(struct trend_store *store, struct store_figures *figures, struct err *err);

    /* Fills the part of the answer that the question's kind names. Labels are those of the store: the names themselves.
     */
    bool (*ask)(struct trend_store *store, const struct question *question, struct arena *mem, struct answer *answer,
                struct err *err);
    void (*close)(struct trend_store *store);
};

enum store_mode { STORE_WRITE, STORE_REBUILD, STORE_READ };

/* The SQLite store of the settings. STORE_WRITE makes it where there is none and locks it: a second process is refused
 * and told who has it. STORE_REBUILD drops its content first. STORE_READ asks alone, beside a writer. NULL on failure,
 * with the remedy. */
struct trend_store *sqlite_store_open(const struct trend_settings *settings, enum store_mode mode, struct err *err);
