/* found: what the enrichers found out about one post. Its spans borrow from the post, the rules and the group's arena.
 */
#pragma once

#include "common/decimal.h"
#include "common/span.h"
#include "worker/text/entity.h"

#include <stdbool.h>
#include <stdint.h>

/* Figures of engagement, as decimals, in the order in which they are written. */
/* clang-format off */
#define FIGURES_LIST(X) \
    X(TOTAL, "total") X(SCORE, "score") X(RATE_VIEWS, "rate_views") X(RATE_FOLLOWERS, "rate_followers") \
    X(AMPLIFICATION, "amplification") X(PER_HOUR, "per_hour")
/* clang-format on */

#define FIGURE_ID(id, name) FIGURE_##id,
enum figure { FIGURES_LIST(FIGURE_ID) FIGURES };

enum { FIGURE_UNKNOWN = -1 }; /* no figure is ever negative */

extern const char *const figure_names[FIGURES];

enum sentiment_label { SENTIMENT_POSITIVE, SENTIMENT_NEUTRAL, SENTIMENT_NEGATIVE, SENTIMENTS };

extern const char *const sentiment_names[SENTIMENTS];

struct sentiment {
    enum sentiment_label label;
    int64_t score;               /* a decimal from -1 to 1 */
    uint32_t positive, negative; /* terms */
};

struct reference_lists;

struct found {
    struct span lang;    /* empty: unknown (an update that does not say it) */
    struct span segment; /* "40s/male"; empty without both halves */
    bool has_entities, has_entity_places, has_tags, has_matched, has_sentiment;
    struct entities entities;           /* each text of a kind once: the payload's own, else of the text */
    struct entities places;             /* all of the text */
    struct reference_lists *references; /* of the text, filled when asked for; NULL: the post says nothing of one */
    struct spans hashtags;              /* folded, each once, in the text's order */
    struct spans links;                 /* each once, in the text's order */
    struct spans tags;                  /* in the order of the rules, parents last */
    struct spans *matched;              /* for each tag its terms */
    struct sentiment sentiment;
    int128 figures[FIGURES];
    unsigned counted; /* bit i: counts[i] is in the total */
    struct span tier; /* empty: none */
};
