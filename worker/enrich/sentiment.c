/* Whether the words of a post are positive or negative, by lexicons. */
#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/sentiment_score.h"

struct file {
    const struct node *node;
    struct span path, lang;
    int form; /* enum tsv_form */
};

static const struct form tsv_form = {.kind = FORM_CHOICE, .choices = tsv_form_names};
static const struct field file_fields[] = {
    {"file", &form_text, offsetof(struct file, path), FIELD_REQUIRED, "Its path, relative to the rules file."},
    {"form", &tsv_form, offsetof(struct file, form), "yaml",
     "yaml: as the shipped ones; afinn, vader, pn-noun, pn-verb: files of these projects as they are."},
    {"lang", &form_text, offsetof(struct file, lang), NULL,
     "The language of one that is not YAML; by default en of afinn and vader, ja of pn-noun and pn-verb."},
    {0},
};
static const struct form file_form = {FORM_RECORD, .name = "lexicon", .fields = file_fields,
                                      .size = sizeof(struct file)};
static const struct form file_node_form = {
    .kind = FORM_NODE,
    .says = "a path, or a map",
    .either = (const struct form *const[]){&form_text, &file_form, NULL},
};
static const struct form files_form = {.kind = FORM_LIST, .of = &file_node_form};
static const struct form weights_form = {.kind = FORM_MAP, .of = &form_decimal};
static const struct form terms_form = {.kind = FORM_MAP, .of = &weights_form};
static const struct form quoted_form = {
    .kind = FORM_CHOICE,
    .choices = (const char *const[]){"count", "half", "ignore", NULL},
};
static const struct form place_form = {
    .kind = FORM_CHOICE, .choices = (const char *const[]){"text", "extra", NULL}, /* enum scored_place */
};
static const struct form places_form = {.kind = FORM_LIST, .of = &place_form};
static const struct form rule_form = {.kind = FORM_CHOICE, .choices = scoring_rule_names};
static const struct form rules_form = {.kind = FORM_LIST, .of = &rule_form};

static const struct field fields[] = {
    {"lexicons", &files_form, offsetof(struct scoring_settings, files), NULL,
     "Files of words with weights. Where two of a language have the same word, the first in the list holds."},
    {"terms", &terms_form, offsetof(struct scoring_settings, terms), NULL,
     "Words of your own by language, before those of all files: {ja: {神: 3}, en: {ratio: -2}, any: {🫶: 2}}; from "
     "-4 to "
     "4, 0 for a word that shall not count."},
    {"positive", &form_decimal, offsetof(struct scoring_settings, positive), "0.15",
     "A score from here up is positive."},
    {"negative", &form_decimal, offsetof(struct scoring_settings, negative), "-0.15",
     "A score from here down is negative."},
    {"quoted", &quoted_form, offsetof(struct scoring_settings, quoted), "half",
     "What words within 「」, “” or behind RT @name weigh: they may be somebody else's."},
    {"in", &places_form, offsetof(struct scoring_settings, places), NULL,
     "What is scored: text (default), extra (what the input's `extra` says), or both, the extra text last."},
    {"without", &rules_form, offsetof(struct scoring_settings, without), NULL,
     "Rules that are left out: negation, intensity, contrast, question, conditional, emphasis, ambiguity."},
    {0},
};

static const struct form form = {.kind = FORM_RECORD, .fields = fields, .size = sizeof(struct scoring_settings)};

const char *const sentiment_names[SENTIMENTS] = {
    [SENTIMENT_POSITIVE] = "positive",
    [SENTIMENT_NEUTRAL] = "neutral",
    [SENTIMENT_NEGATIVE] = "negative",
};

/* --- loading --- */

static void load_term(struct lexicon *lexicon, const struct named *term, uint8_t lang, struct loading *loading)
{
    const struct node *at = term->node;
    struct span literal = fold_text(term->name, loading->scratch);
    int64_t weight = *(const int64_t *)term->value;

    if (weight < -4 * DECIMAL_ONE || weight > 4 * DECIMAL_ONE) {
        report_error(loading->report, at, "expected a number from -4 to 4, got \"%.*s\"", SPAN_ARGS(at->text));
        return;
    }
    if (!literal.len) {
        report_error(loading->report, at->name, "a term is empty once folded; write what can be seen");
        return;
    }
    struct lexicon_word word = {term->name, at->file, at->name->line, at->name->col, lang};
    struct sense sense = {
        .word = lexicon_word(lexicon, word, loading),
        .weight = (int32_t)weight,
        .roles = ROLE_TERM,
        .lang = lang,
    };
    if (lexicon_add(lexicon, literal, sense, loading))
        report_error(loading->report, at->name, "the same term as another one once folded");
}

static void check_lang(struct span lang, const struct node *at, struct loading *loading)
{
    struct node list = {.kind = NODE_LIST,
                        .first = &(struct node){.text = lang, .file = at->file, .line = at->line, .col = at->col}};

    check_langs(&list, loading->report);
}

static void load_terms(struct scoring_settings *settings, struct loading *loading)
{
    const struct named *langs = settings->terms.at;

    for (size_t i = 0; i < settings->terms.len; i++) {
        const struct list *terms = langs[i].value;
        uint8_t lang = lexicon_lang(&settings->lexicon, langs[i].name, loading);

        check_lang(langs[i].name, langs[i].node->name, loading);
        for (size_t j = 0; lang != LANG_NONE && j < terms->len; j++)
            load_term(&settings->lexicon, (const struct named *)terms->at + j, lang, loading);
    }
}

static bool bind_file(const struct node *at, struct file *out, struct loading *loading)
{
    if (at->kind == NODE_MAP)
        return settings_bind(&file_form, at, out, loading->mem, loading->report);
    return settings_bind(&form_text, at, &out->path, loading->mem, loading->report);
}

