#include "worker/rules/ruleset.h"
#include "common/dict.h"
#include "common/fold.h"
#include "common/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The sections that belong to no enricher. */
struct head {
    const struct node *node;
    int64_t version;
    bool matched;
    int accents;
    struct list aliases;
    struct list words;
    struct list lists;
};

static const struct form version_form = {.kind = FORM_INT, .min = 0, .max = INT32_MAX};
static const struct form aliases_form = {.kind = FORM_MAP, .of = &form_texts};

static const struct form list_form = {
    .kind = FORM_NODE,
    .says = "a list of terms or file:PATH",
    .either = (const struct form *const[]){&form_texts, &form_text, NULL},
};
enum { ACCENTS_EXACT, ACCENTS_LOOSE };
static const struct form accents_form = {
    .kind = FORM_CHOICE,
    .choices = (const char *const[]){"exact", "loose", NULL},
};
static const struct form lists_form = {.kind = FORM_MAP, .of = &list_form};

static const struct field head_fields[] = {
    {"version", &version_form, offsetof(struct head, version), FIELD_REQUIRED,
     "Is in exactly one of the files; raise it with every change, so that of two events the newer wins."},
    {"matched", &form_bool, offsetof(struct head, matched), "false",
     "Adds to each event which terms fired: {tag: [terms]}."},
    {"accents", &accents_form, offsetof(struct head, accents), "exact",
     "`loose`: the terms of this file's tags are compared without accents (ELECTRICOS is eléctricos), unless they say "
     "otherwise. Each file says it for itself."},
    {"aliases", &aliases_form, offsetof(struct head, aliases), NULL,
     "Other writings of a name. A term with the name gets a variant with each alias: {日本: [倭国, ニッポン]}."},
    {"lists", &lists_form, offsetof(struct head, lists), NULL,
     "Named lists of terms, which rules use as {list: NAME}: {makers: [a, b], cities: [\"file:cities.txt\"]}; a file "
     "has one "
     "term a line, and comments behind `# `."},
    {"words", &form_texts, offsetof(struct head, words), NULL,
     "Known words of scripts without blanks: a hit that begins or ends within one is none; `file:PATH` means a file "
     "with "
     "one a line. Lists of several files are joined."},
    {0},
};

enum { HEAD_COUNT = sizeof head_fields / sizeof *head_fields - 1, SECTIONS = HEAD_COUNT + ENRICHER_COUNT };

static const char *const *section_names(struct arena *mem)
{
    const char **names = arena_zero(mem, (SECTIONS + 1) * sizeof *names);

    for (int i = 0; i < HEAD_COUNT; i++)
        names[i] = head_fields[i].name;
    for (int i = 0; i < ENRICHER_COUNT; i++)
        names[HEAD_COUNT + i] = enrichers[i]->section.name;
    return names;
}

const struct form *ruleset_form(struct arena *mem)
{
    struct field *fields = arena_zero(mem, (SECTIONS + 1) * sizeof *fields);
    struct form *form = arena_zero(mem, sizeof *form);

    memcpy(fields, head_fields, HEAD_COUNT * sizeof *fields);
    for (int i = 0; i < ENRICHER_COUNT; i++)
        fields[HEAD_COUNT + i] = enrichers[i]->section;
    *form = (struct form){.kind = FORM_RECORD, .fields = fields, .in_parts = true};
    return form;
}

/* --- merging --- */

static bool given_twice(struct report *report, const struct node *again, const struct node *first)
{
    return report_error(report, again->name, "\"%.*s\" is given twice; first at %s:%d:%d", SPAN_ARGS(again->name->text),
                        first->name->file, first->name->line, first->name->col);
}

/* Moves the members of a section into the section of the same name that an earlier file has. */
static void merge_members(struct node *into, struct node *from, struct arena *mem, struct report *report)
{
    for (struct node *member = from->first, *next; member; member = next) {
        next = member->next;
        const struct node *first = node_add(into, member, mem);
        if (first)
            given_twice(report, member, first);
    }
}

/* A section that is a list goes on in the next file. */
static void join_lists(struct node *into, struct node *from)
{
    for (struct node *item = from->first, *next; item; item = next) {
        next = item->next;
        node_append(into, item);
    }
}

/* The rules files as they are read. */
struct merging {
    struct node *all;
    struct spans loose; /* those that say accents: loose */
    size_t loose_cap;
    struct arena *mem;
    struct report *report;
};

/* A section that each file says for itself. */
static bool read_accents(struct merging *merging, const struct node *section)
{
    int accents = ACCENTS_EXACT;

    if (!span_equal(section->name->text, SPAN("accents")))
        return false;
    if (!settings_bind(&accents_form, section, &accents, merging->mem, merging->report) || accents == ACCENTS_EXACT)
        return true;
    struct spans *loose = &merging->loose;
    loose->at = arena_room(merging->mem, loose->at, loose->len, &merging->loose_cap, sizeof *loose->at);
    loose->at[loose->len++] = span_of(section->file);
    return true;
}

