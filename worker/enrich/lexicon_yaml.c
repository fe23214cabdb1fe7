/* Lexicons as people write them, in YAML. */
#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/inflect.h"
#include "worker/enrich/lexicon.h"

enum { WEIGHT_MAX = 4 * DECIMAL_ONE, FACTOR_MAX = 4 * DECIMAL_ONE };

struct file_form {
    const struct node *node;
    struct span lang;
    struct list terms; /* of struct named: class, struct list of struct named: weight, texts */
    struct list ambiguous, contrast, conditionals, adverbs;
    struct list intensifiers, negations, far_negations, negations_behind; /* of struct named: factor, texts */
};

static const struct form by_number_form = {.kind = FORM_MAP, .of = &form_texts};
static const struct form terms_form = {.kind = FORM_MAP, .of = &by_number_form};

static const struct field fields[] = {
    {"lang", &form_text, offsetof(struct file_form, lang), FIELD_REQUIRED,
     "The primary subtag of posts whose words these are, or any: signs, which count in all languages."},
    {"terms", &terms_form, offsetof(struct file_form, terms), NULL,
     "Words by class and weight, from -4 to 4: {adjectives: {2: [happy]}, words: {-3: [worst]}}."},
    {"ambiguous", &form_texts, offsetof(struct file_form, ambiguous), NULL,
     "Terms of above whose sign follows the rest of the post; alone they have their weight."},
    {"intensifiers", &by_number_form, offsetof(struct file_form, intensifiers), NULL,
     "Words by the factor for the term that they precede; below 1 they dampen: {1.3: [very], 0.6: [a bit]}."},
    {"negations", &by_number_form, offsetof(struct file_form, negations), NULL,
     "Words by the factor for the term that they negate, which precedes them in Japanese and Korean and else "
     "behind them: {-0.75: [not, never], -0.4: [hardly], 1: [not only]}; 1 keeps a shorter one from negating."},
    {"far_negations", &by_number_form, offsetof(struct file_form, far_negations), NULL,
     "Negations before their term that reach over more words of the clause: {-0.75: [don't think, nothing]}."},
    {"negations_behind", &by_number_form, offsetof(struct file_form, negations_behind), NULL,
     "Words that negate the term before them in a language whose negations precede: {-0.75: [is gone, went away]}."},
    {"adverbs", &form_texts, offsetof(struct file_form, adverbs), NULL,
     "Words that may be between a term and a negation behind it: 全く in 感動は全くない."},
    {"contrast", &form_texts, offsetof(struct file_form, contrast), NULL,
     "Words behind which the rest of the sentence weighs more: but, けど."},
    {"conditionals", &form_texts, offsetof(struct file_form, conditionals), NULL,
     "Words whose sentence weighs less: if, たら."},
    {0},
};

const struct form lexicon_form = {.kind = FORM_RECORD, .fields = fields, .size = sizeof(struct file_form)};

static const struct {
    const char *name, *lang; /* NULL: of any language */
    enum word_class class;
} classes[] = {
    {"words", NULL, WORD_AS_IT_IS}, {"adjectives", "ja", WORD_JA_ADJECTIVE},
    {"godan", "ja", WORD_JA_GODAN}, {"ichidan", "ja", WORD_JA_ICHIDAN},
    {"suru", "ja", WORD_JA_SURU},   {"adjectives", "en", WORD_EN_ADJECTIVE},
    {"verbs", "en", WORD_EN_VERB},  {"nouns", "en", WORD_EN_NOUN},
};

struct lexicon_reader {
    struct lexicon *lexicon;
    struct loading *loading;
    const char *path;
    struct file_form given;
    uint8_t lang;
};

/* A word with all its forms, kept until each word of the file has its first one. */
struct pending {
    struct form_list forms;
    uint32_t word;
    int32_t weight;
};

struct pendings {
    struct pending *at;
    size_t len, cap;
};

static struct lexicon_word word_at(const struct lexicon_reader *reader, const struct node *at)
{
    return (struct lexicon_word){at->text, reader->path, at->line, at->col, reader->lang};
}

