#include "worker/enrich/tag_check.h"
#include "worker/enrich/tag_loader.h"
#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/text_lines.h"

#include <stdlib.h>

/* The terms of a list, those of its files among them. */
struct list_items {
    const struct node **at;
    size_t len, cap;
};

struct rule_form {
    const struct node *node;
    struct list any, all, none;       /* of const struct node * */
    struct list lang, from, not_from; /* of struct span */
    struct list in;                   /* of int: enum place */
    int64_t min;
    int64_t near; /* -1: not given */
    int edges, accents;
    struct list implies; /* of struct span */
    struct list labels;
};

struct tag_ref_form {
    const struct node *node;
    struct span tag;
};

static const struct form tag_form, nested_form, term_form, list_form, tag_ref_form;

/* What is a node here is bound later, by what is there. */
static const struct form tag_node_form = {
    .kind = FORM_NODE,
    .says = "a rule",
    .either = (const struct form *const[]){&tag_form, NULL},
};
static const struct form entry_form = {
    .kind = FORM_NODE,
    .says = "a term or a rule",
    .either = (const struct form *const[]){&form_text, &term_form, &list_form, &tag_ref_form, &nested_form, NULL},
};
static const struct form nodes = {.kind = FORM_LIST, .of = &entry_form};
static const char *const place_choices[] = {"text", "hashtags", "handle", "hosts", "extra", "links", "mentions", NULL};
static const struct form place_form = {.kind = FORM_CHOICE, .choices = place_choices};
static const struct form places_form = {.kind = FORM_LIST, .of = &place_form};
static const char *const edges_choices[] = {"words", "loose", NULL};
static const struct form edges_form = {.kind = FORM_CHOICE, .choices = edges_choices};
static const char *const accents_choices[] = {"exact", "loose", NULL};
static const struct form accents_form = {.kind = FORM_CHOICE, .choices = accents_choices};
static const struct form near_form = {.kind = FORM_INT, .min = 0, .max = 100000};
static const struct form min_form = {.kind = FORM_INT, .min = 1, .max = 1000000};

#define EDGES_HELP                                                                                                     \
    "`loose`: its terms are found across the edges of known words too (今日本当に has 日本); see `words`."
#define ACCENTS_HELP                                                                                                   \
    "`loose`: accents do not matter, in the term and in the text (ELECTRICOS is eléctricos; expressions keep "        \
    "theirs); by "                                                                                                     \
    "default as the file's `accents` says."
#define RULE_FIELDS                                                                                                    \
    {"any", &nodes, offsetof(struct rule_form, any), NULL, "At least one of these fires."},                            \
        {"all", &nodes, offsetof(struct rule_form, all), NULL, "Every one of these fires."},                           \
        {"none", &nodes, offsetof(struct rule_form, none), NULL, "None of these fires."},                              \
        {"min", &min_form, offsetof(struct rule_form, min), "1", "At least this many hits of `any`."},                 \
        {"near", &near_form, offsetof(struct rule_form, near), NULL,                                                   \
         "The terms of `all` are so near: code points from the end of the first to the start of the last."},           \
        {"in", &places_form, offsetof(struct rule_form, in), NULL,                                                     \
         "Where its terms are looked for: text (default, without the links, mentions and mail addresses in it), "      \
         "hashtags, handle, hosts, links, mentions, extra (what the input's `extra` names)."},                         \
        {"edges", &edges_form, offsetof(struct rule_form, edges), NULL, EDGES_HELP},                                   \
        {"accents", &accents_form, offsetof(struct rule_form, accents), NULL, ACCENTS_HELP},                           \
        {"lang", &form_texts, offsetof(struct rule_form, lang), NULL, "Posts in one of these languages."},             \
        {"from", &form_texts, offsetof(struct rule_form, from), NULL,                                                  \
         "Posts of these handles; `file:PATH` means a file with one a line."},                                         \
    {                                                                                                                  \
        "not_from", &form_texts, offsetof(struct rule_form, not_from), NULL, "Posts of other handles."                 \
    }

