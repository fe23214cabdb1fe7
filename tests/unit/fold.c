#include "common/buf.h"
#include "common/fold.h"
#include "common/utf8.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { SEQUENCES = 200000, THREADS = 4 };

/* The reference. A NUL is no end of text here, as it would be for utf8proc_NFKC_Casefold. */
/* By utf8proc; `form` is UTF8PROC_COMPOSE or UTF8PROC_DECOMPOSE. */
static struct span by_utf8proc(struct span text, utf8proc_option_t form, struct arena *mem);

static uint32_t plain_of(uint32_t c)
{
    static const struct {
        uint32_t first, last, plain;
    } plainer[] = {{0x2018, 0x2019, '\''}, {0x201B, 0x201B, '\''}, {0x02BC, 0x02BC, '\''}, {0x201C, 0x201F, '"'},
                   {0x2010, 0x2015, '-'},  {0x2212, 0x2212, '-'},  {0x301C, 0x301C, '~'},  {'\t', '\t', ' '},
                   {0x1680, 0x1680, ' '},  {'\v', '\r', '\n'},     {0x85, 0x85, '\n'},     {0x2028, 0x2029, '\n'}};

    for (size_t i = 0; i < sizeof plainer / sizeof *plainer; i++)
        if (c >= plainer[i].first && c <= plainer[i].last)
            return plainer[i].plain;
    return c;
}

/* A dot above belongs to i where nothing but marks is between the two. */
static bool is_dot_of_i(const uint32_t *points, size_t len, uint32_t c)
{
    while (c == 0x307 && len && utf8proc_get_property((int32_t)points[len - 1])->combining_class)
        len--;
    return c == 0x307 && len && points[len - 1] == 'i';
}

/* NFKC_Casefold and what fold.h adds to it. */
static struct span expected(struct span text, struct arena *mem)
{
    struct span folded = by_utf8proc(text, UTF8PROC_DECOMPOSE, mem);
    uint32_t *points = arena_take(mem, (folded.len + 1) * sizeof *points);
    struct buf out = buf_in(mem);
    size_t len = 0;

    for (size_t at = 0; at < folded.len;) {
        uint32_t c = plain_of(utf8_next(folded, &at));
        bool is_blank = c == ' ' || c == '\n', follows = len && (points[len - 1] == ' ' || points[len - 1] == '\n');

        if (is_blank && follows)
            points[len - 1] = c == '\n' ? c : points[len - 1];
        else if (!is_dot_of_i(points, len, c))
            points[len++] = c;
    }
    buf_reserve(&out, len * 4);
    for (size_t i = 0; i < len; i++)
        out.len += utf8_encode(points[i], out.at + out.len);
    return by_utf8proc(buf_span(&out), UTF8PROC_COMPOSE, mem);
}

static struct span by_utf8proc(struct span text, utf8proc_option_t form, struct arena *mem)
{
    utf8proc_uint8_t *folded;
    utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)text.at, (utf8proc_ssize_t)text.len, &folded,
                                        UTF8PROC_STABLE | form | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    struct span kept = span_keep((struct span){(const char *)folded, (size_t)len}, mem);

    free(folded);
    return kept;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint32_t between(uint64_t *state, uint32_t first, uint32_t last)
{
    return first + (uint32_t)(next_random(state) % (last - first + 1));
}

static bool is_code_point(uint32_t c)
{
    return c < 0xD800 || (c > 0xDFFF && c < 0x110000);
}

