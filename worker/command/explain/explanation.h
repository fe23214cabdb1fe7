/* explain: all that the line makes of one message, and why. Slow; for people and for tests. */
#pragma once

#include "worker/line.h"
#include "worker/route/shape.h"

/* What came of one route. */
struct route_explanation {
    const struct route *route;
    const struct record *records; /* what it writes */
    size_t records_len;
    struct span why_not; /* where there are no records: why */
};

struct explanation {
    const struct message *message;
    enum fault fault; /* where it is not FAULT_NONE, nothing but `why` is known */
    struct span why;
    struct post post;
    struct found found;
    int64_t as_of_ms;
    struct tag_explanations tags;
    struct sentiment_explanation scoring;
    struct findings accounts;         /* of the enrichers, in their order */
    struct route_explanation *routes; /* in the order of the config */
    size_t routes_len;
};

/* Of one post: a record of several says "nothing" here, see message_posts. Is in mem and borrows from the line and the
 * message. */
const struct explanation *explain_message(const struct line *line, const struct message *message, struct arena *mem);

/* "post", "reply", …, "update", "hide", "unhide" or "nothing". */
const char *explain_says(const struct post *post);
