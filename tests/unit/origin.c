#include "common/origin.h"
#include "common/buf.h"
#include "common/fold.h"
#include "common/utf8.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

/* The bytes of the text from which the first `part` of its folded form comes. */
static struct span origin_in(struct span text, struct span part)
{
    struct span folded = fold_text(text, scratch());
    const char *at = memmem(folded.at, folded.len, part.at, part.len);

    if (!at)
        return SPAN("not there");
    size_t start = (size_t)(at - folded.at);
    struct bytes bytes = origin_of(origin_new(text, scratch()), start, start + part.len);
    return (struct span){text.at + bytes.start, bytes.end - bytes.start};
}

#define ORIGIN(text, part, expected) CHECK_SPAN(origin_in(SPAN(text), SPAN(part)), SPAN(expected))

TEST(plain_bytes_are_their_own_origin)
{
    ORIGIN("see レアアース now", "レアアース", "レアアース");
    ORIGIN("abc", "c", "c");
}

TEST(half_width_kana_are_shorter_or_longer)
{
    ORIGIN("①ﾚｱｱｰｽだ", "レアアース", "ﾚｱｱｰｽ");
    ORIGIN("ﾊﾝｶﾞｸ", "ガ", "ｶﾞ");
    ORIGIN("ﾊﾟﾝ", "ン", "ﾝ");
    ORIGIN("ﾊﾟﾝ", "パ", "ﾊﾟ");
}

TEST(one_sign_may_become_several)
{
    ORIGIN("㍿山猫", "会社", "㍿");
    ORIGIN("㍿山猫", "社山", "㍿山");
    ORIGIN("Straße", "ss", "ß");
}

TEST(a_mark_belongs_to_what_it_is_composed_with)
{
    ORIGIN("xか\u3099す", "が", "か\u3099");
    ORIGIN("cafe\u0301!", "é", "e\u0301");
    ORIGIN("cafe\u0301!", "caf", "caf");
    ORIGIN("\u1112\u1161\u11ab국", "한", "\u1112\u1161\u11ab");
}

TEST(ignorables_stand_within_or_outside)
{
    ORIGIN("レ\u200bア", "レア", "レ\u200bア");
    ORIGIN("\u200bレア\u200b", "レア", "レア");
    ORIGIN("x⚾\ufe0fy", "⚾", "⚾");
}

TEST(a_text_of_marks_takes_linear_time)
{
    struct buf text = buf_in(scratch());

    buf_put(&text, SPAN("か"));
    for (int i = 0; i < 60000; i++)
        buf_put(&text, SPAN("\u3099"));
    buf_put(&text, SPAN("ｱ"));
    CHECK_SPAN(origin_in(buf_span(&text), SPAN("ア")), SPAN("ｱ"));
}

/* Folding the origin gives what was asked for, wherever it is: for every two starters. */
TEST(the_origin_folds_to_a_text_with_what_was_asked_for)
{
    struct span text = SPAN("Ａか\u3099ﾊﾟ㍿ǆﬃÅÄ\u0323\u0301한\u1112\u1161\u11abe\u200d\u0301①🇯🇵");
    struct span folded = fold_text(text, scratch());
    struct origin *origin = origin_new(text, scratch());

    for (size_t start = 0; start < folded.len; utf8_next(folded, &start))
        for (size_t end = start; end < folded.len;) {
            utf8_next(folded, &end);
            struct bytes bytes = origin_of(origin, start, end);
            struct span again = fold_text((struct span){text.at + bytes.start, bytes.end - bytes.start}, scratch());

            CHECK(memmem(again.at, again.len, folded.at + start, end - start));
        }
}
