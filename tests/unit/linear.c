#include "common/buf.h"
#include "common/json.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/decode/decode.h"

/* The claim is the growth: what is eight times as long takes about eight times the CPU, where the square
 * would take 64. Of several tries the best counts, so that a busy machine proves nothing. */

enum { SHORT = 16 * 1024, LONGER = 8, ROUNDS = 3, TRIES = 5, MOST = 24 };

static const char rules_text[] =
    "entities: strings\n"
    "sentiment: {terms: {en: {good: 2, nice: 1, bad: -2}, any: {😊: 2, 💻: 1, '(´･ω･｀)': 1}}}\n"
    "tags:\n"
    "  aaa: {any: [ああああああああああああ, aaaaaaaaaaaa, {term: あ, except: [いあい, ああああああああああああ]}]}\n"
    "  near: {all: [あ, い], near: 3}\n"
    "  rare: {any: ['#レア', 'word:レア', レアアース], implies: [aaa]}\n";

/* A text made of one piece, as JSON. */
static struct span post_of(const char *piece, size_t bytes)
{
    struct buf text = buf_in(scratch()), json = buf_in(scratch());

    while (text.len < bytes)
        buf_put(&text, span_of(piece));
    buf_put(&json, SPAN("{\"id\":\"1\",\"lang\":\"en\",\"text\":"));
    json_write_string(&json, buf_span(&text));
    buf_char(&json, '}');
    return buf_span(&json);
}

static int64_t least_ns(const struct ruleset *rules, struct span json)
{
    static const struct limits limits = {.post_bytes = 16 << 20, .post_depth = 64};
    struct message message = {.input = &plain_input, .value = json, .timestamp_ms = TIME_UNKNOWN};
    struct arena *mem = arena_new();
    int64_t least = INT64_MAX;

    for (int i = 0; i < ROUNDS; i++) {
        int64_t start = spent_ns();
        struct found found;
        struct post post;
        struct span why;

        CHECK(post_decode(&message, &limits, mem, &post, &why) == FAULT_NONE);
        ruleset_apply(rules, &post, TIME_UNKNOWN, &found, mem);
        int64_t took = spent_ns() - start;
        least = took < least ? took : least;
        arena_reset(mem);
    }
    arena_free(mem);
    return least;
}

static double growth_of(const struct ruleset *rules, const char *piece)
{
    struct span few = post_of(piece, SHORT), many = post_of(piece, (size_t)SHORT * LONGER);
    double least = 1e9;

    for (int i = 0; i < TRIES && least > MOST; i++) {
        double growth = (double)least_ns(rules, many) / (double)least_ns(rules, few);

        least = growth < least ? growth : least;
    }
    return least;
}

TEST(a_posts_cost_is_linear_in_its_length_whatever_it_says)
{
    static const char *const pieces[] = {
        "南鳥島のレアアース、どう思う？\n", "a", "あ", "あい", "ああああああああああああい", "aaaaaaaaaaaab ", "レア", "#レア ", "#レア",
        "#", "＃", "#a", "@", "@a", "@a/", "@a@", "$", "$A ", ".", ":", "://", "http://", "https://t.co/", "a.com",
        "a.", "www.", "a.co/", "(((", "http://a.co/(", "http://a.co/?a&", "-", "👨\u200D", "🇯🇵", "1\uFE0F\u20E3", "👍🏽",
        "\u200D", "e\u0301", "e\u0301\u0316", "\u0301", "か\u3099", "ｶﾞ", "\u1112\u1161\u11AB", "\u1161", "\uFDFA", "\"\\\n", "\x01",
        "か\u200D\u3099", "株", "㍿", "한국어 ", "ＲＥＥ",
        /* terms of sentiment: joined emoji, one token of an address, capitals, a sign that folding changes */
        "👩\u200D💻 😊😊😊😊😊😊", "good,@nice,", "good:nice,://", "AA good nice ", "AA goodddd ", "\u200D(´･ω･｀)", "good! bad. ",
    };
    const struct ruleset *rules = rules_from(rules_text);

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        double growth = growth_of(rules, pieces[i]);

        if (growth > MOST)
            test_failed(__FILE__, __LINE__, "\"%s\" over and over, %d times as long: %.0f times the cost", pieces[i],
                        LONGER, growth);
    }
}
