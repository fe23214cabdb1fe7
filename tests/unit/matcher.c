#include "worker/text/matcher.h"
#include "common/utf8.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3000, LITERAL_BYTES = 64, TEXT_BYTES = 4 * 300 };

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Letters that share lead bytes, tails and pages, and some that differ in all of them. */
static const uint32_t letters[] = {'a', 'b', 0xE9, 0x3042, 0x3044, 0x6D77, 0x6D78, 0x1F600, 0x2F800};

/* Up to `most` of the first `alphabet` letters, at least one. */
static struct span random_word(uint64_t *state, size_t alphabet, size_t most, char *into)
{
    size_t len = 0;

    for (size_t left = 1 + next_random(state) % most; left; left--)
        len += utf8_encode(letters[next_random(state) % alphabet], into + len);
    return (struct span){into, len};
}

static struct matcher *compiled(const char *const *literals)
{
    struct matcher_builder *builder = matcher_builder_new();

    for (; *literals; literals++)
        matcher_add(builder, span_of(*literals));
    struct matcher *matcher = matcher_compile(builder);
    matcher_builder_free(builder);
    return matcher;
}

/* "literal@end literal@end" */
static struct span hits_as_text(const struct matcher *matcher, struct span text, struct arena *mem)
{
    struct hits hits = matcher_run(matcher, text, mem);
    struct span all = SPAN("");

    for (size_t i = 0; i < hits.len; i++) {
        struct span literal = matcher_literal(matcher, hits.at[i].term);

        all = span_format(mem, "%.*s%s%.*s@%u", SPAN_ARGS(all), i ? " " : "", SPAN_ARGS(literal), hits.at[i].end);
    }
    return all;
}

static void check_hits(const char *const *literals, struct span text, struct span expected)
{
    struct matcher *matcher = compiled(literals);
    struct arena *mem = arena_new();

    CHECK_SPAN(hits_as_text(matcher, text, mem), expected);
    arena_free(mem);
    matcher_free(matcher);
}

TEST(match_finds_literals_within_and_over_each_other)
{
    const char *const literals[] = {"he", "she", "his", "hers", NULL};

    check_hits(literals, SPAN("ushers"), SPAN("she@4 he@4 hers@6"));
    check_hits(literals, SPAN("hishehe"), SPAN("his@3 she@5 he@5 he@7"));
}

TEST(match_gives_the_longest_of_those_that_end_alike_first)
{
    const char *const literals[] = {"アース", "レアアース", "ス", "レア", NULL};

    check_hits(literals, SPAN("レアアース"), SPAN("レア@6 レアアース@15 アース@15 ス@15"));
}

TEST(match_finds_a_literal_in_itself)
{
    const char *const literals[] = {"aa", "aaaa", NULL};

    check_hits(literals, SPAN("aaaaa"), SPAN("aa@2 aa@3 aaaa@4 aa@4 aaaa@5 aa@5"));
}

TEST(match_finds_whole_code_points_only)
{
    const char *const literals[] = {"あ", "é", NULL};

    check_hits(literals, SPAN("\u3082\u3142\u00C9\u0169"), SPAN(""));
    check_hits(literals, SPAN("xéあ"), SPAN("é@3 あ@6"));
}

TEST(match_finds_a_literal_with_a_nul)
{
    struct matcher_builder *builder = matcher_builder_new();
    struct arena *mem = arena_new();

    matcher_add(builder, SPAN("a\0b"));
    struct matcher *matcher = matcher_compile(builder);
    CHECK(matcher_run(matcher, SPAN("aab"), mem).len == 0);
    CHECK(matcher_run(matcher, SPAN("aa\0b"), mem).len == 1);
    matcher_free(matcher);
    matcher_builder_free(builder);
    arena_free(mem);
}

TEST(match_without_literals_finds_nothing)
{
    const char *const none[] = {NULL};
    const char *const one[] = {"a", NULL};

    check_hits(none, SPAN("レアアース rare earth 😀"), SPAN(""));
    check_hits(none, (struct span){0}, SPAN(""));
    check_hits(one, (struct span){0}, SPAN(""));
    matcher_builder_free(NULL);
    matcher_free(NULL);
}

TEST(match_numbers_a_literal_once)
{
    struct matcher_builder *builder = matcher_builder_new();

    CHECK(matcher_count(builder) == 0);
    CHECK(matcher_add(builder, SPAN("海底")) == 0);
    CHECK(matcher_add(builder, SPAN("海")) == 1);
    CHECK(matcher_add(builder, SPAN("海底")) == 0);
    CHECK(matcher_count(builder) == 2);
    struct matcher *matcher = matcher_compile(builder);
    matcher_builder_free(builder);
    CHECK_SPAN(matcher_literal(matcher, 0), SPAN("海底"));
    CHECK_SPAN(matcher_literal(matcher, 1), SPAN("海"));
    matcher_free(matcher);
}

