#include "worker/kafka/log_limit.h"
#include "tests/unit/test.h"

TEST(a_line_is_said_once_whatever_its_figures)
{
    struct log_limit log_limit;
    size_t hidden = 9;

    log_limit_open(&log_limit);
    CHECK(log_limit_lets(&log_limit, "librdkafka", "broker 1 failed after 200 ms", &hidden) && hidden == 0);
    CHECK(!log_limit_lets(&log_limit, "librdkafka", "broker 2 failed after 7 ms", &hidden));
    CHECK(log_limit_lets(&log_limit, "librdkafka", "broker is up", &hidden));
    CHECK(log_limit_lets(&log_limit, "brokers", "broker 1 failed after 200 ms", &hidden));
    log_limit_close(&log_limit);
}

TEST(silence_ends_and_says_how_much_it_kept_back)
{
    struct log_limit log_limit;
    size_t hidden = 0;

    log_limit_open(&log_limit);
    log_limit_lets(&log_limit, "brokers", "all are down", &hidden);
    log_limit_lets(&log_limit, "brokers", "all are down", &hidden);
    log_limit_lets(&log_limit, "brokers", "all are down", &hidden);
    for (size_t i = 0; i < QUIET_SLOTS; i++)
        log_limit.slots[i].since_ms -= QUIET_MS;
    CHECK(log_limit_lets(&log_limit, "brokers", "all are down", &hidden));
    CHECK(hidden == 2);
    log_limit_close(&log_limit);
}
