/* event: all that is known of one message when its records are written. */
#pragma once

#include "worker/decode/input.h"
#include "worker/enrich/found.h"
#include "worker/message.h"
#include "worker/rules/ruleset.h"

struct event {
    const struct message *message;
    const struct post *post;
    const struct found *found;
    const struct ruleset *rules;
    int64_t as_of_ms; /* TIME_UNKNOWN where neither post nor record says it */
};
