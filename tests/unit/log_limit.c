#include "worker/kafka/log_limit.h"
#include "tests/unit/test.h"

TEST(a_line_is_said_once_whatever_its_figures)
{
    struct quiet quiet;
    size_t hidden = 9;

    quiet_open(&quiet);
    CHECK(quiet_lets(&quiet, "librdkafka", "broker 1 failed after 200 ms", &hidden) && hidden == 0);
    CHECK(!quiet_lets(&quiet, "librdkafka", "broker 2 failed after 7 ms", &hidden));
    CHECK(quiet_lets(&quiet, "librdkafka", "broker is up", &hidden));
    CHECK(quiet_lets(&quiet, "brokers", "broker 1 failed after 200 ms", &hidden));
    quiet_close(&quiet);
}

TEST(silence_ends_and_says_how_much_it_kept_back)
{
    struct quiet quiet;
    size_t hidden = 0;

    quiet_open(&quiet);
    quiet_lets(&quiet, "brokers", "all are down", &hidden);
    quiet_lets(&quiet, "brokers", "all are down", &hidden);
    quiet_lets(&quiet, "brokers", "all are down", &hidden);
    for (size_t i = 0; i < QUIET_SLOTS; i++)
        quiet.slots[i].since_ms -= QUIET_MS;
    CHECK(quiet_lets(&quiet, "brokers", "all are down", &hidden));
    CHECK(hidden == 2);
    quiet_close(&quiet);
}
