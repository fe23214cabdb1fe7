#include "common/buf.h"
#include "common/fold.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/enrich/enrich.h"

static struct span problems; /* of the last variants */

static struct span twins_of(struct span literal, const char *const aliases[][4])
{
    struct report *report = report_new();
    struct arena *mem = scratch();
    struct named *names = arena_zero(mem, 8 * sizeof *names);
    struct loading loading = {.mem = mem, .report = report, .aliases = dict_new(mem), .longest_alias = 16};
    struct node at = {.file = "rules.yaml", .line = 1, .col = 1};

    for (size_t i = 0; aliases[i][0]; i++) {
        struct span *others = arena_zero(mem, 4 * sizeof *others);
        struct list *value = arena_zero(mem, sizeof *value);

        *value = (struct list){others, 0};
        for (size_t j = 1; j < 4 && aliases[i][j]; j++)
            others[value->len++] = fold_text(span_of(aliases[i][j]), mem);
        names[i] = (struct named){fold_text(span_of(aliases[i][0]), mem), NULL, value};
        dict_add(loading.aliases, names[i].name, &names[i]);
    }
    struct span all = joined(literal_twins(&loading, &at, literal));
    problems = problems_of(report);
    report_free(report);
    return all;
}

static const char *const none[][4] = {{0}};
static const char *const japan[][4] = {{"日本", "倭国", "ニッポン"}, {"日本海", "東海"}, {"米国", "アメリカ"}, {0}};
static const char *const latin[][4] = {{"ai", "人工知能"}, {"rare earth", "rare-earth"}, {0}};

TEST(without_aliases_a_literal_is_its_folded_self)
{
    CHECK_SPAN(twins_of(SPAN("ﾚｱｱｰｽ"), none), SPAN("レアアース"));
    CHECK_SPAN(twins_of(SPAN("ＲＥＥ"), none), SPAN("ree"));
    CHECK_SPAN(twins_of(SPAN("レア"), japan), SPAN("レア"));
}

TEST(each_name_in_a_literal_is_replaced_by_each_alias)
{
    CHECK_SPAN(twins_of(SPAN("日本"), japan), SPAN("日本 倭国 ニッポン"));
    CHECK_SPAN(twins_of(SPAN("対日本策"), japan), SPAN("対日本策 対倭国策 対ニッポン策"));
}

TEST(several_names_are_replaced_in_every_combination)
{
    CHECK_SPAN(twins_of(SPAN("日本と米国"), japan),
               SPAN("日本と米国 日本とアメリカ 倭国と米国 倭国とアメリカ ニッポンと米国 ニッポンとアメリカ"));
    CHECK_SPAN(twins_of(SPAN("米国米国"), japan), SPAN("米国米国 米国アメリカ アメリカ米国 アメリカアメリカ"));
}

TEST(the_longest_name_counts_where_several_stand)
{
    CHECK_SPAN(twins_of(SPAN("日本海"), japan), SPAN("日本海 東海"));
}

TEST(a_latin_name_counts_as_a_whole_word_only)
{
    CHECK_SPAN(twins_of(SPAN("AI bubble"), latin), SPAN("ai bubble ai\nbubble 人工知能 bubble 人工知能\nbubble"));
    CHECK_SPAN(twins_of(SPAN("生成AI"), latin), SPAN("生成ai 生成人工知能"));
    CHECK_SPAN(twins_of(SPAN("rain"), latin), SPAN("rain"));
    CHECK_SPAN(twins_of(SPAN("rare earths"), latin), SPAN("rare earths rare\nearths"));
    CHECK_SPAN(twins_of(SPAN("Rare Earth"), latin), SPAN("rare earth rare\nearth rare-earth"));
}

TEST(a_twin_that_is_another_is_there_once)
{
    const char *const self[][4] = {{"日本", "日本", "ﾆｯﾎﾟﾝ", "ニッポン"}, {0}};

    CHECK_SPAN(twins_of(SPAN("日本"), self), SPAN("日本 ニッポン"));
}

