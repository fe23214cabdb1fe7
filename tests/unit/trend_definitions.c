#include "tests/unit/test.h"
#include "worker/trends/definitions.h"

#define HOUR ((int64_t)TIME_HOUR_MS)

TEST(an_hour_of_a_burst_begins_behind_its_start)
{
    int64_t at = 1000 * HOUR;

    CHECK(burst_hour(at, at) == 0 && burst_hour(at, at - HOUR + 1) == 0 && burst_hour(at, at - HOUR) == 1);
    CHECK(burst_hour(at, at - 25 * HOUR + 1) == 24 && burst_hour(at, at - 25 * HOUR) == -1);
    CHECK(burst_hour(at, at - 48 * HOUR) == 48 && burst_hour(at, at - 168 * HOUR) == 168);
    CHECK(burst_hour(at, at + 1) == -1 && burst_hour(at, at - 169 * HOUR) == -1);
}

TEST(a_burst_is_measured_by_the_larger_mean)
{
    int64_t authors[BURST_REACH_HOURS] = {10};
    struct burst burst;

    burst_of(authors, &burst);
    CHECK(burst.has_score && burst.score == 100000 && burst.mean_day == 0); /* 10 / sqrt(1) */
    authors[3] = 48;                                                        /* mean 2 */
    authors[48] = 7;                                                        /* mean 1 */
    burst_of(authors, &burst);
    CHECK(burst.mean_day == 20000 && burst.mean_week == 10000 && burst.score == 46188); /* 8 / sqrt(3) */
    authors[0] = 4;
    burst_of(authors, &burst);
    CHECK(!burst.has_score && burst.authors_hour == 4);
}

TEST(a_burst_below_the_mean_is_negative)
{
    int64_t authors[BURST_REACH_HOURS] = {5};
    struct burst burst;

    authors[24] = 24 * 8;
    burst_of(authors, &burst); /* week: 192 / 7 = 27.4286; (5 - 27.4286) / sqrt(28.4286) */
    CHECK(burst.mean_week == 274286 && burst.score == -42065);
}

TEST(shares_sum_to_a_hundred_by_the_largest_remainder)
{
    struct share shares[] = {{5, 0}, {2, 0}, {4, 0}, {0, 0}}, none[] = {{0, 0}, {0, 0}},
                 thirds[] = {{1, 0}, {1, 0}, {1, 0}};

    shares_of(shares, 4, sizeof *shares);
    CHECK(shares[0].thousandths == 454 && shares[1].thousandths == 182 && shares[2].thousandths == 364);
    CHECK(shares[3].thousandths == 0);
    shares_of(thirds, 3, sizeof *thirds);
    CHECK(thirds[0].thousandths == 334 && thirds[1].thousandths == 333 && thirds[2].thousandths == 333);
    shares_of(none, 2, sizeof *none);
    CHECK(none[0].thousandths == -1);
}

TEST(per_hour_knows_no_age_below_the_least)
{
    struct observation seen = {2 * HOUR, {6, COUNT_UNKNOWN, 0, COUNT_UNKNOWN, COUNT_UNKNOWN, 900}};

    CHECK(per_hour_of(&seen, 0, HOUR) == 30000);
    CHECK(per_hour_of(&seen, 2 * HOUR - 1, HOUR) == 60000);
    CHECK(per_hour_of(&seen, TIME_UNKNOWN, HOUR) == -1);
    seen.counts[COUNT_REPOSTS] = seen.counts[COUNT_REPLIES] = COUNT_UNKNOWN;
    CHECK(per_hour_of(&seen, 0, HOUR) == -1);
}
