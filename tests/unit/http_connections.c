#include "common/http_connections.h"
#include "tests/unit/test.h"

static struct http_connections all;

static struct address address(uint32_t host)
{
    struct address it = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)}, .len = sizeof it.v4};

    return it;
}

/* Descriptors of our own, which are no sockets: to shut them down does nothing. */
static bool comes(int fd, uint32_t host)
{
    struct address from = address(host);
    bool admitted = http_connections_admit(&all, &from);

    if (admitted)
        http_connections_begin(&all, fd, &from);
    return admitted;
}

static int count(enum http_phase phase)
{
    int found = 0;

    for (int i = 0; i < HTTP_PLACES; i++)
        found += all.at[i].phase == phase;
    return found;
}

enum { HERE = 0x7f000001, THERE = 0x0a000001, FD = 100000 };

TEST(the_oldest_that_has_not_asked_makes_room)
{
    all = (struct http_connections){0};
    for (int i = 0; i < HTTP_CONNECTIONS - HTTP_LOOPBACK_CONNECTIONS; i++)
        CHECK(comes(FD + i, THERE + (uint32_t)i));
    http_connections_find(&all, FD)->phase = HTTP_ANSWERED;
    CHECK(comes(FD + 1000, THERE + 1000));
    CHECK(http_connections_find(&all, FD)->phase == HTTP_ANSWERED);
    CHECK(http_connections_find(&all, FD + 1)->phase == HTTP_CUT && count(HTTP_CUT) == 1);
}

TEST(places_are_kept_for_loopback)
{
    all = (struct http_connections){0};
    for (int i = 0; i < HTTP_CONNECTIONS; i++)
        comes(FD + i, THERE + (uint32_t)i);
    int others = count(HTTP_WAITS);
    CHECK(others == HTTP_CONNECTIONS - HTTP_LOOPBACK_CONNECTIONS);
    for (int i = 0; i < HTTP_LOOPBACK_CONNECTIONS; i++)
        CHECK(comes(FD + 1000 + i, HERE + (uint32_t)i));
    CHECK(count(HTTP_WAITS) == others + HTTP_LOOPBACK_CONNECTIONS);
}

TEST(one_host_has_its_share_and_answers_are_not_interrupted)
{
    all = (struct http_connections){0};
    for (int i = 0; i < HTTP_HOST_CONNECTIONS; i++) {
        CHECK(comes(FD + i, THERE));
        http_connections_find(&all, FD + i)->phase = HTTP_WORKS;
    }
    CHECK(!comes(FD + 1000, THERE) && comes(FD + 1000, THERE + 1));
    CHECK(http_connections_working(&all, THERE) == HTTP_HOST_CONNECTIONS
          && http_connections_working(&all, THERE + 1) == 0);
    http_connections_end(&all, FD);
    CHECK(comes(FD + 1001, THERE) && !http_connections_find(&all, FD));
}

TEST(time_begins_at_the_end_of_a_turn)
{
    all = (struct http_connections){0};
    comes(FD, THERE);
    comes(FD + 1, THERE);
    http_connections_end_turn(&all);
    CHECK(count(HTTP_WAITS) == 2 && http_connections_find(&all, FD)->since_ms);
    http_connections_find(&all, FD)->since_ms -= HTTP_REQUEST_MS + 1;
    http_connections_find(&all, FD + 1)->since_ms -= HTTP_REQUEST_MS + 1;
    http_connections_find(&all, FD + 1)->phase = HTTP_ANSWERED;
    http_connections_end_turn(&all);
    CHECK(http_connections_find(&all, FD)->phase == HTTP_CUT);
    CHECK(http_connections_find(&all, FD + 1)->phase == HTTP_ANSWERED);
    http_connections_find(&all, FD + 1)->since_ms -= HTTP_LIFE_MS;
    http_connections_end_turn(&all);
    CHECK(count(HTTP_CUT) == 2);
}

TEST(a_slow_reader_makes_room)
{
    all = (struct http_connections){0};
    comes(FD, THERE);
    http_connections_find(&all, FD)->phase = HTTP_ANSWERED;
    http_connections_drop_reader(&all);
    http_connections_end_turn(&all);
    http_connections_drop_reader(&all);
    CHECK(count(HTTP_ANSWERED) == 1);
    http_connections_find(&all, FD)->answered_ms -= 2000;
    http_connections_drop_reader(&all);
    CHECK(count(HTTP_CUT) == 1);
}
