#include "common/arena.h"
#include "common/time.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

enum { FULL_WAIT_MS = 100, CLOSE_WAIT_MS = 60000 };

struct topic_handle {
    struct topic_handle *next;
    const char *name;
    rd_kafka_topic_t *handle;
};

struct kafka_writer {
    struct arena *mem;
    rd_kafka_t *producer;
    struct topic_handle *topics;
    char failure[512]; /* of the first record that failed */
};

static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_writer *writer = opaque;

    (void)producer;
    if (message->err && !*writer->failure)
        snprintf(writer->failure, sizeof writer->failure, "topic %s: %s", rd_kafka_topic_name(message->rkt),
                 rd_kafka_err2str(message->err));
}

struct kafka_writer *kafka_writer_open(const struct config *config, struct err *err)
{
    rd_kafka_conf_t *conf = client_writer(config, err);

    if (!conf)
        return NULL;
    struct arena *mem = arena_new();
    struct kafka_writer *writer = arena_zero(mem, sizeof *writer);
    writer->mem = mem;
    rd_kafka_conf_set_opaque(conf, writer);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    writer->producer = client_open(RD_KAFKA_PRODUCER, conf, err);
    if (writer->producer)
        return writer;
    arena_free(mem);
    return NULL;
}

static rd_kafka_topic_t *handle_of(struct kafka_writer *writer, const char *topic)
{
    struct topic_handle *it = writer->topics;

    while (it && strcmp(it->name, topic) != 0)
        it = it->next;
    if (it)
        return it->handle;
    it = arena_zero(writer->mem, sizeof *it);
    it->name = span_string(span_of(topic), writer->mem);
    it->handle = rd_kafka_topic_new(writer->producer, topic, NULL);
    if (it->handle) {
        it->next = writer->topics;
        writer->topics = it;
    }
    return it->handle;
}

static rd_kafka_resp_err_t hand_over(struct kafka_writer *writer, rd_kafka_topic_t *topic, struct span key,
                                     struct span value, int64_t timestamp_ms)
{
    return rd_kafka_producev(writer->producer, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY(key.at, key.len), RD_KAFKA_V_VALUE((void *)(uintptr_t)value.at, value.len),
                             RD_KAFKA_V_TIMESTAMP(timestamp_ms == TIME_UNKNOWN ? 0 : timestamp_ms), RD_KAFKA_V_END);
}

bool kafka_write(struct kafka_writer *writer, const char *topic, struct span key, struct span value,
                 int64_t timestamp_ms, struct err *err)
{
    rd_kafka_topic_t *handle = handle_of(writer, topic);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__INVALID_ARG;

    while (handle && (code = hand_over(writer, handle, key, value, timestamp_ms)) == RD_KAFKA_RESP_ERR__QUEUE_FULL
           && !*writer->failure)
        rd_kafka_poll(writer->producer, FULL_WAIT_MS);
    rd_kafka_poll(writer->producer, 0);
    if (*writer->failure)
        return fail(err, ERR_CLUSTER, "%s", writer->failure);
    return !code || fail(err, ERR_CLUSTER, "topic %s: %s", topic, rd_kafka_err2str(code));
}

bool kafka_writer_close(struct kafka_writer *writer, struct err *err)
{
    if (!writer)
        return true;
    bool flushed = rd_kafka_flush(writer->producer, CLOSE_WAIT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    bool good = flushed && !*writer->failure;

    if (!good)
        fail(err, ERR_CLUSTER, "%s", *writer->failure ? writer->failure : "brokers do not acknowledge");
    for (struct topic_handle *it = writer->topics; it; it = it->next)
        rd_kafka_topic_destroy(it->handle);
    rd_kafka_purge(writer->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(writer->producer);
    arena_free(writer->mem);
    return good;
}