/* Folded; empty where nothing can be seen of it, which is reported. */
static struct span folded(struct lexicon_reader *reader, const struct node *at)
{
    struct span literal = fold_text(at->text, reader->loading->scratch);

    if (!literal.len)
        report_error(reader->loading->report, at, "a term is empty once folded; write what can be seen");
    return literal;
}

static const struct sense *add_sense(struct lexicon_reader *reader, struct span literal, struct sense sense)
{
    sense.lang = reader->lang;
    if (sense.roles == ROLE_NEGATION)
        return lexicon_add_negation(reader->lexicon, literal, sense, reader->loading);
    return lexicon_add(reader->lexicon, literal, sense, reader->loading);
}

/* よく|な */
static void add_form(struct lexicon_reader *reader, struct span form, struct sense sense)
{
    const char *bar = memchr(form.at, '|', form.len);

    if (bar) {
        size_t head = (size_t)(bar - form.at);

        sense.tail = (uint8_t)(form.len - head - 1);
        form = span_joined(reader->loading->scratch, (struct span){form.at, head}, (struct span){bar + 1, sense.tail},
                           SPAN(""));
    }
    add_sense(reader, form, sense);
}

/* The same word twice in one file is a slip; of another file that was loaded before, it holds. */
static void check_twice(struct lexicon_reader *reader, const struct node *at, const struct sense *known)
{
    const struct lexicon_word *first = known ? &reader->lexicon->words[known->word] : NULL;

    if (first && first->file && !strcmp(first->file, at->file))
        report_error(reader->loading->report, at, "\"%.*s\" is given twice; first as \"%.*s\" at line %d",
                     SPAN_ARGS(at->text), SPAN_ARGS(first->written), first->line);
}

/* --- terms --- */

static bool read_number(struct lexicon_reader *reader, const struct node *at, int64_t least, int64_t most, int64_t *out)
{
    if (decimal_parse(at->text, out) && *out >= least && *out <= most)
        return true;
    return report_error(reader->loading->report, at, "expected a number from %lld to %lld, got \"%.*s\"",
                        (long long)(least / DECIMAL_ONE), (long long)(most / DECIMAL_ONE), SPAN_ARGS(at->text));
}

static void read_term(struct lexicon_reader *reader, enum word_class class, int32_t weight, const struct node *at,
                      struct pendings *pendings)
{
    struct arena *mem = reader->loading->scratch;
    struct pending pending = {.weight = weight};
    struct span literal = folded(reader, at);
    const char *why;

    if (!literal.len)
        return;
    if (!inflect_fits(class, literal, &why)) {
        report_error(reader->loading->report, at, "\"%.*s\": %s", SPAN_ARGS(at->text), why);
        return;
    }
    inflect(class, literal, &pending.forms, mem);
    pending.word = lexicon_word(reader->lexicon, word_at(reader, at), reader->loading);
    check_twice(reader, at,
                add_sense(reader, pending.forms.at[0],
                          (struct sense){.word = pending.word, .weight = weight, .roles = ROLE_TERM}));
    pendings->at = arena_room(mem, pendings->at, pendings->len, &pendings->cap, sizeof *pendings->at);
    pendings->at[pendings->len++] = pending;
}

static void read_class(struct lexicon_reader *reader, enum word_class class, const struct node *by_weight,
                       struct pendings *pendings)
{
    int64_t weight;

    for (const struct node *terms = by_weight->first; terms; terms = terms->next) {
        if (!read_number(reader, terms->name, -WEIGHT_MAX, WEIGHT_MAX, &weight))
            continue;
        for (const struct node *at = terms->first; at; at = at->next)
            read_term(reader, class, (int32_t)weight, at, pendings);
    }
}

