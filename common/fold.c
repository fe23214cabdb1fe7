#include "common/fold.h"
#include "common/buf.h"
#include "common/utf8.h"

#include <pthread.h>
#include <stdatomic.h>
#include <utf8proc.h>

enum {
    PAGE = 256, /* code points */
    PAGES = 0x110000 / PAGE,
    MARKS = 30,
    DECOMPOSED = 32, /* code points that one may decompose to; 18 in Unicode 14 */
    SLACK = 8,       /* bytes behind the end that may be written: copies go by words */
    PAIRS = 1024,
    DOT_ABOVE = 0x307,
};

#define NORMALIZE (UTF8PROC_STABLE | UTF8PROC_COMPOSE)
#define FOLD      (NORMALIZE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)

/* What one code point becomes. A text falls into pieces that do not touch each other: each starts
 * at a code point that does not join what comes before it. */
struct form {
    uint32_t lone;  /* the one code point that it is, decomposed and composed; else 0 */
    uint16_t at;    /* in the page's bytes */
    uint8_t len;    /* 0 for a default ignorable */
    uint8_t class;  /* the combining class of the lone one */
    bool joins : 1; /* decomposed, it starts with a mark or a follower */
    bool whole : 1; /* composing changed nothing: this is the decomposition, too */
};

/* Made when the first of its code points is met, then constant. */
struct page {
    struct form forms[PAGE];
    const char *bytes; /* SLACK longer than the forms */
};

static _Atomic(const struct page *) pages[PAGES];

/* Bit set: the code point stays as it is and joins nothing. All clear until its page is made. */
static _Atomic uint64_t plain[0x110000 / 64];

/* Compositions that were asked for: first << 42 | second << 21 | both in one, or 0 if they do not
 * compose. A word holds the whole answer, so that threads need no lock. */
static _Atomic uint64_t pairs[PAIRS];

static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
static struct arena *tables;             /* for as long as the process runs */
static uint64_t followers[0x20000 / 64]; /* bit set: no mark, but second in a composition */

static int combining_class(int32_t code_point)
{
    return utf8proc_get_property(code_point)->combining_class;
}

/* What NFKC_Casefold keeps apart and people write for the same. */
static int32_t plainer(int32_t c)
{
    switch (c) {
    case 0x2018: /* ‘ */
    case 0x2019: /* ’ */
    case 0x201B: /* ‛ */
    case 0x02BC: /* ʼ */ return '\'';
    case 0x201C: /* “ */
    case 0x201D: /* ” */
    case 0x201E: /* „ */
    case 0x201F: /* ‟ */ return '"';
    case 0x301C: /* 〜; ～ is ~ already */ return '~';
    case 0x2212: /* − */ return '-';
    case '\t':
    case 0x1680: return ' ';
    case '\v':
    case '\f':
    case '\r':
    case 0x85:
    case 0x2028:
    case 0x2029: return '\n';
    default: return c >= 0x2010 && c <= 0x2015 ? '-' : c;
    }
}

static size_t decompose(uint32_t code_point, utf8proc_option_t how, int32_t out[DECOMPOSED])
{
    size_t len = (size_t)utf8proc_decompose_char((int32_t)code_point, out, DECOMPOSED, how, NULL);

    for (size_t i = 0; how == FOLD && i < len; i++)
        out[i] = plainer(out[i]);
    return len;
}

/* Composites are in planes 0 and 1; ideographs, beyond, are not composed. */
static void find_followers(void)
{
    int32_t parts[DECOMPOSED];

    for (uint32_t c = 0; c < 0x20000; c++) {
        size_t len = decompose(c, UTF8PROC_DECOMPOSE, parts);

        for (size_t i = 1; i < len; i++)
            if (!combining_class(parts[i]))
                followers[parts[i] / 64] |= UINT64_C(1) << parts[i] % 64;
    }
    /* utf8proc takes this vowel for an empty final consonant. */
    followers[0x11A7 / 64] |= UINT64_C(1) << 0x11A7 % 64;
}