static bool ends_with(struct span text, struct span literal)
{
    return text.len >= literal.len && span_equal((struct span){text.at + text.len - literal.len, literal.len}, literal);
}

/* The reference: at each byte the literals that end there, the longest first. No literal starts
 * within a code point, so no byte but the last of one can be an end. */
static size_t search_naively(const struct matcher *matcher, uint32_t count, struct span text, struct hit *hits)
{
    size_t len = 0;

    for (uint32_t end = 1; end <= text.len; end++) {
        struct span before = {text.at, end};

        for (size_t bytes = LITERAL_BYTES; bytes; bytes--)
            for (uint32_t term = 0; term < count; term++)
                if (matcher_literal(matcher, term).len == bytes && ends_with(before, matcher_literal(matcher, term)))
                    hits[len++] = (struct hit){.term = term, .end = end};
    }
    return len;
}

static void check_against_naive(const struct matcher *matcher, uint32_t count, struct span text)
{
    static struct hit expected[TEXT_BYTES * LITERAL_BYTES];
    struct arena *mem = arena_new();
    struct hits hits = matcher_run(matcher, text, mem);
    size_t len = search_naively(matcher, count, text, expected);

    CHECK(hits.len == len);
    for (size_t i = 0; i < len && i < hits.len; i++) {
        CHECK(hits.at[i].term == expected[i].term);
        CHECK(hits.at[i].end == expected[i].end);
        CHECK(hits.at[i].end - hits.at[i].start == matcher_literal(matcher, expected[i].term).len);
    }
    arena_free(mem);
}

TEST(match_finds_what_a_naive_search_finds)
{
    uint64_t state = 20260410;

    for (int round = 0; round < ROUNDS; round++) {
        struct matcher_builder *builder = matcher_builder_new();
        size_t alphabet = 1 + next_random(&state) % (sizeof letters / sizeof *letters);
        size_t longest = 1 + next_random(&state) % 8;
        char bytes[TEXT_BYTES];

        for (size_t left = next_random(&state) % 20; left; left--)
            matcher_add(builder, random_word(&state, alphabet, longest, bytes));
        struct matcher *matcher = matcher_compile(builder);
        struct span text = random_word(&state, sizeof letters / sizeof *letters, 40, bytes);
        check_against_naive(matcher, matcher_count(builder), text);
        text = random_word(&state, alphabet, 40, bytes);
        check_against_naive(matcher, matcher_count(builder), text);
        matcher_free(matcher);
        matcher_builder_free(builder);
    }
}

static struct span random_term(uint64_t *state, char *into)
{
    size_t len = 0;

    for (size_t left = 2 + next_random(state) % 4; left; left--) {
        uint64_t draw = next_random(state) % 2000;

        len += utf8_encode(0x4E00 + (uint32_t)(draw * draw / 2000), into + len);
    }
    return (struct span){into, len};
}

static bool has_hit(struct hits hits, uint32_t term, uint32_t end)
{
    for (size_t i = 0; i < hits.len; i++)
        if (hits.at[i].term == term && hits.at[i].end == end)
            return true;
    return false;
}

/* A naive search for room in the double array takes half a minute for these. */
TEST(match_takes_25000_literals)
{
    struct matcher_builder *builder = matcher_builder_new();
    struct arena *mem = arena_new();
    uint64_t state = 25000;
    char bytes[LITERAL_BYTES];

    while (matcher_count(builder) < 25000)
        matcher_add(builder, random_term(&state, bytes));
    struct matcher *matcher = matcher_compile(builder);
    for (uint32_t term = 0; term < matcher_count(builder); term++) {
        struct span literal = matcher_literal(matcher, term);
        struct hits hits = matcher_run(matcher, literal, mem);

        CHECK(has_hit(hits, term, (uint32_t)literal.len));
        arena_reset(mem);
    }
    matcher_free(matcher);
    matcher_builder_free(builder);
    arena_free(mem);
}

TEST(match_takes_a_literal_of_a_megabyte)
{
    enum { BYTES = 1024 * 1024 };
    struct matcher_builder *builder = matcher_builder_new();
    struct arena *mem = arena_new();
    struct span text = {memset(arena_take(mem, BYTES), 'a', BYTES), BYTES};

    matcher_add(builder, text);
    struct matcher *matcher = matcher_compile(builder);
    CHECK(matcher_run(matcher, text, mem).len == 1);
    text.len--;
    CHECK(matcher_run(matcher, text, mem).len == 0);
    matcher_free(matcher);
    matcher_builder_free(builder);
    arena_free(mem);
}
