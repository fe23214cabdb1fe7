#include "common/utf8.h"
#include "worker/enrich/enrich.h"
#include "worker/text/cld2.h"
#include "worker/text/language_tag.h"

enum { DETECTED, SCRIPT_ALONE, STATED };

static const char *const ways[] = {"stated-or-detected", "stated-or-script", "stated", NULL};
static const struct form form = {.kind = FORM_CHOICE, .choices = ways};

struct settings {
    int way;
};

struct script {
    uint32_t first, last;
    int language; /* index into languages; HAN */
    bool tells_alone;
};

/* Languages that are told by their script, or of a script's languages the one that has nearly all of its writers
 * (Bengali, Ethiopic). X(ID, language, script) */
/* clang-format off */
#define TELLING_SCRIPTS(X) \
    X(JA, "ja", "kana") X(KO, "ko", "hangul") X(TH, "th", "thai") X(EL, "el", "greek") X(HE, "he", "hebrew") \
    X(HY, "hy", "armenian") X(KA, "ka", "georgian") X(SYR, "syr", "syriac") X(DV, "dv", "thaana") \
    X(NQO, "nqo", "n'ko") X(BN, "bn", "bengali") X(PA, "pa", "gurmukhi") X(GU, "gu", "gujarati") X(OR, "or", "odia") \
    X(TA, "ta", "tamil") X(TE, "te", "telugu") X(KN, "kn", "kannada") X(ML, "ml", "malayalam") \
    X(SI, "si", "sinhala") X(LO, "lo", "lao") X(BO, "bo", "tibetan") X(MY, "my", "burmese") X(AM, "am", "ethiopic") \
    X(CHR, "chr", "cherokee") X(KM, "km", "khmer") X(MN, "mn", "mongolian") X(II, "ii", "yi") \
    X(JV, "jv", "javanese")
/* clang-format on */

#define SCRIPT_INDEX(id, language, script)    id,
#define SCRIPT_LANGUAGE(id, language, script) [id] = {language, sizeof(language) - 1},
#define SCRIPT_NAME(id, language, script)     [id] = script,

enum { TELLING_SCRIPTS(SCRIPT_INDEX) LANGUAGES, HAN = LANGUAGES, NONE };

static const struct span languages[LANGUAGES] = {TELLING_SCRIPTS(SCRIPT_LANGUAGE)};
static const char *const script_names[LANGUAGES] = {TELLING_SCRIPTS(SCRIPT_NAME)};

/* Letters and marks of these scripts, by the property Script of Unicode 14 (Scripts.txt). Han tells no language:
 * Chinese and Japanese share it; neither do Latin, Cyrillic, Arabic and Devanagari. The text is folded, so half-width
 * kana and jamo are gone. A letter by itself is more often part of a face, as ω and ツ are, than a word; but for
 * hiragana and hangul. */
static const struct script scripts[] = {
    {0x0370, 0x0373, EL, false},    {0x0376, 0x037D, EL, false},    {0x037F, 0x037F, EL, false},
    {0x0386, 0x0386, EL, false},    {0x0388, 0x03E1, EL, false},    {0x03F0, 0x03FF, EL, false},
    {0x0531, 0x0588, HY, false},    {0x0591, 0x05F2, HE, false},    {0x0710, 0x074F, SYR, false},
    {0x0780, 0x07B1, DV, false},    {0x07CA, 0x07FD, NQO, false},   {0x0860, 0x086A, SYR, false},
    {0x0980, 0x09FE, BN, false},    {0x0A01, 0x0A75, PA, false},    {0x0A81, 0x0AFF, GU, false},
    {0x0B01, 0x0B71, OR, false},    {0x0B82, 0x0BD7, TA, false},    {0x0C00, 0x0C63, TE, false},
    {0x0C80, 0x0CF2, KN, false},    {0x0D00, 0x0D7F, ML, false},    {0x0D81, 0x0DF3, SI, false},
    {0x0E01, 0x0E3A, TH, false},    {0x0E40, 0x0E4E, TH, false},    {0x0E81, 0x0EDF, LO, false},
    {0x0F00, 0x0FC6, BO, false},    {0x1000, 0x109D, MY, false},    {0x10A0, 0x10FA, KA, false},
    {0x10FC, 0x10FF, KA, false},    {0x1100, 0x11FF, KO, false},    {0x1200, 0x138F, AM, false},
    {0x13A0, 0x13FD, CHR, false},   {0x1780, 0x17DD, KM, false},    {0x180B, 0x18AA, MN, false},
    {0x1C90, 0x1CBF, KA, false},    {0x1D26, 0x1D2A, EL, false},    {0x1D5D, 0x1D61, EL, false},
    {0x1D66, 0x1D6A, EL, false},    {0x1DBF, 0x1DBF, EL, false},    {0x1F00, 0x1FFC, EL, false},
    {0x2126, 0x2126, EL, false},    {0x2D00, 0x2D2D, KA, false},    {0x2D80, 0x2DDE, AM, false},
    {0x3005, 0x3005, HAN, false},   {0x3007, 0x3007, HAN, false},   {0x302E, 0x302F, KO, false},
    {0x303B, 0x303B, HAN, false},   {0x3041, 0x3096, JA, true},     {0x309D, 0x309F, JA, true},
    {0x30A1, 0x30FA, JA, false},    {0x30FD, 0x30FF, JA, false},    {0x3131, 0x318E, KO, false},
    {0x31F0, 0x31FF, JA, false},    {0x3400, 0x4DBF, HAN, false},   {0x4E00, 0x9FFF, HAN, false},
    {0xA000, 0xA48C, II, false},    {0xA960, 0xA97C, KO, false},    {0xA980, 0xA9C0, JV, false},
    {0xA9E0, 0xA9FE, MY, false},    {0xAA60, 0xAA7F, MY, false},    {0xAB01, 0xAB2E, AM, false},
    {0xAB65, 0xAB65, EL, false},    {0xAB70, 0xABBF, CHR, false},   {0xAC00, 0xD7A3, KO, true},
    {0xF900, 0xFAD9, HAN, false},   {0xFB13, 0xFB17, HY, false},    {0xFB1D, 0xFB4F, HE, false},
    {0xFF66, 0xFF6F, JA, false},    {0xFF71, 0xFF9D, JA, false},    {0xFFA0, 0xFFDC, KO, false},
    {0x16FE3, 0x16FE3, HAN, false}, {0x16FF0, 0x16FF1, HAN, false}, {0x20000, 0x3134A, HAN, false},
};

