#include "worker/kafka/outage.h"
#include "tests/unit/test.h"

#include <string.h>

static const char refused[] =
    "[thrd:kafka:9092/bootstrap]: kafka:9092/bootstrap: Connect to ipv4#10.0.0.7:9092 failed: "
    "Connection refused (after 0ms in state CONNECT)";
static const char closed[] = "[thrd:kafka:9092/1]: kafka:9092/1: Disconnected (after 600012ms in state UP)";
static const char closed_as_by_2_16[] =
    "[thrd:kafka:9092/1]: kafka:9092/1: Disconnected: connection closed by peer: receive 0 "
    "after POLLIN (after 600012ms in state UP)";
static const char password[] = "[thrd:sasl_ssl://kafka:9092/1]: sasl_ssl://kafka:9092/1: SASL authentication error: "
                               "Authentication failed: Invalid username or password (after 3ms in state AUTH_REQ)";

TEST(an_idle_connection_that_is_closed_is_no_outage)
{
    struct outage outage;

    outage_open(&outage, 0);
    CHECK(!outage_note(&outage, closed));
    CHECK(!outage_note(&outage, closed_as_by_2_16));
    CHECK(!outage_is_on(&outage));
    CHECK(outage_note(&outage, refused));
    CHECK(outage_note(&outage, closed)); /* while others fail it is one of them */
    CHECK(outage_is_on(&outage));
    outage_close(&outage);
}

TEST(three_questions_without_an_answer_mean_that_no_broker_answers)
{
    struct outage outage;
    char words[200];

    outage_open(&outage, 0);
    outage_note(&outage, refused);
    outage_heard(&outage, false);
    outage_heard(&outage, false);
    CHECK(!outage_say(&outage, words, sizeof words));
    outage_heard(&outage, false);
    CHECK(outage_say(&outage, words, sizeof words));
    CHECK(strncmp(words, "no broker answers, for 0 s: kafka:9092/bootstrap: Connect", 55) == 0);
    outage_heard(&outage, true);
    CHECK(!outage_is_on(&outage) && !outage_say(&outage, words, sizeof words));
    outage_close(&outage);
}

/* One of several is away: an answer of another is not the end of it. */
TEST(an_outage_of_one_broker_ends_by_silence)
{
    struct outage outage;

    outage_open(&outage, 0);
    outage_note(&outage, refused);
    outage_heard(&outage, true);
    CHECK(outage_is_on(&outage));
    outage.last_ms -= 36000;
    outage_heard(&outage, true);
    CHECK(!outage_is_on(&outage));
    outage_close(&outage);
}

TEST(failures_are_said_once_and_then_once_a_minute)
{
    struct outage outage;

    outage_open(&outage, 0);
    for (int i = 0; i < 100; i++)
        outage_note(&outage, refused);
    CHECK(outage.failures == 99); /* of which the log has no line yet */
    outage.said_ms -= 60000;
    outage_note(&outage, refused);
    CHECK(outage.failures == 0);
    outage_close(&outage);
}

TEST(a_refusal_is_an_error_with_its_remedy)
{
    struct outage outage;
    struct err err = {0};

    outage_open(&outage, NO_LANE);
    outage_note(&outage, refused);
    CHECK(!outage_is_refused(&outage, &err));
    outage_note(&outage, password);
    CHECK(outage_is_refused(&outage, &err) && err.kind == ERR_CLUSTER);
    CHECK(
        strstr(err.text, "the brokers refuse the credentials: check sasl.mechanism, sasl.username and sasl.password"));
    CHECK(strstr(err.text, "Invalid username or password"));
    outage_close(&outage);
}
