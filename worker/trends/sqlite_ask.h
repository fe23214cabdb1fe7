/* sqlite_ask: what the answers of the SQLite store share. */
#pragma once

#include "worker/trends/sqlite_store.h"
#include "worker/trends/tally.h"

struct asking {
    struct sqlite_store *store;
    const struct question *question;
    struct arena *mem; /* of the answer */
    struct tally_span span;
    int64_t floor_ms;
    bool matches_none; /* a filter names what the store has never seen */
};

/* Each entry of a tag in (from, to], the oldest first, but none that is over. */
bool asking_scan(const struct asking *asking, int64_t tag, int64_t from_ms, int64_t to_ms,
                 bool (*take)(const struct entry *entry, void *context), void *context, struct err *err);

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
