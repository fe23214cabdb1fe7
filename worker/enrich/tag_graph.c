#include "worker/enrich/tag_graph.h"
#include "common/bits.h"

void tag_refs_add(struct tag_refs *refs, struct tag_ref ref, struct arena *mem)
{
    refs->at = arena_room(mem, refs->at, refs->len, &refs->cap, sizeof *refs->at);
    refs->at[refs->len++] = ref;
}

/* --- parents --- */

enum { GENERATIONS_MAX = 64 };
enum descent { DESCENT_FINE, DESCENT_CIRCLE, DESCENT_DEEP };

/* Adds to seen all that a tag implies, unless that leads back to `root` or over too many tags. */
static enum descent follow_parents(const struct tag_rules *rules, uint32_t tag, uint32_t root, struct bits seen,
                                   int generation)
{
    enum descent descent = DESCENT_FINE;

    for (size_t i = 0; !descent && i < rules->tags[tag].parents.len; i++) {
        uint32_t parent = rules->tags[tag].parents.at[i];

        if (parent == root)
            return DESCENT_CIRCLE;
        if (generation == GENERATIONS_MAX)
            return DESCENT_DEEP;
        if (bits_have(seen, parent))
            continue;
        bits_add(seen, parent);
        descent = follow_parents(rules, parent, root, seen, generation + 1);
    }
    return descent;
}

static void report_descent(const struct tag *tag, enum descent descent, struct report *report)
{
    const struct node *at = tag->parents.len ? node_get(tag->node, SPAN("implies")) : NULL;

    if (descent == DESCENT_CIRCLE)
        report_error(report, at, "\"%.*s\" implies itself by way of its parents; take one out of the circle",
                     SPAN_ARGS(tag->name));
    else if (descent == DESCENT_DEEP)
        report_error(report, at,
                     "\"%.*s\" implies parents of parents over more than %d tags; name the last one directly",
                     SPAN_ARGS(tag->name), GENERATIONS_MAX);
}

static struct ids ids_of(struct bits bits, struct arena *mem)
{
    struct ids ids = {arena_take(mem, bits_count(bits) * sizeof *ids.at), 0};

    for (size_t i = bits_next(bits, 0); i < bits.bound; i = bits_next(bits, i + 1))
        ids.at[ids.len++] = (uint32_t)i;
    return ids;
}

/* Direct parents become all ancestors. */
static void close_parents(struct tag_rules *rules, struct loading *loading)
{
    struct ids *closed = arena_zero(loading->mem, rules->tags_len * sizeof *closed);
    struct bits seen = bits_new(loading->scratch, rules->tags_len);

    for (uint32_t i = 0; i < rules->tags_len; i++) {
        bits_clear(seen);
        enum descent descent = follow_parents(rules, i, i, seen, 0);
        closed[i] = ids_of(seen, loading->mem);
        report_descent(&rules->tags[i], descent, loading->report);
    }
    for (uint32_t i = 0; i < rules->tags_len; i++)
        rules->tags[i].parents = closed[i];
}

/* Where none of them could be read, their reports say so. */
static bool has_entries(const struct node *rule)
{
    static const char *const groups[] = {"any", "all", "none"};

    for (int i = 0; i < 3; i++) {
        const struct node *group = node_get(rule, span_of(groups[i]));

        if (group && group->len)
            return true;
    }
    return false;
}

/* A tag without a condition is a parent; nothing else would ever set it. */
static void check_bare(const struct tag_rules *rules, struct loading *loading)
{
    struct bits parents = bits_new(loading->scratch, rules->tags_len);

    for (size_t i = 0; i < rules->tags_len; i++)
        for (size_t j = 0; j < rules->tags[i].parents.len; j++)
            bits_add(parents, rules->tags[i].parents.at[j]);
    for (size_t i = 0; i < rules->tags_len; i++) {
        const struct rule *only = rules->tags[i].rule->first;

        if (only && only->op == OP_ANY && !only->first && !bits_have(parents, i) && !has_entries(rules->tags[i].node))
            report_error(loading->report, rules->tags[i].node,
                         "a rule without a condition; give any, all, none, lang or from, or let another tag imply it");
    }
}

