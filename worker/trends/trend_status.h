/* trend_status: how the trend stage is, for Prometheus and for probes. Written by the thread that reads, asked by that
 * of http. */
#pragma once

#include "common/http.h"
#include "worker/trends/intake.h"
#include "worker/trends/publish.h"

struct trend_status;

struct trend_status *trend_status_new(const char *version);
void trend_status_free(struct trend_status *status); /* takes NULL */

/* A partition of a facts topic. */
struct trend_lag {
    const char *topic;
    int32_t partition;
    int64_t next, end;
};

/* To be called at least every few seconds: it is stuck otherwise. `lacks` is what it lacks to be ready, "" where it is.
 */
void trend_status_show(struct trend_status *status, const struct intake *intake, const struct trend_lag *lags,
                       size_t len, const char *lacks);
void trend_status_committed(struct trend_status *status, const struct store_figures *figures, int64_t took_us);
void trend_status_published(struct trend_status *status, const struct publication *step); /* it is on the topic */

int64_t trend_status_version(struct trend_status *status); /* of the store, after the last commit */

/* /metrics, in Prometheus' text format; /healthz, 200 while it turns; /readyz, 200 while it reads its partitions, or
 * serves a store that another process writes: else 503 with the reason. */
void trend_status_metrics(struct trend_status *status, struct arena *mem, struct http_reply *reply);
void trend_status_health(struct trend_status *status, struct http_reply *reply);
void trend_status_readiness(struct trend_status *status, struct arena *mem, struct http_reply *reply);

void trend_metrics_reference(struct buf *out); /* as Markdown */
