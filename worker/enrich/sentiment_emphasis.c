/* How a term is written: drawn out, repeated, in capitals, with exclamations. */
#include "worker/enrich/sentiment_parts.h"

#define FNV_BASIS 2166136261u

enum {
    EMPHASIS = 11500, /* drawn out, repeated, in capitals */
    PER_EXCLAMATION = 800,
    EXCLAMATIONS_MAX = 3,
    CAPITAL_MAX = 32, /* bytes of a word that is looked for in capitals */
};

static bool is_drawn_out(const struct scoring *scoring, const struct piece *piece)
{
    struct span text = scoring->reading->folded;

    return piece->is_long || piece->repeats
           || (piece->end + 3 <= text.len && memcmp(text.at + piece->end, "ー", 3) == 0);
}

/* 1 or 0, to be counted. */
static unsigned is_between(char c, char first, char last)
{
    return (unsigned char)(c - first) <= last - first;
}

/* Whether two capitals are side by side, and a small letter somewhere: without a branch, so that the compiler
 * takes many bytes at a time. */
static bool mixes_case(struct span text)
{
    unsigned capitals = 0, small = 0;

    for (size_t i = 1; i < text.len; i++)
        capitals |= is_between(text.at[i - 1], 'A', 'Z') & is_between(text.at[i], 'A', 'Z');
    for (size_t i = 0; i < text.len; i++)
        small |= is_between(text.at[i], 'a', 'z');
    return capitals & small;
}

static bool has_mixed_case(struct scoring *scoring)
{
    if (!scoring->mixed_case)
        scoring->mixed_case = mixes_case(scoring->reading->post->text) ? YES : NO;
    return scoring->mixed_case == YES;
}

static bool is_letter(char c)
{
    return is_between((char)(c | ' '), 'a', 'z');
}

/* Whether two letters of one word are side by side here. */
static bool is_inside(struct span text, size_t at)
{
    return at && at < text.len && is_letter(text.at[at - 1]) && is_letter(text.at[at]);
}

static char capital_letter(char c)
{
    return is_between(c, 'a', 'z') ? (char)(c - ' ') : c;
}

/* FNV-1a. */
static uint32_t hash_on(uint32_t hash, char c)
{
    return (hash ^ (unsigned char)c) * 16777619u;
}

/* Whether the place holds a word of this length that is this text once its letters are capitals. */
static bool is_of(const struct scoring *scoring, const struct capital *capital, struct span text)
{
    const char *word = scoring->reading->folded.at + capital->start;
    size_t i = 0;

    while (i < text.len && capital_letter(word[i]) == capital_letter(text.at[i]))
        i++;
    return capital->len == text.len && i == text.len;
}

static struct capital *capital_at(const struct scoring *scoring, uint32_t hash, struct span text)
{
    size_t mask = scoring->capitals_len - 1, i = hash & mask;

    while (scoring->capitals[i].len && !is_of(scoring, &scoring->capitals[i], text))
        i = (i + 1) & mask;
    return &scoring->capitals[i];
}

static struct capital *capital_of(const struct scoring *scoring, const struct piece *piece)
{
    struct span word = between(scoring, piece->start, piece->end);
    uint32_t hash = FNV_BASIS;

    for (size_t i = 0; i < word.len; i++)
        hash = hash_on(hash, capital_letter(word.at[i]));
    return capital_at(scoring, hash, word);
}

/* Folding took the case away, so words are looked for in the text as it was: whatever begins here as one of the terms
 * begins, as far as the longest of them. */
static void mark_capitals_at(const struct scoring *scoring, struct span text, size_t at, size_t longest)
{
    uint32_t hash = FNV_BASIS;

    for (size_t len = 1; len <= longest && at + len <= text.len; len++) {
        char c = text.at[at + len - 1];

        if (is_between(c, 'a', 'z'))
            return;
        hash = hash_on(hash, c);
        if (len < 2 || is_inside(text, at + len))
            continue;
        struct capital *capital = capital_at(scoring, hash, (struct span){text.at + at, len});
        capital->is = capital->len;
    }
}

static bool may_be_capital(const struct scoring *scoring, const struct piece *piece)
{
    uint32_t len = piece->end - piece->start;

    return len >= 2 && len <= CAPITAL_MAX && (unsigned char)scoring->reading->folded.at[piece->start] < 0x80;
}

/* The text is read once, whatever terms it has. */
static void find_capitals(struct scoring *scoring)
{
    struct span text = scoring->reading->post->text;
    bool begins[256] = {false};
    size_t longest = 0;

    for (scoring->capitals_len = 16; scoring->capitals_len < 2 * scoring->spots_len;)
        scoring->capitals_len *= 2;
    scoring->capitals = arena_zero(scoring->mem, scoring->capitals_len * sizeof *scoring->capitals);
    for (size_t i = 0; i < scoring->spots_len; i++) {
        const struct piece *piece = &scoring->pieces[scoring->spots[i]];
        uint32_t len = piece->end - piece->start;

        if (!may_be_capital(scoring, piece))
            continue;
        *capital_of(scoring, piece) = (struct capital){.start = piece->start, .len = (uint8_t)len};
        begins[(unsigned char)capital_letter(scoring->reading->folded.at[piece->start])] = true;
        longest = len > longest ? len : longest;
    }
    for (size_t at = 0; at < text.len; at++)
        if (begins[(unsigned char)text.at[at]] && !is_inside(text, at))
            mark_capitals_at(scoring, text, at, longest);
}

static bool has_letter(struct span word)
{
    size_t i = 0;

    while (i < word.len && !is_between(word.at[i], 'a', 'z'))
        i++;
    return i < word.len;
}

static bool is_capital(struct scoring *scoring, const struct piece *piece)
{
    if (!may_be_capital(scoring, piece) || !has_mixed_case(scoring)
        || !has_letter(between(scoring, piece->start, piece->end)))
        return false;
    if (!scoring->capitals)
        find_capitals(scoring);
    return capital_of(scoring, piece)->is;
}

int64_t scoring_emphasis(struct scoring *scoring, const struct piece *piece, uint32_t signs)
{
    int64_t factor = DECIMAL_ONE + PER_EXCLAMATION * (int64_t)(signs < EXCLAMATIONS_MAX ? signs : EXCLAMATIONS_MAX);

    if (!applies(scoring, RULE_EMPHASIS))
        return DECIMAL_ONE;
    if (is_drawn_out(scoring, piece))
        factor = times(factor, EMPHASIS);
    return is_capital(scoring, piece) ? times(factor, EMPHASIS) : factor;
}
