/* store: a map from bytes to bytes that may grow beyond memory, in a private file of SQLite without a name:
 * what does not fit the cache is kept there, and it is gone with the store (TMPDIR chooses the folder). Safe
 * from any thread. */
#pragma once

#include "common/arena.h"
#include "common/err.h"
#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct store *store_open(int64_t cache_bytes, struct err *err);
void store_close(struct store *store); /* takes NULL */

/* False where the disk is full or fails, kind ERR_WORK. */
bool store_put(struct store *store, struct span key, struct span value, struct err *err);

/* *value is in mem; its at is NULL where the key is not there. */
bool store_get(struct store *store, struct span key, struct arena *mem, struct span *value, struct err *err);

/* Each pair in the order of the keys' bytes, until take says false. It must not call the store. */
bool store_each(struct store *store, bool (*take)(struct span key, struct span value, void *context), void *context,
                struct err *err);
