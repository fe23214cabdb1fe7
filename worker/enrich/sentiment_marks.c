/* The marks of punctuation of a text. They are no literals of the matcher: they are half of what it would find, and
 * most posts without a term need none of them. */
#include "worker/enrich/sentiment_parts.h"

typedef unsigned char block __attribute__((vector_size(16)));

enum { WORD = 64 }; /* bytes that are looked at together: a bit each */

/* Of marks of one byte, and of 、。「」『』 by the last six bits behind E3 80. */
static const uint16_t ascii_roles[128] = {
    [','] = ROLE_COMMA,    [';'] = ROLE_COMMA,       ['.'] = ROLE_STOP,    ['\n'] = ROLE_STOP,
    ['?'] = ROLE_QUESTION, ['!'] = ROLE_EXCLAMATION, ['@'] = ROLE_REPEATS, ['"'] = ROLE_OPENS | ROLE_CLOSES,
};
static const uint16_t cjk_roles[64] = {
    [0x01] = ROLE_COMMA,  [0x02] = ROLE_STOP,  [0x0C] = ROLE_OPENS,
    [0x0D] = ROLE_CLOSES, [0x0E] = ROLE_OPENS, [0x0F] = ROLE_CLOSES,
};

/* No stop in 3.5 and t.co, no comma in 1,000. Without a branch: nobody can foresee these. */
static bool may_precede(char sign, char next)
{
    bool parts = is_blank(next) | ((unsigned char)next >= 0x80), is_digit = (unsigned char)(next - '0') <= 9;

    return ((sign != '.') | parts) & ((sign != ',') | !is_digit);
}

/* What the sign at this place is; there is room for one more mark. */
static void add_mark(struct scoring *scoring, size_t at)
{
    struct span text = scoring->reading->folded;
    char sign = text.at[at], next = at + 1 < text.len ? text.at[at + 1] : ' ';
    bool is_ascii = (unsigned char)sign < 0x80;
    unsigned roles = is_ascii ? ascii_roles[(unsigned char)sign] : cjk_roles[text.at[at + 2] & 0x3F];
    struct mark mark = {(uint32_t)at, (uint16_t)roles, is_ascii ? 1 : 3};

    if (sign == '@') { /* it repeats somebody's post behind rt alone */
        if (at < 3 || memcmp(text.at + at - 3, "rt ", 3) != 0)
            return;
        mark.start -= 3;
        mark.len += 3;
    }
    scoring->marks[scoring->marks_len] = mark;
    scoring->marks_len += (roles != 0) & may_precede(sign, next);
    scoring->roles |= roles;
}

/* Where in sixteen bytes a mark may be. Reads one byte more. */
static uint64_t candidates_of_block(const char *at)
{
    const uint64_t lowest = 0x0101010101010101, gather = 0x0102040810204080;
    uint64_t halves[2];
    block b, next;

    memcpy(&b, at, sizeof b);
    memcpy(&next, at + 1, sizeof next);
    b = (block)(((b | 2) == '.') | ((b | 4) == '?') /* , and . differ in one bit, ; and ? too */
                | (b == '\n') | (b == '!') | (b == '"') | (b == '@') | ((b == 0xE3) & (next == 0x80)));
    memcpy(halves, &b, sizeof b);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    halves[0] = __builtin_bswap64(halves[0]);
    halves[1] = __builtin_bswap64(halves[1]);
#endif
    return (halves[0] & lowest) * gather >> 56 | (halves[1] & lowest) * gather >> 56 << 8;
}

static uint64_t candidates_of_word(const char *at)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < WORD; i += sizeof(block))
        bits |= candidates_of_block(at + i) << i;
    return bits;
}

/* The candidates of a word of the text, of which the last is padded. */
static uint64_t candidates(struct span text, size_t at)
{
    char last[WORD + 1] = {0};

    if (text.len - at > WORD)
        return candidates_of_word(text.at + at);
    memcpy(last, text.at + at, text.len - at);
    return candidates_of_word(last);
}

static void reserve_word(struct scoring *scoring)
{
    size_t cap = scoring->marks_cap, size = sizeof *scoring->marks;

    if (cap - scoring->marks_len >= WORD)
        return;
    scoring->marks_cap = 2 * cap + WORD;
    scoring->marks = arena_grow(scoring->mem, scoring->marks, cap * size, scoring->marks_cap * size);
}

void scoring_find_marks(struct scoring *scoring)
{
    struct span text = scoring->reading->folded;

    for (size_t at = 0; at < text.len; at += WORD) {
        uint64_t left = candidates(text, at);

        reserve_word(scoring);
        for (; left; left &= left - 1)
            add_mark(scoring, at + (size_t)__builtin_ctzll(left));
    }
}
