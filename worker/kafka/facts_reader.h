/* facts_reader: all partitions of some topics, read at read_committed from places that the caller keeps.
 *
 * No group: one process reads all, and where it is up to is committed with what it read, by its caller. */
#pragma once

#include "common/settings.h"
#include "worker/kafka/kafka.h"

struct facts_reader;

/* One partition. next and end are offsets: the next record to read, and where the log ended when it was asked last;
 * with `start` a record that was never read is the first one. */
struct facts_partition {
    const char *topic;
    int32_t partition;
    int64_t next, end;
    bool is_held;     /* its next record was left: it waits for facts_reader_release */
    int64_t given_ms; /* when it gave a record last, or was opened: by time_steady_ms */
};

/* `known` are the places that were committed; partitions that are not among them begin at their start. False, kind
 * ERR_CLUSTER, where a place is gone, a topic is not there, or nobody answers; err has the remedy. config, topics (of
 * struct span) outlive the reader. */
struct facts_reader *facts_reader_open(const struct config *config, const struct list *topics,
                                       const struct facts_partition *known, size_t known_len, struct err *err);
void facts_reader_close(struct facts_reader *reader); /* takes NULL */

/* Waits up to wait_ms for records and gives each to `take`. Where that says no, the record is left, and its partition
 * gives nothing until it is released. False: it cannot go on. Brokers that are away for a while are no failure. */
bool facts_reader_poll(struct facts_reader *reader, int wait_ms,
                       bool (*take)(const struct kafka_record *record, void *context), void *context, struct err *err);

/* Partitions that are held go on with the record that was left. */
bool facts_reader_release(struct facts_reader *reader, struct err *err);

/* Up to where each partition was given out; moves with the next poll. */
const struct facts_partition *facts_reader_partitions(const struct facts_reader *reader, size_t *len);
int64_t facts_reader_lag(const struct facts_reader *reader); /* records from there to the ends */
/* Asks where the logs end at read_committed, for 2 s at most: what was written by now is before those ends. */
bool facts_reader_look(struct facts_reader *reader);
bool facts_reader_hears(const struct facts_reader *reader); /* the brokers answer */

/* All that was given out so far, once more, from the start of the logs. */
bool facts_reader_again(struct facts_reader *reader, void (*take)(const struct kafka_record *record, void *context),
                        void *context, struct err *err);
