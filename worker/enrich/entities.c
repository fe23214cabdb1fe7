#include "common/fold.h"
#include "worker/enrich/references.h"

#include <stdlib.h>

enum { STRINGS, OBJECTS, OFF };

static const char *const ways[] = {"strings", "objects", "off", NULL};
static const struct form form = {.kind = FORM_CHOICE, .choices = ways};

struct settings {
    int way;
};

static void load_entities(void *settings, const struct node *section, struct loading *loading)
{
    (void)section;
    loading->with_entities = ((struct settings *)settings)->way != OFF;
}

static int by_text(const void *left, const void *right)
{
    const struct entity *a = *(const struct entity *const *)left, *b = *(const struct entity *const *)right;
    int order = (a->kind > b->kind) - (a->kind < b->kind);

    if (!order)
        order = span_compare(a->text, b->text);
    return order ? order : (a->start > b->start) - (a->start < b->start);
}

/* Each text of a kind once, where it is first. Sorted rather than compared with each other: a
 * text may hold a hundred thousand of them. */
static struct entities once(struct entities all, struct arena *mem)
{
    const struct entity **sorted = arena_take(mem, all.len * sizeof *sorted);
    struct entity *kept = arena_take(mem, all.len * sizeof *kept);
    bool *again = arena_zero(mem, all.len);
    size_t len = 0;

    for (size_t i = 0; i < all.len; i++)
        sorted[i] = &all.at[i];
    if (all.len)
        qsort(sorted, all.len, sizeof *sorted, by_text);
    for (size_t i = 1; i < all.len; i++)
        again[sorted[i] - all.at] =
            sorted[i]->kind == sorted[i - 1]->kind && span_equal(sorted[i]->text, sorted[i - 1]->text);
    for (size_t i = 0; i < all.len; i++)
        if (!again[i])
            kept[len++] = all.at[i];
    return (struct entities){kept, len};
}

/* Pointers to spans of one array: equal ones by their place in it. */
static int by_span(const void *left, const void *right)
{
    const struct span *a = *(const struct span *const *)left, *b = *(const struct span *const *)right;
    int order = span_compare(*a, *b);

    return order ? order : (a > b) - (a < b);
}

/* Each span once, where it appears first, and none that is empty. */
static struct spans distinct(struct span *all, size_t count, struct arena *mem)
{
    const struct span **sorted = arena_take(mem, count * sizeof *sorted);
    bool *again = arena_zero(mem, count);
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        sorted[i] = &all[i];
    if (count)
        qsort(sorted, count, sizeof *sorted, by_span);
    for (size_t i = 1; i < count; i++)
        again[sorted[i] - all] = span_equal(*sorted[i], *sorted[i - 1]);
    for (size_t i = 0; i < count; i++)
        if (!again[i] && all[i].len)
            all[len++] = all[i];
    return (struct spans){all, len};
}

/* The texts of a kind, for those who group by them: folded, or as written. */
static struct spans texts_of(const struct entities *all, enum entity_kind kind, bool folded, struct arena *mem)
{
    struct span *texts = NULL;
    size_t len = 0, cap = 0;

    for (size_t i = 0; i < all->len; i++) {
        if (all->at[i].kind != kind)
            continue;
        texts = arena_room(mem, texts, len, &cap, sizeof *texts);
        texts[len++] = folded ? fold_text(all->at[i].text, mem) : all->at[i].text;
    }
    return len ? distinct(texts, len, mem) : (struct spans){0};
}

/* Whether it reaches the dots where the network cut the text: it may be a half. */
static bool is_halved(const struct post *post, const struct entity *entity)
{
    static const struct span dots = {"…", sizeof "…" - 1};

    return post->is_cut && entity->text.at + entity->text.len + dots.len >= post->text.at + post->text.len;
}

static bool is_listed(const struct post *post, enum entity_kind kind)
{
    return (int)kind < LISTINGS && post->listed[kind].is_known;
}

_Static_assert((int)LISTED_HASHTAGS == (int)ENTITY_HASHTAG && (int)LISTED_MENTIONS == (int)ENTITY_MENTION
                   && (int)LISTED_LINKS == (int)ENTITY_URL,
               "a list for each of these kinds");

/* What the payload lists is the post's own; for the kinds of which it says nothing, what is found in the text. */
static struct entities with_lists(const struct post *post, struct entities found, struct arena *mem)
{
    size_t room = found.len, len = 0;

    for (int i = 0; i < LISTINGS; i++)
        room += post->listed[i].len;
    struct entity *all = arena_take(mem, room * sizeof *all);
    for (int i = 0; i < LISTINGS; i++)
        for (size_t j = 0; j < post->listed[i].len; j++)
            all[len++] = (struct entity){.kind = (enum entity_kind)i, .text = post->listed[i].at[j]};
    for (size_t i = 0; i < found.len; i++)
        if (!is_listed(post, found.at[i].kind) && !is_halved(post, &found.at[i]))
            all[len++] = found.at[i];
    return (struct entities){all, len};
}

static void apply_entities(const void *settings, const struct reading *reading, struct found *found, struct arena *mem)
{
    const struct settings *how = settings;
    const struct post *post = reading->post;
    bool has_lists = post->is_cut;

    if (reading->has_text)
        found->references = arena_zero(mem, sizeof *found->references);
    if (how->way == OFF || !reading->has_text)
        return;
    for (int i = 0; i < LISTINGS; i++)
        has_lists |= post->listed[i].is_known;
    found->has_entities = true;
    found->has_entity_places = how->way == OBJECTS;
    found->places = entities_find(post->text, mem);
    found->entities = once(has_lists ? with_lists(post, found->places, mem) : found->places, mem);
    found->hashtags = texts_of(&found->entities, ENTITY_HASHTAG, true, mem);
    found->links = texts_of(&found->entities, ENTITY_URL, false, mem);
}

const struct enricher enrich_entities = {
    .section = {"entities", &form, 0, "strings",
                "Hashtags, mentions, URLs, cashtags and emoji: as strings, by the payload's own lists where it has "
                "them and else "
                "from the text; or as objects, of the text alone, with start and end in code points."},
    .settings_size = sizeof(struct settings),
    .load = load_entities,
    .apply = apply_entities,
};
