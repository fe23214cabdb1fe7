#include "worker/kafka/facts_reader.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/admin.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/errors.h"
#include "worker/kafka/fetch_wakeup.h"
#include "worker/kafka/record_time.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

enum { ANSWER_MS = 10000, BATCH = 1000, LOOK_MS = 10000, SILENT_MS = 30000, ERROR_LOG_MS = 10000, LOOK_WAIT_MS = 2000 };

struct facts_reader {
    const struct config *config;
    const struct list *topics;
    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue;
    struct arena *mem;
    struct facts_partition *at;
    size_t len, cap, woken;
    int64_t looked_ms, heard_ms, logged_ms;
};

static rd_kafka_t *open_consumer(const struct config *config, struct err *err)
{
    char why[512];
    rd_kafka_conf_t *conf = client_reader(config, err);

    if (!conf)
        return NULL;
    /* No offsets are committed to the group; librdkafka's assign() only wants some name. What is gone is an error. */
    if (!client_set(conf, "group.id", "trendmill-trends", err) || !client_set(conf, "enable.partition.eof", "true", err)
        || !client_set(conf, "auto.offset.reset", "error", err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!consumer) {
        rd_kafka_conf_destroy(conf);
        fail(err, ERR_CONFIG, "kafka: %s", why);
        return NULL;
    }
    rd_kafka_poll_set_consumer(consumer);
    return consumer;
}

static struct facts_partition *find(const struct facts_partition *at, size_t len, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < len; i++)
        if (at[i].partition == partition && !strcmp(at[i].topic, topic))
            return (struct facts_partition *)(uintptr_t)&at[i];
    return NULL;
}

/* --- where it begins --- */

#define REMEDY "start with --rebuild, which drops the store and reads all rows that are there"

static bool check_place(const struct facts_partition *at, int64_t low, int64_t high, struct err *err)
{
    if (at->next < low)
        return fail(err, ERR_CLUSTER,
                    "topic %s partition %d: the next row to read is %lld, but its log begins at %lld now: rows "
                    "are gone that were never read; %s",
                    at->topic, at->partition, (long long)at->next, (long long)low, REMEDY);
    if (at->next > high)
        return fail(err, ERR_CLUSTER,
                    "topic %s partition %d was read up to %lld, but ends at %lld: it was made anew; %s", at->topic,
                    at->partition, (long long)at->next, (long long)high, REMEDY);
    return true;
}

/* A partition from its known place, or from its start. */
static bool add_partition(struct facts_reader *reader, const char *topic, int32_t partition,
                          const struct facts_partition *known, struct err *err)
{
    struct facts_partition it = {
        .topic = topic, .partition = partition, .next = known ? known->next : -1, .given_ms = time_steady_ms()};
    int64_t low, high;
    rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(reader->consumer, topic, partition, &low, &high, ANSWER_MS);

    if (code)
        return fail(err, ERR_CLUSTER, "topic %s partition %d: %s", topic, partition, rd_kafka_err2str(code));
    if (known && !check_place(&it, low, high, err))
        return false;
    it.next = known ? known->next : low;
    it.end = high;
    reader->at = arena_room(reader->mem, reader->at, reader->len, &reader->cap, sizeof *reader->at);
    reader->at[reader->len++] = it;
    log_event(LOG_INFO, "partition", "topic=%s partition=%d offset=%lld end=%lld reason=%s", topic, (int)partition,
              (long long)it.next, (long long)it.end, known ? "read-before" : "new");
    return true;
}

static bool add_topic(struct facts_reader *reader, const char *topic, const struct facts_partition *known,
                      size_t known_len, struct err *err)
{
    int partitions = admin_partitions(reader->consumer, topic, ANSWER_MS, err);

    if (partitions == 0)
        return fail(err, ERR_CLUSTER, "topic %s is not there; trendmill topics --create makes it", topic);
    for (int32_t i = 0; i < partitions; i++)
        if (!find(reader->at, reader->len, topic, i)
            && !add_partition(reader, topic, i, find(known, known_len, topic, i), err))
            return false;
    return partitions > 0;
}

