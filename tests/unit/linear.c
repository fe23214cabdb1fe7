#include "common/buf.h"
#include "common/json.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/decode/decode.h"
#include "worker/enrich/sentiment_score.h"
#include "worker/enrich/tag_rules.h"

#include <stdlib.h>

/* The claim: whatever a post says, a byte of it costs at most MOST times the CPU of a byte of plain text, and a bounded
 * amount of memory, at any length. The rules are the shipped ones, with more tags beside them; the texts are families
 * made to be slow, and random ones of the lexicons' and rules' own words. SEED=n chooses others, TABLE=1 prints all
 * figures. */

enum {
    TINY = 2 << 10, /* a cube is reported from here, before it takes hours */
    SMALL = 16 << 10,
    MIDDLE = 128 << 10,
    LARGE = 1 << 20,
    MOST = 20,
    MOST_BYTES = 160 /* of the arena, a byte of text */,
    TRIES = 5,
    GROWS = 2 /* a byte costs so much more in a longer text: look at a longer one still */,
    HOPELESS = 20,
    RANDOM_TEXTS = 60,
    UNITS_MAX = 12,
    DRAWN_MAX = 40,
};

static const char more_rules[] = "matched: true\n"
                                 "entities: strings\n"
                                 "tags:\n"
                                 "  nested: {any: [ああああああああああああ, aaaaaaaaaaaa, {term: あ, except: [いあい, "
                                 "ああああああああああああ]}]}\n"
                                 "  near: {all: [あ, い], near: 3}\n"
                                 "  far: {all: [a, い], near: 100000}\n"
                                 "  rare-ore: {any: ['#レア', 'word:レア', レア鉱物], implies: [nested]}\n"
                                 "  from: {from: [news]}\n"
                                 "  places: {any: [a], in: [text, hashtags, handle, hosts]}\n";

static const char *const plain[] = {
    "南鳥島のレアアース、どう思う？\n",
    "今日は朝から雨で、電車が少し遅れています。",
    "新しいカフェのケーキがとても美味しかった！また行きたい。\n",
    "明日の会議は10時からなので、資料を先に送ります。",
    "The train was late again, but the view from the bridge is worth it.\n",
    "Prices went up by 3.5% last year, says the ministry. https://news.example.com/prices?y=2025 ",
    "I do not think this is a good idea. @ann what about Monday? #planning 😊\n",
    NULL,
};

/* Over and over: each was slow once, or could be. */
static const char *const families[] = {
    "a",
    "あ",
    "あい",
    "ああああああああああああい",
    "aaaaaaaaaaaab ",
    "レア",
    "#レア ",
    "#レア",
    "#",
    "＃",
    "#a",
    "@",
    "@a",
    "@a/",
    "@a@",
    "a.com/日",
    "://",
    "x://a/日本 ",
    "$",
    "$A ",
    ".",
    "。",
    ":",
    "://",
    "http://",
    "https://t.co/",
    "a.com",
    "a.",
    "www.",
    "a.co/",
    "(((",
    "http://a.co/(",
    "http://a.co/(a",
    "http://a.co/?a&",
    "-",
    "👨\u200D",
    "🇯🇵",
    "1\uFE0F\u20E3",
    "👍🏽",
    "\u200D",
    "e\u0301",
    "e\u0301\u0316",
    "\u0301",
    "か\u3099",
    "ｶﾞ",
    "\u1112\u1161\u11AB",
    "\u1161",
    "\uFDFA",
    "\"\\\n",
    "\x01",
    "か\u200D\u3099",
    "株",
    "㍿",
    "한국어 ",
    "ＲＥＥ",
    "い a ",
    "い い い い い a ",
    /* terms of sentiment: joined emoji, one token of an address, capitals, signs that folding changes, what turns them
     */
    "👩\u200D💻 😊😊😊😊😊😊",
    "good,@nice,",
    "good:nice,://",
    "AA good nice ",
    "AA goodddd ",
    "\u200D(´･ω･｀)",
    "\u200D（´；ω；｀）",
    "good! bad. ",
    "no...",
    "not-",
    "not-good-",
    "never\t",
    "so very really ",
    "RT @a: ",
    "soooooood ",
    "wwww",
    "ｗｗｗ",
    "best BEST ",
    "AAA ",
    "    but ",
    " but",
    "「",
    "」",
    "「好き",
    "\"good\" ",
    "好きじゃない",
    "楽しくなかった",
    "とても",
    "すごく",
    "ない",
    "なく",
    "けど",
    "が、",
    "? ",
    "!",
    "!?",
    "if ",
    "なら",
    "嬉しくありません。",
    "don't think it is any good ",
    "nothing ",
};

