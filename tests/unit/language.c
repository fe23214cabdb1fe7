#include "tests/unit/support.h"
#include "tests/unit/test.h"

static struct span lang_of(const char *rules, const char *json)
{
    return found_in(rules_from(rules), post_from(json))->lang;
}

static struct span lang_by_script(struct span text)
{
    return found_in(rules_from("version: 1\n"), post_saying(text))->lang;
}

TEST(the_posts_own_language_holds_whatever_the_script)
{
    CHECK_SPAN(lang_of("version: 1\n", "{\"id\":\"1\",\"text\":\"かな\",\"lang\":\"en\"}"), SPAN("en"));
    CHECK_SPAN(lang_of("version: 1\n", "{\"id\":\"1\",\"text\":\"かな\",\"lang\":\"und\"}"), SPAN("und"));
}

TEST(a_script_of_one_language_tells_it)
{
    CHECK_SPAN(lang_by_script(SPAN("南鳥島のレアアース泥")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("ﾊﾝｶｸ")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("희토류 수출")), SPAN("ko"));
    CHECK_SPAN(lang_by_script(SPAN("แร่หายาก")), SPAN("th"));
    CHECK_SPAN(lang_by_script(SPAN("σπάνιες γαίες")), SPAN("el"));
    CHECK_SPAN(lang_by_script(SPAN("מתכות נדירות")), SPAN("he"));
}

TEST(a_script_of_many_languages_tells_none)
{
    CHECK_SPAN(lang_by_script(SPAN("rare earths")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("稀土出口管制")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("редкие земли")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("🇯🇵 12:30 ー")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("")), SPAN("und"));
}

TEST(a_letter_of_a_face_tells_no_language)
{
    CHECK_SPAN(lang_by_script(SPAN("稀土出口管制 (´・ω・`)")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("(´・ω・`)")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("no idea ¯\\_(ツ)_/¯")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("(^o^)ノ")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("どうも (´・ω・`)")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("え？")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("揚泥ハ成功")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("成功ハ")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("η ζ")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("(´ー`)ノ ーーーー")), SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("バー")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("ﾃﾞｰﾀ")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("コーヒー最高！")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("왜?")), SPAN("ko"));
}

TEST(of_several_scripts_the_one_with_the_most_letters_counts)
{
    CHECK_SPAN(lang_by_script(SPAN("한국어の話")), SPAN("ko"));
    CHECK_SPAN(lang_by_script(SPAN("한국のはなし")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("a long english sentence with ひ")), SPAN("ja"));
}

TEST(an_update_that_does_not_say_its_language_has_none)
{
    CHECK_SPAN(lang_of("version: 1\n", "{\"id\":\"1\",\"metrics\":{}}"), SPAN(""));
    CHECK_SPAN(lang_of("version: 1\n", "{\"id\":\"1\",\"metrics\":{},\"lang\":\"ja-JP\"}"), SPAN("ja"));
}

TEST(stated_alone_may_be_asked_for)
{
    CHECK_SPAN(lang_of("language: stated\n", "{\"id\":\"1\",\"text\":\"かな\"}"), SPAN("und"));
    CHECK_SPAN(lang_of("language: stated\n", "{\"id\":\"1\",\"text\":\"かな\",\"lang\":\"ja\"}"), SPAN("ja"));
    CHECK_HAS(rules_problems("language: guess\n"), "rules.yaml:1:11: expected stated-or-script or stated, got \"guess\"");
}
