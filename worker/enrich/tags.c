/* Tags by rules over literals. Every literal of every rule lies in the one matcher; a hit adds to
 * the count of the conditions that use it, and only rules with a count are looked at. */
#include "worker/enrich.h"
#include "common/fold.h"

#include <stdlib.h>

enum op {
    OP_HITS,                            /* literals of one list: counts their hits */
    OP_ANY,                             /* at least `min` hits or nested rules */
    OP_ALL,
    OP_NONE,
    OP_LANG,
};

struct rule {
    enum op op;
    uint32_t condition;                 /* of OP_HITS */
    int64_t min;                        /* of OP_ANY */
    struct list langs;                  /* of OP_LANG: spans */
    struct rule *first, *last, *next;   /* what it is made of */
};

struct ids {
    uint32_t *at;
    size_t len;
};

/* One literal in one condition. */
struct use {
    uint32_t condition;
    bool whole;                         /* "word:" */
    struct span written;                /* as the rules have it */
    struct ids excepts;                 /* terms that cancel a hit which they cover */
    uint32_t next;                      /* the next use of the same term, NO_USE at the end */
};

/* What one of the matcher's literals is to the tags. */
struct term {
    uint32_t first_use;
    bool is_except;                     /* cancels hits of others */
};

struct hashtag {
    struct span folded;
    uint32_t use;
};

struct tag {
    struct span name;
    const struct node *node;
    struct rule *rule;
    struct list labels;                 /* of struct named with struct span */
    struct ids parents;                 /* all that it implies, also by way of others */
    bool without_hits;                  /* may hold where no literal is found */
};

enum { NO_USE = UINT32_MAX };

struct settings {
    struct list sections;               /* of struct named with const struct node * */
    bool on, matched, with_entities;
    struct tag *tags;
    size_t tags_len;
    struct spans names;
    struct use *uses;
    size_t uses_len, uses_cap;
    struct term *terms;                 /* by the matcher's number */
    size_t terms_len, terms_cap;
    uint32_t longest_except;            /* bytes */
    uint32_t *tag_of;                   /* by condition */
    size_t conditions_len, conditions_cap;
    struct hashtag *hashtags;           /* sorted by their folded text */
    size_t hashtags_len, hashtags_cap;
};

static const struct form section_form = {
    .kind = FORM_MAP, .of = &(const struct form){.kind = FORM_NODE, .says = "a tag's rule"},
    .says = "a map of rules",
};

/* --- loading --- */

struct loader {
    struct loading *loading;
    struct settings *settings;
    uint32_t tag;                       /* the one being read */
};

struct rule_form {
    const struct node *node;
    struct list any, all, none;         /* of const struct node * */
    struct list lang;                   /* of struct span */
    int64_t min;
    struct list implies;                /* of struct span */
    struct list labels;
};

struct term_form {
    const struct node *node;
    struct span term;
    struct list except;
};

static const struct form nodes = {.kind = FORM_LIST, .of = &form_node};
static const struct form min_form = {.kind = FORM_INT, .min = 1, .max = 1000000};

#define RULE_FIELDS \
    {"any", &nodes, offsetof(struct rule_form, any), NULL, "At least one of these fires."}, \
    {"all", &nodes, offsetof(struct rule_form, all), NULL, "Every one of these fires."}, \
    {"none", &nodes, offsetof(struct rule_form, none), NULL, "None of these fires."}, \
    {"min", &min_form, offsetof(struct rule_form, min), "1", "So many hits of `any`."}, \
    {"lang", &form_texts, offsetof(struct rule_form, lang), NULL, "Posts in one of these languages."}

