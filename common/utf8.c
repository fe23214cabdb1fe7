#include "common/utf8.h"

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Length of the well-formed sequence at p, of which `left` bytes are there; 0 if it is not one. */
static size_t sequence(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        return left >= 2 && is_tail(p[1]) ? 2 : 0;
    if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        if (left < 3 || !is_tail(p[1]) || !is_tail(p[2]))
            return 0;
        bool overlong = p[0] == 0xE0 && p[1] < 0xA0;
        bool surrogate = p[0] == 0xED && p[1] > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        if (left < 4 || !is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3]))
            return 0;
        bool overlong = p[0] == 0xF0 && p[1] < 0x90;
        bool beyond = p[0] == 0xF4 && p[1] > 0x8F;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

bool utf8_valid(struct span bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.at;

    for (size_t at = 0; at < bytes.len;) {
        size_t len = sequence(p + at, bytes.len - at);

        if (!len)
            return false;
        at += len;
    }
    return true;
}

uint32_t utf8_before(struct span text, size_t at)
{
    do
        at--;
    while (at && is_tail((unsigned char)text.at[at]));
    return utf8_next(text, &at);
}

struct span utf8_cut(struct span text, size_t most)
{
    enum { TAIL_MAX = 3 };
    size_t cut = most;

    if (text.len <= most)
        return text;
    while (cut && most - cut < TAIL_MAX && is_tail((unsigned char)text.at[cut]))
        cut--;
    return (struct span){text.at, is_tail((unsigned char)text.at[cut]) ? most : cut};
}

/* Eight bytes at a time: in each byte the lowest bit is set where no tail byte (10xxxxxx) is, and
 * the multiplication adds them up. */
size_t utf8_count(struct span text)
{
    const uint64_t ones = 0x0101010101010101;
    size_t count = 0, i = 0;

    for (; i + 8 <= text.len; i += 8) {
        uint64_t word;

        memcpy(&word, text.at + i, 8);
        word = (~word >> 7 | word >> 6) & ones;
        count += word * ones >> 56;
    }
    for (; i < text.len; i++)
        count += !is_tail((unsigned char)text.at[i]);
    return count;
}

size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}
