#include "worker/command/explain/explanation.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/text/regex.h"

#define CONFIG                                                                                                         \
    "input: [{topic: posts.raw, network: x, key: id}]\n"                                                               \
    "rules: [rules.yaml]\n"                                                                                            \
    "dead_letters: posts.dead\n"                                                                                       \
    "kafka: {bootstrap.servers: localhost}\n"

static const struct explanation *explained_with(const char *rules, const char *routes, const char *json)
{
    struct span yaml = span_format(scratch(), CONFIG "routes: {%s}\n", routes);
    const struct config *config = config_from(yaml.at);
    struct line line = line_of(config, rules_from(rules));
    struct message *message = arena_take(scratch(), sizeof *message);

    *message = (struct message){
        .input = config->inputs.at,
        .value = span_keep(span_of(json), scratch()),
        .partition = -1,
        .timestamp_ms = TIME_UNKNOWN,
    };
    return explain_message(&line, message, scratch());
}

static const struct explanation *explained(const char *rules, const char *json)
{
    return explained_with(rules, "e: {topic: a, shape: event}", json);
}

static const struct tag_explanation *tag_of(const char *rules, const char *text, size_t tag)
{
    struct span json =
        span_format(scratch(), "{\"id\":\"1\",\"text\":\"%s\",\"author\":{\"id\":\"9\",\"handle\":\"Kaiyo\"}}", text);

    return &explained(rules, json.at)->tags.at[tag];
}

#define MISSED(rule, text, expected) CHECK_SPAN(tag_of("tags: {a: " rule "}\n", text, 0)->missed, SPAN(expected))

/* --- near misses --- */

TEST(a_missing_term_is_named)
{
    MISSED("{all: [南鳥島, 採掘]}", "南鳥島の話", "採掘 is not there");
    MISSED("{all: [{any: [南鳥島, 海底]}, {any: [試掘, 採掘]}]}", "海底の話", "none of 試掘, 採掘 is there");
}

TEST(a_term_of_none_that_stands_there_is_named)
{
    MISSED("{any: [採掘], none: [ゲーム, 漫画]}", "採掘する漫画", "漫画 of `none` is there");
}

TEST(a_language_that_does_not_fit_is_named)
{
    MISSED("{any: [泥], lang: [en, ko]}", "あの泥", "lang is ja, not en, ko");
}

TEST(too_few_hits_are_counted)
{
    MISSED("{any: [円安, 円高], min: 3}", "円安円高", "only 2 of min 3 hits");
}

TEST(a_distance_that_is_too_large_is_measured)
{
    MISSED("{all: [南鳥島, 泥], near: 3}", "泥泥か、きれいな南鳥島のきれいな青い、泥", "near 3: 6 apart");
    MISSED("{all: [南鳥島, 泥], near: 1}", "泥か、南鳥島のきれいな、泥", "near 1: 2 apart");
}

TEST(a_handle_that_is_not_listed_is_named)
{
    MISSED("{any: [泥], from: [someone]}", "泥", "@Kaiyo is not listed in `from`");
    MISSED("{any: [泥], not_from: [kaiyo]}", "泥", "@Kaiyo is listed in `not_from`");
}

TEST(two_failed_conditions_are_no_near_miss)
{
    MISSED("{all: [a, b, c]}", "a", "");
    MISSED("{any: [a], none: [b], lang: [en]}", "a b", "");
    MISSED("{any: [a], lang: [ja]}", "日本", "");
}

TEST(of_several_ways_the_one_that_was_hit_is_named)
{
    MISSED("{any: [deep, {all: [海底, 採掘]}]}", "海底の話", "採掘 is not there");
}

/* --- hits --- */

TEST(a_hit_has_the_bytes_of_the_original)
{
    const struct tag_explanation *tag = tag_of("tags: {a: {any: [レアアース]}}\n", "①ﾚｱｱｰｽ", 0);

    CHECK(tag->fires && tag->hits_len == 1);
    CHECK_SPAN(tag->hits[0].text, SPAN("ﾚｱｱｰｽ"));
    CHECK(tag->hits[0].bytes.start == 3 && tag->hits[0].bytes.end == 18);
}

