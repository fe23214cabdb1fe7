/* props: librdkafka's configurations, made of our own defaults, the config's properties and what the
 * guarantees own. Each is given to rd_kafka_new or destroyed. NULL and err where a property is refused. */
#pragma once

#include "common/err.h"
#include "worker/config.h"

#include <librdkafka/rdkafka.h>

rd_kafka_conf_t *client_consumer(const struct config *config, struct span instance, int lane, struct err *err);

/* Transactional, or only idempotent with at_least_once. */
rd_kafka_conf_t *client_producer(const struct config *config, struct span instance, int lane, struct err *err);

/* Without a group and without transactions. */
rd_kafka_conf_t *client_reader(const struct config *config, struct err *err);
rd_kafka_conf_t *client_writer(const struct config *config, struct err *err);

/* Of the trend stage, which writes to this topic. Transactional, or only idempotent with at_least_once. */
rd_kafka_conf_t *client_trends(const struct config *config, const char *topic, struct err *err);

/* False and err if librdkafka refuses. */
bool client_set(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *err);

/* A handle of the configuration, which is gone afterwards either way. NULL: kind ERR_CONFIG where librdkafka refuses
 * what is configured, ERR_WORK where a thread or file cannot be had. */
rd_kafka_t *client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct err *err);

/* What a configuration says, as a number; fallback where it does not know the name. */
int64_t client_number(const rd_kafka_conf_t *conf, const char *name, int64_t fallback);

/* The last value that the config gives for a property of one side; empty if none. */
struct span client_given(const struct config *config, struct properties side, const char *name);

/* What to do when a committed offset is gone. */
enum client_gap { GAP_STOP, GAP_EARLIEST, GAP_LATEST };
enum client_gap client_gap(const struct config *config);
