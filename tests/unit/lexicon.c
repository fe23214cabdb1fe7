#include "tests/unit/support.h"
#include "tests/unit/test.h"

/* The problems of a lexicon in YAML, or in another form. */
static struct span problems(const char *yaml)
{
    file_with("own.yaml", yaml);
    return rules_problems("sentiment: {lexicons: [own.yaml]}\n");
}

static struct span tsv_problems(const char *form, const char *text)
{
    file_with("own.txt", text);
    return rules_problems(span_format(scratch(), "sentiment: {lexicons: [{file: own.txt, form: %s}]}\n", form).at);
}

static int64_t score(const char *form, const char *lexicon, const char *lang, struct span text)
{
    struct post *post = arena_take(scratch(), sizeof *post);

    *post = *post_saying(text);
    post->lang = span_of(lang);
    file_with("own.txt", lexicon);
    return found_in(rules_from(span_format(scratch(), "sentiment: {lexicons: [{file: own.txt, form: %s}]}\n", form).at),
                    post)
        ->sentiment.score;
}

#define PROBLEM(yaml, expected) CHECK_HAS(problems(yaml), expected)

TEST(problems_of_a_lexicon_have_their_place)
{
    PROBLEM("terms: {words: {1: [a]}}\n", "own.yaml:1:1: \"lang\" is missing");
    PROBLEM("lang: ja-JP\n", "own.yaml:1:7: \"ja-JP\" is never the language of a post");
    PROBLEM("lang: ja\nterms: {verbs: {1: [a]}}\n", "own.yaml:2:9: a lexicon of ja has no class \"verbs\"");
    PROBLEM("lang: de\nterms: {adjectives: {1: [a]}}\n", "own.yaml:2:9: a lexicon of de has no class");
    PROBLEM("lang: ja\nterms: {words: {5: [a]}}\n", "own.yaml:2:17: expected a number from -4 to 4");
    PROBLEM("lang: ja\nterms: {words: {x: [a]}}\n", "own.yaml:2:17: expected a number");
    PROBLEM("lang: ja\nterms: {adjectives: {1: [綺麗]}}\n",
            "own.yaml:2:26: \"綺麗\": an adjective that is listed here");
    PROBLEM("lang: ja\nterms: {words: {1: [\"\\u200d\"]}}\n", "own.yaml:2:21: a term is empty once folded");
    PROBLEM("lang: ja\nambiguous: [やばい]\n", "own.yaml:2:13: \"やばい\" is none of the terms above");
    PROBLEM("lang: en\nintensifiers: {-1: [very]}\n", "own.yaml:2:16: expected a number from 0 to 4");
}

TEST(a_term_stands_once_in_a_file)
{
    PROBLEM("lang: en\nterms: {words: {1: [nice], 2: [Nice]}}\n",
            "own.yaml:2:32: \"Nice\" is given twice; first as \"nice\" at line 2");
    PROBLEM("lang: en\nterms: {words: {1: [a], 2: [b]}}\nnegations: {-1: [no, no]}\n",
            "own.yaml:3:22: \"no\" is given twice");
    CHECK_SPAN(problems("lang: en\nterms: {words: {1: [terribly]}}\nintensifiers: {1.3: [terribly]}\n"), SPAN(""));
}

TEST(what_is_written_goes_before_what_is_made)
{
    file_with("own.yaml", "lang: en\nterms: {verbs: {1: [hat]}, words: {-2: [hatting]}}\n");
    const struct post *post = post_from("{\"id\":\"1\",\"lang\":\"en\",\"text\":\"hatting\"}");

    CHECK(found_in(rules_from("sentiment: {lexicons: [own.yaml]}\n"), post)->sentiment.score < 0);
    CHECK_SPAN(problems("lang: ja\nterms: {ichidan: {1: [憧れる]}, words: {2: [憧れ]}}\n"), SPAN(""));
}

TEST(of_two_lexicons_the_first_holds)
{
    file_with("one.yaml", "lang: en\nterms: {words: {2: [w]}}\n");
    file_with("two.yaml", "lang: en\nterms: {words: {-2: [w, v]}}\n");
    const struct ruleset *rules = rules_from("sentiment: {lexicons: [one.yaml, two.yaml]}\n");

    CHECK(found_in(rules, post_from("{\"id\":\"1\",\"lang\":\"en\",\"text\":\"w\"}"))->sentiment.score > 0);
    CHECK(found_in(rules, post_from("{\"id\":\"1\",\"lang\":\"en\",\"text\":\"v\"}"))->sentiment.score < 0);
}

/* --- other people's forms --- */

