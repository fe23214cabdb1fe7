#include "worker/kafka/step_writer.h"
#include "common/time.h"
#include "worker/kafka/admin.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/destroy.h"
#include "worker/kafka/errors.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_MS = 10000,
    FLUSH_MS = 10000,
    COMMIT_MS = 20000, /* with all its retries */
    CALL_MS = 5000,
    RETRY_WAIT_MS = 100,
    RETIRE_MS = 5000,
    TAIL_RECORDS = 1000, /* of each partition */
};

struct step_writer {
    const struct config *config;
    const char *topic;
    rd_kafka_t *producer; /* NULL: it is not open */
    rd_kafka_topic_t *handle;
    rd_kafka_resp_err_t failure; /* of the first record that failed */
    bool is_untimely;            /* a broker rejected the timestamp: the records get the time of writing */
};

static bool is_transactional(const struct step_writer *writer)
{
    return writer->config->delivery == DELIVERY_EXACTLY_ONCE;
}

struct step_writer *step_writer_new(const struct config *config, const char *topic)
{
    struct step_writer *writer = calloc(1, sizeof *writer);

    if (!writer)
        out_of_memory();
    writer->config = config;
    writer->topic = topic;
    return writer;
}

/* After a failure nothing of a producer is to be relied on: the next one ends what it left. */
static void retire(struct step_writer *writer)
{
    if (writer->handle)
        rd_kafka_topic_destroy(writer->handle);
    if (writer->producer) {
        rd_kafka_purge(writer->producer,
                       RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
        handle_destroy(writer->producer, 0, RETIRE_MS);
    }
    writer->handle = NULL;
    writer->producer = NULL;
}

void step_writer_free(struct step_writer *writer)
{
    if (!writer)
        return;
    retire(writer);
    free(writer);
}

bool step_writer_is_open(const struct step_writer *writer)
{
    return writer->producer != NULL;
}

/* --- opening --- */

static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct step_writer *writer = opaque;

    (void)producer;
    if (message->err && !writer->failure)
        writer->failure = message->err;
}

/* A timestamp that is refused, as one in the future, is left out the next time. */
static enum step_end end_of(const struct step_writer *writer, rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP && !writer->is_untimely)
        return STEP_LATER;

    return code_is_forbidden(code) || code_is_refusal(code) ? STEP_FAILED : STEP_LATER;
}

/* Says why, and how that is to be taken. The error is gone afterwards. */
static enum step_end take_error(const struct step_writer *writer, const char *what, rd_kafka_error_t *error,
                                struct err *err)
{
    enum step_end end = end_of(writer, rd_kafka_error_code(error));

    fail(err, ERR_CLUSTER, "topic %s: %s: %s", writer->topic, what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return end;
}

static enum step_end make_producer(struct step_writer *writer, struct err *err)
{
    rd_kafka_conf_t *conf = client_trends(writer->config, writer->topic, err);

    if (!conf)
        return STEP_FAILED;
    rd_kafka_conf_set_opaque(conf, writer);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    writer->producer = client_open(RD_KAFKA_PRODUCER, conf, err);
    if (!writer->producer)
        return STEP_FAILED;
    writer->handle = rd_kafka_topic_new(writer->producer, writer->topic, NULL);
    if (!writer->handle)
        return fail(err, ERR_WORK, "topic %s: %s", writer->topic, rd_kafka_err2str(rd_kafka_last_error())), STEP_FAILED;
    rd_kafka_error_t *error = is_transactional(writer) ? rd_kafka_init_transactions(writer->producer, ANSWER_MS) : NULL;
    return error ? take_error(writer, "transactions", error, err) : STEP_DONE;
}

static bool is_there(const struct step_writer *writer, struct err *err)
{
    rd_kafka_t *handle = admin_open(writer->config, err);
    int partitions = handle ? admin_partitions(handle, writer->topic, ANSWER_MS, err) : -1;

    if (handle)
        rd_kafka_destroy(handle);
    if (partitions == 0)
        fail(err, ERR_CLUSTER, "topic %s is not there; trendmill topics --create makes it", writer->topic);
    return partitions > 0;
}

struct tail {
    void (*take)(const struct kafka_record *record, void *context);
    void *context;
    struct range *all; /* as it is; a partition that gave a record is wanted no more */
};

static void take_record(const struct kafka_record *record, void *context)
{
    struct tail *tail = context;

    for (size_t i = 0; i < tail->all->len; i++)
        if (tail->all->at[i].partition == record->partition)
            tail->all->at[i].start = tail->all->at[i].end;
    tail->take(record, tail->context);
}

/* The last ones first. Where the end of a partition holds aborted records alone, all of it. */
static bool read_tail(const struct step_writer *writer, struct tail *tail, struct arena *mem, struct err *err)
{
    if (!range_whole(writer->config, writer->topic, mem, tail->all, err))
        return false;
    struct range last = {arena_take(mem, (tail->all->len + 1) * sizeof *last.at), tail->all->len};
    for (size_t i = 0; i < last.len; i++) {
        last.at[i] = tail->all->at[i];
        if (last.at[i].end - last.at[i].start > TAIL_RECORDS)
            last.at[i].start = last.at[i].end - TAIL_RECORDS;
    }
    if (!kafka_read_range(writer->config, &last, take_record, tail, err))
        return false;
    struct range rest = {arena_take(mem, (tail->all->len + 1) * sizeof *rest.at), tail->all->len};
    memcpy(rest.at, tail->all->at, tail->all->len * sizeof *rest.at);
    return kafka_read_range(writer->config, &rest, take_record, tail, err);
}

enum step_end step_writer_open(struct step_writer *writer,
                               void (*take)(const struct kafka_record *record, void *context), void *context,
                               struct err *err)
{
    struct arena *mem = arena_new();
    struct range all;
    struct tail tail = {take, context, &all};
    enum step_end end = is_there(writer, err) ? make_producer(writer, err) : STEP_LATER;

