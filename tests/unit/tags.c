#include "common/buf.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/rules/ruleset.h"

static struct span tags_of(const char *rules, struct span text)
{
    return joined(found_in(rules_from(rules), post_saying(text))->tags);
}

#define TAGS(rules, text, expected) CHECK_SPAN(tags_of(rules, SPAN(text)), SPAN(expected))
#define PROBLEM(rules, expected)    CHECK_HAS(rules_problems(rules), expected)
#define QUIET(rules)                CHECK_SPAN(rules_problems(rules), SPAN(""))

/* --- any, all, none, min, lang --- */

TEST(any_fires_on_one_of_its_terms)
{
    TAGS("tags: {a: {any: [レアアース, 希土類]}}\n", "希土類の輸出", "a");
    TAGS("tags: {a: {any: [レアアース, 希土類]}}\n", "輸出", "");
}

TEST(all_fires_on_every_one_of_its_terms)
{
    TAGS("tags: {a: {all: [南鳥島, 泥]}}\n", "南鳥島の泥", "a");
    TAGS("tags: {a: {all: [南鳥島, 泥]}}\n", "南鳥島の南鳥島", "");
    TAGS("tags: {a: {all: [泥, 泥]}}\n", "泥", "a");
}

TEST(none_keeps_a_rule_from_firing)
{
    TAGS("tags: {a: {any: [採掘], none: [ゲーム, game]}}\n", "採掘の話", "a");
    TAGS("tags: {a: {any: [採掘], none: [ゲーム, game]}}\n", "採掘Gameの話", "");
}

TEST(none_alone_fires_where_nothing_of_it_is)
{
    TAGS("tags: {a: {none: [ゲーム]}}\n", "採掘", "a");
    TAGS("tags: {a: {none: [ゲーム]}}\n", "", "a");
    TAGS("tags: {a: {none: [ゲーム]}}\n", "ゲーム", "");
}

TEST(lists_may_hold_rules_within_rules)
{
    const char *rules =
        "tags: {a: {any: [深海, {all: [{any: [南鳥島, 海底]}, {any: [試掘, 採掘]}], none: [ゲーム]}]}}\n";

    TAGS(rules, "海底で採掘", "a");
    TAGS(rules, "採掘と試掘", "");
    TAGS(rules, "海底で採掘するゲーム", "");
    TAGS(rules, "深海のゲーム", "a");
}

TEST(a_rule_within_any_may_hold_without_a_hit)
{
    TAGS("tags: {a: {any: [x, {none: [y]}]}}\n", "z", "a");
    TAGS("tags: {a: {any: [x, {none: [y]}]}}\n", "y", "");
    TAGS("tags: {a: {any: [x, {lang: [ja]}]}}\n", "かな", "a");
}

TEST(min_counts_the_hits_of_any)
{
    const char *rules = "tags: {a: {any: [円安, 円高, {all: [為替, 介入]}], min: 3}}\n";

    TAGS(rules, "円安円高", "");
    TAGS(rules, "円安円安円安", "a");
    TAGS(rules, "円安円高、為替介入", "a");
    TAGS(rules, "為替介入と為替介入と為替介入", "");
}

TEST(min_of_a_rule_within_counts_for_itself)
{
    TAGS("tags: {a: {all: [{any: [x], min: 2}, y]}}\n", "x y x", "a");
    TAGS("tags: {a: {all: [{any: [x], min: 2}, y]}}\n", "x y y", "");
}

TEST(min_without_any_is_refused)
{
    PROBLEM("tags: {a: {all: [x], min: 3}}\n", "rules.yaml:1:");
}