/* What random texts have between their words. */
static const char *const glue[] = {
    "",   "",        "",    " ",      " ",     "\t",     "\n",     ".",        ". ",   ",",      "-",
    "!",  "?",       "…",   "、",     "。",    "「",     "」",     "\"",       "(",    "@",      "@a ",
    "#",  "RT @a: ", "://", "www.",   "a.co/", "\u200D", "\uFE0F", "👍🏽", "😊",    "1,000",  "ー",
    "あ", "い",      "A",   "\u0301", "ﾞ",     "not ",   "but ",   "けど",     "ない", "\u2028",
};

/* --- random numbers: xorshift64* (Vigna 2016) --- */

static uint64_t random_state;

static size_t below(size_t bound)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (size_t)((random_state * UINT64_C(2685821657736338717)) >> 33) % bound;
}

/* --- texts --- */

/* A post that says it, as JSON; the text's own bytes are counted. */
struct post_text {
    const char *lang;
    struct span text, json;
};

static struct post_text post_of(struct span text, const char *lang)
{
    struct buf json = buf_in(scratch());

    buf_format(&json, "{\"id\":\"1\",\"lang\":\"%s\",\"text\":", lang);
    json_write_string(&json, text);
    buf_put(&json, SPAN(",\"author\":{\"handle\":\"ann\"}}"));
    return (struct post_text){lang, text, buf_span(&json)};
}

static struct span repeated(struct span unit, size_t bytes)
{
    struct buf text = buf_in(scratch());

    buf_reserve(&text, bytes + unit.len);
    while (text.len < bytes)
        buf_put(&text, unit);
    return buf_span(&text);
}

static struct span plain_text(void)
{
    struct buf text = buf_in(scratch());

    for (size_t i = 0; plain[i]; i++)
        buf_put(&text, span_of(plain[i]));
    return buf_span(&text);
}

/* A word of the lexicons or the tags, or what is between words; in capitals and drawn out now and then. */
static void put_unit(struct buf *out, const struct ruleset *rules)
{
    const struct lexicon *lexicon = &((const struct scoring_settings *)rules->settings[ENRICHER_sentiment])->lexicon;
    const struct tag_rules *tags = rules->settings[ENRICHER_tags];
    size_t kind = below(8), start = out->len;

    if (kind < 4)
        buf_put(out, lexicon->words[below(lexicon->words_len)].written);
    else if (kind < 5)
        buf_put(out, tags->uses[below(tags->uses_len)].written);
    else
        buf_put(out, span_of(glue[below(sizeof glue / sizeof *glue)]));
    for (size_t i = start; kind == 1 && i < out->len; i++)
        if (out->at[i] >= 'a' && out->at[i] <= 'z')
            out->at[i] = (char)(out->at[i] - ' ');
    char last = out->len > start ? out->at[out->len - 1] : '\0';
    for (size_t drawn = kind == 2 && last > ' ' ? below(DRAWN_MAX) : 0; drawn; drawn--)
        buf_char(out, last);
    if (below(2))
        buf_put(out, span_of(glue[below(sizeof glue / sizeof *glue)]));
}

static struct span random_unit(const struct ruleset *rules)
{
    struct buf unit = buf_in(scratch());

    for (size_t units = 1 + below(UNITS_MAX); units || !unit.len; units -= units > 0)
        put_unit(&unit, rules);
    return buf_span(&unit);
}

/* --- the figures --- */

struct cost {
    double ns, bytes; /* CPU and arena, a byte of text */
};

static struct cost cost_once(const struct ruleset *rules, const struct post_text *said)
{
    static const struct limits limits = {.post_bytes = 64 << 20, .post_depth = 64};
    struct message message = {.input = &plain_input, .value = said->json, .timestamp_ms = TIME_UNKNOWN};
    struct arena *mem = arena_new();
    struct found found;
    struct post post;
    struct span why;
    int64_t start = spent_ns();

    CHECK(post_decode(&message, &limits, mem, &post, &why) == FAULT_NONE);
    ruleset_apply(rules, &post, TIME_UNKNOWN, &found, mem);
    struct cost cost = {(double)(spent_ns() - start) / (double)said->text.len,
                        (double)arena_bytes(mem) / (double)said->text.len};
    arena_free(mem);
    return cost;
}