static void merge(struct merging *merging, struct node *file)
{
    struct node *all = merging->all;
    struct arena *mem = merging->mem;
    struct report *report = merging->report;

    for (struct node *section = file->first, *next; section; section = next) {
        next = section->next;
        if (read_accents(merging, section))
            continue;
        struct node *first = node_add(all, section, mem);
        if (first && first->kind == NODE_MAP && section->kind == NODE_MAP)
            merge_members(first, section, mem, report);
        else if (first && first->kind == NODE_LIST && section->kind == NODE_LIST)
            join_lists(first, section);
        else if (first)
            given_twice(report, section, first);
    }
}

static void only_known(const struct node *all, struct arena *mem, struct report *report)
{
    const char *const *names = section_names(mem);

    for (const struct node *section = all->first; section; section = section->next) {
        int i = 0;

        while (i < SECTIONS && !span_equal(section->name->text, span_of(names[i])))
            i++;
        if (i == SECTIONS)
            report_error(report, section->name, "unknown section \"%.*s\"%.*s", SPAN_ARGS(section->name->text),
                         SPAN_ARGS(settings_hint(section->name->text, names, mem)));
    }
}

/* NULL, and a report at the place that names it, where it cannot be read or is no YAML. */
static struct node *read_file(const char *path, const struct node *named, struct arena *mem, struct report *report)
{
    struct span text = named ? source_read(path, mem, report) : (struct span){0};

    if (!named)
        return yaml_read(path, YAML_LITERAL, mem, report);
    if (text.at)
        return yaml_parse(text, path, YAML_LITERAL, mem, report);
    report_unreadable(report, named, path);
    return NULL;
}

/* One map of all sections of all files; `all` is NULL, with a report of each, where one cannot be read. */
static struct merging read_files(const struct list *paths, const struct node *named, struct arena *mem,
                                 struct report *report)
{
    const struct span *path = paths->at;
    const struct node *name = named && named->kind == NODE_LIST ? named->first : NULL;
    bool is_whole = true;
    struct node *all = arena_zero(mem, sizeof *all);
    struct merging merging = {.all = all, .mem = mem, .report = report};

    *all = (struct node){.kind = NODE_MAP, .line = 1, .col = 1};
    all->file = span_string(paths->len ? path[0] : SPAN("rules"), mem);
    for (size_t i = 0; i < paths->len; i++, name = name ? name->next : NULL) {
        struct node *file = read_file(span_string(path[i], mem), name, mem, report);

        is_whole &= file != NULL;
        if (file && file->kind == NODE_MAP)
            merge(&merging, file);
        else if (file)
            report_error(report, file, "expected a map of sections, got %s", node_says(file));
    }
    only_known(all, mem, report);
    if (!is_whole)
        merging.all = NULL;
    return merging;
}

/* --- fingerprint --- */

static void hash_node(struct hash *hash, const struct node *node)
{
    const char kind = (char)('0' + node->kind);

    hash_add(hash, (struct span){&kind, 1});
    if (node->name)
        hash_add(hash, node->name->text);
    hash_add(hash, node->text);
    for (const struct node *child = node->first; child; child = child->next)
        hash_node(hash, child);
    hash_add(hash, SPAN("end"));
}

static struct hash *fingerprint_begin(const struct node *all)
{
    struct hash *hash = hash_new();

    hash_add(hash, SPAN(ENRICHMENT_VERSION));
    hash_add(hash, span_of(fold_unicode_version()));
    hash_node(hash, all);
    return hash;
}

static void fingerprint_end(struct ruleset *rules, struct hash *hash)
{
    snprintf(rules->fingerprint, sizeof rules->fingerprint, "%016" PRIx64, hash_value(hash));
    hash_free(hash);
    rules->name = span_format(rules->mem, "%" PRId64 " %s", rules->version, rules->fingerprint);
}

/* --- loading --- */

static void fold_alias(struct named *name, struct loading *loading)
{
    struct list *others = name->value;
    struct span *spans = others->at;

    name->name = fold_text(name->name, loading->mem);
    if (!name->name.len)
        report_error(loading->report, name->node->name, "the name is empty once folded; write what can be seen");
    for (size_t i = 0; i < others->len; i++) {
        spans[i] = fold_text(spans[i], loading->mem);
        if (!spans[i].len)
            report_error(loading->report, name->node, "an alias is empty once folded; write what can be seen");
    }
}

