/* throttle: how fast the lanes of a process may go together, in posts or bytes a second. */
#pragma once

#include "common/err.h"
#include "common/span.h"

#include <stddef.h>
#include <stdint.h>

struct throttle;

/* "500" is posts a second; "200kB/s" or "5MB/s" bytes of key and value. NULL: it is neither. */
struct throttle *throttle_new(struct span text, struct err *err);
void throttle_free(struct throttle *throttle); /* takes NULL */

/* Notes what was read; returns for how many ms the reader is to rest. Safe from any thread. */
int64_t throttle_take(struct throttle *throttle, int64_t posts, int64_t bytes);

/* How many posts to read at once, so that rests are short; at most `most`, at least 1. */
size_t throttle_batch(const struct throttle *throttle, size_t most);
