#include "worker/kafka/output_topics.h"
#include "common/time.h"
#include "tests/unit/test.h"
#include "worker/kafka/client_config.h"

#include <string.h>

static const struct topic_limits usual = {
    .known = true,
    .max_bytes = 1048588,
    .before_ms = INT64_MAX,
    .after_ms = 3600000,
};

TEST(a_record_is_as_large_as_its_batch_at_the_worst)
{
    CHECK(record_bytes(10, 100, 0) == 61 + 36 + 110);
    CHECK(header_bytes(5, 7) == 22);
}

TEST(a_topic_is_wider_when_any_of_its_limits_excludes_less)
{
    struct topic_limits larger = usual, later = usual, stamping = usual, compacted = usual;

    larger.max_bytes++;
    later.after_ms++;
    stamping.own_timestamps = true;
    compacted.compacted = true;
    CHECK(limits_are_wider(&usual, &larger) && limits_are_wider(&usual, &later));
    CHECK(limits_are_wider(&usual, &stamping) && limits_are_wider(&compacted, &usual));
    CHECK(!limits_are_wider(&usual, &usual) && !limits_are_wider(&larger, &usual));
    CHECK(!limits_are_wider(&unknown_limits, &usual) && !limits_are_wider(&usual, &unknown_limits));
}

/* Two outputs, the second with these limits. */
static struct outputs outputs_with(struct output *two, const struct topic_limits *limits)
{
    two[0] = (struct output){.topic = "posts.enriched", .limits = usual};
    two[1] = (struct output){.topic = "posts.facts", .limits = *limits};
    return (struct outputs){.at = two, .len = 2, .most_batch_bytes = INT64_MAX};
}

static int64_t fitted(struct outputs *outputs, const char *name)
{
    struct err err = {0};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    CHECK(client_set(conf, "batch.size", "262144", &err));
    CHECK(outputs_fit(outputs, conf, false, &err));
    int64_t value = client_number(conf, name, -1);
    rd_kafka_conf_destroy(conf);
    return value;
}

TEST(no_batch_is_larger_than_the_smallest_topic_accepts)
{
    struct output two[2];
    struct topic_limits small = usual;
    struct outputs outputs = outputs_with(two, &usual);

    CHECK(fitted(&outputs, "batch.size") == 262144);
    small.max_bytes = 100000;
    outputs = outputs_with(two, &small);
    CHECK(fitted(&outputs, "batch.size") == 100000 - 61 - 36);
    small.max_bytes = 50;
    outputs = outputs_with(two, &small);
    CHECK(fitted(&outputs, "batch.size") == 1);
}

TEST(no_topic_keeps_a_record_from_being_offered_to_the_broker)
{
    struct output two[2];
    struct topic_limits small = usual;

    small.max_bytes = 100000;
    struct outputs outputs = outputs_with(two, &small);
    CHECK(fitted(&outputs, "message.max.bytes") > 64 << 20);
}

TEST(batches_shrink_after_a_rejection_only_while_a_limit_is_not_known)
{
    struct output two[2];
    struct outputs outputs = outputs_with(two, &unknown_limits);

    CHECK(fitted(&outputs, "batch.size") == 262144);
    outputs_shrink(&outputs);
    CHECK(fitted(&outputs, "batch.size") == 131072);
    for (int i = 0; i < 40; i++) {
        outputs_shrink(&outputs);
        CHECK(fitted(&outputs, "batch.size") >= 1);
    }
    outputs = outputs_with(two, &usual);
    CHECK(fitted(&outputs, "batch.size") == 262144);
    outputs_shrink(&outputs);
    CHECK(fitted(&outputs, "batch.size") == 262144);
}
