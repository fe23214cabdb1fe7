/* bound: where a range of a topic begins or ends, as a person writes it: earliest, latest, 0:100,1:250
 * (offsets of partitions), 2026-04-10T09:00:00+09:00, or 6h (so long ago). */
#pragma once

#include "common/arena.h"
#include "common/err.h"
#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum range_bound_kind { RANGE_BOUND_EARLIEST, RANGE_BOUND_LATEST, RANGE_BOUND_TIME, RANGE_BOUND_OFFSETS };

struct range_bound_offset {
    int32_t partition;
    int64_t offset;
};

struct range_bound {
    const char *flag; /* "--from" or "--to", for errors */
    struct span text; /* as it was written */
    enum range_bound_kind kind;
    int64_t time_ms;
    const struct range_bound_offset *offsets;
    size_t offsets_len;
};

/* What a person asks for. A partition is in it if each bound with offsets names it, and `partitions`
 * too where there are any. */
struct range_request {
    struct range_bound from, to;
    const int32_t *partitions;
    size_t partitions_len; /* 0: all */
};

/* flag and text must outlive the bound. */
bool range_bound_parse(const char *flag, struct span text, int64_t now_ms, struct arena *mem, struct range_bound *bound,
                       struct err *err);

/* "0,3,5" as the partitions of a request. */
bool range_request_take_partitions(struct range_request *request, struct span text, struct arena *mem, struct err *err);

/* What can be refused without asking a broker: nothing between the bounds, one in the future, offsets
 * for other partitions in one than in the other. */
bool range_request_check(const struct range_request *request, int64_t now_ms, struct err *err);

bool range_request_has(const struct range_request *request, int32_t partition);

/* The offset that a bound names for the partition; -1: none. */
int64_t range_bound_offset(const struct range_bound *bound, int32_t partition);
