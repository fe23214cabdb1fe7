/* account: how something about a post was found out, for people who ask why. Made by `explain` and
 * `test` alone; the line never makes one. */
#pragma once

#include "common/arena.h"
#include "common/origin.h"
#include "common/span.h"

#include <stdbool.h>

struct found;
struct node;
struct reading;

/* One thing that an enricher found out, or that it could not. */
struct finding {
    struct span name;
    struct span value; /* empty: unknown */
    struct span how;   /* a formula with its inputs, or words */
    bool is_formula;   /* `name = how = value` */
};

struct findings {
    struct arena *mem;
    struct finding *at;
    size_t len, cap;
};

void findings_add(struct findings *out, struct finding account);

/* A term that was hit. */
struct tag_hit {
    struct span term;     /* as the rules have it */
    const char *place;    /* "text", "hashtags"… */
    struct bytes bytes;   /* of the post's text; none where end is 0 */
    struct span text;     /* these bytes, else what was hit, folded; may be empty */
    struct span except;   /* the except that cancelled it; empty: none did */
    struct span word;     /* the known word that cut it; empty: none did */
    bool but_for_accents; /* it is the term with other accents, which are loose */
    const char *within;   /* "a link" that it is within, and so does not count; NULL: none */
};

static inline bool tag_hit_counted(const struct tag_hit *hit)
{
    return !hit->except.len && !hit->word.len && !hit->within;
}

/* A term of a lexicon in a post's text. */
struct sentiment_hit {
    struct span term;          /* as the lexicon has it */
    struct bytes bytes;        /* of the post's text */
    struct span text;          /* these bytes */
    struct span weight, value; /* as the lexicon has it, and as it counts: decimals */
    struct spans turns;        /* what changed it: "× -0.75 (negated by ない)" */
};

/* How a post came by its sentiment. */
struct sentiment_explanation {
    struct sentiment_hit *hits; /* in the order of the text */
    size_t hits_len;
    struct span sum; /* of the values; empty: no sentiment is given */
};

/* What came of a tag's rule. */
struct tag_explanation {
    struct span name;
    const struct node *node; /* its rule */
    bool fires;              /* by its own rule */
    struct span *implied_by; /* tags that fire and imply it */
    size_t implied_by_len;
    struct tag_hit *hits; /* in the order of the text, cancelled ones too */
    size_t hits_len;
    struct span missed; /* the one condition that failed; empty: none or several did */
};

struct tag_explanations {
    const struct tag_explanation *at; /* of every tag, in the order of the rules */
    size_t len;
};

struct sentiment_explanation sentiment_explain(const void *sentiment, const struct reading *reading,
                                               const struct found *found, struct arena *mem);

/* Empty where there are no tag rules, or no text. */
struct tag_explanations tags_explain(const void *tags, const struct reading *reading, const struct found *found,
                                     struct arena *mem);