static const struct field nested_fields[] = {RULE_FIELDS, {0}};
static const struct field tag_fields[] = {
    RULE_FIELDS,
    {"implies", &form_texts, offsetof(struct rule_form, implies), NULL, "Parent tags, which fire with it."},
    {"labels", &form_text_map, offsetof(struct rule_form, labels), NULL, "Names for people, by language."},
    {0},
};
#define TERM_FIELDS                                                                                                    \
    {"except", &form_texts, offsetof(struct term_form, except), NULL, "Literals that cancel a hit which they cover."}, \
        {"in", &places_form, offsetof(struct term_form, in), NULL, "Where it is looked for."},                         \
        {"lang", &form_texts, offsetof(struct term_form, lang), NULL,                                                  \
         "It counts in posts in one of these languages."},                                                             \
        {"accents", &accents_form, offsetof(struct term_form, accents), NULL, ACCENTS_HELP},                           \
    {                                                                                                                  \
        "edges", &edges_form, offsetof(struct term_form, edges), NULL,                                                 \
            "`loose`: it is found across the edges of known words too; see `words`."                                   \
    }

static const struct field term_fields[] = {
    {"term", &form_text, offsetof(struct term_form, term), FIELD_REQUIRED,
     "A literal; `word:X` is X as a whole word, `X*` and `*X` are X at the start and the end of words, `#X` a hashtag, "
     "`re:X` an expression over the folded text."},
    TERM_FIELDS,
    {0},
};
static const struct field list_fields[] = {
    {"list", &form_text, offsetof(struct term_form, list), FIELD_REQUIRED, "Any term of this list of `lists`."},
    TERM_FIELDS,
    {0},
};
static const struct field tag_ref_fields[] = {
    {"tag", &form_text, offsetof(struct tag_ref_form, tag), FIELD_REQUIRED,
     "The post has this tag, by the tag's own rule or implied by another."},
    {0},
};

static const struct form nested_form = {
    FORM_RECORD,
    .name = "rule",
    .fields = nested_fields,
    .size = sizeof(struct rule_form),
    .also = (const char *const[]){"terms", "term", "lists", "list", "tags", "tag", NULL},
};
static const struct form tag_form = {FORM_RECORD, .fields = tag_fields, .size = sizeof(struct rule_form)};
static const struct form term_form = {FORM_RECORD, .name = "term", .fields = term_fields,
                                      .size = sizeof(struct term_form)};
static const struct form list_form = {FORM_RECORD, .name = "list", .fields = list_fields,
                                      .size = sizeof(struct term_form)};
static const struct form tag_ref_form = {FORM_RECORD, .name = "tag", .fields = tag_ref_fields,
                                         .size = sizeof(struct tag_ref_form)};

static struct rule *rule_new(struct tag_loader *loader, enum op op, struct rule *parent)
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

static uint32_t condition_new(struct tag_loader *loader)
{
    struct tag_rules *rules = loader->rules;

    rules->conditions = arena_room(loader->loading->mem, rules->conditions, rules->conditions_len,
                                   &rules->conditions_cap, sizeof *rules->conditions);
    rules->conditions[rules->conditions_len] = (struct condition){loader->tag, false};
    return (uint32_t)rules->conditions_len++;
}

/* --- lists --- */

static void add_item(struct tag_loader *loader, struct list_items *items, const struct node *item)
{
    items->at = arena_room(loader->loading->scratch, items->at, items->len, &items->cap, sizeof *items->at);
    items->at[items->len++] = item;
}

static void add_items(struct tag_loader *loader, struct list_items *items, const struct node *at)
{
    struct span path = at->text;

    if (!span_strip(&path, SPAN("file:"))) {
        text_lines_check_bare(loader->loading, at);
        add_item(loader, items, at);
        return;
    }
    for (const struct node *line = text_lines_read(loader->loading, at, path); line; line = line->next)
        add_item(loader, items, line);
}

static const char **list_names(const struct tag_loader *loader)
{
    const struct node *lists = loader->loading->lists;
    const char **names = arena_zero(loader->loading->scratch, ((lists ? lists->len : 0) + 1) * sizeof *names);
    size_t len = 0;

    for (const struct node *list = lists ? lists->first : NULL; list; list = list->next)
        names[len++] = span_string(list->name->text, loader->loading->scratch);
    return names;
}

static bool is_path(struct loading *loading, const struct node *list)
{
    return span_starts(list->text, SPAN("file:"))
           || report_error(loading->report, list,
                           "expected a list of terms or file:PATH, got \"%.*s\"; write [%.*s] or \"file:%.*s\"",
                           SPAN_ARGS(list->text), SPAN_ARGS(list->text), SPAN_ARGS(list->text));
}

