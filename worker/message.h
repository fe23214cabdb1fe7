/* message: one record that was read, and what comes of a batch of them. */
#pragma once

#include "common/arena.h"
#include "common/span.h"
#include "worker/post.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input;
struct route;
struct value;

/* How far a record of several posts was carried: all of them at once may be too much. */
struct record_progress {
    size_t posts; /* so many of its first ones are delivered */
    int64_t cpu_us;
};

/* One record that was read, or one of its posts where it holds several. Its bytes live until the next poll. at == NULL
 * is Kafka's null. */
struct message {
    const struct input *input;
    struct span key, value;
    int32_t partition;               /* -1 where there is none, as in a file */
    int64_t offset;                  /* in a file the line, counted from 1 */
    int64_t timestamp_ms;            /* TIME_UNKNOWN where there is none */
    size_t left_out;                 /* bytes behind the value that the port did not keep, since they are too many */
    struct span costly;              /* in what it was too costly before, else empty */
    struct span refused;             /* why the broker refused for good what came of it before, else empty */
    size_t part;                     /* which of the record's posts it is, counted from 1; 0: the record */
    const struct value *shared;      /* what the posts of its page share; NULL: nothing */
    struct record_progress progress; /* of a record */
    void *origin;                    /* the port's own; its headers are there */
    size_t slot;                     /* the port's own: where it keeps the partition */
};

/* When the post's counts held: its own observed_at, else the record's timestamp; TIME_UNKNOWN without both. */
int64_t message_as_of(const struct message *message, const struct post *post);

struct batch {
    struct message *at;
    size_t len;
    bool ended; /* nothing comes after these */
};

/* One record to write. at == NULL is Kafka's null: a tombstone, or no key. */
struct record {
    const struct message *from; /* its headers and timestamp pass on */
    const struct route *route;
    struct span key, value;
};

/* One message that leaves by the dead route. */
struct dead {
    const struct message *from;
    enum fault fault;
    struct span why; /* one sentence */
};

/* Why nothing comes of a message. */
enum drop { DROP_NO_ROUTE, DROP_NO_POST, DROPS };
extern const char *const drop_names[DROPS];

/* What came of a batch, in the order of its messages. Lives in the lane's arena. */
struct outbox {
    struct arena *mem;
    struct record *records;
    size_t records_len, records_cap;
    struct dead *dead;
    size_t dead_len, dead_cap;
    size_t posts;                    /* that were carried */
    struct record_progress progress; /* of the message behind those that were carried */
    struct span rules;               /* version and fingerprint of the rules at work, for dead letters */
    size_t unkeyed;                  /* messages from Kafka that are not keyed by their post's id */
    size_t hidden;                   /* posts that left as a hide, since they are hidden by now */
    size_t dropped[DROPS];           /* messages of which nothing came */
    size_t full_bytes; /* of the arena: where more is taken nothing is added any more; 0: there is no such limit */
    bool has_unusable;
    size_t unusable[POST_MEMBER_COUNT][UNUSABLES]; /* posts that gave the member in a way that cannot be used */
};

void outbox_record(struct outbox *out, struct record record);
bool outbox_is_full(const struct outbox *out);
void outbox_dead(struct outbox *out, const struct message *from, enum fault fault, struct span why);
