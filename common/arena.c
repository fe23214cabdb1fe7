#include "common/arena.h"
#include "common/err.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, len)   ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

enum { CHUNK_BYTES = 256 * 1024, SPARE_CHUNKS = 16, ALIGN = 16 };

struct chunk {
    struct chunk *next;
    size_t size, used;
    _Alignas(ALIGN) char at[];
};

struct arena {
    struct chunk *in_use; /* the first one is being filled */
    struct chunk *spare;  /* of usual size, kept over a reset */
    size_t spares;
    size_t filled; /* bytes taken from the chunks in use but the first */
};

static void *must(void *got)
{
    if (!got)
        out_of_memory();
    return got;
}

struct arena *arena_new(void)
{
    return must(calloc(1, sizeof(struct arena)));
}

static void free_chunks(struct chunk *chunk)
{
    while (chunk) {
        struct chunk *next = chunk->next;

        ASAN_UNPOISON_MEMORY_REGION(chunk->at, chunk->size);
        free(chunk);
        chunk = next;
    }
}

void arena_free(struct arena *mem)
{
    if (!mem)
        return;
    free_chunks(mem->in_use);
    free_chunks(mem->spare);
    free(mem);
}

static struct chunk *chunk_for(struct arena *mem, size_t bytes)
{
    struct chunk *chunk = mem->spare;

    if (chunk && bytes <= chunk->size) {
        mem->spare = chunk->next;
        mem->spares--;
    } else {
        size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;

        chunk = must(size > SIZE_MAX / 2 ? NULL : malloc(sizeof(struct chunk) + size));
        chunk->size = size;
        ASAN_POISON_MEMORY_REGION(chunk->at, size);
    }
    chunk->used = 0;
    chunk->next = mem->in_use;
    mem->filled += mem->in_use ? mem->in_use->used : 0;
    mem->in_use = chunk;
    return chunk;
}

static size_t rounded(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

void *arena_take(struct arena *mem, size_t bytes)
{
    struct chunk *chunk = mem->in_use;
    size_t room = rounded(bytes ? bytes : 1);

    if (!chunk || chunk->size - chunk->used < room)
        chunk = chunk_for(mem, room);
    void *piece = chunk->at + chunk->used;
    chunk->used += room;
    ASAN_UNPOISON_MEMORY_REGION(piece, bytes);
    return piece;
}

void *arena_zero(struct arena *mem, size_t bytes)
{
    return memset(arena_take(mem, bytes), 0, bytes);
}

void *arena_grow(struct arena *mem, void *piece, size_t old_bytes, size_t bytes)
{
    struct chunk *chunk = mem->in_use;
    size_t old_room = rounded(old_bytes ? old_bytes : 1), room = rounded(bytes);

    if (piece && chunk && (char *)piece + old_room == chunk->at + chunk->used
        && chunk->size - chunk->used >= room - old_room) {
        chunk->used += room - old_room;
        ASAN_UNPOISON_MEMORY_REGION(piece, bytes);
        return piece;
    }
    void *larger = arena_take(mem, bytes);
    if (old_bytes)
        memcpy(larger, piece, old_bytes);
    return larger;
}

void arena_trim(struct arena *mem, void *piece, size_t old_bytes, size_t bytes)
{
    struct chunk *chunk = mem->in_use;
    size_t old_room = rounded(old_bytes ? old_bytes : 1), room = rounded(bytes ? bytes : 1);

    if (!chunk || (char *)piece + old_room != chunk->at + chunk->used)
        return;
    chunk->used -= old_room - room;
    ASAN_POISON_MEMORY_REGION((char *)piece + bytes, old_room - bytes);
}

void *arena_room(struct arena *mem, void *array, size_t len, size_t *cap, size_t element_bytes)
{
    enum { FIRST = 16 };
    size_t more = *cap ? *cap * 2 : FIRST;

    if (len < *cap)
        return array;
    array = arena_grow(mem, array, *cap * element_bytes, more * element_bytes);
    *cap = more;
    return array;
}

static void give_back(struct arena *mem, struct chunk *chunk)
{
    if (chunk->size > CHUNK_BYTES || mem->spares == SPARE_CHUNKS) {
        chunk->next = NULL;
        free_chunks(chunk);
        return;
    }
    ASAN_POISON_MEMORY_REGION(chunk->at, chunk->size);
    chunk->next = mem->spare;
    mem->spare = chunk;
    mem->spares++;
}

struct arena_place arena_mark(const struct arena *mem)
{
    return (struct arena_place){mem->in_use, mem->in_use ? mem->in_use->used : 0, mem->filled};
}

void arena_back(struct arena *mem, struct arena_place mark)
{
    while (mem->in_use != mark.chunk) {
        struct chunk *next = mem->in_use->next;

        give_back(mem, mem->in_use);
        mem->in_use = next;
    }
    mem->filled = mark.filled;
    if (!mark.chunk)
        return;
    mark.chunk->used = mark.used;
    ASAN_POISON_MEMORY_REGION(mark.chunk->at + mark.used, mark.chunk->size - mark.used);
}

void arena_reset(struct arena *mem)
{
    arena_back(mem, (struct arena_place){0});
}

size_t arena_used(const struct arena *mem)
{
    return mem->filled + (mem->in_use ? mem->in_use->used : 0);
}

size_t arena_bytes(const struct arena *mem)
{
    size_t bytes = 0;

    for (const struct chunk *chunk = mem->in_use; chunk; chunk = chunk->next)
        bytes += chunk->size;
    for (const struct chunk *chunk = mem->spare; chunk; chunk = chunk->next)
        bytes += chunk->size;
    return bytes;
}
