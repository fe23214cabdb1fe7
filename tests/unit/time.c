#include "common/time.h"
#include "common/arena.h"
#include "tests/unit/test.h"

static int64_t ms_of(const char *text)
{
    int64_t ms = TIME_UNKNOWN;

    time_parse(span_of(text), &ms);
    return ms;
}

#define SAME(a, b) CHECK(ms_of(a) == ms_of(b) && ms_of(a) != TIME_UNKNOWN)
#define BAD(text)  CHECK(ms_of(text) == TIME_UNKNOWN)

TEST(times_are_milliseconds_of_utc)
{
    CHECK(ms_of("1970-01-01T00:00:00Z") == 0);
    CHECK(ms_of("2025-12-05T16:00:00+09:00") == 1764918000000);
    CHECK(ms_of("2025-12-05T07:00:00Z") == 1764918000000);
    CHECK(ms_of("1969-12-31T23:59:59.999Z") == -1);
    CHECK(ms_of("9999-12-31T23:59:59.999Z") == 253402300799999);
    CHECK(ms_of("0000-01-01T00:00:00Z") == -62167219200000);
}

TEST(an_offset_is_taken_off)
{
    SAME("2026-01-01T00:30:00+09:00", "2025-12-31T15:30:00Z");
    SAME("2025-12-31T20:00:00-05:30", "2026-01-01T01:30:00Z");
    SAME("2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z");
    SAME("2026-01-01T23:59:00+23:59", "2026-01-01T00:00:00z");
}

TEST(the_letters_may_be_small_and_the_t_a_blank)
{
    SAME("2026-04-10t09:00:00z", "2026-04-10T09:00:00Z");
    SAME("2026-04-10 09:00:00Z", "2026-04-10T09:00:00Z");
}

TEST(decimals_count_to_the_millisecond_and_the_rest_is_cut)
{
    CHECK(ms_of("1970-01-01T00:00:00.5Z") == 500);
    CHECK(ms_of("1970-01-01T00:00:00.05Z") == 50);
    CHECK(ms_of("1970-01-01T00:00:00.1239999999999Z") == 123);
    CHECK(ms_of("1970-01-01T00:00:01.000000001+00:00") == 1000);
}

TEST(leap_years_have_a_29th_of_february_and_others_do_not)
{
    SAME("2024-02-29T23:00:00-01:00", "2024-03-01T00:00:00Z");
    SAME("2000-02-29T23:00:00-01:00", "2000-03-01T00:00:00Z");
    BAD("1900-02-29T00:00:00Z");
    BAD("2100-02-29T00:00:00Z");
    BAD("2025-02-29T00:00:00Z");
    BAD("2024-02-30T00:00:00Z");
}

