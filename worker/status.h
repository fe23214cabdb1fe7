/* status: how the worker is, for Prometheus, for probes and for people: what its HTTP paths answer. */
#pragma once

#include "common/http.h"
#include "worker/worker.h"

struct status;

/* What it answers, for http_serve; context is the status, from one thread alone. Also for --help and the reference. */
extern const struct http_route status_routes[];

struct status *status_new(const struct config *config, struct worker *worker, const char *version);
void status_free(struct status *status); /* takes NULL */