/* Reads a list when it is first used; NULL, and a report, where there is none of this name. */
static const struct list_items *items_of(struct tag_loader *loader, const struct node *at)
{
    struct loading *loading = loader->loading;
    struct list_items *items = dict_find(loader->lists, at->text);
    const struct node *list = loading->lists ? node_get(loading->lists, at->text) : NULL;

    if (items)
        return items;
    if (!list && loading->lacks_lists)
        return NULL;
    if (!list) {
        report_error(loading->report, at, "no list is named \"%.*s\"%.*s", SPAN_ARGS(at->text),
                     SPAN_ARGS(settings_hint(at->text, list_names(loader), loading->mem)));
        return NULL;
    }
    size_t before = loading->report->errors;
    items = arena_zero(loading->scratch, sizeof *items);
    dict_add(loader->lists, at->text, items);
    if (list->kind != NODE_SCALAR || is_path(loading, list))
        for (const struct node *item = list->kind == NODE_SCALAR ? list : list->first; item;
             item = list->kind == NODE_SCALAR ? NULL : item->next)
            add_items(loader, items, item);
    if (!items->len && loading->report->errors == before)
        report_warning(loading->report, list, "the list \"%.*s\" is empty, so that nothing is found by it",
                       SPAN_ARGS(at->text));
    return items;
}

static bool read_list(struct tag_loader *loader, struct term_form *given, uint32_t condition)
{
    const struct list_items *items = items_of(loader, node_get(given->node, SPAN("list")));

    for (size_t i = 0; items && i < items->len; i++) {
        given->term = items->at[i]->text;
        term_read(loader, items->at[i], given, condition);
    }
    return items;
}

/* --- entries --- */

static struct span tag_hint(struct tag_loader *loader, struct span name);

/* NULL, and a report, where no tag has this name. */
static const struct tag *tag_named(struct tag_loader *loader, const struct node *at)
{
    const struct tag *tag = dict_find(loader->tags, at->text);

    if (!tag)
        report_error(loader->loading->report, at, "no tag is named \"%.*s\"%.*s", SPAN_ARGS(at->text),
                     SPAN_ARGS(tag_hint(loader, at->text)));
    return tag;
}

static bool read_tag_ref(struct tag_loader *loader, const struct node *entry, struct rule *group)
{
    struct loading *loading = loader->loading;
    struct tag_ref_form given = {0};

    if (!settings_bind(&tag_ref_form, entry, &given, loading->mem, loading->report))
        return false;
    const struct node *at = node_get(entry, SPAN("tag"));
    const struct tag *tag = tag_named(loader, at);
    if (!tag)
        return false;
    struct rule *rule = rule_new(loader, OP_TAG, group);
    rule->node = entry;
    rule->tag = (uint32_t)(tag - loader->rules->tags);
    tag_refs_add(&loader->refs, (struct tag_ref){loader->tag, rule->tag, at}, loading->scratch);
    return true;
}

static void check_empty(struct loading *loading, const struct node *node, const char *const *names)
{
    for (; *names; names++) {
        const struct node *list = node_get(node, span_of(*names));

        if (list && list->kind == NODE_LIST && !list->len)
            report_warning(loading->report, list, "%s is empty and asks for nothing; leave it out", *names);
    }
}

static bool share_a_lang(const struct list *left, const struct list *right)
{
    for (size_t i = 0; i < left->len; i++)
        for (size_t j = 0; j < right->len; j++)
            if (span_equal(((const struct span *)left->at)[i], ((const struct span *)right->at)[j]))
                return true;
    return false;
}

/* Warns of languages of a term that are none of the rules around it. */
static void check_term_langs(const struct tag_loader *loader, const struct node *entry, const struct list *langs)
{
    const struct lang_scope *scope = langs->len ? loader->langs : NULL;

    while (scope && (!scope->langs->len || share_a_lang(scope->langs, langs)))
        scope = scope->outer;
    if (scope)
        report_warning(loader->loading->report, node_get(entry, SPAN("lang")),
                       "this term never counts: its rule asks for other languages, at line %d; leave one of them out",
                       node_get(scope->node, SPAN("lang"))->line);
}