TEST(a_rule_may_ask_for_languages)
{
    const struct ruleset *rules = rules_from("tags: {a: {any: [中国], lang: [zh, ko]}, b: {lang: [ja]}}\n");

    CHECK_SPAN(joined(found_in(rules, post_from("{\"id\":\"1\",\"text\":\"中国\",\"lang\":\"zh-TW\"}"))->tags),
               SPAN("a"));
    CHECK_SPAN(joined(found_in(rules, post_from("{\"id\":\"1\",\"text\":\"中国\",\"lang\":\"ja\"}"))->tags), SPAN("b"));
    CHECK_SPAN(joined(found_in(rules, post_from("{\"id\":\"1\",\"text\":\"中国のこと\"}"))->tags), SPAN("b"));
    CHECK_SPAN(joined(found_in(rules, post_from("{\"id\":\"1\",\"text\":\"中国\"}"))->tags), SPAN(""));
}

TEST(any_all_and_none_of_one_rule_all_have_to_hold)
{
    const char *rules = "tags: {a: {any: [x], all: [y], none: [z]}}\n";

    TAGS(rules, "x y", "a");
    TAGS(rules, "x", "");
    TAGS(rules, "y", "");
    TAGS(rules, "x y z", "");
}

/* --- implies and order --- */

TEST(tags_stand_in_the_order_of_the_rules_each_once)
{
    TAGS("tags: {c: {any: [x]}, a: {any: [y, z]}, b: {any: [x]}}\n", "z y x x", "c a b");
}

TEST(parents_are_implied_and_stand_last)
{
    TAGS("tags: {p: {any: [q]}, a: {any: [x], implies: [p]}, b: {any: [x]}}\n", "x", "a b p");
    TAGS("tags: {p: {any: [q]}, a: {any: [x], implies: [p]}, b: {any: [x]}}\n", "q x", "a b p");
    TAGS("tags: {p: {any: [q]}, a: {any: [x], implies: [p]}, b: {any: [x]}}\n", "q", "p");
}

TEST(parents_of_parents_are_implied_too_and_each_once)
{
    TAGS("tags: {top: {any: [q]}, mid: {any: [q2], implies: [top]}, a: {any: [x], implies: [mid, top]}, "
         "b: {any: [x], implies: [top]}}\n",
         "x", "a b top mid");
}

TEST(an_unknown_parent_is_named_with_the_nearest)
{
    PROBLEM("tags:\n  resources: {any: [x]}\n  a: {any: [y], implies: [resorces]}\n",
            "rules.yaml:3:27: no tag is named \"resorces\"; did you mean \"resources\"?");
}

TEST(a_circle_of_parents_is_refused_at_each_of_its_tags)
{
    struct span problems = rules_problems("tags:\n  a: {any: [x], implies: [b]}\n  b: {any: [y], implies: [a]}\n");

    CHECK_HAS(problems, "rules.yaml:2:26: \"a\" implies itself by way of its parents; take one out of the circle");
    CHECK_HAS(problems, "rules.yaml:3:26: \"b\" implies itself");
    PROBLEM("tags: {a: {any: [x], implies: [a]}}\n", "\"a\" implies itself");
}

static struct span chain_of(int tags)
{
    struct buf yaml = buf_in(scratch());

    buf_put(&yaml, SPAN("tags:\n"));
    for (int i = 0; i < tags; i++)
        buf_format(&yaml, "  t%d: {any: [x%d], implies: [t%d]}\n", i, i, i + 1);
    buf_format(&yaml, "  t%d: {any: [y]}\n", tags);
    return rules_problems(span_string(buf_span(&yaml), scratch()));
}

TEST(parents_of_parents_have_a_bound)
{
    CHECK_SPAN(chain_of(64), SPAN(""));
    CHECK_HAS(chain_of(65), "rules.yaml:2:28: \"t0\" implies parents of parents over more than 64 tags");
    CHECK_HAS(chain_of(20000), "\"t0\" implies parents");
}

/* --- except --- */

TEST(without_except_nothing_is_excluded)
{
    TAGS("tags: {rare: {any: [レア]}}\n", "レアアース", "rare");
}