static const struct field nested_fields[] = {RULE_FIELDS, {0}};
static const struct field tag_fields[] = {
    RULE_FIELDS,
    {"implies", &form_texts, offsetof(struct rule_form, implies), NULL, "Parent tags, which fire with it."},
    {"labels", &form_text_map, offsetof(struct rule_form, labels), NULL, "Names for people, by language."},
    {0},
};
static const struct field term_fields[] = {
    {"term", &form_text, offsetof(struct term_form, term), FIELD_REQUIRED, "The literal."},
    {"except", &form_texts, offsetof(struct term_form, except), NULL, "Literals that cancel a hit which they cover."},
    {0},
};

static const struct form nested_form = {FORM_RECORD, .fields = nested_fields, .size = sizeof(struct rule_form)};
static const struct form tag_form = {FORM_RECORD, .fields = tag_fields, .size = sizeof(struct rule_form)};
static const struct form term_form = {FORM_RECORD, .fields = term_fields, .size = sizeof(struct term_form)};

static void *grown(struct arena *mem, void *at, size_t len, size_t *cap, size_t size)
{
    if (len < *cap)
        return at;
    size_t more = *cap ? *cap * 2 : 64;
    at = arena_grow(mem, at, *cap * size, more * size);
    *cap = more;
    return at;
}

static struct rule *rule_new(struct loader *loader, enum op op, struct rule *parent)
{
    struct rule *rule = arena_zero(loader->loading->mem, sizeof *rule);

    rule->op = op;
    if (!parent)
        return rule;
    if (parent->last)
        parent->last->next = rule;
    else
        parent->first = rule;
    parent->last = rule;
    return rule;
}

static uint32_t condition_new(struct loader *loader)
{
    struct settings *settings = loader->settings;

    settings->tag_of = grown(loader->loading->mem, settings->tag_of, settings->conditions_len,
                             &settings->conditions_cap, sizeof *settings->tag_of);
    settings->tag_of[settings->conditions_len] = loader->tag;
    return (uint32_t)settings->conditions_len++;
}

/* Registers a folded literal; the tables by term grow with it. */
static uint32_t term_of(struct loader *loader, struct span folded)
{
    struct settings *settings = loader->settings;
    struct arena *mem = loader->loading->mem;
    uint32_t term = match_add(loader->loading->terms, folded);

    while (settings->terms_len <= term) {
        settings->terms = grown(mem, settings->terms, settings->terms_len, &settings->terms_cap,
                                sizeof *settings->terms);
        settings->terms[settings->terms_len++] = (struct term){NO_USE, false};
    }
    return term;
}

static uint32_t use_new(struct loader *loader, struct use use)
{
    struct settings *settings = loader->settings;

    settings->uses = grown(loader->loading->mem, settings->uses, settings->uses_len, &settings->uses_cap,
                           sizeof *settings->uses);
    settings->uses[settings->uses_len] = use;
    return (uint32_t)settings->uses_len++;
}

static void add_literal(struct loader *loader, const struct node *at, struct span literal, struct use use)
{
    struct spans twins = literal_twins(loader->loading, at, literal);

    for (size_t i = 0; i < twins.len; i++) {
        uint32_t term = term_of(loader, twins.at[i]);

        use.next = loader->settings->terms[term].first_use;
        loader->settings->terms[term].first_use = use_new(loader, use);
    }
}

static bool add_hashtag(struct loader *loader, const struct node *at, struct span name, struct use use)
{
    struct settings *settings = loader->settings;
    struct spans twins = literal_twins(loader->loading, at, name);

    if (!settings->with_entities)
        return report_error(loader->loading->report, at, "\"#%.*s\" needs hashtags, and entities are off; "
                            "set entities: strings", SPAN_ARGS(name));
    for (size_t i = 0; i < twins.len; i++) {
        settings->hashtags = grown(loader->loading->mem, settings->hashtags, settings->hashtags_len,
                                   &settings->hashtags_cap, sizeof *settings->hashtags);
        settings->hashtags[settings->hashtags_len++] =
            (struct hashtag){twins.at[i], use_new(loader, use)};
    }
    return true;
}

static bool contains(struct span text, struct span part)
{
    return part.len && memmem(text.at, text.len, part.at, part.len);
}

