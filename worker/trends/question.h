/* question: what may be asked of the trend store. */
#pragma once

#include "common/arena.h"
#include "common/decimal.h"
#include "common/err.h"
#include "common/span.h"
#include "common/time.h"

#include <stdint.h>

enum question_kind { ASK_TAGS, ASK_TAG, ASK_POSTS, ASK_SERIES, ASK_POST, ASK_RELATED };

/* X(ID, name): the orders of a list of tags, and those of a list of posts; the first one of each is the default. */
#define TAG_SORTS(X) X(POSTS, "posts") X(BURST, "burst") X(AUTHORS, "authors") X(REPOSTS, "reposts")
#define POST_SORTS(X)                                                                                                  \
    X(REPOSTS, "reposts") X(LIKES, "likes") X(VIEWS, "views") X(PER_HOUR, "per_hour") X(NEWEST, "newest")

#define TAG_SORT_INDEX(id, name)  TAGS_BY_##id,
#define POST_SORT_INDEX(id, name) POSTS_BY_##id,
enum tag_sort { TAG_SORTS(TAG_SORT_INDEX) TAG_SORT_COUNT };
enum post_sort { POST_SORTS(POST_SORT_INDEX) POST_SORT_COUNT };

extern const char *const tag_sort_names[TAG_SORT_COUNT + 1]; /* ended by NULL */
extern const char *const post_sort_names[POST_SORT_COUNT + 1];

enum {
    QUESTION_LIMIT = 100, /* where none is given */
    QUESTION_LIMIT_MAX = 1000,
    QUESTION_WINDOW_MS = 24 * TIME_HOUR_MS,
    QUESTION_POINTS_MAX = 48,
};

/* Where the next page begins: behind the item with these keys. */
struct cursor {
    bool is_set, of_tags;
    int sort;         /* enum tag_sort or enum post_sort */
    int64_t at_ms;    /* the first page's, so that all pages are of one moment */
    int128 figure;    /* what it was sorted by; INT64_MIN: unknown */
    int64_t second;   /* of a post its time, INT64_MIN: unknown; of a tag its posts or reposts */
    struct span name; /* of a post its id; else the tag */
    struct span network;
};

struct question {
    enum question_kind kind;
    struct span tag;         /* hashtags folded, with their # */
    struct span network, id; /* of ASK_POST */
    int64_t at_ms;           /* TIME_UNKNOWN: the greatest record timestamp read */
    int64_t window_ms;
    struct span lang, segment; /* empty: any */
    int sentiment;             /* enum row_sentiment; -1: any */
    int sort;                  /* enum tag_sort or enum post_sort */
    int64_t limit;
    int64_t min_age_ms; /* the rules' engagement.min_age: per_hour divides by at least this age */
    struct cursor after;
    bool is_ranked;    /* of ASK_TAG: its rank too */
    bool with_courses; /* of ASK_TAGS: the course of each tag too */
};

/* Parameters as they are written: members that are not given are NULL. */
struct asked {
    const char *tag, *post, *at, *window, *lang, *segment, *sentiment, *sort, *limit, *after;
};

/* Checks what is asked. False, kind ERR_CONFIG: one is wrong, and err says which and why. What it makes is in mem. */
bool question_read(enum question_kind kind, const struct asked *asked, struct arena *mem, struct question *out,
                   struct err *err);

/* A cursor as text: URL-safe and opaque. */
struct span cursor_write(const struct cursor *cursor, struct arena *mem);
bool cursor_read(struct span text, struct arena *mem, struct cursor *out);

/* Points of a course: the least of some usual steps that makes at most QUESTION_POINTS_MAX of the window. */
int64_t series_step(int64_t window_ms);
