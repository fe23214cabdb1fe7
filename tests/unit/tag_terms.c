/* re:, near, in, from and not_from. */
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/text/regex.h"

static struct span tags_in(const char *rules, const char *post)
{
    return joined(found_in(rules_from(rules), post_from(post))->tags);
}

#define TAGS(rules, post, expected) CHECK_SPAN(tags_in(rules, post), SPAN(expected))
#define TEXT(rules, text, expected) TAGS(rules, "{\"id\":\"1\",\"text\":\"" text "\"}", expected)
#define PROBLEM(rules, expected)    CHECK_HAS(rules_problems(rules), expected)

/* --- near --- */

TEST(near_counts_from_the_end_of_the_first_to_the_start_of_the_last)
{
    const char *rules = "tags: {a: {all: [南鳥島, 採掘], near: 3}}\n";

    TEXT(rules, "南鳥島の沖で採掘", "a");
    TEXT(rules, "南鳥島沖合いで採掘", "");
    TEXT(rules, "採掘は南鳥島で", "a");
}

TEST(near_takes_the_nearest_of_several_hits)
{
    TEXT("tags: {a: {all: [泥, 船], near: 2}}\n", "船とそれから長い話のあと泥が泥へ船で", "a");
    TEXT("tags: {a: {all: [泥, 船], near: 2}}\n", "船とそれから長い話のあと泥が泥へ", "");
}

TEST(near_works_on_any_of_literals_and_on_more_than_two)
{
    const char *rules = "tags: {a: {all: [{any: [南鳥島, 海底]}, {any: [試掘, 採掘]}, 泥], near: 6}}\n";

    TEXT(rules, "海底の泥を採掘", "a");
    TEXT(rules, "海底の話をしてから泥の採掘", "");
    TEXT(rules, "海底の採掘", "");
}

TEST(near_counts_code_points_of_any_length)
{
    TEXT("tags: {a: {all: [泥, 船], near: 3}}\n", "泥🚢🚢🚢船", "a");
    TEXT("tags: {a: {all: [泥, 船], near: 3}}\n", "泥🚢🚢🚢🚢船", "");
}

TEST(near_without_two_literals_is_refused)
{
    PROBLEM("tags: {a: {any: [泥], near: 3}}\n", "near needs an `all` of at least two terms");
    PROBLEM("tags: {a: {all: [泥, {none: [船]}], near: 3}}\n", "near works on literals");
}

/* --- in --- */

TEST(in_says_where_a_term_is_looked_for)
{
    const char *rules =
        "tags:\n  host: {any: [example.jp], in: [hosts]}\n  tag: {any: [レアアース], in: [hashtags]}\n"
        "  name: {any: [{term: 新聞, in: [handle]}]}\n  both: {any: [レアアース], in: [text, hashtags]}\n";

    TEXT(rules, "見て https://www.example.jp/a?b", "host");
    TEXT(rules, "レアアースの話 example.com", "both");
    TEXT(rules, "話 #南鳥島のレアアース", "tag both");
    TAGS(rules, "{\"id\":\"1\",\"text\":\"話\",\"author\":{\"handle\":\"海の新聞\"}}", "name");
}

TEST(in_of_a_rule_holds_for_nested_rules_until_they_say_otherwise)
{
    const char *rules = "tags: {a: {all: [{any: [泥]}, {any: [船], in: [text]}], in: [hashtags]}}\n";

    TEXT(rules, "船 #泥", "a");
    TEXT(rules, "船と泥", "");
}

TEST(a_url_gives_its_host_alone)
{
    TEXT("tags: {a: {any: [path], in: [hosts]}}\n", "https://example.jp/path", "");
    TEXT("tags: {a: {any: [example.jp], in: [hosts]}}\n", "HTTPS://Example.JP:8080/path", "a");
}

/* --- from --- */

#define BY(handle, text) "{\"id\":\"1\",\"text\":\"" text "\",\"author\":{\"handle\":\"" handle "\"}}"

TEST(from_and_not_from_compare_folded_handles)
{
    const char *rules = "tags: {by: {from: [\"@Umi_News\", kaze]}, other: {any: [泥], not_from: [umi_news]}}\n";

    TAGS(rules, BY("umi_NEWS", "泥"), "by");
    TAGS(rules, BY("someone", "泥"), "other");
    TEXT(rules, "泥", "other");
}

