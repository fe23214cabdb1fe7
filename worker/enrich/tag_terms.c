#include "worker/enrich/tag_loader.h"
#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/accents.h"

#include <ctype.h>

uint32_t tag_term(struct tag_rules *rules, struct loading *loading, struct span folded)
{
    uint32_t term = matcher_add(loading->terms, folded);

    while (rules->terms_len <= term) {
        rules->terms =
            arena_room(loading->mem, rules->terms, rules->terms_len, &rules->terms_cap, sizeof *rules->terms);
        rules->terms[rules->terms_len++] = (struct term){.first_use = NO_USE};
    }
    return term;
}

/* Alias variants and repetitions of a term are one matched term. */
static uint32_t first_alike(struct tag_loader *loader, const struct use *use)
{
    size_t number = loader->rules->uses_len;

    if (!loader->rules->matched)
        return (uint32_t)number;
    struct span key = span_format(loader->loading->scratch, "%u %.*s", loader->tag, SPAN_ARGS(use->written));
    const void *first = dict_add(loader->written, key, (void *)(number + 1));
    return (uint32_t)(first ? (uintptr_t)first - 1 : number);
}

static uint32_t use_new(struct tag_loader *loader, struct use use)
{
    struct tag_rules *rules = loader->rules;

    use.alike = first_alike(loader, &use);
    rules->uses = arena_room(loader->loading->mem, rules->uses, rules->uses_len, &rules->uses_cap, sizeof *rules->uses);
    rules->uses[rules->uses_len] = use;
    return (uint32_t)rules->uses_len++;
}

static bool is_among(const struct spans *spans, struct span span)
{
    for (size_t i = 0; i < spans->len; i++)
        if (span_equal(spans->at[i], span))
            return true;
    return false;
}

/* The literal folded with its variants; where accents are loose without them, and each once. */
static struct spans variants_of(struct loading *loading, const struct node *at, struct span literal, bool loose_accents)
{
    struct spans twins = literal_twins(loading, at, literal), plain = {twins.at, 0};

    for (size_t i = 0; loose_accents && i < twins.len; i++) {
        struct span twin = accents_off(twins.at[i], loading->mem);

        if (!is_among(&plain, twin))
            plain.at[plain.len++] = twin;
    }
    return loose_accents ? plain : twins;
}

/* The edges that no hit of a literal can have within a word: they need no look. */
static unsigned safe_edges(struct span literal, bool whole)
{
    size_t at = 0;

    if (whole || !literal.len) /* an alias that folds to nothing is refused elsewhere */
        return 0;
    return (fold_class(utf8_next(literal, &at)) != FOLD_WORD ? OPEN_START : 0u)
           | (fold_class(utf8_before(literal, literal.len)) != FOLD_WORD ? OPEN_END : 0u);
}

static void add_literal(struct tag_loader *loader, const struct node *at, struct span literal, struct use use)
{
    struct spans twins = variants_of(loader->loading, at, literal, use.loose_accents);
    const uint8_t open = use.open;

    for (size_t i = 0; i < twins.len; i++) {
        uint32_t term = tag_term(loader->rules, loader->loading, twins.at[i]);

        use.open = (uint8_t)(open | safe_edges(twins.at[i], use.whole));
        loader->rules->loose_accents |= use.loose_accents;
        if (!use.loose_edges)
            known_words_meet(loader->words, twins.at[i]);
        use.next = loader->rules->terms[term].first_use;
        loader->rules->terms[term].first_use = use_new(loader, use);
    }
}

static bool add_hashtag(struct tag_loader *loader, const struct node *at, struct span name, struct use use)
{
    struct tag_rules *rules = loader->rules;
    struct spans twins = variants_of(loader->loading, at, name, use.loose_accents);

    if (!rules->with_entities)
        return report_error(loader->loading->report, at,
                            "\"#%.*s\" needs hashtags, and entities are off; "
                            "set entities: strings",
                            SPAN_ARGS(name));
    rules->loose_accents |= use.loose_accents;
    for (size_t i = 0; i < twins.len; i++) {
        rules->hashtags = arena_room(loader->loading->mem, rules->hashtags, rules->hashtags_len, &rules->hashtags_cap,
                                     sizeof *rules->hashtags);
        rules->hashtags[rules->hashtags_len++] = (struct hashtag){twins.at[i], use_new(loader, use)};
    }
    return true;
}

static bool contains(struct span text, struct span part)
{
    return part.len && memmem(text.at, text.len, part.at, part.len);
}

static void add_except(struct tag_loader *loader, struct span twin, struct ids *excepts, size_t *cap)
{
    struct tag_rules *rules = loader->rules;
    uint32_t term = tag_term(rules, loader->loading, twin);

    excepts->at = arena_room(loader->loading->mem, excepts->at, excepts->len, cap, sizeof *excepts->at);
    excepts->at[excepts->len++] = term;
    if (twin.len > rules->longest_except)
        rules->longest_except = (uint32_t)twin.len;
}

static bool any_holds(const struct spans *excepts, const struct spans *terms)
{
    for (size_t i = 0; i < excepts->len; i++)
        for (size_t j = 0; j < terms->len; j++)
            if (contains(excepts->at[i], terms->at[j]))
                return true;
    return false;
}

