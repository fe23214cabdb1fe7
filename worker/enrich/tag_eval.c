#include "worker/enrich/tag_eval.h"
#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/known_words.h"

#include <stdlib.h>

/* --- where terms are looked for --- */

static struct span without_scheme(struct span url)
{
    static const char *const schemes[] = {"https://", "http://"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct span scheme = span_of(schemes[i]);

        if (url.len > scheme.len && strncasecmp(url.at, scheme.at, scheme.len) == 0)
            return (struct span){url.at + scheme.len, url.len - scheme.len};
    }
    return url;
}

static struct span host_of(struct span url)
{
    struct span host = without_scheme(url);
    size_t len = 0;

    while (len < host.len && host.at[len] != '/' && host.at[len] != '?' && host.at[len] != '#' && host.at[len] != ':')
        len++;
    return (struct span){host.at, len};
}

static struct span joined(const struct tag_work *work, enum entity_kind kind, bool hosts)
{
    const struct entities *entities = &work->found->entities;
    struct buf out = buf_in(work->mem);

    for (size_t i = 0; i < entities->len; i++) {
        struct span text = entities->at[i].text;

        if (entities->at[i].kind != kind)
            continue;
        buf_put(&out, hosts ? host_of(text) : text);
        buf_char(&out, POST_TEXTS_APART);
    }
    return buf_span(&out);
}

struct span tag_place_text(const struct tag_work *work, enum place place)
{
    switch (place) {
    case PLACE_HASHTAGS: return fold_text(joined(work, ENTITY_HASHTAG, false), work->mem);
    case PLACE_HOSTS: return fold_text(joined(work, ENTITY_URL, true), work->mem);
    case PLACE_LINKS: return fold_text(joined(work, ENTITY_URL, false), work->mem);
    case PLACE_MENTIONS: return fold_text(joined(work, ENTITY_MENTION, false), work->mem);
    case PLACE_EXTRA: return fold_text(work->reading->post->extra, work->mem);
    case PLACE_HANDLE: return fold_text(work->reading->post->author.handle, work->mem);
    default: return work->reading->folded;
    }
}

static struct references references_in(const struct tag_work *work, enum place place, struct span folded)
{
    if (place == PLACE_TEXT)
        return references_of_post(work->reading, work->found, work->mem);
    return references_of(work->reading->post->extra, folded, work->mem);
}

/* The other places are links and names themselves. */
static bool has_references(enum place place)
{
    return place == PLACE_TEXT || place == PLACE_EXTRA;
}

struct span tag_expression_text(const struct tag_work *work, enum place place)
{
    struct span folded = tag_place_text(work, place);
    struct references references = references_in(work, place, folded);

    return has_references(place) ? references_hidden(&references) : folded;
}

/* What a post says is one text, whatever signs are in it. */
uint32_t tag_piece_end(struct span folded, enum place place, uint32_t from)
{
    const char *end = place == PLACE_TEXT || from >= folded.len
                          ? NULL
                          : memchr(folded.at + from, POST_TEXTS_APART, folded.len - from);

    return (uint32_t)(end ? (size_t)(end - folded.at) : folded.len);
}

/* --- hits --- */

/* The tally of a condition, or the place for it. */
static struct tally *tally_of(const struct tag_work *work, uint32_t condition)
{
    size_t mask = work->tallies_cap - 1, i = condition & mask;

    while (work->tallies[i].hits && work->tallies[i].condition != condition)
        i = (i + 1) & mask;
    return &work->tallies[i];
}

/* At most half of the places are taken. */
static void make_room(struct tag_work *work)
{
    enum { FIRST = 16 };
    struct tally *old = work->tallies;
    size_t old_cap = work->tallies_cap;

    if (work->tallies_len < old_cap / 2)
        return;
    work->tallies_cap = old_cap ? old_cap * 2 : FIRST;
    work->tallies = arena_zero(work->mem, work->tallies_cap * sizeof *work->tallies);
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].hits)
            *tally_of(work, old[i].condition) = old[i];
}

