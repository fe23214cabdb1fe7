/* arena: memory that is taken piece by piece and given back all at once.
 *
 * Not for use by two threads at a time. Memory that runs out ends the process: a batch that was
 * not committed is read again. */
#pragma once

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *mem); /* takes NULL */

void *arena_take(struct arena *mem, size_t bytes); /* aligned for any type, not zeroed, never NULL */
void *arena_zero(struct arena *mem, size_t bytes); /* the same, zeroed */

/* Makes a piece of old bytes larger; in place where it is the last one taken. */
void *arena_grow(struct arena *mem, void *piece, size_t old_bytes, size_t bytes);

/* A piece of old bytes is shorter from now on; the rest goes back where it is the last one taken. */
void arena_trim(struct arena *mem, void *piece, size_t old_bytes, size_t bytes);

/* A growing array with room for one more than its len elements of so many bytes each: the array, moved
 * or not, and *cap as it is then. NULL and 0 to begin with. */
void *arena_room(struct arena *mem, void *array, size_t len, size_t *cap, size_t element_bytes);

/* Gives everything back. Up to 16 chunks of 256 KiB stay for the next round, the others go to the system. */
void arena_reset(struct arena *mem);

/* How far an arena is filled. */
struct arena_place {
    struct chunk *chunk;
    size_t used, filled;
};

struct arena_place arena_mark(const struct arena *mem);

/* Gives back all that was taken since the mark; with the same marks on chunks as arena_reset. A piece that was taken
 * before the mark and grown in place since has its old size again. */
void arena_back(struct arena *mem, struct arena_place mark);

size_t arena_used(const struct arena *mem); /* bytes taken and not given back, padding included */

size_t arena_bytes(const struct arena *mem); /* held from the system */