/* Whatever may join, vanish, grow or change its order. */
static uint32_t tricky(uint64_t *state)
{
    static const uint32_t ranges[][2] = {
        {0x20, 0x7E},       {0xA0, 0x17F},      {0x300, 0x34F},     {0x370, 0x3FF},     {0x591, 0x5C7},
        {0x900, 0xDFF},     {0xE00, 0xFBC},     {0x1000, 0x1040},   {0x1100, 0x11FF},   {0x1B00, 0x1B44},
        {0x1DC0, 0x1FFF},   {0x200B, 0x200F},   {0x20D0, 0x20F0},   {0x2100, 0x214F},   {0x3041, 0x30FF},
        {0x3099, 0x309A},   {0x3131, 0x318E},   {0x3200, 0x33FF},   {0xAC00, 0xAC40},   {0xFB00, 0xFB4F},
        {0xFDF0, 0xFDFB},   {0xFE00, 0xFE0F},   {0xFF00, 0xFF65},   {0xFF66, 0xFF9F},   {0xFF9E, 0xFF9F},
        {0xFFA0, 0xFFDC},   {0x11080, 0x11150}, {0x11340, 0x11360}, {0x114B0, 0x114C0}, {0x115AF, 0x115C0},
        {0x11930, 0x11940}, {0x16D60, 0x16D6A}, {0x1D15E, 0x1D1C0}, {0x1D400, 0x1D7FF}, {0x1F300, 0x1F64F},
        {0x1F3FB, 0x1F3FF}, {0x2F800, 0x2FA1D}, {0xE0000, 0xE01EF}, {0x4E00, 0x4E40},   {0x0, 0x10FFFF},
    };
    const uint32_t *range = ranges[next_random(state) % (sizeof ranges / sizeof *ranges)];
    uint32_t c = between(state, range[0], range[1]);

    return is_code_point(c) ? c : 'a';
}

static struct span random_text(uint64_t *state, size_t code_points, char *into)
{
    size_t len = 0;

    for (size_t i = 0; i < code_points; i++)
        len += utf8_encode(tricky(state), into + len);
    return (struct span){into, len};
}

TEST(fold_of_nothing_is_nothing)
{
    struct arena *mem = arena_new();

    CHECK_SPAN(fold_text((struct span){0}, mem), SPAN(""));
    CHECK_SPAN(fold_text(SPAN("\u200B\uFE0F\u00AD"), mem), SPAN(""));
    arena_free(mem);
}

TEST(fold_makes_texts_alike_that_people_take_for_alike)
{
    struct arena *mem = arena_new();

    CHECK_SPAN(fold_text(SPAN("レアアース"), mem), SPAN("レアアース"));
    CHECK_SPAN(fold_text(SPAN("ﾚｱｱｰｽ"), mem), SPAN("レアアース"));
    CHECK_SPAN(fold_text(SPAN("ｶﾞｷﾞ ﾊﾟﾋﾟ ﾞ"), mem), SPAN("ガギ パピ \u3099"));
    CHECK_SPAN(fold_text(SPAN("か\u3099は\u309A"), mem), SPAN("がぱ"));
    CHECK_SPAN(fold_text(SPAN("ＲＥＥ＃１２"), mem), SPAN("ree#12"));
    CHECK_SPAN(fold_text(SPAN("㍿㌔①Ⅳ"), mem), SPAN("株式会社キロ1iv"));
    CHECK_SPAN(fold_text(SPAN("Straße ＣＡＦÉ CAFE\u0301"), mem), SPAN("strasse café café"));
    CHECK_SPAN(fold_text(SPAN("\u1112\u1161\u11AB글"), mem), SPAN("한글"));
    CHECK_SPAN(fold_text(SPAN("❤\uFE0F👨\u200D👩"), mem), SPAN("❤👨👩"));
    arena_free(mem);
}

TEST(fold_keeps_a_nul)
{
    struct arena *mem = arena_new();

    CHECK_SPAN(fold_text(SPAN("A\0B\0\u0301"), mem), SPAN("a\0b\0\u0301"));
    arena_free(mem);
}

TEST(fold_sees_through_ignorables_between_base_and_mark)
{
    struct arena *mem = arena_new();

    CHECK_SPAN(fold_text(SPAN("xE\u200D\u200B\u0301y"), mem), SPAN("xéy"));
    CHECK_SPAN(fold_text(SPAN("か\uFE00\u3099"), mem), SPAN("が"));
    CHECK_SPAN(fold_text(SPAN("\u200D\u0301"), mem), SPAN("\u0301"));
    arena_free(mem);
}

