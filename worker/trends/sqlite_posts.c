/* Answers: the posts of a tag, the first ones by the order that is asked for. */
#include "common/decimal.h"
#include "worker/trends/sqlite_post.h"

#include <stdlib.h>

struct candidates {
    struct asking *asking;
    struct candidate *at;
    size_t len, cap;
    struct candidate *reposts; /* a subject and one repost of it each, until they are grouped */
    size_t reposts_len, reposts_cap;
    struct candidate *picked; /* the first ones so far, and up to as many that may be among them */
    size_t picked_len, most;
    struct err *err;
    bool failed;
};

/* --- which posts --- */

static bool per_hour_figure(const struct asking *asking, struct candidate *candidate, const struct observation *seen,
                            struct err *err)
{
    struct known_post known;

    if (!post_get(asking, candidate->post, &known, err))
        return false;
    int128 figure = per_hour_of(seen, known.has_row ? known.created_ms : TIME_UNKNOWN, asking->question->min_age_ms);
    candidate->figure = figure < 0 ? INT64_MIN : figure;
    return true;
}

/* What each order is by. */
static const struct post_order {
    enum level level;
    enum count count;
} post_orders[POST_SORT_COUNT] = {
    [POSTS_BY_REPOSTS] = {LEVEL_REPOSTS, COUNT_REPOSTS},
    [POSTS_BY_LIKES] = {LEVEL_LIKES, COUNT_LIKES},
    [POSTS_BY_VIEWS] = {LEVEL_VIEWS, COUNT_VIEWS},
    [POSTS_BY_PER_HOUR] = {LEVEL_TOTAL, COUNTS},
};

static bool find_figure(const struct asking *asking, struct candidate *candidate, struct err *err)
{
    enum count count = post_orders[asking->question->sort].count;
    struct observation seen;

    candidate->figure = candidate->time_ms;
    if (asking->question->sort == POSTS_BY_NEWEST)
        return true;
    if (!post_counts_at(asking, candidate->post, &seen, err))
        return false;
    if (asking->question->sort == POSTS_BY_PER_HOUR)
        return per_hour_figure(asking, candidate, &seen, err);
    candidate->figure = seen.counts[count] == COUNT_UNKNOWN ? INT64_MIN : seen.counts[count];
    return true;
}

/* The greatest figure that a post can have: by its levels, that of all of these levels. */
static int128 most_of(const struct asking *asking, uint16_t levels)
{
    int64_t most = level_most(levels, post_orders[asking->question->sort].level);

    if (most < 0)
        return INT64_MIN;
    if (asking->question->sort != POSTS_BY_PER_HOUR)
        return most;
    return decimal_ratio((int128)most * TIME_HOUR_MS, asking->question->min_age_ms);
}

static void add_repost(struct candidates *all, const struct entry *entry)
{
    all->reposts =
        arena_room(all->asking->mem, all->reposts, all->reposts_len, &all->reposts_cap, sizeof *all->reposts);
    all->reposts[all->reposts_len++] =
        (struct candidate){.post = entry->subject, .time_ms = INT64_MIN, .source = entry->post};
}

static bool take_entry(const struct entry *entry, void *context)
{
    struct candidates *all = context;

    if (!tally_wants(&all->asking->span, entry))
        return true;
    if (entry->kind == KIND_REPOST) {
        add_repost(all, entry);
        return true;
    }
    all->at = arena_room(all->asking->mem, all->at, all->len, &all->cap, sizeof *all->at);
    all->at[all->len++] = (struct candidate){
        .post = entry->post, .time_ms = entry->time_ms, .source = entry->post, .levels = entry->levels};
    return true;
}

static int by_subject(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;

    return a->post != b->post ? (a->post < b->post ? -1 : 1) : a->source < b->source ? -1 : a->source > b->source;
}

/* Subjects that are known only by their reposts are posts of the page too. */
static bool add_subjects(struct candidates *all, struct err *err)
{
    struct known_post known;
    size_t end;

    if (all->reposts_len)
        qsort(all->reposts, all->reposts_len, sizeof *all->reposts, by_subject);
    for (size_t start = 0; start < all->reposts_len; start = end) {
        for (end = start + 1; end < all->reposts_len && all->reposts[end].post == all->reposts[start].post; end++)
            continue;
        if (!post_get(all->asking, all->reposts[start].post, &known, err))
            return false;
        if (known.has_row && !post_is_over(all->asking, &known))
            continue;
        all->at = arena_room(all->asking->mem, all->at, all->len, &all->cap, sizeof *all->at);
        if (!post_newest_repost(all->asking, &all->reposts[start], end - start, &all->at[all->len], err))
            return false;
        all->at[all->len++].levels = known.levels;
    }
    return true;
}

/* --- their order --- */

