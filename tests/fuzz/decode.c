/* A JSON text by both readers: where simdjson's gives a tree it is jansson's, and where it gives none jansson's refuses
 * the text too, but for objects of so many members that simdjson's leaves them to it. */
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/alike.h"
#include "worker/decode/decode_simdjson.h"

enum { DEPTH = 64, MEMBERS_MAX = 128 };

const struct fuzz_limits fuzz_limits = {.base_us = 20000, .byte_ns = 20000, .base_bytes = 1 << 20, .byte_bytes = 512};

void fuzz_start(void)
{
}

/* Whether an object may have too many members as they are written, of which some may have one name. */
static bool may_be_large(struct span bytes)
{
    size_t members = 0;

    for (size_t i = 0; i < bytes.len; i++)
        members += bytes.at[i] == ':';
    return members > MEMBERS_MAX;
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    struct value fast, slow;
    struct span why = {0};
    bool taken = simdjson_read(bytes, DEPTH, mem, &fast);
    bool fine = utf8_valid(bytes) && json_read(bytes, DEPTH, mem, &slow, &why) == JSON_OK;

    FUZZ_CHECK(fine || !taken);
    if (taken)
        FUZZ_CHECK(alike(&fast, &slow));
    else if (fine)
        FUZZ_CHECK(may_be_large(bytes) || !strcmp(simdjson_library_version(), "none"));
    return bytes.len;
}
