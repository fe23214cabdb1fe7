#include "tests/unit/test.h"
#include "worker/kafka/kafka.h"

static const char json[] =
    "{\"name\":\"rdkafka#producer-1\",\"tx_bytes\":900,\"rx_bytes\":400,\"msg_cnt\":3,\"msg_size\":70,\"brokers\":{"
    "\"127.0.0.1:9092/"
    "bootstrap\":{\"nodeid\":-1,\"nodename\":\"\",\"source\":\"configured\",\"state\":\"UP\",\"outbuf_cnt\":0,"
    "\"waitresp_cnt\":1,\"txerrs\":1,\"rxerrs\":0,\"req_timeouts\":0},"
    "\"kafka-1:9092/"
    "1\":{\"nodeid\":1,\"nodename\":\"kafka-1:9092\",\"source\":\"configured\",\"state\":\"UP\",\"outbuf_cnt\":2,"
    "\"waitresp_cnt\":3,\"txerrs\":0,\"rxerrs\":4,\"req_timeouts\":5,\"rtt\":{\"avg\":1500,\"p99\":9000}},"
    "\"GroupCoordinator\":{\"nodeid\":1,\"nodename\":\"kafka-1:9092\",\"source\":\"logical\",\"state\":\"UP\"},"
    "\"kafka-2:9092/2\":{\"nodeid\":2,\"nodename\":\"kafka-2:9092\",\"source\":\"learned\",\"state\":\"DOWN\"}},"
    "\"topics\":{\"posts.raw\":{\"partitions\":{\"0\":{\"fetchq_cnt\":10,\"fetchq_size\":100},"
    "\"-1\":{\"fetchq_cnt\":0,\"fetchq_size\":0}}}}}";

TEST(brokers_are_told_from_the_coordinator_and_bootstrap_servers)
{
    struct arena *mem = arena_new();
    struct kafka_statistics found;

    CHECK(kafka_statistics_read(span_of(json), mem, &found));
    CHECK(found.brokers_len == 2 && found.brokers_up == 1);
    CHECK_SPAN(found.brokers[0].name, SPAN("kafka-1:9092"));
    CHECK(found.brokers[0].rtt_us == 1500 && found.brokers[0].rtt_p99_us == 9000);
    CHECK(found.brokers[1].rtt_us == 0);
    arena_free(mem);
}

TEST(requests_errors_and_queues_are_summed)
{
    struct arena *mem = arena_new();
    struct kafka_statistics found;

    CHECK(kafka_statistics_read(span_of(json), mem, &found));
    CHECK(found.sent_bytes == 900 && found.received_bytes == 400);
    CHECK(found.requests == 6);
    CHECK(found.send_errors == 1 && found.receive_errors == 4 && found.timeouts == 5);
    CHECK(found.records == 13 && found.bytes == 170);
    arena_free(mem);
}

TEST(what_is_not_understood_is_left_alone)
{
    struct arena *mem = arena_new();
    struct kafka_statistics found;

    CHECK(!kafka_statistics_read(SPAN("{\"brokers\":"), mem, &found));
    CHECK(!kafka_statistics_read(SPAN("[]"), mem, &found));
    CHECK(!kafka_statistics_read(SPAN("{}"), mem, &found));
    arena_free(mem);
}
