/* when: which posts a route takes. */
#pragma once

#include "common/settings.h"
#include "worker/enrich/found.h"
#include "worker/post.h"

struct event;
struct ruleset;

struct when_tags {
    const struct node *node;
    struct list any, all, none; /* of struct span */
};

/* A least or a greatest value for each figure and count; -1 where there is none. */
struct bounds {
    const struct node *node;
    int64_t of[FIGURES + COUNTS];
};

enum when_flag { FLAG_ANY, FLAG_NO, FLAG_YES };

struct when {
    const struct node *node; /* NULL: the route takes all */
    struct when_tags tags;
    struct list lang, network, tier; /* of struct span; empty: any */
    struct list kind;                /* of int: enum kind */
    struct list visibility;          /* of struct span; empty: any but the narrow ones */
    int sensitive, bot;              /* enum when_flag */
    struct list sentiment;           /* of int: enum sentiment_label */
    struct bounds at_least, below;
};

extern const struct form when_form;

/* Whether the route wants the event. What is unknown matches no condition on it: an update no tags,
 * no language that it does not state. A hide has only its network. */
bool when_matches(const struct when *when, const struct event *event);

/* The first condition that keeps the event from the route, in words; empty where when_matches. */
struct span when_explain(const struct when *when, const struct event *event, struct arena *mem);

/* Names that the rules do not have can never match; each is reported. */
void when_check(const struct when *when, const struct ruleset *rules, struct report *report);

/* Warns of networks in it that are none of these, which are those of the inputs. */
void when_check_networks(const struct when *when, const struct spans *networks, struct report *report);