static void add_except(struct loader *loader, struct span twin, struct ids *excepts, size_t *cap)
{
    struct settings *settings = loader->settings;
    uint32_t term = term_of(loader, twin);

    excepts->at = grown(loader->loading->mem, excepts->at, excepts->len, cap, sizeof *excepts->at);
    excepts->at[excepts->len++] = term;
    settings->terms[term].is_except = true;
    if (twin.len > settings->longest_except)
        settings->longest_except = (uint32_t)twin.len;
}

/* Warns of an except that can cover nothing, and of one that covers every hit. */
static void check_except(struct loading *loading, const struct node *at, struct span literal, struct span term)
{
    struct span folded = fold_text(literal, loading->mem), folded_term = fold_text(term, loading->mem);

    if (span_equal(folded, folded_term))
        report_warning(loading->report, at, "\"%.*s\" can never fire: its own except covers it",
                       SPAN_ARGS(term));
    else if (!contains(folded, folded_term))
        report_warning(loading->report, at, "except \"%.*s\" does not contain \"%.*s\" and cancels nothing",
                       SPAN_ARGS(literal), SPAN_ARGS(term));
}

/* The terms of all `except` literals with their twins. */
static struct ids read_excepts(struct loader *loader, const struct node *at, const struct list *literals,
                               struct span term)
{
    struct ids excepts = {0};
    size_t cap = 0;

    for (size_t i = 0; i < literals->len; i++) {
        struct span literal = ((struct span *)literals->at)[i];
        struct spans twins = literal_twins(loader->loading, at, literal);

        check_except(loader->loading, at, literal, term);
        for (size_t j = 0; j < twins.len; j++)
            add_except(loader, twins.at[j], &excepts, &cap);
    }
    return excepts;
}

static bool strip(struct span *text, struct span prefix)
{
    if (!span_starts(*text, prefix))
        return false;
    text->at += prefix.len;
    text->len -= prefix.len;
    return true;
}

/* A term as written: a literal, "word:X" or "#tag". */
static bool read_term(struct loader *loader, const struct node *at, struct span written,
                      const struct list *excepts, uint32_t condition)
{
    struct use use = {.condition = condition, .written = written, .next = NO_USE};
    struct span literal = written;

    if (span_starts(written, SPAN("re:")))
        return report_error(loader->loading->report, at, "\"re:\" terms are not supported yet; write literals");
    if (strip(&literal, SPAN("#")) && literal.len) {
        if (excepts && excepts->len)
            return report_error(loader->loading->report, at, "a hashtag matches as a whole and takes no except");
        return add_hashtag(loader, at, literal, use);
    }
    literal = written;
    use.whole = strip(&literal, SPAN("word:"));
    if (excepts)
        use.excepts = read_excepts(loader, at, excepts, literal);
    add_literal(loader, at, literal, use);
    return true;
}

static bool read_rule(struct loader *loader, const struct node *node, const struct form *form,
                      struct rule *rule, struct rule_form *given);

/* One entry of any, all or none. Literals of one list share a condition, which counts their hits;
 * in `all` each has its own. */
static bool read_entry(struct loader *loader, const struct node *entry, struct rule *group, struct rule **hits)
{
    struct loading *loading = loader->loading;
    struct term_form term = {0};
    struct rule_form nested = {0};
    bool is_term = entry->kind == NODE_SCALAR || (entry->kind == NODE_MAP && node_get(entry, SPAN("term")));

    if (!is_term)
        return read_rule(loader, entry, &nested_form, rule_new(loader, OP_ALL, group), &nested);
    if (!*hits || group->op == OP_ALL) {
        *hits = rule_new(loader, OP_HITS, group);
        (*hits)->condition = condition_new(loader);
    }
    if (entry->kind == NODE_MAP)
        return settings_bind(&term_form, entry, &term, loading->mem, loading->report)
            && read_term(loader, node_get(entry, SPAN("term")), term.term, &term.except, (*hits)->condition);
    return settings_bind(&form_text, entry, &term.term, loading->mem, loading->report)
        && read_term(loader, entry, term.term, NULL, (*hits)->condition);
}

