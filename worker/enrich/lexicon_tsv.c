/* Other people's lexicons, as their files are: a line a term, members with tabs between them.
 *
 *   afinn    term, whole number from -5 to 5               (AFINN, F. Å. Nielsen)
 *   vader    token, mean from -4 to 4, deviation, ratings  (vaderSentiment, C. J. Hutto)
 *   pn-noun  noun, p or n or another, in what way          (日本語評価極性辞書, 名詞編, Tohoku University)
 *   pn-verb  ポジ（…） or ネガ（…）, phrase with blanks    (the same, 用言編) */
#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/inflect.h"
#include "worker/enrich/lexicon.h"

enum {
    FAULTS_SHOWN = 20,           /* a file of another form has one on every line */
    PN_WEIGHT = 2 * DECIMAL_ONE, /* a p says that it is positive, not how much */
    AFINN_MAX = 5,
    SCALE_MAX = 4,
};

const char *const tsv_form_names[] = {"yaml", "afinn", "vader", "pn-noun", "pn-verb", NULL};

struct table {
    struct lexicon *lexicon;
    struct loading *loading;
    const char *path;
    enum tsv_form form;
    uint8_t lang;
    int line;
    size_t faults;
};

static bool fault(struct table *table, int col, const char *what)
{
    if (++table->faults == FAULTS_SHOWN)
        return report_at(table->loading->report, table->path, table->line, col, "and maybe more: the rest is not read");
    return report_at(table->loading->report, table->path, table->line, col,
                     "%s for form: %s; fix the line, or name the "
                     "form that the file has",
                     what, tsv_form_names[table->form]);
}

/* Takes the next member off a line; false at its end. */
static bool take_column(struct span *rest, struct span *out)
{
    const char *tab = rest->at ? memchr(rest->at, '\t', rest->len) : NULL;

    if (!rest->at)
        return false;
    out->at = rest->at;
    out->len = tab ? (size_t)(tab - rest->at) : rest->len;
    *rest = tab ? (struct span){tab + 1, rest->len - out->len - 1} : (struct span){0};
    return true;
}

static int column_behind(struct span member)
{
    return (int)utf8_count(member) + 2;
}

static void add_word(struct table *table, struct span written, enum word_class class, int64_t weight)
{
    struct loading *loading = table->loading;
    struct span literal = fold_text(written, loading->scratch);
    struct form_list forms = {0};

    if (!literal.len)
        return;
    struct lexicon_word word = {written, table->path, table->line, 1, table->lang};
    struct sense sense = {
        .word = lexicon_word(table->lexicon, word, loading),
        .weight = (int32_t)weight,
        .roles = ROLE_TERM,
        .lang = table->lang,
    };
    inflect(class, literal, &forms, loading->scratch);
    for (size_t i = 0; i < forms.len; i++)
        if (!memchr(forms.at[i].at, '|', forms.at[i].len))
            lexicon_add(table->lexicon, forms.at[i], sense, loading);
}

static void read_afinn(struct table *table, struct span line)
{
    struct span term, number;
    int64_t value;

    if (!take_column(&line, &term) || !take_column(&line, &number))
        fault(table, 1, "expected a term, a tab and a number");
    else if (!decimal_parse(span_trim(number), &value) || value < -AFINN_MAX * DECIMAL_ONE
             || value > AFINN_MAX * DECIMAL_ONE)
        fault(table, column_behind(term), "expected a number from -5 to 5");
    else
        add_word(table, term, WORD_AS_IT_IS, value * SCALE_MAX / AFINN_MAX);
}

static void read_vader(struct table *table, struct span line)
{
    struct span term, mean, deviation;
    int64_t value;

    if (!take_column(&line, &term) || !take_column(&line, &mean) || !take_column(&line, &deviation))
        fault(table, 1, "expected a token, its mean, its deviation and its ratings, with tabs between them");
    else if (!decimal_parse(span_trim(mean), &value) || value < -SCALE_MAX * DECIMAL_ONE
             || value > SCALE_MAX * DECIMAL_ONE)
        fault(table, column_behind(term), "expected a mean from -4 to 4");
    else
        add_word(table, term, WORD_AS_IT_IS, value);
}