TEST(handles_come_from_a_file_with_one_a_line)
{
    const char *rules = "tags: {by: {from: [\"file:handles.txt\"]}}\n";

    file_with("handles.txt", "@umi\n\n  Kaze  \n");
    TAGS(rules, BY("kaze", "話"), "by");
    TAGS(rules, BY("umi", "話"), "by");
    TAGS(rules, BY("kazee", "話"), "");
}

TEST(what_a_file_of_handles_holds_is_part_of_the_fingerprint)
{
    const char *rules = "tags: {by: {from: [\"file:list.txt\"]}}\n";

    file_with("list.txt", "umi\n");
    struct span before = rules_from(rules)->name;
    file_with("list.txt", "kaze\n");
    CHECK(!span_equal(before, rules_from(rules)->name));
}

TEST(a_missing_file_of_handles_is_named)
{
    PROBLEM("tags: {by: {from: [\"file:none-there.txt\"]}}\n", "none-there.txt cannot be read");
}

/* --- re: --- */

static bool have_expressions(void)
{
    return strcmp(regex_library_version(), "none") != 0;
}

TEST(expressions_match_on_the_folded_text)
{
    if (!have_expressions())
        SKIP("this build has no Vectorscan");
    TEXT("tags: {a: {any: [\"re:レア.{0,2}価格\"]}}\n", "ﾚｱの価格", "a");
    TEXT("tags: {a: {any: [\"re:\\\\bREE\\\\b\"]}}\n", "the ＲＥＥ market", "a");
    TEXT("tags: {a: {any: [\"re:\\\\bREE\\\\b\"]}}\n", "a reed", "");
}

TEST(several_expressions_are_told_apart)
{
    if (!have_expressions())
        SKIP("this build has no Vectorscan");
    TEXT("tags: {a: {any: [\"re:x+\"]}, b: {any: [\"re:y+\"]}, c: {all: [\"re:x\", \"re:z\"]}}\n", "xxyy", "a b");
    TEXT("tags: {a: {none: [\"re:x+\"], any: [泥]}}\n", "泥", "a");
    TEXT("tags: {a: {none: [\"re:x+\"], any: [泥]}}\n", "泥xx", "");
}

TEST(an_expression_that_cannot_be_taken_has_its_place_and_reason)
{
    if (!have_expressions())
        SKIP("this build has no Vectorscan");
    PROBLEM("tags: {a: {any: [\"re:(\"]}}\n", "rules.yaml:1:18: \"re:(\" is no expression: ");
    PROBLEM("tags: {a: {any: [\"re:(a)\\\\1\"]}}\n", "is no expression");
    PROBLEM("tags: {a: {any: [\"re:a*\"]}}\n", "is no expression");
    PROBLEM("tags: {a: {all: [\"re:a\", b], near: 3}}\n", "near works on literals");
    PROBLEM("tags: {a: {any: [{term: \"re:a\", except: [ab]}]}}\n", "takes no except");
}

/* --- edges of terms --- */

TEST(a_star_leaves_an_edge_open)
{
    const char *rules =
        "tags: {start: {any: [Ladesäulen*]}, end: {any: ['*säule']}, both: {any: ['*lade*']}, none: {any: [lade]}}\n";

    TEXT(rules, "Ladesäulenverordnung", "start both");
    TEXT(rules, "eine Ladesäule", "end both");
    TEXT(rules, "Entladeschluss", "both");
    TEXT(rules, "Säulen", "");
    TEXT("tags: {a: {any: ['word:レア*']}, b: {any: ['word:レア']}}\n", "レアアース", "a");
    TEXT("tags: {a: {any: ['*']}}\n", "a * b", "a");
}

TEST(particles_may_follow_a_korean_word)
{
    const char *rules = "tags: {a: {any: ['word:지진']}}\n";

    TEXT(rules, "지진이 났다", "a");
    TEXT(rules, "지진에서는 안전", "a");
    TEXT(rules, "어제 지진", "a");
    TEXT(rules, "생각보다 좋아지진 않았다", "");
    TEXT(rules, "지진희", "");
    TEXT(rules, "지진까지도만은", "");
}