TEST(fold_of_every_code_point_is_utf8procs)
{
    struct arena *mem = arena_new();

    for (uint32_t c = 0; c < 0x110000; c++) {
        char bytes[4];

        if (!is_code_point(c))
            continue;
        struct span text = {bytes, utf8_encode(c, bytes)};
        CHECK_SPAN(fold_text(text, mem), expected(text, mem));
        if (c % 0x1000 == 0)
            arena_reset(mem);
    }
    arena_free(mem);
}

/* Behind a base of every kind that composes: what comes second must be known for what it is. */
TEST(fold_of_every_code_point_behind_another_is_utf8procs)
{
    static const uint32_t firsts[] = {'a',   0xE9,   0x304B,  0xFF76,  0x1100, 0xAC00, 0x9C7,
                                      0xDD9, 0x1025, 0x11131, 0x11935, 0x3B1,  0x301};
    struct arena *mem = arena_new();

    for (uint32_t c = 0; c < 0x20000; c++) {
        for (size_t i = 0; is_code_point(c) && i < sizeof firsts / sizeof *firsts; i++) {
            char bytes[8];
            size_t len = utf8_encode(firsts[i], bytes);
            struct span text = {bytes, len + utf8_encode(c, bytes + len)};

            CHECK_SPAN(fold_text(text, mem), expected(text, mem));
        }
        arena_reset(mem);
    }
    arena_free(mem);
}

TEST(fold_of_random_sequences_is_utf8procs)
{
    struct arena *mem = arena_new();
    uint64_t state = 20260410;

    for (int i = 0; i < SEQUENCES; i++) {
        char bytes[4 * 24];
        struct span text = random_text(&state, between(&state, 1, 24), bytes);

        CHECK_SPAN(fold_text(text, mem), expected(text, mem));
        arena_reset(mem);
    }
    arena_free(mem);
}

/* Mostly in canonical order, sometimes not; blocked, composing and neither; now and then ignorable. */
TEST(fold_of_letters_with_marks_is_utf8procs)
{
    static const uint32_t bases[] = {'a',    'D',   'o',    0x1E0B, 0xE9,  0x304B, 0x306F,
                                     0xFF8A, 0x3B1, 0x1112, 0xAC00, 0x9C7, ' '};
    static const uint32_t marks[] = {0x300,  0x301,  0x307,  0x308,  0x316,  0x323,  0x31B,  0x327, 0x342, 0x345,
                                     0x3099, 0x309A, 0xFF9E, 0xFF9F, 0x1161, 0x11AB, 0x200D, 0x9BE, 0x340, 0x344};
    struct arena *mem = arena_new();
    uint64_t state = 20261125;

    for (int i = 0; i < SEQUENCES; i++) {
        char bytes[4 * 24];
        size_t len = 0;

        for (int j = 0; j < 3; j++) {
            len += utf8_encode(bases[next_random(&state) % (sizeof bases / sizeof *bases)], bytes + len);
            for (uint64_t k = next_random(&state) % 5; k; k--)
                len += utf8_encode(marks[next_random(&state) % (sizeof marks / sizeof *marks)], bytes + len);
        }
        CHECK_SPAN(fold_text((struct span){bytes, len}, mem), expected((struct span){bytes, len}, mem));
        arena_reset(mem);
    }
    arena_free(mem);
}

TEST(fold_writes_far_beyond_the_length_of_its_text)
{
    struct arena *mem = arena_new();
    char bytes[3 * 300];

    for (size_t i = 0; i < 300; i++)
        memcpy(bytes + 3 * i, "\uFDFA", 3);
    CHECK_SPAN(fold_text((struct span){bytes, sizeof bytes}, mem), expected((struct span){bytes, sizeof bytes}, mem));
    arena_free(mem);
}

