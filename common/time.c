#include "common/time.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_MS ((int64_t)24 * TIME_HOUR_MS)

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

/* Days from 1970-01-01 in the proleptic Gregorian calendar; years are computed from March, so that
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

/* With `loosely` there may be no seconds. */
static bool parse_clock(struct span text, size_t *at, bool loosely, int64_t *ms)
{
    int hour = number(text, at, 2);
    if (hour < 0 || hour > 23 || !sign(text, at, ":"))
        return false;
    int minute = number(text, at, 2);
    if (minute < 0 || minute > 59)
        return false;
    *ms = ((int64_t)hour * 60 + minute) * TIME_MINUTE_MS;
    if (!sign(text, at, ":"))
        return loosely;
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
    *ms += (int64_t)second * TIME_SECOND_MS + thousandths;
    return true;
}

/* With `loosely` without its colon, or its minutes. */
static bool parse_offset(struct span text, size_t *at, bool loosely, int64_t *ms)
{
    *ms = 0;
    if (sign(text, at, "Zz"))
        return true;
    bool west = *at < text.len && text.at[*at] == '-';
    if (!sign(text, at, "+-"))
        return false;
    int hour = number(text, at, 2);
    if (hour < 0 || hour > 23 || (!sign(text, at, ":") && !loosely))
        return false;
    int minute = loosely && *at == text.len ? 0 : number(text, at, 2);
    if (minute < 0 || minute > 59)
        return false;
    *ms = (hour * 60 + minute) * (int64_t)TIME_MINUTE_MS * (west ? -1 : 1);
    return true;
}

static void skip_blanks(struct span text, size_t *at)
{
    while (*at < text.len && text.at[*at] == ' ')
        ++*at;
}

static bool blanks(struct span text, size_t *at)
{
    size_t before = *at;

    skip_blanks(text, at);
    return *at > before;
}

/* One digit, or two; -1 without any. */
static int short_number(struct span text, size_t *at)
{
    int first = number(text, at, 1);
    int second = first >= 0 && *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9' ? number(text, at, 1) : -1;

    return second < 0 ? first : first * 10 + second;
}

/* 1 to 12; 0 if none of them is there. */
static int month_named(struct span text, size_t *at)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int month = 0; month < 12; month++)
        if (text.len - *at >= 3 && memcmp(text.at + *at, names + (ptrdiff_t)month * 3, 3) == 0) {
            *at += 3;
            return month + 1;
        }
    return 0;
}

static bool days_if_any(int year, int month, int day, int64_t *days)
{
    if (year < 0 || month < 1 || day < 1 || day > days_in(year, month))
        return false;
    *days = days_of(year, month, day);
    return true;
}

static bool parse_mail_zone(struct span text, size_t *at, int64_t *ms)
{
    struct span rest = {text.at + *at, text.len - *at};

    *ms = 0;
    if (!span_equal(rest, SPAN("GMT")) && !span_equal(rest, SPAN("UT")))
        return parse_offset(text, at, true, ms);
    *at = text.len;
    return true;
}

bool time_parse(struct span text, int64_t *ms)
{
    int64_t days, clock_ms, offset_ms;
    size_t at = 0;

    if (!parse_date(text, &at, &days) || !sign(text, &at, "Tt ") || !parse_clock(text, &at, false, &clock_ms)
        || !parse_offset(text, &at, false, &offset_ms) || at != text.len)
        return false;
    *ms = days * DAY_MS + clock_ms - offset_ms;
    return true;
}

bool time_parse_loosely(struct span text, bool utc, int64_t *ms)
{
    int64_t days, clock_ms, offset_ms = 0;
    size_t at = 0;

    if (!parse_date(text, &at, &days) || !sign(text, &at, "Tt ") || !parse_clock(text, &at, true, &clock_ms))
        return false;
    if (!(utc && at == text.len) && (!parse_offset(text, &at, true, &offset_ms) || at != text.len))
        return false;
    *ms = days * DAY_MS + clock_ms - offset_ms;
    return true;
}

bool time_parse_mail(struct span text, int64_t *ms)
{
    int64_t days, clock_ms, offset_ms;
    size_t at = 0;

    if (text.len > 4 && text.at[3] == ',') {
        at = 4;
        skip_blanks(text, &at);
    }
    int day = short_number(text, &at);
    int month = blanks(text, &at) ? month_named(text, &at) : 0;
    int year = blanks(text, &at) ? number(text, &at, 4) : -1;
    if (!days_if_any(year, month, day, &days) || !blanks(text, &at) || !parse_clock(text, &at, true, &clock_ms)
        || !blanks(text, &at) || !parse_mail_zone(text, &at, &offset_ms) || at != text.len)
        return false;
    *ms = days * DAY_MS + clock_ms - offset_ms;
    return true;
}

bool time_parse_x_v1(struct span text, int64_t *ms)
{
    int64_t days, clock_ms, offset_ms;
    size_t at = 3; /* the weekday */

    if (text.len < 3 || !blanks(text, &at))
        return false;
    int month = month_named(text, &at);
    int day = blanks(text, &at) ? short_number(text, &at) : -1;
    if (!blanks(text, &at) || !parse_clock(text, &at, false, &clock_ms) || !blanks(text, &at) || at + 5 > text.len)
        return false;
    struct span zone = {text.at, at + 5};
    if (!parse_offset(zone, &at, true, &offset_ms) || !blanks(text, &at)
        || !days_if_any(number(text, &at, 4), month, day, &days) || at != text.len)
        return false;
    *ms = days * DAY_MS + clock_ms - offset_ms;
    return true;
}

struct span time_format(int64_t ms, int offset_minutes, struct arena *mem)
{
    int64_t of_second = (ms % 1000 + 1000) % 1000; /* rounds towards the past before 1970 too */
    time_t seconds = (time_t)((ms - of_second) / 1000 + offset_minutes * 60);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return span_format(mem, "%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                       tm.tm_min);
}

/* --- time zones --- */

static bool zone_path(struct span name, char *path, size_t size)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] == '.' || name.at[i] < '+' || name.at[i] > 'z')
            return false;
    int len = snprintf(path, size, "/usr/share/zoneinfo/%.*s", SPAN_ARGS(name));
    return name.len && name.at[0] != '/' && (size_t)len < size;
}

static bool is_zone_file(const char *path)
{
    char magic[4];
    FILE *file = fopen(path, "r");
    bool fine = file && fread(magic, 1, sizeof magic, file) == sizeof magic && !memcmp(magic, "TZif", sizeof magic);

    if (file)
        fclose(file);
    return fine;
}

bool time_zone_is_known(struct span name)
{
    char path[256];

    return span_equal(name, SPAN("UTC")) || (zone_path(name, path, sizeof path) && is_zone_file(path));
}

void time_zone_set(struct span name)
{
    char text[256] = "UTC0";

    if (span_equal(name, SPAN("Asia/Tokyo")))
        snprintf(text, sizeof text, "JST-9"); /* so since 1951 */
    else if (!span_equal(name, SPAN("UTC")) && time_zone_is_known(name))
        snprintf(text, sizeof text, ":%.*s", SPAN_ARGS(name));
    setenv("TZ", text, 1);
    tzset();
}

struct tm time_local(int64_t ms)
{
    int64_t of_second = (ms % 1000 + 1000) % 1000;
    time_t seconds = (time_t)((ms - of_second) / 1000);
    struct tm tm = {0};

    localtime_r(&seconds, &tm);
    return tm;
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
