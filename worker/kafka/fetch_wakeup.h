/* wakeup: a way around a stall of librdkafka before 2.2.0. Where the queue of fetched messages was
 * full once, it looks at it again only a second later; any answer on the connection to a partition's
 * leader makes it look at once. With small queues that is ten times the speed in catching up. */
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

struct kafka_port;

/* Asks the leader of the partition, where this version of librdkafka needs it, for 50 ms at most. False: no answer. */
bool wake_leader(rd_kafka_t *consumer, const char *topic, int32_t partition);

/* Call it when no message is there: asks the leader of one partition that is far behind, if any. Takes as long as the
 * answer does; one that does not answer in time is asked less often, up to once a second. */
void wake_fetcher(struct kafka_port *kp);
