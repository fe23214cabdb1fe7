/* publish: what the trend stage writes to posts.trends: at each step of event time a record for each of the first tags
 * of its list.
 *
 * A step is a multiple of the settings' `step` since 1970 UTC. Which rows count for it is a matter of the logs alone,
 * so that its records are the same bytes whenever they are made, however often the reading was interrupted and
 * whichever partition came first: of each partition those before the first row whose timestamp is after the step. A row
 * that comes behind that one, though its timestamp is not after the step, is late: it counts from the next step on. A
 * step in which no row's timestamp is has no records, so a clock that is wrong by years costs one step and not
 * thousands.
 *
 * Whoever reads rows therefore stops each partition before its first row that is after the step, commits once all
 * partitions are there, makes the records, and goes on to the next step when they are written. */
#pragma once

#include "worker/config.h"
#include "worker/trends/trend_ask.h"

enum {
    PUBLISH_IDS = 5,              /* ids of the most reposted posts in a record */
    PUBLISH_RECORD_MAX = 1 << 16, /* bytes: a record of more is left out, since ids and tags may be as long as a post */
};

/* The first step that is not before this time, which is at most 2^53 from 1970. */
int64_t publish_step_of(int64_t time_ms, int64_t step_ms);

/* The next step of a store whose rows are up to newest_ms, where the last step that is on the topic is written_ms; of
 * both, TIME_UNKNOWN: none. A step is not made of a store that has rows after it. `is_whole`: a step is on the topic as
 * a whole or not at all; else the last one may be there in part and is written again. TIME_UNKNOWN: it depends on the
 * first row. */
int64_t publish_first_step(int64_t newest_ms, int64_t written_ms, int64_t step_ms, bool is_whole);

struct published {
    struct span key, value; /* key: the tag */
    struct burst burst;
};

struct publication {
    int64_t at_ms;
    struct published *records; /* in the order of the list */
    size_t len;                /* at most the settings' `top` */
    size_t too_large;          /* records that were left out */
};

/* The records of a step, over the rows that the store has. All of it is in mem: as an answer for so many tags and the
 * posts of each. False, kind ERR_WORK: the store failed. */
bool publish_make(const struct trend_asker *asker, const struct publish_settings *settings, int64_t at_ms,
                  struct arena *mem, struct publication *out, struct err *err);

/* The step of a record that was read back; TIME_UNKNOWN: it is none of ours. */
int64_t publish_step_in(struct span value, struct arena *mem);