TEST(afinn_gives_weights_from_minus_five_to_five)
{
    const char *lexicon = "gleeful\t3\ngloomy\t-2\r\ncan't are\t-3\n";

    CHECK(score("afinn", lexicon, "en", SPAN("so gleeful")) > 0);
    CHECK(score("afinn", lexicon, "en", SPAN("Gloomy day")) < 0);
    CHECK(score("afinn", lexicon, "en", SPAN("I can't are it")) < 0);
    CHECK(score("afinn", "a\t5\n", "en", SPAN("a")) == score("vader", "a\t4\t0\t[]\n", "en", SPAN("a")));
    CHECK_HAS(tsv_problems("afinn", "a\t1\nb\n"), "own.txt:2:1: expected a term, a tab and a number for form: afinn");
    CHECK_HAS(tsv_problems("afinn", "a\t1\nbc\tx\n"), "own.txt:2:4: expected a number from -5 to 5");
    CHECK_HAS(tsv_problems("afinn", "a\t6\n"), "own.txt:1:3:");
}

TEST(vader_gives_the_mean)
{
    CHECK(score("vader", "$:\t-1.5\t0.80623\t[-1, -1]\r\nglee\t2.1\t0.7\t[2, 2]\n", "en", SPAN("glee")) > 0);
    CHECK(score("vader", ":-c\t-1.5\t0.80623\t[-1, -1]\n", "en", SPAN("well :-c")) < 0);
    CHECK_HAS(tsv_problems("vader", "glee\t2.1\n"), "own.txt:1:1: expected a token, its mean");
    CHECK_HAS(tsv_problems("vader", "glee\t9\t1\t[]\n"), "own.txt:1:6: expected a mean from -4 to 4");
}

TEST(pn_noun_has_shields)
{
    const char *lexicon =
        "吉報\tp\t〜する（出来事）\n凶報\tn\t〜する（出来事）\n凶報板\te\t〜である\n迷い\t?p?n\t〜\n愛\tp\t〜\n";

    CHECK(score("pn-noun", lexicon, "ja", SPAN("吉報です")) > 0);
    CHECK(score("pn-noun", lexicon, "ja", SPAN("凶報です")) < 0);
    CHECK(score("pn-noun", lexicon, "ja", SPAN("凶報板です")) == 0);
    CHECK(score("pn-noun", lexicon, "ja", SPAN("迷い")) == 0);
    CHECK(score("pn-noun", lexicon, "ja", SPAN("愛知県")) == 0);
    CHECK_HAS(tsv_problems("pn-noun", "吉報\n"), "own.txt:1:1: expected a noun, a tab");
    CHECK_HAS(tsv_problems("pn-noun", "吉報\t良い言葉\n"), "own.txt:1:4: expected p, n or e");
}

TEST(pn_verb_has_blanks_and_particles)
{
    const char *lexicon =
        "ネガ（経験）\t腹 を 立てる\nネガ（評価）\tがさつ だ\nポジ（評価）\tがまん 強い\nポジ（経験）\t弾む\n";

    CHECK(score("pn-verb", lexicon, "ja", SPAN("腹を立てた")) < 0);
    CHECK(score("pn-verb", lexicon, "ja", SPAN("がさつな人")) < 0);
    CHECK(score("pn-verb", lexicon, "ja", SPAN("がまん強くて")) > 0);
    CHECK(score("pn-verb", lexicon, "ja", SPAN("心が弾んだ")) > 0);
    CHECK_HAS(tsv_problems("pn-verb", "ポジ（評価）\n"), "own.txt:1:1: expected ポジ or ネガ, a tab and a phrase");
    CHECK_HAS(tsv_problems("pn-verb", "良い\tx\n"), "own.txt:1:1: expected ポジ or ネガ");
}

TEST(a_file_of_another_form_is_told_once_enough)
{
    struct buf text = buf_in(scratch());

    for (int i = 0; i < 100; i++)
        buf_put(&text, SPAN("word\n"));
    buf_char(&text, 0);
    struct span told = tsv_problems("afinn", text.at);
    CHECK_HAS(told, "own.txt:20:1: and maybe more");
    CHECK(!memmem(told.at, told.len, "own.txt:21", 10));
}

TEST(a_lexicon_may_say_its_language)
{
    file_with("own.txt", "trist\t-3\n");
    const struct ruleset *rules = rules_from("sentiment: {lexicons: [{file: own.txt, form: afinn, lang: da}]}\n");

    CHECK(found_in(rules, post_from("{\"id\":\"1\",\"lang\":\"da\",\"text\":\"trist\"}"))->sentiment.score < 0);
    CHECK(!found_in(rules, post_from("{\"id\":\"1\",\"lang\":\"en\",\"text\":\"trist\"}"))->has_sentiment);
}