static bool read_group(struct loader *loader, const struct list *entries, enum op op, int64_t min,
                       struct rule *parent)
{
    struct rule *group, *hits = NULL;
    bool fine = true;

    if (!entries->len)
        return true;
    group = rule_new(loader, op, parent);
    group->min = min;
    for (size_t i = 0; i < entries->len; i++)
        fine &= read_entry(loader, ((const struct node **)entries->at)[i], group, &hits);
    return fine;
}

static const char *const later[] = {"near", "from", "not_from", "in", NULL};

static bool is_supported(const struct node *node, struct report *report)
{
    bool fine = true;

    for (const char *const *key = later; *key; key++) {
        const struct node *member = node->kind == NODE_MAP ? node_get(node, span_of(*key)) : NULL;

        if (member)
            fine = report_error(report, member->name, "\"%s\" is not supported yet", *key);
    }
    return fine;
}

static bool read_rule(struct loader *loader, const struct node *node, const struct form *form,
                      struct rule *rule, struct rule_form *given)
{
    struct loading *loading = loader->loading;

    if (!is_supported(node, loading->report)
        || !settings_bind(form, node, given, loading->mem, loading->report))
        return false;
    bool fine = read_group(loader, &given->any, OP_ANY, given->min, rule);
    fine &= read_group(loader, &given->all, OP_ALL, 0, rule);
    fine &= read_group(loader, &given->none, OP_NONE, 0, rule);
    if (given->lang.len)
        rule_new(loader, OP_LANG, rule)->langs = given->lang;
    if (!rule->first && fine)
        return report_error(loading->report, node, "a rule without a condition; give any, all, none or lang");
    return fine;
}

/* Whether a rule may hold where nothing is found, whatever the language. */
static bool holds_without_hits(const struct rule *rule)
{
    if (rule->op == OP_HITS)
        return false;
    if (rule->op == OP_LANG || rule->op == OP_NONE)
        return true;
    for (const struct rule *part = rule->first; part; part = part->next)
        if (holds_without_hits(part) != (rule->op == OP_ALL))
            return rule->op == OP_ANY;
    return rule->op == OP_ALL;
}

static int64_t tag_index(const struct settings *settings, struct span name)
{
    for (size_t i = 0; i < settings->tags_len; i++)
        if (span_equal(settings->tags[i].name, name))
            return (int64_t)i;
    return -1;
}

static struct span tag_hint(struct loader *loader, struct span name)
{
    const struct settings *settings = loader->settings;
    struct arena *mem = loader->loading->mem;
    const char **names = arena_zero(mem, (settings->tags_len + 1) * sizeof *names);

    for (size_t i = 0; i < settings->tags_len; i++)
        names[i] = span_string(settings->tags[i].name, mem);
    return settings_hint(name, names, mem);
}

/* The direct parents of a tag, as indices. */
static void read_parents(struct loader *loader, struct tag *tag, const struct list *implies)
{
    struct loading *loading = loader->loading;
    const struct node *at = implies->len ? node_get(tag->node, SPAN("implies"))->first : NULL;

    tag->parents.at = arena_take(loading->mem, implies->len * sizeof *tag->parents.at);
    for (; at; at = at->next) {
        int64_t parent = tag_index(loader->settings, at->text);

        if (parent >= 0)
            tag->parents.at[tag->parents.len++] = (uint32_t)parent;
        else
            report_error(loading->report, at, "no tag is named \"%.*s\"%.*s", SPAN_ARGS(at->text),
                         SPAN_ARGS(tag_hint(loader, at->text)));
    }
}

