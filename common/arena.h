/* arena: memory that is taken piece by piece and given back all at once.
 *
 * Not for use by two threads at a time. Memory that runs out ends the process: a batch that was
 * not committed is read again. */
#pragma once

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *mem);                    /* takes NULL */

void *arena_take(struct arena *mem, size_t bytes);     /* aligned for any type, not zeroed, never NULL */
void *arena_zero(struct arena *mem, size_t bytes);     /* the same, zeroed */

/* Makes a piece of old bytes larger; in place where it is the last one taken. */
void *arena_grow(struct arena *mem, void *piece, size_t old_bytes, size_t bytes);

/* A growing array with room for one more than its len elements of so many bytes each: the array, moved
 * or not, and *cap as it is then. NULL and 0 to begin with. */
void *arena_room(struct arena *mem, void *array, size_t len, size_t *cap, size_t element_bytes);

/* Gives everything back. Chunks of usual size stay for the next round, larger ones go. */
void arena_reset(struct arena *mem);

size_t arena_bytes(const struct arena *mem);           /* held from the system */
