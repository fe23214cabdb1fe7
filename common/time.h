/* time: points in time as milliseconds since 1970-01-01T00:00:00Z. */
#pragma once

#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define TIME_UNKNOWN INT64_MIN

enum { TIME_SECOND_MS = 1000, TIME_MINUTE_MS = 60000, TIME_HOUR_MS = 3600000 };

/* RFC 3339, section 5.6: years 0000 to 9999, any offset, any number of decimals (those beyond ms
 * are cut). A leap second is the first moment of the next minute. *ms is untouched on failure. */
bool time_parse(struct span text, int64_t *ms);

/* The same with what people send beside it: the offset without its colon or its minutes, no seconds; with `utc` no
 * offset, which is UTC then. */
bool time_parse_loosely(struct span text, bool utc, int64_t *ms);

/* RFC 2822, section 3.3: "Fri, 10 Apr 2026 09:00:00 +0900". The weekday, which is not checked, and the seconds may be
 * left out; of the zones by name GMT and UT are read. */
bool time_parse_mail(struct span text, int64_t *ms);

/* As X's API 1.1 writes it: "Fri Apr 10 00:00:00 +0000 2026". */
bool time_parse_x_v1(struct span text, int64_t *ms);

/* "2026-04-10 16:00" at an offset from UTC in minutes. */
struct span time_format(int64_t ms, int offset_minutes, struct arena *mem);

/* Whether the system knows the zone: UTC, or a name of the IANA time zone database. */
bool time_zone_is_known(struct span name);

/* Sets the zone of time_local for the whole process, to be called before there are threads. Asia/Tokyo needs no
 * database; another zone that the system does not know is UTC. */
void time_zone_set(struct span name);

/* Broken down in the zone that was set, with its offset and abbreviation. */
struct tm time_local(int64_t ms);

int64_t time_now_ms(void); /* the wall clock */
void time_sleep_ms(int64_t ms);
int64_t time_steady_ms(void); /* never jumps, starts anywhere */
int64_t time_steady_us(void); /* the same clock in microseconds */
int64_t time_cpu_us(void);    /* CPU time of this thread; stands still while it is not scheduled */
