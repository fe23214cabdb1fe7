#include "worker/kafka/logs.h"
#include "worker/kafka/kafka_port.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

void log_limited(struct log_limit *log_limit, enum log_level level, const char *event, int lane, const char *text)
{
    size_t hidden;

    if (!log_limit_lets(log_limit, event, text, &hidden))
        return;
    if (hidden)
        log_event(level, event, "lane=%d repeated=%zu message=%s", lane, hidden, log_quote(text));
    else
        log_event(level, event, "lane=%d message=%s", lane, log_quote(text));
}

static enum log_level level_of(int syslog_level)
{
    enum { SYSLOG_ERR = 3, SYSLOG_WARNING = 4, SYSLOG_DEBUG = 7 };

    if (syslog_level <= SYSLOG_ERR)
        return LOG_ERROR;
    return syslog_level <= SYSLOG_WARNING ? LOG_WARN : syslog_level < SYSLOG_DEBUG ? LOG_INFO : LOG_DEBUG;
}

/* kafka: names properties for both sides; that one side has no use for some is as it should be. */
static bool is_noise(const char *text)
{
    return strstr(text, "is a producer property and will be ignored")
           || strstr(text, "is a consumer property and will be ignored")
           || strstr(text, "enable.gapless.guarantee is experimental")
           || strstr(text, "allow.auto.create.topics=false not supported by broker"); /* the embedded one */
}

bool logs_is_connection(const char *facility, int level)
{
    return strcmp(facility, "FAIL") == 0 && level_of(level) > LOG_DEBUG;
}

void logs_callback(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    struct kafka_port *kp = rd_kafka_opaque(handle);

    if (logs_is_connection(facility, level))
        outage_note(&kp->outage, text);
    else if (!is_noise(text) && strcmp(facility, "TXNERR") != 0) /* a rewind has its reason */
        log_limited(&kp->log_limit, level_of(level), "librdkafka", kp->lane, text);
}

/* Of all handles of short tasks. */
static struct outage plain = {.lock = PTHREAD_MUTEX_INITIALIZER, .said_ms = INT64_MAX};

void logs_plain_failure(rd_kafka_resp_err_t code, struct err *err)
{
    if (outage_is_on(&plain))
        outage_fail(&plain, err);
    else
        fail(err, ERR_CLUSTER, "brokers do not answer: %s", rd_kafka_err2str(code));
}

void logs_plain_callback(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle;
    if (logs_is_connection(facility, level))
        outage_note(&plain, text);
    if (level_of(level) >= LOG_WARN && !is_noise(text))
        log_event(level_of(level), "librdkafka", "message=%s", log_quote(text));
}

static bool is_of_connection(int code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: return true;
    default: return false;
    }
}

void errors_callback(rd_kafka_t *handle, int code, const char *why, void *opaque)
{
    struct kafka_port *kp = opaque;
    char text[512];

    /* A fatal error is met where it stops a call, and a connection that fails is in librdkafka's log: here they would
     * only be said twice. */
    if (code == RD_KAFKA_RESP_ERR__FATAL || is_of_connection(code))
        return;
    snprintf(text, sizeof text, "%s: %s", rd_kafka_err2str((rd_kafka_resp_err_t)code), why);
    if (code == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE)
        port_break(kp, ERR_WORK, "kafka: %s", why); /* a broker without a thread is never asked again */
    log_limited(&kp->log_limit, LOG_WARN, "librdkafka", kp->lane, text);
    (void)handle;
}