TEST(a_leap_second_is_the_first_moment_of_the_next_minute)
{
    SAME("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    SAME("2017-01-01T08:59:60+09:00", "2017-01-01T00:00:00Z");
    BAD("2016-12-31T23:59:61Z");
}

TEST(dates_and_times_that_do_not_exist_are_none)
{
    BAD("2025-00-01T00:00:00Z");
    BAD("2025-13-01T00:00:00Z");
    BAD("2025-04-31T00:00:00Z");
    BAD("2025-04-00T00:00:00Z");
    BAD("2025-04-10T24:00:00Z");
    BAD("2025-04-10T23:60:00Z");
    BAD("2025-04-10T09:00:00+24:00");
    BAD("2025-04-10T09:00:00+09:60");
}

TEST(what_is_not_written_as_rfc_3339_is_no_time)
{
    BAD("");
    BAD("2025-12-05");
    BAD("2025-12-05T16:00:00");
    BAD("2025-12-05T16:00Z");
    BAD("2025-12-05T16:00:00.Z");
    BAD("2025-12-05T16:00:00,5Z");
    BAD("2025-12-05T16:00:00+0900");
    BAD("2025-12-05T16:00:00+9:00");
    BAD("2025-12-05T16:00:00 +09:00");
    BAD("2025-12-05T16:00:00Z ");
    BAD(" 2025-12-05T16:00:00Z");
    BAD("25-12-05T16:00:00Z");
    BAD("+2025-12-05T16:00:00Z");
    BAD("2025/12/05T16:00:00Z");
    BAD("Fri Dec 05 16:00:00 +0000 2025");
    BAD("1764918000000");
    BAD("２０２５-12-05T16:00:00Z");
    CHECK(!time_parse(SPAN("2025-12-05T16:00:00\0"), &(int64_t){0}));
    CHECK(!time_parse((struct span){0}, &(int64_t){0}));
}

TEST(a_bad_time_leaves_what_was_there)
{
    int64_t ms = 42;

    CHECK(!time_parse(SPAN("2025-12-05T16:00:00+09:0"), &ms));
    CHECK(ms == 42);
}

TEST(times_are_shown_at_an_offset)
{
    struct arena *mem = arena_new();

    CHECK_SPAN(time_format(1764918000000, 540, mem), SPAN("2025-12-05 16:00"));
    CHECK_SPAN(time_format(1764918000000, 0, mem), SPAN("2025-12-05 07:00"));
    CHECK_SPAN(time_format(0, -90, mem), SPAN("1969-12-31 22:30"));
    arena_free(mem);
}

TEST(a_moment_before_1970_is_shown_in_its_own_minute)
{
    struct arena *mem = arena_new();

    CHECK_SPAN(time_format(-1, 0, mem), SPAN("1969-12-31 23:59"));
    arena_free(mem);
}

TEST(the_steady_clock_never_goes_back)
{
    int64_t before_ms = time_steady_ms();

    CHECK(time_steady_ms() >= before_ms);
    CHECK(time_now_ms() > 1764918000000);
}

static bool mail(const char *text, int64_t expected)
{
    int64_t ms = -1;

    return time_parse_mail(span_of(text), &ms) ? ms == expected : expected < 0;
}

TEST(a_time_as_mails_have_it)
{
    CHECK(mail("Fri, 10 Apr 2026 09:00:00 +0900", 1775779200000));
    CHECK(mail("10 Apr 2026 00:00 GMT", 1775779200000) && mail("Fri,  1 Jan 2027 00:00:00 UT", 1798761600000));
    CHECK(mail("Fri, 31 Apr 2026 09:00:00 +0900", -1) && mail("10 Apr 26 09:00:00 +0900", -1));
    CHECK(mail("10 April 2026 09:00:00 +0900", -1) && mail("10 Apr 2026 09:00:00", -1) && mail("", -1));
    CHECK(mail("10 Apr 2026 09:00:00 PST", -1) && mail("Fri,", -1) && mail("10 Apr 2026 09:00:00 +0900 x", -1));
}

static bool x_v1(const char *text, int64_t expected)
{
    int64_t ms = -1;

    return time_parse_x_v1(span_of(text), &ms) ? ms == expected : expected < 0;
}

TEST(a_time_as_x_had_it)
{
    CHECK(x_v1("Fri Apr 10 00:00:00 +0000 2026", 1775779200000)
          && x_v1("Fri Apr 10 09:00:00 +0900 2026", 1775779200000));
    CHECK(x_v1("Fri Apr 31 00:00:00 +0000 2026", -1) && x_v1("Fri Apr 10 00:00:00 2026", -1) && x_v1("Fri Apr", -1));
    CHECK(x_v1("", -1) && x_v1("Fri Apr 10 00:00:00 +0000 2026 ", -1) && x_v1("Fri Apr 10 00:00:00 +00", -1));
}

TEST(a_time_in_the_forms_that_people_send)
{
    int64_t ms = 0;

    CHECK(time_parse_loosely(SPAN("2026-04-10T09:00:00+0900"), false, &ms) && ms == 1775779200000);
    CHECK(time_parse_loosely(SPAN("2026-04-10 09:00+09"), false, &ms) && ms == 1775779200000);
    CHECK(!time_parse_loosely(SPAN("2026-04-10T00:00:00"), false, &ms)
          && !time_parse_loosely(SPAN("2026-04-10"), true, &ms));
    CHECK(time_parse_loosely(SPAN("2026-04-10T00:00:00.5"), true, &ms) && ms == 1775779200500);
    CHECK(!time_parse_loosely(SPAN("2026-04-10T00:00:00.5+090"), true, &ms));
    CHECK(!time_parse(SPAN("2026-04-10T09:00:00+0900"), &ms) && !time_parse(SPAN("2026-04-10T09:00Z"), &ms));
}

TEST(a_time_is_broken_down_in_the_zone_that_is_set)
{
    int64_t winter_ms = INT64_C(1767225600000), summer_ms = INT64_C(1782864000000); /* 2026-01-01, 2026-07-01 */

    CHECK(time_zone_is_known(SPAN("UTC")) && !time_zone_is_known(SPAN("../etc/passwd")));
    CHECK(!time_zone_is_known(SPAN("Asia/Tokio")) && !time_zone_is_known(SPAN(""))
          && !time_zone_is_known(SPAN("Asia")));
    time_zone_set(SPAN("Asia/Tokyo"));
    CHECK(time_local(winter_ms).tm_hour == 9 && time_local(-1).tm_min == 59);
    if (!time_zone_is_known(SPAN("Europe/Berlin")))
        SKIP("no time zone database");
    time_zone_set(SPAN("Europe/Berlin"));
    CHECK(time_local(winter_ms).tm_hour == 1 && time_local(summer_ms).tm_hour == 2);
    time_zone_set(SPAN("Nowhere/Else"));
    CHECK(time_local(winter_ms).tm_hour == 0);
}