TEST(an_except_that_covers_a_hit_cancels_it)
{
    const char *rules = "tags: {rare: {any: [{term: レア, except: [レアアース, レアメタル, フレア, テレアポ]}]}}\n";

    TAGS(rules, "レアアースとレアメタル", "");
    TAGS(rules, "太陽フレアが出た", "");
    TAGS(rules, "テレアポの仕事", "");
    TAGS(rules, "レアなカード", "rare");
    TAGS(rules, "レアアースのレアな話", "rare");
    TAGS(rules, "レアアー", "rare");
}

TEST(an_except_beside_a_hit_or_over_a_part_of_it_cancels_nothing)
{
    TAGS("tags: {a: {any: [{term: 日銀, except: [毎日銀座]}]}}\n", "毎日銀座、日銀", "a");
    TAGS("tags: {a: {any: [{term: 円安円, except: [円安円安]}]}}\n", "円安円高", "a");
    TAGS("tags: {a: {any: [{term: 日本銀行, except: [対日本]}]}}\n", "対日本銀行", "a");
}

TEST(overlapping_excepts_each_cancel_their_own)
{
    const char *rules = "tags: {a: {any: [{term: アア, except: [レアア, アアス]}]}}\n";

    TAGS(rules, "レアアース", "");
    TAGS(rules, "アアス", "");
    TAGS(rules, "レアアアス", "");
    TAGS(rules, "レアアアー", "a");
    TAGS(rules, "アアアス", "a");
}

TEST(the_longest_of_excepts_that_end_far_behind_is_found)
{
    const char *rules = "tags: {a: {any: [{term: 株, except: [株式会社, 切り株, 株主優待生活の桐谷さん]}]}}\n";

    TAGS(rules, "株主優待生活の桐谷さん", "");
    TAGS(rules, "株主優待生活の桐谷", "a");
    TAGS(rules, "切り株と株式会社と株", "a");
    TAGS(rules, "切り株と株式会社", "");
}

TEST(many_covers_elsewhere_do_not_hide_the_one_that_counts)
{
    const char *rules = "tags: {a: {any: [{term: b, except: [a b c]}]}, x: {any: [{term: q, except: [z q z q z]}]}}\n";

    TAGS(rules, "z q z q z q z q z a b c z q z q z", "");
    TAGS(rules, "z q z q z b a b c", "a");
}

TEST(an_except_counts_for_its_own_term_only)
{
    TAGS("tags: {a: {any: [{term: レア, except: [レアアース]}]}, b: {any: [レア]}}\n", "レアアース", "b");
    TAGS("tags: {a: {any: [{term: レア, except: [レアアース]}, アース]}}\n", "レアアース", "a");
}

TEST(a_latin_except_counts_as_a_whole_word)
{
    TAGS("tags: {a: {any: [{term: weather, except: [under the weather]}]}}\n", "I'm under the weather", "");
    TAGS("tags: {a: {any: [{term: weather, except: [under the weather]}]}}\n", "thunder the weather", "a");
}

TEST(a_literal_may_be_a_term_of_one_tag_and_an_except_of_another)
{
    TAGS("tags: {rare: {any: [{term: レア, except: [レアアース]}]}, earth: {any: [レアアース]}}\n", "レアアース",
         "earth");
}

TEST(an_except_that_cancels_nothing_or_all_is_warned_of)
{
    PROBLEM("tags: {a: {any: [{term: レア, except: [アース]}]}}\n",
            "rules.yaml:1:25: warning: except \"アース\" does not contain \"レア\" and cancels nothing");
    PROBLEM("tags: {a: {any: [{term: レア, except: [ﾚｱ]}]}}\n",
            "rules.yaml:1:25: warning: \"レア\" can never fire: its own except covers it");
    QUIET("tags: {a: {any: [{term: レア, except: [ﾚｱｱｰｽ]}]}}\n");
}

/* --- aliases --- */

