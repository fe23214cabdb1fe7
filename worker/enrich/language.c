#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/enrich.h"

static const char *const ways[] = {"stated-or-script", "stated", NULL};
static const struct form form = {.kind = FORM_CHOICE, .choices = ways};

struct settings {
    int way;
};

struct script {
    uint32_t first, last;
    int language;                       /* index into languages; HAN */
    bool tells_alone;
};

enum { JA, KO, TH, EL, HE, HY, KA, LANGUAGES, HAN = LANGUAGES, NONE };

static const struct span languages[LANGUAGES] = {
    [JA] = {"ja", 2}, [KO] = {"ko", 2}, [TH] = {"th", 2}, [EL] = {"el", 2},
    [HE] = {"he", 2}, [HY] = {"hy", 2}, [KA] = {"ka", 2},
};

/* Scripts that tell one language (blocks of the Unicode Standard). Han tells none: Chinese and
 * Japanese share it; neither do Latin, Cyrillic and Arabic. The text is folded, so half-width kana
 * and jamo are gone. A letter by itself is more often part of a face, as ω and ツ are, than a word; but for
 * hiragana and hangul. */
static const struct script scripts[] = {
    {0x0370, 0x03FF, EL, false}, {0x0530, 0x058F, HY, false}, {0x0590, 0x05FF, HE, false}, {0x0E00, 0x0E7F, TH, false},
    {0x10A0, 0x10FF, KA, false}, {0x1F00, 0x1FFF, EL, false}, {0x3005, 0x3007, HAN, false}, {0x3041, 0x3096, JA, true},
    {0x309D, 0x309F, JA, true}, {0x30A1, 0x30FA, JA, false}, {0x30FD, 0x30FF, JA, false}, {0x31F0, 0x31FF, JA, false},
    {0x3400, 0x4DBF, HAN, false}, {0x4E00, 0x9FFF, HAN, false}, {0xAC00, 0xD7A3, KO, true},
};

static const struct script no_script = {.language = NONE};

static const struct script *script_of(uint32_t code_point)
{
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (code_point <= scripts[i].last)
            return code_point >= scripts[i].first ? &scripts[i] : &no_script;
    return &no_script;
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
    int most = 0, last = NONE, waiting = NONE;      /* waiting: the last one, which does not tell alone */

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

/* The language whose script has the most letters; "und" without any. */
static struct span from_script(struct span text)
{
    size_t letters[LANGUAGES] = {0};
    int most = count_letters(text, letters);

    return letters[most] ? languages[most] : SPAN("und");
}

static void apply(const void *settings, const struct reading *reading, struct found *found,
                  struct arena *mem)
{
    const struct settings *how = settings;

    (void)mem;
    found->lang = reading->post->lang;
    if (!found->lang.len && reading->has_text)
        found->lang = how->way == 0 ? from_script(reading->folded) : SPAN("und");
}

static struct span by_letters(struct span text, struct arena *mem)
{
    static const char *const scripts_of[LANGUAGES] = {
        [JA] = "kana", [KO] = "hangul", [TH] = "thai", [EL] = "greek", [HE] = "hebrew", [HY] = "armenian",
        [KA] = "georgian",
    };
    size_t letters[LANGUAGES] = {0};
    int most = count_letters(text, letters);

    if (!letters[most])
        return SPAN("the post does not say it, and no word is in a script that tells one language");
    return span_format(mem, "the post does not say it; most letters of one script: %zu %s", letters[most],
                       scripts_of[most]);
}

static void explain(const void *settings, const struct reading *reading, const struct found *found,
                    struct accounts *out)
{
    const struct settings *how = settings;
    struct account account = {.name = SPAN("lang"), .value = found->lang};

    if (reading->post->lang.len)
        account.how = SPAN("the post says so");
    else if (!reading->has_text)
        account.how = SPAN("an update that does not say it");
    else
        account.how = how->way == 0 ? by_letters(reading->folded, out->mem)
                                    : SPAN("the post does not say it, and language: stated looks no further");
    account_add(out, account);
}

void check_langs(const struct node *list, struct report *report)
{
    for (const struct node *at = list ? list->first : NULL; at; at = at->next)
        for (size_t i = 0; i < at->text.len; i++)
            if (at->text.at[i] < 'a' || at->text.at[i] > 'z') {
                report_error(report, at, "\"%.*s\" is never the language of a post; write the primary subtag in lower "
                             "case, such as ja", SPAN_ARGS(at->text));
                break;
            }
}

const struct enricher enrich_language = {
    .section = {"language", &form, 0, "stated-or-script",
                "The post's own lang, else the language of its script (kana: ja, hangul: ko, …; a letter by itself, as ω and ツ "
                "in faces, tells none, but hiragana and hangul do), else und."},
    .settings_size = sizeof(struct settings),
    .apply = apply,
    .explain = explain,
};
