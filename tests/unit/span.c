#include "common/span.h"
#include "common/arena.h"
#include "tests/unit/test.h"

TEST(spans_are_equal_by_their_bytes)
{
    char copy[] = "レア";

    CHECK(span_equal(SPAN("レア"), (struct span){copy, 6}));
    CHECK(!span_equal(SPAN("レア"), SPAN("レアア")));
    CHECK(!span_equal(SPAN("rare"), SPAN("rara")));
    CHECK(!span_equal(SPAN("a\0b"), SPAN("a\0c")));
}

TEST(empty_spans_are_equal_wherever_they_point)
{
    CHECK(span_equal((struct span){0}, SPAN("")));
    CHECK(span_equal((struct span){"x", 0}, (struct span){0}));
}

TEST(a_null_c_string_gives_an_empty_span)
{
    CHECK(span_of(NULL).len == 0);
    CHECK_SPAN(span_of("日本"), SPAN("日本"));
}

TEST(a_text_starts_with_itself_and_with_nothing)
{
    CHECK(span_starts(SPAN("word:REE"), SPAN("word:")));
    CHECK(span_starts(SPAN("word:"), SPAN("word:")));
    CHECK(span_starts(SPAN("word:"), (struct span){0}));
    CHECK(!span_starts(SPAN("wor"), SPAN("word:")));
    CHECK(!span_starts((struct span){0}, SPAN("w")));
}

TEST(trim_takes_ascii_blanks_at_both_ends_and_no_others)
{
    CHECK_SPAN(span_trim(SPAN(" \t\r\n a b \n")), SPAN("a b"));
    CHECK_SPAN(span_trim(SPAN("　レア　")), SPAN("　レア　"));
    CHECK_SPAN(span_trim(SPAN(" \n ")), SPAN(""));
    CHECK_SPAN(span_trim((struct span){0}), SPAN(""));
}

TEST(spans_are_ordered_by_unsigned_bytes_and_the_shorter_of_two_alike_comes_first)
{
    CHECK(span_compare(SPAN("a"), SPAN("b")) < 0);
    CHECK(span_compare(SPAN("z"), SPAN("レ")) < 0);
    CHECK(span_compare(SPAN("rare"), SPAN("rare earth")) < 0);
    CHECK(span_compare(SPAN("b"), SPAN("a")) > 0);
    CHECK(span_compare(SPAN("a"), (struct span){0}) > 0);
    CHECK(span_compare(SPAN("a\0b"), SPAN("a\0b")) == 0);
}

TEST(a_kept_span_is_a_copy_that_ends_with_a_nul)
{
    struct arena *mem = arena_new();
    char text[] = "a\0b";
    struct span kept = span_keep((struct span){text, 3}, mem);

    text[0] = 'x';
    CHECK_SPAN(kept, SPAN("a\0b"));
    CHECK(kept.at[3] == 0);
    arena_free(mem);
}

TEST(nothing_is_kept_as_an_empty_text)
{
    struct arena *mem = arena_new();

    CHECK(span_keep((struct span){0}, mem).at != NULL);
    CHECK(*span_string((struct span){0}, mem) == 0);
    arena_free(mem);
}

TEST(a_format_gives_its_whole_length)
{
    struct arena *mem = arena_new();

    CHECK_SPAN(span_format(mem, "%s/%d", "40s", 7), SPAN("40s/7"));
    CHECK(span_format(mem, "%5000d", 1).len == 5000);
    CHECK_SPAN(span_format(mem, "%.*s|", SPAN_ARGS((struct span){0})), SPAN("|"));
    arena_free(mem);
}

TEST(a_prefix_is_taken_off_where_it_is)
{
    struct span text = SPAN("file:a");

    CHECK(!span_strip(&text, SPAN("files:")));
    CHECK_SPAN(text, SPAN("file:a"));
    CHECK(span_strip(&text, SPAN("file:")));
    CHECK_SPAN(text, SPAN("a"));
    CHECK(!span_strip(&text, SPAN("ab")));
}

TEST(items_of_a_list_are_taken_one_by_one_without_blanks_around_them)
{
    struct span list = SPAN(" a:1 ,,b,");

    CHECK_SPAN(span_take(&list, ','), SPAN("a:1"));
    CHECK_SPAN(span_take(&list, ','), SPAN(""));
    CHECK_SPAN(span_take(&list, ','), SPAN("b"));
    CHECK(!list.len);
    CHECK_SPAN(span_take(&list, ','), SPAN(""));
}
