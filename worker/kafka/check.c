/* What `check --cluster` asks the brokers before a worker does. */
#include "common/report.h"
#include "common/time.h"
#include "worker/kafka/admin.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/destroy.h"
#include "worker/kafka/kafka.h"
#include "worker/parts.h"
#include "worker/route/shape.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    ANSWER_MS = 10000,
    CLOSE_MS = 5000,
    RETRY_MS = 100,
    EVENT_EXTRA = 4096, /* what an event or a dead letter has beside its post, by rule of thumb */
};

/* One topic that the config names, and where. */
struct asked {
    const struct node *node;
    const struct input *input; /* of an input */
    const struct route *route; /* of a route; neither: dead letters, or trends */
    bool is_trends;
};

struct checker {
    const struct config *config;
    struct report *report;
    struct arena *mem;
    rd_kafka_t *handle;
    struct output *topics; /* what the brokers say of each */
    struct asked *asked;
    size_t len;
};

static void add_asked(struct checker *checker, struct span topic, struct asked asked)
{
    checker->topics[checker->len] = (struct output){
        .topic = span_string(topic, checker->mem),
        .limits = {.max_bytes = INT64_MAX, .retention_ms = -1},
    };
    checker->asked[checker->len++] = asked;
}

static void list_topics(struct checker *checker)
{
    const struct config *config = checker->config;
    const struct input *inputs = config->inputs.at;
    const struct route *routes = config->routes.at;
    size_t most = config->inputs.len + config->routes.len + 2;

    checker->topics = arena_zero(checker->mem, most * sizeof *checker->topics);
    checker->asked = arena_zero(checker->mem, most * sizeof *checker->asked);
    for (size_t i = 0; i < config->inputs.len; i++)
        add_asked(checker, inputs[i].topic,
                  (struct asked){node_get(inputs[i].node, SPAN("topic")), &inputs[i], NULL, false});
    for (size_t i = 0; i < config->routes.len; i++)
        add_asked(checker, routes[i].topic,
                  (struct asked){node_get(routes[i].node, SPAN("topic")), NULL, &routes[i], false});
    add_asked(checker, config->dead_topic,
              (struct asked){node_get(config->node, SPAN("dead_letters")), NULL, NULL, false});
    if (config->trends.publish.node)
        add_asked(checker, config->trends.publish.topic, (struct asked){config->trends.publish.node, NULL, NULL, true});
}

static bool brokers_answer(rd_kafka_t *handle, struct err *err)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 0, NULL, &metadata, ANSWER_MS);

    if (code)
        return fail(err, ERR_CLUSTER, "brokers do not answer: %s", rd_kafka_err2str(code));
    rd_kafka_metadata_destroy(metadata);
    return true;
}

static void check_presence(struct checker *checker)
{
    for (size_t i = 0; i < checker->len; i++) {
        struct err why = {0};
        int partitions = admin_partitions(checker->handle, checker->topics[i].topic, ANSWER_MS, &why);

        if (partitions < 0)
            report_error(checker->report, checker->asked[i].node, "%s; grant DESCRIBE on the topic", why.text);
        else if (partitions == 0)
            report_error(checker->report, checker->asked[i].node,
                         "topic %s is not there; `trendmill topics --create` makes it", checker->topics[i].topic);
    }
}

static void check_cleanup(const struct checker *checker, const struct asked *asked, const struct output *topic)
{
    struct report *report = checker->report;
    bool compacted = topic->limits.compacted;

    if (asked->is_trends && !compacted)
        report_warning(report, asked->node,
                       "topic %s is not compacted: the last record of a tag goes with its retention; set its "
                       "cleanup.policy to compact,delete",
                       topic->topic);
    if (!asked->input && !asked->route && !asked->is_trends && compacted)
        report_error(report, asked->node,
                     "topic %s is compacted and would refuse dead letters without a key; set its "
                     "cleanup.policy to delete",
                     topic->topic);
    if (!asked->route)
        return;
    const struct shape *shape = shapes[asked->route->shape];
    if (compacted && !shape->may_compact)
        report_error(report, asked->node, "topic %s is compacted: %s; set its cleanup.policy to delete", topic->topic,
                     shape->if_compacted);
    else if (compacted && shape->if_compacted)
        report_warning(report, asked->node, "topic %s is compacted: %s; cleanup.policy delete keeps all", topic->topic,
                       shape->if_compacted);
    if (!compacted && shape->if_not_compacted)
        report_warning(report, asked->node, "topic %s is not compacted: %s; set its cleanup.policy to compact,delete",
                       topic->topic, shape->if_not_compacted);
}

/* The largest record that may come of the largest post. */
static int64_t bytes_needed(const struct checker *checker, const struct asked *asked)
{
    int posts = asked->route ? shapes[asked->route->shape]->posts : 1;

    return checker->config->limits.post_bytes * posts + EVENT_EXTRA;
}