TEST(an_article_may_precede_an_arabic_word)
{
    const char *rules = "tags: {a: {any: [زلزال]}}\n";

    TEXT(rules, "شعرنا بقوة الزلزال الليلة", "a");
    TEXT(rules, "والزلزال", "a");
    TEXT(rules, "زلزال", "a");
    TEXT(rules, "مزلزال", "");
    TEXT(rules, "الزلزالي", "");
}

/* --- lang of a term --- */

#define POST_IN(lang, text) "{\"id\":\"1\",\"lang\":\"" lang "\",\"text\":\"" text "\"}"

TEST(a_term_may_be_one_of_some_languages)
{
    const char *rules = "tags: {ai: {any: [{term: ai, lang: [en, ja]}, {term: '#ai', lang: [en]}]}}\n";

    TAGS(rules, POST_IN("en", "ai now"), "ai");
    TAGS(rules, POST_IN("it", "vado ai giardini"), "");
    TAGS(rules, POST_IN("it", "#AI"), "");
    TAGS(rules, POST_IN("ja", "生成AI"), "ai");
    PROBLEM("tags: {a: {any: [{term: ai, lang: [EN]}]}}\n", "\"EN\" is never the language of a post");
}

/* --- links, mentions and mail addresses --- */

TEST(links_mentions_and_addresses_in_the_text_are_not_looked_into)
{
    const char *rules = "tags: {a: {any: [japan, 日本]}}\n";

    TEXT(rules, "see https://shop.example.com/usa/eu/japan/earthquake today", "");
    TEXT(rules, "see example.com/japan today", "");
    TEXT(rules, "https://example.com/japan and japan", "a");
    TEXT(rules, "https://example.com/a https://example.com/japan", "");
    TEXT(rules, "@japan @japan_news @a.japan@example.social", "");
    TEXT(rules, "mail japan@example.com or info@japan.example.com", "");
    TEXT(rules, "#japan", "a");
    TEXT(rules, "1 @ japan", "a");
    TEXT(rules, "https://example.com/ 日本", "a");
}

TEST(in_looks_into_links_and_mentions)
{
    const char *rules = "tags: {a: {any: [japan], in: [links]}, b: {any: [japan], in: [mentions]}, c: {any: [rare "
                        "earth], in: [hashtags]}}\n";

    TEXT(rules, "https://example.com/japan", "a");
    TEXT(rules, "@japan", "b");
    TEXT(rules, "japan", "");
    TEXT(rules, "#rare #earth", "");
}

TEST(a_link_in_other_scripts_is_not_looked_into)
{
    const char *rules = "tags: {a: {any: [日本, япония, '*лада*', japan]}}\n";

    TEXT(rules, "https://日本語.jp/abc", "");
    TEXT(rules, "https://ja.example.org/wiki/日本 を読む", "");
    TEXT(rules, "https://ja.example.org/wiki/経済/日本経済_2026", "");
    TEXT(rules, "https://example.com/a?q=東日本&b=japan", "");
    TEXT(rules, "https://example.com/новости/япония", "");
    TEXT(rules, "https://example.com/наладачка", "");
    TEXT(rules, "https://example.com/wiki/経済。日本", "a");
    TEXT(rules, "https://example.com/wiki 日本", "a");
    TEXT(rules, "https://t.example/abc日本の話", "a");
    TEXT(rules, "http://localhost/search?q=日本 です", ""); /* a host without a known domain */
}

TEST(each_link_is_known_by_its_place)
{
    const char *rules = "tags: {a: {any: [japan]}}\n";

    TEXT(rules, "me@example.com, example.com/japan", "");
    TEXT(rules, "https://a.example/c\xCC\x81 https://a.example/japan", "");
    TEXT(rules, "ＨＴＴＰＳ   ㍿  https://a.example/japan", "");
    TEXT(rules, "http://localhost:8080/japan ftp://192.168.0.1/japan", "");
    TEXT(rules, "https://a.example/japan japan", "a");
}

