/* answer: what the trend store says, as plain structs that page, API and files write. All of it is in the arena that
 * the question was asked with; what is unknown is an empty span, -1 or TIME_UNKNOWN. */
#pragma once

#include "common/buf.h"
#include "worker/post.h"
#include "worker/trends/question.h"
#include "worker/trends/row.h"

/* Posts of one kind, and their part of all, in thousandths; -1: there are none to have a part of. */
struct share {
    int64_t posts, thousandths;
};

struct segment_share {
    struct span segment, label;
    struct share share; /* of the posts whose segment is known */
};

struct burst {
    int64_t authors_hour;        /* distinct, in the last hour */
    int64_t mean_day, mean_week; /* decimals: of the 24 hours before it; of the same hour of the 7 days before */
    bool has_score;              /* false under 5 authors */
    int64_t score;               /* a decimal, which may be negative */
};

struct trend {
    struct span tag, label;
    int64_t at_ms, window_ms;
    int64_t posts, reposts, authors, authors_unknown;
    struct share sentiment[ROW_SENTIMENTS];
    struct segment_share *segments; /* the largest first */
    size_t segments_len;
    int64_t segments_base; /* posts whose segment is known */
    struct burst burst;
    int64_t voice; /* share of voice, a decimal from 0 to 1; -1: there are no posts at all */
    bool is_known; /* the store has had posts of this tag */
    int64_t rank; /* its place in the list by posts, if that was asked for; 0: not among the first QUESTION_LIMIT_MAX */
};

struct point {
    int64_t from_ms, posts, reposts, authors, sentiment[ROW_SENTIMENTS];
};

struct series {
    struct span tag;
    int64_t from_ms, to_ms, step_ms;
    struct point *points;
    size_t len;
};

struct trend_list {
    int64_t at_ms, window_ms;
    int sort;           /* enum tag_sort */
    struct trend *tags; /* without segments, but with the main one */
    size_t len;
    struct series *courses; /* of each tag, if they were asked for */
    struct cursor next;     /* set where there are more */
};

/* Counts as of a point in time. */
struct observation {
    int64_t as_of_ms; /* TIME_UNKNOWN: none yet at that time */
    int64_t counts[COUNTS];
};

struct trend_post {
    struct span network, id, author, handle, lang, segment, url, text;
    int64_t created_ms;
    int sentiment; /* enum row_sentiment */
    bool has_text, has_tags, has_hashtags;
    struct spans tags, hashtags; /* hashtags without # */
    struct observation seen;
    int128 per_hour; /* a decimal */
};

struct post_list {
    struct span tag;
    int64_t at_ms, window_ms;
    int sort; /* enum post_sort */
    struct trend_post *posts;
    size_t len;
    struct cursor next;
};

struct post_history {
    bool is_known;
    struct trend_post post;
    struct observation *seen; /* the oldest first */
    size_t len;
};

/* A tag that posts of another one have too. */
struct related_tag {
    struct span tag, label;
    struct share share; /* posts that have both, and their part of the other's posts; the parts need not sum to 1000 */
};

/* Tags that are most often together with a tag: see definitions.h. An answer of its own, since the forms of the API are
 * fixed: pages show it, and `page --related` prints it. */
struct related_list {
    struct span tag;
    int64_t at_ms, window_ms;
    int64_t posts; /* of the tag */
    struct related_tag *tags;
    size_t len;
};

/* The one that the question's kind says is filled. */
struct answer {
    struct trend_list tags;
    struct trend tag;
    struct post_list posts;
    struct series series;
    struct post_history post;
    struct related_list related;
};

/* Compact JSON in the order of the contract. */
void answer_json_tag(struct buf *out, const struct trend *trend);
void answer_json_tags(struct buf *out, const struct trend_list *list);
void answer_json_posts(struct buf *out, const struct post_list *list);
void answer_json_series(struct buf *out, const struct series *series);
void answer_json_related(struct buf *out, const struct related_list *list);
void answer_json_post(struct buf *out, const struct post_history *history);

/* The record of a tag on posts.trends: `rank` is its place in the list, from 1 on; of the posts only the ids. */
void answer_json_published(struct buf *out, const struct trend *trend, size_t rank, const struct post_list *posts);

/* A header line and a line an item (RFC 4180). Times are ms UTC; lists are separated by blanks. */
void answer_csv_tags(struct buf *out, const struct trend *tags, size_t len);
void answer_csv_posts(struct buf *out, const struct post_list *list);
void answer_csv_series(struct buf *out, const struct series *series);
void answer_csv_related(struct buf *out, const struct related_list *list);
void answer_csv_post(struct buf *out, const struct post_history *history);

/* The part that the question's kind says is filled, as CSV or JSON. */
void answer_write(struct buf *out, enum question_kind kind, const struct answer *answer, bool is_csv);

extern const char *const answer_sentiments[ROW_SENTIMENTS];
