/* Why a tag is on a post, and why another one does not. */
#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/tag_eval.h"

#include <stdlib.h>

enum { TERMS_SHOWN = 5 };

static const char *const place_names[PLACES] = {
    [PLACE_TEXT] = "text",   [PLACE_HASHTAGS] = "hashtags", [PLACE_HANDLE] = "handle",     [PLACE_HOSTS] = "hosts",
    [PLACE_EXTRA] = "extra", [PLACE_LINKS] = "links",       [PLACE_MENTIONS] = "mentions",
};

/* The conditions of a rule that fail, and the one to name. */
struct miss {
    size_t count;
    struct span why;
};

struct teller {
    struct tag_work work;
    struct origin *origin;      /* of the post's text */
    struct span places[PLACES]; /* their folded texts */
    struct tag_explanation *tags;
    size_t *caps; /* room of each tag's hits */
};

/* --- hits --- */

static bool is_but_for_accents(struct span text, struct span term, struct arena *mem)
{
    struct span folded = fold_text(text, mem), folded_term = fold_text(term, mem);
    struct span plain = accents_off(folded, mem), plain_term = accents_off(folded_term, mem);

    return folded.len && !memmem(folded_term.at, folded_term.len, folded.at, folded.len)
           && memmem(plain_term.at, plain_term.len, plain.at, plain.len);
}

static void add_hit(struct teller *teller, const struct firing *firing, struct tag_hit hit)
{
    const struct use *use = &teller->work.rules->uses[firing->use];
    uint32_t tag = teller->work.rules->conditions[use->condition].tag;
    struct tag_explanation *account = &teller->tags[tag];

    hit.term = use->written;
    hit.but_for_accents = use->loose_accents && is_but_for_accents(hit.text, use->written, teller->work.mem);
    hit.place = place_names[firing->place];
    account->hits = arena_room(teller->work.mem, account->hits, account->hits_len, &teller->caps[tag], sizeof hit);
    account->hits[account->hits_len++] = hit;
}

static struct span slice(struct span text, size_t start, size_t end)
{
    return (struct span){text.at + start, end - start};
}

static struct tag_hit hit_at(const struct teller *teller, enum place place, size_t start, size_t end)
{
    struct tag_hit hit = {0};

    if (place == PLACE_TEXT) {
        hit.bytes = origin_of(teller->origin, start, end);
        hit.text = slice(teller->work.reading->post->text, hit.bytes.start, hit.bytes.end);
    } else {
        hit.text = slice(teller->places[place], start, end);
    }
    return hit;
}

/* A place in the text, counted both ways; it only moves on. */
struct cursor {
    size_t at;
    uint32_t code_points;
};

static size_t move_to(struct cursor *cursor, struct span text, uint32_t code_point)
{
    for (; cursor->code_points < code_point && cursor->at < text.len; cursor->code_points++)
        utf8_next(text, &cursor->at);
    return cursor->at;
}

static bool is_hashtag(const struct teller *teller, const struct hashtag *hashtag, struct span folded)
{
    bool loose = teller->work.rules->uses[hashtag->use].loose_accents;

    return span_equal(hashtag->folded, loose ? accents_off(folded, teller->work.mem) : folded);
}

static void add_hashtag(struct teller *teller, const struct entity *entity, struct bytes bytes)
{
    const struct tag_rules *rules = teller->work.rules;
    struct span folded = fold_text(entity->text, teller->work.mem);
    struct span text = slice(teller->work.reading->post->text, bytes.start, bytes.end);

    for (size_t i = 0; i < rules->hashtags_len; i++)
        if (is_hashtag(teller, &rules->hashtags[i], folded) && tag_use_counts(&teller->work, rules->hashtags[i].use))
            add_hit(teller, &(struct firing){rules->hashtags[i].use, PLACE_HASHTAGS, 0, 0},
                    (struct tag_hit){.bytes = bytes, .text = text});
}

