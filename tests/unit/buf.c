#include "common/buf.h"
#include "tests/unit/test.h"

static struct arena *mem;

static struct buf fresh(void)
{
    arena_free(mem);
    mem = arena_new();
    return buf_in(mem);
}

TEST(a_new_buffer_is_empty)
{
    struct buf buf = fresh();

    CHECK_SPAN(buf_span(&buf), SPAN(""));
    buf_put(&buf, (struct span){0});
    CHECK(buf.len == 0);
}

TEST(bytes_stand_in_the_order_in_which_they_were_put)
{
    struct buf buf = fresh();

    buf_put(&buf, SPAN("レア"));
    buf_char(&buf, '\0');
    buf_put(&buf, SPAN("アース"));
    CHECK_SPAN(buf_span(&buf), SPAN("レア\0アース"));
}

TEST(what_stands_there_survives_growth)
{
    struct buf buf = fresh();
    bool same = true;

    for (int i = 0; i < 100000; i++) {
        buf_char(&buf, (char)('a' + i % 26));
        if (i % 1000 == 0)
            arena_take(mem, 1); /* so that the buffer cannot grow in place */
    }
    for (int i = 0; i < 100000; i++)
        same &= buf.at[i] == (char)('a' + i % 26);
    CHECK(same);
    CHECK(buf.len == 100000);
}

TEST(reserved_room_is_there)
{
    struct buf buf = fresh();

    buf_char(&buf, 'x');
    buf_reserve(&buf, 1000000);
    CHECK(buf.cap - buf.len >= 1000000);
    char *at = buf.at;
    memset(buf.at + buf.len, 'y', 1000000);
    buf_reserve(&buf, 10);
    CHECK(buf.at == at && buf.at[0] == 'x');
}

static struct span int_text(int64_t value)
{
    struct buf buf = fresh();

    buf_int(&buf, value);
    return buf_span(&buf);
}

TEST(integers_are_written_to_both_ends_of_their_range)
{
    CHECK_SPAN(int_text(0), SPAN("0"));
    CHECK_SPAN(int_text(-1), SPAN("-1"));
    CHECK_SPAN(int_text(1764918000000), SPAN("1764918000000"));
    CHECK_SPAN(int_text(INT64_MAX), SPAN("9223372036854775807"));
    CHECK_SPAN(int_text(INT64_MIN), SPAN("-9223372036854775808"));
}

TEST(a_format_adds_no_nul)
{
    struct buf buf = fresh();

    buf_format(&buf, "%s=%d", "lane", 3);
    buf_format(&buf, "%s", "");
    buf_format(&buf, "%300d", 7);
    CHECK(buf.len == 6 + 300);
    CHECK(span_starts(buf_span(&buf), SPAN("lane=3 ")));
    arena_free(mem);
    mem = NULL;
}