static bool joins(int32_t first)
{
    return combining_class(first) || (first < 0x20000 && followers[first / 64] >> first % 64 & 1);
}

/* The part of a text that later code points may still change: a starter, if there is one, and
 * marks in canonical order. */
struct open {
    int32_t at[1 + MARKS + 1];
    size_t len, marks;
};

/* Not by an initializer, which would clear the whole array for each piece. */
static void start_piece(struct open *open)
{
    open->len = open->marks = 0;
}

static bool is_blank(int32_t c)
{
    return c == ' ' || c == '\n';
}

/* A run of blanks is one, a line break if one is among them. True: `c` is one more blank of a run. */
static inline bool joins_blanks(struct buf *out, int32_t c)
{
    if (!is_blank(c) || !out->len || !is_blank(out->at[out->len - 1]))
        return false;
    if (c == '\n')
        out->at[out->len - 1] = '\n';
    return true;
}

static void put_code_point(struct buf *out, int32_t code_point)
{
    if (joins_blanks(out, code_point))
        return;
    if (out->cap - out->len < 4)
        buf_reserve(out, 4);
    out->len += utf8_encode((uint32_t)code_point, out->at + out->len);
}

/* 0 if the two do not compose. */
static inline int32_t pair(int32_t first, int32_t second)
{
    uint64_t key = (uint64_t)first << 42 | (uint64_t)second << 21;
    _Atomic uint64_t *known = &pairs[((uint32_t)first ^ (uint32_t)second << 5) % PAIRS];
    uint64_t answer = atomic_load_explicit(known, memory_order_relaxed);

    if (answer >> 21 != key >> 21) {
        int32_t both[] = {first, second};

        answer = key;
        if (utf8proc_normalize_utf32(both, 2, NORMALIZE) == 1)
            answer |= (uint64_t)both[0];
        atomic_store_explicit(known, answer, memory_order_relaxed);
    }
    return (int32_t)(answer & 0x1FFFFF);
}

static void compose(struct open *open)
{
    if (open->len == 2) {
        int32_t both = pair(open->at[0], open->at[1]);

        if (both) {
            open->at[0] = both;
            open->len = 1;
        }
    } else if (open->len > 2) {
        utf8proc_ssize_t len = (utf8proc_ssize_t)open->len;

        open->len = (size_t)utf8proc_normalize_utf32(open->at, len, NORMALIZE);
    }
}

static void add_mark(struct open *open, int32_t mark, int class)
{
    size_t i = open->len;

    if (open->marks == MARKS)
        return;
    for (; i > open->len - open->marks && combining_class(open->at[i - 1]) > class; i--)
        open->at[i] = open->at[i - 1];
    open->at[i] = mark;
    open->len++;
    open->marks++;
}

/* A starter settles what comes before it, and may itself go into it. */
static void add_code_point(struct open *open, int32_t code_point, struct buf *out)
{
    int class = combining_class(code_point);

    if (code_point == DOT_ABOVE && open->len && open->at[0] == 'i')
        return; /* İ is I with a dot, and i has one */
    if (class) {
        add_mark(open, code_point, class);
        return;
    }
    open->at[open->len++] = code_point;
    compose(open);
    for (size_t i = 0; i + 1 < open->len; i++)
        put_code_point(out, open->at[i]);
    open->at[0] = open->at[open->len - 1];
    open->len = 1;
    open->marks = 0;
}

static void finish(struct open *open, struct buf *out)
{
    compose(open);
    for (size_t i = 0; i < open->len; i++)
        put_code_point(out, open->at[i]);
}

static size_t read_all(struct span text, int32_t out[DECOMPOSED])
{
    size_t count = 0;

    for (size_t at = 0; at < text.len;)
        out[count++] = (int32_t)utf8_next(text, &at);
    return count;
}