/* All partitions from where each is up to: what was fetched and not given out is fetched again. */
static bool assign(struct facts_reader *reader, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)reader->len);

    for (size_t i = 0; i < reader->len; i++)
        rd_kafka_topic_partition_list_add(list, reader->at[i].topic, reader->at[i].partition)->offset =
            reader->at[i].next;
    rd_kafka_resp_err_t code = rd_kafka_assign(reader->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return !code || fail(err, ERR_CLUSTER, "facts: %s", rd_kafka_err2str(code));
}

static bool add_topics(struct facts_reader *reader, const struct facts_partition *known, size_t known_len,
                       struct err *err)
{
    const struct span *topics = reader->topics->at;

    for (size_t i = 0; i < reader->topics->len; i++)
        if (!add_topic(reader, span_string(topics[i], reader->mem), known, known_len, err))
            return false;
    return true;
}

struct facts_reader *facts_reader_open(const struct config *config, const struct list *topics,
                                       const struct facts_partition *known, size_t known_len, struct err *err)
{
    struct facts_reader *reader = calloc(1, sizeof *reader);

    if (!reader)
        abort();
    reader->config = config;
    reader->topics = topics;
    reader->mem = arena_new();
    reader->looked_ms = reader->heard_ms = time_steady_ms();
    reader->consumer = open_consumer(config, err);
    if (reader->consumer && add_topics(reader, known, known_len, err) && assign(reader, err)) {
        reader->queue = rd_kafka_queue_get_consumer(reader->consumer);
        return reader;
    }
    facts_reader_close(reader);
    return NULL;
}

void facts_reader_close(struct facts_reader *reader)
{
    if (!reader)
        return;
    if (reader->queue)
        rd_kafka_queue_destroy(reader->queue);
    if (reader->consumer) {
        rd_kafka_assign(reader->consumer, NULL);
        rd_kafka_destroy(reader->consumer);
    }
    arena_free(reader->mem);
    free(reader);
}

/* --- reading --- */

/* Partitions that were added since. A topic that cannot be asked now is asked again later. */
static bool look_for_more(struct facts_reader *reader, struct err *err)
{
    size_t before = reader->len;
    struct err why = {0};

    if (time_steady_ms() - reader->looked_ms < LOOK_MS)
        return true;
    reader->looked_ms = time_steady_ms();
    if (!add_topics(reader, NULL, 0, &why))
        log_event(LOG_WARN, "partitions", "message=%s", log_quote(why.text));
    return reader->len == before || assign(reader, err);
}

static bool fail_gone(struct facts_reader *reader, const struct facts_partition *at, struct err *err)
{
    int64_t low, high;

    if (!rd_kafka_query_watermark_offsets(reader->consumer, at->topic, at->partition, &low, &high, ANSWER_MS)
        && !check_place(at, low, high, err))
        return false;
    return fail(err, ERR_CLUSTER, "topic %s partition %d: the next row to read, %lld, is gone; %s", at->topic,
                at->partition, (long long)at->next, REMEDY);
}

/* What is not a record. */
static bool take_error(struct facts_reader *reader, const rd_kafka_message_t *message, struct facts_partition *at,
                       struct err *err)
{
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && at) {
        if (at->is_held) /* the records that were left are before it */
            return true;
        if (message->offset > at->next)
            at->next = message->offset; /* control records and aborted ones end here */
        at->end = at->next;
        reader->heard_ms = time_steady_ms();
        return true;
    }
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && at)
        return fail_gone(reader, at, err);
    if (code_is_forbidden(message->err) || code_is_no_topic(message->err)
        || message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return fail(err, ERR_CLUSTER, "facts: %s", rd_kafka_message_errstr(message));
    if (time_steady_ms() - reader->logged_ms >= ERROR_LOG_MS) {
        reader->logged_ms = time_steady_ms();
        log_event(LOG_WARN, "kafka", "message=%s", log_quote(rd_kafka_message_errstr(message)));
    }
    return true;
}

