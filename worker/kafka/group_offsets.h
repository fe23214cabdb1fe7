/* group_offsets: what the brokers say of the offsets of our group. */
#pragma once

#include "worker/kafka/kafka_port.h"
#include "worker/kafka/partition_start.h"

/* What is known of the group as far as one input is concerned. */
struct group_view {
    struct start_view *inputs; /* by index of the config */
    bool complete;             /* every partition has an offset */
};

/* Reads the answer of a lookup that knows the group. Raises kp->memory. */
void group_read(struct kafka_port *kp, const struct lookup_question *answer, struct arena *mem,
                struct group_view *view);

/* Before a commit: whether the offsets that were committed for partitions that are committed again are still there. A
 * topic that was made anew took them along, and its first messages would be skipped. Those whose offset is gone are
 * marked as lost. One request a commit; no answer is no loss. */
bool offsets_are_there(struct kafka_port *kp);

/* The same of one partition. */
bool offset_is_lost(struct kafka_port *kp, struct position *position);
