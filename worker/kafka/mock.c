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

struct kafka_mock *kafka_mock_start(struct err *err)
{
    struct kafka_mock *mock = calloc(1, sizeof *mock);

    if (!mock)
        out_of_memory();
    mock->handle = open_handle(err);
    if (mock->handle && !(mock->cluster = rd_kafka_mock_cluster_new(mock->handle, 1)))
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
