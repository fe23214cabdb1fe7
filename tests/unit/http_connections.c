#include "common/http_connections.h"
#include "tests/unit/test.h"

static struct http_connections all;

static struct address address(uint32_t host)
{
    struct address it = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)}, .len = sizeof it.v4};

    return it;
}

static struct http_connection *at(int fd)
{
    for (int i = 0; i < HTTP_PLACES; i++)
        if (all.at[i].phase != HTTP_FREE && all.at[i].fd == fd)
            return &all.at[i];
    return NULL;
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
    at(FD)->phase = HTTP_ANSWERED;
    CHECK(comes(FD + 1000, THERE + 1000));
    CHECK(at(FD)->phase == HTTP_ANSWERED);
    CHECK(at(FD + 1)->phase == HTTP_CUT && count(HTTP_CUT) == 1);
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
        at(FD + i)->phase = HTTP_WORKS;
    }
    CHECK(!comes(FD + 1000, THERE) && comes(FD + 1000, THERE + 1));
    CHECK(http_connections_working(&all, THERE) == HTTP_HOST_CONNECTIONS
          && http_connections_working(&all, THERE + 1) == 0);
    http_connection_end(at(FD));
    CHECK(comes(FD + 1001, THERE) && !at(FD));
}

TEST(time_begins_at_the_end_of_a_turn)
{
    all = (struct http_connections){0};
    comes(FD, THERE);
    comes(FD + 1, THERE);
    http_connections_end_turn(&all);
    CHECK(count(HTTP_WAITS) == 2 && at(FD)->since_ms);
    at(FD)->since_ms -= HTTP_REQUEST_MS + 1;
    at(FD + 1)->since_ms -= HTTP_REQUEST_MS + 1;
    at(FD + 1)->phase = HTTP_ANSWERED;
    http_connections_end_turn(&all);
    CHECK(at(FD)->phase == HTTP_CUT);
    CHECK(at(FD + 1)->phase == HTTP_ANSWERED);
    at(FD + 1)->since_ms -= HTTP_LIFE_MS;
    http_connections_end_turn(&all);
    CHECK(count(HTTP_CUT) == 2);
}

TEST(a_slow_reader_makes_room)
{
    all = (struct http_connections){0};
    comes(FD, THERE);
    at(FD)->phase = HTTP_ANSWERED;
    http_connections_drop_reader(&all);
    http_connections_end_turn(&all);
    http_connections_drop_reader(&all);
    CHECK(count(HTTP_ANSWERED) == 1);
    at(FD)->answered_ms -= 2000;
    http_connections_drop_reader(&all);
    CHECK(count(HTTP_CUT) == 1);
}

TEST(the_one_that_has_been_idle_longest_makes_room_first)
{
    all = (struct http_connections){0};
    for (int i = 0; i < HTTP_HOST_CONNECTIONS; i++)
        CHECK(comes(FD + i, THERE) && http_connections_ask(&all, at(FD + i)) == 1);
    http_connections_rest(&all, at(FD + 7));
    http_connections_rest(&all, at(FD + 3));
    CHECK(comes(FD + 1000, THERE) && at(FD + 7)->phase == HTTP_CUT && count(HTTP_CUT) == 1);
    CHECK(http_connections_ask(&all, at(FD + 3)) == 2); /* waits from now on: FD is older */
    CHECK(comes(FD + 1001, THERE) && at(FD)->phase == HTTP_CUT && count(HTTP_CUT) == 2);
}

TEST(each_request_has_its_own_time)
{
    all = (struct http_connections){0};
    comes(FD, THERE);
    http_connections_ask(&all, at(FD));
    http_connection_move(at(FD), HTTP_ANSWERED);
    http_connections_end_turn(&all);
    at(FD)->since_ms -= HTTP_LIFE_MS - 1000;
    http_connections_rest(&all, at(FD));
    http_connections_end_turn(&all);
    CHECK(at(FD)->phase == HTTP_IDLE && !at(FD)->answered_ms);
    at(FD)->since_ms -= HTTP_IDLE_MS - 1000;
    http_connections_ask(&all, at(FD));
    http_connections_end_turn(&all);
    CHECK(at(FD)->phase == HTTP_WAITS);
    http_connections_rest(&all, at(FD));
    http_connections_end_turn(&all);
    at(FD)->since_ms -= HTTP_IDLE_MS + 1;
    http_connections_end_turn(&all);
    CHECK(at(FD)->phase == HTTP_CUT);
    http_connections_rest(&all, at(FD));
    CHECK(at(FD)->phase == HTTP_CUT);
}