/* Adds to seen all that a tag implies; false where that leads back to `root`. */
static bool follow(const struct settings *settings, uint32_t tag, uint32_t root, bool *seen)
{
    for (size_t i = 0; i < settings->tags[tag].parents.len; i++) {
        uint32_t parent = settings->tags[tag].parents.at[i];

        if (parent == root)
            return false;
        if (seen[parent])
            continue;
        seen[parent] = true;
        if (!follow(settings, parent, root, seen))
            return false;
    }
    return true;
}

static struct ids ancestors(struct loader *loader, uint32_t tag, bool *circle)
{
    const struct settings *settings = loader->settings;
    struct arena *mem = loader->loading->mem;
    bool *seen = arena_zero(mem, settings->tags_len);
    struct ids all = {arena_take(mem, settings->tags_len * sizeof *all.at), 0};

    *circle = !follow(settings, tag, tag, seen);
    for (uint32_t i = 0; i < settings->tags_len; i++)
        if (seen[i])
            all.at[all.len++] = i;
    return all;
}

/* Direct parents become all ancestors. */
static void close_parents(struct loader *loader)
{
    struct settings *settings = loader->settings;
    struct ids *closed = arena_zero(loader->loading->mem, settings->tags_len * sizeof *closed);

    for (uint32_t i = 0; i < settings->tags_len; i++) {
        const struct tag *tag = &settings->tags[i];
        bool circle;

        closed[i] = ancestors(loader, i, &circle);
        if (circle)
            report_error(loader->loading->report, node_get(tag->node, SPAN("implies")),
                         "\"%.*s\" implies itself by way of its parents; take one out of the circle",
                         SPAN_ARGS(tag->name));
    }
    for (uint32_t i = 0; i < settings->tags_len; i++)
        settings->tags[i].parents = closed[i];
}

static void read_tags(struct loader *loader)
{
    struct settings *settings = loader->settings;
    const struct named *sections = settings->sections.at;

    settings->tags = arena_zero(loader->loading->mem, settings->tags_len * sizeof *settings->tags);
    settings->names.at = arena_take(loader->loading->mem, settings->tags_len * sizeof *settings->names.at);
    for (size_t i = 0; i < settings->tags_len; i++) {
        settings->tags[i] = (struct tag){.name = sections[i].name, .node = sections[i].node};
        settings->names.at[settings->names.len++] = sections[i].name;
    }
    for (loader->tag = 0; loader->tag < settings->tags_len; loader->tag++) {
        struct tag *tag = &settings->tags[loader->tag];
        struct rule_form given = {0};

        tag->rule = rule_new(loader, OP_ALL, NULL);
        if (!read_rule(loader, tag->node, &tag_form, tag->rule, &given))
            continue;
        read_parents(loader, tag, &given.implies);
        tag->labels = given.labels;
        tag->without_hits = holds_without_hits(tag->rule);
    }
    close_parents(loader);
}

static int by_text(const void *left, const void *right)
{
    return span_compare(((const struct hashtag *)left)->folded, ((const struct hashtag *)right)->folded);
}

static void load(void *into, const struct node *section, struct loading *loading)
{
    struct settings *settings = into;
    struct loader loader = {loading, settings, 0};

    settings->on = section != NULL;
    settings->matched = loading->matched;
    settings->with_entities = loading->with_entities;
    settings->tags_len = settings->sections.len;
    read_tags(&loader);
    if (settings->hashtags_len)
        qsort(settings->hashtags, settings->hashtags_len, sizeof *settings->hashtags, by_text);
}

/* --- applying --- */

struct firing {
    uint32_t tag;
    struct span written;
};

struct work {
    const struct settings *settings;
    const struct reading *reading;
    const struct found *found;
    struct arena *mem;
    struct hit *covers;                 /* hits of excepts, by their end */
    size_t covers_len, covers_cap;
    uint32_t *counts;                   /* by condition */
    bool *fires;                        /* by tag: looked at, then: fires */
    struct firing *firings;
    size_t firings_len, firings_cap;
};

