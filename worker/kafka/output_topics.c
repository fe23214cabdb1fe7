#include "worker/kafka/output_topics.h"
#include "common/time.h"
#include "worker/kafka/admin.h"
#include "worker/kafka/client_config.h"

#include <stdio.h>

enum {
    BATCH_OVERHEAD = 61,            /* of a record batch, format 2 */
    RECORD_OVERHEAD = 36,           /* the longest form of all its numbers */
    HEADER_OVERHEAD = 10,           /* two lengths */
    BATCH_BYTES = 262144,           /* a usual batch */
    DEFAULT_MAX_BYTES = 1048588,    /* Kafka's max.message.bytes */
    LEAST_LIBRARY_BYTES = 1000,     /* the least that librdkafka takes for message.max.bytes */
    MOST_LIBRARY_BYTES = 1000000000,
};

/* The broker reads its clock later than we ours. */
enum { CLOCK_MARGIN_MS = 1000 };

const struct topic_limits usual_limits = {
    .max_bytes = DEFAULT_MAX_BYTES, .retention_ms = -1, .deletes = true, .tombstone_ms = 24 * TIME_HOUR_MS,
    .before_ms = INT64_MAX, .after_ms = INT64_MAX,
};

void outputs_list(struct outputs *outputs, const struct config *config, struct arena *mem)
{
    const struct route *routes = config->routes.at;

    outputs->has_dead = config->dead_topic.len > 0;
    outputs->len = config->routes.len + outputs->has_dead;
    outputs->at = arena_zero(mem, outputs->len * sizeof *outputs->at);
    for (size_t i = 0; i < outputs->len; i++) {
        struct span topic = i < config->routes.len ? routes[i].topic : config->dead_topic;

        outputs->at[i] = (struct output){.topic = span_string(topic, mem), .limits = usual_limits};
    }
    outputs->least_bytes = outputs->most_bytes = DEFAULT_MAX_BYTES;
}

struct output *outputs_of(const struct outputs *outputs, const struct route *route)
{
    return &outputs->at[route->index];
}

struct output *outputs_dead(const struct outputs *outputs)
{
    return outputs->has_dead ? &outputs->at[outputs->len - 1] : NULL;
}

static void bound(struct outputs *outputs, int64_t ceiling)
{
    outputs->least_bytes = INT64_MAX;
    outputs->most_bytes = 0;
    for (size_t i = 0; i < outputs->len; i++) {
        int64_t *bytes = &outputs->at[i].limits.max_bytes;

        if (*bytes > ceiling)
            *bytes = ceiling;
        if (*bytes < outputs->least_bytes)
            outputs->least_bytes = *bytes;
        if (*bytes > outputs->most_bytes)
            outputs->most_bytes = *bytes;
    }
}

bool outputs_read_limits(struct outputs *outputs, rd_kafka_t *handle, int64_t ceiling, int timeout_ms,
                         struct err *err)
{
    bool told = admin_limits(handle, outputs->at, outputs->len, timeout_ms, err);

    bound(outputs, ceiling);
    return told;
}

static bool set_number(rd_kafka_conf_t *conf, const char *name, int64_t value, struct err *err)
{
    char text[32];

    snprintf(text, sizeof text, "%lld", (long long)value);
    return props_set(conf, name, text, err);
}

static int64_t between(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

bool outputs_fit(const struct outputs *outputs, rd_kafka_conf_t *conf, struct err *err)
{
    int64_t batch = props_number(conf, "batch.size", BATCH_BYTES);
    int64_t least = outputs->least_bytes - BATCH_OVERHEAD - RECORD_OVERHEAD;

    return set_number(conf, "batch.size", between(batch, 1, least > 1 ? least : 1), err)
        && set_number(conf, "message.max.bytes",
                      between(outputs->most_bytes, LEAST_LIBRARY_BYTES, MOST_LIBRARY_BYTES), err);
}

static bool warm(struct output *output, rd_kafka_t *producer, int timeout_ms, struct err *err)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(producer, 0, output->handle, &metadata, timeout_ms);

    if (code)
        return fail(err, ERR_CLUSTER, "topic %s: %s", output->topic, rd_kafka_err2str(code));
    rd_kafka_metadata_destroy(metadata);
    return true;
}

bool outputs_open(struct outputs *outputs, rd_kafka_t *producer, int timeout_ms, struct err *err)
{
    for (size_t i = 0; i < outputs->len; i++) {
        struct output *output = &outputs->at[i];

        if (!output->handle)
            output->handle = rd_kafka_topic_new(producer, output->topic, NULL);
        if (!output->handle)
            return fail(err, ERR_CONFIG, "topic %s: %s", output->topic, rd_kafka_err2str(rd_kafka_last_error()));
        if (!warm(output, producer, timeout_ms, err))
            return false;
    }
    return true;
}

void outputs_close(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->len; i++)
        if (outputs->at[i].handle) {
            rd_kafka_topic_destroy(outputs->at[i].handle);
            outputs->at[i].handle = NULL;
        }
}

int64_t record_bytes(size_t key_len, size_t value_len, size_t headers_bytes)
{
    return BATCH_OVERHEAD + RECORD_OVERHEAD + (int64_t)key_len + (int64_t)value_len + (int64_t)headers_bytes;
}

int64_t header_bytes(size_t name_len, size_t value_len)
{
    return HEADER_OVERHEAD + (int64_t)name_len + (int64_t)value_len;
}

const char *limits_refuse(const struct topic_limits *limits, int64_t bytes, bool has_key, int64_t timestamp_ms,
                          int64_t now_ms)
{
    if (bytes > limits->max_bytes)
        return "larger than max.message.bytes";
    if (limits->compacted && !has_key)
        return "no key, and the topic is compacted";
    if (limits->own_timestamps || timestamp_ms == TIME_UNKNOWN)
        return NULL;
    if (timestamp_ms < 0)
        return "timestamp before 1970";
    if (timestamp_ms > now_ms && timestamp_ms - now_ms > limits->after_ms)
        return "timestamp farther ahead than message.timestamp.after.max.ms";
    if (timestamp_ms < now_ms && now_ms - timestamp_ms > limits->before_ms - CLOCK_MARGIN_MS)
        return "timestamp farther back than message.timestamp.before.max.ms";
    return NULL;
}
