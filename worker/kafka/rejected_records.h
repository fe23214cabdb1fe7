/* refused: messages of which the broker rejected a record, until their offsets are committed.
 *
 * The broker rejects whole batches, and says it of each record in them. What failed in a transaction is noted; when the
 * transaction is given up, refused_judge decides: a single record is the one that was rejected; of several, each goes
 * in a batch of its own when its message comes again. Sorted, so that a look-up costs the logarithm of their number. */
#pragma once

#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct refusal {
    size_t slot; /* of the partition, in the positions */
    int64_t offset;
    char *why;          /* why its records were rejected; NULL: they were not */
    int letters;        /* how often its dead letter was rejected */
    bool alone;         /* its records go in batches of their own */
    int failed;         /* how many of its records failed in the open transaction */
    bool failed_letter; /* what failed was its dead letter */
    char *said;         /* why it failed; NULL unless failed */
};

struct refused {
    struct refusal *at; /* by slot and offset */
    size_t len, cap;
};

void refused_free(struct refused *refused);

/* NULL: nothing is noted of this message. The pointer holds until the next call of a function below. */
struct refusal *refused_find(const struct refused *refused, size_t slot, int64_t offset);

/* Notes that a record of the message, or its dead letter, failed in the open transaction; the first reason is kept. */
void refused_fail(struct refused *refused, size_t slot, int64_t offset, bool is_letter, const char *why);

/* To be called once the transaction is given up. The message whose record or dead letter was rejected, with `why` set
 * or `letters` raised; NULL where none failed, or several records did that may have shared a batch: their messages are
 * `alone` from now on. */
struct refusal *refused_judge(struct refused *refused);

/* A topic accepts more than before: messages whose records were rejected are tried once more, alone. Those whose dead
 * letter is under way stay dead. Returns how many. */
size_t refused_retry(struct refused *refused);

/* Forgets those of the slot before the offset. */
void refused_before(struct refused *refused, size_t slot, int64_t offset);
