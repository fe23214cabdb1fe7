/* closing: giving a handle back under a deadline, since librdkafka may hang there. */
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Destroys the handle on a thread of its own and waits for that; false: it goes on alone. What came
 * from the handle must have been given back. flags as of rd_kafka_destroy_flags. */
bool handle_destroy(rd_kafka_t *handle, int flags, int timeout_ms);

/* The same for a consumer that leaves its group first. Its callbacks run on that thread meanwhile. */
bool consumer_destroy(rd_kafka_t *consumer, int timeout_ms);
