#include "worker/kafka/output_topics.h"
#include "common/time.h"
#include "tests/unit/test.h"

enum { NOW_MS = 1764918000 };

static const struct topic_limits usual = {.max_bytes = 1048588, .before_ms = INT64_MAX, .after_ms = 3600000};

TEST(a_record_of_usual_size_is_taken)
{
    CHECK(!limits_refuse(&usual, record_bytes(20, 1000, 0), true, NOW_MS, NOW_MS));
    CHECK(!limits_refuse(&usual, record_bytes(0, 0, 0), false, TIME_UNKNOWN, NOW_MS));
}

TEST(a_record_is_as_large_as_its_batch_at_the_worst)
{
    CHECK(record_bytes(10, 100, 0) == 61 + 36 + 110);
    CHECK(header_bytes(5, 7) == 22);
    CHECK(!limits_refuse(&usual, usual.max_bytes, true, NOW_MS, NOW_MS));
    CHECK(limits_refuse(&usual, usual.max_bytes + 1, true, NOW_MS, NOW_MS));
}

TEST(a_compacted_topic_wants_a_key)
{
    struct topic_limits limits = usual;

    limits.compacted = true;
    CHECK(limits_refuse(&limits, 100, false, NOW_MS, NOW_MS));
    CHECK(!limits_refuse(&limits, 100, true, NOW_MS, NOW_MS));
}

TEST(timestamps_lie_within_what_the_topic_takes)
{
    struct topic_limits limits = usual;

    limits.before_ms = 60000;
    CHECK(!limits_refuse(&limits, 100, true, NOW_MS + 3600000, NOW_MS));
    CHECK(limits_refuse(&limits, 100, true, NOW_MS + 3600001, NOW_MS));
    CHECK(!limits_refuse(&limits, 100, true, NOW_MS - 59000, NOW_MS));
    CHECK(limits_refuse(&limits, 100, true, NOW_MS - 60000, NOW_MS));
    CHECK(limits_refuse(&limits, 100, true, -5, NOW_MS));
}

TEST(where_the_broker_sets_the_time_any_timestamp_will_do)
{
    struct topic_limits limits = usual;

    limits.before_ms = 0;
    limits.own_timestamps = true;
    CHECK(!limits_refuse(&limits, 100, true, 5, NOW_MS));
}
