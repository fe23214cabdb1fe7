#include "worker/kafka/output_topics.h"
#include "common/time.h"
#include "worker/kafka/admin.h"
#include "worker/kafka/client_config.h"

#include <stdio.h>

enum {
    BATCH_OVERHEAD = 61,             /* of a record batch, format 2 */
    RECORD_OVERHEAD = 36,            /* the longest form of all its numbers */
    HEADER_OVERHEAD = 10,            /* two lengths */
    BATCH_BYTES = 262144,            /* a usual batch */
    MOST_LIBRARY_BYTES = 1000000000, /* the most that librdkafka accepts for message.max.bytes */
};

const struct topic_limits unknown_limits = {
    .max_bytes = INT64_MAX,
    .retention_ms = -1,
    .deletes = true,
    .tombstone_ms = 24 * TIME_HOUR_MS,
    .before_ms = INT64_MAX,
    .after_ms = INT64_MAX,
};

void outputs_list(struct outputs *outputs, const struct config *config, struct arena *mem)
{
    const struct route *routes = config->routes.at;

    outputs->has_dead = config->dead_topic.len > 0;
    outputs->len = config->routes.len + outputs->has_dead;
    outputs->at = arena_zero(mem, outputs->len * sizeof *outputs->at);
    for (size_t i = 0; i < outputs->len; i++) {
        struct span topic = i < config->routes.len ? routes[i].topic : config->dead_topic;

        outputs->at[i] = (struct output){.topic = span_string(topic, mem), .limits = unknown_limits};
    }
    outputs->most_batch_bytes = INT64_MAX;
}

struct output *outputs_of(const struct outputs *outputs, const struct route *route)
{
    return &outputs->at[route->index];
}

struct output *outputs_dead(const struct outputs *outputs)
{
    return outputs->has_dead ? &outputs->at[outputs->len - 1] : NULL;
}

static bool all_known(const struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->len; i++)
        if (!outputs->at[i].limits.known)
            return false;
    return true;
}

bool limits_are_wider(const struct topic_limits *was, const struct topic_limits *now)
{
    return was->known && now->known
           && (now->max_bytes > was->max_bytes || now->before_ms > was->before_ms || now->after_ms > was->after_ms
               || (now->own_timestamps && !was->own_timestamps) || (was->compacted && !now->compacted));
}

bool outputs_read_limits(struct outputs *outputs, rd_kafka_t *handle, int timeout_ms, bool *wider, struct err *err)
{
    struct arena *mem = arena_new();
    struct topic_limits *was = arena_take(mem, (outputs->len + 1) * sizeof *was);

    for (size_t i = 0; i < outputs->len; i++)
        was[i] = outputs->at[i].limits;
    bool told = admin_limits(handle, outputs->at, outputs->len, timeout_ms, err);
    *wider = false;
    for (size_t i = 0; i < outputs->len; i++)
        *wider |= limits_are_wider(&was[i], &outputs->at[i].limits);
    if (all_known(outputs))
        outputs->most_batch_bytes = INT64_MAX;
    arena_free(mem);
    return told;
}

void outputs_shrink(struct outputs *outputs)
{
    if (!all_known(outputs) && outputs->batch_bytes > 1)
        outputs->most_batch_bytes = outputs->batch_bytes / 2;
}

static bool set_number(rd_kafka_conf_t *conf, const char *name, int64_t value, struct err *err)
{
    char text[32];

    snprintf(text, sizeof text, "%lld", (long long)value);
    return client_set(conf, name, text, err);
}

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The most bytes of records in a batch of any of the topics. */
static int64_t batch_room(const struct outputs *outputs)
{
    int64_t room = outputs->most_batch_bytes;

    for (size_t i = 0; i < outputs->len; i++)
        room = least_of(room, outputs->at[i].limits.max_bytes - BATCH_OVERHEAD - RECORD_OVERHEAD);
    return room > 1 ? room : 1;
}

bool outputs_fit(struct outputs *outputs, rd_kafka_conf_t *conf, bool is_max_given, struct err *err)
{
    int64_t queue_bytes = client_number(conf, "queue.buffering.max.kbytes", 0) * 1024;

    outputs->batch_bytes = least_of(client_number(conf, "batch.size", BATCH_BYTES), batch_room(outputs));
    return set_number(conf, "batch.size", outputs->batch_bytes, err)
           && (is_max_given || set_number(conf, "message.max.bytes", least_of(queue_bytes, MOST_LIBRARY_BYTES), err));
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
            return fail(err, ERR_WORK, "topic %s: %s", output->topic, rd_kafka_err2str(rd_kafka_last_error()));
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
