#include "worker/enrich/inflect.h"
#include "common/utf8.h"

enum { ENDINGS = 12 };

/* What a word ends with, and what takes its place. */
struct row {
    const char *ending, *forms[ENDINGS];
};

static bool ends_with(struct span word, struct span ending)
{
    return word.len >= ending.len && span_equal((struct span){word.at + word.len - ending.len, ending.len}, ending);
}

static struct span without(struct span word, size_t bytes)
{
    return (struct span){word.at, word.len - bytes};
}

static void add_word(struct form_list *out, struct span form, struct arena *mem)
{
    for (size_t i = 0; i < out->len; i++)
        if (span_equal(out->at[i], form))
            return;
    out->at = arena_room(mem, out->at, out->len, &out->cap, sizeof *out->at);
    out->at[out->len++] = form;
}

static void add_ending(struct form_list *out, struct span stem, const char *ending, struct arena *mem)
{
    add_word(out, span_joined(mem, stem, span_of(ending), SPAN("")), mem);
}

static void add_all(struct form_list *out, struct span stem, const char *const *endings, struct arena *mem)
{
    for (; *endings; endings++)
        add_ending(out, stem, *endings, mem);
}

/* --- Japanese --- */

/* 楽しかった, 楽しくて, 楽しければ, 楽しさ, 楽しそう, 楽しすぎる, 楽しげ, 楽しがる; 楽しー and 楽しっ as people write.
 */
static const char *const adjective_endings[] = {
    "い", "かっ", "く", "けれ", "きゃ", "さ", "そう", "すぎ", "過ぎ", "げ", "が", "ー", "っ", NULL,
};

/* いい has the forms of よい. よく and 良く alone mean often, よさ and よければ are too common as parts of others. */
static const char *const good_endings[] = {
    "いい",        "良い",          "よい",          "よかっ",          "良かっ",
    "良く",        "よく|な",       "よく|ありませ", "よく|ございませ", "よくは|な",
    "よくは|あり", "よくは|ござい", "よくも|な",     "よくも|あり",     "よくも|ござい",
    "よく|ねえ",   "よく|ねぇ",     "よく|ねー",     "良けれ",          "良さ",
    "よさそう",    "よさげ",        "良すぎ",        "よすぎ",          NULL,
};

/* Of 運がいい, where よく is part of a longer word. */
static const char *const with_good[] = {
    "よい", "よかっ", "よく", "よけれ", "よきゃ", "よさ",   "よすぎ", "よっ",
    "良い", "良かっ", "良く", "良けれ", "良さ",   "良すぎ", NULL,
};

/* 無い, said of what stands before it, and ない as it ends verbs and adjectives. */
static const char *const absent_endings[] = {
    "ない",     "なかっ", "なく",   "なけれ", "なきゃ", "なさそう", "なさげ",
    "なさすぎ", "無い",   "無かっ", "無く",   "無けれ", "無さそう", NULL,
};
static const char *const absent_polite[] = {"ありません", "有りません", "ございません", "御座いません", NULL};
static const char *const colloquial_not[] = {"ねえ", "ねぇ", "ねー", NULL};
static const char *const verbs_not[] = {"ん", "ず", "ぬ", NULL}; /* not of 無い: 最高じゃん praises */

static const struct row godan_rows[] = {
    {"う", {"わ", "い", "う", "え", "お", "っ"}},
    {"く", {"か", "き", "く", "け", "こ", "いた", "いて", "いち"}},
    {"ぐ", {"が", "ぎ", "ぐ", "げ", "ご", "いだ", "いで"}},
    {"す", {"さ", "し", "す", "せ", "そ"}},
    {"つ", {"た", "ち", "つ", "て", "と", "っ"}},
    {"ぬ", {"な", "に", "ぬ", "ね", "の", "ん"}},
    {"ぶ", {"ば", "び", "ぶ", "べ", "ぼ", "ん"}},
    {"む", {"ま", "み", "む", "め", "も", "ん"}},
    {"る", {"ら", "り", "る", "れ", "ろ", "っ"}},
};

