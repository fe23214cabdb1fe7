/* A text folded: well-formed, the same when folded again, and in two parts where fold_joins allows a cut. The first
 * byte says how often the text is repeated. */
#include "common/fold.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

const struct fuzz_limits fuzz_limits = {.base_us = 20000, .byte_ns = 60000, .base_bytes = 1 << 20, .byte_bytes = 512};

void fuzz_start(void)
{
}

/* At the first place behind byte `from` that allows it. */
static void check_parts(struct span text, size_t from, struct span whole, struct arena *mem)
{
    for (size_t at = 0; at < text.len;) {
        size_t cut = at;
        uint32_t c = utf8_next(text, &at);

        if (cut < from || fold_joins(c))
            continue;
        struct span head = fold_text((struct span){text.at, cut}, mem);
        struct span tail = fold_text((struct span){text.at + cut, text.len - cut}, mem);
        FUZZ_CHECK(span_equal(whole, span_joined(mem, head, tail, (struct span){0})));
        return;
    }
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    unsigned times = fuzz_byte(&bytes);
    struct span text = fuzz_repeated(fuzz_utf8(bytes, mem), times, mem);
    struct span folded = fold_text(text, mem);

    FUZZ_CHECK(utf8_valid(folded));
    FUZZ_CHECK(span_equal(folded, fold_text(folded, mem)));
    check_parts(text, text.len / 2, folded, mem);
    return text.len;
}
