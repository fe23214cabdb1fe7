/* group_offsets: what the brokers say of the offsets of our group, and of the ends of logs. Each question is one
 * request a broker, whatever the number of partitions. */
#pragma once

#include "worker/kafka/kafka_port.h"
#include "worker/kafka/partition_start.h"

/* What is known of the group as far as one input is concerned. */
struct group_view {
    struct start_view *inputs; /* by index of the config */
    bool complete;             /* every partition has an offset */
};

/* Asks for the offsets of all partitions of all inputs, and where there is none at all, whether the routes' topics were
 * ever written to. Raises kp->memory. False: no answer, which was logged. */
bool group_look(struct kafka_port *kp, struct arena *mem, struct group_view *view, int timeout_ms);

/* The first offset (EDGE_FIRST) or the end (EDGE_END) of each partition of the list is written into it. False: not all
 * brokers answered. */
enum edge { EDGE_FIRST = -2, EDGE_END = -1 };
bool edges_ask(struct kafka_port *kp, rd_kafka_topic_partition_list_t *list, enum edge edge, int timeout_ms);

/* Before a commit: whether the offsets that were committed for partitions that are committed again are still there. A
 * topic that was made anew took them along, and its first messages would be skipped. Those whose offset is gone are
 * marked as lost. One request a commit; no answer is no loss. */
bool offsets_are_there(struct kafka_port *kp);

/* The same of one partition. */
bool offset_is_lost(struct kafka_port *kp, struct position *position);