static struct tally *tally(struct tag_work *work, uint32_t condition)
{
    make_room(work);
    struct tally *tally = tally_of(work, condition);
    work->tallies_len += !tally->hits;
    tally->condition = condition;
    tally->hits++;
    return tally;
}

uint32_t tag_hits(const struct tag_work *work, uint32_t condition)
{
    return work->tallies_len ? tally_of(work, condition)->hits : 0;
}

void tag_spread(const struct firing *firing, uint32_t *end, uint32_t *start)
{
    *end = firing->end < *end ? firing->end : *end;
    *start = firing->start > *start ? firing->start : *start;
}

enum { POINTS_BLOCK = 256 /* bytes */ };

static void count_points(struct tag_work *work)
{
    struct span text = work->folded;
    size_t blocks = text.len / POINTS_BLOCK + 1;
    uint32_t points = 0;

    work->points = arena_take(work->mem, blocks * sizeof *work->points);
    for (size_t i = 0; i < blocks; i++) {
        size_t from = i * POINTS_BLOCK, len = text.len - from < POINTS_BLOCK ? text.len - from : POINTS_BLOCK;

        work->points[i] = points;
        points += (uint32_t)utf8_count((struct span){text.at + from, len});
    }
}

static int64_t points_before(const struct tag_work *work, uint32_t at)
{
    uint32_t from = at / POINTS_BLOCK * POINTS_BLOCK;

    return work->points[at / POINTS_BLOCK] + (int64_t)utf8_count((struct span){work->folded.at + from, at - from});
}

/* Code points of a part of the text. Long ones are counted from blocks, so that no byte is counted for every hit. */
static int64_t points_between(struct tag_work *work, uint32_t from, uint32_t to)
{
    if (to - from <= POINTS_BLOCK)
        return (int64_t)utf8_count((struct span){work->folded.at + from, to - from});
    if (!work->points)
        count_points(work);
    return points_before(work, to) - points_before(work, from);
}

static bool is_within(struct tag_work *work, uint32_t end, uint32_t start, int64_t distance)
{
    enum { BYTES_MAX = 4 };

    if (start <= end || start - end <= distance)
        return true;
    return start - end <= distance * BYTES_MAX && points_between(work, end, start) <= distance;
}

/* Hits of one text come by their end: with each as the last, the latest of the others are the nearest. */
static void look_near(struct tag_work *work, const struct rule *rule, struct tally *here, const struct firing *firing)
{
    uint32_t end = UINT32_MAX, start = 0;

    if (!here->nearby)
        here->nearby = arena_zero(work->mem, sizeof *here->nearby);
    here->nearby->latest = *firing;
    here->nearby->piece = work->piece;
    for (size_t i = 0; !here->nearby->holds && i < rule->conditions.len; i++) {
        const struct tally *tally = tally_of(work, rule->conditions.at[i]);

        if (!tally->hits || tally->nearby->piece != work->piece)
            return;
        tag_spread(&tally->nearby->latest, &end, &start);
    }
    here->nearby->holds |= is_within(work, end, start, rule->min);
}

/* Matched terms are listed once each: what fires again need not be kept. */
static bool is_first(struct tag_work *work, uint32_t use)
{
    uint32_t alike = work->rules->uses[use].alike;

    if (!work->rules->matched || bits_have(work->listed, alike))
        return false;
    bits_add(work->listed, alike);
    return true;
}

static void count(struct tag_work *work, uint32_t use, struct firing firing)
{
    uint32_t number = work->rules->uses[use].condition;
    const struct condition *condition = &work->rules->conditions[number];

    struct tally *here = tally(work, number);

    bits_add(work->touched, condition->tag);
    if (condition->near)
        look_near(work, condition->near, here, &firing);
    if (!work->record_all && !is_first(work, use))
        return;
    work->firings = arena_room(work->mem, work->firings, work->firings_len, &work->firings_cap, sizeof *work->firings);
    work->firings[work->firings_len++] = firing;
}

