#include "tests/unit/support.h"
#include "tests/unit/test.h"

static struct span lang_of(const char *rules, const char *json)
{
    return found_in(rules_from(rules), post_from(json))->lang;
}

static struct span lang_by_script(struct span text)
{
    return found_in(rules_from("version: 1\nlanguage: stated-or-script\n"), post_saying(text))->lang;
}

TEST(the_posts_own_language_holds_whatever_the_script)
{
    CHECK_SPAN(lang_of("version: 1\n", "{\"id\":\"1\",\"text\":\"かな\",\"lang\":\"en\"}"), SPAN("en"));
    CHECK_SPAN(lang_of("version: 1\n", "{\"id\":\"1\",\"text\":\"かな\",\"lang\":\"und\"}"), SPAN("ja"));
}

TEST(a_script_of_one_language_tells_it)
{
    CHECK_SPAN(lang_by_script(SPAN("南鳥島のレアアース泥")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("ﾊﾝｶｸ")), SPAN("ja"));
    CHECK_SPAN(lang_by_script(SPAN("희토류 수출")), SPAN("ko"));
    CHECK_SPAN(lang_by_script(SPAN("แร่หายาก")), SPAN("th"));
    CHECK_SPAN(lang_by_script(SPAN("σπάνιες γαίες")), SPAN("el"));
    CHECK_SPAN(lang_by_script(SPAN("מתכות נדירות")), SPAN("he"));
    CHECK_SPAN(lang_by_script(SPAN("அரிய மண்")), SPAN("ta"));
    CHECK_SPAN(lang_by_script(SPAN("అరుదైన భూమి")), SPAN("te"));
    CHECK_SPAN(lang_by_script(SPAN("বিরল মৃত্তিকা")), SPAN("bn"));
    CHECK_SPAN(lang_by_script(SPAN("ដីកម្រ")), SPAN("km"));
    CHECK_SPAN(lang_by_script(SPAN("ດິນຫາຍາກ")), SPAN("lo"));
    CHECK_SPAN(lang_by_script(SPAN("မြေရှား")), SPAN("my"));
    CHECK_SPAN(lang_by_script(SPAN("დედამიწა")), SPAN("ka"));
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
    CHECK_HAS(rules_problems("language: guess\n"),
              "rules.yaml:1:11: expected stated-or-detected, stated-or-script or stated, got \"guess\"");
}

static struct span lang_with(const char *lang, enum detect detect, const char *usual, struct span text)
{
    struct post post = *post_saying(text);

    post.lang = span_of(lang);
    post.usual_lang = span_of(usual);
    post.detect = (int)detect;
    return found_in(rules_from("language: stated-or-script\n"), &post)->lang;
}

TEST(an_input_has_a_language_and_says_whether_to_detect)
{
    CHECK_SPAN(lang_with("", DETECT_UNKNOWN, "en", SPAN("かなの文")), SPAN("en"));
    CHECK_SPAN(lang_with("de", DETECT_UNKNOWN, "en", SPAN("かなの文")), SPAN("de"));
    CHECK_SPAN(lang_with("", DETECT_NEVER, "", SPAN("かなの文")), SPAN("und"));
    CHECK_SPAN(lang_with("en", DETECT_ALWAYS, "en", SPAN("かなの文")), SPAN("ja"));
    CHECK_SPAN(lang_with("en", DETECT_ALWAYS, "", SPAN("12:30")), SPAN("en"));
}

#ifdef TRENDMILL_HAVE_CLD2
TEST(what_no_script_tells_is_detected)
{
    CHECK_SPAN(found_in(rules_from("version: 1\n"), post_saying(SPAN("正直最高")))->lang, SPAN("ja"));
    CHECK_SPAN(found_in(rules_from("version: 1\n"), post_saying(SPAN("今天天气很好，我们去公园吧")))->lang, SPAN("zh"));
    CHECK_SPAN(found_in(rules_from("version: 1\n"), post_saying(SPAN("Ich habe heute keine Zeit")))->lang, SPAN("de"));
    CHECK_SPAN(found_in(rules_from("version: 1\n"), post_saying(SPAN("Nobody talks about lithium anymore")))->lang,
               SPAN("en"));
    CHECK_SPAN(found_in(rules_from("version: 1\n"), post_saying(SPAN("lol")))->lang, SPAN("und"));
    CHECK_SPAN(lang_by_script(SPAN("Ich habe heute keine Zeit")), SPAN("und"));
}
#endif
