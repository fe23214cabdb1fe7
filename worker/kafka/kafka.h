/* kafka: all that touches Kafka, behind plain structs. Nothing outside this folder includes
 * librdkafka's header. */
#pragma once

#include "common/buf.h"
#include "common/err.h"
#include "common/report.h"
#include "worker/config.h"
#include "worker/kafka/range.h"
#include "worker/port.h"

#include <stdbool.h>
#include <stdint.h>

/* Tries every property of kafka:, kafka.consumer: and kafka.producer: on librdkafka; its refusals,
 * and properties that the guarantees own, are reported at their line. Asks no broker. */
bool kafka_check(const struct config *config, struct report *report);

/* Asks the brokers whether all is as the config needs it: topics there, cleanup policy, retention,
 * max.message.bytes, permissions of the group and of transactions. Each problem is reported at the line
 * that needs it, with its remedy. False, kind ERR_CLUSTER: no answer. Whether topics may be written is
 * not tried, since it would write. */
bool kafka_check_cluster(const struct config *config, struct report *report, struct err *err);

/* Waits until a broker answers, for start_timeout at most. AWAIT_FAILED: none did, or they refuse credentials or
 * certificates, which ends the wait at once; kind ERR_CLUSTER. is_stopped is asked every 0.1 s. */
enum await { AWAIT_HEARD, AWAIT_STOPPED, AWAIT_FAILED };
enum await kafka_await(const struct config *config, bool (*is_stopped)(void *context), void *context, struct err *err);

/* The properties that are the worker's own, and those that the config may not set, as Markdown. */
void kafka_reference(struct buf *out);

struct replay;

/* A name for this process in transactional ids: the config's `instance`, else a random one. */
struct span kafka_instance(const struct config *config, struct arena *mem);

/* One lane's consumer and producer. Blocks until the producer may write; the brokers must be there.
 * config, replay (NULL: a live worker) and instance must outlive the port. NULL on failure, kind ERR_CLUSTER. */
struct port *kafka_port_open(const struct config *config, const struct replay *replay, struct span instance, int lane,
                             struct port_watch watch, struct err *err);

/* What librdkafka's statistics say of one client (a consumer or a producer) over all its brokers. */
struct kafka_statistics {
    int64_t sent_bytes, received_bytes;
    int64_t requests;       /* waiting to be sent or answered */
    int64_t records, bytes; /* in its queues */
    int64_t send_errors, receive_errors, timeouts;
    int64_t brokers_up;
    struct kafka_broker {
        struct span name;           /* host:port */
        int64_t rtt_us, rtt_p99_us; /* 0: no answer in the last interval */
    } * brokers;
    size_t brokers_len;
};

/* False if it is not understood. Is in mem. */
bool kafka_statistics_read(struct span json, struct arena *mem, struct kafka_statistics *out);

/* Topics that the config needs. */
struct topic {
    struct span name;
    struct span cleanup; /* cleanup.policy that it needs; empty for an input: any */
    const char *role;    /* "input", "route", "dead letters", "trends" */
    bool is_of_trends;   /* the trend stage writes it, and a worker can do without */
    bool is_there;
    int partitions; /* where it is there */
};

struct topics {
    struct topic *at;
    size_t len;
};

/* Lists them and asks the brokers which are there. */
bool kafka_topics(const struct config *config, struct arena *mem, struct topics *topics, struct err *err);

/* Makes the missing ones, with the broker's own number of partitions and replicas. */
bool kafka_topics_create(const struct config *config, const struct topics *topics, struct err *err);

/* An embedded broker for the demo (librdkafka's mock cluster): loopback only, forgets all, keeps at
 * most 5 MiB a partition, knows no aborts. */
struct kafka_mock;

struct kafka_mock *kafka_mock_start(int brokers, struct err *err); /* numbered from 1 */
const char *kafka_mock_brokers(const struct kafka_mock *mock);
bool kafka_mock_topic(struct kafka_mock *mock, const char *topic, int partitions, struct err *err);
void kafka_mock_stop(struct kafka_mock *mock); /* takes NULL */

/* For tests: which broker leads a partition or coordinates a "group" or "transaction", how long each answer of a broker
 * takes, and whether it is there at all. */
void kafka_mock_lead(struct kafka_mock *mock, const char *topic, int32_t partition, int32_t broker);
void kafka_mock_coordinate(struct kafka_mock *mock, const char *kind, const char *name, int32_t broker);
void kafka_mock_slow(struct kafka_mock *mock, int32_t broker, int answer_ms);
void kafka_mock_down(struct kafka_mock *mock, int32_t broker, bool down);
void kafka_mock_refuse(struct kafka_mock *mock, int request, int error, int times); /* by the protocol's numbers */

/* Writes to a topic and waits until all is acknowledged; partitions as Java's clients. */
struct kafka_writer;

struct kafka_writer *kafka_writer_open(const struct config *config, struct err *err);
bool kafka_write(struct kafka_writer *writer, const char *topic, struct span key, struct span value,
                 int64_t timestamp_ms, struct err *err);
bool kafka_writer_close(struct kafka_writer *writer, struct err *err); /* flushes */

/* Reads at read_committed, partition by partition in the order of offsets. `take` gets each record; its
 * header values by kafka_header. */
struct kafka_record {
    const char *topic;
    int32_t partition;
    int64_t offset, timestamp_ms;
    struct span key, value; /* at == NULL: null */
    const void *origin;
};

bool kafka_read_range(const struct config *config, const struct range *range,
                      void (*take)(const struct kafka_record *record, void *context), void *context, struct err *err);

/* The same for all of a topic as it is now. */
bool kafka_read(const struct config *config, const char *topic,
                void (*take)(const struct kafka_record *record, void *context), void *context, struct err *err);
struct span kafka_header(const struct kafka_record *record, const char *name); /* at NULL: none */

/* The record at a place, read at read_committed in half a minute at most; key and value are in mem, it has no headers.
 * Kind ERR_CONFIG: there is none, and why; ERR_CLUSTER: no answer. */
bool kafka_fetch(const struct config *config, const struct skip *place, struct arena *mem, struct kafka_record *out,
                 struct err *err);

/* A record of the dead letters as the message that it was, see letter_read; message is filled but for its
 * place. */
struct letters;
bool kafka_letter(const struct kafka_record *record, struct letters *letters, struct message *message);

/* librdkafka's version: what the headers said at build, and what runs. */
const char *kafka_version_built(void);
const char *kafka_version_running(void);
