#include "common/decimal.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

#define RULES         "engagement: {weights: {reposts: 2, likes: 1}, min_age: 1h, tiers: {by: total, hot: 1000, warm: 100}}\n"
#define COUNTS_OF_ALL "\"reposts\":55,\"likes\":200,\"replies\":8,\"quotes\":3,\"bookmarks\":1,\"views\":9000"

/* "total=267 score=310 … tier=warm": what is known, in the order of the event. */
static struct span figures_as_of(const struct ruleset *rules, const struct post *post, int64_t as_of_ms)
{
    struct buf out = buf_in(scratch());
    struct found found;

    ruleset_apply(rules, post, as_of_ms, &found, scratch());
    for (int i = 0; i < FIGURES; i++) {
        if (found.figures[i] == FIGURE_UNKNOWN)
            continue;
        buf_format(&out, "%s%s=", out.len ? " " : "", figure_names[i]);
        buf_decimal(&out, found.figures[i]);
    }
    if (found.tier.len)
        buf_format(&out, "%stier=%.*s", out.len ? " " : "", SPAN_ARGS(found.tier));
    return buf_span(&out);
}

static struct span figures(const char *rules, const char *json)
{
    const struct post *post = post_from(json);

    return figures_as_of(rules_from(rules), post, post->observed_ms);
}

#define FIGURES_ARE(rules, json, expected) CHECK_SPAN(figures(rules, json), SPAN(expected))

/* What COUNT_ENGAGING counts are in the total, by name. */
static struct span counted(const char *json)
{
    const struct found *found = found_in(rules_from(RULES), post_from(json));
    struct span all = SPAN("");

    for (int i = 0; i < COUNTS; i++)
        if (found->counted & 1u << i)
            all = span_format(scratch(), "%.*s%s ", SPAN_ARGS(all), count_names[i]);
    return span_trim(all);
}

TEST(all_figures_of_a_post_of_which_all_is_known)
{
    FIGURES_ARE(RULES,
                "{\"id\":\"1\",\"text\":\"\",\"created_at\":\"2025-12-05T09:00:00+09:00\","
                "\"observed_at\":\"2025-12-05T16:00:00+09:00\",\"author\":{\"followers\":1234},"
                "\"metrics\":{" COUNTS_OF_ALL "}}",
                "total=267 score=310 rate_views=0.0297 rate_followers=0.2164 amplification=0.047 per_hour=38.1429 "
                "tier=warm");
}

TEST(the_total_is_the_sum_of_the_known_counts_but_views)
{
    FIGURES_ARE("version: 1\n", "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":7,\"replies\":2}}", "total=9");
    CHECK_SPAN(counted("{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":7,\"replies\":2,\"views\":9}}"),
               SPAN("replies likes"));
    CHECK_SPAN(counted("{\"id\":\"1\",\"text\":\"\",\"metrics\":{" COUNTS_OF_ALL "}}"),
               SPAN("reposts quotes replies likes bookmarks"));
    CHECK_SPAN(counted("{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"views\":9}}"), SPAN(""));
}

TEST(unknown_counts_give_no_figures)
{
    FIGURES_ARE(RULES, "{\"id\":\"1\",\"text\":\"\"}", "");
    FIGURES_ARE(RULES, "{\"id\":\"1\",\"text\":\"\",\"author\":{\"followers\":5},\"metrics\":{\"views\":9000}}", "");
}

TEST(counts_of_zero_are_known)
{
    FIGURES_ARE(RULES,
                "{\"id\":\"1\",\"text\":\"\",\"author\":{\"followers\":10},"
                "\"metrics\":{\"reposts\":0,\"likes\":0,\"quotes\":0,\"views\":3}}",
                "total=0 score=0 rate_views=0 rate_followers=0 amplification=0");
}

TEST(a_divisor_of_zero_gives_no_figure)
{
    FIGURES_ARE(RULES,
                "{\"id\":\"1\",\"text\":\"\",\"author\":{\"followers\":0},"
                "\"metrics\":{\"reposts\":1,\"likes\":1,\"quotes\":1,\"views\":0}}",
                "total=3 score=3");
}

