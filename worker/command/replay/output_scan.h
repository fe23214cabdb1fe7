/* landed: what downstream topics hold of a range, found by the source that records carry, and dead letters by
 * their headers. Tombstones carry none. */
#pragma once

#include "worker/command/replay/replay.h"

struct output_record {
    size_t output; /* index of the first of the job's routes with that topic; routes.len: dead letters */
    const struct piece
        *piece;     /* whose partition it came of; NULL: of none of the range, or a tombstone, which does not say */
    int64_t offset; /* of the message that it came of; -1: not said */
    size_t part;    /* of the message's posts, as struct message counts them */
    const struct kafka_record *record;
};

/* The output that a route's records are under. */
size_t output_output(const struct job *job, const struct route *route);

/* Gives each record of the job's topics, in the order of topic, partition and offset. */
bool output_each(const struct job *job, const struct range *range,
                 bool (*take)(const struct output_record *landed, void *context, struct err *err), void *context,
                 struct err *err);

/* Where a post is, for people: "posts.raw/3/991", and "posts.raw/3/991[2]" of a record of several. */
struct span output_place(const struct piece *piece, const struct message *message, struct arena *mem);

/* Whether the message that it came of is in the range. */
bool output_in_range(const struct output_record *landed);

/* Whether the record was made by these rules; one that names no rules, such as a hide's, by any. */
bool output_is_by(struct span value, const struct ruleset *rules);
