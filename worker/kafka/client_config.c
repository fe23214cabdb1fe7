#include "worker/kafka/client_config.h"
#include "common/threads.h"
#include "worker/kafka/defaults.h"
#include "worker/kafka/kafka.h"
#include "worker/kafka/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* What the laws allow is set whatever the config says. */
static const char *const consumer_law[] = {
    "enable.auto.commit", "enable.auto.offset.store", "isolation.level", "enable.partition.eof", NULL,
};
static const char *const producer_law[] = {"enable.idempotence", "partitioner", NULL};

bool client_set(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *err)
{
    char why[512];

    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
        return true;
    return fail(err, ERR_CONFIG, "kafka: %s: %s", name, why);
}

rd_kafka_t *client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct err *err)
{
    char why[512];
    rd_kafka_t *handle = rd_kafka_new(type, conf, why, sizeof why);
    bool is_lack = !handle && rd_kafka_last_error() == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;

    if (handle)
        return handle;
    rd_kafka_conf_destroy(conf);
    fail(err, is_lack ? ERR_WORK : ERR_CONFIG, "kafka: %s", why);
    return NULL;
}

static bool is_named(const struct property *property, const char *name)
{
    return span_equal(property->name, span_of(name));
}

static const struct property *last_property(struct properties given, const char *name)
{
    for (size_t i = given.len; i > 0; i--)
        if (is_named(&given.at[i - 1], name))
            return &given.at[i - 1];
    return NULL;
}

static struct span last_of(struct properties given, const char *name)
{
    const struct property *property = last_property(given, name);

    return property ? property->value : (struct span){0};
}

struct span client_given(const struct config *config, struct properties side, const char *name)
{
    struct span own = last_of(side, name);

    return own.at ? own : last_of(config->kafka, name);
}

enum client_gap client_gap(const struct config *config)
{
    struct span given = client_given(config, config->kafka_consumer, "auto.offset.reset");

    if (span_equal(given, SPAN("earliest")))
        return GAP_EARLIEST;
    return span_equal(given, SPAN("latest")) ? GAP_LATEST : GAP_STOP;
}

int64_t client_number(const rd_kafka_conf_t *conf, const char *name, int64_t fallback)
{
    char value[32];
    size_t size = sizeof value;

    if (rd_kafka_conf_get(conf, name, value, &size) != RD_KAFKA_CONF_OK)
        return fallback;
    return strtoll(value, NULL, 10);
}

static void set_defaults(rd_kafka_conf_t *conf, const struct setting *defaults)
{
    char why[256];

    for (; defaults->name; defaults++)
        if (*defaults->value) /* a version that does not know the name goes without */
            rd_kafka_conf_set(conf, defaults->name, defaults->value, why, sizeof why);
}

static bool set_law(rd_kafka_conf_t *conf, const char *const *names, struct err *err)
{
    for (; *names; names++)
        if (!client_set(conf, *names, law_of(span_of(*names))->allowed, err))
            return false;
    return true;
}

/* Properties whose value becomes a part of what we set ourselves. message.max.bytes is meant for
 * records that are sent, but librdkafka would hold a consumer's fetch.max.bytes against it. */
static bool is_ours(const struct property *property, bool consumes)
{
    return is_named(property, "client.id") || is_named(property, "auto.offset.reset")
           || (consumes && is_named(property, "message.max.bytes"));
}

static bool set_given(rd_kafka_conf_t *conf, struct properties given, bool consumes, struct arena *mem, struct err *err)
{
    for (size_t i = 0; i < given.len; i++) {
        const struct property *property = &given.at[i];

        if (!is_ours(property, consumes)
            && !client_set(conf, span_string(property->name, mem), span_string(property->value, mem), err))
            return false;
    }
    return true;
}