/* Its time is the claim: ordering them all would take a minute. */
TEST(fold_cuts_a_run_of_marks)
{
    enum { COUNT = 64 * 1024 };
    struct arena *mem = arena_new();
    char *bytes = arena_take(mem, 1 + 2 * COUNT + 1);

    bytes[0] = 'A';
    for (uint32_t i = 0; i < COUNT; i++)
        utf8_encode(i % 2 ? 0x301 : 0x316, bytes + 1 + (size_t)2 * i);
    bytes[1 + 2 * COUNT] = 'B';
    struct span folded = fold_text((struct span){bytes, 1 + 2 * COUNT + 1}, mem);
    CHECK(utf8_count(folded) <= 1 + 30 + 1);
    CHECK(folded.at[folded.len - 1] == 'b');

    struct span cut = {bytes, 1 + 2 * 30};
    folded.len--;
    CHECK_SPAN(folded, expected(cut, mem));
    arena_free(mem);
}

TEST(fold_of_many_ignorables_and_finals_ends)
{
    enum { COUNT = 64 * 1024 };
    struct arena *mem = arena_new();
    char *bytes = arena_take(mem, 3 * COUNT + 2);

    for (size_t i = 0; i < COUNT; i++)
        memcpy(bytes + 3 * i, i % 2 ? "\u200D" : "\u1161", 3);
    memcpy(bytes + (size_t)3 * COUNT, "\u0301", 2);
    struct span text = {bytes, 3 * COUNT + 2};
    CHECK_SPAN(fold_text(text, mem), expected(text, mem));
    arena_free(mem);
}

static void *fold_much(void *ok)
{
    struct arena *mem = arena_new();
    uint64_t state = 7;

    for (int i = 0; i < 2000; i++) {
        char bytes[4 * 24];
        struct span text = random_text(&state, 24, bytes);

        if (!span_equal(fold_text(text, mem), expected(text, mem)))
            *(bool *)ok = false;
        arena_reset(mem);
    }
    arena_free(mem);
    return NULL;
}

