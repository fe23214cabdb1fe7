#include "worker/kafka/range_request.h"
#include "tests/unit/test.h"

enum { NOW_MS = 1000000000 };

static struct arena *mem;

static bool parse(const char *text, struct range_bound *bound)
{
    struct err err = {0};

    mem = mem ? mem : arena_new();
    return range_bound_parse("--from", span_of(text), NOW_MS, mem, bound, &err);
}

static bool checks(const char *from, const char *to, const char *partitions)
{
    struct range_request request = {0};
    struct err err = {0};

    CHECK(parse(from, &request.from) && parse(to, &request.to));
    CHECK(!partitions || range_request_take_partitions(&request, span_of(partitions), mem, &err));
    return range_request_check(&request, NOW_MS, &err);
}

TEST(a_bound_is_an_edge_a_time_an_age_or_offsets)
{
    struct range_bound bound;

    CHECK(parse("earliest", &bound) && bound.kind == RANGE_BOUND_EARLIEST);
    CHECK(parse("latest", &bound) && bound.kind == RANGE_BOUND_LATEST);
    CHECK(parse("1970-01-01T09:00:01+09:00", &bound) && bound.kind == RANGE_BOUND_TIME && bound.time_ms == 1000);
    CHECK(parse("6h", &bound) && bound.kind == RANGE_BOUND_TIME && bound.time_ms == NOW_MS - 6 * 3600000);
    CHECK(parse("0:100,12:250", &bound) && bound.kind == RANGE_BOUND_OFFSETS && bound.offsets_len == 2);
    CHECK(range_bound_offset(&bound, 12) == 250 && range_bound_offset(&bound, 0) == 100
          && range_bound_offset(&bound, 1) == -1);
}

TEST(what_is_no_bound_is_refused)
{
    static const char *const bad[] = {"",
                                      "now",
                                      "6",
                                      "6 h",
                                      "0",
                                      "0:",
                                      ":5",
                                      "0:1,",
                                      "0:-1",
                                      "0:1,0:2",
                                      "99999999999:1",
                                      "2026-13-01T00:00:00Z",
                                      "0:1 1:2",
                                      "0:99999999999999999999"};
    struct range_bound bound;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!parse(bad[i], &bound));
}

TEST(a_range_without_room_or_in_the_future_is_refused)
{
    CHECK(checks("earliest", "latest", NULL));
    CHECK(checks("2h", "1h", NULL));
    CHECK(!checks("1h", "2h", NULL));
    CHECK(!checks("1h", "1h", NULL));
    CHECK(!checks("latest", "latest", NULL));
    CHECK(!checks("earliest", "earliest", NULL));
    CHECK(!checks("2030-01-01T00:00:00Z", "latest", NULL));
    CHECK(!checks("earliest", "2030-01-01T00:00:00Z", NULL));
}

TEST(offsets_of_both_bounds_and_partitions_agree)
{
    CHECK(checks("0:5,1:5", "1:9,0:9", NULL));
    CHECK(!checks("0:5,1:5", "0:9", NULL));
    CHECK(!checks("0:5", "0:9,1:9", NULL));
    CHECK(checks("0:5,1:5", "latest", "1"));
    CHECK(!checks("0:5", "latest", "0,1"));
}

TEST(a_partition_is_wanted_where_all_name_it)
{
    struct range_request request = {0};
    struct err err = {0};

    CHECK(parse("0:5,1:5", &request.from) && parse("latest", &request.to));
    CHECK(range_request_has(&request, 0) && range_request_has(&request, 1) && !range_request_has(&request, 2));
    CHECK(range_request_take_partitions(&request, SPAN("1"), mem, &err));
    CHECK(!range_request_has(&request, 0) && range_request_has(&request, 1));
    CHECK(!range_request_take_partitions(&request, SPAN("1,x"), mem, &err));
    CHECK(!range_request_take_partitions(&request, SPAN(""), mem, &err));
}