/* Warns of an except that can cover nothing, not even a variant by an alias, and of one that covers every hit. */
static void check_except(struct loading *loading, const struct node *at, struct span literal, struct span term,
                         bool loose_accents)
{
    struct span folded = fold_text(literal, loading->mem), folded_term = fold_text(term, loading->mem);

    if (span_equal(folded, folded_term)) {
        report_warning(loading->report, at, "\"%.*s\" can never fire: its own except covers it", SPAN_ARGS(term));
        return;
    }
    struct spans excepts = variants_of(loading, at, literal, loose_accents);
    struct spans terms = variants_of(loading, at, term, loose_accents);
    if (excepts.len && terms.len && !any_holds(&excepts, &terms))
        report_warning(loading->report, at, "except \"%.*s\" does not contain \"%.*s\" and cancels nothing",
                       SPAN_ARGS(literal), SPAN_ARGS(term));
}

/* The terms of all `except` literals with their variants. `term` is empty for those of a list: an except need not be
 * one for each of them. */
static struct ids read_excepts(struct tag_loader *loader, const struct node *at, const struct list *literals,
                               struct span term, bool loose_accents)
{
    struct ids excepts = {0};
    size_t cap = 0;

    for (size_t i = 0; i < literals->len; i++) {
        struct span literal = ((struct span *)literals->at)[i];
        struct spans twins = variants_of(loader->loading, at, literal, loose_accents);

        if (term.len)
            check_except(loader->loading, at, literal, term, loose_accents);
        for (size_t j = 0; j < twins.len; j++)
            add_except(loader, twins.at[j], &excepts, &cap);
    }
    return excepts;
}

static void add_expression(struct tag_loader *loader, const struct node *at, struct span pattern, struct use use)
{
    struct tag_rules *rules = loader->rules;
    struct loading *loading = loader->loading;
    struct span why;

    if (regex_add(loading->regexes, pattern, loading->mem, &why) < 0) {
        report_error(loading->report, at, "\"re:%.*s\" is no expression: %.*s", SPAN_ARGS(pattern), SPAN_ARGS(why));
        return;
    }
    rules->regexes = arena_room(loading->mem, rules->regexes, rules->expressions_len, &rules->expressions_cap,
                                sizeof *rules->regexes);
    use.is_expression = true;
    rules->regexes[rules->expressions_len++] = use_new(loader, use);
    rules->regex_places |= use.places;
}

int choice_read(const struct node *node, const char *name, int given, int otherwise)
{
    return node && node_get(node, span_of(name)) ? given : otherwise;
}

unsigned places_read(const struct list *in, unsigned otherwise)
{
    unsigned places = 0;

    for (size_t i = 0; i < in->len; i++)
        places |= 1u << ((const int *)in->at)[i];
    return places ? places : otherwise;
}

/* Takes the signs of open edges off: word*, *word, *word*. A literal of nothing but * is one. */
static uint8_t open_edges_of(struct span *literal)
{
    unsigned open = 0;

    if (literal->len > 1 && literal->at[0] == '*' && (literal->len > 2 || literal->at[1] != '*')) {
        *literal = (struct span){literal->at + 1, literal->len - 1};
        open |= OPEN_START;
    }
    if (literal->len > 1 && literal->at[literal->len - 1] == '*') {
        literal->len--;
        open |= OPEN_END;
    }
    return (uint8_t)open;
}

static const struct spans *langs_of(const struct list *given, struct arena *mem)
{
    struct spans *langs = given->len ? arena_zero(mem, sizeof *langs) : NULL;

    if (langs)
        *langs = (struct spans){given->at, given->len};
    return langs;
}

/* Of /ev/ and /ev/i what is between the slashes; else empty. */
static struct span between_slashes(struct span term)
{
    enum { FLAGS_MAX = 4 };
    size_t end = term.len;

    while (end && term.len - end < FLAGS_MAX && memchr("gimsux", term.at[end - 1], 6))
        end--;
    if (end < 3 || term.at[0] != '/' || term.at[end - 1] != '/')
        return (struct span){0};
    return (struct span){term.at + 1, end - 2};
}

/* The first sign that such a place never has; 0: none. */
static char sign_outside(unsigned places, struct span literal)
{
    const char *never = places == 1u << PLACE_HASHTAGS                                           ? " #.,!?/:@"
                        : places == 1u << PLACE_HOSTS                                            ? " /:@#"
                        : (places & ~(1u << PLACE_MENTIONS | 1u << PLACE_HANDLE)) == 0 && places ? " #/,"
                                                                                                 : "";

    for (size_t i = 0; i < literal.len; i++)
        if (literal.at[i] && strchr(never, literal.at[i]))
            return literal.at[i];
    return '\0';
}

static char sign_in_hashtag(struct span term)
{
    return sign_outside(1u << PLACE_HASHTAGS, (struct span){term.at + 1, term.len - 1});
}

