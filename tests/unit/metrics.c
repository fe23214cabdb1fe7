#include "worker/monitor/metrics.h"
#include "common/time.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/port.h"

static const char config_yaml[] =
    "input: [{topic: posts.raw}, {topic: posts.other}]\nrules: [r.yaml]\ndead_letters: posts.dead\n"
    "routes: {a: {topic: posts.a, shape: event}, \"b\\\"\\\\\": {topic: posts.b, shape: facts}}\n";

static const struct config *config(void)
{
    static const struct config *one;

    return one = one ? one : config_from(config_yaml);
}

static struct span text_of(const struct metrics *metrics)
{
    struct samples samples = {.mem = scratch()};
    struct buf out = buf_in(scratch());

    metrics_write(metrics, &samples, &out);
    return buf_span(&out);
}

static struct metrics *two_lanes(void)
{
    return metrics_new(config(), rules_from("tags: {rare-earth: {any: [x]}, sea: {any: [y]}}\n"), 2);
}

TEST(lanes_are_summed_each_series_apart)
{
    struct metrics *metrics = two_lanes();

    meter_add(metrics_meter(metrics, 0), METRIC_POSTS, 0, 3);
    meter_add(metrics_meter(metrics, 1), METRIC_POSTS, 0, 4);
    meter_add(metrics_meter(metrics, 1), METRIC_POSTS, 1, 1);
    CHECK(metric_value(metrics, METRIC_POSTS, 0) == 7);
    CHECK(metric_sum(metrics, METRIC_POSTS) == 8);
    CHECK(metrics_total_of_lane(metrics, TOTAL_POSTS, 1) == 5);
    CHECK_HAS(text_of(metrics), "\ntrendmill_posts_total{topic=\"posts.raw\"} 7\n");
    CHECK_HAS(text_of(metrics), "\ntrendmill_posts_total{topic=\"posts.other\"} 1\n");
    metrics_free(metrics);
}

TEST(totals_leave_out_what_was_rewound_and_given_out_again)
{
    struct metrics *metrics = two_lanes();
    struct meter *meter = metrics_meter(metrics, 0);

    meter_add(meter, METRIC_POSTS, 0, 3);
    meter_add(meter, METRIC_DEAD, FAULT_NOT_JSON, 1);
    meter_committed(meter);
    meter_add(meter, METRIC_POSTS, 1, 4);
    meter_add(meter, METRIC_RECORDS, 0, 12);
    meter_rewound(meter);
    meter_add(meter, METRIC_POSTS, 1, 4);
    meter_committed(meter);
    meter_add(metrics_meter(metrics, 1), METRIC_POSTS, 0, 2);
    CHECK(metric_sum(metrics, METRIC_POSTS) == 13);
    CHECK(metrics_total_of_lane(metrics, TOTAL_POSTS, 0) == 7 && metrics_total(metrics, TOTAL_POSTS) == 9);
    CHECK(metrics_total(metrics, TOTAL_RECORDS) == 0 && metrics_total(metrics, TOTAL_DEAD) == 1);
    metrics_free(metrics);
}

TEST(an_unusable_member_has_a_series_once_it_is_counted)
{
    struct metrics *metrics = two_lanes();

    CHECK(!memmem(text_of(metrics).at, text_of(metrics).len, "unusable_members_total{", 23));
    meter_add(metrics_meter(metrics, 1), METRIC_UNUSABLE, MEMBER_FOLLOWERS * UNUSABLES + UNUSABLE_RANGE, 2);
    CHECK_HAS(text_of(metrics),
              "\ntrendmill_unusable_members_total{member=\"author.followers\",reason=\"out-of-range\"} 2\n");
    metrics_free(metrics);
}

TEST(nobody_has_to_count)
{
    meter_add(NULL, METRIC_POSTS, 0, 3);
    meter_observe(NULL, METRIC_BATCH, 1);
    meter_delivered(NULL, 1);
    meter_committed(NULL);
    meter_rewound(NULL);
}

TEST(label_values_are_escaped)
{
    struct buf labels = buf_in(scratch());
    struct metrics *metrics = two_lanes();

    metric_write_label(&labels, "a", SPAN("x\"y\\z\nw"));
    metric_write_label(&labels, "b", SPAN("日本"));
    CHECK_SPAN(buf_span(&labels), SPAN("a=\"x\\\"y\\\\z\\nw\",b=\"日本\""));
    CHECK_HAS(text_of(metrics), "\ntrendmill_records_total{route=\"b\\\"\\\\\"} 0\n");
    metrics_free(metrics);
}

TEST(a_histogram_counts_what_its_bounds_include_and_all_below)
{
    struct metrics *metrics = two_lanes();

    meter_observe(metrics_meter(metrics, 0), METRIC_BATCH, 100);
    meter_observe(metrics_meter(metrics, 1), METRIC_BATCH, 101);
    meter_observe(metrics_meter(metrics, 1), METRIC_BATCH, 3600000000);
    struct span text = text_of(metrics);
    CHECK_HAS(text, "\ntrendmill_batch_seconds_bucket{le=\"0.0001\"} 1\n");
    CHECK_HAS(text, "\ntrendmill_batch_seconds_bucket{le=\"0.00025\"} 2\n");
    CHECK_HAS(text, "\ntrendmill_batch_seconds_bucket{le=\"30\"} 2\n");
    CHECK_HAS(text, "\ntrendmill_batch_seconds_bucket{le=\"+Inf\"} 3\n");
    CHECK_HAS(text, "\ntrendmill_batch_seconds_sum 3600.000201\n");
    CHECK_HAS(text, "\ntrendmill_batch_seconds_count 3\n");
    metrics_free(metrics);
}

