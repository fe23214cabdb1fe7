#include "worker/command/test_cases.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

#define CONFIG                                                                                                         \
    "input:\n  - {topic: plain, key: id}\n  - {topic: framed, framing: confluent, preset: mastodon}\n"                 \
    "rules: [rules.yaml]\n"                                                                                            \
    "routes: {enriched: {topic: a, shape: event}}\n"                                                                   \
    "dead_letters: dead\n"                                                                                             \
    "kafka: {bootstrap.servers: localhost}\n"
#define RULES "tags: {rare-earth: {any: [x]}}\nengagement: {tiers: {hot: 10}}\n"

static struct span problems; /* of the last load */

static struct cases load(const char *yaml)
{
    struct report *report = report_new();
    const struct ruleset *rules = rules_from(RULES);
    struct cases cases = cases_load(file_with("cases.yaml", yaml), config_from(CONFIG), rules, scratch(), report);

    problems = problems_of(report);
    report_free(report);
    return cases;
}

static struct span post_of(const char *yaml)
{
    struct cases cases = load(yaml);

    CHECK_SPAN(problems, SPAN(""));
    return cases.len ? cases.at[0].post : SPAN("no case");
}

#define TEST_OF(post) "tests: [{name: a, " post ", expect: {}}]\n"

TEST(a_text_is_a_post_of_which_nothing_else_is_known)
{
    CHECK_SPAN(post_of(TEST_OF("text: \"レア\\n\\\"\"")), SPAN("{\"id\":\"1\",\"text\":\"レア\\n\\\"\"}"));
}

TEST(a_map_becomes_the_json_that_it_looks_like)
{
    CHECK_SPAN(
        post_of(TEST_OF("post: {id: \"1\", n: [1, -2.5, 1e3, 007, +1, 0x1, .5], t: [true, null, ~, yes], o: {}}")),
        SPAN(
            "{\"id\":\"1\",\"n\":[1,-2.5,1e3,\"007\",\"+1\",\"0x1\",\".5\"],\"t\":[true,null,null,\"yes\"],\"o\":{}}"));
    CHECK_SPAN(post_of(TEST_OF("post: {at: 2026-04-10T09:00:00+09:00}")),
               SPAN("{\"at\":\"2026-04-10T09:00:00+09:00\"}"));
}

TEST(a_text_of_json_is_taken_as_it_is)
{
    CHECK_SPAN(post_of(TEST_OF("post: '{\"id\": '")), SPAN("{\"id\": "));
}

TEST(a_framed_input_gets_its_frame_and_a_text_needs_none)
{
    CHECK_SPAN(post_of(TEST_OF("input: framed, post: {id: \"1\"}")), SPAN("\0\0\0\0\1{\"id\":\"1\"}"));
    struct cases cases = load(TEST_OF("input: framed, text: x"));
    CHECK(cases.at[0].input->framing == FRAMING_NONE && cases.at[0].input->preset == 0);
}

TEST(what_is_not_named_may_be_anything)
{
    const struct expected *expected = &load(TEST_OF("text: x")).at[0].expected;

    CHECK(!expected->tags.node && !expected->tier.len && expected->kind == -1 && expected->fault == FAULT_NONE);
}

TEST(tags_are_an_exact_list_or_some)
{
    const struct expected *expected =
        &load("tests: [{name: a, text: x, expect: {tags: [rare-earth]}}]\n").at[0].expected;

    CHECK(expected->tags.is_exact && expected->tags.is.len == 1);
    expected = &load("tests: [{name: a, text: x, expect: {tags: {lacks: [rare-earth]}}}]\n").at[0].expected;
    CHECK(!expected->tags.is_exact && expected->tags.lacks.len == 1);
}

#define PROBLEM(expect, says)                                                                                          \
    do {                                                                                                               \
        load("tests: [{name: a, text: x, expect: {" expect "}}]\n");                                                   \
        CHECK_HAS(problems, says);                                                                                     \
    } while (0)

TEST(names_that_nothing_has_are_refused_with_a_hint)
{
    PROBLEM("tags: [rare-erth]", "cases.yaml:1:44: no tag is named \"rare-erth\"; did you mean \"rare-earth\"?");
    PROBLEM("tags: {has: [rare-erth]}", "no tag is named \"rare-erth\"");
    PROBLEM("tier: hott", "no tier is named \"hott\"; did you mean \"hot\"?");
    PROBLEM("routes: {enrichd: yes}", "no route is named \"enrichd\"; did you mean \"enriched\"?");
    PROBLEM("routes: {enriched: maybe}", "expected yes or no, got \"maybe\"");
    PROBLEM("figures: {total: many}", "expected a number of at most four decimals, or unknown");
    PROBLEM("tags: rare-earth", "expected a list that is exactly so in any order");
    PROBLEM("fault: no-idea", "did you mean \"no-id\"?");
}

TEST(a_test_has_a_post_and_a_file_has_tests)
{
    load("tests: [{name: a, expect: {}}]\n");
    CHECK_HAS(problems, "a test has either text or post");
    load("tests: []\n");
    CHECK_HAS(problems, "no test in it");
    load(TEST_OF("input: nowhere, text: x"));
    CHECK_HAS(problems, "no input has the topic \"nowhere\"");
}
