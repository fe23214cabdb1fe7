/* kafka_port: what one lane holds of Kafka; the files of this folder share it, nothing else sees it.
 *
 * All of it belongs to the lane's thread, callbacks too: they run inside its calls. */
#pragma once

#include "worker/kafka/kafka.h"
#include "worker/kafka/log_limit.h"
#include "worker/kafka/lookup.h"
#include "worker/kafka/outage.h"
#include "worker/kafka/output_topics.h"
#include "worker/kafka/partition_start.h"
#include "worker/kafka/positions.h"
#include "worker/kafka/rejected_records.h"
#include "worker/monitor/lane_status.h"
#include "worker/monitor/metrics.h"

#include <librdkafka/rdkafka.h>

/* Of one poll. What comes of so few is in the CPU's caches when it is handed on: 500 cost a fifth more CPU time. And
 * where records go one a request, more would not be through within a transaction's time. */
enum { BATCH_MESSAGES = 50, COSTLY_KEPT = 16 };

/* What librdkafka handed out: a post, or where a log ends or has a gap. */
struct polled {
    rd_kafka_message_t *raw;
    size_t slot; /* of its partition in the positions */
    bool is_post;
    struct message message; /* of a post */
};

/* A message that was too costly once. It is not carried again when its batch comes again, since carrying it may be why
 * the batch was lost. */
struct costly {
    size_t slot; /* of its partition, in the positions */
    int64_t offset;
    char why[96]; /* empty: no message */
};

/* The transaction at work; at_least_once has the same without a begin. */
struct transaction {
    bool begun;
    bool within_record; /* it has some of a record's posts, and others are not carried yet */
    bool doubtful;      /* a commit or abort timed out on its way: a late request may still arrive */
    int64_t since_ms;   /* when the first of its messages was delivered */
    int64_t bytes, posts;
    bool alone;                  /* it has records that go in batches of their own: commit it soon */
    bool trusts_clock;           /* records without a timestamp of their own get that of our clock */
    rd_kafka_resp_err_t failure; /* of the first record that failed, else NO_ERROR */
    char reason[512];            /* why it cannot be committed, in words */
};

/* Whether commits succeed: for /readyz and the log. */
struct commit_health {
    int64_t uncommitted_since_ms; /* it has had something to commit since then; 0: nothing */
    int64_t rewound_since_ms;     /* the first of the rewinds in a row */
    unsigned rewinds;             /* in a row, without a commit between them */
    int64_t pause_until_ms;       /* nothing is read and committed sooner */
    unsigned unsaid;              /* of them, not logged one by one */
    int64_t said_ms;              /* when the last one was */
    char reason[256];             /* of the last one */
};

/* What has to be done to the consumer after a rewind, once no callback runs. */
enum restore {
    RESTORE_NOTHING,
    RESTORE_SEEK,    /* positions are known: seek there */
    RESTORE_RELEASE, /* they are in doubt: stop fetching, read what is committed, start there */
};

struct kafka_port {
    struct port port;
    const struct config *config;
    const struct replay *replay; /* NULL: a live worker */
    struct span instance;
    int lane;
    struct arena *mem;          /* lives as long as the port */
    struct log_limit log_limit; /* what was logged lately */
    struct outage outage;       /* of connections to brokers */
    int64_t probe_at_ms;        /* during one, when brokers are asked whether they answer */
    struct meter *meter;        /* what counts, or NULL */
    struct lane_status *status; /* who is told, or NULL */
    int64_t told_ms;            /* when partitions were told last */
    struct err broken;          /* kind is set: the lane cannot go on */

    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue;
    struct positions *positions;
    struct lookup *lookup; /* its thread asks the consumer what may take long */
    uint64_t assignment;   /* grows with each rebalance, and where positions come in doubt */
    bool rebalanced;       /* a rebalance callback ran in this poll */
    bool subscribed, was_assigned;
    bool is_assigned; /* the group's last word was an assignment, even of no partition, not the loss of one */
    bool closing;
    bool renew;            /* the consumer is of no more use: a new one takes its place */
    int64_t renew_at_ms;   /* no sooner */
    int64_t held_since_ms; /* its place in the group is held by another member since then; 0: it is not */
    bool leaked;           /* a handle could not be destroyed in time: it may still call back */
    enum restore restore;
    size_t woken;                /* the slot whose leader was asked last, see wakeup.h */
    struct letters *letters;     /* of a replay of dead letters; else NULL */
    struct throttle *throttle;   /* of a replay that must not go as fast as it could; else NULL */
    int64_t rest_until_ms;       /* it reads no sooner */
    bool resting;                /* for so long that it polls meanwhile, with nothing to fetch */
    int64_t settle_at_ms;        /* when committed offsets are asked for again */
    struct group_memory *memory; /* of each input, by its index */
    const char **input_topics;   /* likewise */
    const char **route_topics;   /* by the index of the route */
    int64_t look_at_ms;          /* when the group's offsets are looked at for its memory; 0: it is complete */