static bool is_listed(struct ids terms, uint32_t term)
{
    for (size_t i = 0; i < terms.len; i++)
        if (terms.at[i] == term)
            return true;
    return false;
}

/* The first that ends where this one does. */
static size_t first_alike(const struct hits *hits, size_t at)
{
    while (at && hits->at[at - 1].end == hits->at[at].end)
        at--;
    return at;
}

/* The hit of an except, a whole word of its script, that covers this one; NULL if there is none. */
static const struct hit *cover_of(const struct tag_work *work, const struct use *use, size_t at)
{
    const struct hit *hit = &work->hits->at[at];

    if (!use->excepts.len)
        return NULL;
    for (size_t i = first_alike(work->hits, at); i < work->hits->len; i++) {
        const struct hit *cover = &work->hits->at[i];

        if (cover->end > hit->start + work->longest_cover)
            return NULL;
        if (cover->start <= hit->start && (use->loose_accents || !hit_is_loose(cover))
            && is_listed(use->excepts, hit_term(cover))
            && literal_stands(work->folded, cover->start, cover->end, false))
            return cover;
    }
    return NULL;
}

/* The known word across an edge of the hit. */
static const struct hit *cut_of(const struct tag_work *work, const struct use *use, size_t at)
{
    if (use->loose_edges || !work->rules->longest_word)
        return NULL;
    return known_word_across(work->rules, work->folded, work->hits, at);
}

/* --- what counts --- */

static bool is_named(const struct spans *names, struct span name)
{
    for (size_t i = 0; i < names->len; i++)
        if (span_equal(names->at[i], name))
            return true;
    return false;
}

bool tag_use_counts(const struct tag_work *work, uint32_t use)
{
    const struct spans *langs = work->rules->uses[use].langs;

    return !langs || is_named(langs, work->found->lang);
}

static void cancel(struct tag_work *work, struct firing firing, enum cancel_reason reason, uint32_t by)
{
    if (!work->record_all)
        return;
    work->cancelled =
        arena_room(work->mem, work->cancelled, work->cancelled_len, &work->cancelled_cap, sizeof *work->cancelled);
    work->cancelled[work->cancelled_len++] = (struct cancelled){firing, reason, by};
}

static enum reference_kind reference_about(struct tag_work *work, struct firing firing)
{
    return has_references(firing.place) ? references_about(&work->references, firing.start, firing.end)
                                        : REFERENCE_NONE;
}

static void count_use(struct tag_work *work, size_t at, struct firing firing)
{
    const struct use *use = &work->rules->uses[firing.use];
    const struct hit *by;
    enum reference_kind within;

    if ((by = cut_of(work, use, at)))
        cancel(work, firing, CANCEL_WORD, by->term);
    else if ((by = cover_of(work, use, at)))
        cancel(work, firing, CANCEL_EXCEPT, hit_term(by));
    else if ((within = reference_about(work, firing)))
        cancel(work, firing, within == REFERENCE_LINK ? CANCEL_LINK : CANCEL_ADDRESS, 0);
    else
        count(work, firing.use, firing);
}

static void count_hit(struct tag_work *work, size_t at, enum place place)
{
    const struct tag_rules *rules = work->rules;
    const struct hit *hit = &work->hits->at[at];

    for (uint32_t i = rules->terms[hit_term(hit)].first_use; i != NO_USE; i = rules->uses[i].next) {
        const struct use *use = &rules->uses[i];

        if (use->places & 1u << place && (use->loose_accents || !hit_is_loose(hit))
            && literal_fits(work->folded, hit->start, hit->end, use->whole, use->open) && tag_use_counts(work, i))
            count_use(work, at, (struct firing){i, place, hit->start, hit->end});
    }
}

static void next_piece(struct tag_work *work, enum place place, uint32_t from)
{
    work->piece++;
    work->piece_end = tag_piece_end(work->folded, place, from);
}

