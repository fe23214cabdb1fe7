/* Tags by rules over literals, regexes and hashtags. */
#include "worker/enrich/tag_eval.h"

#include <stdlib.h>

static void load_tags(void *settings, const struct node *section, struct loading *loading)
{
    struct tag_rules *rules = settings;

    rules->on = section != NULL;
    tag_rules_load(rules, loading);
}

/* A firing that is kept, and its tag: sorted, the terms of a tag are side by side, in the order of the text. */
struct matched {
    uint32_t tag, firing;
};

static int by_tag(const void *left, const void *right)
{
    const struct matched *a = left, *b = right;

    return a->tag != b->tag ? (a->tag > b->tag) - (a->tag < b->tag) : (a->firing > b->firing) - (a->firing < b->firing);
}

static uint32_t tag_of(const struct tag_work *work, size_t firing)
{
    return work->rules->conditions[work->rules->uses[work->firings[firing].use].condition].tag;
}

static struct matched *sort_firings(const struct tag_work *work)
{
    struct matched *matched = arena_take(work->mem, work->firings_len * sizeof *matched);

    for (size_t i = 0; i < work->firings_len; i++)
        matched[i] = (struct matched){tag_of(work, i), (uint32_t)i};
    if (work->firings_len)
        qsort(matched, work->firings_len, sizeof *matched, by_tag);
    return matched;
}

/* The terms that fired for a tag, each once, in the order of the text. */
static struct spans terms_of(const struct tag_work *work, const struct matched *matched, size_t tag)
{
    size_t low = 0, high = work->firings_len, end;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (matched[middle].tag < tag)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < work->firings_len && matched[end].tag == tag; end++)
        ;
    struct spans terms = {arena_take(work->mem, (end - low) * sizeof *terms.at), 0};
    for (; low < end; low++)
        terms.at[terms.len++] = work->rules->uses[work->firings[matched[low].firing].use].written;
    return terms;
}

static void add_tag(const struct tag_work *work, const struct matched *matched, size_t tag, struct found *found)
{
    if (found->has_matched)
        found->matched[found->tags.len] =
            bits_have(work->fires, tag) ? terms_of(work, matched, tag) : (struct spans){0};
    found->tags.at[found->tags.len++] = work->rules->names.at[tag];
}

static void apply_tags(const void *settings, const struct reading *reading, struct found *found, struct arena *mem)
{
    const struct tag_rules *rules = settings;
    struct tag_work work = {.rules = rules, .reading = reading, .found = found, .mem = mem};

    if (!rules->on || !reading->has_text)
        return;
    tag_work_run(&work);
    found->has_tags = true;
    found->has_matched = rules->matched;
    size_t most = bits_count(work.fires) + bits_count(work.implied);
    found->tags.at = arena_take(mem, most * sizeof *found->tags.at);
    const struct matched *matched = rules->matched ? sort_firings(&work) : NULL;
    if (rules->matched)
        found->matched = arena_take(mem, most * sizeof *found->matched);
    for (size_t i = bits_next(work.fires, 0); i < rules->tags_len; i = bits_next(work.fires, i + 1))
        if (!bits_have(work.implied, i))
            add_tag(&work, matched, i, found);
    for (size_t i = bits_next(work.implied, 0); i < rules->tags_len; i = bits_next(work.implied, i + 1))
        add_tag(&work, matched, i, found);
}

struct spans tag_names(const void *tags)
{
    return ((const struct tag_rules *)tags)->names;
}

struct span tag_label(const void *tags, struct span name, struct span lang)
{
    const struct tag_rules *rules = tags;
    size_t tag = 0;

    while (tag < rules->tags_len && !span_equal(rules->names.at[tag], name))
        tag++;
    if (tag == rules->tags_len)
        return name;
    const struct named *labels = rules->tags[tag].labels.at;
    for (size_t i = 0; i < rules->tags[tag].labels.len; i++)
        if (span_equal(labels[i].name, lang))
            return *(const struct span *)labels[i].value;
    return name;
}

const struct enricher enrich_tags = {
    .section = {"tags", &tag_rules_form, 0, NULL, "Rules by tag name: {any, all, none, …}; see below."},
    .settings_size = sizeof(struct tag_rules),
    .load = load_tags,
    .apply = apply_tags,
};