static void count(struct work *work, const struct use *use)
{
    uint32_t tag = work->settings->tag_of[use->condition];

    work->counts[use->condition]++;
    work->fires[tag] = true;
    if (!work->settings->matched)
        return;
    work->firings = grown(work->mem, work->firings, work->firings_len, &work->firings_cap,
                          sizeof *work->firings);
    work->firings[work->firings_len++] = (struct firing){tag, use->written};
}

static void find_covers(struct work *work)
{
    const struct settings *settings = work->settings;
    const struct hits *hits = &work->reading->hits;

    for (size_t i = 0; settings->longest_except && i < hits->len; i++) {
        const struct hit *hit = &hits->at[i];

        if (hit->term >= settings->terms_len || !settings->terms[hit->term].is_except
            || !literal_stands(work->reading->folded, hit->start, hit->end, false))
            continue;
        work->covers = grown(work->mem, work->covers, work->covers_len, &work->covers_cap,
                             sizeof *work->covers);
        work->covers[work->covers_len++] = *hit;
    }
}

static bool is_listed(struct ids terms, uint32_t term)
{
    for (size_t i = 0; i < terms.len; i++)
        if (terms.at[i] == term)
            return true;
    return false;
}

static size_t first_ending_at(const struct work *work, uint32_t end)
{
    size_t low = 0, high = work->covers_len;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (work->covers[middle].end < end)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_covered(const struct work *work, const struct use *use, const struct hit *hit)
{
    if (!use->excepts.len)
        return false;
    for (size_t i = first_ending_at(work, hit->end); i < work->covers_len; i++) {
        const struct hit *cover = &work->covers[i];

        if (cover->end > hit->start + work->settings->longest_except)
            return false;
        if (cover->start <= hit->start && is_listed(use->excepts, cover->term))
            return true;
    }
    return false;
}

static void count_hit(struct work *work, const struct hit *hit)
{
    const struct settings *settings = work->settings;

    for (uint32_t i = settings->terms[hit->term].first_use; i != NO_USE; i = settings->uses[i].next) {
        const struct use *use = &settings->uses[i];

        if (literal_stands(work->reading->folded, hit->start, hit->end, use->whole)
            && !is_covered(work, use, hit))
            count(work, use);
    }
}

static void count_hashtag(struct work *work, struct span written)
{
    const struct settings *settings = work->settings;
    struct hashtag wanted = {.folded = fold_text(written, work->mem)};
    const struct hashtag *end = settings->hashtags + settings->hashtags_len;
    const struct hashtag *at = bsearch(&wanted, settings->hashtags, settings->hashtags_len, sizeof wanted,
                                       by_text);

    if (!at)
        return;
    while (at > settings->hashtags && span_equal(at[-1].folded, wanted.folded))
        at--;
    for (; at < end && span_equal(at->folded, wanted.folded); at++)
        count(work, &settings->uses[at->use]);
}

static void count_all(struct work *work)
{
    const struct settings *settings = work->settings;
    const struct hits *hits = &work->reading->hits;

    for (size_t i = 0; i < hits->len; i++)
        if (hits->at[i].term < settings->terms_len)
            count_hit(work, &hits->at[i]);
    for (size_t i = 0; settings->hashtags_len && i < work->found->entities.len; i++)
        if (work->found->entities.at[i].kind == ENTITY_HASHTAG)
            count_hashtag(work, work->found->entities.at[i].text);
}

static bool is_lang(const struct list *langs, struct span lang)
{
    for (size_t i = 0; i < langs->len; i++)
        if (span_equal(((const struct span *)langs->at)[i], lang))
            return true;
    return false;
}

static int64_t weigh(const struct work *work, const struct rule *rule);

static bool holds(const struct work *work, const struct rule *rule)
{
    int64_t sum = 0;
    size_t parts = 0;

    if (rule->op == OP_HITS)
        return work->counts[rule->condition] > 0;
    if (rule->op == OP_LANG)
        return is_lang(&rule->langs, work->found->lang);
    for (const struct rule *part = rule->first; part; part = part->next, parts++)
        sum += rule->op == OP_ANY ? weigh(work, part) : holds(work, part);
    if (rule->op == OP_ALL)
        return (size_t)sum == parts;
    return rule->op == OP_ANY ? sum >= rule->min : sum == 0;
}

/* What a part adds to the hits of an `any`. */
static int64_t weigh(const struct work *work, const struct rule *rule)
{
    return rule->op == OP_HITS ? work->counts[rule->condition] : holds(work, rule);
}

static size_t decide(struct work *work, bool *is_parent)
{
    const struct settings *settings = work->settings;
    size_t count = 0;

    for (size_t i = 0; i < settings->tags_len; i++) {
        const struct tag *tag = &settings->tags[i];

        work->fires[i] = (work->fires[i] || tag->without_hits) && holds(work, tag->rule);
    }
    for (size_t i = 0; i < settings->tags_len; i++)
        for (size_t j = 0; work->fires[i] && j < settings->tags[i].parents.len; j++)
            is_parent[settings->tags[i].parents.at[j]] = true;
    for (size_t i = 0; i < settings->tags_len; i++)
        count += work->fires[i] || is_parent[i];
    return count;
}

static struct spans terms_of(const struct work *work, size_t tag)
{
    struct spans terms = {arena_take(work->mem, work->firings_len * sizeof *terms.at), 0};

    for (size_t i = 0; i < work->firings_len; i++) {
        struct span written = work->firings[i].written;
        size_t j = 0;

        if (work->firings[i].tag != tag)
            continue;
        while (j < terms.len && !span_equal(terms.at[j], written))
            j++;
        if (j == terms.len)
            terms.at[terms.len++] = written;
    }
    return terms;
}

static void add_tag(struct work *work, size_t tag, struct found *found)
{
    if (found->has_matched)
        found->matched[found->tags.len] = work->fires[tag] ? terms_of(work, tag) : (struct spans){0};
    found->tags.at[found->tags.len++] = work->settings->tags[tag].name;
}

static void apply(const void *from, const struct reading *reading, struct found *found, struct arena *mem)
{
    const struct settings *settings = from;
    struct work work = {.settings = settings, .reading = reading, .found = found, .mem = mem};

    if (!settings->on || !reading->has_text)
        return;
    work.counts = arena_zero(mem, settings->conditions_len * sizeof *work.counts);
    work.fires = arena_zero(mem, settings->tags_len);
    bool *is_parent = arena_zero(mem, settings->tags_len);
    find_covers(&work);
    count_all(&work);
    size_t len = decide(&work, is_parent);
    found->has_tags = true;
    found->has_matched = settings->matched;
    found->tags.at = arena_take(mem, len * sizeof *found->tags.at);
    found->matched = arena_take(mem, len * sizeof *found->matched);
    for (size_t i = 0; i < settings->tags_len; i++)
        if (work.fires[i] && !is_parent[i])
            add_tag(&work, i, found);
    for (size_t i = 0; i < settings->tags_len; i++)
        if (is_parent[i])
            add_tag(&work, i, found);
}

struct spans tag_names(const void *tags)
{
    return ((const struct settings *)tags)->names;
}

struct span tag_label(const void *tags, struct span name, struct span lang)
{
    const struct settings *settings = tags;
    int64_t tag = tag_index(settings, name);

    if (tag < 0)
        return name;
    const struct named *labels = settings->tags[tag].labels.at;
    for (size_t i = 0; i < settings->tags[tag].labels.len; i++)
        if (span_equal(labels[i].name, lang))
            return *(const struct span *)labels[i].value;
    return name;
}

const struct enricher enrich_tags = {
    .section = {"tags", &section_form, 0, NULL,
                "Rules over literals: a map of tag names to {any, all, none, min, lang, implies, labels}."},
    .settings_size = sizeof(struct settings),
    .load = load,
    .apply = apply,
};