static bool read_term_entry(struct tag_loader *loader, const struct node *entry, uint32_t condition)
{
    struct loading *loading = loader->loading;
    static const char *const lists[] = {"except", "in", "lang", NULL};
    bool is_list = entry->kind == NODE_MAP && node_get(entry, SPAN("list"));
    const struct form *form = entry->kind != NODE_MAP ? &form_text : is_list ? &list_form : &term_form;
    struct term_form given = {0};

    if (!settings_bind(form, entry, entry->kind == NODE_MAP ? (void *)&given : &given.term, loading->mem,
                       loading->report))
        return false;
    if (entry->kind == NODE_MAP) {
        check_empty(loading, entry, lists);
        check_term_langs(loader, entry, &given.lang);
    }
    if (is_list)
        return read_list(loader, &given, condition);
    term_read(loader, entry->kind == NODE_MAP ? node_get(entry, SPAN("term")) : entry, &given, condition);
    return true;
}

static bool read_rule(struct tag_loader *loader, const struct node *node, const struct form *form, struct rule *rule,
                      struct rule_form *given);

/* One entry of any, all or none. Terms of one group share a condition, which counts their hits; in `all` each, and each
 * list, has its own. */
static bool read_entry(struct tag_loader *loader, const struct node *entry, struct rule *group, struct rule **hits)
{
    struct rule_form nested = {0};
    bool is_term = entry->kind == NODE_MAP && (node_get(entry, SPAN("term")) || node_get(entry, SPAN("list")));

    if (entry->kind == NODE_MAP && node_get(entry, SPAN("tag")))
        return read_tag_ref(loader, entry, group);
    if (entry->kind != NODE_SCALAR && !is_term)
        return read_rule(loader, entry, &nested_form, rule_new(loader, OP_ALL, group), &nested);
    if (!*hits || group->op == OP_ALL) {
        *hits = rule_new(loader, OP_HITS, group);
        (*hits)->condition = condition_new(loader);
        (*hits)->node = entry;
    }
    return read_term_entry(loader, entry, (*hits)->condition);
}

