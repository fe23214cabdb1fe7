/* Waiting for brokers at the start: they may come up later than the worker. */
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/kafka.h"
#include "worker/kafka/logs.h"
#include "worker/kafka/outage.h"

#include <stdio.h>

enum { STEP_MS = 100, SAY_MS = 2000 };

static void await_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    if (logs_is_connection(facility, level))
        outage_note(rd_kafka_opaque(handle), text);
}

/* A connection that is up asks for metadata by itself, and with them comes the cluster's id. */
static bool is_heard(rd_kafka_t *handle)
{
    char *cluster = rd_kafka_clusterid(handle, STEP_MS);

    if (cluster)
        rd_kafka_mem_free(handle, cluster);
    return cluster != NULL;
}

static void say_waiting(const struct config *config, int64_t since_ms, bool *said)
{
    if (*said || time_steady_ms() - since_ms < SAY_MS)
        return;
    *said = true;
    log_event(LOG_WARN, "waiting-for-brokers", "start_timeout_s=%lld",
              (long long)config->start_timeout_ms / TIME_SECOND_MS);
}

static enum await await_answer(const struct config *config, rd_kafka_t *handle, struct outage *outage,
                               bool (*is_stopped)(void *context), void *context, struct err *err)
{
    int64_t since_ms = time_steady_ms();
    bool said = false;

    while (!is_heard(handle)) {
        if (is_stopped(context))
            return AWAIT_STOPPED;
        if (outage_is_refused(outage, err))
            return AWAIT_FAILED;
        if (time_steady_ms() - since_ms >= config->start_timeout_ms) {
            outage_fail(outage, err);
            return AWAIT_FAILED;
        }
        say_waiting(config, since_ms, &said);
    }
    return AWAIT_HEARD;
}

enum await kafka_await(const struct config *config, bool (*is_stopped)(void *context), void *context, struct err *err)
{
    struct outage outage;
    rd_kafka_conf_t *conf = client_reader(config, err);
    enum await found = AWAIT_FAILED;

    if (!conf)
        return AWAIT_FAILED;
    outage_open(&outage, NO_LANE);
    rd_kafka_conf_set_opaque(conf, &outage);
    rd_kafka_conf_set_log_cb(conf, await_log);
    rd_kafka_t *handle = client_open(RD_KAFKA_CONSUMER, conf, err);
    if (handle) {
        found = await_answer(config, handle, &outage, is_stopped, context, err);
        rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
    outage_close(&outage);
    return found;
}
