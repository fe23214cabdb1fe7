/* sentiment_parts: what the files that compute the score share. Private to sentiment_marks.c, sentiment_match.c,
 * sentiment_score.c, sentiment_turns.c and sentiment_emphasis.c. Factors are in ten-thousandths. */
#pragma once

#include "worker/enrich/sentiment_score.h"

static inline bool applies(const struct scoring *scoring, enum scoring_rule rule)
{
    return scoring->settings->rules & 1u << rule;
}

static inline const struct sense *sense_of(const struct scoring *scoring, size_t piece)
{
    return &scoring->settings->lexicon.senses[scoring->pieces[piece].sense];
}

static inline struct span between(const struct scoring *scoring, uint32_t from, uint32_t to)
{
    return (struct span){scoring->reading->folded.at + from, to > from ? to - from : 0};
}

static inline int64_t times(int64_t value, int64_t factor)
{
    return value * factor / DECIMAL_ONE;
}

/* The pieces and spots of the text, in its order: the hits that were kept, what negates them in one sign, and the marks
 * around them. Reads each byte once. */
void scoring_find_pieces(struct scoring *scoring);

/* Finds what negates or intensifies the term around it, within REACH_BYTES and REACH_PIECES: the term's turns and
 * their product. */
void scoring_turn(struct scoring *scoring, struct scoring_term *term);

/* The factor of how the piece is written, in a sentence with so many exclamation marks. */
int64_t scoring_emphasis(struct scoring *scoring, const struct piece *piece, uint32_t signs);
