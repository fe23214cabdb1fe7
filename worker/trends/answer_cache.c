#include "worker/trends/answer_cache.h"
#include "common/err.h"
#include "common/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

struct kept_answer {
    struct kept_answer *next;          /* in its bucket */
    struct kept_answer *newer, *older; /* by when it was asked for last */
    struct span key;
    struct http_reply reply; /* its spans are in bytes, as the key is */
    uint64_t hash;
    size_t size;
    char bytes[];
};

struct answer_cache {
    pthread_mutex_t lock;
    int64_t version;
    size_t bytes, bytes_max;
    struct kept_answer *newest, *oldest;
    struct kept_answer *buckets[BUCKETS];
};

struct answer_cache *answer_cache_new(size_t bytes_max)
{
    struct answer_cache *cache = calloc(1, sizeof *cache);

    if (!cache)
        out_of_memory();
    pthread_mutex_init(&cache->lock, NULL);
    cache->version = INT64_MIN;
    cache->bytes_max = bytes_max;
    return cache;
}

/* --- the order in which they were asked for --- */

static void unlink_answer(struct answer_cache *cache, struct kept_answer *it)
{
    *(it->newer ? &it->newer->older : &cache->newest) = it->older;
    *(it->older ? &it->older->newer : &cache->oldest) = it->newer;
}

static void link_newest(struct answer_cache *cache, struct kept_answer *it)
{
    it->newer = NULL;
    it->older = cache->newest;
    *(it->older ? &it->older->newer : &cache->oldest) = it;
    cache->newest = it;
}

static struct kept_answer **place_of(struct answer_cache *cache, struct span key, uint64_t hash)
{
    struct kept_answer **at = &cache->buckets[hash % BUCKETS];

    while (*at && ((*at)->hash != hash || !span_equal((*at)->key, key)))
        at = &(*at)->next;
    return at;
}

static void drop(struct answer_cache *cache, struct kept_answer *it)
{
    struct kept_answer **at = place_of(cache, it->key, it->hash);

    *at = it->next;
    unlink_answer(cache, it);
    cache->bytes -= it->size;
    free(it);
}

static void drop_oldest_beyond(struct answer_cache *cache, size_t bytes)
{
    while (cache->oldest && cache->bytes > bytes)
        drop(cache, cache->oldest);
}

/* A newer version of the store has other answers. */
static void follow_version(struct answer_cache *cache, int64_t version)
{
    if (version <= cache->version)
        return;
    cache->version = version;
    drop_oldest_beyond(cache, 0);
}

void answer_cache_free(struct answer_cache *cache)
{
    if (!cache)
        return;
    drop_oldest_beyond(cache, 0);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* --- copies --- */

static void copy_reply(const struct http_reply *from, struct arena *mem, struct http_reply *to)
{
    *to = *from;
    to->body = span_keep(from->body, mem);
    to->etag = span_keep(from->etag, mem);
    for (size_t i = 0; i < from->fields_len; i++)
        to->fields[i].value = span_keep(from->fields[i].value, mem);
}

static void pack(char **to, struct span *span)
{
    if (span->len)
        memcpy(*to, span->at, span->len);
    span->at = *to;
    *to += span->len;
}

static size_t packed_bytes(struct span key, const struct http_reply *reply)
{
    size_t bytes = key.len + reply->body.len + reply->etag.len;

    for (size_t i = 0; i < reply->fields_len; i++)
        bytes += reply->fields[i].value.len;
    return bytes;
}

static struct kept_answer *pack_answer(struct span key, const struct http_reply *reply, size_t size)
{
    struct kept_answer *it = malloc(size);
    char *to;

    if (!it)
        out_of_memory();
    *it = (struct kept_answer){.key = key, .reply = *reply, .hash = hash_bytes(key), .size = size};
    to = it->bytes;
    pack(&to, &it->key);
    pack(&to, &it->reply.body);
    pack(&to, &it->reply.etag);
    for (size_t i = 0; i < reply->fields_len; i++)
        pack(&to, &it->reply.fields[i].value);
    return it;
}

/* --- asking and keeping --- */

bool answer_cache_get(struct answer_cache *cache, int64_t version, struct span key, struct arena *mem,
                      struct http_reply *reply)
{
    pthread_mutex_lock(&cache->lock);
    follow_version(cache, version);
    struct kept_answer *it = *place_of(cache, key, hash_bytes(key));
    if (it) {
        unlink_answer(cache, it);
        link_newest(cache, it);
        copy_reply(&it->reply, mem, reply);
    }
    pthread_mutex_unlock(&cache->lock);
    return it;
}

static void keep(struct answer_cache *cache, struct kept_answer *it)
{
    struct kept_answer **at = place_of(cache, it->key, it->hash);

    if (*at)
        drop(cache, *at);
    drop_oldest_beyond(cache, cache->bytes_max - it->size);
    at = &cache->buckets[it->hash % BUCKETS];
    it->next = *at;
    *at = it;
    link_newest(cache, it);
    cache->bytes += it->size;
}

void answer_cache_put(struct answer_cache *cache, int64_t version, struct span key, const struct http_reply *reply)
{
    size_t size = sizeof(struct kept_answer) + packed_bytes(key, reply);

    if (size > cache->bytes_max / 4)
        return;
    struct kept_answer *it = pack_answer(key, reply, size);
    pthread_mutex_lock(&cache->lock);
    follow_version(cache, version);
    bool is_current = version == cache->version;
    if (is_current)
        keep(cache, it);
    pthread_mutex_unlock(&cache->lock);
    if (!is_current)
        free(it);
}