static void make_form(struct page *page, uint32_t code_point, struct buf *bytes)
{
    int32_t parts[DECOMPOSED], again[DECOMPOSED];
    size_t len = decompose(code_point, FOLD, parts);
    struct buf alone = buf_in(tables);
    struct open open;
    char self[4];

    start_piece(&open);
    for (size_t i = 0; i < len; i++)
        add_code_point(&open, parts[i], &alone);
    finish(&open, &alone);

    struct span folded = buf_span(&alone);
    struct form *form = &page->forms[code_point % PAGE];
    form->at = (uint16_t)bytes->len;
    form->len = (uint8_t)folded.len;
    buf_put(bytes, folded);
    form->joins = len && joins(parts[0]);
    form->whole = read_all(folded, again) == len && !memcmp(again, parts, len * sizeof *parts);
    if (form->whole && len == 1) {
        form->lone = (uint32_t)parts[0];
        form->class = (uint8_t)combining_class(parts[0]);
    }
    if (!form->joins && span_equal(folded, (struct span){self, utf8_encode(code_point, self)}))
        atomic_fetch_or_explicit(&plain[code_point / 64], UINT64_C(1) << code_point % 64, memory_order_relaxed);
}

static const struct page *new_page(uint32_t number)
{
    if (!tables) {
        tables = arena_new();
        find_followers();
    }
    struct page *page = arena_zero(tables, sizeof *page);
    struct buf bytes = buf_in(tables);
    buf_reserve(&bytes, (size_t)4 * PAGE);
    for (uint32_t i = 0; i < PAGE; i++)
        make_form(page, number * PAGE + i, &bytes);
    buf_reserve(&bytes, SLACK);
    page->bytes = bytes.at;
    return page;
}

static const struct page *make_page(uint32_t number)
{
    pthread_mutex_lock(&making);
    const struct page *page = atomic_load(&pages[number]);
    if (!page) {
        page = new_page(number);
        atomic_store(&pages[number], page);
    }
    pthread_mutex_unlock(&making);
    return page;
}

static inline const struct page *page_of(uint32_t code_point)
{
    const struct page *page = atomic_load_explicit(&pages[code_point / PAGE], memory_order_acquire);

    return page ? page : make_page(code_point / PAGE);
}

static inline uint64_t plain_word(uint32_t number)
{
    return atomic_load_explicit(&plain[number], memory_order_relaxed);
}

static inline bool is_plain(uint32_t code_point)
{
    return plain_word(code_point / 64) >> code_point % 64 & 1;
}

static inline const struct form *form_of(uint32_t code_point)
{
    return &page_of(code_point)->forms[code_point % PAGE];
}

static inline uint64_t lower_word(uint64_t ascii)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t from_a = ascii + ones * (0x80 - 'A'), after_z = ascii + ones * (0x80 - 'Z' - 1);

    return ascii | (from_a & ~after_z & ones * 0x80) >> 2;
}

/* Bit 7 of each byte below a blank, and of a blank behind another: a run of blanks, or signs for layout. */
static inline uint64_t layout_of(uint64_t ascii)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t no_control = ascii + ones * (0x80 - ' '), no_blank = (ascii ^ ones * ' ') + ones * 0x7F;

    return (~no_control | (~no_blank & ~no_blank << 8)) & ones * 0x80;
}

static void put_layout(struct buf *out, char c)
{
    c = c == '\t' ? ' ' : c >= '\v' && c <= '\r' ? '\n' : c;
    if (!joins_blanks(out, c))
        out->at[out->len++] = c;
}

static inline void put_ascii(struct buf *out, char c)
{
    bool upper = c >= 'A' && c <= 'Z';

    if (c > ' ')
        out->at[out->len++] = (char)(c | upper << 5);
    else
        put_layout(out, c);
}

static size_t copy_ascii(struct span text, size_t at, struct buf *out)
{
    for (uint64_t word; text.len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.at + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
        if (layout_of(word) || (text.at[at] == ' ' && out->len && is_blank(out->at[out->len - 1]))) {
            for (size_t i = 0; i < sizeof word; i++)
                put_ascii(out, text.at[at + i]);
            continue;
        }
        word = lower_word(word);
        memcpy(out->at + out->len, &word, sizeof word);
        out->len += sizeof word;
    }
    for (; at < text.len && (unsigned char)text.at[at] < 0x80; at++)
        put_ascii(out, text.at[at]);
    return at;
}

