/* range: bounded pieces of topics, as offsets that were fixed when they were asked for. */
#pragma once

#include "common/arena.h"
#include "common/err.h"
#include "worker/config.h"
#include "worker/kafka/range_request.h"

/* The part of one partition. Its end is the last stable offset at most: all before it is decided. */
struct piece {
    const char *topic;
    int32_t partition;
    int64_t start, end; /* [start, end); alike where nothing is wanted of it */
};

struct range {
    struct piece *at;
    size_t len;
};

/* What the request means now: a piece for every partition of every input, those that it leaves out empty. Fails
 * with kind ERR_CONFIG where it asks for what is not there: before the log's start, behind its end, an
 * unknown partition, reversed, or nothing at all. */
bool range_resolve(const struct config *config, const struct range_request *request, struct arena *mem,
                   struct range *range, struct err *err);

/* All of a topic as it is now. */
bool range_whole(const struct config *config, const char *topic, struct arena *mem, struct range *range,
                 struct err *err);

/* The one offset of a partition as a range. Fails with kind ERR_CONFIG where it is not there: no topic, no partition,
 * gone from the log's start, or not there yet; mind that what an open transaction wrote is not there yet. */
bool range_one(const struct config *config, const char *topic, int32_t partition, int64_t offset, struct arena *mem,
               struct range *range, struct err *err);

/* Whether the range holds records with a timestamp before that; *piece is the first one. */
bool range_is_older(const struct config *config, const struct range *range, int64_t than_ms, const struct piece **piece,
                    struct err *err);

/* Appends the pieces of another range. */
void range_add(struct range *range, const struct range *more, struct arena *mem);

/* The piece of a partition; NULL: the range has none. */
const struct piece *range_find(const struct range *range, struct span topic, int64_t partition);

int64_t range_size(const struct range *range); /* offsets, which may be more than records */