TEST(a_cancelled_hit_names_its_except)
{
    const struct tag_explanation *tag =
        tag_of("tags: {a: {any: [{term: レア, except: [レアアース]}]}}\n", "ﾚｱｱｰｽとレア", 0);

    CHECK(tag->fires && tag->hits_len == 2);
    CHECK_SPAN(tag->hits[0].except, SPAN("レアアース"));
    CHECK(!tag->hits[1].except.len);
}

TEST(hashtags_handles_and_expressions_have_their_places)
{
    const struct tag_explanation *tag = tag_of("tags: {a: {any: [\"#泥\"]}}\n", "x ＃泥 y", 0);

    CHECK_SPAN(tag->hits[0].text, SPAN("＃泥"));
    tag = tag_of("tags: {a: {any: [{term: kaiyo, in: [handle]}]}}\n", "x", 0);
    CHECK_SPAN(span_of(tag->hits[0].place), SPAN("handle"));
    CHECK(!tag->hits[0].bytes.end);
}

TEST(an_expression_has_the_longest_bytes_that_match)
{
    CHECK(regex_library_version());
    if (!strcmp(regex_library_version(), "none"))
        SKIP("no Vectorscan in this build");
    const struct tag_explanation *tag = tag_of("tags: {a: {any: [\"re:[0-9]+時間\"]}}\n", "ﾚｱ 72時間と１２時間", 0);

    CHECK(tag->hits_len == 2);
    CHECK_SPAN(tag->hits[0].text, SPAN("72時間"));
    CHECK_SPAN(tag->hits[1].text, SPAN("１２時間"));
}

TEST(a_parent_names_who_implies_it)
{
    const struct tag_explanation *tag = tag_of("tags: {a: {any: [x], implies: [b]}, b: {any: [y]}}\n", "x", 1);

    CHECK(!tag->fires && tag->implied_by_len == 1);
    CHECK_SPAN(tag->implied_by[0], SPAN("a"));
}

/* --- figures and routes --- */

static struct span how(const struct explanation *all, const char *name)
{
    for (size_t i = 0; i < all->accounts.len; i++)
        if (span_equal(all->accounts.at[i].name, span_of(name)))
            return all->accounts.at[i].how;
    return SPAN("no such account");
}

TEST(figures_have_formulas_with_their_inputs)
{
    const struct explanation *all = explained(
        "engagement: {weights: {reposts: 2, likes: 0.5}, tiers: {by: likes, hot: 1000, warm: 100}}\n",
        "{\"id\":\"1\",\"text\":\"\",\"created_at\":\"2026-04-10T06:00:00Z\",\"observed_at\":\"2026-04-10T06:30:00Z\","
        "\"author\":{\"followers\":0},\"metrics\":{\"reposts\":55,\"likes\":200,\"views\":9}}");

    CHECK_SPAN(how(all, "total"), SPAN("55 reposts + 200 likes"));
    CHECK_SPAN(how(all, "score"), SPAN("2 × 55 reposts + 0.5 × 200 likes"));
    CHECK_SPAN(how(all, "rate_views"), SPAN("255 / 9 views"));
    CHECK_SPAN(how(all, "rate_followers"), SPAN("followers is 0"));
    CHECK_SPAN(how(all, "amplification"), SPAN("quotes is not known"));
    CHECK_SPAN(how(all, "per_hour"), SPAN("255 / 1 h (min_age; it is 0.5 h old)"));
    CHECK_SPAN(how(all, "tier"), SPAN("likes 200 reaches 100; hot from 1000"));
}

static struct span why_not(const char *when, const char *json)
{
    struct span routes = span_format(scratch(), "r: {topic: a, shape: facts, when: {%s}}", when);

