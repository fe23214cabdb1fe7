/* worker: the lanes of one process, each on a thread of its own. */
#pragma once

#include "common/err.h"
#include "worker/config.h"
#include "worker/ruleset.h"

#include <stdbool.h>

struct worker;

struct worker_counts {
    unsigned long long posts, records, dead, dropped, hidden;
};

/* Starts as many lanes as the config says. config and rules must outlive the worker. */
struct worker *worker_start(const struct config *config, const struct ruleset *rules);

/* Each lane goes over to these rules between two batches. These are its own from now on. */
void worker_reload(struct worker *worker, struct ruleset *rules);

/* Becomes readable whenever a lane has ended. */
int worker_fd(const struct worker *worker);

/* Asks all lanes to drain and end. Does not wait. */
void worker_stop(struct worker *worker);

/* Logs a lane that has not turned for too long, once, and once more when it turns again: some calls of
 * librdkafka never return (its #5456). To be called now and then. */
void worker_watch(struct worker *worker);

int worker_running(struct worker *worker);             /* lanes that have not ended */
struct worker_counts worker_counts(const struct worker *worker);

/* False if a lane ended in a failure; err has the first one. */
bool worker_result(struct worker *worker, struct err *err);

/* Only when no lane runs any more. Takes NULL. */
void worker_free(struct worker *worker);
