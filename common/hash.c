#include "common/hash.h"
#include "common/err.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct hash {
    XXH3_state_t *state;
};

uint64_t hash_bytes(struct span bytes)
{
    return XXH3_64bits(bytes.at, bytes.len);
}

struct hash *hash_new(void)
{
    struct hash *hash = malloc(sizeof *hash);

    if (!hash || !(hash->state = XXH3_createState()))
        out_of_memory();
    XXH3_64bits_reset(hash->state);
    return hash;
}

void hash_free(struct hash *hash)
{
    if (!hash)
        return;
    XXH3_freeState(hash->state);
    free(hash);
}

void hash_add(struct hash *hash, struct span piece)
{
    unsigned char len[8];

    for (int i = 0; i < 8; i++)
        len[i] = (unsigned char)((uint64_t)piece.len >> (8 * i));
    XXH3_64bits_update(hash->state, len, sizeof len);
    if (piece.len)
        XXH3_64bits_update(hash->state, piece.at, piece.len);
}

uint64_t hash_value(const struct hash *hash)
{
    return XXH3_64bits_digest(hash->state);
}