    return explained_with("tags: {a: {any: [x]}, b: {any: [y]}}\nengagement: {tiers: {hot: 5}}\n", routes.at, json)
        ->routes[0]
        .why_not;
}

#define POST                          "{\"id\":\"1\",\"text\":\"x\",\"lang\":\"ja\",\"metrics\":{\"likes\":3}}"
#define UPDATE                        "{\"id\":\"1\",\"metrics\":{\"likes\":3}}"
#define WHY_NOT(when, json, expected) CHECK_SPAN(why_not(when, json), SPAN(expected))

TEST(a_route_names_the_first_condition_that_failed)
{
    WHY_NOT("lang: [ja]", POST, "");
    WHY_NOT("network: [mastodon]", POST, "network is x; the route takes mastodon");
    WHY_NOT("tags: {any: [b]}", POST, "tags any: none of b fired");
    WHY_NOT("tags: {all: [a, b]}", POST, "tags all: b did not fire");
    WHY_NOT("tags: {none: [a]}", POST, "tags none: a fired");
    WHY_NOT("lang: [en]", POST, "lang is ja; the route takes en");
    WHY_NOT("kind: [reply, quote]", POST, "kind is post; the route takes reply, quote");
    WHY_NOT("tier: [hot]", POST, "tier is none; the route takes hot");
    WHY_NOT("at_least: {total: 10}", POST, "at_least: total is 3, not 10 or more");
    WHY_NOT("below: {likes: 3}", POST, "below: likes is 3, not below 3");
    WHY_NOT("below: {views: 3}", POST, "below: views is not known");
    WHY_NOT("lang: [ja]", UPDATE, "a condition on lang takes no update");
}

TEST(a_route_that_is_taken_has_its_keys)
{
    const struct explanation *all = explained_with("tags: {a: {any: [x]}, b: {any: [x]}}\n",
                                                   "t: {topic: a, shape: by-tag}, e: {topic: b, shape: event}", POST);

    CHECK(all->routes[0].records_len == 2);
    CHECK_SPAN(all->routes[0].records[1].key, SPAN("b"));
    CHECK_SPAN(all->routes[1].records[0].key, SPAN("1"));
}

TEST(a_fault_has_its_reason)
{
    const struct explanation *all = explained("tags: {a: {any: [x]}}\n", "{\"id\":");

    CHECK(all->fault == FAULT_NOT_JSON && all->why.len);
}

/* --- accents and expressions --- */

TEST(a_hit_is_shown_as_the_text_has_it_where_accents_are_loose)
{
    const struct tag_explanation *tag = tag_of("tags: {a: {any: [ELECTRICOS], accents: loose}}\n",
                                               "ele\xCC\x81"
                                               "ctricos",
                                               0);

    CHECK(tag->hits_len == 1 && tag->hits[0].but_for_accents && tag->hits[0].bytes.end == sizeof "electricos" + 1);
    CHECK(!tag_of("tags: {a: {any: [ELECTRICOS], accents: loose}}\n", "electricos", 0)->hits[0].but_for_accents);
}

TEST(an_expression_is_shown_where_in_says_that_it_is)
{
    const char *rules = "tags: {a: {any: [{term: 're:ja.an', in: [text, links]}]}}\n";

    if (!strcmp(regex_library_version(), "none"))
        SKIP("this build has no Vectorscan");
    const struct tag_explanation *tag = tag_of(rules, "see example.com/japan, Japan", 0);
    CHECK(tag->hits_len == 2);
    CHECK(tag->hits[0].bytes.start == sizeof "see example.com/japan, " - 1);
    CHECK(strcmp(tag->hits[1].place, "links") == 0 && span_equal(tag->hits[1].text, SPAN("japan")));
}

TEST(terms_in_two_hashtags_are_not_near)
{
    MISSED("{all: [深海, 泥], near: 9, in: [hashtags]}", "#深海 #泥", "near 9: they are in different texts");
}