/* @ann: a mention, which nothing but `in: [links]` has with its @. */
static bool is_mention(struct span literal, unsigned places)
{
    return !(places & 1u << PLACE_LINKS) && literal.len > 1 && literal.at[0] == '@'
           && (isalnum((unsigned char)literal.at[1]) || literal.at[1] == '_');
}

static void check_mention(struct loading *loading, const struct node *at, struct span literal, unsigned places)
{
    struct span folded = fold_text(literal, loading->scratch);

    if (is_mention(folded, places))
        report_warning(loading->report, at,
                       "\"%.*s\" can never fire: mentions are not looked into; write {term: \"%.*s\", in: [mentions]}",
                       SPAN_ARGS(literal), (int)folded.len - 1, folded.at + 1);
}

static void check_place(struct loading *loading, const struct node *at, struct span literal, unsigned places)
{
    char sign = sign_outside(places, literal);

    if (sign)
        report_warning(loading->report, at,
                       "\"%.*s\" can never fire: nothing in the places of its `in` has \"%c\"; write it without",
                       SPAN_ARGS(literal), sign);
}

/* Warns of what other programs write for an expression, and of hashtags that nobody can write. */
static void check_written(struct loading *loading, const struct node *at, struct span term)
{
    static const char *const prefixes[] = {"regex:", "regexp:", "rx:"};

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (term.len >= strlen(prefixes[i]) && strncasecmp(term.at, prefixes[i], strlen(prefixes[i])) == 0)
            report_warning(loading->report, at,
                           "\"%.*s\" is looked for as it is written; an expression begins with re:", SPAN_ARGS(term));
    struct span expression = between_slashes(term);
    if (expression.len)
        report_warning(loading->report, at,
                       "\"%.*s\" is looked for as it is written, slashes and all; an expression is \"re:%.*s\"",
                       SPAN_ARGS(term), SPAN_ARGS(expression));
    if (term.len > 1 && term.at[0] == '#' && memchr(term.at, ' ', term.len))
        report_warning(loading->report, at,
                       "\"%.*s\" can never fire: a hashtag ends at a blank; write it without, or the words without #",
                       SPAN_ARGS(term));
    else if (term.len > 1 && term.at[0] == '#' && sign_in_hashtag(term))
        report_warning(loading->report, at, "\"%.*s\" can never fire: a hashtag ends before \"%c\"; write it without",
                       SPAN_ARGS(term), sign_in_hashtag(term));
    if (term.len > 2 && term.at[0] == '#' && term.at[term.len - 1] == '*')
        report_warning(loading->report, at,
                       "\"%.*s\" can never fire: * is no part of a hashtag; write {term: \"%.*s\", in: [hashtags]}",
                       SPAN_ARGS(term), (int)term.len - 1, term.at + 1);
}

static void read_literal(struct tag_loader *loader, const struct node *at, const struct term_form *term, struct use use)
{
    struct span literal = term->term;

    use.whole = span_strip(&literal, SPAN("word:"));
    use.open = open_edges_of(&literal);
    check_place(loader->loading, at, literal, use.places);
    check_mention(loader->loading, at, literal, use.places);
    use.excepts =
        read_excepts(loader, at, &term->except, term->list.len ? (struct span){0} : literal, use.loose_accents);
    add_literal(loader, at, literal, use);
    loader->rules->places |= use.places;
}

/* A term as written: a literal, "word:X", "#tag" or "re:X". */
void term_read(struct tag_loader *loader, const struct node *at, const struct term_form *term, uint32_t condition)
{
    struct use use = {
        .condition = condition,
        .written = term->term,
        .next = NO_USE,
        .places = places_read(&term->in, loader->places),
        .langs = langs_of(&term->lang, loader->loading->mem),
        .loose_edges = choice_read(term->node, "edges", term->edges, loader->edges) == EDGES_LOOSE,
        .loose_accents = choice_read(term->node, "accents", term->accents, loader->accents) == ACCENTS_LOOSE,
    };
    struct span literal = term->term;

    check_written(loader->loading, at, term->term);
    if (span_starts(literal, SPAN("file:")))
        report_error(loader->loading->report, at,
                     "a file of terms is a list: write {list: NAME} here, and lists: {NAME: \"%.*s\"} beside tags",
                     SPAN_ARGS(literal));
    check_langs(term->lang.len ? node_get(term->node, SPAN("lang")) : NULL, loader->loading->report);
    bool is_special = span_strip(&literal, SPAN("re:")) || (literal.len > 1 && literal.at[0] == '#');

    if (is_special && term->except.len && !term->list.len) {
        report_error(loader->loading->report, at,
                     "a hashtag or an expression takes no except; write it into the rule's none");
        return;
    }
    if (literal.at != term->term.at) {
        if (term->node && !term->list.len && node_get(term->node, SPAN("accents")))
            report_error(loader->loading->report, node_get(term->node, SPAN("accents")),
                         "an expression is looked for with its accents; write [eé] in it and leave `accents` out");
        add_expression(loader, at, literal, use);
        return;
    }
    if (is_special) {
        add_hashtag(loader, at, (struct span){literal.at + 1, literal.len - 1}, use);
        return;
    }
    read_literal(loader, at, term, use);
}