/* A firing of a hashtag does not say where, so they are looked for once more. */
static void add_hashtags(struct teller *teller)
{
    const struct entities *entities = &teller->work.found->entities;
    struct span text = teller->work.reading->post->text;
    struct cursor cursor = {0};

    for (size_t i = 0; i < entities->len; i++) {
        const struct entity *entity = &entities->at[i];
        size_t start = move_to(&cursor, text, entity->start), end = move_to(&cursor, text, entity->end);

        if (entity->kind == ENTITY_HASHTAG)
            add_hashtag(teller, entity, (struct bytes){start, end});
    }
}

static void add_expression(struct teller *teller, const struct firing *firing)
{
    const struct tag_rules *rules = teller->work.rules;
    const struct reading *reading = teller->work.reading;
    uint32_t number = 0;

    while (rules->regexes[number] != firing->use)
        number++;
    struct span text = slice(tag_expression_text(&teller->work, firing->place), firing->start, firing->end);
    struct hits hits = regex_find(reading->patterns, number, text, teller->work.mem);
    for (size_t i = 0; i < hits.len; i++)
        add_hit(teller, firing,
                hit_at(teller, firing->place, firing->start + hits.at[i].start, firing->start + hits.at[i].end));
    if (!hits.len)
        add_hit(teller, firing, (struct tag_hit){0});
}

static void add_firing(struct teller *teller, const struct firing *firing)
{
    if (teller->work.rules->uses[firing->use].is_expression)
        add_expression(teller, firing);
    else if (firing->end)
        add_hit(teller, firing, hit_at(teller, firing->place, firing->start, firing->end));
}

static void add_cancelled(struct teller *teller, const struct cancelled *cancelled)
{
    const struct firing *firing = &cancelled->firing;
    struct tag_hit hit = hit_at(teller, firing->place, firing->start, firing->end);

    if (cancelled->reason == CANCEL_LINK || cancelled->reason == CANCEL_ADDRESS)
        hit.within = cancelled->reason == CANCEL_LINK ? "a link" : "a mention or a mail address";
    else
        *(cancelled->reason == CANCEL_WORD ? &hit.word : &hit.except) =
            matcher_literal(teller->work.reading->matcher, cancelled->by);
    add_hit(teller, firing, hit);
}

static int by_place(const void *left, const void *right)
{
    const struct tag_hit *a = left, *b = right;

    if (!a->bytes.end != !b->bytes.end)
        return a->bytes.end ? -1 : 1;
    if (a->bytes.start != b->bytes.start)
        return a->bytes.start < b->bytes.start ? -1 : 1;
    return (a->bytes.end > b->bytes.end) - (a->bytes.end < b->bytes.end);
}

static void add_hits(struct teller *teller)
{
    for (size_t i = 0; i < teller->work.firings_len; i++)
        add_firing(teller, &teller->work.firings[i]);
    add_hashtags(teller);
    for (size_t i = 0; i < teller->work.cancelled_len; i++)
        add_cancelled(teller, &teller->work.cancelled[i]);
    for (size_t i = 0; i < teller->work.rules->tags_len; i++)
        if (teller->tags[i].hits_len)
            qsort(teller->tags[i].hits, teller->tags[i].hits_len, sizeof *teller->tags[i].hits, by_place);
}

/* --- what failed --- */

static bool has_name(struct spans names, struct span name)
{
    for (size_t i = 0; i < names.len; i++)
        if (span_equal(names.at[i], name))
            return true;
    return false;
}

static struct span listed(struct spans names, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (size_t i = 0; i < names.len && i < TERMS_SHOWN; i++)
        buf_format(&out, "%s%.*s", i ? ", " : "", SPAN_ARGS(names.at[i]));
    if (names.len > TERMS_SHOWN)
        buf_format(&out, " and %zu more", names.len - TERMS_SHOWN);
    return buf_span(&out);
}

/* The terms of a condition as written; only those that fired, or all. */
static struct spans terms_of(const struct tag_work *work, uint32_t condition, bool that_fired)
{
    size_t len = that_fired ? work->firings_len : work->rules->uses_len;
    struct spans terms = {arena_take(work->mem, len * sizeof *terms.at), 0};

    for (size_t i = 0; i < len; i++) {
        const struct use *use = &work->rules->uses[that_fired ? work->firings[i].use : i];

        if (use->condition == condition && !has_name(terms, use->written))
            terms.at[terms.len++] = use->written;
    }
    return terms;
}