TEST(a_term_with_a_name_fires_on_its_aliases)
{
    const char *rules = "aliases: {日本: [倭国, ニッポン]}\ntags: {japan: {any: [日本]}, plan: {any: [日本計画]}}\n";

    TAGS(rules, "倭国が動いた", "japan");
    TAGS(rules, "ﾆｯﾎﾟﾝが動いた", "japan");
    TAGS(rules, "倭国計画", "japan plan");
}

TEST(an_except_that_cancels_an_alias_variant_alone_is_fine)
{
    QUIET("aliases: {日本: [倭国]}\ntags: {a: {any: [{term: 日本, except: [倭国酒]}]}}\n");
    TAGS("aliases: {日本: [倭国]}\ntags: {a: {any: [{term: 日本, except: [倭国酒]}]}}\n", "倭国酒", "");
    QUIET("tags: {a: {any: [{term: rare earth, except: ['rare  earth elements']}]}}\n");
}

TEST(excepts_have_aliases_too)
{
    const char *rules = "aliases: {日本: [倭国]}\ntags: {a: {any: [{term: 日本, except: [日本酒]}]}}\n";

    TAGS(rules, "倭国酒", "");
    TAGS(rules, "倭国の酒", "a");
    TAGS(rules, "日本酒", "");
}

TEST(hashtags_have_aliases_too)
{
    TAGS("aliases: {南鳥島: [マーカス島]}\ntags: {a: {any: ['#南鳥島のレアアース']}}\n", "#マーカス島のレアアース です",
         "a");
}

TEST(an_alias_is_none_for_what_it_stands_for)
{
    TAGS("aliases: {日本: [倭国]}\ntags: {a: {any: [倭国]}}\n", "日本", "");
}

/* --- forms of terms --- */

TEST(latin_terms_match_whole_words)
{
    const char *rules = "tags: {ai: {any: [ai]}, re: {any: [rare earth]}}\n";

    TAGS(rules, "AI!", "ai");
    TAGS(rules, "生成AIの", "ai");
    TAGS(rules, "rain in Dubai, said", "");
    TAGS(rules, "rare earths", "");
    TAGS(rules, "Rare Earth", "re");
    TAGS(rules, "rare\nearth", "re");
    TAGS(rules, "rare  \n earth", "re");
}

TEST(a_word_is_whole_in_any_script)
{
    const char *rules = "tags: {a: {any: ['word:コメ', 'word:REE']}}\n";

    TAGS(rules, "コメの値段", "a");
    TAGS(rules, "コメント", "");
    TAGS(rules, "REEs", "");
    TAGS(rules, "重REEは", "a");
}

TEST(a_word_may_have_excepts)
{
    TAGS("tags: {a: {any: [{term: 'word:米', except: [日・米・韓]}]}}\n", "日・米・韓", "");
    TAGS("tags: {a: {any: [{term: 'word:米', except: [日・米・韓]}]}}\n", "米・韓", "a");
}

TEST(a_hashtag_matches_as_a_whole)
{
    const char *rules = "tags: {a: {any: ['#南鳥島']}}\n";

    TAGS(rules, "見た #南鳥島", "a");
    TAGS(rules, "見た ＃南鳥島 です", "a");
    TAGS(rules, "#南鳥島のレアアース", "");
    TAGS(rules, "南鳥島", "");
    TAGS("tags: {a: {any: ['#DeepSeaMining']}}\n", "#deepseamining", "a");
    TAGS("tags: {a: {any: ['#DeepSeaMining'], min: 2}}\n", "#deepseamining #x #DEEPSEAMINING", "a");
}

TEST(several_tags_may_ask_for_one_hashtag)
{
    TAGS("tags: {a: {any: ['#x1']}, b: {any: ['#X1']}, c: {any: ['#x2']}}\n", "#x1", "a b");
}

TEST(a_hashtag_takes_no_except_and_needs_entities)
{
    PROBLEM("tags: {a: {any: [{term: '#x', except: [y]}]}}\n",
            "rules.yaml:1:25: a hashtag or an expression takes no except; write it into the rule's none");
    PROBLEM("entities: off\ntags: {a: {any: ['#x']}}\n",
            "rules.yaml:2:18: \"#x\" needs hashtags, and entities are off; set entities: strings");
}