/* NULL frees the conf: so a chain of steps ends in one place. */
static rd_kafka_conf_t *keep_if(bool good, rd_kafka_conf_t *conf)
{
    if (good)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

static bool fill(rd_kafka_conf_t *conf, const struct config *config, bool consumes, struct err *err)
{
    struct arena *mem = arena_new();
    struct properties side = consumes ? config->kafka_consumer : config->kafka_producer;
    bool good = set_given(conf, config->kafka, consumes, mem, err) && set_given(conf, side, consumes, mem, err);

    arena_free(mem);
    return good;
}

static bool is_next_generation(const struct config *config)
{
    return span_equal(client_given(config, config->kafka_consumer, "group.protocol"), SPAN("consumer"));
}

static bool gives_any(const struct config *config, const char *const *names)
{
    for (; *names; names++)
        if (client_given(config, config->kafka_consumer, *names).at)
            return true;
    return false;
}

static rd_kafka_conf_t *consumer_conf(const struct config *config, struct err *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set_defaults(conf, defaults_common);
    if (config->http.node)
        set_defaults(conf, defaults_watched);
    set_defaults(conf, defaults_consumer);
    if (!gives_any(config, gathered_names))
        set_defaults(conf, defaults_gathered);
    if (!is_next_generation(config))
        set_defaults(conf, defaults_classic);
    return keep_if(fill(conf, config, true, err) && set_law(conf, consumer_law, err), conf);
}

static rd_kafka_conf_t *producer_conf(const struct config *config, bool transactional, struct err *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set_defaults(conf, defaults_common);
    if (config->http.node)
        set_defaults(conf, defaults_watched);
    set_defaults(conf, defaults_producer);
    set_defaults(conf, transactional ? defaults_transactional : defaults_idempotent);
    return keep_if(fill(conf, config, false, err) && set_law(conf, producer_law, err), conf);
}

static bool is_transactional(const struct config *config)
{
    return config->delivery == DELIVERY_EXACTLY_ONCE;
}

/* Unlike client ids keep librdkafka's cooperative assignor from turning in circles. */
static bool set_client(rd_kafka_conf_t *conf, const struct config *config, struct properties side, struct span instance,
                       int lane, struct err *err)
{
    struct arena *mem = arena_new();
    struct span given = client_given(config, side, "client.id");
    struct span name = given.len ? given : SPAN("trendmill");
    struct span id = span_format(mem, "%.*s-%.*s-%d", SPAN_ARGS(name), SPAN_ARGS(instance), lane);
    bool good = client_set(conf, "client.id", id.at, err);

    arena_free(mem);
    return good;
}

static bool set_group(rd_kafka_conf_t *conf, const struct config *config, struct span instance, int lane,
                      struct err *err)
{
    struct arena *mem = arena_new();
    struct span member = span_format(mem, "%.*s-%d", SPAN_ARGS(instance), lane);
    bool good = client_set(conf, "group.id", span_string(config->group, mem), err)
                && (!config->instance.len || client_set(conf, "group.instance.id", member.at, err));

    arena_free(mem);
    return good;
}

static bool set_transactional(rd_kafka_conf_t *conf, const struct config *config, struct span instance, int lane,
                              struct err *err)
{
    struct arena *mem = arena_new();
    struct span id = span_format(mem, "%.*s-%.*s-%d", SPAN_ARGS(config->group), SPAN_ARGS(instance), lane);
    bool good = client_set(conf, "transactional.id", id.at, err);

    arena_free(mem);
    return good;
}

rd_kafka_conf_t *client_consumer(const struct config *config, struct span instance, int lane, struct err *err)
{
    rd_kafka_conf_t *conf = consumer_conf(config, err);

    return conf ? keep_if(set_client(conf, config, config->kafka_consumer, instance, lane, err)
                              && set_group(conf, config, instance, lane, err),
                          conf)
                : NULL;
}

rd_kafka_conf_t *client_producer(const struct config *config, struct span instance, int lane, struct err *err)
{
    rd_kafka_conf_t *conf = producer_conf(config, is_transactional(config), err);

    if (!conf)
        return NULL;
    bool good = set_client(conf, config, config->kafka_producer, instance, lane, err);
    /* Without transactions, a batch that failed for good must not be overtaken by the next one: the
     * producer turns fatal instead, and a new one begins where offsets are committed. */
    good = good
           && (is_transactional(config) ? set_transactional(conf, config, instance, lane, err)
                                        : client_set(conf, "enable.gapless.guarantee", "true", err));
    return keep_if(good, conf);
}

static rd_kafka_conf_t *speak_plainly(rd_kafka_conf_t *conf)
{
    if (conf)
        rd_kafka_conf_set_log_cb(conf, logs_plain_callback);
    return conf;
}

rd_kafka_conf_t *client_reader(const struct config *config, struct err *err)
{
    return speak_plainly(consumer_conf(config, err));
}

rd_kafka_conf_t *client_writer(const struct config *config, struct err *err)
{
    return speak_plainly(producer_conf(config, false, err));
}

/* One name for all processes that write to the topic: so only one of them does at a time. */
rd_kafka_conf_t *client_trends(const struct config *config, const char *topic, struct err *err)
{
    rd_kafka_conf_t *conf = producer_conf(config, is_transactional(config), err);
    struct arena *mem = arena_new();
    struct span id = span_format(mem, "%.*s-%s", SPAN_ARGS(config->group), topic);

    if (conf)
        conf = keep_if(!is_transactional(config) || client_set(conf, "transactional.id", id.at, err), conf);
    arena_free(mem);
    return speak_plainly(conf);
}

static bool is_allowed(const struct law *law, struct span value)
{
    bool acks = law->allowed && strcmp(law->allowed, "all") == 0;

    return law->allowed && (span_equal(value, span_of(law->allowed)) || (acks && span_equal(value, SPAN("-1"))));
}

static bool check_reset(const struct property *property, struct report *report)
{
    if (span_equal(property->value, SPAN("error")) || span_equal(property->value, SPAN("earliest"))
        || span_equal(property->value, SPAN("latest")))
        return true;
    return report_error(report, property->node,
                        "auto.offset.reset says how to go on where a committed offset is gone: error, earliest "
                        "or latest; where none was ever committed, start: decides");
}

/* A refusal may repeat the value: not where that may be a secret. */
static bool is_secret(struct span name)
{
    static const char *const words[] = {"password", "secret", "pem", "jaas", "credential", "token"};
    char text[128];

    snprintf(text, sizeof text, "%.*s", SPAN_ARGS(name));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]))
            return true;
    return strcmp(text, "sasl.oauthbearer.config") == 0;
}

