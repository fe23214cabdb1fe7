/* positions: how far each partition has come. The lane's own book, since librdkafka's position counts
 * messages that were handed out, or purged, not those that were processed.
 *
 * A message is taken only if its partition is ours and its offset is not behind `next`. In a call in
 * which a rebalance ran, it must be exactly `next`: librdkafka before 2.1.0 then skips messages. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OFFSET_UNKNOWN = -1 };
#define OFFSET_NO_END INT64_MAX

/* Why a partition is not fetched, though it is ours. All but the first two wait for a person. */
enum stop {
    STOP_NOT,
    STOP_OVER,   /* a replay's part of it is done, or it has none */
    STOP_GAP,    /* its next message is gone */
    STOP_LOST,   /* the group's committed offset is gone */
    STOP_LETTER, /* a dead letter is rejected in every form */
};

struct position {
    const char *topic;
    int32_t partition;
    int input;                         /* index into the config's inputs */
    bool owned;                        /* the group gave it to us */
    bool held;                         /* librdkafka fetches it for us; only when `next` is known */
    enum stop stopped;                 /* fetched no more until it is assigned anew */
    bool gap;                          /* its next message is not there: the edges of its log are being looked up */
    bool unsaved;                      /* it starts where no offset was committed: commit that start */
    bool seen;                         /* its committed offset was seen at the brokers */
    bool lost;                         /* and is gone now */
    int reason;                        /* enum start_reason: why it starts where it does */
    bool told;                         /* the log has its start */
    int64_t next;                      /* offset that is expected next; all before it are taken */
    int64_t before;                    /* `next` as it was at positions_begin, OFFSET_UNKNOWN while it is the same */
    int64_t base;                      /* all before it are committed */
    int64_t end;                       /* nothing from here on is taken; OFFSET_NO_END but in a replay */
    int64_t wake_at_ms, wake_pause_ms; /* fetch_wakeup.h: its leader is asked no sooner */
    char *metadata;                    /* what was committed beside the offset, or NULL; passes on */
};

/* Messages that the guards kept out. */
struct guarded {
    size_t not_owned, behind, after_rebalance;
};

struct positions {
    struct arena *mem;   /* topics and metadata */
    struct position *at; /* grows; a slot stays with its partition for good */
    size_t len, cap;
    size_t last; /* where the last search ended */
    struct guarded guarded;
};

struct positions *positions_new(void);
void positions_free(struct positions *positions); /* takes NULL */

struct position *positions_find(struct positions *positions, const char *topic, int32_t partition);

/* Enters a partition that the group gave us; where it starts is not known yet. */
struct position *positions_own(struct positions *positions, const char *topic, int32_t partition, int input);
void position_disown(struct position *position);
void position_start(struct position *position, int64_t offset);

/* What is taken from now on may be taken back. */
void positions_begin(struct positions *positions);

/* True: take the message, `next` is moved. False: drop it, it was counted. position may be NULL. */
bool positions_take(struct positions *positions, struct position *position, int64_t offset, bool rebalanced);

/* The log was read up to the offset: `next` moves to `end` where it is before that. Control records and
 * what compaction took leave gaps, so that no message need come right before an end. */
void position_reach(struct position *position, int64_t offset);

bool position_is_over(const struct position *position); /* committed up to its end */

/* All is as it was at positions_begin: the same messages will be asked for again, with the same `rebalanced`, and get
 * the same answers. */
void positions_take_back(struct positions *positions);

bool position_is_dirty(const struct position *position); /* has something to commit */
bool positions_are_dirty(const struct positions *positions);
void positions_committed(struct positions *positions); /* base = next */
bool positions_have_unsaved(const struct positions *positions);
void positions_rewind(struct positions *positions); /* next = base */

/* What an offset of a message is remembered as, in a pointer; no offset is that large. */
enum { OFFSET_BITS = 48 };
void *positions_mark(const struct positions *positions, const struct position *position, int64_t offset);
struct position *positions_marked(struct positions *positions, const void *mark, int64_t *offset);
