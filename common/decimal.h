/* decimal: numbers with four decimals, computed with integers, so that they are the same on every
 * machine. A decimal is a whole number of ten-thousandths. */
#pragma once

#include "common/buf.h"
#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 int128;

enum { DECIMAL_ONE = 10000 };

/* numerator / divisor to four decimals, rounded half to even. numerator >= 0, divisor > 0, and
 * numerator < 2^113. */
int128 decimal_ratio(int128 numerator, int128 divisor);

/* Reads "3", "-1.25": digits, then at most a point and one to four digits. False if it is none
 * or beyond int64. */
bool decimal_parse(struct span text, int64_t *decimal);

void buf_decimal(struct buf *buf, int128 decimal); /* without trailing zeros */