/* Of a stem that is too short to be a word: 似た, 似て… */
static const char *const ichidan_endings[] = {
    "る", "た", "て", "な", "ま", "ら", "れ", "よ", "ず", "ちゃ", NULL,
};

static bool is_good(struct span word)
{
    return span_equal(word, SPAN("いい")) || span_equal(word, SPAN("良い")) || span_equal(word, SPAN("よい"));
}

static const struct row *godan_row(struct span word)
{
    for (size_t i = 0; i < sizeof godan_rows / sizeof *godan_rows; i++)
        if (ends_with(word, span_of(godan_rows[i].ending)))
            return &godan_rows[i];
    return NULL;
}

/* The kana of the row い that the verb's stem in row あ has before ます: 言わ, 言い; NULL: none. */
static const char *before_masu(struct span stem)
{
    static const char *const pairs[][2] = {{"わ", "い"}, {"か", "き"}, {"が", "ぎ"}, {"さ", "し"}, {"た", "ち"},
                                           {"な", "に"}, {"ば", "び"}, {"ま", "み"}, {"ら", "り"}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (ends_with(stem, span_of(pairs[i][0])))
            return pairs[i][1];
    return NULL;
}

/* 問題が, ではと and 嬉しく, behind which ない is the word 無い. */
static bool ends_as_absent(struct span stem)
{
    static const char *const ends[] = {"は", "が", "も", "く", "で", "ゃ", "の", "と", NULL};

    for (const char *const *end = ends; *end; end++)
        if (ends_with(stem, span_of(*end)))
            return true;
    return !stem.len || utf8_before(stem, stem.len) > 0x30FF;
}

/* Polite forms and short ones of what ends in ない: 問題ありません, 使えません, 使えん. */
static void inflect_absent(struct span stem, struct form_list *out, struct arena *mem)
{
    const char *row = before_masu(stem);

    if (ends_as_absent(stem))
        add_all(out, stem, absent_polite, mem);
    if (row && !ends_with(stem, SPAN("が")))
        add_word(out, span_joined(mem, without(stem, strlen("わ")), span_of(row), SPAN("ません")), mem);
    if (!row && stem.len)
        add_ending(out, stem, "ません", mem);
    if (stem.len > strlen("あ"))
        add_all(out, stem, colloquial_not, mem);
    if (stem.len > strlen("あ") && (row ? !ends_with(stem, SPAN("が")) : !ends_as_absent(stem)))
        add_all(out, stem, verbs_not, mem);
}

static bool is_absent(struct span word)
{
    return ends_with(word, SPAN("ない")) || ends_with(word, SPAN("無い"));
}

static void inflect_adjective(struct span word, struct form_list *out, struct arena *mem)
{
    if (is_good(word)) {
        add_all(out, SPAN(""), good_endings, mem);
        return;
    }
    add_all(out, without(word, strlen("い")), adjective_endings, mem);
    if (ends_with(word, SPAN("いい")) && !ends_with(word, SPAN("わいい"))) /* かっこいい, but not かわいい */
        add_all(out, without(word, strlen("いい")), with_good, mem);
    if (is_absent(word))
        inflect_absent(without(word, strlen("ない")), out, mem);
}

static void inflect_negation(struct span word, struct form_list *out, struct arena *mem)
{
    struct span stem = without(word, is_absent(word) ? strlen("ない") : 0);

    if (stem.len == word.len)
        return;
    add_all(out, stem, absent_endings, mem);
    inflect_absent(stem, out, mem);
}

/* 行く has 行って. */
static void inflect_godan(struct span word, struct form_list *out, struct arena *mem)
{
    struct span stem = without(word, strlen("う"));

    add_all(out, stem, godan_row(word)->forms, mem);
    if (ends_with(word, SPAN("行く")) || ends_with(word, SPAN("いく")))
        add_ending(out, stem, "っ", mem);
}

static void inflect_ichidan(struct span word, struct form_list *out, struct arena *mem)
{
    struct span stem = without(word, strlen("る"));

    if (utf8_count(stem) > 1)
        add_word(out, stem, mem);
    else
        add_all(out, stem, ichidan_endings, mem);
}

/* --- English, by the spelling rules that dictionaries give --- */

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

static char from_end(struct span word, size_t back)
{
    return word.len > back ? word.at[word.len - 1 - back] : 0;
}

/* city, but not boy */
static bool ends_in_y(struct span word)
{
    return from_end(word, 0) == 'y' && word.len > 2 && !is_vowel(from_end(word, 1));
}

static bool hisses(struct span word)
{
    char last = from_end(word, 0), before = from_end(word, 1);

    return last == 's' || last == 'x' || last == 'z' || last == 'o'
           || (last == 'h' && (before == 's' || before == 'c'));
}

static size_t vowel_groups(struct span word)
{
    size_t groups = 0;

    for (size_t i = 0; i < word.len; i++) {
        bool is = is_vowel(word.at[i]) || word.at[i] == 'y',
             was = i && (is_vowel(word.at[i - 1]) || word.at[i - 1] == 'y');

        groups += is && !was;
    }
    return groups;
}

/* stop, big, admit: one consonant, one vowel, one consonant that may be written twice. */
static bool may_double(struct span word)
{
    char last = from_end(word, 0);

    return word.len > 2 && !is_vowel(last) && last != 'c' && last != 'w' && last != 'x' && last != 'y'
           && is_vowel(from_end(word, 1)) && !is_vowel(from_end(word, 2));
}

static struct span doubled(struct span word, struct arena *mem)
{
    return span_joined(mem, word, (struct span){word.at + word.len - 1, 1}, SPAN(""));
}

static struct span with_i(struct span word, struct arena *mem)
{
    return span_joined(mem, without(word, 1), SPAN("i"), SPAN(""));
}

static void add_s(struct span word, struct form_list *out, struct arena *mem)
{
    if (ends_in_y(word))
        add_ending(out, with_i(word, mem), "es", mem);
    else
        add_ending(out, word, hisses(word) ? "es" : "s", mem);
}

/* Longer words are compared with more and most. */
static void compare(struct span word, struct form_list *out, struct arena *mem)
{
    static const char *const endings[] = {"er", "est", NULL};
    struct span stem = word;

    if (vowel_groups(word) > 2)
        return;
    if (ends_in_y(word))
        stem = with_i(word, mem);
    else if (from_end(word, 0) == 'e')
        stem = without(word, 1);
    else if (may_double(word) && vowel_groups(word) == 1)
        stem = doubled(word, mem);
    add_all(out, stem, endings, mem);
}

/* happily, nicely, terribly, fantastically, fully */
static void add_ly(struct span word, struct form_list *out, struct arena *mem)
{
    if (ends_in_y(word))
        add_ending(out, with_i(word, mem), "ly", mem);
    else if (ends_with(word, SPAN("le")) && !is_vowel(from_end(word, 2)))
        add_ending(out, without(word, 1), "y", mem);
    else if (ends_with(word, SPAN("ll")))
        add_ending(out, word, "y", mem);
    else
        add_ending(out, word, ends_with(word, SPAN("ic")) ? "ally" : "ly", mem);
}

static void inflect_en_adjective(struct span word, struct form_list *out, struct arena *mem)
{
    compare(word, out, mem);
    add_ly(word, out, mem);
    add_ending(out, ends_in_y(word) ? with_i(word, mem) : word, "ness", mem);
}

/* loved, loving; agreed, agreeing; died, dying; panicked. */
static void add_ed_ing(struct span word, struct form_list *out, struct arena *mem)
{
    static const char *const endings[] = {"ed", "ing", NULL};
    struct span stem = without(word, 1);

    if (ends_with(word, SPAN("ie"))) {
        add_ending(out, word, "d", mem);
        add_ending(out, without(word, 2), "ying", mem);
    } else if (from_end(word, 0) == 'e') {
        bool keeps = from_end(word, 1) == 'e' || from_end(word, 1) == 'o' || from_end(word, 1) == 'y';

        add_ending(out, word, "d", mem);
        add_ending(out, keeps ? word : stem, "ing", mem);
    } else if (ends_in_y(word)) {
        add_ending(out, with_i(word, mem), "ed", mem);
        add_ending(out, word, "ing", mem);
    } else if (from_end(word, 0) == 'c') {
        add_ending(out, word, "ked", mem);
        add_ending(out, word, "king", mem);
    } else {
        add_all(out, may_double(word) && vowel_groups(word) == 1 ? doubled(word, mem) : word, endings, mem);
    }
}

/* The stress decides whether the last consonant of a longer verb is doubled (admitted, visited), and the
 * spelling does not show it: both are made. */
static void inflect_en_verb(struct span word, struct form_list *out, struct arena *mem)
{
    add_s(word, out, mem);
    add_ed_ing(word, out, mem);
    if (may_double(word) && vowel_groups(word) > 1) {
        add_ending(out, doubled(word, mem), "ed", mem);
        add_ending(out, doubled(word, mem), "ing", mem);
    }
}

/* Of a phrase a verb's first word changes, a noun's last: lets down, power cuts. */
static void inflect_en(enum word_class class, struct span phrase, struct form_list *out, struct arena *mem)
{
    const char *blank =
        class == WORD_EN_VERB ? memchr(phrase.at, ' ', phrase.len) : memrchr(phrase.at, ' ', phrase.len);
    size_t cut = blank ? (size_t)(blank - phrase.at) : 0;
    struct span before = {0}, word = phrase, after = {0};
    struct form_list forms = {0};

    if (blank && class == WORD_EN_VERB) {
        word = (struct span){phrase.at, cut};
        after = (struct span){phrase.at + cut, phrase.len - cut};
    } else if (blank) {
        before = (struct span){phrase.at, cut + 1};
        word = (struct span){phrase.at + cut + 1, phrase.len - cut - 1};
    }
    if (class == WORD_EN_ADJECTIVE)
        inflect_en_adjective(word, &forms, mem);
    else if (class == WORD_EN_VERB)
        inflect_en_verb(word, &forms, mem);
    else
        add_s(word, &forms, mem);
    for (size_t i = 0; i < forms.len; i++)
        add_word(out, span_joined(mem, before, forms.at[i], after), mem);
}

bool inflect_fits(enum word_class class, struct span word, const char **why)
{
    *why = class == WORD_JA_ADJECTIVE && (!ends_with(word, SPAN("い")) || word.len <= strlen("い"))
               ? "an adjective that is listed here ends in い; put others into words"
           : class == WORD_JA_GODAN && !godan_row(word) ? "a godan verb ends in う, く, ぐ, す, つ, ぬ, ぶ, む or る"
           : class == WORD_JA_ICHIDAN && (!ends_with(word, SPAN("る")) || word.len <= strlen("る"))
               ? "an ichidan verb ends in る"
               : NULL;
    return !*why;
}

void inflect(enum word_class class, struct span word, struct form_list *out, struct arena *mem)
{
    add_word(out, word, mem);
    switch (class) {
    case WORD_JA_ADJECTIVE: inflect_adjective(word, out, mem); break;
    case WORD_JA_GODAN: inflect_godan(word, out, mem); break;
    case WORD_JA_ICHIDAN: inflect_ichidan(word, out, mem); break;
    case WORD_JA_NEGATION: inflect_negation(word, out, mem); break;
    case WORD_EN_ADJECTIVE:
    case WORD_EN_VERB:
    case WORD_EN_NOUN: inflect_en(class, word, out, mem); break;
    default: break;
    }
}
