#include "worker/route/when.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/route/shape.h"

static const char rules_text[] = "tags: {a: {any: [泥]}, b: {any: [船]}}\n"
                                 "sentiment: {terms: {ja: {嬉しい: 2, 悲しい: -2}}}\n"
                                 "engagement: {tiers: {by: total, hot: 100, warm: 10}}\n";

static const struct when *when_from(const char *yaml)
{
    struct report *report = report_new();
    struct when *when = arena_zero(scratch(), sizeof *when);
    struct node *node = yaml_parse(span_of(yaml), "when", YAML_LITERAL, scratch(), report);

    CHECK(settings_bind(&when_form, node, when, scratch(), report));
    report_free(report);
    return when;
}

static bool takes(const char *when, const char *json)
{
    static const struct input input = {.topic = {"posts.raw", 9}, .network = {"x", 1}};
    struct message message = {.input = &input};
    const struct ruleset *rules = rules_from(rules_text);
    const struct post *post = post_from(json);
    struct found none = {0};
    bool is_hide = post->says == SAYS_HIDE || post->says == SAYS_UNHIDE;
    struct event event = {
        .message = &message,
        .post = post,
        .found = is_hide ? &none : found_in(rules, post),
        .rules = rules,
    };

    return when_matches(when_from(when), &event);
}

#define POST(text, more) "{\"id\":\"1\",\"text\":\"" text "\"" more "}"
#define UPDATE           "{\"id\":\"1\",\"metrics\":{\"reposts\":50}}"
#define HIDE             "{\"id\":\"1\",\"hidden\":true}"

TEST(tags_any_all_and_none)
{
    CHECK(takes("tags: {any: [a, b]}", POST("泥", "")));
    CHECK(!takes("tags: {any: [a]}", POST("船", "")));
    CHECK(takes("tags: {all: [a, b]}", POST("泥と船", "")));
    CHECK(takes("tags: {all: [a, a]}", POST("泥", "")));
    CHECK(!takes("tags: {all: [a, b]}", POST("泥", "")));
    CHECK(takes("tags: {none: [b]}", POST("泥", "")));
    CHECK(!takes("tags: {none: [b]}", POST("船", "")));
}

TEST(lang_network_kind_and_tier)
{
    CHECK(takes("lang: [ja]", POST("かな", "")));
    CHECK(!takes("lang: [en]", POST("かな", "")));
    CHECK(takes("network: [x]", POST("泥", "")));
    CHECK(!takes("network: [mastodon]", POST("泥", "")));
    CHECK(takes("kind: [quote, post]", POST("泥", "")));
    CHECK(!takes("kind: [quote]", POST("泥", "")));
    CHECK(takes("tier: [hot]", POST("泥", ",\"metrics\":{\"likes\":100}")));
    CHECK(!takes("tier: [hot]", POST("泥", ",\"metrics\":{\"likes\":99}")));
    CHECK(!takes("tier: [warm]", POST("泥", "")));
}

TEST(sentiment_where_there_is_one)
{
    CHECK(takes("sentiment: [positive, neutral]", POST("嬉しい", "")));
    CHECK(takes("sentiment: [positive, neutral]", POST("かな", "")));
    CHECK(!takes("sentiment: [positive, neutral]", POST("悲しい", "")));
    CHECK(!takes("sentiment: [neutral]", POST("sad", ",\"lang\":\"en\"")));
    CHECK(!takes("sentiment: [neutral]", UPDATE));
    CHECK(takes("sentiment: [positive]", HIDE));
}

TEST(a_condition_on_sentiment_needs_one_in_the_rules)
{
    struct report *report = report_new();

    when_check(when_from("sentiment: [negative]"), rules_from(rules_text), report);
    CHECK(report->errors == 0);
    when_check(when_from("sentiment: [negative]"), rules_from("tags: {}\n"), report);
    CHECK_HAS(problems_of(report), "the rules have no sentiment");
    report_free(report);
}

TEST(bounds_hold_where_the_figure_is_known_and_only_there)
{
    CHECK(takes("at_least: {total: 5}", POST("泥", ",\"metrics\":{\"likes\":5}")));
    CHECK(!takes("at_least: {total: 5}", POST("泥", ",\"metrics\":{\"likes\":4}")));
    CHECK(!takes("at_least: {total: 0}", POST("泥", "")));
    CHECK(takes("below: {views: 10}", POST("泥", ",\"metrics\":{\"views\":9}")));
    CHECK(!takes("below: {views: 10}", POST("泥", ",\"metrics\":{\"views\":10}")));
    CHECK(!takes("below: {views: 10}", POST("泥", "")));
    CHECK(takes("at_least: {rate_views: 0.5}", POST("泥", ",\"metrics\":{\"likes\":1,\"views\":2}")));
}

TEST(an_update_matches_no_condition_on_what_its_text_would_say)
{
    CHECK(takes("at_least: {reposts: 50}", UPDATE));
    CHECK(takes("kind: [update]", UPDATE));
    CHECK(!takes("tags: {none: [a]}", UPDATE));
    CHECK(!takes("lang: [ja]", UPDATE));
    CHECK(!takes("lang: [ja]", "{\"id\":\"1\",\"lang\":\"ja\",\"metrics\":{\"reposts\":50}}"));
}

TEST(a_hide_has_only_its_network)
{
    CHECK(takes("tags: {any: [a]}\nat_least: {total: 5}\nnetwork: [x]", HIDE));
    CHECK(!takes("network: [bluesky]", HIDE));
}

TEST(a_bound_below_zero_is_refused)
{
    struct report *report = report_new();

    when_check(when_from("below: {total: -5}\nat_least: {likes: 0}"), rules_from(rules_text), report);
    struct span problems = problems_of(report);
    CHECK_HAS(problems, "no figure is below 0");
    CHECK_HAS(problems, ":1:16:");
    report_free(report);
}

TEST(names_that_the_rules_do_not_have_are_reported_with_a_hint)
{
    struct report *report = report_new();

    when_check(when_from("tags: {any: [a], all: [c]}\ntier: [hott]"), rules_from(rules_text), report);
    CHECK(report->errors == 2);
    CHECK_HAS(problems_of(report), "no tag is named \"c\"");
    CHECK_HAS(problems_of(report), "no tier is named \"hott\"; did you mean \"hot\"?");
    report_free(report);
}

TEST(a_post_for_some_people_alone_goes_where_a_route_names_it)
{
    CHECK(!takes("{}", POST("", ",\"visibility\":\"direct\""))
          && !takes("{}", POST("", ",\"visibility\":\"private\"")));
    CHECK(takes("{}", POST("", ",\"visibility\":\"public\"")) && takes("{}", POST("", "")));
    CHECK(takes("{visibility: [direct]}", POST("", ",\"visibility\":\"direct\""))
          && !takes("{visibility: [direct]}", POST("", "")));
    CHECK(takes("{visibility: [direct]}", HIDE));
}

TEST(sensitive_posts_and_bots_may_be_asked_for)
{
    CHECK(takes("{sensitive: true}", POST("", ",\"sensitive\":true")) && !takes("{sensitive: true}", POST("", "")));
    CHECK(!takes("{sensitive: false}", POST("", ",\"sensitive\":true")) && takes("{sensitive: false}", POST("", "")));
    CHECK(takes("{bot: false}", POST("", ",\"author\":{\"bot\":false}"))
          && !takes("{bot: false}", POST("", ",\"author\":{\"bot\":true}")));
}