/* Names that librdkafka lists as other words for one of its own. */
static const char *const other_names[] = {
    "bootstrap.servers",
    "linger.ms",
    "acks",
    "retries",
    "compression.type",
    "sasl.mechanism",
    "max.in.flight",
    "delivery.timeout.ms",
    "fetch.message.max.bytes",
    NULL,
};

/* "; did you mean \"linger.ms\"?" where the library knows a name near to it, else "". */
static struct span property_hint(rd_kafka_conf_t *conf, struct span written, struct arena *mem)
{
    size_t len, count = 0;
    const char **known = rd_kafka_conf_dump(conf, &len);
    const char **names = arena_zero(mem, (len / 2 + sizeof other_names / sizeof *other_names) * sizeof *names);

    for (size_t i = 0; i < len; i += 2)
        names[count++] = known[i];
    for (const char *const *name = other_names; *name; name++)
        names[count++] = *name;
    struct span hint = settings_hint(written, names, mem);
    rd_kafka_conf_dump_free(known, len);
    return hint;
}

static bool check_with_library(rd_kafka_conf_t *conf, const struct property *property, struct report *report)
{
    char why[512];
    rd_kafka_conf_res_t res = rd_kafka_conf_set(conf, span_string(property->name, report->mem),
                                                span_string(property->value, report->mem), why, sizeof why);

    if (res == RD_KAFKA_CONF_OK)
        return true;
    if (res == RD_KAFKA_CONF_UNKNOWN)
        return report_error(report, property->node->name ? property->node->name : property->node,
                            "librdkafka %s knows no property \"%.*s\"%.*s", rd_kafka_version_str(),
                            SPAN_ARGS(property->name), SPAN_ARGS(property_hint(conf, property->name, report->mem)));
    if (is_secret(property->name))
        return report_error(report, property->node, "librdkafka refuses the value of %.*s", SPAN_ARGS(property->name));
    why[strcspn(why, "\n")] = 0; /* some end with a line break */
    return report_error(report, property->node,
                        "%.*s: librdkafka refuses \"%.*s\": %s; its CONFIGURATION.md has what "
                        "it takes",
                        SPAN_ARGS(property->name), SPAN_ARGS(property->value), why);
}

