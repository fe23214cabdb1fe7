#include "worker/text/entity.h"

#include "common/utf8.h"
#include "worker/text/emoji.h"
#include "worker/text/unicode.h"
#include "worker/text/url.h"

#include <string.h>

const char *const entity_names[ENTITY_KINDS] = {
    [ENTITY_HASHTAG] = "hashtags", [ENTITY_MENTION] = "mentions", [ENTITY_URL] = "urls",
    [ENTITY_CASHTAG] = "cashtags", [ENTITY_EMOJI] = "emoji",
};

enum {
    WIDE_HASH = 0xFF03,
    WIDE_AT = 0xFF20,
    HANDLE_MAX = 20,
    LIST_MAX = 25,
    TICKER_MAX = 6,
    TICKER_PART_MAX = 2,
};

struct scan {
    struct span text;
    struct arena *mem;
    struct entity *found;
    size_t len, cap;
    size_t end;     /* of the last one found: none starts before it */
    size_t counted; /* text up to here has `points` code points */
    uint32_t points;
    struct url_scan urls;
};

static struct span part(struct span text, size_t start, size_t end)
{
    return (struct span){text.at + start, end - start};
}

static uint32_t count_to(struct scan *scan, size_t at)
{
    scan->points += (uint32_t)utf8_count(part(scan->text, scan->counted, at));
    scan->counted = at;
    return scan->points;
}

/* Where two overlap, the one that starts first stays. */
static void add_entity(struct scan *scan, enum entity_kind kind, size_t start, size_t end, struct span text)
{
    if (start < scan->end)
        return;
    if (scan->len == scan->cap) {
        size_t cap = scan->cap ? 2 * scan->cap : 8;

        scan->found = arena_grow(scan->mem, scan->found, scan->cap * sizeof(*scan->found), cap * sizeof(*scan->found));
        scan->cap = cap;
    }
    struct entity *entity = &scan->found[scan->len++];
    entity->kind = kind;
    entity->text = text;
    entity->start = count_to(scan, start);
    entity->end = count_to(scan, end);
    scan->end = end;
}

static uint32_t byte_at(struct span text, size_t at)
{
    return at < text.len ? (unsigned char)text.at[at] : 0;
}

/* 0 behind the end: NUL is as good as nothing to every rule here. */
static uint32_t point_at(struct span text, size_t at)
{
    return at < text.len ? utf8_next(text, &at) : 0;
}

static bool starts_protocol(struct span text, size_t at)
{
    return span_starts(part(text, at, text.len), SPAN("://"));
}

/* Marks that twitter-text takes into a tag: _ · ・ ゠ ～ 〜 〃 ゛ ゜, the two joiners, and those of
 * Hebrew, Tibetan and old Cyrillic. */
static const struct code_range tag_marks[] = {
    {'_', '_'},       {0xB7, 0xB7},     {0x5BE, 0x5BE},   {0x5F3, 0x5F4},   {0xF0B, 0xF0C},
    {0x200C, 0x200D}, {0x3003, 0x3003}, {0x301C, 0x301C}, {0x309B, 0x309C}, {0x30A0, 0x30A0},
    {0x30FB, 0x30FB}, {0xA67E, 0xA67E}, {0xFF5E, 0xFF5E},
};

static bool is_tag_mark(uint32_t c)
{
    return IN_RANGES(tag_marks, c);
}

static bool is_tag_char(uint32_t c)
{
    return letter_or_mark(c) || decimal_digit(c) || is_tag_mark(c);
}

static bool may_precede_tag(uint32_t c)
{
    return c == EMOJI_AS_TEXT || c == EMOJI_AS_EMOJI || (c != '&' && !is_tag_char(c));
}

static size_t tag_end(struct span text, size_t at, bool *has_letter)
{
    *has_letter = false;
    for (size_t next = at; next < text.len; at = next) {
        uint32_t c = utf8_next(text, &next);

        if (letter_or_mark(c))
            *has_letter = true;
        else if (!decimal_digit(c) && !is_tag_mark(c))
            break;
    }
    return at;
}

/* Each of the following gets the byte of the sign and the byte behind it, and returns where to look
 * on. */