/* Kana and kanji, which take three bytes each; one behind them may be written over. */
static size_t copy_plain_threes(struct span text, size_t at, struct buf *out)
{
    char *to = out->at + out->len;

    for (; text.len - at >= 4; at += 3, to += 3) {
        const unsigned char *p = (const unsigned char *)text.at + at;

        if ((p[0] & 0xF0) != 0xE0 || !(plain_word((p[0] & 0xFu) << 6 | (p[1] & 0x3Fu)) >> (p[2] & 0x3F) & 1))
            break;
        memcpy(to, p, 4);
    }
    out->len = (size_t)(to - out->at);
    return at;
}

static size_t copy_plain(struct span text, size_t at, struct buf *out)
{
    while (at < text.len && (unsigned char)text.at[at] >= 0x80) {
        size_t next = at;

        if (!is_plain(utf8_next(text, &next)))
            break;
        memcpy(out->at + out->len, text.at + at, next - at);
        out->len += next - at;
        at = next;
    }
    return at;
}

/* There is always room for the rest of the text as it is. */
static void keep_room(struct buf *out, size_t rest)
{
    if (out->cap - out->len < rest + SLACK)
        buf_reserve(out, rest + SLACK);
}

static size_t step_back(struct span text, size_t at)
{
    do
        at--;
    while (at && ((unsigned char)text.at[at] & 0xC0) == 0x80);
    return at;
}

static void add_parts(struct open *open, uint32_t code_point, struct buf *out)
{
    const struct form *form = form_of(code_point);
    struct span bytes = {page_of(code_point)->bytes + form->at, form->len};
    int32_t parts[DECOMPOSED];
    size_t count = form->whole ? read_all(bytes, parts) : decompose(code_point, FOLD, parts);

    for (size_t i = 0; i < count; i++)
        add_code_point(open, parts[i], out);
}

/* The code point at `at` joins what comes before it: takes that back out, through the ignorables
 * between, and folds the whole piece up to where the next one starts. */
static size_t fold_piece(struct span text, size_t at, struct buf *out)
{
    struct open open;
    size_t len = 0, next;

    start_piece(&open);
    while (at && !len) {
        at = next = step_back(text, at);
        len = form_of(utf8_next(text, &next))->len;
    }
    out->len -= len;

    const struct form *form;
    do {
        add_parts(&open, utf8_next(text, &at), out);
        next = at;
        form = at < text.len ? form_of(utf8_next(text, &next)) : NULL;
    } while (form && (form->joins || !form->len));
    finish(&open, out);
    keep_room(out, text.len - at);
    return at;
}

/* A starter and what joins it one by one: marks that did not compose with it follow it. */
struct joined {
    int32_t at[1 + MARKS];
    size_t len, taken;
    uint8_t last;   /* the combining class of what was taken last */
    uint8_t behind; /* and of what follows the starter last */
};

/* False if marks change places or the run is to be cut. */
static bool take_in(struct joined *joined, int32_t code_point, uint8_t class)
{
    if (++joined->taken > MARKS || (class && class < joined->last) || code_point == DOT_ABOVE)
        return false;
    int32_t both = joined->len == 1 || class > joined->behind ? pair(joined->at[0], code_point) : 0;
    joined->last = class;
    if (both) {
        joined->at[0] = both;
        return true;
    }
    joined->at[joined->len++] = code_point;
    joined->behind = class;
    return class;
}

/* What fold_piece does where it is simple, as most text is that comes decomposed: single code points in
 * canonical order behind a starter. 0, and nothing done, if it is not. */
static size_t join(struct span text, size_t at, const struct form *before, struct buf *out)
{
    struct joined joined;

    if (!before || !before->lone || before->class)
        return 0;
    joined.at[0] = (int32_t)before->lone;
    joined.len = 1;
    joined.taken = 0;
    joined.last = joined.behind = 0;
    for (size_t next = at; next < text.len; at = next) {
        const struct form *form = form_of(utf8_next(text, &next));

        if (!form->joins && form->len)
            break;
        if (!form->lone || !take_in(&joined, (int32_t)form->lone, form->class))
            return 0;
    }
    out->len -= before->len;
    for (size_t i = 0; i < joined.len; i++)
        put_code_point(out, joined.at[i]);
    keep_room(out, text.len - at);
    return at;
}