/* Fetches no more of it. What was fetched is dropped, and fetched again when it goes on. */
static bool hold(struct facts_reader *reader, struct facts_partition *at, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, at->topic, at->partition);
    rd_kafka_resp_err_t code = rd_kafka_pause_partitions(reader->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    at->is_held = true;
    return !code || fail(err, ERR_CLUSTER, "facts: pause: %s", rd_kafka_err2str(code));
}

static bool give(struct facts_reader *reader, const rd_kafka_message_t *message,
                 bool (*take)(const struct kafka_record *record, void *context), void *context, struct err *err)
{
    struct facts_partition *at =
        message->rkt ? find(reader->at, reader->len, rd_kafka_topic_name(message->rkt), message->partition) : NULL;

    if (message->err)
        return take_error(reader, message, at, err);
    if (!at || at->is_held || message->offset < at->next) /* given out before it was held, or assigned anew */
        return true;
    const struct kafka_record record = {.topic = at->topic,
                                        .partition = at->partition,
                                        .offset = message->offset,
                                        .timestamp_ms = record_time(message),
                                        .key = {message->key, message->key_len},
                                        .value = {message->payload, message->len},
                                        .origin = message};
    reader->heard_ms = at->given_ms = time_steady_ms();
    if (!take(&record, context))
        return hold(reader, at, err);
    at->next = message->offset + 1;
    return true;
}

/* In turn: the partition that is behind and whose leader is asked. */
static void wake(struct facts_reader *reader)
{
    for (size_t i = 0; i < reader->len; i++) {
        const struct facts_partition *at = &reader->at[++reader->woken % reader->len];

        if (at->next < at->end && !at->is_held) {
            wake_leader(reader->consumer, at->topic, at->partition);
            return;
        }
    }
}

static void see_ends(struct facts_reader *reader)
{
    for (size_t i = 0; i < reader->len; i++) {
        int64_t low, high;

        if (!rd_kafka_get_watermark_offsets(reader->consumer, reader->at[i].topic, reader->at[i].partition, &low, &high)
            && high > reader->at[i].end)
            reader->at[i].end = high;
    }
}

bool facts_reader_poll(struct facts_reader *reader, int wait_ms,
                       bool (*take)(const struct kafka_record *record, void *context), void *context, struct err *err)
{
    rd_kafka_message_t *messages[BATCH];
    bool fine = look_for_more(reader, err);

    if (!fine)
        return false;
    ssize_t len = rd_kafka_consume_batch_queue(reader->queue, 0, messages, BATCH);
    if (len <= 0) {
        wake(reader);
        len = rd_kafka_consume_batch_queue(reader->queue, wait_ms, messages, BATCH);
    }
    for (ssize_t i = 0; i < len; i++) {
        fine = fine && give(reader, messages[i], take, context, err);
        rd_kafka_message_destroy(messages[i]);
    }
    see_ends(reader);
    return fine;
}

/* What was fetched before comes out no more, since the call makes it outdated at once. It does not wait: with a timeout
 * librdkafka 2.0.2 says now and then at once that it has timed out. */
bool facts_reader_release(struct facts_reader *reader, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)reader->len + 1);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_error_t *error = NULL;

    for (size_t i = 0; i < reader->len; i++) {
        if (!reader->at[i].is_held)
            continue;
        rd_kafka_topic_partition_list_add(list, reader->at[i].topic, reader->at[i].partition)->offset =
            reader->at[i].next;
        reader->at[i].is_held = false;
        reader->at[i].given_ms = time_steady_ms();
    }
    if (list->cnt)
        error = rd_kafka_seek_partitions(reader->consumer, list, 0);
    if (list->cnt && !error)
        code = rd_kafka_resume_partitions(reader->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    bool fine = !error && !code;
    if (!fine)
        fail(err, ERR_CLUSTER, "facts: release: %s", error ? rd_kafka_error_string(error) : rd_kafka_err2str(code));
    if (error)
        rd_kafka_error_destroy(error);
    return fine;
}

