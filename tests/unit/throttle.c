#include "worker/kafka/throttle.h"
#include "tests/unit/test.h"

static bool is_rate(const char *text)
{
    struct err err = {0};
    struct throttle *throttle = throttle_new(span_of(text), &err);

    throttle_free(throttle);
    return throttle != NULL;
}

TEST(a_rate_is_posts_or_bytes_a_second)
{
    CHECK(is_rate("500") && is_rate("5MB/s") && is_rate("200kB/s") && is_rate("5MiB/s"));
    CHECK(!is_rate("") && !is_rate("0") && !is_rate("-1") && !is_rate("5MB") && !is_rate("MB/s") && !is_rate("0MB/s"));
}

TEST(rests_keep_the_rate_over_all_lanes)
{
    struct err err = {0};
    struct throttle *throttle = throttle_new(SPAN("1000"), &err);

    int64_t first_ms = throttle_take(throttle, 100, 99999), second_ms = throttle_take(throttle, 200, 0);
    CHECK(first_ms >= 99 && first_ms <= 100);
    CHECK(second_ms > 200 && second_ms <= 300);
    throttle_free(throttle);
}

TEST(batches_are_so_small_that_rests_are_short)
{
    struct err err = {0};
    struct throttle *slow = throttle_new(SPAN("3"), &err), *fast = throttle_new(SPAN("100MB/s"), &err);

    CHECK(throttle_batch(slow, 500) == 1 && throttle_batch(fast, 500) == 500);
    throttle_free(slow);
    throttle_free(fast);
}
