/* landed: what downstream topics hold of a range, found by the source that records carry, and dead letters by
 * their headers. Tombstones carry none. */
#pragma once

#include "worker/command/replay.h"

struct landed {
    size_t output;              /* index of the first of the job's routes with that topic; routes.len: dead letters */
    const struct piece *piece;
    int64_t offset;             /* of the message that it came of; -1: a tombstone, which does not say */
    const struct kafka_record *record;
};

/* The output that a route's records stand under. */
size_t landed_output(const struct job *job, const struct route *route);

/* Gives each record of the job's topics that came of the range, in the order of topic, partition and offset,
 * and each tombstone. */
bool landed_each(const struct job *job, const struct range *range,
                 bool (*take)(const struct landed *landed, void *context, struct err *err), void *context,
                 struct err *err);

/* Whether the record was made by these rules; one that names no rules, such as a hide's, by any. */
bool landed_is_by(struct span value, const struct ruleset *rules);