TEST(text_and_terms_are_compared_folded)
{
    TAGS("tags: {a: {any: ['word:REE']}}\n", "中国のＲＥＥ輸出", "a");
    TAGS("tags: {a: {any: [レアアース]}}\n", "ﾚｱｱｰｽ泥", "a");
    TAGS("tags: {a: {any: ['①']}}\n", "1 つめ", "a");
    TAGS("tags: {a: {any: [第1弾]}}\n", "第①弾", "a");
    TAGS("tags: {a: {any: [ガス]}}\n", "ｶﾞｽ", "a");
    TAGS("tags: {a: {any: [straße]}}\n", "STRASSE", "a");
    TAGS("tags: {a: {any: [レアアース]}}\n", "レア\u200Bアース", "a");
    TAGS("tags: {a: {any: [⚾]}}\n", "⚾\uFE0Fの季節", "a");
}

TEST(a_term_that_folds_to_nothing_is_warned_about)
{
    PROBLEM("tags: {a: {any: ['\u200B']}}\n", "rules.yaml:1:18: ");
    PROBLEM("tags: {a: {any: ['word:']}}\n", "is empty once folded");
    PROBLEM("tags: {a: {any: ['']}}\n", "warning: \"\" can never fire: it is empty once folded");
}

TEST(a_rule_that_says_nothing_is_refused)
{
    PROBLEM("tags: {a: {labels: {ja: い}}}\n", "rules.yaml:1:11: a rule without a condition; give any, all, none");
    PROBLEM("tags: {a: {any: []}}\n", "a rule without a condition");
    PROBLEM("tags:\n  a:\n", "expected a map, got nothing");
    PROBLEM("tags: {a: {any: [x, {}]}}\n", "rules.yaml:1:21: a rule without a condition");
}

TEST(unknown_keys_of_rules_and_terms_are_named)
{
    PROBLEM("tags: {a: {any: [x], implise: [b]}}\n",
            "rules.yaml:1:22: unknown key \"implise\"; did you mean \"implies\"?");
    PROBLEM("tags: {a: {any: [{term: x, exept: [b]}]}}\n",
            "rules.yaml:1:28: unknown key \"exept\"; did you mean \"except\"?");
    PROBLEM("tags: {a: {any: [{all: [x], labels: {}}]}}\n", "rules.yaml:1:29: unknown key \"labels\"");
}

/* --- matched --- */

static struct span matched(const char *rules, struct span text)
{
    const struct found *found = found_in(rules_from(rules), post_saying(text));
    struct span all = SPAN("");

    CHECK(found->has_matched);
    for (size_t i = 0; i < found->tags.len; i++)
        all = span_format(scratch(), "%.*s%s%.*s=[%.*s]", SPAN_ARGS(all), i ? " " : "", SPAN_ARGS(found->tags.at[i]),
                          SPAN_ARGS(joined(found->matched[i])));
    return all;
}

#define MATCHED(rules, text, expected) CHECK_SPAN(matched("matched: true\n" rules, SPAN(text)), SPAN(expected))

static void check_memory(const char *rule, const char *piece, size_t tags_of_all)
{
    enum { HITS = 100000, TAGS = 20 };
    struct buf rules = buf_in(scratch()), text = buf_in(scratch());
    struct arena *mem = arena_new();
    struct found found;

    buf_put(&rules, SPAN("matched: true\ntags:\n"));
    for (int i = 0; i < TAGS; i++)
        buf_format(&rules, " t%d: {%s}\n", i, rule);
    for (int i = 0; i < HITS; i++)
        buf_put(&text, span_of(piece));
    const struct ruleset *set = rules_from(span_string(buf_span(&rules), scratch()));
    ruleset_apply(set, post_saying(buf_span(&text)), TIME_UNKNOWN, &found, mem);
    CHECK(found.tags.len == tags_of_all * TAGS);
    CHECK(arena_bytes(mem) < (size_t)HITS * 128);
    arena_free(mem);
}