static bool find_class(struct lexicon_reader *reader, const struct node *at, enum word_class *out)
{
    struct span lang = reader->given.lang;

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (span_equal(at->text, span_of(classes[i].name))
            && (!classes[i].lang || span_equal(lang, span_of(classes[i].lang)))) {
            *out = classes[i].class;
            return true;
        }
    return report_error(reader->loading->report, at,
                        "a lexicon of %.*s has no class \"%.*s\"; words takes all, as they "
                        "stand (ja also adjectives, godan, ichidan, suru; en adjectives, verbs, nouns)",
                        SPAN_ARGS(lang), SPAN_ARGS(at->text));
}

/* First each word as it is: what is written goes before what is made from others. */
static void read_terms(struct lexicon_reader *reader)
{
    const struct node *terms = node_get(reader->given.node, SPAN("terms"));
    struct pendings pendings = {0};
    enum word_class class = WORD_AS_IT_IS;

    for (const struct node *at = terms ? terms->first : NULL; at; at = at->next)
        if (find_class(reader, at->name, &class))
            read_class(reader, class, at, &pendings);
    for (size_t i = 0; i < pendings.len; i++)
        for (size_t j = 1; j < pendings.at[i].forms.len; j++)
            add_form(reader, pendings.at[i].forms.at[j],
                     (struct sense){
                         .word = pendings.at[i].word,
                         .weight = pendings.at[i].weight,
                         .roles = ROLE_TERM,
                     });
}

/* --- the rest --- */

/* All forms of an ambiguous word are: the mark is with the word, and each sense names it. */
static void read_ambiguous(struct lexicon_reader *reader)
{
    const struct node *list = node_get(reader->given.node, SPAN("ambiguous"));
    struct lexicon *lexicon = reader->lexicon;
    struct arena *scratch = reader->loading->scratch;
    struct dict *any = dict_new(scratch); /* of bool by its text: whether such a term is there */

    for (const struct node *at = list ? list->first : NULL; at; at = at->next)
        dict_add(any, at->text, arena_zero(scratch, sizeof(bool)));
    for (size_t i = 0; i < lexicon->senses_len; i++) {
        struct sense *sense = &lexicon->senses[i];
        bool is_term = sense->lang == reader->lang && sense->roles & ROLE_TERM;
        bool *found = is_term ? dict_find(any, lexicon->words[sense->word].written) : NULL;

        if (!found)
            continue;
        sense->roles |= ROLE_AMBIGUOUS;
        *found = true;
    }
    for (const struct node *at = list ? list->first : NULL; at; at = at->next)
        if (!*(const bool *)dict_find(any, at->text))
            report_error(reader->loading->report, at, "\"%.*s\" is none of the terms above; give it a weight there",
                         SPAN_ARGS(at->text));
}

static void read_role(struct lexicon_reader *reader, const struct node *list, struct sense sense)
{
    for (const struct node *at = list ? list->first : NULL; at; at = at->next) {
        struct span literal = folded(reader, at);

        if (!literal.len)
            continue;
        sense.word = lexicon_word(reader->lexicon, word_at(reader, at), reader->loading);
        check_twice(reader, at, add_sense(reader, literal, sense));
    }
}

/* A contrast of one sign is at the end of its clause: the が of 高いが、 and not of 犬が. The mark is a tail of it. */
static const struct sense *add_contrast(struct lexicon_reader *reader, struct span literal, struct sense sense)
{
    static const char *const ends[] = {"、", "。", ",", ".", ";", "\n", NULL};
    const struct sense *known = NULL;

    if (utf8_count(literal) > 1)
        return add_sense(reader, literal, sense);
    for (const char *const *end = ends; *end; end++) {
        sense.tail = (uint8_t)strlen(*end);
        known = add_sense(reader, span_joined(reader->loading->scratch, literal, span_of(*end), SPAN("")), sense);
    }
    return known;
}

static void read_contrast(struct lexicon_reader *reader, const struct node *list)
{
    for (const struct node *at = list ? list->first : NULL; at; at = at->next) {
        struct span literal = folded(reader, at);
        struct sense sense = {.roles = ROLE_CONTRAST};

        if (!literal.len)
            continue;
        sense.word = lexicon_word(reader->lexicon, word_at(reader, at), reader->loading);
        check_twice(reader, at, add_contrast(reader, literal, sense));
    }
}

