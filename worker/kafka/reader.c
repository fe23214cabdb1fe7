#include "common/time.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/fetch_wakeup.h"
#include "worker/kafka/kafka.h"
#include "worker/kafka/record_time.h"

#include <librdkafka/rdkafka.h>
#include <string.h>

#define END_WAIT_MS "10"

enum { POLL_MS = 100, SILENT_MS = 30000 };

struct topic_reader {
    rd_kafka_t *consumer;
    void (*take)(const struct kafka_record *record, void *context);
    void *context;
};

static rd_kafka_t *open_consumer(const struct config *config, struct err *err)
{
    rd_kafka_conf_t *conf = client_reader(config, err);

    if (!conf)
        return NULL;
    /* No offsets are ever committed; librdkafka's assign() only wants some name. A range has an end, which is known
     * once a fetch brought nothing: by default the broker waits half a second for more, at each partition. */
    if (!client_set(conf, "group.id", "trendmill-reader", err) || !client_set(conf, "enable.partition.eof", "true", err)
        || !client_set(conf, "fetch.wait.max.ms", END_WAIT_MS, err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_t *consumer = client_open(RD_KAFKA_CONSUMER, conf, err);
    if (consumer)
        rd_kafka_poll_set_consumer(consumer);
    return consumer;
}

static void give(const struct topic_reader *reading, const rd_kafka_message_t *message)
{
    const struct kafka_record record = {
        .topic = rd_kafka_topic_name(message->rkt),
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = record_time(message),
        .key = {message->key, message->key_len},
        .value = {message->payload, message->len},
        .origin = message,
    };

    reading->take(&record, reading->context);
}

/* True: the partition is read to `end`, which the last message alone does not show: control records
 * and what compaction took leave gaps. */
static bool is_over(const rd_kafka_message_t *message, int64_t end)
{
    return message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF || (!message->err && message->offset + 1 >= end);
}

/* NULL: none came for a while. */
static rd_kafka_message_t *next_message(const struct topic_reader *reading, const struct piece *piece)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(reading->consumer, 0);

    if (message)
        return message;
    wake_leader(reading->consumer, piece->topic, piece->partition);
    return rd_kafka_consumer_poll(reading->consumer, POLL_MS);
}

static bool read_piece(const struct topic_reader *reading, const struct piece *piece, struct err *err)
{
    int64_t heard_ms = time_steady_ms();
    bool over = false;

    while (!over) {
        rd_kafka_message_t *message = next_message(reading, piece);

        if (!message && time_steady_ms() - heard_ms < SILENT_MS)
            continue;
        if (!message)
            return fail(err, ERR_CLUSTER, "topic %s: brokers do not answer", piece->topic);
        heard_ms = time_steady_ms();
        over = is_over(message, piece->end);
        if (!message->err && message->offset < piece->end)
            give(reading, message);
        bool bad = message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
        rd_kafka_message_destroy(message);
        if (bad)
            return fail(err, ERR_CLUSTER, "topic %s: its first records went while it was read", piece->topic);
    }
    return true;
}

static bool start(const struct topic_reader *reading, const struct piece *piece, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, piece->topic, piece->partition)->offset = piece->start;
    rd_kafka_resp_err_t code = rd_kafka_assign(reading->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return !code || fail(err, ERR_CLUSTER, "topic %s: %s", piece->topic, rd_kafka_err2str(code));
}

bool kafka_read_range(const struct config *config, const struct range *range,
                      void (*take)(const struct kafka_record *record, void *context), void *context, struct err *err)
{
    struct topic_reader reading = {open_consumer(config, err), take, context};
    bool good = reading.consumer != NULL;

    for (size_t i = 0; good && i < range->len; i++)
        if (range->at[i].start < range->at[i].end)
            good = start(&reading, &range->at[i], err) && read_piece(&reading, &range->at[i], err);
    if (reading.consumer) {
        rd_kafka_assign(reading.consumer, NULL);
        rd_kafka_destroy(reading.consumer);
    }
    return good;
}

bool kafka_read(const struct config *config, const char *topic,
                void (*take)(const struct kafka_record *record, void *context), void *context, struct err *err)
{
    struct arena *mem = arena_new();
    struct range range;
    bool good = range_whole(config, topic, mem, &range, err) && kafka_read_range(config, &range, take, context, err);

    arena_free(mem);
    return good;
}

/* One record that is looked for. */
struct sought {
    struct arena *mem;
    int64_t offset;
    bool is_found;
    struct kafka_record record;
};

static struct span kept(struct span bytes, struct arena *mem)
{
    return bytes.at ? span_keep(bytes, mem) : bytes;
}

static void take_sought(const struct kafka_record *record, void *context)
{
    struct sought *sought = context;

    if (record->offset != sought->offset)
        return;
    sought->is_found = true;
    sought->record = *record;
    sought->record.topic = span_string(span_of(record->topic), sought->mem);
    sought->record.key = kept(record->key, sought->mem);
    sought->record.value = kept(record->value, sought->mem);
    sought->record.origin = NULL;
}

bool kafka_fetch(const struct config *config, const struct skip *place, struct arena *mem, struct kafka_record *out,
                 struct err *err)
{
    const char *topic = span_string(place->topic, mem);
    struct sought sought = {.mem = mem, .offset = place->offset};
    struct range range;

    if (!range_one(config, topic, place->partition, place->offset, mem, &range, err)
        || !kafka_read_range(config, &range, take_sought, &sought, err))
        return false;
    if (!sought.is_found)
        return fail(err, ERR_CONFIG,
                    "%s/%d/%lld holds no record: compaction took it, its transaction was aborted, or it is the mark of "
                    "a transaction's end",
                    topic, place->partition, (long long)place->offset);
    *out = sought.record;
    return true;
}

struct span kafka_header(const struct kafka_record *record, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t len;

    if (rd_kafka_message_headers(record->origin, &headers) || rd_kafka_header_get_last(headers, name, &value, &len))
        return (struct span){0};
    return (struct span){value, len};
}
