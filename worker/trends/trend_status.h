/* trend_status: how the trend stage is, for Prometheus and for probes. Written by the thread that reads, asked by that
 * of http. */
#pragma once

#include "common/http.h"
#include "worker/trends/intake.h"

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

extern const struct http_route trend_routes[]; /* of http_serve; context is the status */

void trend_metrics_reference(struct buf *out); /* as Markdown */
