/* outputs: the topics that a lane writes to, one handle a route and one for dead letters, and what the
 * brokers take on each. */
#pragma once

#include "common/arena.h"
#include "common/err.h"
#include "common/span.h"
#include "worker/config.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a topic takes, by its configuration; Kafka's defaults where it could not be read. */
struct topic_limits {
    int64_t max_bytes;              /* of a batch, max.message.bytes */
    int64_t retention_ms;           /* a record older than that vanishes at once; -1: never */
    bool compacted;                 /* a record without a key is refused */
    bool deletes;                   /* retention_ms holds */
    int64_t tombstone_ms;           /* how long a compacted topic keeps a tombstone, delete.retention.ms */
    bool own_timestamps;            /* the broker sets them: any will do */
    int64_t before_ms, after_ms;    /* how far a timestamp may lie behind or ahead of the clock */
};

extern const struct topic_limits usual_limits;         /* where a topic does not tell */

struct output {
    const char *topic;
    rd_kafka_topic_t *handle;       /* of the present producer */
    struct topic_limits limits;
};

struct outputs {
    struct output *at;              /* a route's at its index in the config; dead letters last, if anywhere */
    size_t len;
    bool has_dead;
    int64_t least_bytes, most_bytes;        /* of their max_bytes */
};

void outputs_list(struct outputs *outputs, const struct config *config, struct arena *mem);

struct output *outputs_of(const struct outputs *outputs, const struct route *route);
struct output *outputs_dead(const struct outputs *outputs);             /* NULL: they are counted alone */

/* Reads the limits of all topics. Those of a cluster that does not tell stay as they were. False: it
 * did not tell. `ceiling` bounds them from above. */
bool outputs_read_limits(struct outputs *outputs, rd_kafka_t *handle, int64_t ceiling, int timeout_ms,
                         struct err *err);

/* A producer never splits a batch, so none may be larger than the smallest topic takes; but a single
 * record may be as large as the largest one takes. */
bool outputs_fit(const struct outputs *outputs, rd_kafka_conf_t *conf, struct err *err);

/* Makes the handles and has the producer learn where the partitions are, so that the first record
 * does not wait for it. */
bool outputs_open(struct outputs *outputs, rd_kafka_t *producer, int timeout_ms, struct err *err);
void outputs_close(struct outputs *outputs);

/* The most bytes that a record alone in its batch takes, before compression. */
int64_t record_bytes(size_t key_len, size_t value_len, size_t headers_bytes);
int64_t header_bytes(size_t name_len, size_t value_len);

/* Why the topic would never take the record, or NULL. */
const char *limits_refuse(const struct topic_limits *limits, int64_t bytes, bool has_key, int64_t timestamp_ms,
                          int64_t now_ms);
