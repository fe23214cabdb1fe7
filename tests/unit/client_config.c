#include "worker/kafka/client_config.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/kafka/defaults.h"
#include "worker/kafka/kafka.h"

/* A config with these lines under kafka:. */
static struct config *config_with(const char *lines)
{
    file_with("rules.yaml", "version: 1\n");
    return config_from(span_format(scratch(),
                                   "group: g\n"
                                   "input: [{topic: posts.raw, preset: canonical, key: id}]\n"
                                   "rules: [rules.yaml]\n"
                                   "routes: {all: {topic: posts.enriched, shape: event}}\n"
                                   "dead_letters: posts.dead\n"
                                   "kafka:\n"
                                   "  bootstrap.servers: localhost:9092\n%s",
                                   lines)
                           .at);
}

static struct span problems_with(const char *lines)
{
    struct report *report = report_new();
    struct config *config = config_with(lines);

    if (config)
        kafka_check(config, report);
    struct span problems = problems_of(report);
    report_free(report);
    return problems;
}

TEST(a_usual_config_has_no_problems)
{
    CHECK_SPAN(problems_with("  linger.ms: 5\n"), SPAN(""));
}

TEST(what_the_guarantees_own_is_refused_at_its_line_with_a_remedy)
{
    CHECK_HAS(problems_with("  enable.auto.commit: true\n"), "enable.auto.commit belongs to the delivery guarantee");
    CHECK_HAS(problems_with("  group.id: other\n"), "set group: instead");
    CHECK_HAS(problems_with("kafka.producer: {acks: 1}\n"), "acks belongs to the delivery guarantee");
    CHECK_SPAN(problems_with("kafka.producer: {acks: all}\n"), SPAN(""));
}

TEST(what_librdkafka_refuses_is_said_in_its_words)
{
    CHECK_HAS(problems_with("  no.such.property: 1\n"), "knows no property \"no.such.property\"");
    CHECK_HAS(problems_with("  linger.ms: soon\n"), "linger.ms");
}

TEST(a_secret_is_never_repeated)
{
    struct span problems = problems_with("  ssl.key.pem: hunter2\n  security.protocol: ssl\n");

    CHECK_HAS(problems, "kafka");
    CHECK(!memmem(problems.at, problems.len, "hunter2", 7));
}

TEST(exactly_once_has_one_cluster)
{
    const char *other = "kafka.producer: {bootstrap.servers: \"b:9092 , c:9092\"}\n";

    CHECK_HAS(problems_with(other), "delivery: exactly_once needs one cluster");
    CHECK_HAS(problems_with("kafka.consumer: {metadata.broker.list: \"b:9092\"}\n"), "the consumer's brokers (b:9092)");
    CHECK_SPAN(problems_with("delivery: at_least_once\nkafka.producer: {bootstrap.servers: \"b:9092\"}\n"), SPAN(""));
    CHECK_SPAN(problems_with("kafka.consumer: {bootstrap.servers: \"b:9092,c:9092\"}\n"
                             "kafka.producer: {bootstrap.servers: \" c:9092\"}\n"),
               SPAN(""));
}

TEST(times_that_do_not_fit_together_are_refused)
{
    CHECK_HAS(problems_with("kafka.producer: {transaction.timeout.ms: 200000}\n"), "max.poll.interval.ms");
    CHECK_HAS(problems_with("kafka.consumer: {max.poll.interval.ms: 10000}\n"), "transaction.timeout.ms (10000)");
    CHECK_SPAN(problems_with("kafka.consumer: {max.poll.interval.ms: 60000}\ndelivery: at_least_once\n"), SPAN(""));
}

TEST(a_committed_offset_that_is_gone_stops_unless_the_config_says_how_to_go_on)
{
    CHECK(client_gap(config_with("")) == GAP_STOP);
    CHECK(client_gap(config_with("kafka.consumer: {auto.offset.reset: earliest}\n")) == GAP_EARLIEST);
    CHECK_HAS(problems_with("  auto.offset.reset: smallest\n"), "auto.offset.reset");
}