TEST(lists_of_others_are_mentions)
{
    TEXT("tags: {a: {any: [japan]}}\n", "@ann/japan", "");
    TEXT("tags: {a: {any: [japan]}}\n", "@ann / japan", "a");
    TEXT("tags: {a: {any: [japan]}}\n", "5@/japan", "a");
}

TEST(links_are_known_where_entities_are_off)
{
    TEXT("entities: off\ntags: {a: {any: [japan]}}\n", "https://example.com/japan", "");
    TEXT("entities: off\ntags: {a: {any: [japan]}}\n", "japan, https://example.com/", "a");
}

TEST(expressions_look_into_links_and_mentions_only_where_in_says_so)
{
    const char *rules = "tags: {a: {any: ['re:jap[a]n']}, b: {any: [{term: 're:jap[a]n', in: [links]}]}, "
                        "c: {any: [{term: 're:^jap[a]n$', in: [mentions, hashtags]}]}}\n";

    if (!have_expressions())
        SKIP("this build has no Vectorscan");
    TEXT(rules, "https://example.com/japan", "b");
    TEXT(rules, "@ann @japan", "c");
    TEXT(rules, "@japan_news mail japan@example.com", "");
    TEXT(rules, "https://example.com/a japan", "a");
    TEXT(rules, "#sea #japan", "a c");
    TEXT("tags: {a: {any: ['re:buy.*now']}, b: {any: ['re:buy\\\\s*now']}}\n", "buy https://example.com/x now", "a");
}

/* --- texts of their own --- */

static struct span tags_with_extra(const char *rules, struct span extra)
{
    struct post post = *post_saying(SPAN("a boat"));

    post.extra = extra;
    return joined(found_in(rules_from(rules), &post)->tags);
}

TEST(nothing_matches_over_two_texts)
{
    const struct span extra = SPAN("a rare\x1F"
                                   "earth mine\x1F"
                                   "yes");
    const char *rules =
        "tags: {term: {in: [extra], any: [rare earth]}, near: {in: [extra], all: [rare, earth], near: 9}, "
        "far: {in: [extra], all: [rare, earth]}, same: {in: [extra], all: [earth, mine], near: 9}}\n";

    CHECK_SPAN(tags_with_extra(rules, extra), SPAN("far same"));
    CHECK_SPAN(tags_with_extra(rules, SPAN("a rare\nearth mine")), SPAN("term near far same"));
    TEXT("tags: {a: {in: [hashtags], all: [sea, mud], near: 9}}\n", "#sea #mud", "");
    TEXT("tags: {a: {in: [hashtags], all: [sea, mud], near: 9}}\n", "#ship #sea_mud", "a");
    TEXT("tags: {a: {in: [hashtags], all: [深海, 泥], near: 9}}\n", "#船 #深海の泥", "a");
    CHECK_SPAN(tags_with_extra("tags: {a: {in: [extra], any: [japan]}}\n", SPAN("see https://example.com/japan")),
               SPAN(""));
}

TEST(no_expression_matches_over_two_texts)
{
    const char *rules = "tags: {a: {in: [extra], any: ['re:rare.*mine']}, b: {in: [extra], any: ['re:^earth mine$']}, "
                        "c: {any: ['re:mine']}}\n";

    if (!have_expressions())
        SKIP("this build has no Vectorscan");
    CHECK_SPAN(tags_with_extra(rules, SPAN("a rare\x1F"
                                           "earth mine")),
               SPAN("b"));
    CHECK_SPAN(tags_with_extra(rules, SPAN("a rare earth mine")), SPAN("a"));
}

/* --- accents --- */

TEST(accents_do_not_matter_where_they_are_loose)
{
    const char *rules = "accents: loose\ntags: {a: {any: [ELECTRICOS, 'Łódź', Ørsted, cœur]}}\n";

    TEXT(rules, "coches eléctricos", "a");
    TEXT(rules,
         "coches ele\xCC\x81"
         "ctricos",
         "a");
    TEXT(rules, "COCHES ELECTRICOS", "a");
    TEXT(rules, "coches eléctricosos", "");
    TEXT(rules, "lodz", "a");
    TEXT(rules, "orsted y más", "a");
    TEXT(rules, "Cœur", "a");
    TEXT(rules, "coeur", "a");
    TEXT("tags: {a: {any: [ELECTRICOS]}}\n", "coches eléctricos", "");
    TEXT("tags: {a: {any: [eléctricos]}}\n", "coches electricos", "");
}

