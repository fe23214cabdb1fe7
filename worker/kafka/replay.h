/* replay: a range in the book of a group of its own. Each partition's offset is committed before anyone
 * joins, and its end travels with it as the offset's metadata; every commit passes them on. So the group
 * alone says how far all processes of a replay have come. */
#pragma once

#include "common/arena.h"
#include "common/err.h"
#include "worker/config.h"
#include "worker/kafka/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One partition as its group has it. */
struct replay_part {
    const char *topic;
    int32_t partition;
    int64_t start, end;
    int64_t at; /* all before it is committed */
};

struct replay_state {
    struct span request; /* as it was begun with */
    struct span rules;   /* their version and fingerprint; empty: begun by an older worker */
    struct replay_part *at;
    size_t len; /* 0: no replay was begun in this group */
};

/* A consumer in the group's name that never joins. config is the replay's: its group, its inputs. */
struct kafka_replay;

struct kafka_replay *kafka_replay_open(const struct config *config, struct err *err);
void kafka_replay_close(struct kafka_replay *replay); /* takes NULL */

/* What is committed now; it is in mem. Fails where there is no answer (ERR_CLUSTER), or the offsets of
 * some partitions are gone (ERR_WORK). An open transaction of a process that died is waited for, up to timeout_ms. */
bool kafka_replay_look(struct kafka_replay *replay, int timeout_ms, struct arena *mem, struct replay_state *state,
                       struct err *err);

/* Commits the starts and ends. The brokers refuse where the group has members: somebody else was quicker,
 * and kafka_replay_look tells what was begun. */
bool kafka_replay_begin(struct kafka_replay *replay, const struct range *range, struct span request, struct span rules,
                        struct err *err);

bool replay_is_over(const struct replay_state *state);

/* The end in an offset's metadata; false if it is none of a replay. */
bool replay_end(const char *metadata, size_t size, int64_t *end);