static const struct script no_script = {.language = NONE};

static const struct script *script_of(uint32_t code_point)
{
    size_t low = 0, high = sizeof scripts / sizeof *scripts;

    if (code_point < scripts[0].first)
        return &no_script;
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (scripts[middle].last < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < sizeof scripts / sizeof *scripts && code_point >= scripts[low].first;
    return is_there ? &scripts[low] : &no_script;
}

/* Kana joins with Han as with kana. */
static bool joins(int language, int other)
{
    return language == other || (language == JA && other == HAN);
}

/* Counts the letters of each script that tells a language; gives the language that has the most. The sound mark ー
 * makes a kana before it a word, as in バー, and is none by itself. */
static int count_letters(struct span text, size_t letters[LANGUAGES])
{
    enum { SOUND_MARK = 0x30FC };
    int most = 0, last = NONE, waiting = NONE; /* waiting: the last one, which does not tell alone */

    for (size_t at = 0; at < text.len;) {
        uint32_t c = utf8_next(text, &at);
        bool is_mark = c == SOUND_MARK && last == JA;
        const struct script *script = script_of(c);
        int language = is_mark ? JA : script->language;
        bool counts = !is_mark && language < LANGUAGES && (script->tells_alone || joins(language, last));

        if (waiting != NONE && joins(waiting, language) && ++letters[waiting] > letters[most])
            most = waiting;
        if (counts && ++letters[language] > letters[most])
            most = language;
        waiting = counts || is_mark || language >= LANGUAGES ? NONE : language;
        last = language;
    }
    return most;
}

/* Where the language of a post was found. */
enum answer_source { BY_STATED, BY_INPUT, BY_SCRIPT, BY_CLD2, BY_NONE };

struct answer {
    struct span lang;
    enum answer_source source;
    int most; /* of BY_SCRIPT: index into languages */
    size_t letters;
};

/* The language whose script has the most letters; else that of which CLD2 is certain. */
static struct answer detect(int way, const struct reading *reading, struct arena *mem)
{
    size_t letters[LANGUAGES] = {0};
    int most = count_letters(reading->folded, letters);
    bool is_bad;

    if (letters[most])
        return (struct answer){languages[most], BY_SCRIPT, most, letters[most]};
    struct span lang =
        way == DETECTED ? language_tag_read(cld2_detect(reading->post->text), mem, &is_bad) : (struct span){0};
    return (struct answer){lang, lang.len ? BY_CLD2 : BY_NONE, 0, 0};
}

/* What the post states, then what its input does, then what is detected; where it is always detected, that first. */
static struct answer answer_for(const struct settings *how, const struct reading *reading, struct arena *mem)
{
    const struct post *post = reading->post;
    struct answer stated = {post->lang, BY_STATED, 0, 0}, usual = {post->usual_lang, BY_INPUT, 0, 0};
    struct answer answer = {.source = BY_NONE};

    if (!reading->has_text)
        return stated;
    if (how->way != STATED
        && (post->detect == DETECT_ALWAYS || (post->detect == DETECT_UNKNOWN && !stated.lang.len && !usual.lang.len)))
        answer = detect(how->way, reading, mem);
    if (!answer.lang.len)
        answer = stated.lang.len ? stated : usual;
    return answer.lang.len ? answer : (struct answer){SPAN("und"), BY_NONE, 0, 0};
}

static void load_language(void *settings, const struct node *section, struct loading *loading)
{
    (void)section;
    if (((const struct settings *)settings)->way == DETECTED)
        hash_add(loading->fingerprint, span_of(cld2_library_version()));
}

static void apply_language(const void *settings, const struct reading *reading, struct found *found, struct arena *mem)
{
    found->lang = answer_for(settings, reading, mem).lang;
}

static struct span why_none(const struct settings *how, const struct post *post)
{
    if (how->way == STATED || post->detect == DETECT_NEVER)
        return SPAN("the post does not say it, and it is not to be detected");
    if (how->way == SCRIPT_ALONE)
        return SPAN("the post does not say it, and no word is in a script that tells one language");
    return SPAN(
        "the post does not say it, no word is in a script that tells one language, and no language is certain enough");
}

static void explain_language(const void *settings, const struct reading *reading, const struct found *found,
                             struct findings *out)
{
    struct answer answer = answer_for(settings, reading, out->mem);
    struct finding account = {.name = SPAN("lang"), .value = found->lang};

    if (!reading->has_text && !answer.lang.len)
        account.how = SPAN("an update that does not say it");
    else if (answer.source == BY_STATED)
        account.how = SPAN("the post says so");
    else if (answer.source == BY_INPUT)
        account.how = SPAN("the post does not say it; the input's lang");
    else if (answer.source == BY_SCRIPT)
        account.how =
            span_format(out->mem, "by its script: %zu letters of %s", answer.letters, script_names[answer.most]);
    else if (answer.source == BY_CLD2)
        account.how = span_format(out->mem, "detected in its words by CLD2 %s", cld2_library_version());
    else
        account.how = why_none(settings, reading->post);
    findings_add(out, account);
}

/* What people write for a language: its name, or the code of a country. */
static const char *const mistaken[][2] = {
    {"jp", "ja"},      {"japanese", "ja"}, {"english", "en"},    {"uk-en", "en"},      {"korean", "ko"},
    {"cn", "zh"},      {"chinese", "zh"},  {"tw", "zh"},         {"french", "fr"},     {"german", "de"},
    {"deutsch", "de"}, {"spanish", "es"},  {"portuguese", "pt"}, {"italian", "it"},    {"russian", "ru"},
    {"arabic", "ar"},  {"ua", "uk"},       {"ukrainian", "uk"},  {"cz", "cs"},         {"dk", "da"},
    {"thai", "th"},    {"vn", "vi"},       {"vietnamese", "vi"}, {"indonesian", "id"}, {"turkish", "tr"},
    {"dutch", "nl"},   {"polish", "pl"},   {"hindi", "hi"},      {"hebrew", "he"},
};

static bool is_same_name(struct span written, const char *name)
{
    return written.len == strlen(name) && strncasecmp(written.at, name, written.len) == 0;
}

/* The code that was meant; empty: nobody knows. */
static struct span meant_lang(struct span written, struct arena *mem)
{
    bool is_bad;

    for (size_t i = 0; i < sizeof mistaken / sizeof *mistaken; i++)
        if (is_same_name(written, mistaken[i][0]))
            return span_of(mistaken[i][1]);
    struct span tag = language_tag_read(written, mem, &is_bad);
    return is_bad ? (struct span){0} : tag;
}

void check_langs(const struct node *list, struct report *report)
{
    for (const struct node *at = list ? list->first : NULL; at; at = at->next) {
        struct span meant = meant_lang(at->text, report->mem);

        if (span_equal(meant, at->text) || span_equal(at->text, SPAN("und")))
            continue;
        if (meant.len)
            report_error(report, at, "\"%.*s\" is never the language of a post; did you mean \"%.*s\"?",
                         SPAN_ARGS(at->text), SPAN_ARGS(meant));
        else
            report_error(report, at,
                         "\"%.*s\" is never the language of a post; write the primary subtag in lower case, such as ja",
                         SPAN_ARGS(at->text));
    }
}

const struct enricher enrich_language = {
    .section =
        {"language", &form, 0, "stated-or-detected",
         "The post's own lang, else its input's; else, as the input's `detect` has it, the language of its script "
         "(kana: ja, hangul: "
         "ko, …; a letter by itself, as ω and ツ in faces, tells none, but hiragana and hangul do), else that of which "
         "CLD2 is "
         "certain, where it is built in; else und. `stated-or-script` goes without CLD2, `stated` without both."},
    .settings_size = sizeof(struct settings),
    .load = load_language,
    .apply = apply_language,
    .explain = explain_language,
};
