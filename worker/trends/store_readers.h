/* store_readers: connections that ask a trend store, one for each thread that may ask at a time. */
#pragma once

#include "worker/trends/store.h"

struct store_readers;

/* NULL on failure: the store is not there yet, or is none. The settings must outlive it. */
struct store_readers *store_readers_open(const struct trend_settings *settings, int count, struct err *err);
void store_readers_close(struct store_readers *readers); /* takes NULL; all were given back */

/* One that is free: there has to be one, since there are as many as threads. It is the caller's until it is given
 * back. */
struct trend_store *store_readers_take(struct store_readers *readers);
void store_readers_give(struct store_readers *readers, struct trend_store *store);
