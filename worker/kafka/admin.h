/* admin: what the brokers know of topics. */
#pragma once

#include "common/err.h"
#include "worker/kafka/output_topics.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* A consumer's handle for questions alone; to be given to rd_kafka_destroy. NULL: err says why. */
rd_kafka_t *admin_open(const struct config *config, struct err *err);

/* Whether the topic is there, by its name; -1 where nobody answers. The handle is a consumer's: a
 * producer's question would create the topic where brokers do so on demand. */
int admin_partitions(rd_kafka_t *handle, const char *topic, int timeout_ms, struct err *err);

/* Makes a topic with the partitions, copies and settings of another one; where that is not there, with the
 * brokers' own and this cleanup.policy. Returns when it is seen. */
bool admin_create_like(rd_kafka_t *handle, const char *topic, const char *like, const char *cleanup, struct err *err);

/* Reads the limits of topics, several at once; those of a topic that does not tell stay. Kind ERR_WORK: the brokers
 * have no such call (before 0.11, and the embedded one). */
bool admin_limits(rd_kafka_t *handle, struct output *outputs, size_t len, int timeout_ms, struct err *err);
