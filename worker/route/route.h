/* route: a topic that events go to, which of them, and in which shape. */
#pragma once

#include "common/settings.h"
#include "common/span.h"
#include "worker/route/when.h"

#include <stdbool.h>

enum route_key {
    ROUTE_KEY_ID,
    ROUTE_KEY_NETWORK_ID,
    ROUTE_KEY_SUBJECT,
    ROUTE_KEY_AUTHOR,
    ROUTE_KEY_TAG,
    ROUTE_KEY_INPUT,
    ROUTE_KEY_DEFAULT, /* not said: the shape's own */
};

enum route_post { POST_FULL, POST_NONE };
enum route_timestamp { TIMESTAMP_INPUT, TIMESTAMP_NOW };

struct route {
    const struct node *node; /* its name is node->name */
    struct span name;
    size_t index; /* in the config's list */
    struct span topic;
    int shape;           /* index into shapes */
    int key;             /* enum route_key, never DEFAULT after loading */
    int timestamp;       /* enum route_timestamp */
    bool text;           /* facts rows carry the text */
    int post;            /* enum route_post: events carry the raw post */
    struct when when;    /* which posts it takes */
    int cleanup_given;   /* index into the policies, where the config gives one */
    struct span cleanup; /* cleanup.policy of the topic: delete, compact, compact,delete */
};

extern const struct form routes_form; /* of the section "routes" */

/* By enum route_key and by the index of a cleanup.policy; each ended by NULL. */
extern const char *const route_key_names[], *const cleanup_names[];
