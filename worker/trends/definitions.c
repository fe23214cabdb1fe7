#include "worker/trends/definitions.h"
#include "common/decimal.h"

enum { WHOLE = 1000 };

int burst_hour(int64_t at_ms, int64_t time_ms)
{
    int64_t hour = (at_ms - time_ms) / TIME_HOUR_MS;

    if (time_ms > at_ms || hour > BURST_WEEK_DAYS * 24 || (hour > BURST_DAY_HOURS && hour % 24))
        return -1;
    return (int)hour;
}

static int128 root_of(int128 square) /* floor */
{
    int128 low = 0, high = (int128)1 << 62;

    while (low < high) {
        int128 middle = (low + high + 1) / 2;

        if (middle * middle <= square)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* x / sqrt(y) to four decimals, half to even; y > 0. */
static int64_t over_root(int128 x, int128 y)
{
    bool negative = x < 0;
    int128 square = x * x * DECIMAL_ONE * DECIMAL_ONE;
    int128 whole = root_of(square / y), half = (2 * whole + 1) * (2 * whole + 1) * y;
    bool up = 4 * square > half || (4 * square == half && whole % 2);

    whole += up;
    return (int64_t)(negative ? -whole : whole);
}

void burst_of(const int64_t authors[BURST_REACH_HOURS], struct burst *burst)
{
    int64_t day = 0, week = 0, x = authors[0];

    for (int i = 1; i <= BURST_DAY_HOURS; i++)
        day += authors[i];
    for (int i = 1; i <= BURST_WEEK_DAYS; i++)
        week += authors[i * 24];
    bool by_day = day * BURST_WEEK_DAYS >= week * BURST_DAY_HOURS;
    int64_t sum = by_day ? day : week, len = by_day ? BURST_DAY_HOURS : BURST_WEEK_DAYS;

    *burst = (struct burst){
        .authors_hour = x,
        .mean_day = (int64_t)decimal_ratio(day, BURST_DAY_HOURS),
        .mean_week = (int64_t)decimal_ratio(week, BURST_WEEK_DAYS),
        .has_score = x >= BURST_AUTHORS_MIN,
    };
    /* With m = sum / len the score is (x * len - sum) / sqrt(len * (sum + len)). */
    if (burst->has_score)
        burst->score = over_root((int128)x * len - sum, (int128)len * (sum + len));
}

static struct share *share_at(struct share *shares, size_t i, size_t stride)
{
    return (struct share *)((char *)shares + i * stride);
}

/* The one with the largest remainder that was not rounded up yet. */
static struct share *largest_rest(struct share *shares, size_t len, size_t stride, int64_t sum)
{
    struct share *best = NULL;
    int64_t best_rest = -1;

    for (size_t i = 0; i < len; i++) {
        struct share *it = share_at(shares, i, stride);
        int64_t rest = it->posts * WHOLE % sum;

        if (it->thousandths == it->posts * WHOLE / sum && rest > best_rest) {
            best = it;
            best_rest = rest;
        }
    }
    return best;
}

void shares_of(struct share *shares, size_t len, size_t stride)
{
    int64_t sum = 0, left = WHOLE;

    for (size_t i = 0; i < len; i++)
        sum += share_at(shares, i, stride)->posts;
    for (size_t i = 0; i < len; i++) {
        struct share *it = share_at(shares, i, stride);

        it->thousandths = sum ? it->posts * WHOLE / sum : -1;
        left -= it->thousandths;
    }
    for (; sum && left > 0; left--)
        largest_rest(shares, len, stride, sum)->thousandths++;
}

int64_t voice_of(int64_t posts, int64_t all_posts)
{
    return all_posts ? (int64_t)decimal_ratio(posts, all_posts) : -1;
}

int64_t related_share_of(int64_t both, int64_t posts)
{
    return posts ? (2 * both * WHOLE + posts) / (2 * posts) : -1;
}

int128 per_hour_of(const struct observation *seen, int64_t created_ms, int64_t min_age_ms)
{
    int64_t age_ms = min_age_ms;
    int128 sum = 0;
    bool is_known = false;

    if (created_ms == TIME_UNKNOWN || seen->as_of_ms == TIME_UNKNOWN)
        return -1;
    for (int i = 0; i < COUNT_ENGAGING; i++)
        if (seen->counts[i] != COUNT_UNKNOWN) {
            sum += seen->counts[i];
            is_known = true;
        }
    if (seen->as_of_ms - created_ms > age_ms)
        age_ms = seen->as_of_ms - created_ms;
    return is_known ? decimal_ratio(sum * TIME_HOUR_MS, age_ms) : -1;
}
