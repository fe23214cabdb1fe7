/* tally: what is counted over the posts of a tag, one after the other. */
#pragma once

#include "common/arena.h"
#include "worker/trends/definitions.h"

/* One post of a tag, as an answer needs it. */
struct entry {
    int64_t time_ms;
    int kind, sentiment;   /* enum kind, enum row_sentiment */
    int64_t lang, segment; /* names; 0: unknown */
    int64_t author;        /* 0: unknown */
    int64_t post, subject; /* subject: of a repost; 0: none */
    uint16_t levels;       /* see sqlite_facts.h */
    const uint32_t *tags;  /* numbers of the post's tags; none in a row of a tag where there are many */
    size_t tags_len;
};

/* Which entries count, and when. */
struct tally_span {
    int64_t from_ms, to_ms; /* (from, to] */
    int64_t at_ms;          /* of the burst */
    int64_t lang, segment;  /* -1: any */
    int sentiment;          /* -1: any */
};

/* Numbers of authors, of which the distinct ones are counted. */
struct authors {
    int64_t *at;
    size_t len, cap;
};

struct segment_count {
    int64_t segment, posts;
};

enum { TALLY_HOURS = BURST_DAY_HOURS + BURST_WEEK_DAYS }; /* 0 to 24, 48, 72 … 168 */

/* Its arrays are in mem and serve the next tag. */
struct tally {
    struct arena *mem;
    int64_t posts, reposts, authors_unknown, sentiment[ROW_SENTIMENTS];
    struct authors authors, hours[TALLY_HOURS];
    struct segment_count *segments;
    size_t segments_len, segments_cap;
    struct authors table; /* of distinct */
};

void tally_clear(struct tally *tally);
bool tally_wants(const struct tally_span *span, const struct entry *entry); /* whatever its time */
void tally_add(struct tally *tally, const struct tally_span *span, const struct entry *entry);

int64_t tally_distinct(struct tally *tally, const struct authors *authors);

/* All figures but label, share of voice and the names of segments: `segments` holds what the tally has in its order. */
void tally_trend(struct tally *tally, struct trend *trend);
void tally_burst(struct tally *tally, struct burst *burst);