static bool says(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char text[256] = "";
    size_t size = sizeof text;

    return rd_kafka_conf_get(conf, name, text, &size) == RD_KAFKA_CONF_OK && strcmp(text, value) == 0;
}

/* Or it is not known here. */
static bool holds_all(rd_kafka_conf_t *conf, const struct setting *settings)
{
    char text[256];
    size_t size = sizeof text;

    for (; settings->name; settings++, size = sizeof text)
        if (rd_kafka_conf_get(conf, settings->name, text, &size) == RD_KAFKA_CONF_OK
            && !says(conf, settings->name, settings->value))
            return false;
    return true;
}

TEST(clients_hold_the_defaults_that_the_reference_prints)
{
    struct err err = {0};
    struct config *config = config_with("http: 9464\n");
    rd_kafka_conf_t *consumer = client_consumer(config, SPAN("pod-0"), 1, &err);
    rd_kafka_conf_t *producer = client_producer(config, SPAN("pod-0"), 1, &err);

    CHECK(holds_all(consumer, defaults_common) && holds_all(consumer, defaults_watched));
    CHECK(holds_all(consumer, defaults_consumer) && holds_all(consumer, defaults_classic));
    CHECK(holds_all(consumer, defaults_gathered));
    CHECK(says(consumer, "enable.auto.commit", "false") && says(consumer, "enable.auto.offset.store", "false"));
    CHECK(says(consumer, "enable.partition.eof", "false"));
    CHECK(holds_all(producer, defaults_common) && holds_all(producer, defaults_watched));
    CHECK(holds_all(producer, defaults_producer) && holds_all(producer, defaults_transactional));
    CHECK(!holds_all(consumer, (const struct setting[]){{"fetch.min.bytes", "1", ""}, {0}}));
    rd_kafka_conf_destroy(consumer);
    rd_kafka_conf_destroy(producer);
    config->delivery = DELIVERY_AT_LEAST_ONCE;
    producer = client_producer(config, SPAN("pod-0"), 1, &err);
    CHECK(holds_all(producer, defaults_idempotent));
    rd_kafka_conf_destroy(producer);
}

TEST(a_fetch_setting_of_the_config_means_what_it_means_to_librdkafka)
{
    struct err err = {0};
    rd_kafka_conf_t *conf =
        client_consumer(config_with("kafka.consumer: {fetch.wait.max.ms: 1000}\n"), SPAN("x"), 0, &err);

    CHECK(says(conf, "fetch.wait.max.ms", "1000") && says(conf, "fetch.min.bytes", "1"));
    rd_kafka_conf_destroy(conf);
}

TEST(a_producer_is_transactional_under_a_name_of_group_instance_and_lane)
{
    struct err err = {0};
    rd_kafka_conf_t *conf = client_producer(config_with("  client.id: mill\n"), SPAN("pod-0"), 1, &err);

    CHECK(conf && says(conf, "transactional.id", "g-pod-0-1"));
    CHECK(conf && says(conf, "client.id", "mill-pod-0-1"));
    CHECK(conf && says(conf, "partitioner", "murmur2_random"));
    CHECK(conf && says(conf, "enable.idempotence", "true"));
    rd_kafka_conf_destroy(conf);
}

TEST(a_consumer_is_read_committed_and_static_only_with_an_instance)
{
    struct err err = {0};
    struct config *config = config_with("");
    rd_kafka_conf_t *conf = client_consumer(config, SPAN("chance"), 1, &err);

    CHECK(conf && says(conf, "isolation.level", "read_committed"));
    CHECK(conf && says(conf, "auto.offset.reset", "error"));
    CHECK(conf && !says(conf, "group.instance.id", "chance-1"));
    rd_kafka_conf_destroy(conf);
    config->instance = SPAN("pod-0");
    conf = client_consumer(config, SPAN("pod-0"), 1, &err);
    CHECK(conf && says(conf, "group.instance.id", "pod-0-1"));
    rd_kafka_conf_destroy(conf);
}
