/* outputs: the topics that a lane writes to, one handle a route and one for dead letters, and what the brokers say they
 * accept on each. That decides how large batches are made, and never that a record is rejected: brokers measure batches
 * after compression and go by their own clock, so only their answer counts. */
#pragma once

#include "common/arena.h"
#include "common/err.h"
#include "common/span.h"
#include "worker/config.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a topic accepts, by its configuration. */
struct topic_limits {
    bool known;                  /* the brokers told it */
    int64_t max_bytes;           /* of a batch, max.message.bytes; INT64_MAX: not known */
    int64_t retention_ms;        /* a record older than that vanishes at once; -1: never */
    bool compacted;              /* a record without a key is refused */
    bool deletes;                /* retention_ms holds */
    int64_t tombstone_ms;        /* how long a compacted topic keeps a tombstone, delete.retention.ms */
    bool own_timestamps;         /* the broker sets them: any will do */
    int64_t before_ms, after_ms; /* how far a timestamp may be behind or ahead of the clock */
};

extern const struct topic_limits unknown_limits; /* where a topic does not tell */

struct output {
    const char *topic;
    rd_kafka_topic_t *handle; /* of the present producer */
    struct topic_limits limits;
};

struct outputs {
    struct output *at; /* a route's at its index in the config; dead letters last, if anywhere */
    size_t len;
    bool has_dead;
    int64_t batch_bytes;      /* batch.size of the producer that was configured last */
    int64_t most_batch_bytes; /* learned from rejected batches of topics whose limits are not known */
};

void outputs_list(struct outputs *outputs, const struct config *config, struct arena *mem);

struct output *outputs_of(const struct outputs *outputs, const struct route *route);
struct output *outputs_dead(const struct outputs *outputs); /* NULL: they are counted alone */

/* Reads the limits of all topics anew; those of a topic that does not tell stay as they were. *wider: a topic accepts
 * what it did not accept when it told last. False: not all of them told. */
bool outputs_read_limits(struct outputs *outputs, rd_kafka_t *handle, int timeout_ms, bool *wider, struct err *err);

/* A batch was rejected that held records of several messages. Where the limits of all topics are known, they say how
 * small batches must be; else the next producer's are half as large. */
void outputs_shrink(struct outputs *outputs);

/* Sets batch.size, so that no batch is larger than the smallest topic accepts: a producer never splits one. A record
 * that is larger goes in a batch of its own, up to what the producer's queue can hold, and the broker decides. */
bool outputs_fit(struct outputs *outputs, rd_kafka_conf_t *conf, bool is_max_given, struct err *err);

/* Makes the handles and has the producer learn where the partitions are, so that the first record
 * does not wait for it. */
bool outputs_open(struct outputs *outputs, rd_kafka_t *producer, int timeout_ms, struct err *err);
void outputs_close(struct outputs *outputs);

/* The most bytes that a record alone in its batch takes, before compression. */
int64_t record_bytes(size_t key_len, size_t value_len, size_t headers_bytes);
int64_t header_bytes(size_t name_len, size_t value_len);

/* A record that `was` excludes may be accepted by `now`. Not where either is not known. */
bool limits_are_wider(const struct topic_limits *was, const struct topic_limits *now);
