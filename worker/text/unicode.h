/* letters: what Unicode calls a letter, a mark or a digit, as ranges of code points. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct code_range {
    uint32_t first, last;
};

/* `ranges` ascend and do not overlap. */
bool ranges_have(const struct code_range *ranges, size_t len, uint32_t c);

#define IN_RANGES(array, c) ranges_have(array, sizeof(array) / sizeof((array)[0]), c)

bool letter_or_mark(uint32_t c); /* general category L or M */
bool decimal_digit(uint32_t c);  /* general category Nd */

/* The same within ASCII; c may be any code point. */
static inline bool ascii_letter(uint32_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool ascii_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_alnum(uint32_t c)
{
    return ascii_letter(c) || ascii_digit(c);
}

static inline bool ascii_one_of(const char *signs, uint32_t c)
{
    return c && c < 0x80 && strchr(signs, (int)c);
}
