/* sqlite_post: what the answers about posts share: one post, and its counts at a time. Each function takes a few
 * searches by key; the observations of a post that are of one time are read together. */
#pragma once

#include "worker/trends/sqlite_ask.h"

/* A post that may be in an answer. */
struct candidate {
    int64_t post;
    int128 figure;           /* INT64_MIN: unknown */
    int64_t time_ms;         /* likewise */
    int64_t source;          /* whose text it has: itself, or a repost of it */
    uint16_t levels;         /* of its counts */
    int128 most;             /* the greatest figure that these allow; INT64_MIN: none */
    struct row_order order;  /* of that repost */
    struct span id, network; /* looked up where figures and times are alike */
};

/* The greatest observation up to the asked time; a repost without counts observes nothing, but when nothing else
 * does. */
bool post_counts_at(const struct asking *asking, int64_t subject, struct observation *seen, struct err *err);

/* All zero where the post has no row. */
bool post_get(const struct asking *asking, int64_t post, struct known_post *known, struct err *err);
bool post_is_over(const struct asking *asking, const struct known_post *known); /* its time is, by retention */

/* Fills the candidate from the newest of the reposts of one subject, len > 0. */
bool post_newest_repost(const struct asking *asking, const struct candidate *reposts, size_t len, struct candidate *out,
                        struct err *err);

/* Fills id and network. */
bool post_find_id(const struct asking *asking, struct candidate *candidate, struct err *err);

/* The post as an answer has it. */
bool post_fill(const struct asking *asking, struct candidate *candidate, struct trend_post *post, struct err *err);