static bool is_touched(struct tag_work *work, const struct rule *rule)
{
    if (rule->op == OP_HITS)
        return tag_hits(work, rule->condition) > 0;
    if (rule->op == OP_TAG)
        return tag_is_on(work, rule->tag);
    for (const struct rule *part = rule->first; part; part = part->next)
        if (is_touched(work, part))
            return true;
    return false;
}

static struct miss miss_of(struct tag_work *work, const struct rule *rule);

static struct miss one(struct span why)
{
    return (struct miss){1, why};
}

static struct miss miss_of_hits(struct tag_work *work, const struct rule *rule)
{
    struct spans terms = terms_of(work, rule->condition, false);

    return one(span_format(work->mem, terms.len == 1 ? "%.*s is not there" : "none of %.*s is there",
                           SPAN_ARGS(listed(terms, work->mem))));
}

/* Of several ways to hold, the one of which something was hit; of those the nearest. */
static struct miss miss_of_any(struct tag_work *work, const struct rule *rule)
{
    struct miss best = {SIZE_MAX, {0}};
    bool best_touched = false;

    if (rule->min > 1)
        return one(span_format(work->mem, "only %lld of min %lld hits", (long long)tag_rule_count(work, rule),
                               (long long)rule->min));
    for (const struct rule *part = rule->first; part; part = part->next) {
        bool touched = is_touched(work, part);
        struct miss miss = miss_of(work, part);

        if ((touched && !best_touched) || (touched == best_touched && miss.count < best.count))
            best = miss;
        best_touched |= touched;
    }
    return best;
}

static struct miss miss_of_all(struct tag_work *work, const struct rule *rule)
{
    struct miss sum = {0};

    for (const struct rule *part = rule->first; part; part = part->next) {
        struct miss miss = miss_of(work, part);

        if (!sum.count)
            sum.why = miss.why;
        sum.count += miss.count;
    }
    return sum;
}

static struct span why_it_stands(struct tag_work *work, const struct rule *part)
{
    if (part->op == OP_HITS)
        return span_format(work->mem, "%.*s of `none` is there",
                           SPAN_ARGS(listed(terms_of(work, part->condition, true), work->mem)));
    if (part->op == OP_TAG)
        return span_format(work->mem, "it has the tag %.*s of `none`", SPAN_ARGS(work->rules->tags[part->tag].name));
    if (part->op == OP_FROM)
        return span_format(work->mem, "@%.*s is listed in `not_from`", SPAN_ARGS(work->reading->post->author.handle));
    return span_format(work->mem, "the rule in `none` of line %d holds", part->node->line);
}

static struct miss miss_of_none(struct tag_work *work, const struct rule *rule)
{
    struct miss sum = {0};

    for (const struct rule *part = rule->first; part; part = part->next) {
        if (!tag_rule_holds(work, part))
            continue;
        if (!sum.count++)
            sum.why = why_it_stands(work, part);
    }
    return sum;
}

static struct miss miss_of_from(struct tag_work *work)
{
    struct span handle = work->reading->post->author.handle;

    return one(handle.len ? span_format(work->mem, "@%.*s is not listed in `from`", SPAN_ARGS(handle))
                          : SPAN("`from` lists handles, and the post's is not known"));
}

/* The least distance of the conditions in one place; -1 if not all of them are there. */
static int64_t distance_in(const struct tag_work *work, const struct rule *rule, enum place place)
{
    const struct firing **latest = arena_zero(work->mem, rule->conditions.len * sizeof *latest);
    struct span text = tag_place_text(work, place);
    uint32_t least = UINT32_MAX;
    int64_t distance = -1;

    for (size_t i = 0; i < work->firings_len; i++) {
        const struct firing *firing = &work->firings[i];

        for (size_t j = 0; j < rule->conditions.len; j++)
            if (firing->place == place && work->rules->uses[firing->use].condition == rule->conditions.at[j])
                latest[j] = firing;
        uint32_t end = UINT32_MAX, start = 0;
        size_t there = 0;

        for (; there < rule->conditions.len && latest[there]; there++)
            tag_spread(latest[there], &end, &start);
        if (there < rule->conditions.len || start <= end || start - end >= least
            || tag_piece_end(text, place, end) < start)
            continue;
        least = start - end;
        distance = (int64_t)utf8_count(slice(text, end, start));
    }
    return distance;
}