TEST(a_term_or_a_rule_says_whether_its_accents_are_loose)
{
    const char *rules =
        "accents: loose\ntags: {a: {any: [{term: papá, accents: exact}]}, b: {any: [papá], accents: exact}, "
        "c: {any: [papá]}, d: {accents: exact, any: [x, {any: [papá], accents: loose}]}}\n";

    TEXT(rules, "el papa", "c d");
    TEXT(rules, "el papá", "a b c d");
    TEXT(rules, "el pápa", "c d");
    TEXT("tags: {a: {any: [{term: uber, accents: loose}]}, b: {any: [uber]}}\n", "über", "a");
    TEXT("tags: {a: {any: [{term: uber, accents: loose}]}, b: {any: [uber]}}\n", "uber", "a b");
    PROBLEM("tags: {a: {any: [x], accents: lose}}\n", "lose");
    PROBLEM("tags: {a: {any: [{term: 're:x', accents: loose}]}}\n", "rules.yaml");
}

TEST(greek_and_cyrillic_have_accents_too_and_kana_has_none)
{
    const char *rules = "accents: loose\ntags: {a: {any: [σεισμος, ещё, 'ハノイ']}}\n";

    TEXT(rules, "Σεισμός τώρα", "a");
    TEXT(rules, "еще", "a");
    TEXT(rules, "バノイ", "");
    TEXT("accents: loose\ntags: {a: {any: [мои]}}\n", "мой", "");
    TEXT("accents: loose\ntags: {a: {any: [hà nội]}}\n", "ha noi, HÀ NỘI", "a");
    TEXT("accents: loose\ntags: {a: {any: [a]}}\n", "æ", "");
}

TEST(min_except_near_and_hashtags_hold_without_accents)
{
    TEXT("accents: loose\ntags: {a: {any: [sabado], min: 2}}\n", "sábado", "");
    TEXT("accents: loose\ntags: {a: {any: [sabado], min: 2}}\n", "sábado, sabado", "a");
    TEXT("accents: loose\naliases: {café: [cafe]}\ntags: {a: {any: ['#café'], min: 2}}\n", "#café", "");
    TEXT("accents: loose\naliases: {café: [cafe]}\ntags: {a: {any: [café], min: 2}}\n", "café", "");
    TEXT("accents: loose\ntags: {a: {any: [{term: cafe, except: [cafe negro]}]}}\n", "un café négro", "");
    TEXT("tags: {a: {any: [{term: cafe, except: [cafe negro]}]}}\n", "un cafe négro", "a");
    TEXT("tags: {a: {all: [{term: eléctrico, accents: loose}, coche], near: 4}}\n", "coche ELECTRICO ñ", "a");
    TEXT("tags: {a: {all: [{term: electrico, accents: loose}, coche], near: 4}}\n", "coche y ése eléctrico", "");
    TEXT("accents: loose\ntags: {a: {any: ['#México']}}\n", "#mexico", "a");
    TEXT("accents: loose\ntags: {a: {any: ['#mexico']}}\n", "#MÉXICO", "a");
    TEXT("accents: loose\ntags: {a: {any: [mexico], in: [hashtags]}}\n", "#VivaMéxico #México", "a");
    TEXT("accents: loose\ntags: {a: {any: [mexico]}}\n", "https://example.com/México", "");
}

TEST(each_file_of_rules_says_for_itself_whether_accents_are_loose)
{
    struct span paths[] = {span_of(file_with("loose.yaml", "version: 1\naccents: loose\ntags: {a: {any: [dia]}}\n")),
                           span_of(file_with("exact.yaml", "accents: exact\ntags: {b: {any: [dia]}}\n"))};
    const struct list files = {paths, 2};
    struct report *report = report_new();
    struct ruleset *rules = ruleset_load(&files, NULL, report);

    CHECK_SPAN(problems_of(report), SPAN(""));
    CHECK_SPAN(joined(found_in(rules, post_saying(SPAN("día")))->tags), SPAN("a"));
    CHECK(!span_equal(rules_from("accents: loose\ntags: {a: {any: [dia]}}\n")->name,
                      rules_from("tags: {a: {any: [dia]}}\n")->name));
    ruleset_free(rules);
    report_free(report);
}

