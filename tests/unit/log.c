#include "common/log.h"
#include "tests/unit/test.h"

static struct span as_json(const char *pairs)
{
    static struct arena *mem;

    mem = mem ? mem : arena_new();
    struct buf out = buf_in(mem);
    buf_char(&out, '{');
    log_as_json(span_of(pairs), &out);
    buf_char(&out, '}');
    return buf_span(&out);
}

TEST(pairs_become_members)
{
    CHECK_SPAN(as_json("level=info event=rebalance lane=1 assigned=6"),
               SPAN("{\"level\":\"info\",\"event\":\"rebalance\",\"lane\":1,\"assigned\":6}"));
    CHECK_SPAN(as_json(""), SPAN("{}"));
}

TEST(only_whole_numbers_stay_numbers)
{
    CHECK_SPAN(as_json("a=-7 b=0 c=007 d=1.5 e=- f="),
               SPAN("{\"a\":-7,\"b\":0,\"c\":\"007\",\"d\":\"1.5\",\"e\":\"-\",\"f\":\"\"}"));
    CHECK_SPAN(as_json("id=20500000000000000001 n=\"7\""), SPAN("{\"id\":\"20500000000000000001\",\"n\":\"7\"}"));
}

TEST(quoted_text_keeps_its_quotes_and_equal_signs)
{
    char pairs[256];

    snprintf(pairs, sizeof pairs, "lane=0 message=%s", log_quote("a=b \"c\" \\ d\te"));
    CHECK_SPAN(as_json(pairs), SPAN("{\"lane\":0,\"message\":\"a=b \\\"c\\\" \\\\ d e\"}"));
}

TEST(a_line_that_was_cut_is_still_json)
{
    CHECK_SPAN(as_json("message=\"cut in the mid"), SPAN("{\"message\":\"cut in the mid\"}"));
    CHECK_SPAN(as_json("message=\"cut\\"), SPAN("{\"message\":\"cut\\\\\"}"));
    CHECK_SPAN(as_json("lane=1 mess"), SPAN("{\"lane\":1}"));
}

TEST(bytes_that_are_no_utf8_are_replaced)
{
    CHECK_SPAN(as_json("message=\"日\xE6\x97本\xFF\""),
               SPAN("{\"message\":\"日\xEF\xBF\xBD\xEF\xBF\xBD本\xEF\xBF\xBD\"}"));
}