static bool read_group(struct tag_loader *loader, const struct list *entries, enum op op, int64_t min,
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

/* The one condition that an entry of a near `all` represents: a term, or any of terms. */
static struct rule *only_condition(struct rule *entry)
{
    if (entry->op == OP_ALL && entry->first && !entry->first->next)
        entry = entry->first;
    if (entry->op == OP_ANY && entry->min == 1 && entry->first && !entry->first->next)
        entry = entry->first;
    return entry->op == OP_HITS ? entry : NULL;
}

static bool is_expression(const struct tag_rules *rules, uint32_t condition)
{
    for (size_t i = 0; i < rules->expressions_len; i++)
        if (rules->uses[rules->regexes[i]].condition == condition)
            return true;
    return false;
}

static void add_near(struct tag_loader *loader, const struct node *at, struct rule *rule, int64_t distance)
{
    struct tag_rules *rules = loader->rules;
    struct rule *all = rule->first;

    while (all && all->op != OP_ALL)
        all = all->next;
    if (!all || !all->first || !all->first->next) {
        report_error(loader->loading->report, at, "near needs an `all` of at least two terms");
        return;
    }
    struct rule *near = rule_new(loader, OP_NEAR, rule);
    near->min = distance;
    near->node = at;
    for (struct rule *entry = all->first; entry; entry = entry->next) {
        struct rule *hits = only_condition(entry);
        size_t cap = near->conditions.len;

        if (!hits || is_expression(rules, hits->condition)) {
            report_error(loader->loading->report, at, "near works on literals, or any of literals, in `all`");
            return;
        }
        near->conditions.at =
            arena_grow(loader->loading->mem, near->conditions.at, cap * sizeof(uint32_t), (cap + 1) * sizeof(uint32_t));
        near->conditions.at[near->conditions.len++] = hits->condition;
        rules->conditions[hits->condition].near = near;
    }
}

/* A comma at the end of a line is reported where the line is read. */
static void check_handle(struct tag_loader *loader, const struct node *at, bool is_line)
{
    for (size_t i = 0; i + is_line < at->text.len; i++)
        if (at->text.at[i] == ',' || at->text.at[i] == ' ') {
            report_warning(loader->loading->report, at,
                           "\"%.*s\" is no handle: it has a %s; write one a line, or one an item, without",
                           SPAN_ARGS(at->text), at->text.at[i] == ',' ? "comma" : "blank");
            return;
        }
}

static void add_handle(struct tag_loader *loader, struct span handle, struct spans *out, size_t *cap)
{
    struct arena *mem = loader->loading->mem;

    handle = span_trim(handle);
    if (handle.len && handle.at[0] == '@')
        handle = (struct span){handle.at + 1, handle.len - 1};
    if (!handle.len)
        return;
    out->at = arena_room(mem, out->at, out->len, cap, sizeof *out->at);
    out->at[out->len++] = fold_text(handle, mem);
}

static void add_from(struct tag_loader *loader, const struct node *node, const char *key, const struct list *given,
                     struct rule *parent)
{
    struct rule *from;
    size_t cap = 0;

    if (!given->len)
        return;
    from = rule_new(loader, OP_FROM, parent);
    from->node = node_get(node, span_of(key));
    loader->rules->asks_handle = true;
    for (const struct node *at = node_get(node, span_of(key))->first; at; at = at->next) {
        struct span path = at->text;
        bool is_file = span_strip(&path, SPAN("file:"));
        if (!is_file)
            text_lines_check_bare(loader->loading, at);
        const struct node *line = is_file ? text_lines_read(loader->loading, at, path) : at;

        for (; line; line = is_file ? line->next : NULL) {
            check_handle(loader, line, is_file);
            add_handle(loader, line->text, &from->names, &cap);
        }
    }
    if (from->names.len)
        qsort(from->names.at, from->names.len, sizeof *from->names.at, span_order);
}

static void add_langs(struct tag_loader *loader, const struct node *node, const struct rule_form *given,
                      struct rule *parent)
{
    struct rule *rule = rule_new(loader, OP_LANG, parent);

    rule->names = (struct spans){given->lang.at, given->lang.len};
    rule->node = node_get(node, SPAN("lang"));
}

static void add_conditions(struct tag_loader *loader, const struct node *node, const struct rule_form *given,
                           struct rule *rule)
{
    if (given->near >= 0)
        add_near(loader, node_get(node, SPAN("near")), rule, given->near);
    if (given->lang.len)
        add_langs(loader, node, given, rule);
    check_langs(node_get(node, SPAN("lang")), loader->loading->report);
    add_from(loader, node, "from", &given->from, rule);
    if (given->not_from.len)
        add_from(loader, node, "not_from", &given->not_from, rule_new(loader, OP_NONE, rule));
}

/* Its terms, with what the rule says of all of them. */
static bool read_groups(struct tag_loader *loader, const struct node *node, const struct rule_form *given,
                        struct rule *rule)
{
    const struct lang_scope langs = {&given->lang, node, loader->langs};
    unsigned outer = loader->places;
    int outer_edges = loader->edges, outer_accents = loader->accents;

    loader->langs = &langs;
    loader->places = places_read(&given->in, outer);
    loader->edges = choice_read(node, "edges", given->edges, outer_edges);
    loader->accents = choice_read(node, "accents", given->accents, outer_accents);
    bool fine = read_group(loader, &given->any, OP_ANY, given->min, rule);
    fine &= read_group(loader, &given->all, OP_ALL, 0, rule);
    fine &= read_group(loader, &given->none, OP_NONE, 0, rule);
    loader->langs = langs.outer;
    loader->places = outer;
    loader->edges = outer_edges;
    loader->accents = outer_accents;
    return fine;
}

static bool read_rule(struct tag_loader *loader, const struct node *node, const struct form *form, struct rule *rule,
                      struct rule_form *given)
{
    static const char *const lists[] = {"any", "all", "none", "in", "lang", "from", "not_from", NULL};
    struct loading *loading = loader->loading;

    given->near = -1;
    if (!settings_bind(form, node, given, loading->mem, loading->report))
        return false;
    rule->node = node;
    bool fine = read_groups(loader, node, given, rule);
    check_empty(loading, node, lists);
    if (!given->any.len && node_get(node, SPAN("min")))
        fine =
            report_error(loading->report, node_get(node, SPAN("min")), "min counts the hits of any, and there is none");
    if (fine)
        add_conditions(loader, node, given, rule);
    if (!rule->first && fine && form == &nested_form)
        return report_error(loading->report, node, "a rule without a condition; give any, all, none, lang or from");
    if (!rule->first && fine)
        rule_new(loader, OP_ANY, rule)->min = 1; /* never by itself: a parent, which others imply */
    return fine;
}

/* Whether a rule may hold where nothing is found, whatever the language. */
static bool holds_without_hits(const struct rule *rule)
{
    if (rule->op == OP_HITS)
        return false;
    if (rule->op == OP_NEAR)
        return false;
    if (rule->op == OP_LANG || rule->op == OP_FROM || rule->op == OP_TAG || rule->op == OP_NONE)
        return true;
    for (const struct rule *part = rule->first; part; part = part->next)
        if (holds_without_hits(part) != (rule->op == OP_ALL))
            return rule->op == OP_ANY;
    return rule->op == OP_ALL;
}

/* What was meant; said of the first errors only, since it looks at every tag. */
static struct span tag_hint(struct tag_loader *loader, struct span name)
{
    enum { HINTS_MAX = 20 };
    const struct tag_rules *rules = loader->rules;
    struct arena *mem = loader->loading->mem;

    if (loader->loading->report->errors >= HINTS_MAX)
        return SPAN("");
    const char **names = arena_zero(mem, (rules->tags_len + 1) * sizeof *names);
    for (size_t i = 0; i < rules->tags_len; i++)
        names[i] = span_string(rules->tags[i].name, mem);
    return settings_hint(name, names, mem);
}

/* The direct parents of a tag, as indices. */
static void read_parents(struct tag_loader *loader, struct tag *tag, const struct list *implies)
{
    struct loading *loading = loader->loading;
    const struct node *at = implies->len ? node_get(tag->node, SPAN("implies"))->first : NULL;

    tag->parents.at = arena_take(loading->mem, implies->len * sizeof *tag->parents.at);
    for (; at; at = at->next) {
        const struct tag *parent = tag_named(loader, at);

        if (parent)
            tag->parents.at[tag->parents.len++] = (uint32_t)(parent - loader->rules->tags);
    }
}

/* What the file says that the tag is in. Which file that is says nothing else of the rules, so the fingerprint takes
 * it. */
static int accents_around(struct loading *loading, const struct tag *tag)
{
    for (size_t i = 0; i < loading->loose_files.len; i++)
        if (span_equal(loading->loose_files.at[i], span_of(tag->node->file))) {
            hash_add(loading->fingerprint, tag->name);
            return ACCENTS_LOOSE;
        }
    return ACCENTS_EXACT;
}

static void read_tags(struct tag_loader *loader)
{
    struct tag_rules *rules = loader->rules;
    const struct named *sections = rules->sections.at;

    rules->tags = arena_zero(loader->loading->mem, rules->tags_len * sizeof *rules->tags);
    rules->names.at = arena_take(loader->loading->mem, rules->tags_len * sizeof *rules->names.at);
    rules->without_hits = bits_new(loader->loading->mem, rules->tags_len);
    for (size_t i = 0; i < rules->tags_len; i++) {
        rules->tags[i] = (struct tag){.name = sections[i].name, .node = sections[i].node};
        rules->names.at[rules->names.len++] = sections[i].name;
        dict_add(loader->tags, sections[i].name, &rules->tags[i]);
    }
    for (loader->tag = 0; loader->tag < rules->tags_len; loader->tag++) {
        struct tag *tag = &rules->tags[loader->tag];
        struct rule_form given = {0};

        loader->places = 1u << PLACE_TEXT;
        loader->accents = accents_around(loader->loading, tag);
        tag->rule = rule_new(loader, OP_ALL, NULL);
        if (!read_rule(loader, tag->node, &tag_form, tag->rule, &given))
            continue;
        read_parents(loader, tag, &given.implies);
        tag->labels = given.labels;
        if (holds_without_hits(tag->rule))
            bits_add(rules->without_hits, loader->tag);
    }
    tag_graph_close(rules, &loader->refs, loader->loading);
}

const struct form tag_rules_form = {.kind = FORM_MAP, .of = &tag_node_form};

void tag_rules_load(struct tag_rules *rules, struct loading *loading)
{
    struct tag_loader loader = {
        .loading = loading,
        .rules = rules,
        .tags = dict_new(loading->scratch),
        .written = dict_new(loading->scratch),
        .words = known_words_new(loading->scratch),
        .lists = dict_new(loading->scratch),
    };

    rules->matched = loading->matched;
    rules->with_entities = loading->with_entities;
    rules->tags_len = rules->sections.len;
    read_tags(&loader);
    known_words_load(loader.words, rules, loading);
    tag_rules_check(rules, loading);
    if (rules->hashtags_len)
        qsort(rules->hashtags, rules->hashtags_len, sizeof *rules->hashtags, span_order);
}