const struct facts_partition *facts_reader_partitions(const struct facts_reader *reader, size_t *len)
{
    *len = reader->len;
    return reader->at;
}

int64_t facts_reader_lag(const struct facts_reader *reader)
{
    int64_t lag = 0;

    for (size_t i = 0; i < reader->len; i++)
        lag += reader->at[i].end > reader->at[i].next ? reader->at[i].end - reader->at[i].next : 0;
    return lag;
}

bool facts_reader_hears(const struct facts_reader *reader)
{
    int64_t low, high;

    if (time_steady_ms() - reader->heard_ms < SILENT_MS || !reader->len)
        return true;
    return !rd_kafka_query_watermark_offsets(reader->consumer, reader->at->topic, reader->at->partition, &low, &high,
                                             1000);
}

/* Where the logs begin or end, of all partitions by one request a broker. `which`: RD_KAFKA_OFFSET_BEGINNING or _END:
 * as times, -2 and -1 ask for those: so the protocol has it, and librdkafka passes them on. */
static rd_kafka_resp_err_t find_offsets(const struct facts_reader *reader, rd_kafka_topic_partition_list_t *list,
                                        int64_t which, int timeout_ms)
{
    for (size_t i = 0; i < reader->len; i++)
        rd_kafka_topic_partition_list_add(list, reader->at[i].topic, reader->at[i].partition)->offset = which;
    rd_kafka_resp_err_t code =
        list->cnt ? rd_kafka_offsets_for_times(reader->consumer, list, timeout_ms) : RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; !code && i < list->cnt; i++)
        code = list->elems[i].err;
    return code;
}

bool facts_reader_look(struct facts_reader *reader)
{
    rd_kafka_topic_partition_list_t *ends = rd_kafka_topic_partition_list_new((int)reader->len);
    bool fine = !find_offsets(reader, ends, RD_KAFKA_OFFSET_END, LOOK_WAIT_MS);

    for (size_t i = 0; fine && i < reader->len; i++) {
        struct facts_partition *at = &reader->at[i];
        int64_t end = rd_kafka_topic_partition_list_find(ends, at->topic, at->partition)->offset;

        if (end > at->end)
            at->end = end;
    }
    rd_kafka_topic_partition_list_destroy(ends);
    return fine;
}

static bool find_starts(const struct facts_reader *reader, rd_kafka_topic_partition_list_t *list, struct err *err)
{
    rd_kafka_resp_err_t code = find_offsets(reader, list, RD_KAFKA_OFFSET_BEGINNING, ANSWER_MS);

    return !code || fail(err, ERR_CLUSTER, "facts: where the logs begin: %s", rd_kafka_err2str(code));
}

bool facts_reader_again(struct facts_reader *reader, void (*take)(const struct kafka_record *record, void *context),
                        void *context, struct err *err)
{
    struct arena *mem = arena_new();
    struct range range = {arena_zero(mem, (reader->len + 1) * sizeof *range.at), reader->len};
    rd_kafka_topic_partition_list_t *starts = rd_kafka_topic_partition_list_new((int)reader->len);
    bool fine = find_starts(reader, starts, err);

    for (size_t i = 0; fine && i < reader->len; i++) {
        const struct facts_partition *at = &reader->at[i];
        int64_t start = rd_kafka_topic_partition_list_find(starts, at->topic, at->partition)->offset;

        range.at[i] = (struct piece){at->topic, at->partition, start < at->next ? start : at->next, at->next};
    }
    fine = fine && kafka_read_range(reader->config, &range, take, context, err);
    rd_kafka_topic_partition_list_destroy(starts);
    arena_free(mem);
    return fine;
}
