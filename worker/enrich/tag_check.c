#include "worker/enrich/tag_check.h"

enum { NAMES_MAX = 16 };

/* Lists of names of which a post has to be in each. */
struct asked_names {
    const struct rule *at[NAMES_MAX];
    size_t len;
};

/* What one tag asks for, and what it rules out. */
struct asked {
    const struct tag_rules *rules;
    struct loading *loading;
    struct asked_names langs, authors;
    const struct rule *author_groups[NAMES_MAX]; /* of not_from */
    size_t author_groups_len;
    const struct rule **tags, **hits; /* asked for: of OP_TAG; of OP_HITS and of OP_ANY over hits alone */
    size_t tags_len, tags_cap, hits_len, hits_cap;
    struct dict *no_tags;  /* by name: tags that are ruled out */
    struct dict *no_terms; /* terms that are, as written */
    const uint32_t *next;  /* by use: the next one of its condition */
    const uint32_t *first; /* by condition: its first use */
};

static bool has_name(const struct spans *names, struct span name)
{
    for (size_t i = 0; i < names->len; i++)
        if (span_equal(names->at[i], name))
            return true;
    return false;
}

static bool share_a_name(const struct spans *left, const struct spans *right)
{
    for (size_t i = 0; i < left->len; i++)
        if (has_name(right, left->at[i]))
            return true;
    return false;
}

static void ask_for_names(struct asked *asked, struct asked_names *names, const struct rule *rule, const char *what)
{
    for (size_t i = 0; i < names->len; i++)
        if (!share_a_name(&names->at[i]->names, &rule->names)) {
            report_warning(asked->loading->report, rule->node,
                           "this never holds: no %s is both here and at line %d, and both are asked for", what,
                           names->at[i]->node->line);
            return;
        }
    if (names->len < NAMES_MAX)
        names->at[names->len++] = rule;
}

static void add_rule(struct asked *asked, const struct rule ***list, size_t *len, size_t *cap, const struct rule *rule)
{
    *list = arena_room(asked->loading->scratch, *list, *len, cap, sizeof **list);
    (*list)[(*len)++] = rule;
}

static void rule_out_terms(struct asked *asked, const struct rule *hits)
{
    for (uint32_t use = asked->first[hits->condition]; use != NO_USE; use = asked->next[use])
        dict_add(asked->no_terms, asked->rules->uses[use].written, asked);
}

static void rule_out(struct asked *asked, const struct rule *none)
{
    for (const struct rule *part = none->first; part; part = part->next) {
        if (part->op == OP_TAG)
            dict_add(asked->no_tags, asked->rules->tags[part->tag].name, asked);
        else if (part->op == OP_HITS)
            rule_out_terms(asked, part);
        else if (part->op == OP_FROM && asked->author_groups_len < NAMES_MAX)
            asked->author_groups[asked->author_groups_len++] = part;
    }
}

static bool has_hits_alone(const struct rule *any)
{
    for (const struct rule *part = any->first; part; part = part->next)
        if (part->op != OP_HITS)
            return false;
    return any->first;
}

static void ask_for(struct asked *asked, const struct rule *rule)
{
    switch (rule->op) {
    case OP_LANG: ask_for_names(asked, &asked->langs, rule, "language"); break;
    case OP_FROM: ask_for_names(asked, &asked->authors, rule, "author"); break;
    case OP_TAG: add_rule(asked, &asked->tags, &asked->tags_len, &asked->tags_cap, rule); break;
    case OP_HITS: add_rule(asked, &asked->hits, &asked->hits_len, &asked->hits_cap, rule); break;
    case OP_NONE: rule_out(asked, rule); break;
    case OP_ANY:
        if (has_hits_alone(rule))
            add_rule(asked, &asked->hits, &asked->hits_len, &asked->hits_cap, rule);
        else if (rule->first && !rule->first->next)
            ask_for(asked, rule->first);
        break;
    case OP_ALL:
        for (const struct rule *part = rule->first; part; part = part->next)
            ask_for(asked, part);
        break;
    case OP_NEAR: break;
    }
}

/* --- what is asked for and ruled out --- */

static void check_tag(const struct asked *asked, const struct rule *rule)
{
    const struct tag *tag = &asked->rules->tags[rule->tag];
    struct span out = dict_find(asked->no_tags, tag->name) ? tag->name : (struct span){0};

    for (size_t i = 0; !out.len && i < tag->parents.len; i++)
        if (dict_find(asked->no_tags, asked->rules->tags[tag->parents.at[i]].name))
            out = asked->rules->tags[tag->parents.at[i]].name;
    if (out.len)
        report_warning(asked->loading->report, rule->node,
                       "this never holds: a post with the tag \"%.*s\" has \"%.*s\" too, which is in none",
                       SPAN_ARGS(tag->name), SPAN_ARGS(out));
}

static bool is_ruled_out(const struct asked *asked, const struct rule *hits)
{
    uint32_t use = asked->first[hits->condition];

    for (; use != NO_USE; use = asked->next[use])
        if (!dict_find(asked->no_terms, asked->rules->uses[use].written))
            return false;
    return asked->first[hits->condition] != NO_USE;
}

static void check_hits(const struct asked *asked, const struct rule *rule)
{
    const struct rule *hits = rule->op == OP_ANY ? rule->first : rule;

    for (; hits; hits = rule->op == OP_ANY ? hits->next : NULL)
        if (!is_ruled_out(asked, hits))
            return;
    hits = rule->op == OP_ANY ? rule->first : rule;
    report_warning(asked->loading->report, hits->node,
                   "this never holds: each of these terms is in none too; take it out of one");
}

static void check_authors(const struct asked *asked, const struct rule *from)
{
    for (size_t i = 0; i < asked->author_groups_len; i++) {
        size_t out = 0;

        while (out < from->names.len && has_name(&asked->author_groups[i]->names, from->names.at[out]))
            out++;
        if (from->names.len && out == from->names.len)
            report_warning(asked->loading->report, from->node, "this never holds: each of these is in not_from too");
    }
}

static void check_one(struct asked *asked, const struct tag *tag)
{
    asked->no_tags = dict_new(asked->loading->scratch);
    asked->no_terms = dict_new(asked->loading->scratch);
    ask_for(asked, tag->rule);
    for (size_t i = 0; i < asked->tags_len; i++)
        check_tag(asked, asked->tags[i]);
    for (size_t i = 0; i < asked->hits_len; i++)
        check_hits(asked, asked->hits[i]);
    for (size_t i = 0; i < asked->authors.len; i++)
        check_authors(asked, asked->authors.at[i]);
}

/* By condition its uses, in the order of the rules. */
static void index_uses(struct asked *asked)
{
    const struct tag_rules *rules = asked->rules;
    uint32_t *next = arena_take(asked->loading->scratch, rules->uses_len * sizeof *next);
    uint32_t *first = arena_take(asked->loading->scratch, rules->conditions_len * sizeof *first);

    for (size_t i = 0; i < rules->conditions_len; i++)
        first[i] = NO_USE;
    for (uint32_t i = (uint32_t)rules->uses_len; i--;) {
        next[i] = first[rules->uses[i].condition];
        first[rules->uses[i].condition] = i;
    }
    asked->next = next;
    asked->first = first;
}

void tag_rules_check(const struct tag_rules *rules, struct loading *loading)
{
    struct asked indexed = {.rules = rules, .loading = loading};

    index_uses(&indexed);
    for (size_t i = 0; i < rules->tags_len; i++) {
        struct asked asked = indexed;

        if (rules->tags[i].rule && rules->tags[i].rule->first)
            check_one(&asked, &rules->tags[i]);
    }
}
