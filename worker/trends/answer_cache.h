/* answer_cache: answers of one version of the store, by what was asked. When the version changes all of them go at
 * once, so that no text of a hidden post stays in memory. Bounded: beyond its bytes the answers that nobody asked for
 * longest make room. For several threads. */
#pragma once

#include "common/http_reply.h"

#include <stdint.h>

struct answer_cache;

struct answer_cache *answer_cache_new(size_t bytes_max); /* bodies, keys and what holds them, in all */
void answer_cache_free(struct answer_cache *cache);      /* takes NULL */

/* Puts the answer to what the key says into *reply, copied to mem. version: the store's, as it is known now. False: it
 * is not kept. */
bool answer_cache_get(struct answer_cache *cache, int64_t version, struct span key, struct arena *mem,
                      struct http_reply *reply);

/* Keeps a copy of the reply; not where it is of an earlier version, or takes more than a quarter of the bytes. The
 * strings of a reply that are no spans must live for ever. */
void answer_cache_put(struct answer_cache *cache, int64_t version, struct span key, const struct http_reply *reply);
