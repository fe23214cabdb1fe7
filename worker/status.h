/* status: how the worker is, for Prometheus, for probes and for people: what stands behind its HTTP paths. */
#pragma once

#include "common/http.h"
#include "worker/worker.h"

struct status;

/* The paths and what they answer, for --help and the reference. */
struct status_path {
    const char *path, *help;
};
extern const struct status_path status_paths[];        /* ended by one without a path */

struct status *status_new(const struct config *config, struct worker *worker, const char *version);
void status_free(struct status *status);               /* takes NULL */

/* The answer of http_serve; context is the status. From one thread alone. */
void status_answer(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply);