/* e is neutral; so is what its makers doubted (?p?n) or left open (a, o, a blank). Such a noun keeps shorter
 * ones within it from counting. A noun of one character would count within many others. */
static void read_pn_noun(struct table *table, struct span line)
{
    struct span term, polarity;

    if (!take_column(&line, &term) || !take_column(&line, &polarity)) {
        fault(table, 1, "expected a noun, a tab and p, n or e");
        return;
    }
    if (polarity.len > strlen("?p?n?e")) {
        fault(table, column_behind(term), "expected p, n or e");
        return;
    }
    bool positive = span_equal(polarity, SPAN("p")), negative = span_equal(polarity, SPAN("n"));
    if (utf8_count(term) > 1)
        add_word(table, term, WORD_AS_IT_IS, positive ? PN_WEIGHT : negative ? -PN_WEIGHT : 0);
}

static bool cut(struct span *text, struct span ending)
{
    if (text->len <= ending.len || !span_equal((struct span){text->at + text->len - ending.len, ending.len}, ending))
        return false;
    text->len -= ending.len;
    return true;
}

static struct span without_blanks(struct span text, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != ' ')
            buf_char(&out, text.at[i]);
    return buf_span(&out);
}

/* Which る-verbs keep their stem shows in the kana before る; where a kanji is there most do not. */
static enum word_class class_of(struct span word)
{
    static const char kept[] = "いきしちにひみりぎじびえけせてねへめれげぜでべ";
    const char *why;

    if (word.len > 6 && cut(&word, SPAN("る"))) {
        struct span last = {word.at + word.len - 3, 3};

        return memmem(kept, sizeof kept, last.at, last.len) ? WORD_JA_ICHIDAN : WORD_JA_GODAN;
    }
    return inflect_fits(WORD_JA_ADJECTIVE, word, &why) && word.len > 6 ? WORD_JA_ADJECTIVE
           : inflect_fits(WORD_JA_GODAN, word, &why) && word.len > 3   ? WORD_JA_GODAN
                                                                       : WORD_AS_IT_IS;
}

/* 颯爽 だ, 颯爽 と and 颯爽 の are all 颯爽. */
static void read_pn_verb(struct table *table, struct span line)
{
    struct span label, phrase;

    if (!take_column(&line, &label) || !take_column(&line, &phrase) || !phrase.len) {
        fault(table, 1, "expected ポジ or ネガ, a tab and a phrase");
        return;
    }
    bool positive = span_starts(label, SPAN("ポジ"));
    if (!positive && !span_starts(label, SPAN("ネガ"))) {
        fault(table, 1, "expected ポジ or ネガ");
        return;
    }
    bool has_particle = cut(&phrase, SPAN(" だ")) || cut(&phrase, SPAN(" です")) || cut(&phrase, SPAN(" と"))
                        || cut(&phrase, SPAN(" の"));
    struct span word = fold_text(without_blanks(phrase, table->loading->scratch), table->loading->scratch);
    if (utf8_count(word) > 1)
        add_word(table, word, has_particle ? WORD_AS_IT_IS : class_of(word), positive ? PN_WEIGHT : -PN_WEIGHT);
}

static void read_line(struct table *table, struct span line)
{
    if (line.len && line.at[line.len - 1] == '\r')
        line.len--;
    if (!line.len)
        return;
    switch (table->form) {
    case TSV_AFINN: read_afinn(table, line); break;
    case TSV_VADER: read_vader(table, line); break;
    case TSV_PN_NOUN: read_pn_noun(table, line); break;
    default: read_pn_verb(table, line);
    }
}

void lexicon_read_tsv(struct lexicon *lexicon, enum tsv_form form, struct span lang, const char *path, struct span text,
                      struct loading *loading)
{
    struct table table = {
        .lexicon = lexicon,
        .loading = loading,
        .path = path,
        .form = form,
        .lang = lexicon_lang(lexicon, lang, loading),
    };

    for (size_t from = 0, end; from < text.len && table.faults < FAULTS_SHOWN; from = end + 1) {
        const char *newline = memchr(text.at + from, '\n', text.len - from);

        end = newline ? (size_t)(newline - text.at) : text.len;
        table.line++;
        read_line(&table, (struct span){text.at + from, end - from});
    }
}