    if (end == STEP_DONE && !read_tail(writer, &tail, mem, err))
        end = STEP_LATER;
    if (end != STEP_DONE)
        retire(writer);
    arena_free(mem);
    return end;
}

/* --- writing --- */

static rd_kafka_resp_err_t hand_over(const struct step_writer *writer, const struct step_record *record,
                                     int64_t timestamp_ms)
{
    return rd_kafka_producev(writer->producer, RD_KAFKA_V_RKT(writer->handle), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY(record->key.at, record->key.len),
                             RD_KAFKA_V_VALUE((void *)(uintptr_t)record->value.at, record->value.len),
                             RD_KAFKA_V_TIMESTAMP(writer->is_untimely ? 0 : timestamp_ms), RD_KAFKA_V_END);
}

/* A full queue empties as brokers acknowledge. */
static rd_kafka_resp_err_t produce(struct step_writer *writer, const struct step_record *records, size_t len,
                                   int64_t timestamp_ms)
{
    int64_t until_ms = time_steady_ms() + FLUSH_MS;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    for (size_t i = 0; !code && i < len; i++) {
        while ((code = hand_over(writer, &records[i], timestamp_ms)) == RD_KAFKA_RESP_ERR__QUEUE_FULL
               && !writer->failure && time_steady_ms() < until_ms)
            rd_kafka_poll(writer->producer, RETRY_WAIT_MS);
    }
    if (!code)
        code = rd_kafka_flush(writer->producer, FLUSH_MS);
    return writer->failure ? writer->failure : code;
}

/* The same call again where librdkafka says so. */
static rd_kafka_error_t *commit(const struct step_writer *writer)
{
    int64_t until_ms = time_steady_ms() + COMMIT_MS;
    rd_kafka_error_t *error;

    while ((error = rd_kafka_commit_transaction(writer->producer, CALL_MS))) {
        if (rd_kafka_error_txn_requires_abort(error) || rd_kafka_error_is_fatal(error)
            || !rd_kafka_error_is_retriable(error) || time_steady_ms() > until_ms)
            break;
        rd_kafka_error_destroy(error);
        rd_kafka_poll(writer->producer, RETRY_WAIT_MS);
    }
    return error;
}

static enum step_end write_all(struct step_writer *writer, const struct step_record *records, size_t len,
                               int64_t timestamp_ms, struct err *err)
{
    rd_kafka_error_t *error = is_transactional(writer) ? rd_kafka_begin_transaction(writer->producer) : NULL;

    writer->failure = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error)
        return take_error(writer, "begin", error, err);
    rd_kafka_resp_err_t code = produce(writer, records, len, timestamp_ms);
    if (code) {
        fail(err, ERR_CLUSTER, "topic %s: %s", writer->topic, rd_kafka_err2str(code));
        return end_of(writer, code);
    }
    error = is_transactional(writer) ? commit(writer) : NULL;
    return error ? take_error(writer, "commit", error, err) : STEP_DONE;
}

enum step_end step_write(struct step_writer *writer, const struct step_record *records, size_t len,
                         int64_t timestamp_ms, struct err *err)
{
    enum step_end end = write_all(writer, records, len, timestamp_ms, err);

    writer->is_untimely = end != STEP_DONE && writer->failure == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
    if (end != STEP_DONE)
        retire(writer);
    return end;
}
