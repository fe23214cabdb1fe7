/* sqlite_hours: what the rows of an hour say, packed in one row, so that a list of all tags does not search for each of
 * them. An hour is packed when it is over, and its row goes as soon as a row of that hour comes or goes: what is packed
 * is never other than what the rows say, and where it is not there the rows are read.
 *
 * Costs: at most half an entry is packed for each observation (0.2 µs), and 25 to 30 bytes on disk an entry. An hour of
 * more than HOUR_ENTRIES_MAX is not packed; it takes 12 MiB while it is packed at most. */
#pragma once

#include "worker/trends/sqlite_store.h"
#include "worker/trends/tag_counts.h"

#include <stdlib.h>

enum { HOUR_ENTRIES_MAX = 1 << 18 };

int64_t sqlite_hour_of(int64_t time_ms); /* rounded down: hours before 1970 are negative */

/* Which hours are packed, as the table says: to be read when a store is opened to write, and after a rollback. */
bool sqlite_hours_load(struct sqlite_store *store, struct err *err);

/* A row that stands for a post itself, of that time, comes or goes. */
bool sqlite_hours_change(struct sqlite_store *store, int64_t time_ms, struct err *err);

/* Packs hours that are over, the newest first, as far as so many observations pay for it; at the end of a transaction,
 * when nothing waits to be written. */
bool sqlite_hours_pack(struct sqlite_store *store, int64_t rows, struct err *err);

/* Adds what the counts of an hour say: of each tag posts and reposts. */
void sqlite_hour_counts(struct span bytes, struct tag_counts *counts);