/* Bytes of the longest except that may be in the text: one that is found without accents may be longer there. */
static uint32_t longest_cover(const struct tag_rules *rules, const struct hits *hits, bool any_loose)
{
    uint32_t longest = rules->longest_except;

    for (size_t i = 0; any_loose && i < hits->len; i++)
        if (hit_is_loose(&hits->at[i]) && hits->at[i].end - hits->at[i].start > longest)
            longest = hits->at[i].end - hits->at[i].start;
    return longest;
}

static void count_place(struct tag_work *work, enum place place, const struct hits *exact)
{
    const struct hits loose =
        work->rules->loose_accents ? accents_find(work->reading->matcher, work->folded, *exact, work->mem) : *exact;
    const struct hits *hits = &loose;

    work->hits = hits;
    work->longest_cover = longest_cover(work->rules, hits, hits->len != exact->len);
    work->points = NULL;
    work->references = references_in(work, place, work->folded);
    next_piece(work, place, 0);
    for (size_t i = 0; i < hits->len; i++) {
        if (hit_term(&hits->at[i]) >= work->rules->terms_len)
            continue;
        while (hits->at[i].start > work->piece_end)
            next_piece(work, place, work->piece_end + 1);
        count_hit(work, i, place);
    }
}

static void count_expressions_in(struct tag_work *work, enum place place, uint32_t start, uint32_t end,
                                 struct span text)
{
    const struct reading *reading = work->reading;
    struct regex_hits hits = regex_run(reading->patterns, (struct span){text.at + start, end - start}, work->mem);

    for (size_t i = 0; i < hits.len; i++) {
        uint32_t use = work->rules->regexes[hits.at[i]];

        if (work->rules->uses[use].places & 1u << place && tag_use_counts(work, use))
            count(work, use, (struct firing){use, place, start, end});
    }
}

/* Each text alone, so that none matches over two of them. */
static void count_expressions(struct tag_work *work, enum place place)
{
    struct span text = tag_expression_text(work, place);
    uint32_t start = 0;

    do {
        uint32_t end = tag_piece_end(text, place, start);

        count_expressions_in(work, place, start, end, text);
        start = end + 1;
    } while (start < text.len);
}

/* `loose`: the text is without its accents, for terms that are too. */
static void count_hashtag(struct tag_work *work, struct span folded, bool loose)
{
    const struct tag_rules *rules = work->rules;
    struct hashtag wanted = {.folded = folded};
    const struct hashtag *end = rules->hashtags + rules->hashtags_len;
    const struct hashtag *at = bsearch(&wanted, rules->hashtags, rules->hashtags_len, sizeof wanted, span_order);

    if (!at)
        return;
    while (at > rules->hashtags && span_equal(at[-1].folded, wanted.folded))
        at--;
    for (; at < end && span_equal(at->folded, wanted.folded); at++)
        if (tag_use_counts(work, at->use) && (!loose || rules->uses[at->use].loose_accents))
            count(work, at->use, (struct firing){at->use, PLACE_HASHTAGS, 0, 0});
}

static void count_hashtags(struct tag_work *work)
{
    const struct entities *entities = &work->found->entities;

    for (size_t i = 0; work->rules->hashtags_len && i < entities->len; i++) {
        if (entities->at[i].kind != ENTITY_HASHTAG)
            continue;
        struct span folded = fold_text(entities->at[i].text, work->mem);
        struct span plain = work->rules->loose_accents ? accents_off(folded, work->mem) : folded;

        count_hashtag(work, folded, false);
        if (!span_equal(plain, folded))
            count_hashtag(work, plain, true);
    }
}

static void count_all(struct tag_work *work)
{
    const struct tag_rules *rules = work->rules;
    const struct reading *reading = work->reading;

    work->folded = reading->folded;
    count_place(work, PLACE_TEXT, &reading->hits);
    for (int place = PLACE_TEXT + 1; place < PLACES; place++) {
        if (!(rules->places & 1u << place))
            continue;
        work->folded = tag_place_text(work, (enum place)place);
        struct hits hits = matcher_run(reading->matcher, work->folded, work->mem);
        count_place(work, (enum place)place, &hits);
    }
    for (int place = PLACE_TEXT; place < PLACES; place++)
        if (rules->regex_places & 1u << place)
            count_expressions(work, (enum place)place);
    count_hashtags(work);
}