TEST(hits_of_a_term_that_many_tags_use_take_no_memory_for_each_tag)
{
    check_memory("any: [x, y]", "x ", 1);
    check_memory("all: [x, y], near: 3", "x ", 0);
    check_memory("all: [x, y], near: 3", "x z z z z z y ", 1);
    check_memory("all: [x, y], near: 1", "x z z z z z y z z z z z ", 0);
}

TEST(a_handle_is_folded_once_for_all_rules_that_ask_for_it)
{
    enum { RULES = 300, HANDLE = 20000 };
    struct buf rules = buf_in(scratch()), json = buf_in(scratch());
    struct arena *mem = arena_new();
    struct found found;

    buf_put(&rules, SPAN("tags:\n"));
    for (int i = 0; i < RULES; i++)
        buf_format(&rules, " t%d: {from: [news%d]}\n", i, i);
    buf_put(&json, SPAN("{\"id\":\"1\",\"text\":\"x\",\"author\":{\"handle\":\""));
    for (int i = 0; i < HANDLE; i++)
        buf_char(&json, 'A');
    buf_put(&json, SPAN("\"}}"));
    const struct post *post = post_from(span_string(buf_span(&json), scratch()));
    ruleset_apply(rules_from(span_string(buf_span(&rules), scratch())), post, TIME_UNKNOWN, &found, mem);
    CHECK(post->author.handle.len == HANDLE);
    CHECK(arena_bytes(mem) < 2 * 256 * 1024);
    arena_free(mem);
}

TEST(a_term_given_twice_and_its_alias_variants_are_one_matched_term)
{
    MATCHED("aliases: {日本: [倭国]}\ntags: {a: {any: [日本], all: [日本]}, b: {any: [日本]}}\n", "倭国と日本",
            "a=[日本] b=[日本]");
}

TEST(near_counts_code_points_over_long_distances)
{
    struct buf text = buf_in(scratch());

    buf_put(&text, SPAN("x"));
    for (int i = 0; i < 400; i++)
        buf_put(&text, SPAN("日"));
    buf_put(&text, SPAN("y"));
    CHECK_SPAN(tags_of("tags: {a: {all: [x, y], near: 400}, b: {all: [x, y], near: 399}}\n", buf_span(&text)),
               SPAN("a"));
}

TEST(matched_terms_are_as_written_in_the_texts_order_each_once)
{
    MATCHED("tags: {a: {any: [円高, 円安, ＲＥＥ, '#円安']}}\n", "円安 REE 円高 円安", "a=[円安 ＲＥＥ 円高]");
    MATCHED("tags: {a: {any: ['word:コメ', '#お米']}}\n", "#お米 コメ", "a=[word:コメ #お米]");
}

TEST(a_hit_by_alias_shows_the_term_of_the_rules)
{
    MATCHED("aliases: {日本: [倭国]}\ntags: {a: {any: [日本]}}\n", "倭国", "a=[日本]");
}

TEST(a_cancelled_hit_and_a_parent_have_no_terms)
{
    MATCHED("tags: {p: {any: [q]}, a: {any: [{term: レア, except: [レアアース]}, アース], implies: [p]}}\n",
            "レアアース", "a=[アース] p=[]");
}

TEST(without_the_setting_no_terms_are_kept)
{
    CHECK(!found_in(rules_from("tags: {a: {any: [x]}}\n"), post_saying(SPAN("x")))->has_matched);
}

/* --- around --- */

TEST(a_post_without_tags_has_an_empty_list_and_one_without_a_section_none)
{
    CHECK(found_in(rules_from("tags: {a: {any: [x]}}\n"), post_saying(SPAN("y")))->has_tags);
    CHECK(found_in(rules_from("tags: {}\n"), post_saying(SPAN("y")))->has_tags);
    CHECK(!found_in(rules_from("aliases: {}\n"), post_saying(SPAN("y")))->has_tags);
}

