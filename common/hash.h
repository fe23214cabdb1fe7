/* hash: fingerprints of bytes. The one door to xxhash (XXH3, 64 bits). */
#pragma once

#include "common/span.h"

#include <stdint.h>

uint64_t hash_bytes(struct span bytes);

/* A hash over pieces; the same pieces in the same order give the same value on every machine. */
struct hash;

struct hash *hash_new(void);
void hash_free(struct hash *hash);                   /* takes NULL */
void hash_add(struct hash *hash, struct span piece); /* its length counts too */
uint64_t hash_value(const struct hash *hash);
