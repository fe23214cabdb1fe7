/* Answers: the tags that a tag's posts have too. */
#include "worker/trends/sqlite_ask.h"

#include <stdlib.h>

/* A tag and how many of the posts have it. */
struct together {
    uint32_t tag; /* NAME_NONE: a free slot */
    int64_t posts, last_post;
    struct span name; /* looked up where posts are alike */
};

/* An open hash table, at most half full. */
struct relating {
    const struct asking *asking;
    struct together *slots;
    size_t len, cap;
    int64_t tag, posts;
    struct err *err;
    bool failed;
};

static struct together *slot_of(const struct relating *all, uint32_t tag)
{
    size_t at = tag * 2654435761u % all->cap;

    while (all->slots[at].tag != NAME_NONE && all->slots[at].tag != tag)
        at = (at + 1) % all->cap;
    return &all->slots[at];
}

static void make_room(struct relating *all)
{
    struct together *old = all->slots;
    size_t old_cap = all->cap;

    if (2 * (all->len + 1) <= old_cap)
        return;
    all->cap = old_cap ? 4 * old_cap : 1024;
    all->slots = arena_zero(all->asking->mem, all->cap * sizeof *all->slots);
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].tag != NAME_NONE)
            *slot_of(all, old[i].tag) = old[i];
}

/* A row may name a tag twice: the post counts once. */
static void count_tag(struct relating *all, uint32_t tag, int64_t post)
{
    make_room(all);
    struct together *slot = slot_of(all, tag);
    all->len += slot->tag == NAME_NONE;
    slot->posts += slot->tag == NAME_NONE || slot->last_post != post;
    slot->tag = tag;
    slot->last_post = post;
}

/* A post's row of TAG_ALL has the numbers of its tags. */
static bool count_tags(struct relating *all, const struct entry *entry)
{
    struct sql_statement *get = sqlite_do(all->asking->store, DO_TAG_FACTS, all->err);
    uint32_t tags[ROW_TAGS_MAX];
    struct entry same;
    size_t len = 0;

    if (!get)
        return false;
    sql_bind_int(get, 1, TAG_ALL);
    sql_bind_int(get, 2, entry->time_ms);
    sql_bind_int(get, 3, entry->post);
    enum sql_step got = sql_step(get, all->err);
    if (got == SQL_ROW)
        tag_facts_read(sql_bytes_at(get, 0), &same, tags, &len);
    sql_reset(get);
    for (size_t i = 0; i < len; i++)
        if (tags[i] != all->tag)
            count_tag(all, tags[i], entry->post);
    return got != SQL_FAILED;
}

static bool relate_entry(const struct entry *entry, void *context)
{
    struct relating *all = context;

    if (entry->kind == KIND_REPOST || !tally_wants(&all->asking->span, entry))
        return true;
    all->posts++;
    all->failed = !count_tags(all, entry);
    return !all->failed;
}

static bool find_name(struct relating *all, struct together *it)
{
    if (it->name.at || all->failed)
        return true;
    all->failed = !sqlite_name_text(all->asking->store, it->tag, all->asking->mem, &it->name, all->err);
    return !all->failed;
}

static int order_together(const void *left, const void *right, void *context)
{
    /* qsort_r gives its elements as const; a name that is looked up is kept in them. */
    struct together *a = (struct together *)(uintptr_t)left, *b = (struct together *)(uintptr_t)right;

    if (a->posts != b->posts)
        return a->posts > b->posts ? -1 : 1;
    if (!find_name(context, a) || !find_name(context, b))
        return 0;
    return span_compare(a->name, b->name);
}

/* The first slots are those in use, in their order. */
static bool sort_together(struct relating *all)
{
    size_t len = 0;

    for (size_t i = 0; i < all->cap; i++)
        if (all->slots[i].tag != NAME_NONE)
            all->slots[len++] = all->slots[i];
    if (len)
        qsort_r(all->slots, len, sizeof *all->slots, order_together, all);
    return !all->failed;
}

static bool fill_related(struct relating *all, struct related_list *list)
{
    size_t limit = (size_t)all->asking->question->limit;

    list->posts = all->posts;
    list->tags = arena_zero(all->asking->mem, (limit + 1) * sizeof *list->tags);
    for (size_t i = 0; i < all->len && list->len < limit; i++) {
        struct together *it = &all->slots[i];

        if (!find_name(all, it))
            return false;
        if (!asking_denies(all->asking, it->name))
            list->tags[list->len++] =
                (struct related_tag){it->name, it->name, {it->posts, related_share_of(it->posts, all->posts)}};
    }
    return true;
}

bool ask_related(struct asking *asking, struct related_list *list, struct err *err)
{
    struct relating all = {.asking = asking, .err = err};
    const struct tally_span *span = &asking->span;

    *list = (struct related_list){
        .tag = asking->question->tag, .at_ms = span->at_ms, .window_ms = asking->question->window_ms};
    if (!asking_tag(asking, &all.tag, err))
        return false;
    if (all.tag != NAME_NONE && !asking->matches_none
        && !asking_scan(asking, all.tag, span->from_ms, span->to_ms, relate_entry, &all, err))
        return false;
    return !all.failed && sort_together(&all) && fill_related(&all, list);
}
