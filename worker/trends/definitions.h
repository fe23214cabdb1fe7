/* definitions: what the figures of a trend mean, in one place. No clock, no rounding by floating point: the same on
 * every machine. */
#pragma once

#include "worker/trends/answer.h"

enum {
    BURST_AUTHORS_MIN = 5, /* fewer say nothing */
    BURST_DAY_HOURS = 24,
    BURST_WEEK_DAYS = 7,
    BURST_REACH_HOURS = BURST_WEEK_DAYS * 24 + 1, /* how far back it looks */
};

/* Which hour of a burst a time belongs to: 0 the last one before at, k the k-th before it; -1: none that it looks at.
 */
int burst_hour(int64_t at_ms, int64_t time_ms);

/* Fills the burst from the distinct authors of each hour, of which those that burst_hour gives are read.
 * Score = (x - m) / sqrt(m + 1): x authors of the last hour, m the larger of the two means. */
void burst_of(const int64_t authors[BURST_REACH_HOURS], struct burst *burst);

/* Parts of their sum in thousandths, summing to 1000 by largest remainder; of two alike the earlier one. All -1 where
 * the sum is 0. */
void shares_of(struct share *shares, size_t len, size_t stride);

int64_t voice_of(int64_t posts, int64_t all_posts); /* share of voice, a decimal; -1: no posts at all */

/* Related tags of a tag: those that its posts of the window have too, each post once; reposts count for none. Ordered
 * by how many posts have both, then by the tag's bytes; the tag itself and denied tags are none. By posts and not by
 * lift (how much more often than by chance): of 100,000 tags by Zipf's law most are used a few times, and the greatest
 * lifts are those of tags with a single post. */
int64_t related_share_of(int64_t both, int64_t posts); /* thousandths, rounded half up; -1: there are no posts */

/* (reposts + quotes + replies + likes + bookmarks, the known ones) / hours from created to as_of, at least min_age_ms:
 * a decimal, -1 where created or all of them are unknown. */
int128 per_hour_of(const struct observation *seen, int64_t created_ms, int64_t min_age_ms);
