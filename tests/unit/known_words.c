/* Known words, which keep a term from being found across their edges. */
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/enrich/tag_rules.h"

static struct span tags_of(const char *rules, struct span text)
{
    return joined(found_in(rules_from(rules), post_saying(text))->tags);
}

#define TAGS(rules, text, expected) CHECK_SPAN(tags_of(rules, SPAN(text)), SPAN(expected))
#define PROBLEM(rules, expected)    CHECK_HAS(rules_problems(rules), expected)

#define JAPAN(words) "words: [" words "]\ntags: {a: {any: [日本]}}\n"

TEST(a_closed_word_cuts_what_crosses_either_of_its_edges)
{
    TAGS(JAPAN("今日, 本当"), "今日本当に", "");
    TAGS(JAPAN("本当"), "この日本当に", "");
    TAGS(JAPAN("今日"), "今日本を", "");
    TAGS(JAPAN("今日, 本当"), "今日、日本が", "a");
    TAGS(JAPAN("今日, 本当"), "今日日本が", "a");
}

TEST(a_closed_word_has_no_hit_within_it)
{
    TAGS("words: [古株]\ntags: {a: {any: [株]}}\n", "会社の古株に", "");
    TAGS("words: [古株]\ntags: {a: {any: [株を]}}\n", "古株を", "");
    TAGS("words: [古株]\ntags: {a: {any: [古株]}}\n", "古株に", "a");
    TAGS("words: [古株]\ntags: {a: {any: [の古株に]}}\n", "会社の古株に", "a");
    TAGS("words: [古株]\ntags: {a: {any: [株]}}\n", "古株と株", "a");
}

TEST(brackets_say_which_part_of_a_closed_word_is_none)
{
    const char *rules =
        "words: ['[銀]メダル']\ntags: {silver: {any: [銀]}, medal: {any: [メダル]}, x: {any: [日銀]}}\n";

    TAGS(rules, "銀メダルを", "medal");
    TAGS(rules, "3日銀メダル", "medal");
}

TEST(an_open_word_cuts_only_what_begins_within_it_and_goes_on_behind_it)
{
    TAGS(JAPAN("~毎日"), "毎日本を", "");
    TAGS(JAPAN("~本当"), "この日本当に", "a");
    TAGS("words: [~牛乳]\ntags: {a: {any: [牛]}, b: {any: [乳]}, c: {any: [乳を]}}\n", "牛乳を", "a b");
}

TEST(a_word_loses_where_another_reading_is_known)
{
    TAGS(JAPAN("本社, ~社会"), "日本社会の", "a");
    TAGS(JAPAN("本社, ~社会"), "この日本社で", "");
    TAGS(JAPAN("~毎朝, ~朝日"), "毎朝日本の", "a");
    TAGS("words: [~大人, 大-]\ntags: {a: {any: [人気]}}\n", "大人気で", "a");
    TAGS("words: [~大人]\ntags: {a: {any: [人気]}}\n", "大人気で", "");
    TAGS(JAPAN("本人, -人"), "日本人が", "a");
    TAGS(JAPAN("本人"), "日本人が", "");
}

TEST(a_seam_says_that_a_word_begins_there)
{
    TAGS(JAPAN("元日, 元|日本"), "元日本代表", "a");
    TAGS(JAPAN("元日"), "元日本代表", "");
    TAGS("words: [日本社, 本社, 日本|社]\ntags: {a: {any: [日本]}, b: {any: [本社]}}\n", "日本社", "");
    TAGS(JAPAN("本人, 日本|人"), "日本人", "a");
}

TEST(loose_edges_take_no_notice_of_words)
{
    TAGS("words: [本当]\ntags: {a: {any: [{term: 日本, edges: loose}]}}\n", "この日本当に", "a");
    TAGS("words: [本当]\ntags: {a: {edges: loose, any: [日本]}}\n", "この日本当に", "a");
    TAGS("words: [本当]\ntags: {a: {edges: loose, any: [{term: 日本, edges: words}]}}\n", "この日本当に", "");
    TAGS("words: [本当]\ntags: {a: {any: [{term: 日本, edges: loose}]}, b: {any: [日本]}}\n", "この日本当に", "a");
}

TEST(words_are_folded_and_reach_alias_variants_and_other_places)
{
    TAGS("words: [ﾀｲﾔ]\ntags: {a: {any: [タイ]}}\n", "新しいタイヤ", "");
    TAGS("aliases: {中国: [中華]}\nwords: [途中]\ntags: {a: {any: [中国]}}\n", "途中華やかな", "");
    TAGS("words: [本当]\ntags: {a: {any: [日本], in: [hashtags]}}\n", "#この日本当に", "");
}

TEST(lists_come_from_files_too_and_several_are_joined)
{
    file_with("words.txt", "# what we met\n本当\n~毎日   # every day\n\n");
    const char *rules = "words: ['file:words.txt', 古株]\ntags: {a: {any: [日本, 株]}}\n";

    TAGS(rules, "この日本当に", "");
    TAGS(rules, "毎日本を", "");
    TAGS(rules, "古株", "");
    struct span before = rules_from(rules)->name;
    file_with("words.txt", "# other words about it\n本当\n~毎日\n");
    CHECK_SPAN(rules_from(rules)->name, before);
    file_with("words.txt", "本当\n");
    CHECK(!span_equal(rules_from(rules)->name, before));
}

TEST(words_that_meet_no_term_are_not_looked_for)
{
    const struct ruleset *few = rules_from("tags: {a: {any: [日本]}}\n");
    const struct ruleset *more = rules_from("words: [牛乳, ~写真, 大-, -人]\ntags: {a: {any: [日本]}}\n");
    const struct ruleset *latin = rules_from("words: [本当, 古株]\ntags: {a: {any: [japan]}}\n");
    const struct tag_rules *rules = few->settings[ENRICHER_tags];

    CHECK(((const struct tag_rules *)more->settings[ENRICHER_tags])->terms_len == rules->terms_len);
    CHECK(((const struct tag_rules *)latin->settings[ENRICHER_tags])->terms_len == 1);
}

TEST(words_that_cannot_be_are_reported_with_their_place)
{
    file_with("bad.txt", "\nab\n");
    PROBLEM("words: ['file:bad.txt']\n", "bad.txt:2:1: warning: \"ab\" cuts nothing");
    PROBLEM("words: ['|日本']\n", "rules.yaml:1:9: \"|日本\" needs a word on both sides of |");
    PROBLEM("words: ['file:none.txt']\n", "none.txt cannot be read");
    PROBLEM("words: [ああああああああああああああああああああああああああああああああああ]\n",
            "a known word has 1 to 32");
}
