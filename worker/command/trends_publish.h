/* trends_publish: when a step of posts.trends is due, and that it gets there, see worker/trends/publish.h.
 *
 * The topic says which step was written last, and the store which rows it has; nothing else is remembered. So whatever
 * is killed, at exactly_once each step is on the topic once and as a whole; at at_least_once the last one may be there
 * twice, with the same bytes. Several processes with stores of their own may publish: the first one writes a step. */
#pragma once

#include "worker/kafka/facts_reader.h"
#include "worker/setup.h"
#include "worker/trends/trend_status.h"

struct publishing;

/* Looks at the topic, and has the intake leave what is after the first step. All of them outlive it. NULL, kind
 * ERR_CLUSTER, where the topic is not there or may not be written. */
struct publishing *publishing_open(const struct setup *setup, struct trend_store *store, struct intake *intake,
                                   struct trend_status *status, struct err *err);
void publishing_close(struct publishing *publishing); /* takes NULL */

/* Whether all partitions are read up to the step: each is held, or at the end of its log as the brokers say it is now.
 * At its end it is waited for until half a second after its last row, and half a second at all where the step is of
 * this minute; where it is not and gives nothing, since its broker is away, for ten seconds. With `is_once` the logs
 * are taken as they are. */
bool publishing_is_due(struct publishing *publishing, struct facts_reader *reader, bool is_once);

/* The records are made, and stay as they are until they are written: rows that come meanwhile are late. */
bool publishing_is_made(const struct publishing *publishing);

/* Makes them, of a store that has all rows of the step. Where posts wait for a second reading they are not made yet. */
bool publishing_make(struct publishing *publishing, struct err *err);

/* Writes them, and goes on to the next step. Where Kafka does not take them now, it is due again in a second. False,
 * kind ERR_CLUSTER: no retry can help. */
bool publishing_write(struct publishing *publishing, struct facts_reader *reader, struct err *err);

const char *publishing_lacks(const struct publishing *publishing); /* why it cannot write; "": it can, or NULL */