static size_t look_for_hashtag(struct scan *scan, size_t sign, size_t at)
{
    uint32_t first = point_at(scan->text, at);
    bool has_letter;

    if (first == EMOJI_AS_EMOJI || first == EMOJI_KEYCAP)
        return at;
    if (sign && !may_precede_tag(utf8_before(scan->text, sign)))
        return at;
    size_t end = tag_end(scan->text, at, &has_letter);
    uint32_t behind = point_at(scan->text, end);
    if (has_letter && behind != '#' && behind != WIDE_HASH && !starts_protocol(scan->text, end))
        add_entity(scan, ENTITY_HASHTAG, sign, end, part(scan->text, at, end));
    return end;
}

/* RT@user is a mention, though a letter precedes the sign. */
static bool follows_retweet(struct span text, size_t sign)
{
    if (sign < 2 || (byte_at(text, sign - 2) | 0x20) != 'r' || (byte_at(text, sign - 1) | 0x20) != 't')
        return false;
    uint32_t c = sign > 2 ? utf8_before(text, sign - 2) : ' ';
    return !ascii_alnum(c) && !ascii_one_of("_+~.-", c);
}

static bool may_precede_mention(struct span text, size_t sign)
{
    uint32_t c = sign ? utf8_before(text, sign) : ' ';

    if (ascii_alnum(c))
        return follows_retweet(text, sign);
    return c != WIDE_AT && !ascii_one_of("_!#$%&*@", c);
}

static size_t handle_end(struct span text, size_t at)
{
    size_t end = at;

    while (end - at < HANDLE_MAX && (ascii_alnum(byte_at(text, end)) || byte_at(text, end) == '_'))
        end++;
    return end;
}

static size_t list_end(struct span text, size_t slash)
{
    size_t at = slash + 1, end = at;

    if (byte_at(text, slash) != '/' || !ascii_letter(byte_at(text, at)))
        return slash;
    while (end - at < LIST_MAX
           && (ascii_alnum(byte_at(text, end)) || byte_at(text, end) == '_' || byte_at(text, end) == '-'))
        end++;
    return end;
}

static size_t look_for_mention(struct scan *scan, size_t sign, size_t at)
{
    size_t end = handle_end(scan->text, at);

    if (end == at || !may_precede_mention(scan->text, sign))
        return at;
    end = list_end(scan->text, end);
    uint32_t behind = point_at(scan->text, end);
    if (behind == '@' || behind == WIDE_AT)
        return end + (behind == '@' ? 1 : 3); /* an address: its second half is no mention */
    if (!url_is_latin_accent(behind) && !starts_protocol(scan->text, end))
        add_entity(scan, ENTITY_MENTION, sign, end, part(scan->text, at, end));
    return end;
}

static size_t letters_end(struct span text, size_t at, size_t max)
{
    size_t end = at;

    while (end - at < max && ascii_letter(byte_at(text, end)))
        end++;
    return end;
}

static bool may_follow_ticker(struct span text, size_t at)
{
    uint32_t c = point_at(text, at);

    return at == text.len || url_is_space(c) || ascii_one_of("!'#%&()*+,\\-./:;<=>?@[]^_{|}~$", c);
}

static size_t look_for_cashtag(struct scan *scan, size_t sign)
{
    size_t at = sign + 1, end = letters_end(scan->text, at, TICKER_MAX);

    if (end == at || (sign && !url_is_space(utf8_before(scan->text, sign))))
        return at;
    if (byte_at(scan->text, end) == '.' || byte_at(scan->text, end) == '_') {
        size_t long_end = letters_end(scan->text, end + 1, TICKER_PART_MAX);

        if (long_end > end + 1 && may_follow_ticker(scan->text, long_end))
            end = long_end;
    }
    if (may_follow_ticker(scan->text, end))
        add_entity(scan, ENTITY_CASHTAG, sign, end, part(scan->text, at, end));
    return end;
}

static size_t look_for_url(struct scan *scan, size_t sign)
{
    struct url url;
    bool found = scan->text.at[sign] == ':' ? url_find_full(scan->text, sign, &scan->urls, &url)
                                            : url_find_bare(scan->text, sign, &scan->urls, &url);

    if (!found)
        return sign + 1;
    bool stays = url.start >= scan->end;
    add_entity(scan, ENTITY_URL, url.start, url.end, part(scan->text, url.start, url.end));
    return stays ? url.end : sign + 1;
}

