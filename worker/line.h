/* line: what happens to one message between poll and commit: decode, enrich, route. */
#pragma once

#include "worker/config.h"
#include "worker/monitor/metrics.h"
#include "worker/port.h"
#include "worker/rules/ruleset.h"

struct line {
    const struct limits *limits;
    const struct ruleset *rules;
    const struct list *routes;          /* of struct route */
    const struct list *skip;            /* of struct skip */
    const struct hides *hides;          /* NULL: posts are as hidden as their topic says so far */
    struct meter *meter;                /* counts tags; NULL: nobody does */
};

/* The line of a config by these rules: hides are those of the topic, and nobody counts. */
struct line line_of(const struct config *config, const struct ruleset *rules);

/* Whether the config's skip names the message: nothing reads it. */
bool line_skips(const struct line *line, const struct message *message);

/* Puts what comes of the messages into the outbox, in their order: of each records, a dead letter, or a drop that is
 * counted. Everything lies in the outbox's arena. On a crash meanwhile the log names the message. */
void line_carry(const struct line *line, const struct message *messages, size_t len, struct outbox *out);
