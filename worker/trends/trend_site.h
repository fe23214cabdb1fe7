/* trend_site: what the trend stage serves over HTTP: pages, the API and its description, probes and metrics.
 *
 * Answers are kept by what was asked until the store changes; an answer that is kept takes no thread. Bounds:
 * TREND_SITE_CACHE bytes of kept answers; one store connection for each thread of the slow routes. */
#pragma once

#include "worker/trends/api.h"
#include "worker/trends/trend_status.h"

enum { TREND_SITE_CACHE = 32 << 20 };

struct trend_site;

/* Opens the store for reading: it has to be there. NULL: err says why. All that is given must outlive it. */
struct trend_site *trend_site_new(const struct trend_settings *settings, const struct ruleset *rules,
                                  struct trend_status *status, const char *version, struct err *err);
void trend_site_free(struct trend_site *site); /* takes NULL; http is closed before */

const struct http_site *trend_site_http(const struct trend_site *site);