static bool check_property(rd_kafka_conf_t *conf, const struct property *property, struct report *report)
{
    const struct law *law = law_of(property->name);

    if (is_named(property, "auto.offset.reset"))
        return check_reset(property, report);
    if (law && !is_allowed(law, property->value))
        return report_error(report, property->node, "%s belongs to the delivery guarantee: %s", law->name, law->remedy);
    return check_with_library(conf, property, report);
}

static bool check_properties(struct properties given, struct report *report)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool good = true;

    for (size_t i = 0; i < given.len; i++)
        if (!given.at[i].value.at
            || !check_property(conf, &given.at[i], report)) /* no text: reported where it is read */
            good = false;
    rd_kafka_conf_destroy(conf);
    return good;
}

/* librdkafka has two names for them. */
static const struct property *servers_of(const struct config *config, struct properties side)
{
    static const char *const names[] = {"bootstrap.servers", "metadata.broker.list"};
    const struct properties places[] = {side, config->kafka};

    for (int i = 0; i < 4; i++) {
        const struct property *servers = last_property(places[i / 2], names[i % 2]);

        if (servers && servers->value.len)
            return servers;
    }
    return NULL;
}

/* Of two lists that are parted by commas. */
static bool share_a_server(struct span left, struct span right)
{
    while (left.len) {
        struct span server = span_take(&left, ',');

        for (struct span rest = right; rest.len;)
            if (span_equal(span_take(&rest, ','), server))
                return true;
    }
    return false;
}

static const struct node *servers_place(const struct config *config)
{
    const struct node *kafka = node_get(config->node, SPAN("kafka"));

    return kafka ? kafka : config->node;
}

/* A transaction is of one cluster: with brokers of two no batch would ever be committed. */
static bool check_servers(const struct config *config, struct report *report)
{
    const struct property *from = servers_of(config, config->kafka_consumer);
    const struct property *to = servers_of(config, config->kafka_producer);

    if (!from || !to)
        return report_error(report, servers_place(config),
                            "kafka: bootstrap.servers is missing: name the brokers as HOST:PORT, parted by commas");
    if (!is_transactional(config) || share_a_server(from->value, to->value))
        return true;
    return report_error(
        report, to->node,
        "delivery: exactly_once needs one cluster, and the consumer's brokers (%.*s) are others than the "
        "producer's (%.*s); name the same ones for both, or set delivery: at_least_once",
        SPAN_ARGS(from->value), SPAN_ARGS(to->value));
}

/* A transaction must end before the group gives the member up, and a commit before its transaction. */
static bool check_times(const struct config *config, const rd_kafka_conf_t *consumer, const rd_kafka_conf_t *producer,
                        struct report *report)
{
    if (!is_transactional(config))
        return true;
    int64_t poll_ms = client_number(consumer, "max.poll.interval.ms", INT64_MAX);
    int64_t timeout_ms = client_number(producer, "transaction.timeout.ms", 0);

