/* Answers: the tags that a tag's posts have too. */
#include "worker/trends/sqlite_ask.h"

#include <stdlib.h>

/* A tag and how many of the posts have it. */
struct together {
    uint32_t tag;
    int64_t posts;
    struct span name; /* looked up where posts are alike */
};

struct relating {
    const struct asking *asking;
    struct tag_counts counts;
    struct together *at; /* those that may be among the first ones */
    size_t len;
    int64_t tag, posts;
    struct err *err;
    bool failed;
};

/* Of a post with many tags: its row of TAG_ALL has their numbers. */
static bool count_all_tags(struct relating *all, const struct entry *entry)
{
    struct sql_statement *get = sqlite_do(all->asking->store, DO_TAG_FACTS, all->err);
    uint32_t tags[ROW_TAGS_MAX];
    struct entry same = {.tags_len = 0};

    if (!get)
        return false;
    sql_bind_int(get, 1, TAG_ALL);
    sql_bind_int(get, 2, entry->time_ms);
    sql_bind_int(get, 3, entry->post);
    enum sql_step got = sql_step(get, all->err);
    if (got == SQL_ROW)
        tag_facts_read(sql_bytes_at(get, 0), &same, tags);
    sql_reset(get);
    tag_counts_add_entry(&all->counts, &same);
    return got != SQL_FAILED;
}

static bool relate_entry(const struct entry *entry, void *context)
{
    struct relating *all = context;

    if (entry->kind == KIND_REPOST || !tally_wants(&all->asking->span, entry))
        return true;
    all->posts++;
    if (entry->tags_len)
        tag_counts_add_entry(&all->counts, entry);
    else
        all->failed = !count_all_tags(all, entry);
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

/* How many posts a tag must have to be among the first `most`. */
static uint32_t least_posts(const struct relating *all, size_t most)
{
    uint32_t *tags_of = arena_zero(all->asking->mem, ((size_t)all->posts + 1) * sizeof *tags_of), posts;
    size_t sum = 0;

    for (size_t i = 0; i < all->counts.len; i++)
        tags_of[all->counts.slots[i].posts]++;
    for (posts = (uint32_t)all->posts; posts > 1 && sum < most; posts--)
        sum += tags_of[posts];
    return sum < most ? 1 : posts + 1;
}

/* Denied tags and the tag itself are none, though they may be among the first ones. */
static bool sort_together(struct relating *all)
{
    const struct asking *asking = all->asking;

    tag_counts_close(&all->counts);
    uint32_t least = least_posts(all, (size_t)asking->question->limit + 1 + asking->store->settings->deny.len);
    all->at = arena_zero(asking->mem, (all->counts.len + 1) * sizeof *all->at);
    for (size_t i = 0; i < all->counts.len; i++) {
        const struct tag_count *it = &all->counts.slots[i];

        if (it->posts >= least && it->tag != all->tag)
            all->at[all->len++] = (struct together){.tag = it->tag, .posts = it->posts};
    }
    if (all->len)
        qsort_r(all->at, all->len, sizeof *all->at, order_together, all);
    return !all->failed;
}

static bool fill_related(struct relating *all, struct related_list *list)
{
    size_t limit = (size_t)all->asking->question->limit;

    list->posts = all->posts;
    list->tags = arena_zero(all->asking->mem, (limit + 1) * sizeof *list->tags);
    for (size_t i = 0; i < all->len && list->len < limit; i++) {
        struct together *it = &all->at[i];

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
    struct relating all = {.asking = asking, .counts = {.mem = asking->mem}, .err = err};
    const struct tally_span *span = &asking->span;

    *list = (struct related_list){
        .tag = asking->question->tag, .at_ms = span->at_ms, .window_ms = asking->question->window_ms};
    if (!asking_tag(asking, &all.tag, err))
        return false;
    if (all.tag != NAME_NONE && !asking->matches_none
        && (!asking_keep(asking, all.tag, span->from_ms, span->to_ms, err)
            || !asking_scan(asking, all.tag, span->from_ms, span->to_ms, relate_entry, &all, err)))
        return false;
    return !all.failed && sort_together(&all) && fill_related(&all, list);
}
