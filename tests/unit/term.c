#include "common/term.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

static struct span first_line(struct span text, int columns)
{
    return (struct span){text.at, term_break(text, 0, columns).end};
}

TEST(wide_characters_count_two_columns)
{
    CHECK(term_columns(SPAN("aレ🇯🇵")) == 5);
    CHECK(term_columns(SPAN("e\u0301\x1b")) == 2);
}

TEST(a_line_is_cut_to_its_columns)
{
    CHECK_SPAN(term_line(SPAN("レアアース"), 10, scratch()), SPAN("レアアース"));
    CHECK_SPAN(term_line(SPAN("レアアース"), 9, scratch()), SPAN("レアアー…"));
    CHECK_SPAN(term_line(SPAN("レアアース"), 8, scratch()), SPAN("レアア…"));
}

TEST(controls_never_pass)
{
    CHECK_SPAN(term_line(SPAN("a\nb\tc\x1b[31m\u202e\xc2\x9b"), 80, scratch()), SPAN("a b c�[31m��"));
}

TEST(a_line_breaks_where_it_may)
{
    CHECK_SPAN(first_line(SPAN("one two three"), 9), SPAN("one two"));
    CHECK_SPAN(first_line(SPAN("レアアース"), 7), SPAN("レアア"));
    CHECK_SPAN(first_line(SPAN("a\nb"), 80), SPAN("a"));
    CHECK_SPAN(first_line(SPAN("fits"), 4), SPAN("fits"));
    CHECK_SPAN(first_line(SPAN("レ"), 1), SPAN("レ"));
}

TEST(a_broken_text_loses_nothing_but_blanks)
{
    struct span text = SPAN("one two three");
    struct term_break line = term_break(text, 0, 8);

    CHECK(line.end == 7 && line.next == 8);
    line = term_break(text, line.next, 8);
    CHECK(line.end == text.len && line.next == text.len);
}