TEST(a_literal_that_folds_to_nothing_is_warned_about)
{
    CHECK_SPAN(twins_of(SPAN(""), none), SPAN(""));
    CHECK_HAS(problems, "can never fire: it is empty once folded; write letters or signs that can be seen");
    twins_of(SPAN("\u200B\u00AD\uFE0F"), none);
    CHECK_HAS(problems, "rules.yaml:1:1: ");
}

TEST(too_many_twins_are_refused)
{
    CHECK_SPAN(twins_of(SPAN("日本日本日本"), japan).len ? SPAN("some") : SPAN(""), SPAN("some"));
    CHECK_SPAN(twins_of(SPAN("日本日本日本日本"), japan), SPAN(""));
    CHECK_HAS(problems, "has more than 64 alias variants; write it shorter or give fewer aliases");
}

TEST(a_nul_within_a_literal_is_kept)
{
    CHECK_SPAN(twins_of(SPAN("a\0日本"), japan), SPAN("a\0日本 a\0倭国 a\0ニッポン"));
}

/* Whether `part` may be where it first is in text. */
static bool stands(struct span text, struct span part, bool whole)
{
    const char *at = memmem(text.at, text.len, part.at, part.len);
    size_t start = (size_t)(at - text.at);

    return literal_stands(text, start, start + part.len, whole);
}

#define STANDS(text, part)     CHECK(stands(SPAN(text), SPAN(part), false))
#define STANDS_NOT(text, part) CHECK(!stands(SPAN(text), SPAN(part), false))
#define WHOLE(text, part)      CHECK(stands(SPAN(text), SPAN(part), true))
#define WHOLE_NOT(text, part)  CHECK(!stands(SPAN(text), SPAN(part), true))

TEST(latin_stands_as_a_whole_word_only)
{
    STANDS("ai", "ai");
    STANDS("an ai.", "ai");
    STANDS("(ai)", "ai");
    STANDS("#ai", "ai");
    STANDS("the rare earth, again", "rare earth");
    STANDS_NOT("rain", "ai");
    STANDS_NOT("aid", "ai");
    STANDS_NOT("mai", "ai");
    STANDS_NOT("ai2", "ai");
    STANDS_NOT("naïai", "ai");
    STANDS_NOT("rare earths", "rare earth");
}

TEST(latin_stands_beside_japanese)
{
    STANDS("生成aiの", "ai");
    STANDS("aiバブル", "ai");
}

TEST(cyrillic_and_greek_stand_as_latin_does)
{
    STANDS("это мир!", "мир");
    STANDS_NOT("всемирный", "мир");
    STANDS_NOT("λόγος", "λόγ");
}

TEST(japanese_stands_anywhere)
{
    STANDS("レアアース", "レア");
    STANDS("毎日銀座へ", "日銀");
    STANDS("한국어", "한국");
}

TEST(a_whole_word_of_any_script_is_cut_by_its_own_kind_only)
{
    WHOLE("コメの値段", "コメ");
    WHOLE_NOT("コメント", "コメ");
    WHOLE_NOT("レアアース", "レア");
    WHOLE_NOT("コメー", "コメ");
    WHOLE("米の値段", "米");
    WHOLE_NOT("米国", "米");
    WHOLE("「コメ」", "コメ");
}

TEST(signs_at_the_edge_cut_nothing)
{
    STANDS("a#tag", "#");
    STANDS("c++ now", "c++");
    STANDS("⚾⚾", "⚾");
    WHOLE("⚾⚾", "⚾");
}

TEST(a_line_may_break_at_the_first_three_blanks_however_many_there_are)
{
    struct buf words = buf_in(scratch());
    size_t breaks = 0;

    for (int i = 0; i < 70; i++)
        buf_put(&words, SPAN("a "));
    struct span all = twins_of(buf_span(&words), none);
    for (size_t i = 0; i < all.len; i++)
        breaks += all.at[i] == '\n';
    CHECK(breaks == 12); /* of eight variants, each of the three in half of them */
    CHECK(all.len == 8 * 139 + 7);
}
