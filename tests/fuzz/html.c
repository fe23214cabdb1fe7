/* Markup as text, and text as markup. The first byte says how often the rest is repeated. */
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "worker/text/html.h"

const struct fuzz_limits fuzz_limits = {.base_us = 20000, .byte_ns = 20000, .base_bytes = 1 << 20, .byte_bytes = 256};

void fuzz_start(void)
{
}

static void check_written(struct span text, struct arena *mem)
{
    struct buf page = buf_in(mem);

    html_write(&page, text);
    for (size_t i = 0; i < page.len; i++)
        FUZZ_CHECK(!strchr("<>\"'", page.at[i]));
    FUZZ_CHECK(utf8_valid(buf_span(&page)));
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    unsigned times = fuzz_byte(&bytes);
    struct span html = fuzz_repeated(fuzz_utf8(bytes, mem), times, mem);
    struct span text = html_text(html, SPAN("quote-inline"), NULL, mem);

    FUZZ_CHECK(utf8_valid(text));
    check_written(text, mem);
    return html.len;
}
