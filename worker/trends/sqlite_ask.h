/* sqlite_ask: what the answers of the SQLite store share. */
#pragma once

#include "worker/trends/sqlite_store.h"
#include "worker/trends/tag_counts.h"
#include "worker/trends/tally.h"

struct asking {
    struct sqlite_store *store;
    const struct question *question;
    struct arena *mem; /* of the answer */
    struct tally_span span;
    int64_t floor_ms;
    bool matches_none; /* a filter names what the store has never seen */
};

/* --- entries: sqlite_scan.c --- */

/* Each entry of a tag in (from, to], the oldest first, but none that is over, until `take` says false. */
bool asking_scan(const struct asking *asking, int64_t tag, int64_t from_ms, int64_t to_ms,
                 bool (*take)(const struct entry *entry, void *context), void *context, struct err *err);

/* Keeps these entries of a tag in memory, for all questions until the store changes or another tag is asked for: a page
 * asks several of one tag. At most 4 MiB, some 100,000 entries; of a tag with more none are kept. */
bool asking_keep(const struct asking *asking, int64_t tag, int64_t from_ms, int64_t to_ms, struct err *err);

enum hour_column { HOUR_NUMBER, HOUR_POSTS, HOUR_COUNTS, HOUR_ENTRIES };

/* Reads posts and reposts of all tags. `take` gets each, hour by hour, in each first the posts and then the reposts by
 * time; it may say false to end. The other two may be NULL: a whole packed hour at once, and what is not packed. */
struct hours_reader {
    bool (*take)(const struct entry *entry, void *context);
    void (*take_hour)(struct sql_statement *hour, void *context);
    bool (*take_rows)(const struct asking *asking, int64_t from_ms, int64_t to_ms, void *context, struct err *err);
    void *context;
};

/* 40 ns an entry of packed hours, 400 of others. */
bool asking_scan_all(const struct asking *asking, int64_t from_ms, int64_t to_ms, const struct hours_reader *reader,
                     struct err *err);

/* Of the window, whatever their tags: a search an hour and 40 ns a post of hours that are not packed; with a filter as
 * asking_scan_all. */
bool asking_count_posts(const struct asking *asking, int64_t *posts, struct err *err);

/* Posts and reposts of each tag: 10 ns a tag and hour; else, and with a filter, as asking_scan_all. */
bool asking_count_tags(const struct asking *asking, int64_t from_ms, int64_t to_ms, struct tag_counts *counts,
                       struct err *err);

/* --- what answers share --- */

struct reach {
    int64_t from_ms, to_ms; /* (from, to] */
};

/* What figures look at: the window and the last 25 hours at once, then of the days before them the one hour that the
 * burst looks at. How many. */
size_t asking_reach(const struct asking *asking, struct reach reach[BURST_WEEK_DAYS]);

void asking_begin_trend(const struct asking *asking, struct span tag, struct trend *trend);
bool asking_name_segments(const struct asking *asking, const struct tally *tally, struct trend *trend, struct err *err);

/* The place of a tag in the list by posts, from 1; 0: it is not among the first QUESTION_LIMIT_MAX. As dear as
 * asking_count_tags, and the names of those tags that have as many posts and reposts. */
bool asking_rank(const struct asking *asking, int64_t tag, int64_t *rank, struct err *err);

/* Of the two that an order puts first: < 0 if a, > 0 if b. By figure, the greater first, then by second. */
int order_figures(int128 figure_a, int64_t second_a, int128 figure_b, int64_t second_b);

bool asking_denies(const struct asking *asking, struct span tag); /* the settings hide it */

/* NULL-safe number of a tag as people name it; NAME_NONE: the store has none. */
bool asking_tag(const struct asking *asking, int64_t *tag, struct err *err);

bool ask_tag(struct asking *asking, struct trend *trend, struct err *err);
bool ask_tags(struct asking *asking, struct trend_list *list, struct err *err);
/* Posts: a row of each post of the tag in the window, then one search for the counts of those that can be among the
 * first ones by the levels of their counts: about as many as are asked for, all where no count differs by much. Memory:
 * 160 bytes a post of the tag in the window. */
bool ask_posts(struct asking *asking, struct post_list *list, struct err *err);
bool ask_series(struct asking *asking, struct series *series, struct err *err);
bool ask_related(struct asking *asking, struct related_list *list, struct err *err);
bool ask_post(struct asking *asking, struct post_history *history, struct err *err);
