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

static bool has_large_object(const struct value *value)
{
    bool large = value->type == VALUE_OBJECT && value->len > MEMBERS_MAX;

    for (uint32_t i = 0; !large && value->type == VALUE_LIST && i < value->len; i++)
        large = has_large_object(&value->items[i]);
    for (uint32_t i = 0; !large && value->type == VALUE_OBJECT && i < value->len; i++)
        large = has_large_object(&value->members[i].value);
    return large;
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
        FUZZ_CHECK(has_large_object(&slow) || !*simdjson_library_version() || !strcmp(simdjson_library_version(), "none"));
    return bytes.len;
}
