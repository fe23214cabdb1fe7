#include "common/utf8.h"
#include "tests/unit/test.h"

#define VALID(bytes)   CHECK(utf8_valid(SPAN(bytes)))
#define INVALID(bytes) CHECK(!utf8_valid(SPAN(bytes)))

TEST(text_of_any_script_is_valid)
{
    VALID("");
    VALID("rare earths");
    VALID("南鳥島のレアアース泥🇯🇵👨‍👩‍👧");
    VALID("a\0b");
    CHECK(utf8_valid((struct span){0}));
}

/* Unicode Standard, table 3-7: the first and last of each row. */
TEST(the_ends_of_each_row_of_table_3_7_are_valid)
{
    VALID("\x7F");
    VALID("\xC2\x80");
    VALID("\xDF\xBF");
    VALID("\xE0\xA0\x80");
    VALID("\xE0\xBF\xBF");
    VALID("\xE1\x80\x80");
    VALID("\xEC\xBF\xBF");
    VALID("\xED\x80\x80");
    VALID("\xED\x9F\xBF");
    VALID("\xEE\x80\x80");
    VALID("\xEF\xBF\xBF");
    VALID("\xF0\x90\x80\x80");
    VALID("\xF0\xBF\xBF\xBF");
    VALID("\xF1\x80\x80\x80");
    VALID("\xF3\xBF\xBF\xBF");
    VALID("\xF4\x80\x80\x80");
    VALID("\xF4\x8F\xBF\xBF");
}

TEST(overlong_forms_are_invalid)
{
    INVALID("\xC0\x80");
    INVALID("\xC1\xBF");
    INVALID("\xE0\x80\x80");
    INVALID("\xE0\x9F\xBF");
    INVALID("\xF0\x80\x80\x80");
    INVALID("\xF0\x8F\xBF\xBF");
}

TEST(surrogates_and_what_lies_beyond_unicode_are_invalid)
{
    INVALID("\xED\xA0\x80");
    INVALID("\xED\xBF\xBF");
    INVALID("\xED\xA0\xBD\xED\xB8\x80"); /* a pair, as CESU-8 has it */
    INVALID("\xF4\x90\x80\x80");
    INVALID("\xF5\x80\x80\x80");
    INVALID("\xF8\x88\x80\x80\x80");
    INVALID("\xFF");
}

TEST(tails_without_a_head_and_heads_without_a_tail_are_invalid)
{
    INVALID("\x80");
    INVALID("a\xBF");
    INVALID("\xE3\x83");
    INVALID("\xE3\x83z");
    INVALID("\xE3z\x83");
    INVALID("\xF0\x9F\x98");
    INVALID("\xF0\x9F\x98z");
    INVALID("\xC3");
    INVALID("\xC3\xC3");
}

static bool round_trips(uint32_t code_point, size_t len)
{
    char bytes[4];
    struct span text = {bytes, utf8_encode(code_point, bytes)};
    size_t at = 0;

    return text.len == len && utf8_valid(text) && utf8_next(text, &at) == code_point && at == len
           && utf8_before(text, len) == code_point && utf8_count(text) == 1;
}

TEST(each_code_point_is_encoded_and_decoded_as_itself)
{
    CHECK(round_trips(0, 1));
    CHECK(round_trips(0x7F, 1));
    CHECK(round_trips(0x80, 2));
    CHECK(round_trips(0x7FF, 2));
    CHECK(round_trips(0x800, 3));
    CHECK(round_trips(0xFFFD, 3));
    CHECK(round_trips(0x10000, 4));
    CHECK(round_trips(0x10FFFF, 4));
    for (uint32_t c = 0; c < 0x110000; c++)
        if ((c < 0xD800 || c > 0xDFFF) && !round_trips(c, c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4))
            test_failed(__FILE__, __LINE__, "U+%04X", c);
}

TEST(code_points_are_counted_and_walked_in_both_directions)
{
    struct span text = SPAN("aé日🇯");
    size_t at = 1;

    CHECK(utf8_count(text) == 4);
    CHECK(utf8_count((struct span){0}) == 0);
    CHECK(utf8_next(text, &at) == 0xE9 && at == 3);
    CHECK(utf8_next(text, &at) == 0x65E5 && at == 6);
    CHECK(utf8_before(text, 6) == 0x65E5);
    CHECK(utf8_before(text, 3) == 0xE9);
    CHECK(utf8_before(text, 1) == 'a');
}

TEST(a_cut_does_not_part_a_code_point)
{
    CHECK_SPAN(utf8_cut(SPAN("日本"), 6), SPAN("日本"));
    CHECK_SPAN(utf8_cut(SPAN("日本"), 5), SPAN("日"));
    CHECK_SPAN(utf8_cut(SPAN("日本"), 3), SPAN("日"));
    CHECK_SPAN(utf8_cut(SPAN("日本"), 2), SPAN(""));
    CHECK_SPAN(utf8_cut(SPAN("\x80\x80\x80\x80\x80\x80"), 5), SPAN("\x80\x80\x80\x80\x80"));
}