static size_t look_for_emoji(struct scan *scan, size_t at)
{
    size_t end = emoji_end(scan->text, at);

    if (end > at)
        add_entity(scan, ENTITY_EMOJI, at, end, part(scan->text, at, end));
    else
        utf8_next(scan->text, &end);
    return end;
}

static size_t step_back(struct span text, size_t at)
{
    do
        at--;
    while (at && ((unsigned char)text.at[at] & 0xC0) == 0x80);
    return at;
}

/* Some (㊗, ©, 1) are emoji by the selector or keycap behind them: rare ones, so that they need
 * not be looked at wherever they are. */
static size_t look_back_for_emoji(struct scan *scan, size_t at)
{
    size_t start = at ? step_back(scan->text, at) : at;

    if (start && point_at(scan->text, at) == EMOJI_KEYCAP && point_at(scan->text, start) == EMOJI_AS_EMOJI)
        start = step_back(scan->text, start);
    size_t end = start < at && start >= scan->end ? emoji_end(scan->text, start) : at;
    if (end <= at)
        return at + 3;
    add_entity(scan, ENTITY_EMOJI, start, end, part(scan->text, start, end));
    return end;
}

/* U+2000 to 2FFF. No emoji below U+2300 is one without a selector. */
static size_t look_at_symbol(struct scan *scan, size_t at)
{
    if (byte_at(scan->text, at + 1) >= 0x8C)
        return look_for_emoji(scan, at);
    return point_at(scan->text, at) == EMOJI_KEYCAP ? look_back_for_emoji(scan, at) : at + 3;
}

/* U+F000 to FFFF: mostly ！, （ and half-width ｶﾅ. */
static size_t look_at_wide(struct scan *scan, size_t at)
{
    switch (point_at(scan->text, at)) {
    case WIDE_HASH: return look_for_hashtag(scan, at, at + 3);
    case WIDE_AT: return look_for_mention(scan, at, at + 3);
    case EMOJI_AS_EMOJI: return look_back_for_emoji(scan, at);
    default: return at + 3;
    }
}

static size_t look_at(struct scan *scan, size_t at)
{
    switch (byte_at(scan->text, at)) {
    case '#': return look_for_hashtag(scan, at, at + 1);
    case '@': return look_for_mention(scan, at, at + 1);
    case '$': return look_for_cashtag(scan, at);
    case '.':
    case ':': return look_for_url(scan, at);
    case 0xE2: return look_at_symbol(scan, at);
    case 0xEF: return look_at_wide(scan, at);
    default: return look_for_emoji(scan, at);
    }
}

static bool is_sign(unsigned char c)
{
    return c == '#' || c == '$' || c == '.' || c == ':' || c == '@' || c == 0xE2 || c == 0xEF || c == 0xF0;
}

typedef unsigned char block __attribute__((vector_size(16)));

/* The first of sixteen bytes that is one; 16: none. */
static size_t first_sign(const char *at)
{
    block b;
    uint64_t halves[2];

    memcpy(&b, at, sizeof(b));
    b = (block)((b == '#') | (b == '$') | (b == '.') | (b == ':') | (b == '@') | (b == 0xE2) | (b == 0xEF)
                | (b == 0xF0));
    memcpy(halves, &b, sizeof(halves));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    halves[0] = __builtin_bswap64(halves[0]);
    halves[1] = __builtin_bswap64(halves[1]);
#endif
    if (halves[0])
        return (size_t)__builtin_ctzll(halves[0]) / 8;
    return halves[1] ? 8 + (size_t)__builtin_ctzll(halves[1]) / 8 : sizeof(b);
}

/* The next byte at which anything can be. Kana and kanji pass sixteen bytes at a time. */
static size_t next_sign(struct span text, size_t at)
{
    while (text.len - at >= sizeof(block)) {
        size_t first = first_sign(text.at + at);

        at += first;
        if (first < sizeof(block))
            return at;
    }
    while (at < text.len && !is_sign((unsigned char)text.at[at]))
        at++;
    return at;
}

struct entities entities_find(struct span text, struct arena *mem)
{
    struct scan scan = {.text = text, .mem = mem};

    for (size_t at = next_sign(text, 0); at < text.len; at = next_sign(text, at))
        at = look_at(&scan, at);
    return (struct entities){scan.found, scan.len};
}
