#include "worker/kafka/kafka.h"
#include "common/err.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

/* The cluster lives in a handle of its own, which outlives it. */
struct kafka_mock {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *cluster;
};

static rd_kafka_t *open_handle(struct err *err)
{
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    rd_kafka_conf_set(conf, "log_level", "3", why, sizeof why);
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!handle) {
        rd_kafka_conf_destroy(conf);
        fail(err, ERR_WORK, "embedded broker: %s", why);
    }
    return handle;
}

struct kafka_mock *kafka_mock_start(int brokers, struct err *err)
{
    struct kafka_mock *mock = calloc(1, sizeof *mock);

    if (!mock)
        out_of_memory();
    mock->handle = open_handle(err);
    if (mock->handle && !(mock->cluster = rd_kafka_mock_cluster_new(mock->handle, brokers)))
        fail(err, ERR_WORK, "embedded broker: cannot listen on 127.0.0.1");
    if (mock->cluster)
        return mock;
    kafka_mock_stop(mock);
    return NULL;
}

const char *kafka_mock_brokers(const struct kafka_mock *mock)
{
    return rd_kafka_mock_cluster_bootstraps(mock->cluster);
}

bool kafka_mock_topic(struct kafka_mock *mock, const char *topic, int partitions, struct err *err)
{
    rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(mock->cluster, topic, partitions, 1);

    return !code || fail(err, ERR_WORK, "embedded broker: topic %s: %s", topic, rd_kafka_err2str(code));
}

void kafka_mock_lead(struct kafka_mock *mock, const char *topic, int32_t partition, int32_t broker)
{
    rd_kafka_mock_partition_set_leader(mock->cluster, topic, partition, broker);
}

void kafka_mock_coordinate(struct kafka_mock *mock, const char *kind, const char *name, int32_t broker)
{
    rd_kafka_mock_coordinator_set(mock->cluster, kind, name, broker);
}

void kafka_mock_slow(struct kafka_mock *mock, int32_t broker, int answer_ms)
{
    rd_kafka_mock_broker_set_rtt(mock->cluster, broker, answer_ms);
}

void kafka_mock_down(struct kafka_mock *mock, int32_t broker, bool down)
{
    if (down)
        rd_kafka_mock_broker_set_down(mock->cluster, broker);
    else
        rd_kafka_mock_broker_set_up(mock->cluster, broker);
}

void kafka_mock_refuse(struct kafka_mock *mock, int request, int error, int times)
{
    for (int i = 0; i < times; i++)
        rd_kafka_mock_push_request_errors(mock->cluster, (int16_t)request, 1, (rd_kafka_resp_err_t)error);
}

void kafka_mock_stop(struct kafka_mock *mock)
{
    if (!mock)
        return;
    if (mock->cluster)
        rd_kafka_mock_cluster_destroy(mock->cluster);
    if (mock->handle)
        rd_kafka_destroy(mock->handle);
    free(mock);
}