/* --- rules --- */

static bool is_from(const struct tag_work *work, const struct spans *handles)
{
    struct span handle = work->handle;

    return handle.len && handles->len && bsearch(&handle, handles->at, handles->len, sizeof handle, span_order);
}

static bool is_near(const struct tag_work *work, const struct rule *rule)
{
    for (size_t i = 0; work->tallies_len && i < rule->conditions.len; i++) {
        const struct tally *tally = tally_of(work, rule->conditions.at[i]);

        if (tally->hits && tally->nearby->holds)
            return true;
    }
    return false;
}

/* What a part adds to the hits of an `any`. */
static int64_t weigh(struct tag_work *work, const struct rule *rule)
{
    return rule->op == OP_HITS ? tag_hits(work, rule->condition) : tag_rule_holds(work, rule);
}

int64_t tag_rule_count(struct tag_work *work, const struct rule *rule)
{
    int64_t sum = 0;

    for (const struct rule *part = rule->first; part; part = part->next)
        sum += weigh(work, part);
    return sum;
}

static bool parts_hold(struct tag_work *work, const struct rule *rule)
{
    int64_t sum = tag_rule_count(work, rule);

    return rule->op == OP_ANY ? sum >= rule->min : sum == 0;
}

static bool all_hold(struct tag_work *work, const struct rule *rule)
{
    for (const struct rule *part = rule->first; part; part = part->next)
        if (!tag_rule_holds(work, part))
            return false;
    return true;
}

bool tag_rule_holds(struct tag_work *work, const struct rule *rule)
{
    switch (rule->op) {
    case OP_HITS: return tag_hits(work, rule->condition) > 0;
    case OP_LANG: return is_named(&rule->names, work->found->lang);
    case OP_FROM: return is_from(work, &rule->names);
    case OP_ALL: return all_hold(work, rule);
    case OP_NEAR: return is_near(work, rule);
    case OP_TAG: return tag_is_on(work, rule->tag);
    default: return parts_hold(work, rule);
    }
}

/* Each tag is decided once: others may ask for it again and again. */
static bool holds_itself(struct tag_work *work, size_t tag)
{
    if (bits_have(work->decided, tag))
        return bits_have(work->fires, tag);
    bool holds = tag_rule_holds(work, work->rules->tags[tag].rule);
    bits_add(work->decided, tag);
    if (holds)
        bits_add(work->fires, tag);
    return holds;
}

bool tag_is_on(struct tag_work *work, uint32_t tag)
{
    const struct ids *children = &work->rules->children[tag];
    bool on = holds_itself(work, tag);

    for (size_t i = 0; !on && i < children->len; i++)
        on = holds_itself(work, children->at[i]);
    return on;
}

static void fire(struct tag_work *work, size_t number)
{
    const struct ids *parents = &work->rules->tags[number].parents;

    bits_add(work->fires, number);
    for (size_t i = 0; i < parents->len; i++)
        bits_add(work->implied, parents->at[i]);
}

void tag_work_run(struct tag_work *work)
{
    const struct tag_rules *rules = work->rules;

    struct bits asked = bits_new(work->mem, rules->tags_len);

    work->touched = bits_new(work->mem, rules->tags_len);
    work->fires = bits_new(work->mem, rules->tags_len);
    work->implied = bits_new(work->mem, rules->tags_len);
    work->decided = bits_new(work->mem, rules->children ? rules->tags_len : 0);
    work->listed = bits_new(work->mem, rules->matched ? rules->uses_len : 0);
    if (rules->asks_handle)
        work->handle = fold_text(work->reading->post->author.handle, work->mem);
    count_all(work);
    bits_add_all(asked, work->touched);
    bits_add_all(asked, rules->without_hits);
    for (size_t i = bits_next(asked, 0); i < asked.bound; i = bits_next(asked, i + 1))
        if (rules->children ? holds_itself(work, i) : tag_rule_holds(work, rules->tags[i].rule))
            fire(work, i);
}