TEST(the_score_needs_every_count_with_a_weight)
{
    FIGURES_ARE(RULES, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"reposts\":5}}", "total=5");
    FIGURES_ARE(RULES, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"reposts\":5,\"likes\":3}}", "total=8 score=13");
    FIGURES_ARE("engagement: {weights: {views: 0.01, likes: 0}}\n",
                "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"views\":150}}", "score=1.5");
    FIGURES_ARE("engagement: {weights: {replies: 1.2345}}\n",
                "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"replies\":3}}", "total=3 score=3.7035");
}

TEST(without_weights_there_is_no_score)
{
    FIGURES_ARE("version: 1\n", "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"reposts\":5,\"likes\":3}}", "total=8");
}

TEST(amplification_needs_reposts_and_quotes)
{
    FIGURES_ARE("version: 1\n", "{\"id\":\"1\",\"text\":\"\",\"author\":{\"followers\":8},\"metrics\":{\"reposts\":2}}",
                "total=2 rate_followers=0.25");
    FIGURES_ARE("version: 1\n",
                "{\"id\":\"1\",\"text\":\"\",\"author\":{\"followers\":8},\"metrics\":{\"reposts\":2,\"quotes\":1}}",
                "total=3 rate_followers=0.375 amplification=0.375");
}

TEST(on_a_repost_nothing_mixes_two_authors_or_times)
{
    FIGURES_ARE(RULES,
                "{\"id\":\"1\",\"text\":\"\",\"repost_of\":\"2\",\"created_at\":\"2025-12-05T09:00:00+09:00\","
                "\"observed_at\":\"2025-12-05T16:00:00+09:00\",\"author\":{\"followers\":1234},"
                "\"metrics\":{" COUNTS_OF_ALL "}}",
                "total=267 score=310 rate_views=0.0297 tier=warm");
}

TEST(an_update_has_figures_like_a_post)
{
    FIGURES_ARE(RULES, "{\"id\":\"1\",\"metrics\":{" COUNTS_OF_ALL "}}",
                "total=267 score=310 rate_views=0.0297 tier=warm");
}

static struct span per_hour(const char *rules, int64_t created_ms, int64_t as_of_ms)
{
    struct post post = *post_saying(SPAN(""));

    post.counts[COUNT_LIKES] = 90;
    post.created_ms = created_ms;
    return figures_as_of(rules_from(rules), &post, as_of_ms);
}

TEST(per_hour_counts_from_creation_to_the_reading)
{
    CHECK_SPAN(per_hour("version: 1\n", 0, 3 * TIME_HOUR_MS), SPAN("total=90 per_hour=30"));
    CHECK_SPAN(per_hour("version: 1\n", 0, 7 * TIME_HOUR_MS), SPAN("total=90 per_hour=12.8571"));
    CHECK_SPAN(per_hour("version: 1\n", 0, TIME_UNKNOWN), SPAN("total=90"));
    CHECK_SPAN(per_hour("version: 1\n", TIME_UNKNOWN, 0), SPAN("total=90"));
}

TEST(a_younger_post_counts_as_min_age)
{
    CHECK_SPAN(per_hour("version: 1\n", 0, TIME_MINUTE_MS), SPAN("total=90 per_hour=90"));
    CHECK_SPAN(per_hour("version: 1\n", 0, TIME_HOUR_MS), SPAN("total=90 per_hour=90"));
    CHECK_SPAN(per_hour("engagement: {min_age: 10m}\n", 0, TIME_MINUTE_MS), SPAN("total=90 per_hour=540"));
    CHECK_SPAN(per_hour("engagement: {min_age: 2h}\n", 0, TIME_HOUR_MS), SPAN("total=90 per_hour=45"));
}

TEST(a_post_from_the_future_counts_as_min_age)
{
    CHECK_SPAN(per_hour("version: 1\n", 5 * TIME_HOUR_MS, 0), SPAN("total=90 per_hour=90"));
}

