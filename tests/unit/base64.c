#include "common/base64.h"
#include "tests/unit/test.h"

static void check(struct span bytes, struct span expected)
{
    struct arena *mem = arena_new();
    struct buf buf = buf_in(mem);

    buf_base64(&buf, bytes);
    CHECK_SPAN(buf_span(&buf), expected);
    arena_free(mem);
}

/* RFC 4648, section 10. */
TEST(the_vectors_of_the_rfc_hold)
{
    check(SPAN(""), SPAN(""));
    check(SPAN("f"), SPAN("Zg=="));
    check(SPAN("fo"), SPAN("Zm8="));
    check(SPAN("foo"), SPAN("Zm9v"));
    check(SPAN("foob"), SPAN("Zm9vYg=="));
    check(SPAN("fooba"), SPAN("Zm9vYmE="));
    check(SPAN("foobar"), SPAN("Zm9vYmFy"));
}

TEST(bytes_of_any_value_are_kept)
{
    check(SPAN("\x00"), SPAN("AA=="));
    check(SPAN("\xFF\xFF\xFF"), SPAN("////"));
    check(SPAN("\xFB\xEF\xBE"), SPAN("++++"));
    check(SPAN("\x83\x8C\x83\x41"), SPAN("g4yDQQ==")); /* レア in Shift_JIS */
}
