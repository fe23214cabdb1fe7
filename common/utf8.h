/* utf8: code points of UTF-8 bytes. */
#pragma once

#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed by Unicode's table 3-7: no surrogates, nothing overlong, nothing beyond U+10FFFF. */
bool utf8_valid(struct span bytes);

/* The code point that starts at byte `at` of well-formed text; *at moves behind it. at < text.len. */
static inline uint32_t utf8_next(struct span text, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text.at + *at;

    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    if (p[0] < 0xE0) {
        *at += 2;
        return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3Fu);
    }
    if (p[0] < 0xF0) {
        *at += 3;
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3Fu);
    }
    *at += 4;
    return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6
           | (p[3] & 0x3Fu);
}

/* The code point that ends before byte `at` > 0 of well-formed text. */
uint32_t utf8_before(struct span text, size_t at);

/* The first bytes of a text, at most so many, cut between two code points; anywhere in what is no UTF-8. */
struct span utf8_cut(struct span text, size_t most);

size_t utf8_count(struct span text);                  /* code points of well-formed text */
size_t utf8_encode(uint32_t code_point, char out[4]); /* bytes written, 1 to 4 */
