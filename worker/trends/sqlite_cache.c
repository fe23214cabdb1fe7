#include "worker/trends/sqlite_store.h"
#include "common/hash.h"

#include <stdlib.h>

enum {
    SLOTS = 1 << 16,
    KEPT_MAX = SLOTS / 2,
    ROW_POSTS = 8, /* more than the posts that one row speaks of */
    KEPT_BYTES = 10 << 20,
};

/* One generation: an open hash table, and the bytes of its ids and tags. */
struct generation {
    struct known_post *slots[SLOTS]; /* NULL: free */
    size_t len;
    struct arena *mem;
};

/* Two generations: when the young one is full the old one goes, and what was used since stays. */
struct post_cache {
    struct generation generations[2];
    int young;
};

struct post_cache *post_cache_new(void)
{
    struct post_cache *cache = calloc(1, sizeof *cache);

    if (!cache)
        out_of_memory();
    for (int i = 0; i < 2; i++)
        cache->generations[i].mem = arena_new();
    return cache;
}

void post_cache_free(struct post_cache *cache)
{
    for (int i = 0; cache && i < 2; i++)
        arena_free(cache->generations[i].mem);
    free(cache);
}

static void clear_generation(struct generation *generation)
{
    memset(generation->slots, 0, sizeof generation->slots);
    generation->len = 0;
    arena_reset(generation->mem);
}

void post_cache_clear(struct post_cache *cache)
{
    for (int i = 0; i < 2; i++)
        clear_generation(&cache->generations[i]);
}

static uint64_t hash_post(int64_t network, struct span id)
{
    return hash_bytes(id) + (uint64_t)network * 0x9E3779B97F4A7C15u;
}

/* The slot of the post, or the free one where it would be. */
static struct known_post **post_slot(struct generation *generation, int64_t network, struct span id, uint64_t hash)
{
    size_t at = hash % SLOTS;
    struct known_post *it;

    while ((it = generation->slots[at]) && (it->network != network || !span_equal(it->id, id)))
        at = (at + 1) % SLOTS;
    return &generation->slots[at];
}

static struct known_post *keep_post(struct generation *generation, struct known_post **slot,
                                    const struct known_post *known)
{
    *slot = arena_take(generation->mem, sizeof **slot);
    **slot = *known;
    (*slot)->id = span_keep(known->id, generation->mem);
    (*slot)->tags = span_keep(known->tags, generation->mem);
    generation->len++;
    return *slot;
}

struct known_post *post_cache_find(struct post_cache *cache, int64_t network, struct span id)
{
    struct generation *young = &cache->generations[cache->young], *old = &cache->generations[!cache->young];
    uint64_t hash = hash_post(network, id);
    struct known_post **slot = post_slot(young, network, id, hash);

    if (*slot)
        return (*slot)->is_forgotten ? NULL : *slot;
    const struct known_post *held = *post_slot(old, network, id, hash);
    return held && !held->is_forgotten ? keep_post(young, slot, held) : NULL;
}

struct known_post *post_cache_add(struct post_cache *cache, const struct known_post *known)
{
    struct generation *young = &cache->generations[cache->young];

    return keep_post(young, post_slot(young, known->network, known->id, hash_post(known->network, known->id)), known);
}

void post_cache_set(struct post_cache *cache, struct known_post *held, const struct known_post *known)
{
    struct span id = held->id;
    bool same_tags = span_equal(held->tags, known->tags);
    struct span tags = same_tags ? held->tags : span_keep(known->tags, cache->generations[cache->young].mem);

    *held = *known;
    held->id = id;
    held->tags = tags;
}

void post_cache_forget(struct post_cache *cache, const struct known_post *known)
{
    uint64_t hash = hash_post(known->network, known->id);

    for (int i = 0; i < 2; i++) {
        struct known_post *held = *post_slot(&cache->generations[i], known->network, known->id, hash);

        if (held)
            held->is_forgotten = true;
    }
}

bool post_cache_is_full(const struct post_cache *cache)
{
    const struct generation *young = &cache->generations[cache->young];

    return young->len >= KEPT_MAX - ROW_POSTS || arena_bytes(young->mem) > KEPT_BYTES;
}

void post_cache_turn(struct post_cache *cache)
{
    cache->young = !cache->young;
    clear_generation(&cache->generations[cache->young]);
}