/* Terms are folded before variants are made, so aliases are too. */
static void fold_aliases(const struct list *aliases, struct loading *loading)
{
    struct named *names = aliases->at;

    for (size_t i = 0; i < aliases->len; i++) {
        fold_alias(&names[i], loading);
        const struct named *same = dict_add(loading->aliases, names[i].name, &names[i]);
        if (same)
            report_error(loading->report, names[i].node->name,
                         "the same name as at line %d once folded; give "
                         "its aliases in one list",
                         same->node->name->line);
        if (names[i].name.len > loading->longest_alias)
            loading->longest_alias = names[i].name.len;
    }
}

static void load_enricher(struct ruleset *rules, int i, const struct node *all, struct loading *loading)
{
    const struct enricher *enricher = enrichers[i];
    const struct field *section = &enricher->section;
    const struct node *node = node_get(all, span_of(section->name));
    void *settings = arena_zero(rules->mem, enricher->settings_size);
    struct node fallback = {
        .kind = NODE_SCALAR,
        .is_plain = true,
        .file = all->file,
        .text = span_of(section->fallback),
    };

    rules->settings[i] = settings;
    if (!node && section->fallback)
        node = &fallback;
    bool bound = (!node && section->form->kind != FORM_RECORD)
                 || settings_bind(section->form, node, settings, loading->mem, loading->report);
    if (bound && enricher->load)
        enricher->load(settings, node == &fallback ? NULL : node, loading);
}

static const struct form head_form = {
    .kind = FORM_RECORD,
    .fields = head_fields,
    .size = sizeof(struct head),
    .is_open = true,
};

static void load_sections(struct ruleset *rules, const struct merging *merging, struct report *report)
{
    const struct node *all = merging->all;
    struct head head = {0};
    struct matcher_builder *terms = matcher_builder_new();
    struct loading loading = {
        .mem = rules->mem,
        .scratch = arena_new(),
        .report = report,
        .terms = terms,
        .regexes = rules->regexes,
        .aliases = dict_new(rules->mem),
        .fingerprint = fingerprint_begin(all),
        .loose_files = merging->loose,
    };

    settings_bind(&head_form, all, &head, rules->mem, report);
    loading.matched = head.matched;
    loading.lists = node_get(all, SPAN("lists"));
    if (loading.lists && loading.lists->kind != NODE_MAP)
        loading.lists = NULL;
    loading.lacks_lists = !loading.lists && report->errors > 0;
    loading.words = head.words.len ? node_get(all, SPAN("words")) : NULL;
    fold_aliases(&head.aliases, &loading);
    for (int i = 0; i < ENRICHER_COUNT; i++)
        load_enricher(rules, i, all, &loading);
    arena_free(loading.scratch);
    rules->matcher = matcher_compile(terms);
    regex_compile(rules->regexes);
    matcher_builder_free(terms);
    rules->version = head.version;
    fingerprint_end(rules, loading.fingerprint);
}

struct ruleset *ruleset_load(const struct list *paths, const struct node *named, struct report *report)
{
    struct arena *mem = arena_new();
    struct ruleset *rules = arena_zero(mem, sizeof *rules);
    size_t before = report->errors;

    rules->mem = mem;
    rules->regexes = regex_new();
    const struct merging merging = read_files(paths, named, mem, report);
    if (merging.all)
        load_sections(rules, &merging, report);
    if (merging.all && report->errors == before)
        return rules;
    ruleset_free(rules);
    return NULL;
}

void ruleset_free(struct ruleset *rules)
{
    if (!rules)
        return;
    matcher_free(rules->matcher);
    regex_free(rules->regexes);
    arena_free(rules->mem);
}

struct reading ruleset_begin(const struct ruleset *rules, const struct post *post, int64_t as_of_ms)
{
    return (struct reading){
        .post = post,
        .as_of_ms = as_of_ms,
        .has_text = post->says == SAYS_POST,
        .matcher = rules->matcher,
        .patterns = rules->regexes,
    };
}

static void match(const struct ruleset *rules, struct reading *reading, struct arena *mem)
{
    reading->hits = matcher_run(rules->matcher, reading->folded, mem);
}

void ruleset_step(const struct ruleset *rules, int step, struct reading *reading, struct found *found,
                  struct arena *mem)
{
    if (step >= STEP_ENRICH)
        enrichers[step - STEP_ENRICH]->apply(rules->settings[step - STEP_ENRICH], reading, found, mem);
    else if (!reading->has_text)
        return;
    else if (step == STEP_FOLD)
        reading->folded = fold_text(reading->post->text, mem);
    else
        match(rules, reading, mem);
}

struct reading ruleset_apply(const struct ruleset *rules, const struct post *post, int64_t as_of_ms,
                             struct found *found, struct arena *mem)
{
    struct reading reading = ruleset_begin(rules, post, as_of_ms);

    *found = (struct found){0};
    for (int step = 0; step < STEPS; step++)
        ruleset_step(rules, step, &reading, found, mem);
    return reading;
}