TEST(fold_may_be_called_by_many_threads)
{
    pthread_t threads[THREADS];
    bool ok[THREADS];

    for (int i = 0; i < THREADS; i++) {
        ok[i] = true;
        CHECK(pthread_create(&threads[i], NULL, fold_much, &ok[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK(ok[i]);
    }
}

/* One column of NormalizationTest.txt: code points in hexadecimal. False if one is younger than
 * utf8proc, or is U+0345, which folding makes a letter: then the order of marks before matters. */
static bool read_column(const char **line, char *into, struct span *column)
{
    bool known = true;
    size_t len = 0;

    for (char *end; **line && **line != ';'; *line = end) {
        uint32_t c = (uint32_t)strtoul(*line, &end, 16);

        known = known && utf8proc_category((int32_t)c) != UTF8PROC_CATEGORY_CN && c != 0x345;
        len += utf8_encode(c, into + len);
    }
    *line += **line == ';';
    *column = (struct span){into, len};
    return known;
}

static bool check_line(const char *line, struct arena *mem)
{
    char bytes[5][256];
    struct span columns[5], first;

    for (int i = 0; i < 5; i++)
        if (!read_column(&line, bytes[i], &columns[i]))
            return false;
    first = fold_text(columns[0], mem);
    for (int i = 1; i < 5; i++)
        CHECK_SPAN(fold_text(columns[i], mem), first);
    return true;
}

TEST(fold_makes_the_columns_of_unicodes_normalization_test_alike)
{
    FILE *in = popen("bzcat /usr/share/unicode/NormalizationTest.txt.bz2 2>/dev/null"
                     " || cat /usr/share/unicode/NormalizationTest.txt 2>/dev/null",
                     "r");
    struct arena *mem = arena_new();
    size_t checked = 0, left = 0;
    char line[2048];

    while (in && fgets(line, sizeof line, in)) {
        if (!strchr("0123456789ABCDEF", line[0]))
            continue;
        check_line(line, mem) ? checked++ : left++;
        arena_reset(mem);
    }
    arena_free(mem);
    if (in)
        pclose(in);
    if (!checked)
        SKIP("no NormalizationTest.txt of the package unicode-data");
    printf("fold: %zu lines of NormalizationTest.txt alike, %zu left out\n", checked, left);
    CHECK(left < checked / 20);
}

TEST(fold_class_tells_scripts_apart)
{
    CHECK(fold_class('a') == FOLD_WORD);
    CHECK(fold_class('7') == FOLD_WORD);
    CHECK(fold_class(0x0436) == FOLD_WORD);
    CHECK(fold_class(0x0301) == FOLD_WORD);
    CHECK(fold_class(' ') == FOLD_OTHER);
    CHECK(fold_class('#') == FOLD_OTHER);
    CHECK(fold_class(0x3002) == FOLD_OTHER);
    CHECK(fold_class(0x30FB) == FOLD_OTHER);
    CHECK(fold_class(0x1F600) == FOLD_OTHER);
    CHECK(fold_class(0x3042) == FOLD_HIRAGANA);
    CHECK(fold_class(0x30A2) == FOLD_KATAKANA);
    CHECK(fold_class(0x30FC) == FOLD_KATAKANA);
    CHECK(fold_class(0x6D77) == FOLD_HAN);
    CHECK(fold_class(0x3005) == FOLD_HAN);
    CHECK(fold_class(0x20BB7) == FOLD_HAN);
    CHECK(fold_class(0xD55C) == FOLD_HANGUL);
    CHECK(fold_class(0x0E01) == FOLD_THAI);
    CHECK(fold_class(0x1780) == FOLD_THAI);
    CHECK(fold_class(0x0E3F) == FOLD_OTHER);
}

TEST(fold_columns_are_those_of_a_terminal)
{
    CHECK(fold_columns('a') == 1);
    CHECK(fold_columns(0x6D77) == 2);
    CHECK(fold_columns(0x1F600) == 2);
    CHECK(fold_columns(0x0301) == 0);
}

TEST(what_is_typed_in_several_ways_is_one)
{
    struct arena *mem = arena_new();

    CHECK_SPAN(fold_text(SPAN("women’s j‘ai ‛x ʼn"), mem), SPAN("women's j'ai 'x 'n"));
    CHECK_SPAN(fold_text(SPAN("“a” „b‟"), mem), SPAN("\"a\" \"b\""));
    CHECK_SPAN(fold_text(SPAN("long\u2010term\u2011a‒b–c—d―e−f"), mem), SPAN("long-term-a-b-c-d-e-f"));
    CHECK_SPAN(fold_text(SPAN("ラ〜メン ラ～メン"), mem), SPAN("ラ~メン ラ~メン"));
    CHECK_SPAN(fold_text(SPAN("İstanbul I\u0307stanbul i\u0307\u0323"), mem), SPAN("istanbul istanbul ị"));
    arena_free(mem);
}

TEST(a_run_of_blanks_is_one)
{
    struct arena *mem = arena_new();

    CHECK_SPAN(fold_text(SPAN("a  b\tc \u3000 d"), mem), SPAN("a b c d"));
    CHECK_SPAN(fold_text(SPAN("a\r\nb \n  c\n\n\nd\u2028e"), mem), SPAN("a\nb\nc\nd\ne"));
    CHECK_SPAN(fold_text(SPAN("海  \u3000底\n\n泥"), mem), SPAN("海 底\n泥"));
    CHECK_SPAN(fold_text(SPAN("12345678  9abcdef        ghij"), mem), SPAN("12345678 9abcdef ghij"));
    CHECK_SPAN(fold_text(SPAN("1234567 \n89abcdef"), mem), SPAN("1234567\n89abcdef"));
    CHECK_SPAN(fold_text(SPAN("a \u00A8 b \u200B c"), mem), SPAN("a \u0308 b c"));
    arena_free(mem);
}

TEST(blanks_join_the_run_before_them)
{
    CHECK(fold_joins(' ') && fold_joins('\n') && fold_joins(0x3000) && fold_joins(0x2028));
    CHECK(!fold_joins('a') && !fold_joins(0x3042));
    CHECK(fold_is_blank('\t') && fold_is_blank(0xA0) && !fold_is_blank(0xA8) && !fold_is_blank('a'));
}
