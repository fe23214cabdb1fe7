/* bound: where a range of a topic begins or ends, as a person writes it: earliest, latest, 0:100,1:250
 * (offsets of partitions), 2026-04-10T09:00:00+09:00, or 6h (so long ago). */
#pragma once

#include "common/arena.h"
#include "common/err.h"
#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bound_kind { BOUND_EARLIEST, BOUND_LATEST, BOUND_TIME, BOUND_OFFSETS };

struct bound_offset {
    int32_t partition;
    int64_t offset;
};

struct bound {
    const char *flag;                   /* "--from" or "--to", for errors */
    struct span text;                   /* as it was written */
    enum bound_kind kind;
    int64_t time_ms;
    const struct bound_offset *offsets;
    size_t offsets_len;
};

/* What a person asks for. A partition is in it if each bound with offsets names it, and `partitions`
 * too where there are any. */
struct wish {
    struct bound from, to;
    const int32_t *partitions;
    size_t partitions_len;              /* 0: all */
};

/* flag and text must outlive the bound. */
bool bound_parse(const char *flag, struct span text, int64_t now_ms, struct arena *mem, struct bound *bound,
                 struct err *err);

/* "0,3,5" as the partitions of a wish. */
bool wish_take_partitions(struct wish *wish, struct span text, struct arena *mem, struct err *err);

/* What can be refused without asking a broker: nothing between the bounds, one in the future, offsets
 * for other partitions in one than in the other. */
bool wish_check(const struct wish *wish, int64_t now_ms, struct err *err);

bool wish_has(const struct wish *wish, int32_t partition);

/* The offset that a bound names for the partition; -1: none. */
int64_t bound_offset(const struct bound *bound, int32_t partition);