TEST(a_delay_is_within_bounds_whatever_the_timestamp)
{
    struct metrics *metrics = two_lanes();
    struct meter *meter = metrics_meter(metrics, 0);

    meter_delivered(meter, INT64_C(1760000000000000000)); /* nanoseconds */
    meter_delivered(meter, INT64_C(-1760000000000000000));
    meter_committed(meter);
    CHECK_HAS(text_of(metrics), "\ntrendmill_delay_seconds_bucket{le=\"5\"} 1\n");
    CHECK_HAS(text_of(metrics), "\ntrendmill_delay_seconds_count 2\n");
    CHECK_HAS(text_of(metrics), "\ntrendmill_delay_seconds_sum 316224000.000000\n");
    metrics_free(metrics);
}

TEST(a_sum_is_never_full)
{
    enum { POSTS = 100000 };
    struct metrics *metrics = two_lanes();
    struct meter *meter = metrics_meter(metrics, 0);
    int64_t then_ms = time_now_ms() - INT64_C(10) * 366 * 24 * 3600 * 1000 - 1000;

    for (int i = 0; i < POSTS; i++)
        meter_delivered(meter, then_ms);
    meter_committed(meter);
    CHECK_HAS(text_of(metrics), "\ntrendmill_delay_seconds_sum 31622400000000.000000\n");
    metrics_free(metrics);
}

TEST(a_delay_is_known_at_the_commit_and_forgotten_in_a_rewind)
{
    struct metrics *metrics = two_lanes();
    struct meter *meter = metrics_meter(metrics, 0);
    int64_t now_ms = time_now_ms();

    meter_delivered(meter, now_ms - 7000);
    meter_rewound(meter);
    meter_delivered(meter, now_ms - 7000);
    meter_delivered(meter, TIME_UNKNOWN);
    meter_delivered(meter, now_ms + 60000); /* a clock that is ahead of ours */
    CHECK(metric_sum(metrics, METRIC_COMMITTED) == 0);
    meter_committed(meter);
    meter_committed(meter);
    CHECK(metric_sum(metrics, METRIC_COMMITTED) == 3);
    CHECK_HAS(text_of(metrics), "\ntrendmill_delay_seconds_bucket{le=\"5\"} 1\n");
    CHECK_HAS(text_of(metrics), "\ntrendmill_delay_seconds_bucket{le=\"10\"} 2\n");
    CHECK_HAS(text_of(metrics), "\ntrendmill_delay_seconds_count 2\n");
    metrics_free(metrics);
}

static void count_posts(struct meter *meter, const struct ruleset *rules, const char *text)
{
    meter_use_rules(meter, rules);
    meter_tags(meter, found_in(rules, post_saying(span_of(text))));
}

TEST(tags_keep_their_series_over_a_reload)
{
    const struct ruleset *old = rules_from("tags: {a: {any: [x]}, b: {any: [y]}}\n");
    const struct ruleset *new = rules_from("tags: {c: {any: [z]}, b: {any: [y]}}\n");
    struct metrics *metrics = metrics_new(config(), old, 1);

    count_posts(metrics_meter(metrics, 0), old, "x y");
    metrics_add_tags(metrics, new);
    count_posts(metrics_meter(metrics, 0), new, "y z");
    struct span text = text_of(metrics);
    CHECK_HAS(text, "_posts_total{tag=\"a\"} 1\n");
    CHECK_HAS(text, "_posts_total{tag=\"b\"} 2\n");
    CHECK_HAS(text, "_posts_total{tag=\"c\"} 1\n");
    CHECK_HAS(text, "_posts_total{tag=\"(others)\"} 0\n");
    metrics_free(metrics);
}

TEST(more_tags_than_there_is_room_for_share_a_series)
{
    struct buf yaml = buf_in(scratch());

    buf_put(&yaml, SPAN("tags:\n"));
    for (int i = 0; i < METRIC_TAGS_MAX + 5; i++)
        buf_format(&yaml, "  t%d: {any: [\"word:w%d\"]}\n", i, i);
    buf_char(&yaml, 0);
    const struct ruleset *rules = rules_from(yaml.at);
    struct metrics *metrics = metrics_new(config(), rules, 1);
    count_posts(metrics_meter(metrics, 0), rules, "w0 w999 w1000 w1004");
    CHECK(metric_series(metrics, METRIC_TAGGED) == METRIC_TAGS_MAX + 1);
    CHECK(metric_value(metrics, METRIC_TAGGED, 0) == 2);
    CHECK(metric_value(metrics, METRIC_TAGGED, 1) == 1);
    CHECK(metric_value(metrics, METRIC_TAGGED, METRIC_TAGS_MAX) == 1);
    metrics_free(metrics);
}
