/* logs: librdkafka's words and our own repeated ones, a few a minute. */
#pragma once

#include "common/log.h"
#include "worker/kafka/log_limit.h"

#include <librdkafka/rdkafka.h>

/* The opaque of the handles is the kafka_port. */
void logs_callback(const rd_kafka_t *handle, int level, const char *facility, const char *text);
void errors_callback(rd_kafka_t *handle, int code, const char *why, void *opaque);

/* The same for handles of short tasks, without a port; only what warns. */
void logs_plain_callback(const rd_kafka_t *handle, int level, const char *facility, const char *text);

/* One line for many alike. */
void log_limited(struct log_limit *log_limit, enum log_level level, const char *event, int lane, const char *text);