static void load_file(struct scoring_settings *settings, const struct node *at, struct loading *loading)
{
    struct file file = {0};

    if (!bind_file(at, &file, loading))
        return;
    const char *path = path_beside(at->file, file.path, loading->mem);
    struct span text = source_read(path, loading->scratch, loading->report);
    if (!text.at) {
        report_unreadable(loading->report, at, path);
        return;
    }
    if (!utf8_valid(text)) {
        report_error(loading->report, at, "%s is not UTF-8; convert it, as with iconv", path);
        return;
    }
    hash_add(loading->fingerprint, text);
    if (!file.lang.len)
        file.lang = file.form == TSV_PN_NOUN || file.form == TSV_PN_VERB ? SPAN("ja") : SPAN("en");
    if (file.form == TSV_NONE)
        lexicon_read_yaml(&settings->lexicon, path, text, loading);
    else
        lexicon_read_tsv(&settings->lexicon, (enum tsv_form)file.form, file.lang, path, text, loading);
}

static void load_sentiment(void *into, const struct node *section, struct loading *loading)
{
    struct scoring_settings *settings = into;

    if (!section)
        return;
    settings->rules = (1u << SCORING_RULES) - 1;
    for (size_t i = 0; i < settings->without.len; i++)
        settings->rules &= ~(1u << ((const int *)settings->without.at)[i]);
    if (settings->negative > settings->positive)
        report_error(loading->report, section, "negative is above positive; between them a post is neutral");
    if (settings->positive > DECIMAL_ONE)
        report_warning(loading->report, node_get(section, SPAN("positive")),
                       "no post is ever positive: no score is above 1; give a value up to 1, such as 0.15");
    if (settings->negative < -DECIMAL_ONE)
        report_warning(loading->report, node_get(section, SPAN("negative")),
                       "no post is ever negative: no score is below -1; give a value from -1, such as -0.15");
    lexicon_begin(&settings->lexicon);
    load_terms(settings, loading);
    for (size_t i = 0; i < settings->files.len; i++) {
        load_file(settings, ((const struct node *const *)settings->files.at)[i], loading);
        arena_reset(loading->scratch);
    }
    lexicon_close(&settings->lexicon);
}

/* --- the post --- */

static bool scores(const struct scoring_settings *settings, enum scored_place place)
{
    for (size_t i = 0; i < settings->places.len; i++)
        if (((const int *)settings->places.at)[i] == (int)place)
            return true;
    return !settings->places.len && place == SCORED_TEXT;
}

/* Each extra text is a paragraph of its own, so that nothing in it turns the text before. */
static struct span scored_text(const struct scoring_settings *settings, const struct post *post, struct arena *mem)
{
    bool has_text = scores(settings, SCORED_TEXT) && post->text.len;
    struct buf text = buf_in(mem);

    if (has_text)
        buf_put(&text, post->text);
    if (has_text)
        buf_put(&text, SPAN("\n\n"));
    for (size_t i = 0; i < post->extra.len; i++)
        buf_char(&text, post->extra.at[i] == POST_TEXTS_APART ? '\n' : post->extra.at[i]);
    return buf_span(&text);
}

/* The text with the extra texts, or those alone. */
static const struct reading *extra_reading(const struct scoring_settings *settings, const struct reading *reading,
                                           struct arena *mem)
{
    struct reading *scored = arena_take(mem, sizeof *scored);
    struct post *post = arena_take(mem, sizeof *post);

    *post = *reading->post;
    post->text = scored_text(settings, post, mem);
    *scored = *reading;
    scored->post = post;
    scored->folded = fold_text(post->text, mem);
    scored->hits = matcher_run(reading->matcher, scored->folded, mem);
    return scored;
}

struct scoring scoring_begin(const struct scoring_settings *settings, const struct reading *reading,
                             const struct found *found, struct arena *mem)
{
    bool is_text = scores(settings, SCORED_TEXT) && (!reading->post->extra.len || !scores(settings, SCORED_EXTRA));
    struct scoring scoring = {.settings = settings, .reading = reading, .mem = mem};

    if (is_text || !reading->has_text) {
        scoring.references = references_of_post(reading, found, mem);
    } else {
        scoring.reading = extra_reading(settings, reading, mem);
        scoring.references = references_of(scoring.reading->post->text, scoring.reading->folded, mem);
    }
    return scoring;
}

static void apply_sentiment(const void *from, const struct reading *reading, struct found *found, struct arena *mem)
{
    const struct scoring_settings *settings = from;
    struct scoring scoring = scoring_begin(settings, reading, found, mem);

    if (!scoring_find(&scoring, found))
        return;
    scoring_compute(&scoring);
    found->has_sentiment = true;
    found->sentiment = (struct sentiment){
        .label = scoring.score >= settings->positive   ? SENTIMENT_POSITIVE
                 : scoring.score <= settings->negative ? SENTIMENT_NEGATIVE
                                                       : SENTIMENT_NEUTRAL,
        .score = scoring.score,
        .positive = scoring.positive,
        .negative = scoring.negative,
    };
}

bool sentiment_is_given(const void *sentiment)
{
    const struct lexicon *lexicon = &((const struct scoring_settings *)sentiment)->lexicon;

    return lexicon->langs_len > 1 || lexicon->has_any;
}

const struct enricher enrich_sentiment = {
    .section = {"sentiment", &form, 0, NULL,
                "Whether the words of a post are positive or negative, by lexicons; see SENTIMENT.md."},
    .settings_size = sizeof(struct scoring_settings),
    .load = load_sentiment,
    .apply = apply_sentiment,
    .explain = scoring_explain,
};