    rd_kafka_t *producer; /* NULL between two */
    bool initialized;     /* its transactions are */
    bool ready;           /* it may write */
    bool topics_doubtful; /* an output topic was missing: look before going on */
    const char *lacking;  /* the output topic that was said to be missing, else NULL */
    bool input_missing;   /* an input was said to be missing since the last assignment */
    bool had_producer;
    int64_t revive_at_ms;
    char unready[256];              /* why it may not write yet, as far as it is known */
    int64_t clock_doubted_until_ms; /* brokers rejected a timestamp of our clock */
    int64_t fenced_ms[5];           /* the last times that we were fenced, newest first */
    struct outputs outputs;
    struct transaction txn;
    struct commit_health health;
    struct costly costly[COSTLY_KEPT]; /* the last ones, in turn */
    size_t costly_len;                 /* since the last commit */
    struct refused refused;

    struct polled polled[BATCH_MESSAGES]; /* in the order of their offsets */
    size_t polled_len;
    size_t given, given_posts; /* of them, the first were given out in the last batch, with so many posts */
    size_t group_posts;        /* so many are given out at once at most */
    size_t delivered;          /* and of those, the first were delivered; the next poll frees them */
};

bool port_break(struct kafka_port *kp, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))); /* always false; the first call counts */

/* transaction.c */

/* Makes the producer if there is none and asks that it may write, for timeout_ms at most. False: not
 * yet, or kp->broken. */
bool producer_revive(struct kafka_port *kp, int timeout_ms);
void producer_retire(struct kafka_port *kp);

/* Waits for the acknowledgement of all records; false: one failed, or there was none for a minute. */
bool producer_flush(struct kafka_port *kp);

bool transaction_begin(struct kafka_port *kp);

/* We were fenced once more: breaks the port where that is so often that a rival must be at work. */
void note_fence(struct kafka_port *kp);

/* Commits all that was delivered. False: it was rewound, or, at at_least_once, the records are there
 * and their offsets wait for the next commit. */
bool transaction_commit(struct kafka_port *kp);

/* Gives up what is open; all since the last commit will be read again. */
void transaction_rewind(struct kafka_port *kp, const char *reason);

/* rebalance.c */
void rebalance_callback(rd_kafka_t *consumer, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t *partitions,
                        void *opaque);

/* Has librdkafka fetch these, each from its offset, or fetch them no more. */
void hold_partitions(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *starts);
void let_partitions_go(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *list);

/* Has librdkafka fetch no more of partitions that are over. They stay ours. */
void leave_ended(struct kafka_port *kp);

/* Does what kp->restore says. */
void restore_partitions(struct kafka_port *kp);

/* starts.c */

/* Finds where owned partitions start and lets librdkafka fetch them; those whose offsets cannot be
 * read yet are tried again later. The edges of logs are looked up beside the lane: see kp->lookup. */
void settle_partitions(struct kafka_port *kp, int timeout_ms);

/* Those of them that have a committed offset. in_callback: librdkafka waits for an answer, even if there is none. */
void settle_committed(struct kafka_port *kp, int timeout_ms, bool in_callback);

/* Commits starts where no offset was committed, before anything of those partitions is read: so a group that wrote
 * anything has offsets. */
void commit_starts(struct kafka_port *kp);

/* Looks, now and then until all partitions have offsets, which ones have: every commit carries that. */
void remember_group(struct kafka_port *kp);

/* gaps.c */

/* The log of a partition was read up to this offset, and holds no more now. */
void meet_end(struct kafka_port *kp, struct position *position, int64_t offset);

/* The next message of a partition is not there. The edges of its log are looked up, nothing of it is fetched meanwhile,
 * and then judge_gap says so and stops it or goes on as the config wants. */
void meet_gap(struct kafka_port *kp, const char *topic, int32_t partition);

/* True: it is to be fetched again, from `next` on. */
bool judge_gap(struct kafka_port *kp, struct position *position, int64_t first, int64_t end);

/* observe.c */

/* Tells what the lane lacks and, now and then, where its partitions are; during an outage asks whether brokers answer.
 */
void observe_port(struct kafka_port *kp);

/* Passes librdkafka's statistics on; to be set on both clients. */
int statistics_callback(rd_kafka_t *handle, char *json, size_t len, void *opaque);

/* produce.c */

bool outbox_send(struct kafka_port *kp, const struct outbox *out);
void delivery_callback(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque);
