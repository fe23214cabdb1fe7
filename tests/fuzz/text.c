/* What entities a text has: hashtags, mentions, addresses, cashtags, emoji. The first byte says how often it is
 * repeated. */
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "worker/text/emoji.h"
#include "worker/text/entity.h"

const struct fuzz_limits fuzz_limits = {.base_us = 20000, .byte_ns = 20000, .base_bytes = 1 << 20, .byte_bytes = 256};

void fuzz_start(void)
{
}

/* The byte at which code point `place` of the text begins, from one that is known. */
static size_t byte_of(struct span text, uint32_t place, uint32_t known, size_t at)
{
    for (; known < place; known++) {
        FUZZ_CHECK(at < text.len);
        utf8_next(text, &at);
    }
    return at;
}

/* They are in order, never overlap, and their places are where their texts are. */
static void check_places(struct span text, const struct entities *found)
{
    uint32_t known = 0;
    size_t at = 0;

    for (size_t i = 0; i < found->len; i++) {
        const struct entity *entity = &found->at[i];
        size_t start, end;

        FUZZ_CHECK(entity->kind < ENTITY_KINDS && entity->start >= known && entity->end > entity->start);
        start = byte_of(text, entity->start, known, at);
        end = byte_of(text, entity->end, entity->start, start);
        FUZZ_CHECK(entity->text.len && entity->text.at >= text.at + start
                   && entity->text.at + entity->text.len <= text.at + end);
        FUZZ_CHECK(utf8_valid(entity->text));
        known = entity->end;
        at = end;
    }
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    unsigned times = fuzz_byte(&bytes);
    struct span text = fuzz_repeated(fuzz_utf8(bytes, mem), times, mem);
    struct entities found = entities_find(text, mem);

    check_places(text, &found);
    for (size_t at = 0; at < text.len; utf8_next(text, &at)) {
        size_t end = emoji_end(text, at);

        FUZZ_CHECK(end >= at && end <= text.len && utf8_valid((struct span){text.at + at, end - at}));
    }
    return text.len;
}
