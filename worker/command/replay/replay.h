/* replay: a replay as a command line asks for it, and what is said of it on the way. */
#pragma once

#include "worker/kafka/kafka.h"
#include "worker/kafka/range_request.h"
#include "worker/kafka/replay.h"
#include "worker/kafka/replay_options.h"
#include "worker/kafka/replay_targets.h"
#include "worker/setup.h"
#include "worker/worker.h"

/* The flags of the command, in the order of its table. */
enum {
    REPLAY_CONFIG,
    REPLAY_FROM,
    REPLAY_TO,
    REPLAY_INPUT,
    REPLAY_PARTITIONS,
    REPLAY_NAME,
    REPLAY_ROUTE,
    REPLAY_TO_TOPIC,
    REPLAY_IN_PLACE,
    REPLAY_RATE,
    REPLAY_MEMORY,
    REPLAY_DRY_RUN,
    REPLAY_REPORT,
    REPLAY_DEAD,
    REPLAY_FAULT,
    REPLAY_VERIFY,
    REPLAY_DIFF,
    REPLAY_PAGE,
    REPLAY_TEXTS,
    REPLAY_FLAGS,
};

struct job {
    struct arena *mem;
    struct setup setup;
    struct config config; /* the setup's, with the replay's own group, inputs, routes and topics */
    struct replay replay;
    struct hides *hides;
    struct letters letters; /* at work where replay.letters is set */
    struct list picked;     /* the inputs that are meant, of struct input */
    struct input dead;      /* the topic of dead letters as an input */
    struct span name;
    struct range_request request;
    struct span words; /* range and targets as words of a command line: what makes two replays alike */
    struct target *targets;
    size_t targets_len;
    bool in_place;
    int64_t memory_bytes;
    const char *report; /* where the JSON report goes; NULL: nowhere */
    const char *page;   /* the same of a diff's page */
    bool texts;         /* a diff's examples have the texts of their posts */
};

/* Loads the config and checks all that can be checked without a broker. */
bool job_load(const char *const *values, struct job *job, struct err *err);
void job_free(struct job *job);

/* Where the records of an output go: a route's, by its index, or dead letters at routes.len. There is one. */
const struct target *job_target(const struct job *job, size_t output);

/* Whether the targets can take the range, as the brokers have them now. */
bool job_check_targets(struct job *job, const struct range *range, struct err *err);

/* Reads the hides of all inputs as they are now. */
bool job_read_hides(struct job *job, struct err *err);

/* Compares the range with what its topics hold, prints what it finds, and fails where posts are missing or
 * differ. Writes to no topic. */
bool job_verify(struct job *job, struct err *err);

/* Prints what the present rules would change in the range, and writes it to the report and the page. */
bool job_diff(struct job *job, struct err *err);

/* A record of an input as the line takes it. */
struct message job_message(const struct config *config, const struct kafka_record *record);

/* The same for a record of the range; false: a dead letter that is left. */
bool job_take(struct job *job, const struct kafka_record *record, struct message *message);

/* What a dry run or a replay came to. */
struct tally {
    struct worker_counts counts;
    unsigned long long *routes;        /* records for each route of the job's config; NULL: not counted */
    unsigned long long faults[FAULTS]; /* dead letters by fault, where the routes are counted */
};

/* A bar on a terminal, else a line every ten seconds. */
struct progress {
    bool on_terminal;
    int64_t started_ms, shown_ms;
    int64_t done_before; /* what was done when it started; -1: not known yet */
};

void progress_start(struct progress *progress);
void progress_show(struct progress *progress, const struct replay_state *state);
void progress_end(const struct progress *progress);

/* Writes a report to that file. */
bool report_save(const char *path, struct span text, struct err *err);

/* Writes the JSON report; parts: the range as far as it came. */
bool report_write(const struct job *job, const struct replay_state *state, const struct tally *tally, int64_t took_ms,
                  struct err *err);
