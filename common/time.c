#include "common/time.h"

#include <errno.h>
#include <time.h>

/* Digits at text[*at…]; -1 if there are fewer. */
static int number(struct span text, size_t *at, int digits)
{
    int value = 0;

    for (int i = 0; i < digits; i++, ++*at) {
        if (*at >= text.len || text.at[*at] < '0' || text.at[*at] > '9')
            return -1;
        value = value * 10 + (text.at[*at] - '0');
    }
    return value;
}

static inline bool sign(struct span text, size_t *at, const char *any_of)
{
    for (; *at < text.len && *any_of; any_of++)
        if (text.at[*at] == *any_of) {
            ++*at;
            return true;
        }
    return false;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar; years are reckoned from March, so that
 * the leap day comes last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool parse_date(struct span text, size_t *at, int64_t *days)
{
    int year = number(text, at, 4);
    if (year < 0 || !sign(text, at, "-"))
        return false;
    int month = number(text, at, 2);
    if (month < 1 || month > 12 || !sign(text, at, "-"))
        return false;
    int day = number(text, at, 2);
    if (day < 1 || day > days_in(year, month))
        return false;
    *days = days_of(year, month, day);
    return true;
}

static bool parse_clock(struct span text, size_t *at, int64_t *ms)
{
    int hour = number(text, at, 2);
    if (hour < 0 || hour > 23 || !sign(text, at, ":"))
        return false;
    int minute = number(text, at, 2);
    if (minute < 0 || minute > 59 || !sign(text, at, ":"))
        return false;
    int second = number(text, at, 2);
    if (second < 0 || second > 60)
        return false;
    int thousandths = 0;
    if (sign(text, at, ".")) {
        int weight = 100, digit = number(text, at, 1);

        if (digit < 0)
            return false;
        for (; digit >= 0; weight /= 10) {
            thousandths += digit * weight;
            digit = *at < text.len ? number(text, at, 1) : -1;
        }
    }
    *ms = ((int64_t)hour * 60 + minute) * TIME_MINUTE_MS + (int64_t)second * TIME_SECOND_MS + thousandths;
    return true;
}

static bool parse_offset(struct span text, size_t *at, int64_t *ms)
{
    *ms = 0;
    if (sign(text, at, "Zz"))
        return true;
    bool west = *at < text.len && text.at[*at] == '-';
    if (!sign(text, at, "+-"))
        return false;
    int hour = number(text, at, 2);
    if (hour < 0 || hour > 23 || !sign(text, at, ":"))
        return false;
    int minute = number(text, at, 2);
    if (minute < 0 || minute > 59)
        return false;
    *ms = (hour * 60 + minute) * (int64_t)TIME_MINUTE_MS * (west ? -1 : 1);
    return true;
}

bool time_parse(struct span text, int64_t *ms)
{
    int64_t days, clock_ms, offset_ms;
    size_t at = 0;

    if (!parse_date(text, &at, &days) || !sign(text, &at, "Tt ")
        || !parse_clock(text, &at, &clock_ms) || !parse_offset(text, &at, &offset_ms)
        || at != text.len)
        return false;
    *ms = days * 24 * TIME_HOUR_MS + clock_ms - offset_ms;
    return true;
}

struct span time_format(int64_t ms, int offset_minutes, struct arena *mem)
{
    int64_t of_second = (ms % 1000 + 1000) % 1000;     /* rounds towards the past before 1970 too */
    time_t seconds = (time_t)((ms - of_second) / 1000 + offset_minutes * 60);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return span_format(mem, "%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                       tm.tm_hour, tm.tm_min);
}

static int64_t clock_us(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void time_sleep_ms(int64_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    while (nanosleep(&left, &left) && errno == EINTR)
        continue;
}

int64_t time_now_ms(void)
{
    return clock_us(CLOCK_REALTIME) / 1000;
}

int64_t time_steady_ms(void)
{
    return clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t time_steady_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

int64_t time_cpu_us(void)
{
    return clock_us(CLOCK_THREAD_CPUTIME_ID);
}
