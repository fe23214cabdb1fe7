/* logs: librdkafka's words and our own repeated ones, a few a minute. */
#pragma once

#include "common/err.h"
#include "common/log.h"
#include "worker/kafka/log_limit.h"

#include <librdkafka/rdkafka.h>

/* The opaque of the handles is the kafka_port. */
void logs_callback(const rd_kafka_t *handle, int level, const char *facility, const char *text);
void errors_callback(rd_kafka_t *handle, int code, const char *why, void *opaque);

/* Whether a line of librdkafka's log is of a connection that failed: see outage.h. */
bool logs_is_connection(const char *facility, int level);

/* The same for handles of short tasks, without a port; only what warns. */
void logs_plain_callback(const rd_kafka_t *handle, int level, const char *facility, const char *text);

/* Why brokers did not answer such a handle, as far as it is known: cause, remedy and librdkafka's words; else its
 * error. */
void logs_plain_failure(rd_kafka_resp_err_t code, struct err *err);

/* One line for many alike. */
void log_limited(struct log_limit *log_limit, enum log_level level, const char *event, int lane, const char *text);
