#include "worker/kafka/admin.h"
#include "common/time.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/kafka.h"
#include "worker/kafka/logs.h"

#include <stdlib.h>
#include <string.h>

enum { ADMIN_MS = 10000, LOOK_PAUSE_MS = 100 };

static int partitions_of(const struct rd_kafka_metadata *metadata, const char *topic, struct err *err)
{
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *it = &metadata->topics[i];

        if (strcmp(it->topic, topic) != 0)
            continue;
        if (it->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            return 0;
        if (it->err && it->err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
            fail(err, ERR_CLUSTER, "topic %s: %s", topic, rd_kafka_err2str(it->err));
            return -1;
        }
        return it->partition_cnt;
    }
    return 0;
}

int admin_partitions(rd_kafka_t *handle, const char *topic, int timeout_ms, struct err *err)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *it = rd_kafka_topic_new(handle, topic, NULL);
    int partitions = -1;

    if (!it) {
        fail(err, ERR_WORK, "topic %s: %s", topic, rd_kafka_err2str(rd_kafka_last_error()));
        return -1;
    }
    rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 0, it, &metadata, timeout_ms);
    rd_kafka_topic_destroy(it);
    if (code) {
        logs_plain_failure(code, err);
        return -1;
    }
    partitions = partitions_of(metadata, topic, err);
    rd_kafka_metadata_destroy(metadata);
    return partitions;
}

/* Sends one admin request and waits for its answer. */
struct question {
    rd_kafka_queue_t *queue;
    rd_kafka_AdminOptions_t *options;
};

static struct question question_open(rd_kafka_t *handle, rd_kafka_admin_op_t what, int timeout_ms)
{
    struct question question = {rd_kafka_queue_new(handle), rd_kafka_AdminOptions_new(handle, what)};
    char why[256];

    rd_kafka_AdminOptions_set_request_timeout(question.options, timeout_ms, why, sizeof why);
    return question;
}

/* Any broker can answer for topics. librdkafka would wait for the controller, which an embedded
 * cluster does not have. */
static void ask_any_broker(rd_kafka_t *handle, struct question *question, int timeout_ms)
{
    const struct rd_kafka_metadata *metadata;
    char why[256];

    if (rd_kafka_metadata(handle, 0, NULL, &metadata, timeout_ms))
        return;
    if (metadata->orig_broker_id >= 0)
        rd_kafka_AdminOptions_set_broker(question->options, metadata->orig_broker_id, why, sizeof why);
    rd_kafka_metadata_destroy(metadata);
}

static rd_kafka_event_t *question_answer(struct question *question, int timeout_ms, struct err *err)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(question->queue, timeout_ms + 1000);

    if (!event) {
        fail(err, ERR_CLUSTER, "brokers do not answer");
    } else if (rd_kafka_event_error(event)) {
        bool is_known = rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;

        fail(err, is_known ? ERR_CLUSTER : ERR_WORK, "%s", rd_kafka_event_error_string(event));
        rd_kafka_event_destroy(event);
        event = NULL;
    }
    return event;
}

static void question_close(struct question *question)
{
    rd_kafka_AdminOptions_destroy(question->options);
    rd_kafka_queue_destroy(question->queue);
}

static void read_entry(struct topic_limits *limits, const char *name, const char *value)
{
    if (!value)
        return;
    if (strcmp(name, "max.message.bytes") == 0)
        limits->max_bytes = strtoll(value, NULL, 10);
    else if (strcmp(name, "retention.ms") == 0)
        limits->retention_ms = strtoll(value, NULL, 10);
    else if (strcmp(name, "delete.retention.ms") == 0)
        limits->tombstone_ms = strtoll(value, NULL, 10);
    else if (strcmp(name, "cleanup.policy") == 0)
        limits->compacted = strstr(value, "compact") != NULL, limits->deletes = strstr(value, "delete") != NULL;
    else if (strcmp(name, "message.timestamp.type") == 0)
        limits->own_timestamps = strcmp(value, "LogAppendTime") == 0;
    else if (strcmp(name, "message.timestamp.before.max.ms") == 0)
        limits->before_ms = strtoll(value, NULL, 10);
    else if (strcmp(name, "message.timestamp.after.max.ms") == 0)
        limits->after_ms = strtoll(value, NULL, 10);
}

static void read_limits(const rd_kafka_ConfigResource_t *resource, struct topic_limits *limits)
{
    size_t len;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &len);

    limits->known = true;
    for (size_t i = 0; i < len; i++)
        read_entry(limits, rd_kafka_ConfigEntry_name(entries[i]), rd_kafka_ConfigEntry_value(entries[i]));
}

/* Several routes may write to one topic. */
static void share_limits(const rd_kafka_ConfigResource_t *resource, struct output *outputs, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strcmp(outputs[i].topic, rd_kafka_ConfigResource_name(resource)) == 0)
            read_limits(resource, &outputs[i].limits);
}

