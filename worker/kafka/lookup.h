/* lookup: what the brokers say of the edges of logs and of the offsets of our group, asked on a thread beside the lane.
 * A broker that cannot be reached lets a question wait, and meanwhile the lane goes on with what the other brokers
 * lead.
 *
 * One question at a time. Each of its requests is bounded by 2 s, and the edges are one request for each leader and
 * edge: a leader that does not answer costs the answers of no other one. Memory: a few lists of all partitions. */
#pragma once

#include "common/err.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum edge { EDGE_FIRST = -2, EDGE_END = -1 };

/* A question, and then its answer. */
struct lookup_question {
    uint64_t assignment; /* the lane's own: an answer of an earlier assignment is out of date */
    rd_kafka_topic_partition_list_t *firsts, *ends; /* answered: those whose leader answered, in the same order; where
                                                     * an end is not known its offset is negative */
    bool of_group;                                  /* the committed offsets of all inputs are wanted too */
    bool group_known;                               /* answered, all of it */
    rd_kafka_topic_partition_list_t **inputs; /* of each, all partitions by number, with their committed offsets */
    size_t inputs_len;
    bool heard;           /* answered: any broker did */
    bool outputs_written; /* whether the routes' topics were ever written to; only where the group has no offset */
    char why[256];        /* the first failure; empty: none */
};

struct lookup;

/* The thread. The names must outlive it. NULL: the system lacks threads. */
struct lookup *lookup_open(rd_kafka_t *consumer, const char *const *inputs, size_t inputs_len,
                           const char *const *outputs, size_t outputs_len, struct err *err);

/* Waits for the request that is on its way. False: it did not return within timeout_ms, and the consumer must not be
 * destroyed. Takes NULL. */
bool lookup_close(struct lookup *lookup, int timeout_ms);

bool lookup_is_free(struct lookup *lookup);

/* Asks for the edges of these partitions and, of_group, for the group's offsets; with neither, whether any broker
 * answers. Only where it is free. */
void lookup_ask(struct lookup *lookup, const rd_kafka_topic_partition_list_t *partitions, bool of_group,
                uint64_t assignment);

/* NULL: there is no answer yet. Free it by lookup_done, which lets the next one be asked. */
const struct lookup_question *lookup_answer(struct lookup *lookup);
void lookup_done(struct lookup *lookup);
