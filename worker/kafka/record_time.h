/* record_time: the timestamp of a record that was read. */
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdint.h>

/* In ms. TIME_UNKNOWN: it has none, or one before 1970; Kafka's own word for none is -1, which brokers keep. */
int64_t record_time(const rd_kafka_message_t *message);