/* The least of several, as long as it is above `enough`, since a busy machine only ever adds to it; but what is
 * HOPELESS times as much is measured once, so that a square is reported in seconds. */
static struct cost least_cost(const struct ruleset *rules, const struct post_text *said, double enough)
{
    struct cost least = cost_once(rules, said);

    for (int i = 1; i < TRIES && least.ns > enough && (enough <= 0 || least.ns < enough * HOPELESS); i++) {
        struct cost cost = cost_once(rules, said);

        least.ns = cost.ns < least.ns ? cost.ns : least.ns;
    }
    return least;
}

struct bench {
    const struct ruleset *rules;
    double plain_ns; /* a byte of plain text of 128 kB */
    bool prints;
};

static double ratio_at(const struct bench *bench, struct span unit, const char *lang, size_t bytes, double *memory)
{
    struct post_text said = post_of(repeated(unit, bytes), lang);
    struct cost cost = least_cost(bench->rules, &said, bench->prints ? 0 : bench->plain_ns * MOST / 2);

    *memory = cost.bytes;
    return cost.ns / bench->plain_ns;
}

static struct span readable(struct span unit)
{
    struct buf out = buf_in(scratch());

    json_write_string(&out, unit);
    return buf_span(&out);
}

static void check_unit(const struct bench *bench, struct span unit, const char *lang)
{
    static const size_t sizes[] = {TINY, SMALL, MIDDLE, LARGE};
    double ratios[] = {0, 0, 0, 0}, memory = 0;

    for (int i = 0; i < 4; i++) {
        if (i == 3 && !bench->prints && ratios[2] < GROWS * ratios[1])
            break;
        ratios[i] = ratio_at(bench, unit, lang, sizes[i], &memory);
        if (ratios[i] <= MOST && (sizes[i] < MIDDLE || memory <= MOST_BYTES))
            continue;
        test_failed(__FILE__, __LINE__,
                    "%.*s over and over to %zu bytes, lang %s: %.1f times the CPU of plain text and "
                    "%.0f bytes of memory a byte",
                    SPAN_ARGS(readable(unit)), sizes[i], lang, ratios[i], memory);
        return;
    }
    if (bench->prints)
        printf("| `%.*s` | %s | %.1f | %.1f | %.1f | %.1f | %.0f |\n", SPAN_ARGS(readable(unit)), lang, ratios[0],
               ratios[1], ratios[2], ratios[3], memory);
}

static const struct ruleset *shipped_and_more(void)
{
    static struct ruleset *rules;
    struct span paths[] = {SPAN("config/rules.yaml"), span_of(file_with("more.yaml", more_rules))};
    const struct list files = {paths, 2};
    struct report *report = report_new();

    if (!rules && !(rules = ruleset_load(&files, NULL, report))) {
        fprintf(stderr, "%.*s", SPAN_ARGS(problems_of(report)));
        abort();
    }
    report_free(report);
    return rules;
}

static struct bench bench_begin(void)
{
    struct bench bench = {.rules = shipped_and_more(), .prints = getenv("TABLE") != NULL};
    struct post_text said = post_of(repeated(plain_text(), MIDDLE), "en");

    bench.plain_ns = least_cost(bench.rules, &said, 0).ns;
    if (bench.prints)
        printf("plain text: %.1f ns a byte\n| over and over | lang | 2 kB | 16 kB | 128 kB | 1 MB | bytes "
               "|\n|---|---|---:|---:|---:|---:|---:|\n",
               bench.plain_ns);
    return bench;
}

TEST(a_byte_of_any_post_costs_a_bounded_multiple_of_plain_text)
{
    struct bench bench = bench_begin();

    check_unit(&bench, plain_text(), "ja");
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        check_unit(&bench, span_of(families[i]), "en");
        check_unit(&bench, span_of(families[i]), "ja");
    }
}

TEST(so_does_a_byte_of_random_ones_of_the_rules_own_words)
{
    struct bench bench = bench_begin();
    const char *seed = getenv("SEED");

    random_state = seed ? strtoull(seed, NULL, 10) : 20;
    random_state += !random_state;
    printf("SEED=%llu\n", (unsigned long long)random_state);
    for (int i = 0; i < RANDOM_TEXTS; i++)
        check_unit(&bench, random_unit(bench.rules), below(2) ? "en" : "ja");
}