TEST(the_tier_is_the_highest_that_is_reached)
{
    const char *rules = "engagement: {tiers: {warm: 100, by: likes, hot: 1000, luke: 0.5}}\n";

    FIGURES_ARE(rules, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":1000}}", "total=1000 tier=hot");
    FIGURES_ARE(rules, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":999}}", "total=999 tier=warm");
    FIGURES_ARE(rules, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":100}}", "total=100 tier=warm");
    FIGURES_ARE(rules, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":1}}", "total=1 tier=luke");
    FIGURES_ARE(rules, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":0}}", "total=0");
    FIGURES_ARE(rules, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"reposts\":5000}}", "total=5000");
}

TEST(a_tier_may_start_at_zero_but_not_where_nothing_is_known)
{
    const char *rules = "engagement: {tiers: {by: rate_views, some: 0, much: 0.05}}\n";

    FIGURES_ARE(rules, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":0,\"views\":9}}",
                "total=0 rate_views=0 tier=some");
    FIGURES_ARE(rules, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":1,\"views\":20}}",
                "total=1 rate_views=0.05 tier=much");
    FIGURES_ARE(rules, "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":1}}", "total=1");
    FIGURES_ARE("engagement: {tiers: {by: views, some: 0}}\n", "{\"id\":\"1\",\"text\":\"\"}", "");
    FIGURES_ARE("engagement: {tiers: {by: views, some: 0}}\n", "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"views\":0}}",
                "tier=some");
}

TEST(the_tiers_go_by_the_total_unless_said)
{
    FIGURES_ARE("engagement: {tiers: {hot: 10}}\n",
                "{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":6,\"replies\":4}}", "total=10 tier=hot");
}

TEST(the_greatest_counts_do_not_overflow)
{
    FIGURES_ARE(
        "engagement: {weights: {reposts: 922337203685477.5807, quotes: 922337203685477.5807, views: "
        "922337203685477.5807}, "
        "min_age: 1ms}\n",
        "{\"id\":\"1\",\"text\":\"\",\"created_at\":\"2025-12-05T09:00:00Z\",\"observed_at\":\"2025-12-05T09:00:00Z\","
        "\"author\":{\"followers\":1},\"metrics\":{\"reposts\":9007199254740991,\"likes\":9007199254740991,"
        "\"replies\":9007199254740991,\"quotes\":9007199254740991,\"bookmarks\":9007199254740991,"
        "\"views\":9007199254740991}}",
        "total=45035996273704955 score=24923024920967169847232611547401.4211 rate_views=5 "
        "rate_followers=45035996273704955 "
        "amplification=18014398509481982 per_hour=162129586585337838000000");
}

TEST(a_weight_and_a_tier_are_never_negative)
{
    CHECK_HAS(rules_problems("engagement: {weights: {likes: -1}}\n"),
              "rules.yaml:1:31: a weight cannot be negative; leave it out or write 0");
    CHECK_HAS(rules_problems("engagement: {tiers: {hot: -1}}\n"),
              "rules.yaml:1:27: a tier cannot start below 0; no figure does");
}

TEST(settings_of_engagement_are_checked_at_their_place)
{
    CHECK_HAS(rules_problems("engagement: {tiers: {by: totl, hot: 1}}\n"),
              "rules.yaml:1:26: expected total, score, rate_views, rate_followers, amplification, per_hour, reposts, "
              "quotes, replies, likes, bookmarks or views, got \"totl\"; did you mean \"total\"?");
    CHECK_HAS(rules_problems("engagement: {tiers: [hot]}\n"), "rules.yaml:1:21: expected a map of tiers, got a list");
    CHECK_HAS(rules_problems("engagement: {weights: {shares: 1}}\n"), "rules.yaml:1:24: unknown key \"shares\"");
    CHECK_HAS(rules_problems("engagement: {min_age: 0s}\n"), "rules.yaml:1:23: 0s is out of range");
    CHECK_HAS(rules_problems("engagement: {tiers: {hot: many}}\n"), "rules.yaml:1:27: expected a number");
}

TEST(times_at_both_ends_of_their_range_do_not_overflow)
{
    CHECK_SPAN(per_hour("version: 1\n", -1000, INT64_MAX), SPAN("total=90 per_hour=0"));
}