TEST(nothing_is_known_of_an_updates_tags)
{
    const struct ruleset *rules = rules_from("tags: {a: {none: [x]}}\n");

    CHECK(!found_in(rules, post_from("{\"id\":\"1\",\"metrics\":{\"likes\":1}}"))->has_tags);
}

TEST(a_label_is_that_of_the_language_or_the_name_itself)
{
    const struct ruleset *rules = rules_from("tags: {a: {any: [x], labels: {ja: レアアース, en: Rare earths}}}\n");
    const void *tags = rules->settings[ENRICHER_tags];

    CHECK_SPAN(tag_label(tags, SPAN("a"), SPAN("ja")), SPAN("レアアース"));
    CHECK_SPAN(tag_label(tags, SPAN("a"), SPAN("en")), SPAN("Rare earths"));
    CHECK_SPAN(tag_label(tags, SPAN("a"), SPAN("ko")), SPAN("a"));
    CHECK_SPAN(tag_label(tags, SPAN("b"), SPAN("ja")), SPAN("b"));
}

TEST(two_thousand_rules_fire_where_they_should)
{
    struct buf yaml = buf_in(scratch());

    buf_put(&yaml, SPAN("version: 1\ntags:\n"));
    for (int i = 0; i < 2000; i++)
        buf_format(&yaml, "  t%d: {any: [語%d, {term: w%d, except: [w%d x]}]}\n", i, i, i, i);
    const struct ruleset *rules = rules_from(span_string(buf_span(&yaml), scratch()));

    CHECK_SPAN(joined(found_in(rules, post_saying(SPAN("w7 x w1999 語12 w500")))->tags), SPAN("t12 t500 t1999"));
}

/* Its measure is memory, which is what a table by tag, or one by pair of tags, shows first. */
TEST(the_cost_of_a_post_and_of_a_tag_does_not_grow_with_the_number_of_tags)
{
    enum { TAGS = 3000, POSTS = 200, TAG_BYTES = 3000, POST_BYTES = 3000 };
    const struct post *post = post_saying(SPAN("レアアース t2999x"));
    struct buf yaml = buf_in(scratch());
    struct arena *mem = arena_new();

    buf_put(&yaml, SPAN("tags:\n"));
    for (int i = 0; i < TAGS; i++)
        buf_format(&yaml, "  t%d: {any: [t%dx, レア%d], implies: [%s]}\n", i, i, i, i ? "t0" : "");
    buf_char(&yaml, '\0');
    const struct ruleset *rules = rules_from(yaml.at);
    for (int i = 0; i < POSTS; i++) {
        struct found found;

        ruleset_apply(rules, post, TIME_UNKNOWN, &found, mem);
        CHECK_SPAN(joined(found.tags), SPAN("t2999 t0"));
    }
    CHECK(arena_bytes(mem) < (size_t)POSTS * POST_BYTES);
    CHECK(arena_bytes(rules->mem) < (size_t)TAGS * TAG_BYTES);
    arena_free(mem);
}

/* --- composition --- */

TEST(a_tag_without_terms_is_a_parent)
{
    const char *rules = "tags: {cars: {labels: {en: Cars}}, ev: {any: [電気自動車], implies: [cars]}}\n";

    TAGS(rules, "電気自動車", "ev cars");
    TAGS(rules, "車", "");
    QUIET(rules);
}

TEST(a_rule_may_ask_for_tags)
{
    const char *rules =
        "tags:\n  ev-charging: {all: [{tag: ev}, 充電]}\n  ev: {any: [電気自動車]}\n"
        "  petrol: {any: [車], none: [{tag: ev}]}\n  either: {any: [{tag: ev}, {tag: petrol}], min: 2}\n";

    TAGS(rules, "電気自動車の充電", "ev-charging ev");
    TAGS(rules, "充電", "");
    TAGS(rules, "車の充電", "petrol");
}