static bool take_limits(rd_kafka_event_t *event, struct output *outputs, size_t len, struct err *err)
{
    size_t found;
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &found);
    bool good = true;

    for (size_t i = 0; i < found; i++) {
        if (rd_kafka_ConfigResource_error(resources[i]))
            good = fail(err, ERR_CLUSTER, "configuration of topic %s: %s", rd_kafka_ConfigResource_name(resources[i]),
                        rd_kafka_ConfigResource_error_string(resources[i]));
        else
            share_limits(resources[i], outputs, len);
    }
    return good;
}

static bool is_first(const struct output *outputs, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(outputs[i].topic, outputs[j].topic) == 0)
            return false;
    return true;
}

bool admin_limits(rd_kafka_t *handle, struct output *outputs, size_t len, int timeout_ms, struct err *err)
{
    struct question question = question_open(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms);
    rd_kafka_ConfigResource_t **topics = calloc(len, sizeof *topics);
    size_t asked = 0;

    for (size_t i = 0; topics && i < len; i++)
        if (is_first(outputs, i))
            topics[asked++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, outputs[i].topic);
    ask_any_broker(handle, &question, timeout_ms);
    rd_kafka_DescribeConfigs(handle, topics, asked, question.options, question.queue);
    rd_kafka_event_t *event = question_answer(&question, timeout_ms, err);
    bool good = event && take_limits(event, outputs, len, err);

    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy_array(topics, asked);
    free(topics);
    question_close(&question);
    return good;
}

rd_kafka_t *admin_open(const struct config *config, struct err *err)
{
    rd_kafka_conf_t *conf = client_reader(config, err);

    return conf ? client_open(RD_KAFKA_CONSUMER, conf, err) : NULL;
}

/* The settings that were given to a topic, not those that it has from its brokers. */
static void copy_settings(const rd_kafka_ConfigResource_t *from, rd_kafka_NewTopic_t *to)
{
    size_t len;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(from, &len);

    for (size_t i = 0; i < len; i++)
        if (rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG
            && rd_kafka_ConfigEntry_value(entries[i]))
            rd_kafka_NewTopic_set_config(to, rd_kafka_ConfigEntry_name(entries[i]),
                                         rd_kafka_ConfigEntry_value(entries[i]));
}

static bool copy_settings_of(rd_kafka_t *handle, const char *topic, rd_kafka_NewTopic_t *to, struct err *err)
{
    struct question question = question_open(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, ADMIN_MS);
    rd_kafka_ConfigResource_t *asked = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    size_t len = 0;

    rd_kafka_DescribeConfigs(handle, &asked, 1, question.options, question.queue);
    rd_kafka_event_t *event = question_answer(&question, ADMIN_MS, err);
    const rd_kafka_ConfigResource_t **found =
        event ? rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &len) : NULL;
    bool good = len == 1 && !rd_kafka_ConfigResource_error(found[0]);
    if (good)
        copy_settings(found[0], to);
    else if (event)
        fail(err, ERR_CLUSTER, "configuration of topic %s: %s", topic,
             len ? rd_kafka_ConfigResource_error_string(found[0]) : "no answer");
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy(asked);
    question_close(&question);
    return good;
}

/* How many copies the topic has of its first partition; -1: not known. */
static int copies_of(rd_kafka_t *handle, const char *topic)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *it = rd_kafka_topic_new(handle, topic, NULL);
    int copies = -1;

    if (!it || rd_kafka_metadata(handle, 0, it, &metadata, ADMIN_MS)) {
        if (it)
            rd_kafka_topic_destroy(it);
        return -1;
    }
    if (metadata->topic_cnt == 1 && metadata->topics[0].partition_cnt)
        copies = metadata->topics[0].partitions[0].replica_cnt;
    rd_kafka_topic_destroy(it);
    rd_kafka_metadata_destroy(metadata);
    return copies;
}

static void list_topic(struct topics *topics, struct span name, struct span cleanup, const char *role)
{
    for (size_t i = 0; i < topics->len; i++)
        if (span_equal(topics->at[i].name, name))
            return;
    topics->at[topics->len++] = (struct topic){.name = name, .cleanup = cleanup, .role = role};
}

static void list_topics(const struct config *config, struct arena *mem, struct topics *topics)
{
    const struct input *inputs = config->inputs.at;
    const struct route *routes = config->routes.at;

    topics->at = arena_zero(mem, (config->inputs.len + config->routes.len + 2) * sizeof *topics->at);
    topics->len = 0;
    for (size_t i = 0; i < config->inputs.len; i++)
        list_topic(topics, inputs[i].topic, (struct span){0}, "input");
    for (size_t i = 0; i < config->routes.len; i++)
        list_topic(topics, routes[i].topic, routes[i].cleanup, "route");
    list_topic(topics, config->dead_topic, SPAN("delete"), "dead letters");
    if (config->trends.publish.node) {
        list_topic(topics, config->trends.publish.topic, SPAN("compact,delete"), "trends");
        topics->at[topics->len - 1].is_of_trends = true;
    }
}

