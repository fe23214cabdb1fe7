/* timestamp: a point in time in the forms in which networks send it. */
#pragma once

#include "common/json.h"

#include <stdbool.h>
#include <stdint.h>

/* X(ID, name): the name in a config. */
/* clang-format off */
#define TIME_FORM_LIST(X) \
    X(RFC3339, "rfc3339")           /* "2026-04-10T09:00:00+09:00"; +0900 and +09 too, seconds may be left out */ \
    X(RFC3339_UTC, "rfc3339-utc")   /* the same; without an offset it is UTC */ \
    X(RFC2822, "rfc2822")           /* "Fri, 10 Apr 2026 09:00:00 +0900" */ \
    X(X_V1, "x-v1")                 /* "Fri Apr 10 00:00:00 +0000 2026", as X's API 1.1 */ \
    X(UNIX_S, "unix-s")             /* since 1970, as a number or in a text, with decimals or without */ \
    X(UNIX_MS, "unix-ms") \
    X(UNIX_US, "unix-us")
/* clang-format on */

#define TIME_FORM_INDEX(id, name) TIME_##id,
enum time_form { TIME_FORM_LIST(TIME_FORM_INDEX) TIME_FORMS };

/* The forms that tell by themselves what they mean. */
enum { TIME_FORMS_CLEAR = 1 << TIME_RFC3339 | 1 << TIME_RFC2822 | 1 << TIME_X_V1 };

extern const char *const time_form_names[TIME_FORMS + 1]; /* ended by NULL */

/* The failures in the order of what they say: of several forms the last one holds. */
enum timestamp_result { TIMESTAMP_OK, TIMESTAMP_WRONG_TYPE, TIMESTAMP_BAD, TIMESTAMP_OUT_OF_RANGE };

/* Reads a value by the first of `forms` (bits 1 << enum time_form) that fits, in the order of the list; parts of a ms
 * are cut. Out of range: before 1970, as a time that was never set, or after 9999. *ms is untouched unless it is OK. */
enum timestamp_result timestamp_read(const struct value *value, unsigned forms, int64_t *ms);