/* --- tags that ask for others --- */

/* Of each tag, those that imply it, in their order. */
static struct ids *children_of_all(const struct tag_rules *rules, struct arena *mem)
{
    struct ids *children = arena_zero(mem, rules->tags_len * sizeof *children);

    for (size_t i = 0; i < rules->tags_len; i++)
        for (size_t j = 0; j < rules->tags[i].parents.len; j++)
            children[rules->tags[i].parents.at[j]].len++;
    for (size_t i = 0; i < rules->tags_len; i++) {
        children[i].at = arena_take(mem, children[i].len * sizeof *children[i].at);
        children[i].len = 0;
    }
    for (uint32_t i = 0; i < rules->tags_len; i++)
        for (size_t j = 0; j < rules->tags[i].parents.len; j++) {
            struct ids *of = &children[rules->tags[i].parents.at[j]];

            of->at[of->len++] = i;
        }
    return children;
}

/* A walk over tags that ask for tags. */
struct ref_walk {
    const struct tag_rules *rules;
    const struct tag_refs *refs;
    struct report *report;
    struct bits done, current;
};

/* The first {tag: …} of a tag or of one behind it: they are in the order of their tags. */
static size_t first_ref(const struct tag_refs *refs, uint32_t tag)
{
    size_t low = 0, high = refs->len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (refs->at[middle].from < tag)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void follow_refs(struct ref_walk *walk, uint32_t tag, int depth);

static void follow_ref(struct ref_walk *walk, const struct tag_ref *ref, uint32_t to, int depth)
{
    if (bits_have(walk->current, to))
        report_error(
            walk->report, ref->at,
            "\"%.*s\" asks for itself by way of {tag: %.*s}; take one out of the circle, as none of them could "
            "be decided first",
            SPAN_ARGS(walk->rules->tags[to].name), SPAN_ARGS(ref->at->text));
    else if (depth == GENERATIONS_MAX)
        report_error(walk->report, ref->at, "tags ask for tags over more than %d; ask for the last one directly",
                     GENERATIONS_MAX);
    else
        follow_refs(walk, to, depth + 1);
}

/* A tag that is asked for is there by its own rule or by that of a tag that implies it. Each tag is followed once. */
static void follow_refs(struct ref_walk *walk, uint32_t tag, int depth)
{
    const struct tag_refs *refs = walk->refs;

    if (bits_have(walk->done, tag))
        return;
    bits_add(walk->current, tag);
    for (size_t i = first_ref(refs, tag); i < refs->len && refs->at[i].from == tag; i++) {
        const struct ids *children = &walk->rules->children[refs->at[i].to];

        follow_ref(walk, &refs->at[i], refs->at[i].to, depth);
        for (size_t j = 0; j < children->len; j++)
            follow_ref(walk, &refs->at[i], children->at[j], depth);
    }
    bits_drop(walk->current, tag);
    bits_add(walk->done, tag);
}

static void check_refs(struct tag_rules *rules, const struct tag_refs *refs, struct loading *loading)
{
    struct ref_walk walk = {rules, refs, loading->report, bits_new(loading->scratch, rules->tags_len),
                            bits_new(loading->scratch, rules->tags_len)};

    if (!refs->len)
        return;
    rules->children = children_of_all(rules, loading->mem);
    for (size_t i = 0; i < refs->len; i++)
        follow_refs(&walk, refs->at[i].from, 0);
}

void tag_graph_close(struct tag_rules *rules, const struct tag_refs *refs, struct loading *loading)
{
    close_parents(rules, loading);
    check_bare(rules, loading);
    check_refs(rules, refs, loading);
}
