/* step_writer: records that belong together, written to a topic as a whole or not at all, see worker/trends/publish.h.
 *
 * At exactly_once each step is one transaction, so that who reads at read_committed sees all of it, once, whatever was
 * killed. A writer ends what an earlier one of its name left open, another process's too; afterwards only the topic
 * says what is written. At at_least_once the records are only acknowledged, and a step may be there in part after a
 * kill. */
#pragma once

#include "worker/kafka/kafka.h"

struct step_writer;

struct step_record {
    struct span key, value;
};

/* How it ended. LATER: try again, after the topic was looked at again; FAILED: no retry can help. */
enum step_end { STEP_DONE, STEP_LATER, STEP_FAILED };

/* Asks no broker yet. config and topic outlive it. */
struct step_writer *step_writer_new(const struct config *config, const char *topic);
void step_writer_free(struct step_writer *writer); /* takes NULL; within 5 s */

bool step_writer_is_open(const struct step_writer *writer); /* it may write; false after each failure */

/* Makes the producer, and gives the last records of each partition to `take`: at least 1000 of it where there are as
 * many, at least one where there is any. Takes at most about 20 s; err says what lacks, with the remedy. */
enum step_end step_writer_open(struct step_writer *writer,
                               void (*take)(const struct kafka_record *record, void *context), void *context,
                               struct err *err);

/* Writes them with this timestamp, or where a broker rejected it with the time of writing, for at most about 30 s.
 * LATER: some may be there at at_least_once, and all of them where the answer to the commit was lost. */
enum step_end step_write(struct step_writer *writer, const struct step_record *records, size_t len,
                         int64_t timestamp_ms, struct err *err);