/* Ids are looked up only where figures and times are alike. */
static int order_posts(struct candidates *all, struct candidate *a, struct candidate *b)
{
    int order = order_figures(a->figure, a->time_ms, b->figure, b->time_ms);

    if (order || all->failed)
        return order;
    if (!post_find_id(all->asking, a, all->err) || !post_find_id(all->asking, b, all->err)) {
        all->failed = true;
        return 0;
    }
    order = span_compare(a->id, b->id);
    return order ? order : span_compare(a->network, b->network);
}

static int order_for_sort(const void *left, const void *right, void *context)
{
    /* qsort_r gives its elements as const; an id that is looked up is kept in them. */
    return order_posts(context, (struct candidate *)(uintptr_t)left, (struct candidate *)(uintptr_t)right);
}

/* --- the first ones --- */

static bool is_before(struct candidates *all, struct candidate *candidate)
{
    const struct cursor *after = &all->asking->question->after;
    struct candidate last;

    if (!after->is_set)
        return false;
    last = (struct candidate){
        .figure = after->figure, .time_ms = after->second, .id = after->name, .network = after->network};
    return order_posts(all, candidate, &last) <= 0;
}

static void sort_picked(struct candidates *all)
{
    if (all->picked_len)
        qsort_r(all->picked, all->picked_len, sizeof *all->picked, order_for_sort, all);
    if (all->picked_len > all->most)
        all->picked_len = all->most;
}

/* Twice as many as are asked for are kept before the worse half goes, so that n posts take n log(most) comparisons. */
static void pick(struct candidates *all, struct candidate *candidate)
{
    if (is_before(all, candidate))
        return;
    if (all->picked_len >= all->most && order_posts(all, candidate, &all->picked[all->most - 1]) > 0)
        return;
    all->picked[all->picked_len++] = *candidate;
    if (all->picked_len == all->most || all->picked_len == 2 * all->most)
        sort_picked(all);
}

/* Those whose greatest figure is that one. The newest come last in a scan, and are wanted first. */
static bool pick_those_of(struct candidates *all, int128 most, struct err *err)
{
    for (size_t i = all->len; i-- > 0;) {
        struct candidate *it = &all->at[i];

        if (it->most != most)
            continue;
        if (!find_figure(all->asking, it, err))
            return false;
        pick(all, it);
    }
    sort_picked(all);
    return !all->failed;
}

/* The next greatest figure that any can have below `most`; false: none. */
static bool next_most(const struct candidates *all, int128 below, int128 *most)
{
    bool found = false;

    for (size_t i = 0; i < all->len; i++)
        if (all->at[i].most < below && (!found || all->at[i].most > *most)) {
            *most = all->at[i].most;
            found = true;
        }
    return found;
}

/* From those that can have the greatest figures on, until none of the rest can come before those that were picked. */
static bool pick_first(struct candidates *all, struct err *err)
{
    bool by_time = all->asking->question->sort == POSTS_BY_NEWEST;
    int128 most = (int128)1 << 126;

    all->picked = arena_zero(all->asking->mem, 2 * all->most * sizeof *all->picked);
    for (size_t i = 0; i < all->len; i++)
        all->at[i].most = by_time ? 0 : most_of(all->asking, all->at[i].levels);
    while (next_most(all, most, &most)) {
        if (all->picked_len == all->most && all->picked[all->most - 1].figure > most)
            break;
        if (!pick_those_of(all, most, err))
            return false;
    }
    return true;
}

/* --- a page of posts --- */

static bool find_candidates(struct candidates *all, int64_t tag, struct err *err)
{
    const struct tally_span *span = &all->asking->span;

    if (tag == NAME_NONE || all->asking->matches_none)
        return true;
    return asking_keep(all->asking, tag, span->from_ms, span->to_ms, err)
           && asking_scan(all->asking, tag, span->from_ms, span->to_ms, take_entry, all, err) && add_subjects(all, err)
           && pick_first(all, err);
}

static bool fill_list(struct candidates *all, struct post_list *list, struct err *err)
{
    size_t limit = (size_t)all->asking->question->limit;

    list->len = all->picked_len < limit ? all->picked_len : limit;
    list->posts = arena_zero(all->asking->mem, (list->len + 1) * sizeof *list->posts);
    for (size_t i = 0; i < list->len; i++)
        if (!post_fill(all->asking, &all->picked[i], &list->posts[i], err))
            return false;
    if (all->picked_len > limit) {
        const struct candidate *last = &all->picked[limit - 1];

        list->next =
            (struct cursor){true, false, list->sort, list->at_ms, last->figure, last->time_ms, last->id, last->network};
    }
    return true;
}

bool ask_posts(struct asking *asking, struct post_list *list, struct err *err)
{
    struct candidates all = {.asking = asking, .most = (size_t)asking->question->limit + 1, .err = err};
    int64_t tag;

    *list = (struct post_list){.tag = asking->question->tag,
                               .at_ms = asking->span.at_ms,
                               .window_ms = asking->question->window_ms,
                               .sort = asking->question->sort};
    return asking_tag(asking, &tag, err) && find_candidates(&all, tag, err) && fill_list(&all, list, err);
}
