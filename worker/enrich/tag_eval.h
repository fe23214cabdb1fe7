/* tag_work: the rules at work on one post: what was hit where, and what follows from it. */
#pragma once

#include "worker/enrich/accents.h"
#include "worker/enrich/references.h"
#include "worker/enrich/tag_rules.h"

/* A use that counted. */
struct firing {
    uint32_t use;
    enum place place;
    uint32_t start, end; /* bytes of that place's folded text; of an expression the text that it is in; 0, 0 for a
                            hashtag */
};

/* What cancels a hit. */
enum cancel_reason {
    CANCEL_EXCEPT,  /* an except that covers it */
    CANCEL_WORD,    /* a known word across its edge */
    CANCEL_LINK,    /* it is within a link */
    CANCEL_ADDRESS, /* it is within a mention or a mail address */
};

struct cancelled {
    struct firing firing;
    enum cancel_reason reason;
    uint32_t by; /* the matcher's number of the except or the word */
};

struct tally {
    uint32_t condition;
    uint32_t hits;         /* 0: a free place */
    struct nearby *nearby; /* of a condition of an OP_NEAR */
};

/* Where a condition was hit last, and whether its OP_NEAR has come to hold with one of its hits. */
struct nearby {
    struct firing latest;
    uint32_t piece; /* the number of the text that it is in */
    bool holds;
};

struct tag_work {
    const struct tag_rules *rules;
    const struct reading *reading;
    const struct found *found;
    struct arena *mem;
    struct span handle;           /* of the author, folded, where a rule asks for it */
    bool record_all;              /* every firing, not only those that a rule asks for, and every
                                     hit that was cancelled */
    struct span folded;           /* of the place being looked at */
    uint32_t *points;             /* its code points before each block, where that was asked; else NULL */
    const struct hits *hits;      /* in it, by their end, with those of excepts and known words */
    uint32_t longest_cover;       /* bytes */
    struct references references; /* within it */
    uint32_t piece, piece_end; /* the text of a place that hits have come to, numbered over all places; where it ends */
    struct tally *tallies;     /* a hash table by condition; few of many are hit */
    size_t tallies_len, tallies_cap;
    struct bits touched;    /* tags of which a condition was hit */
    struct bits fires;      /* tags whose own rule holds */
    struct bits decided;    /* tags of which that is known; only where tags ask for tags */
    struct bits implied;    /* tags that one which fires implies */
    struct bits listed;     /* uses among the firings, where matched terms alone ask for them */
    struct firing *firings; /* that a rule, the matched terms or record_all ask for */
    size_t firings_len, firings_cap;
    struct cancelled *cancelled; /* with record_all */
    size_t cancelled_len, cancelled_cap;
};

/* Looks for all terms and decides on all tags. work->rules … record_all are given, the rest is made. */
void tag_work_run(struct tag_work *work);

uint32_t tag_hits(const struct tag_work *work, uint32_t condition);

/* Whether the term is one for posts of this language. */
bool tag_use_counts(const struct tag_work *work, uint32_t use);

/* What counts for the `min` of an `any`: its hits and the rules within it that hold. */
int64_t tag_rule_count(struct tag_work *work, const struct rule *rule);

bool tag_rule_holds(struct tag_work *work, const struct rule *rule);

/* Whether a tag is on the post, by its own rule or implied. */
bool tag_is_on(struct tag_work *work, uint32_t tag);

/* Of the hits of a near: where the first of them ends and the last starts, with one more. UINT32_MAX and 0 to begin
 * with. */
void tag_spread(const struct firing *firing, uint32_t *end, uint32_t *start);

/* The text of a place as terms are looked for in it; several texts have POST_TEXTS_APART between them. */
struct span tag_place_text(const struct tag_work *work, enum place place);

/* The same as expressions are: without links, mentions and mail addresses. */
struct span tag_expression_text(const struct tag_work *work, enum place place);

/* Where the text that begins at `from` ends, of those of one place. */
uint32_t tag_piece_end(struct span folded, enum place place, uint32_t from);