/* --- what can never hold --- */

#define QUIET(rules) CHECK_SPAN(rules_problems(rules), SPAN(""))

TEST(conditions_that_exclude_each_other_are_named)
{
    PROBLEM("tags:\n  a: {all: [{tag: b}], none: [{tag: b}]}\n  b: {any: [x]}\n",
            "rules.yaml:2:13: warning: this never holds: a post with the tag \"b\" has \"b\" too, which is in none");
    PROBLEM("tags: {a: {all: [y, {any: [{tag: b}]}], none: [{tag: p}]}, b: {any: [x], implies: [p]}, p: {}}\n",
            "has \"p\" too");
    PROBLEM("tags: {a: {all: [{any: [x], lang: [ja]}, {any: [y], lang: [en]}]}}\n", "no language is both here");
    PROBLEM("tags: {a: {any: [{all: [x], lang: [fr, de]}], lang: [en, ja]}}\n", "no language is both here");
    PROBLEM("tags: {a: {from: [ann, bob], all: [{from: [kim]}]}}\n", "no author is both here");
    PROBLEM("tags: {a: {from: [ann], not_from: [\"@Ann\", bob]}}\n", "each of these is in not_from too");
    PROBLEM("tags: {a: {all: [x, y], none: [y]}}\n", "each of these terms is in none too");
    PROBLEM("tags: {a: {any: [x, y], none: [y, z, x]}}\n", "each of these terms is in none too");
}

TEST(conditions_that_may_hold_together_are_not)
{
    QUIET("tags: {a: {all: [{tag: b}], none: [{tag: c}]}, b: {any: [x], implies: [p]}, c: {any: [y], implies: [p]}, p: "
          "{}}\n");
    QUIET("tags: {a: {all: [{tag: p}], none: [{tag: b}]}, b: {any: [x], implies: [p]}, p: {any: [q]}}\n");
    QUIET("tags: {a: {any: [{any: [x], lang: [ja]}, {any: [y], lang: [en]}]}}\n");
    QUIET("tags: {a: {all: [{any: [x], lang: [ja, en]}, {any: [y], lang: [en]}]}}\n");
    QUIET("tags: {a: {from: [ann, bob], not_from: [bob]}}\n");
    QUIET("tags: {a: {any: [x, y], none: [y]}}\n");
    QUIET("tags: {a: {any: [x], none: [{all: [x, y]}]}}\n");
}

TEST(terms_that_their_place_never_has_are_named)
{
    PROBLEM("tags: {a: {any: [{term: rare earth, in: [hashtags]}]}}\n", "nothing in the places of its `in` has \" \"");
    PROBLEM("tags: {a: {any: ['https://example.com'], in: [hosts]}}\n", "nothing in the places of its `in` has \":\"");
    PROBLEM("tags: {a: {any: [ann/makers], in: [mentions, handle]}}\n", "nothing in the places of its `in` has \"/\"");
    PROBLEM("tags: {a: {any: ['#tokyo!']}}\n", "a hashtag ends before \"!\"");
    PROBLEM("tags: {a: {any: ['RX:a']}}\n", "an expression begins with re:");
    PROBLEM("tags: {a: {any: ['/ev/i']}}\n", "an expression is \"re:ev\"");
    QUIET("tags: {a: {any: [rare earth, {term: example.com, in: [hosts]}, '#レアアース', '/a', {term: a b, in: [text, "
          "hashtags]}]}}\n");
}

TEST(entries_of_a_file_that_are_written_as_in_yaml_are_named)
{
    const char *rules = "tags: {by: {from: ['file:yaml.txt']}}\n";

    file_with("yaml.txt", "- ann\n");
    PROBLEM(rules, "\"- ann\" is an entry with its dash");
    file_with("yaml.txt", "\"ann\"\n");
    PROBLEM(rules, "is an entry with its quotes");
    file_with("yaml.txt", "ann;\n");
    PROBLEM(rules, "is an entry with its semicolon");
}
