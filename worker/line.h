/* line: what happens to one message between poll and commit: decode, enrich, route. */
#pragma once

#include "worker/config.h"
#include "worker/monitor/metrics.h"
#include "worker/port.h"
#include "worker/rules/ruleset.h"

struct line {
    const struct limits *limits;
    const struct ruleset *rules;
    const struct list *routes; /* of struct route */
    const struct list *skip;   /* of struct skip */
    const struct hides *hides; /* NULL: posts are as hidden as their topic says so far */
    struct meter *meter;       /* counts tags; NULL: nobody does */
};

/* The line of a config by these rules: hides are those of the topic, and nobody counts. */
struct line line_of(const struct config *config, const struct ruleset *rules);

/* Whether the config's skip names the message: nothing reads it. */
bool line_skips(const struct line *line, const struct message *message);

/* Puts what comes of the messages into the outbox, in their order: of each records, a dead letter, or a drop that is
 * counted. Everything is in the outbox's arena. On a crash meanwhile the log names the message.
 *
 * Returns how many of the first it carried: a few MiB are made at once, and what one post may make beside them (1 MiB
 * and 64 bytes for each byte of limits: post_bytes). None: of the first, a record of several posts, it carried those up
 * to out->progress, which the message has when it comes again. A post that would take more memory, or
 * more CPU time than limits: post_cpu, is a dead letter too-costly, and the rest of a record whose posts together do.
 * CPU time is looked at between the steps of enrichment, each of which is linear in the post's bytes. */
size_t line_carry(const struct line *line, const struct message *messages, size_t len, struct outbox *out);