/* Where a term is missing altogether, `all` says so. */
static struct miss miss_of_near(struct tag_work *work, const struct rule *rule)
{
    int64_t distance = -1;

    for (size_t i = 0; i < rule->conditions.len; i++)
        if (!tag_hits(work, rule->conditions.at[i]))
            return (struct miss){0};
    for (int place = 0; place < PLACES; place++) {
        int64_t here = distance_in(work, rule, (enum place)place);

        if (here >= 0 && (distance < 0 || here < distance))
            distance = here;
    }
    if (distance < 0)
        return one(span_format(work->mem, "near %lld: they are in different texts", (long long)rule->min));
    return one(span_format(work->mem, "near %lld: %lld apart", (long long)rule->min, (long long)distance));
}

static struct miss miss_of(struct tag_work *work, const struct rule *rule)
{
    if (tag_rule_holds(work, rule))
        return (struct miss){0};
    switch (rule->op) {
    case OP_HITS: return miss_of_hits(work, rule);
    case OP_ANY: return miss_of_any(work, rule);
    case OP_ALL: return miss_of_all(work, rule);
    case OP_NONE: return miss_of_none(work, rule);
    case OP_FROM: return miss_of_from(work);
    case OP_NEAR: return miss_of_near(work, rule);
    case OP_TAG: return one(span_format(work->mem, "it has no tag %.*s", SPAN_ARGS(work->rules->tags[rule->tag].name)));
    case OP_LANG: break;
    }
    return one(span_format(work->mem, "lang is %.*s, not %.*s", SPAN_ARGS(work->found->lang),
                           SPAN_ARGS(listed(rule->names, work->mem))));
}

/* --- tags --- */

static void add_parents(struct teller *teller, size_t tag)
{
    const struct tag_rules *rules = teller->work.rules;
    const struct ids *parents = &rules->tags[tag].parents;

    for (size_t i = 0; i < parents->len; i++) {
        struct tag_explanation *parent = &teller->tags[parents->at[i]];

        if (!parent->implied_by)
            parent->implied_by = arena_take(teller->work.mem, rules->tags_len * sizeof *parent->implied_by);
        parent->implied_by[parent->implied_by_len++] = rules->tags[tag].name;
    }
}

static void tell(struct teller *teller, size_t i)
{
    const struct tag *tag = &teller->work.rules->tags[i];
    struct tag_explanation *account = &teller->tags[i];

    account->name = tag->name;
    account->node = tag->node;
    account->fires = bits_have(teller->work.fires, i);
    if (account->fires)
        add_parents(teller, i);
    else if (bits_have(teller->work.touched, i)) {
        struct miss miss = miss_of(&teller->work, tag->rule);

        account->missed = miss.count == 1 ? miss.why : (struct span){0};
    }
}

struct tag_explanations tags_explain(const void *tags, const struct reading *reading, const struct found *found,
                                     struct arena *mem)
{
    const struct tag_rules *rules = tags;
    struct teller teller = {
        .work = {.rules = rules, .reading = reading, .found = found, .mem = mem, .record_all = true},
    };

    if (!rules->on || !reading->has_text)
        return (struct tag_explanations){0};
    tag_work_run(&teller.work);
    teller.origin = origin_new(reading->post->text, mem);
    for (int place = 0; place < PLACES; place++)
        teller.places[place] = tag_place_text(&teller.work, (enum place)place);
    teller.tags = arena_zero(mem, rules->tags_len * sizeof *teller.tags);
    teller.caps = arena_zero(mem, rules->tags_len * sizeof *teller.caps);
    add_hits(&teller);
    for (size_t i = 0; i < rules->tags_len; i++)
        tell(&teller, i);
    return (struct tag_explanations){teller.tags, rules->tags_len};
}