/* Of a negation that ends in ない its polite and past forms, where nothing else is written for them. */
static void read_negation_forms(struct lexicon_reader *reader, const struct node *list, int32_t factor)
{
    struct arena *mem = reader->loading->scratch;

    for (const struct node *at = list ? list->first : NULL; at; at = at->next) {
        struct span literal = fold_text(at->text, mem);
        struct form_list forms = {0};
        struct sense sense = {.roles = ROLE_NEGATION, .negation = factor};

        if (!literal.len)
            continue;
        inflect(WORD_JA_NEGATION, literal, &forms, mem);
        if (forms.len > 1)
            sense.word = lexicon_word(reader->lexicon, word_at(reader, at), reader->loading);
        for (size_t i = 1; i < forms.len; i++)
            add_sense(reader, forms.at[i], sense);
    }
}

/* All that is written was read before. */
static void read_all_negation_forms(struct lexicon_reader *reader)
{
    const struct node *by_factor = node_get(reader->given.node, SPAN("negations"));
    int64_t factor;

    if (!span_equal(reader->given.lang, SPAN("ja")))
        return;
    for (const struct node *at = by_factor ? by_factor->first : NULL; at; at = at->next)
        if (decimal_parse(at->name->text, &factor))
            read_negation_forms(reader, at, (int32_t)factor);
}

static void read_factors(struct lexicon_reader *reader, const char *key, unsigned roles, int64_t least)
{
    const struct node *by_factor = node_get(reader->given.node, span_of(key));
    int64_t factor;

    for (const struct node *at = by_factor ? by_factor->first : NULL; at; at = at->next)
        if (read_number(reader, at->name, least, FACTOR_MAX, &factor))
            read_role(reader, at,
                      roles & ROLE_INTENSIFIER ? (struct sense){.roles = (uint16_t)roles, .factor = (int32_t)factor}
                                               : (struct sense){.roles = (uint16_t)roles, .negation = (int32_t)factor});
}

static bool read_lang(struct lexicon_reader *reader)
{
    const struct node *at = node_get(reader->given.node, SPAN("lang"));
    struct report *report = reader->loading->report;

    for (size_t i = 0; i < at->text.len; i++)
        if (at->text.at[i] < 'a' || at->text.at[i] > 'z')
            return report_error(report, at,
                                "\"%.*s\" is never the language of a post; write the primary subtag in lower "
                                "case, such as ja, or any",
                                SPAN_ARGS(at->text));
    reader->lang = lexicon_lang(reader->lexicon, at->text, reader->loading);
    return reader->lang != LANG_NONE || report_error(report, at, "lexicons of more than %d languages", LANGS_MAX - 1);
}

void lexicon_read_yaml(struct lexicon *lexicon, const char *path, struct span text, struct loading *loading)
{
    struct lexicon_reader reader = {.lexicon = lexicon, .loading = loading, .path = path};
    const struct node *root = yaml_parse(text, path, YAML_LITERAL, loading->scratch, loading->report);

    if (!root || !settings_bind(&lexicon_form, root, &reader.given, loading->scratch, loading->report)
        || !read_lang(&reader))
        return;
    read_terms(&reader);
    read_ambiguous(&reader);
    read_factors(&reader, "intensifiers", ROLE_INTENSIFIER, 0);
    read_factors(&reader, "negations", ROLE_NEGATION, -FACTOR_MAX);
    read_factors(&reader, "far_negations", ROLE_NEGATION | ROLE_FAR, -FACTOR_MAX);
    read_factors(&reader, "negations_behind", ROLE_BEHIND, -FACTOR_MAX);
    read_all_negation_forms(&reader);
    read_role(&reader, node_get(root, SPAN("adverbs")), (struct sense){.roles = ROLE_ADVERB});
    read_contrast(&reader, node_get(root, SPAN("contrast")));
    read_role(&reader, node_get(root, SPAN("conditionals")), (struct sense){.roles = ROLE_CONDITIONAL});
}