static void check_bytes(const struct checker *checker, const struct asked *asked, const struct output *topic)
{
    int64_t needed = bytes_needed(checker, asked);

    if (!asked->input && !asked->is_trends && topic->limits.max_bytes < needed)
        report_warning(checker->report, asked->node,
                       "topic %s takes records of at most %" PRId64 " bytes, and the "
                       "largest posts need up to %" PRId64 ": what does not fit is refused; raise its "
                       "max.message.bytes or lower limits: post_bytes",
                       topic->topic, topic->limits.max_bytes, needed);
}

static bool is_shorter(int64_t retention_ms, int64_t than_ms)
{
    return retention_ms >= 0 && (than_ms < 0 || retention_ms < than_ms);
}

/* Timestamps pass on, so what an input still holds may be too old for its route. */
static void check_retention(const struct checker *checker, const struct asked *asked, const struct output *topic)
{
    if (!asked->route || asked->route->timestamp != TIMESTAMP_INPUT)
        return;
    for (size_t i = 0; i < checker->config->inputs.len; i++) {
        const struct output *input = &checker->topics[i];

        if (is_shorter(topic->limits.retention_ms, input->limits.retention_ms) && !input->limits.compacted)
            report_warning(checker->report, asked->node,
                           "topic %s keeps records for a shorter time than %s: what is "
                           "read later than that vanishes at once; raise its retention.ms or set timestamp: now",
                           topic->topic, input->topic);
    }
}

static void check_topics(struct checker *checker)
{
    struct err err = {0};

    if (!admin_limits(checker->handle, checker->topics, checker->len, ANSWER_MS, &err)) {
        report_warning(checker->report, checker->config->node,
                       "%s; cleanup policy, retention and limits are not "
                       "checked; grant DESCRIBE_CONFIGS on the topics",
                       err.text);
        return;
    }
    for (size_t i = 0; i < checker->len; i++) {
        check_cleanup(checker, &checker->asked[i], &checker->topics[i]);
        check_bytes(checker, &checker->asked[i], &checker->topics[i]);
        check_retention(checker, &checker->asked[i], &checker->topics[i]);
    }
}

/* What librdkafka would log meanwhile is said as a problem. NULL: said already. */
static rd_kafka_t *open_quietly(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct checker *checker)
{
    struct err err = {0};

    if (!conf)
        return NULL; /* the properties were refused when the config was loaded */
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *handle = client_open(type, conf, &err);
    if (!handle)
        report_lack(checker->report, checker->config->node, "%s", err.text);
    return handle;
}

static bool is_passing(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR || code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE
           || code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

/* Asking for committed offsets needs what a member of the group needs. A coordinator may still be on
 * its way up. */
static rd_kafka_resp_err_t ask_offsets(rd_kafka_t *consumer, const char *topic)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    int64_t until_ms = time_steady_ms() + ANSWER_MS;
    rd_kafka_resp_err_t code;

    rd_kafka_topic_partition_list_add(list, topic, 0);
    do {
        code = rd_kafka_committed(consumer, list, ANSWER_MS);
        if (!code)
            code = list->elems[0].err;
    } while (is_passing(code) && time_steady_ms() < until_ms && rd_kafka_poll(consumer, RETRY_MS) >= 0);
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static void check_group(struct checker *checker, struct span instance)
{
    struct err err = {0};
    rd_kafka_t *consumer =
        open_quietly(RD_KAFKA_CONSUMER, client_consumer(checker->config, instance, 0, &err), checker);

    if (!consumer)
        return;
    rd_kafka_resp_err_t code = ask_offsets(consumer, checker->topics[0].topic);
    if (code)
        report_error(checker->report, checker->config->node, "group %.*s: %s; grant READ on the group",
                     SPAN_ARGS(checker->config->group), rd_kafka_err2str(code));
    handle_destroy(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, CLOSE_MS);
}

static void check_transactions(struct checker *checker, struct span instance)
{
    struct err err = {0};

    if (checker->config->delivery != DELIVERY_EXACTLY_ONCE)
        return;
    rd_kafka_t *producer =
        open_quietly(RD_KAFKA_PRODUCER, client_producer(checker->config, instance, 0, &err), checker);
    rd_kafka_error_t *error = producer ? rd_kafka_init_transactions(producer, ANSWER_MS) : NULL;
    if (error)
        report_error(checker->report, checker->config->node,
                     "transactions: %s; grant WRITE on the transactional id "
                     "%.*s-*, or set delivery: at_least_once",
                     rd_kafka_error_string(error), SPAN_ARGS(checker->config->group));
    if (error)
        rd_kafka_error_destroy(error);
    if (producer)
        handle_destroy(producer, 0, CLOSE_MS);
}

bool kafka_check_cluster(const struct config *config, struct report *report, struct err *err)
{
    struct checker checker = {.config = config, .report = report, .mem = arena_new()};

    checker.handle = admin_open(config, err);
    bool answered = checker.handle && brokers_answer(checker.handle, err);
    if (answered) {
        list_topics(&checker);
        check_presence(&checker);
    }
    if (answered && !report->errors) {
        struct span instance = span_format(checker.mem, "check-%lld", (long long)time_now_ms());

        check_topics(&checker);
        check_group(&checker, instance);
        check_transactions(&checker, instance);
    }
    if (checker.handle)
        rd_kafka_destroy(checker.handle);
    arena_free(checker.mem);
    return answered;
}