TEST(a_tag_that_is_implied_is_there_for_those_who_ask)
{
    const char *rules =
        "tags:\n  crash: {all: [{tag: cars}, 事故]}\n  cars: {labels: {en: Cars}}\n"
        "  ev: {any: [電気自動車], implies: [vehicles]}\n  vehicles: {any: [乗り物], implies: [cars]}\n";

    TAGS(rules, "電気自動車の事故", "crash ev cars vehicles");
    TAGS(rules, "乗り物の事故", "crash vehicles cars");
    TAGS(rules, "事故", "");
}

TEST(tags_that_ask_for_each_other_are_refused)
{
    PROBLEM("tags:\n  a: {any: [{tag: b}]}\n  b: {none: [{tag: a}]}\n", "asks for itself by way of {tag: ");
    PROBLEM("tags: {a: {any: [x, {tag: a}]}}\n", "rules.yaml:1:27: \"a\" asks for itself by way of {tag: a}");
    PROBLEM("tags:\n  a: {any: [{tag: p}], implies: [p]}\n  p: {labels: {en: P}}\n", "\"a\" asks for itself");
    PROBLEM("tags: {ev: {any: [x]}, b: {any: [{tag: evs}]}}\n", "no tag is named \"evs\"; did you mean \"ev\"?");
    PROBLEM("tags: {ev: {any: [x]}, b: {all: [{tag: ev}, y], near: 3}}\n", "near works on literals");
}

TEST(what_is_asked_for_many_times_is_decided_once)
{
    struct buf yaml = buf_in(scratch());

    buf_put(&yaml, SPAN("tags:\n  t0: {any: [語]}\n"));
    for (int i = 1; i < 60; i++)
        buf_format(&yaml, "  t%d: {any: [{tag: t%d}, {tag: t%d}, {tag: t%d}]}\n", i, i - 1, i - 1, i - 1);
    buf_char(&yaml, '\0');
    const struct found *found = found_in(rules_from(yaml.at), post_saying(SPAN("語")));
    CHECK(found->tags.len == 60);
    CHECK(!found_in(rules_from(yaml.at), post_saying(SPAN("話")))->tags.len);
}

TEST(lists_of_terms_have_names)
{
    file_with("makers.txt", "# who makes them\nニッサン   # since 2010\nbyd\n#テスラ\n");
    const char *rules =
        "lists: {makers: ['file:makers.txt', トヨタ], verbs: [買う, 乗る], one: 'file:makers.txt'}\n"
        "tags:\n  maker: {any: [{list: makers}, 自動車メーカー]}\n  buy: {all: [{list: makers}, {list: verbs}]}\n"
        "  twice: {any: [{list: one, except: [ニッサンゴ]}], min: 2}\n  ko: {any: [{list: makers, lang: [ko]}]}\n";

    TAGS(rules, "トヨタ", "maker");
    TAGS(rules, "自動車メーカー", "maker");
    TAGS(rules, "BYDを買う", "maker buy");
    TAGS(rules, "買う 乗る", "");
    TAGS(rules, "#テスラ", "maker");
    TAGS(rules, "ニッサン byd", "maker twice");
    TAGS(rules, "ニッサンゴ byd", "maker");
}

TEST(lists_that_are_not_there_are_named)
{
    PROBLEM("lists: {makers: [a]}\ntags: {a: {any: [{list: maker}]}}\n",
            "no list is named \"maker\"; did you mean \"makers\"?");
    PROBLEM("lists: {makers: []}\ntags: {a: {any: [{list: makers}]}}\n", "the list \"makers\" is empty");
    PROBLEM("tags: {a: {any: [{list: makers}]}}\n", "no list is named \"makers\"");
    file_with("terms.txt", "a\nre:(\n");
    PROBLEM("lists: {x: ['file:terms.txt']}\ntags: {a: {any: [{list: x}]}}\n",
            "terms.txt:2:1: \"re:(\" is no expression");
}
