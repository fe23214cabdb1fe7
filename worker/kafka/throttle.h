/* pace: how fast the lanes of a process may go together, in posts or bytes a second. */
#pragma once

#include "common/err.h"
#include "common/span.h"

#include <stddef.h>
#include <stdint.h>

struct pace;

/* "500" is posts a second; "200kB/s" or "5MB/s" bytes of key and value. NULL: it is neither. */
struct pace *pace_new(struct span text, struct err *err);
void pace_free(struct pace *pace);                     /* takes NULL */

/* Notes what was read; returns for how many ms the reader is to rest. Safe from any thread. */
int64_t pace_take(struct pace *pace, int64_t posts, int64_t bytes);

/* How many posts to read at once, so that rests are short; at most `most`, at least 1. */
size_t pace_batch(const struct pace *pace, size_t most);