bool kafka_topics(const struct config *config, struct arena *mem, struct topics *topics, struct err *err)
{
    struct topics found;
    rd_kafka_t *handle = admin_open(config, err);
    bool good = handle != NULL;

    list_topics(config, mem, &found);
    for (size_t i = 0; good && i < found.len; i++) {
        int partitions = admin_partitions(handle, span_string(found.at[i].name, mem), ADMIN_MS, err);

        good = partitions >= 0;
        found.at[i].partitions = partitions;
        found.at[i].is_there = partitions > 0;
    }
    if (handle)
        rd_kafka_destroy(handle);
    if (good)
        *topics = found;
    return good;
}

static bool is_created(const rd_kafka_event_t *event, struct err *err)
{
    size_t len;
    const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result((rd_kafka_event_t *)(uintptr_t)event), &len);
    bool good = true;

    for (size_t i = 0; i < len; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);

        if (code && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            good = fail(err, ERR_CLUSTER, "topic %s: %s", rd_kafka_topic_result_name(results[i]),
                        rd_kafka_topic_result_error_string(results[i]));
    }
    return good;
}

/* -1 lets the brokers choose. */
static rd_kafka_NewTopic_t *new_topic(const struct topic *topic, struct arena *mem)
{
    char why[256];
    rd_kafka_NewTopic_t *it = rd_kafka_NewTopic_new(span_string(topic->name, mem), -1, -1, why, sizeof why);

    if (it && topic->cleanup.len)
        rd_kafka_NewTopic_set_config(it, "cleanup.policy", span_string(topic->cleanup, mem));
    return it;
}

static bool create(rd_kafka_t *handle, rd_kafka_NewTopic_t **topics, size_t len, struct err *err)
{
    struct question question = question_open(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, ADMIN_MS);

    rd_kafka_CreateTopics(handle, topics, len, question.options, question.queue);
    rd_kafka_event_t *event = question_answer(&question, ADMIN_MS, err);
    bool good = event && is_created(event, err);

    if (event)
        rd_kafka_event_destroy(event);
    question_close(&question);
    return good;
}

/* A topic is made at once, but not every broker knows of it at once. */
static bool wait_for_topic(rd_kafka_t *handle, const char *topic, struct err *err)
{
    int64_t until_ms = time_steady_ms() + ADMIN_MS;
    int partitions;

    while ((partitions = admin_partitions(handle, topic, ADMIN_MS, err)) == 0 && time_steady_ms() < until_ms)
        rd_kafka_poll(handle, LOOK_PAUSE_MS);
    return partitions > 0 || (partitions == 0 && fail(err, ERR_CLUSTER, "topic %s was made, but is not seen", topic));
}

bool admin_create_like(rd_kafka_t *handle, const char *topic, const char *like, const char *cleanup, struct err *err)
{
    char why[256];
    int partitions = admin_partitions(handle, like, ADMIN_MS, err);

    if (partitions < 0)
        return false;
    rd_kafka_NewTopic_t *made = rd_kafka_NewTopic_new(topic, partitions ? partitions : -1,
                                                      partitions ? copies_of(handle, like) : -1, why, sizeof why);
    if (!made)
        return fail(err, ERR_CONFIG, "topic %s: %s", topic, why);
    bool good = true;
    if (partitions)
        good = copy_settings_of(handle, like, made, err);
    else
        rd_kafka_NewTopic_set_config(made, "cleanup.policy", cleanup);
    good = good && create(handle, &made, 1, err) && wait_for_topic(handle, topic, err);
    rd_kafka_NewTopic_destroy(made);
    return good;
}

static bool wait_for_topics(rd_kafka_t *handle, const struct topics *topics, struct arena *mem, struct err *err)
{
    for (size_t i = 0; i < topics->len; i++)
        if (!topics->at[i].is_there && !wait_for_topic(handle, span_string(topics->at[i].name, mem), err))
            return false;
    return true;
}

bool kafka_topics_create(const struct config *config, const struct topics *topics, struct err *err)
{
    struct arena *mem = arena_new();
    rd_kafka_NewTopic_t **wanted = arena_zero(mem, (topics->len + 1) * sizeof *wanted);
    rd_kafka_t *handle = admin_open(config, err);
    bool good = handle != NULL;
    size_t len = 0;

    for (size_t i = 0; good && i < topics->len; i++) {
        if (topics->at[i].is_there)
            continue;
        wanted[len] = new_topic(&topics->at[i], mem);
        good =
            wanted[len] || fail(err, ERR_CONFIG, "topic %.*s: no such name is possible", SPAN_ARGS(topics->at[i].name));
        len += good;
    }
    good = good && (len == 0 || create(handle, wanted, len, err)) && wait_for_topics(handle, topics, mem, err);
    rd_kafka_NewTopic_destroy_array(wanted, len);
    if (handle)
        rd_kafka_destroy(handle);
    arena_free(mem);
    return good;
}