/* `before` is the form of the code point before; NULL: not known. */
static size_t fold_joining(struct span text, size_t at, const struct form *before, struct buf *out)
{
    if (at && !before)
        before = form_of(utf8_before(text, at));
    size_t end = join(text, at, before, out);
    return end ? end : fold_piece(text, at, out);
}

static void put_form(const char *bytes, size_t len, struct buf *out)
{
    if (len && joins_blanks(out, bytes[0])) {
        bytes++;
        len--;
    }
    memcpy(out->at + out->len, bytes, SLACK);
    if (len > SLACK)
        memcpy(out->at + out->len + SLACK, bytes + SLACK, len - SLACK);
    out->len += len;
}

/* Forms one by one. Text that comes decomposed is not left for each letter that stays as it is. */
static size_t fold_others(struct span text, size_t at, struct buf *out)
{
    enum { PATIENCE = 4 };
    const struct form *before = NULL;
    int patience = 0;

    while (at < text.len) {
        size_t next = at;
        uint32_t code_point = utf8_next(text, &next);
        const struct page *page = page_of(code_point);
        const struct form *form = &page->forms[code_point % PAGE];

        if (form->joins) {
            at = fold_joining(text, at, before, out);
            before = NULL;
            patience = PATIENCE;
            continue;
        }
        if ((code_point < 0x80 || is_plain(code_point)) && patience-- <= 0)
            break;
        keep_room(out, form->len + (text.len - next));
        put_form(page->bytes + form->at, form->len, out);
        before = form;
        at = next;
    }
    return at;
}

struct span fold_text(struct span text, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_reserve(&out, text.len + SLACK);
    for (size_t at = 0; at < text.len;) {
        at = copy_ascii(text, at, &out);
        at = copy_plain_threes(text, at, &out);
        at = copy_plain(text, at, &out);
        at = fold_others(text, at, &out);
    }
    arena_trim(mem, out.at, out.cap, out.len); /* a hundred thousand hashtags are folded one by one */
    return buf_span(&out);
}

/* --- accents --- */

enum {
    FIRST_ACCENT = 0x300,
    LAST_ACCENT = 0x36F,
    FIRST_GREEK = 0x370,
    FIRST_CYRILLIC = 0x400,
    BEHIND_CYRILLIC = 0x530
};

static bool is_accent(uint32_t c)
{
    return c >= FIRST_ACCENT && c <= LAST_ACCENT;
}

/* Of letters that Unicode does not take apart; the second is 0 where there is one. */
static const uint32_t stroked[][1 + FOLD_LETTERS_MAX] = {
    {0xE6 /* æ */, 'a', 'e'}, {0xF0 /* ð */, 'd', 0},  {0xF8 /* ø */, 'o', 0},  {0x111 /* đ */, 'd', 0},
    {0x127 /* ħ */, 'h', 0},  {0x131 /* ı */, 'i', 0}, {0x142 /* ł */, 'l', 0}, {0x153 /* œ */, 'o', 'e'},
    {0x167 /* ŧ */, 't', 0},  {0x180 /* ƀ */, 'b', 0}, {0x1B6 /* ƶ */, 'z', 0},
};

static size_t without_stroke(uint32_t c, uint32_t out[FOLD_LETTERS_MAX])
{
    out[0] = c;
    for (size_t i = 0; i < sizeof stroked / sizeof *stroked; i++)
        if (stroked[i][0] == c) {
            memcpy(out, stroked[i] + 1, sizeof *out * FOLD_LETTERS_MAX);
            return out[1] ? 2 : 1;
        }
    return 1;
}