    if (timeout_ms >= poll_ms)
        return report_error(report, config->node,
                            "transaction.timeout.ms (%lld) must be less than max.poll.interval.ms (%lld)",
                            (long long)timeout_ms, (long long)poll_ms);
    if (config->commit.interval_ms * 2 > timeout_ms)
        return report_error(report, config->commit.node ? config->commit.node : config->node,
                            "commit.interval must be at most half of transaction.timeout.ms (%lld)",
                            (long long)timeout_ms);
    return true;
}

/* Some refusals come only when a handle is made: properties that do not fit together, a missing
 * certificate. A handle without servers asks nobody. */
static bool check_handle(rd_kafka_type_t type, rd_kafka_conf_t *conf, const struct config *config,
                         struct report *report)
{
    char why[512];
    struct err err = {0};

    rd_kafka_conf_set(conf, "bootstrap.servers", "", why, sizeof why);
    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    rd_kafka_t *handle = client_open(type, rd_kafka_conf_dup(conf), &err);
    if (!handle)
        return err.kind == ERR_WORK ? report_lack(report, config->node, "%s", err.text)
                                    : report_error(report, config->node, "%s", err.text);
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return true;
}

/* A handle of these would talk to a ticket or token server. */
static bool asks_others(const struct config *config)
{
    struct span mechanism = client_given(config, config->kafka_consumer, "sasl.mechanism");

    if (!mechanism.len)
        mechanism = client_given(config, config->kafka_consumer, "sasl.mechanisms");
    return span_equal(mechanism, SPAN("GSSAPI")) || span_equal(mechanism, SPAN("OAUTHBEARER"));
}

static bool check_together(const struct config *config, struct report *report)
{
    struct err err = {0};
    rd_kafka_conf_t *consumer = client_consumer(config, SPAN("check"), 0, &err);
    rd_kafka_conf_t *producer = client_producer(config, SPAN("check"), 0, &err);
    bool good = consumer && producer;

    if (!good)
        report_error(report, config->node, "%s", err.text);
    else
        good = check_times(config, consumer, producer, report);
    if (good && !asks_others(config))
        good = check_handle(RD_KAFKA_CONSUMER, consumer, config, report)
               && check_handle(RD_KAFKA_PRODUCER, producer, config, report);
    if (consumer)
        rd_kafka_conf_destroy(consumer);
    if (producer)
        rd_kafka_conf_destroy(producer);
    return good;
}

/* A client alone, and a few brokers of it. */
static bool check_threads(const struct config *config, struct report *report)
{
    enum { CLIENT_THREADS = 8 };
    struct err err = {0};

    return threads_have_room(CLIENT_THREADS, &err) || report_lack(report, config->node, "%s", err.text);
}

/* Of a section that could not be read nothing is known, and its report says so. */
static bool is_read(const struct config *config, const char *section, struct properties given)
{
    const struct node *node = node_get(config->node, span_of(section));

    return !node || (node->kind == NODE_MAP && node->len == given.len);
}

bool kafka_check(const struct config *config, struct report *report)
{
    bool good = check_properties(config->kafka, report);

    good = check_properties(config->kafka_consumer, report) && good;
    good = check_properties(config->kafka_producer, report) && good;
    good = good && is_read(config, "kafka", config->kafka) && is_read(config, "kafka.consumer", config->kafka_consumer)
           && is_read(config, "kafka.producer", config->kafka_producer);
    good = good && check_servers(config, report);
    return good && check_threads(config, report) && check_together(config, report);
}

struct span kafka_instance(const struct config *config, struct arena *mem)
{
    uint64_t chance = 0;

    if (config->instance.len)
        return config->instance;
    if (getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance)
        abort();
    return span_format(mem, "%016llx", (unsigned long long)chance);
}

const char *kafka_version_built(void)
{
    static char text[32];

    snprintf(text, sizeof text, "%d.%d.%d", RD_KAFKA_VERSION >> 24, RD_KAFKA_VERSION >> 16 & 0xFF,
             RD_KAFKA_VERSION >> 8 & 0xFF);
    return text;
}

const char *kafka_version_running(void)
{
    return rd_kafka_version_str();
}
