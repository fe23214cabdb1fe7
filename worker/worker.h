/* worker: the lanes of one process, each on a thread of its own. */
#pragma once

#include "common/err.h"
#include "worker/config.h"
#include "worker/crash.h"
#include "worker/monitor/lane_status.h"
#include "worker/monitor/metrics.h"
#include "worker/rules/ruleset.h"

#include <stdbool.h>

struct replay;
struct worker;

/* What was rewound and given out again counts once. */
struct worker_counts {
    unsigned long long posts, records, dead, dropped, hidden;
};

/* Starts as many lanes as the config says; one that cannot be started has failed, see worker_result. config, rules
 * and replay must outlive the worker. replay is what a replay adds; NULL: a live worker. */
struct worker *worker_start(const struct config *config, const struct ruleset *rules, const struct replay *replay);

/* What came of a reload; X(ID, outcome, name, words). */
/* clang-format off */
#define RELOAD_RESULTS(X) \
    X(NEWER_VERSION, TAKEN, "newer-version", "the version is greater than before") \
    X(SAME_VERSION, TAKEN, "same-version", \
      "the rules changed and their version did not: raise it, so that of two events the newer one wins") \
    X(LOWER_VERSION, TAKEN, "lower-version", \
      "the version is lower than before: events of the old rules win over new ones until it is raised") \
    X(SAME_RULES, UNCHANGED, "same-rules", "the rules are those at work") \
    X(ERRORS, REFUSED, "errors", "the rules have errors, which the log names; the old ones go on")
/* clang-format on */
#define RELOAD_ID(id, outcome, name, words) RELOAD_##id,
enum reload_result { RELOAD_RESULTS(RELOAD_ID) RELOAD_RESULT_COUNT };
enum reload_outcome { RELOAD_TAKEN, RELOAD_REFUSED, RELOAD_UNCHANGED, RELOAD_OUTCOMES };

struct reload_words {
    enum reload_outcome outcome;
    const char *name, *words;
};

extern const struct reload_words reload_results[RELOAD_RESULT_COUNT];
extern const char *const reload_outcome_names[RELOAD_OUTCOMES]; /* "taken", … */

/* Each lane goes over to these rules between two batches. These are its own from now on. NULL: the old ones go on. The
 * result is what there is to say of it. */
void worker_reload(struct worker *worker, struct ruleset *rules, enum reload_result result);

/* Notes how the config on the disk differs from the one at work; empty: it does not. */
void worker_note_config(struct worker *worker, struct span words);

/* Becomes readable whenever a lane has ended. */
int worker_fd(const struct worker *worker);

/* Asks all lanes to drain and end. Does not wait. */
void worker_stop(struct worker *worker);

/* Logs a lane that has not turned for too long, once, and once more when it turns again: some calls of
 * librdkafka never return (its #5456). To be called now and then. */
void worker_watch(struct worker *worker);

int worker_running(struct worker *worker); /* lanes that have not ended */
struct worker_counts worker_counts(const struct worker *worker);

/* False if a lane ended in a failure; err has the first one. */
bool worker_result(struct worker *worker, struct err *err);

/* --- for those who ask, from any thread --- */

/* The rules at work. */
struct worker_rules {
    int64_t version;
    char fingerprint[17];
    uint64_t reloads[RELOAD_OUTCOMES];
    int64_t reloaded_ms; /* the last reload, whatever came of it; 0: none yet */
    enum reload_result result;
    char
        config[256]; /* how the config on the disk differs from the one at work; empty: it did not at the last reload */
};

struct lane_view {
    int64_t still_ms;       /* since its last turn; 0 before the first, and when it has ended */
    bool is_stuck;          /* it has not turned for 30 s */
    bool is_waiting;        /* nor for 15 s: it commits nothing */
    struct post_place post; /* what it works on */
    const char *waits_in;   /* the call of its port that it is in or was in last */
    bool ended;
    const char *failure; /* why it ended; NULL: it did not fail */
    struct lane_status *status;
};

int worker_lanes(const struct worker *worker);
struct lane_view worker_lane(struct worker *worker, int lane);
struct worker_rules worker_rules(struct worker *worker);
bool worker_is_stopping(struct worker *worker);
struct span worker_instance(const struct worker *worker);
const struct metrics *worker_metrics(const struct worker *worker);

/* Only when no lane runs any more. Takes NULL. */
void worker_free(struct worker *worker);