/* Scripts in which a mark changes how a letter is read but mostly not which one it is. */
static bool has_accents(uint32_t c)
{
    if (c >= FIRST_CYRILLIC && c < BEHIND_CYRILLIC)
        return c == 0x435 /* е */;
    return c < FIRST_ACCENT || (c >= FIRST_GREEK && c < FIRST_CYRILLIC);
}

size_t fold_without_accents(uint32_t c, uint32_t out[FOLD_LETTERS_MAX])
{
    int32_t parts[DECOMPOSED];

    if (is_accent(c))
        return 0;
    out[0] = c;
    if (c < 0xC0 || (c >= BEHIND_CYRILLIC && c < 0x1E00) || c >= 0x2000)
        return 1;
    size_t len = decompose(c, UTF8PROC_DECOMPOSE, parts);
    for (size_t i = 1; i < len; i++)
        if (!is_accent((uint32_t)parts[i]))
            return 1;
    return len && has_accents((uint32_t)parts[0]) ? without_stroke((uint32_t)parts[0], out) : 1;
}

/* The first bytes of two-byte sequences up to Cyrillic, and of U+1E00 to U+1FFF. */
bool fold_may_have_accents(struct span folded)
{
    for (size_t i = 0; i < folded.len; i++) {
        unsigned char c = (unsigned char)folded.at[i];

        if ((c >= 0xC3 && c <= 0xD4) || (c == 0xE1 && (unsigned char)folded.at[i + 1] >= 0xB8))
            return true;
    }
    return false;
}

bool fold_joins(uint32_t code_point)
{
    const struct page *page = page_of(code_point);
    const struct form *form = &page->forms[code_point % PAGE];

    return form->joins || !form->len || is_blank(page->bytes[form->at]);
}

bool fold_is_blank(uint32_t code_point)
{
    const struct page *page = page_of(code_point);
    const struct form *form = &page->forms[code_point % PAGE];

    return form->len == 1 && is_blank(page->bytes[form->at]);
}

static bool within(uint32_t code_point, uint32_t first, uint32_t last)
{
    return code_point >= first && code_point <= last;
}

static bool is_word_part(uint32_t code_point)
{
    utf8proc_category_t category = utf8proc_category((int32_t)code_point);

    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

static bool is_ascii_word(uint32_t c)
{
    return within(c | 0x20, 'a', 'z') || within(c, '0', '9');
}

enum fold_class fold_class(uint32_t c)
{
    if (c < 0x80)
        return is_ascii_word(c) ? FOLD_WORD : FOLD_OTHER;
    if (!is_word_part(c))
        return FOLD_OTHER;
    if (c < 0x0E00)
        return FOLD_WORD;
    if (within(c, 0x3041, 0x309F) || within(c, 0x1B001, 0x1B11F))
        return FOLD_HIRAGANA;
    if (within(c, 0x30A0, 0x30FF) || within(c, 0x31F0, 0x31FF) || within(c, 0xFF66, 0xFF9F))
        return FOLD_KATAKANA;
    if (within(c, 0x2E80, 0x2FDF) || within(c, 0x3005, 0x3007) || within(c, 0x3021, 0x3029) || within(c, 0x3400, 0x4DBF)
        || within(c, 0x4E00, 0x9FFF) || within(c, 0xF900, 0xFAFF) || within(c, 0x20000, 0x3FFFF))
        return FOLD_HAN;
    if (within(c, 0x1100, 0x11FF) || within(c, 0x3131, 0x318E) || within(c, 0xA960, 0xA97F) || within(c, 0xAC00, 0xD7FF)
        || within(c, 0xFFA0, 0xFFDC))
        return FOLD_HANGUL;
    if (within(c, 0x0E00, 0x0EFF) || within(c, 0x1000, 0x109F) || within(c, 0x1780, 0x17FF))
        return FOLD_THAI;
    return FOLD_WORD;
}

const char *fold_unicode_version(void)
{
    return utf8proc_unicode_version();
}

const char *fold_library_version(void)
{
    return utf8proc_version();
}

int fold_columns(uint32_t code_point)
{
    return utf8proc_charwidth((int32_t)code_point);
}
