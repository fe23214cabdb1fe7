/* targets: the topics that a replay writes to, as they are before it begins. */
#pragma once

#include "common/err.h"
#include "common/span.h"
#include "worker/config.h"
#include "worker/kafka/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct target {
    struct span name; /* of the route, or dead_letters */
    const char *topic;
    const char *like;    /* the config's own topic; the same where the replay writes there */
    const char *cleanup; /* cleanup.policy of a new one, where `like` is not there */
    bool keeps_time;     /* records have the timestamps of their posts */

    /* what kafka_targets_look found; of a topic that is not there, as it will be */
    bool is_there, holds_records;
    bool was_cut; /* the log of some partition no longer begins at 0 */
    bool compacted;
    int64_t retention_ms; /* -1: for ever */
    int64_t tombstone_ms; /* the same of tombstones */
};

bool kafka_targets_look(const struct config *config, struct target *targets, size_t len, struct err *err);

/* Makes those that are not there, with the settings of `like`. */
bool kafka_targets_create(const struct config *config, const struct target *targets, size_t len, struct err *err);
