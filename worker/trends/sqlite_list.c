/* Answers: all tags, the first ones by the order that is asked for.
 *
 * First it is found which tags these are, from counts of posts; then the figures of these alone are computed. */
#include "worker/trends/sqlite_course.h"

#include <stdlib.h>

enum { PAIRS_MAX = 1 << 20, GROWTH = 4, AHEAD = 16 };

struct ranked {
    uint32_t tag, posts, reposts;
    int128 figure;
    int64_t second;
    struct span name; /* looked up where figures are alike */
};

struct listing {
    struct asking *asking;
    struct arena *work; /* of the search; gone with the answer */
    struct ranked *at;  /* one more than the page holds, in their order */
    size_t len, most;
    struct trend *trends; /* of each of these */
    struct series *courses;
    int64_t all; /* posts of the window */
    int64_t *denied;
    size_t denied_len;
};

/* --- their order --- */

static bool name_of(const struct listing *listing, struct ranked *ranked, struct err *err)
{
    if (ranked->name.at)
        return true;
    return sqlite_name_text(listing->asking->store, ranked->tag, listing->asking->mem, &ranked->name, err);
}

/* < 0: a comes before b. Names are looked up only where the figures are alike. */
static bool order_tags(const struct listing *listing, struct ranked *a, struct ranked *b, int *order, struct err *err)
{
    *order = order_figures(a->figure, a->second, b->figure, b->second);
    if (*order)
        return true;
    if (!name_of(listing, a, err) || !name_of(listing, b, err))
        return false;
    *order = span_compare(a->name, b->name);
    return true;
}

/* Where it belongs; listing->most: nowhere, it comes too late or before the page. */
static bool find_place(const struct listing *listing, struct ranked *ranked, size_t *place, struct err *err)
{
    const struct cursor *after = &listing->asking->question->after;
    struct ranked last = {.figure = after->figure, .second = after->second, .name = after->name};
    size_t low = 0, high = listing->len;
    int order = 1;

    *place = listing->most;
    if (after->is_set && !order_tags(listing, ranked, &last, &order, err))
        return false;
    if (order <= 0)
        return true;
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (!order_tags(listing, ranked, &listing->at[middle], &order, err))
            return false;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    *place = low;
    return true;
}

static bool place(struct listing *listing, struct ranked *ranked, struct err *err)
{
    size_t place;

    if (!find_place(listing, ranked, &place, err))
        return false;
    if (place >= listing->most)
        return true;
    listing->len += listing->len < listing->most;
    memmove(&listing->at[place + 1], &listing->at[place], (listing->len - 1 - place) * sizeof *listing->at);
    listing->at[place] = *ranked;
    return true;
}

/* --- which tags there are --- */

static bool find_denied(struct listing *listing, struct err *err)
{
    const struct asking *asking = listing->asking;
    const struct list *deny = &asking->store->settings->deny;

    listing->denied = arena_zero(listing->work, (deny->len + 1) * sizeof *listing->denied);
    for (; listing->denied_len < deny->len; listing->denied_len++)
        if (!sqlite_name(asking->store, ((const struct span *)deny->at)[listing->denied_len], false,
                         &listing->denied[listing->denied_len], err))
            return false;
    return true;
}

static bool is_denied(const struct listing *listing, uint32_t tag)
{
    for (size_t i = 0; i < listing->denied_len; i++)
        if (listing->denied[i] == tag)
            return true;
    return false;
}

static bool begin_counts(const struct listing *listing, struct tag_counts *counts, struct err *err)
{
    struct sql_statement *get = sqlite_do(listing->asking->store, DO_NAME_MAX, err);
    enum sql_step got = get ? sql_step(get, err) : SQL_FAILED;

    if (got == SQL_ROW)
        tag_counts_begin(counts, listing->work, sql_int_at(get, 0));
    if (get)
        sql_reset(get);
    return got == SQL_ROW;
}

/* Those that may be shown, in no order. */
static bool count_shown(struct listing *listing, struct tag_counts *counts, struct err *err)
{
    const struct tally_span *span = &listing->asking->span;
    size_t len = 0;

    if (!begin_counts(listing, counts, err) || !find_denied(listing, err)
        || !asking_count_tags(listing->asking, span->from_ms, span->to_ms, counts, err))
        return false;
    tag_counts_close(counts);
    for (size_t i = 0; i < counts->len; i++)
        if (!is_denied(listing, counts->slots[i].tag))
            counts->slots[len++] = counts->slots[i];
    counts->len = len;
    return true;
}

/* --- the entries of some tags --- */

/* What a figure needs of an entry. */
struct gathered {
    int64_t time_ms, author;
    uint32_t lang, segment;
    uint8_t kind, sentiment;
};

/* An entry of a tag. */
struct pair {
    uint32_t tag; /* its place among those that are gathered */
    uint32_t entry;
};

struct gathering {
    const struct asking *asking;
    struct arena *work;
    struct tag_counts places; /* of each tag that is gathered, from 1 */
    struct gathered *entries;
    size_t entries_len, entries_cap;
    struct pair *pairs;
    size_t pairs_len, pairs_cap;
};

static bool gather_entry(const struct entry *entry, void *context)
{
    struct gathering *all = context;
    size_t before = all->pairs_len;

    for (size_t i = 0; i < entry->tags_len; i++) {
        const struct tag_count *place = tag_counts_find(&all->places, entry->tags[i]);

        if (!place || !tally_wants(&all->asking->span, entry))
            continue;
        all->pairs = arena_room(all->work, all->pairs, all->pairs_len, &all->pairs_cap, sizeof *all->pairs);
        all->pairs[all->pairs_len++] = (struct pair){place->posts - 1, (uint32_t)all->entries_len};
    }
    if (all->pairs_len == before)
        return true;
    all->entries = arena_room(all->work, all->entries, all->entries_len, &all->entries_cap, sizeof *all->entries);
    all->entries[all->entries_len++] =
        (struct gathered){entry->time_ms,           entry->author,        (uint32_t)entry->lang,
                          (uint32_t)entry->segment, (uint8_t)entry->kind, (uint8_t)entry->sentiment};
    return true;
}

/* By tag; those of one tag as they came. starts: where each begins, and the end. */
static struct pair *sort_pairs(const struct gathering *all, size_t tags, size_t *starts)
{
    struct pair *sorted = arena_take(all->work, (all->pairs_len + 1) * sizeof *sorted);
    size_t *at = arena_zero(all->work, (tags + 1) * sizeof *at);

    for (size_t i = 0; i < all->pairs_len; i++)
        starts[all->pairs[i].tag + 1]++;
    for (size_t i = 0; i < tags; i++)
        at[i + 1] = starts[i + 1] += starts[i];
    for (size_t i = 0; i < all->pairs_len; i++)
        sorted[at[all->pairs[i].tag]++] = all->pairs[i];
    return sorted;
}

static struct entry entry_of(const struct gathered *it)
{
    return (struct entry){.time_ms = it->time_ms,
                          .kind = it->kind,
                          .sentiment = it->sentiment,
                          .lang = it->lang,
                          .segment = it->segment,
                          .author = it->author};
}

/* What is made of the entries of a tag. */
struct tallying {
    struct listing *listing;
    struct tally tally;
    bool (*end)(struct tallying *tallying, struct ranked *ranked, struct err *err);
    bool with_courses; /* of those of the list */
};

static bool tally_tag(struct tallying *tallying, const struct gathering *all, const struct pair *pairs, size_t len,
                      struct ranked *ranked, struct err *err)
{
    const struct tally_span *span = &all->asking->span;
    struct series *series = &tallying->listing->courses[tallying->with_courses ? ranked - tallying->listing->at : 0];
    struct course course = {series, span, {.mem = all->work}, 0};

    tally_clear(&tallying->tally);
    if (tallying->with_courses)
        course_begin(all->asking, ranked->name, series);
    for (size_t i = 0; i < len; i++) {
        __builtin_prefetch(&all->entries[pairs[i + AHEAD < len ? i + AHEAD : i].entry]);
        if (i + 1 < len && pairs[i + 1].entry == pairs[i].entry) /* a row may name a tag twice */
            continue;
        struct entry entry = entry_of(&all->entries[pairs[i].entry]);
        tally_add(&tallying->tally, span, &entry);
        if (tallying->with_courses && entry.time_ms > span->from_ms && entry.time_ms <= span->to_ms)
            course_add(&course, &entry);
    }
    if (tallying->with_courses)
        course_end(&course);
    return tallying->end(tallying, ranked, err);
}

static bool gather(struct gathering *all, struct err *err)
{
    struct hours_reader reader = {.take = gather_entry, .context = all};
    struct reach reach[BURST_WEEK_DAYS];
    size_t len = asking_reach(all->asking, reach);

    for (size_t i = 0; i < len; i++)
        if (!asking_scan_all(all->asking, reach[i].from_ms, reach[i].to_ms, &reader, err))
            return false;
    return true;
}

/* Room for those of the window at once; the days before it may have more. */
static void begin_gathering(struct gathering *all, const struct ranked *ranked, size_t len)
{
    size_t most = 1;

    for (size_t i = 0; i < len; i++) {
        tag_counts_add(&all->places, ranked[i].tag, (uint32_t)i + 1, 0);
        most += ranked[i].posts + ranked[i].reposts;
    }
    all->pairs_cap = all->entries_cap = most;
    all->pairs = arena_take(all->work, most * sizeof *all->pairs);
    all->entries = arena_take(all->work, most * sizeof *all->entries);
}

/* Tags whose posts and reposts of the window are PAIRS_MAX at most, or a single one. */
static bool tally_some(struct tallying *tallying, struct ranked *ranked, size_t len, struct err *err)
{
    struct arena *work = tallying->listing->work;
    struct arena_place mark = arena_mark(work);
    struct gathering all = {.asking = tallying->listing->asking, .work = work, .places = {.mem = work}};
    bool fine = true;

    tallying->tally = (struct tally){.mem = work};
    begin_gathering(&all, ranked, len);
    if (!gather(&all, err))
        return false;
    size_t *starts = arena_zero(work, (len + 2) * sizeof *starts);
    struct pair *pairs = sort_pairs(&all, len, starts);
    for (size_t i = 0; fine && i < len; i++)
        fine = tally_tag(tallying, &all, &pairs[starts[i]], starts[i + 1] - starts[i], &ranked[i], err);
    arena_back(work, mark);
    return fine;
}

/* So many tags after the other that memory is bounded. */
static bool tally_all(struct tallying *tallying, struct ranked *ranked, size_t len, struct err *err)
{
    size_t end;

    for (size_t start = 0; start < len; start = end) {
        size_t pairs = 0;

        for (end = start; end < len && (end == start || pairs + ranked[end].posts + ranked[end].reposts < PAIRS_MAX);
             end++)
            pairs += ranked[end].posts + ranked[end].reposts;
        if (!tally_some(tallying, &ranked[start], end - start, err))
            return false;
    }
    return true;
}

/* --- the first ones --- */

static struct ranked rank_of(const struct listing *listing, const struct tag_count *it)
{
    int sort = listing->asking->question->sort;
    int64_t figure = sort == TAGS_BY_POSTS ? it->posts : sort == TAGS_BY_REPOSTS ? it->reposts : INT64_MIN;
    int64_t second = sort == TAGS_BY_POSTS ? it->reposts : it->posts;

    return (struct ranked){
        .tag = it->tag, .posts = it->posts, .reposts = it->reposts, .figure = figure, .second = second};
}

static struct ranked *rank_all(const struct listing *listing, const struct tag_counts *counts)
{
    struct ranked *ranked = arena_take(listing->work, (counts->len + 1) * sizeof *ranked);

    for (size_t i = 0; i < counts->len; i++)
        ranked[i] = rank_of(listing, &counts->slots[i]);
    return ranked;
}

static bool place_all(struct listing *listing, struct ranked *ranked, size_t len, struct err *err)
{
    for (size_t i = 0; i < len; i++)
        if (!place(listing, &ranked[i], err))
            return false;
    return true;
}

static bool end_burst(struct tallying *tallying, struct ranked *ranked, struct err *err)
{
    struct burst burst;

    (void)err;
    tally_burst(&tallying->tally, &burst);
    if (burst.has_score)
        ranked->figure = burst.score;
    return true;
}

static bool end_authors(struct tallying *tallying, struct ranked *ranked, struct err *err)
{
    (void)err;
    ranked->figure = tally_distinct(&tallying->tally, &tallying->tally.authors);
    return true;
}

/* Only tags with enough posts of the last hour have a score: these come first. */
static size_t find_bursts(struct ranked *ranked, size_t len, const struct tag_counts *hour)
{
    size_t bursts = 0;

    for (size_t i = 0; i < len; i++) {
        const struct tag_count *it = tag_counts_find(hour, ranked[i].tag);

        if (!it || it->posts < BURST_AUTHORS_MIN)
            continue;
        struct ranked other = ranked[bursts];
        ranked[bursts++] = ranked[i];
        ranked[i] = other;
    }
    return bursts;
}

static bool place_by_burst(struct listing *listing, struct ranked *ranked, size_t len, struct err *err)
{
    struct tallying tallying = {.listing = listing, .end = end_burst};
    struct tag_counts hour = {.mem = listing->work};
    int64_t at_ms = listing->asking->span.at_ms;

    if (!asking_count_tags(listing->asking, at_ms - TIME_HOUR_MS, at_ms, &hour, err))
        return false;
    size_t bursts = find_bursts(ranked, len, &hour);
    return tally_all(&tallying, ranked, bursts, err) && place_all(listing, ranked, len, err);
}

static int by_posts(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;

    return a->posts != b->posts ? (a->posts > b->posts ? -1 : 1) : a->tag < b->tag ? -1 : a->tag > b->tag;
}

/* No tag has more authors than posts: those with the most posts are looked at first, and at four times as many until
 * none of the rest can be among the first ones. */
static bool place_by_authors(struct listing *listing, struct ranked *ranked, size_t len, struct err *err)
{
    struct tallying tallying = {.listing = listing, .end = end_authors};
    size_t end, next = GROWTH * listing->most;

    if (len)
        qsort(ranked, len, sizeof *ranked, by_posts);
    for (size_t start = 0; start < len; start = end, next *= GROWTH) {
        if (listing->len == listing->most && listing->at[listing->most - 1].figure > ranked[start].posts)
            break;
        end = len - start < next ? len : start + next;
        if (!tally_all(&tallying, &ranked[start], end - start, err)
            || !place_all(listing, &ranked[start], end - start, err))
            return false;
    }
    return true;
}

static bool place_by_counts(struct listing *listing, const struct tag_counts *counts, struct err *err)
{
    for (size_t i = 0; i < counts->len; i++) {
        struct ranked ranked = rank_of(listing, &counts->slots[i]);

        if (!place(listing, &ranked, err))
            return false;
    }
    return true;
}

static bool find_first(struct listing *listing, struct err *err)
{
    struct tag_counts counts;

    if (!count_shown(listing, &counts, err))
        return false;
    switch (listing->asking->question->sort) {
    case TAGS_BY_BURST: return place_by_burst(listing, rank_all(listing, &counts), counts.len, err);
    case TAGS_BY_AUTHORS: return place_by_authors(listing, rank_all(listing, &counts), counts.len, err);
    default: return place_by_counts(listing, &counts, err);
    }
}

/* --- the list --- */

static bool end_trend(struct tallying *tallying, struct ranked *ranked, struct err *err)
{
    struct listing *listing = tallying->listing;
    struct trend *trend = &listing->trends[ranked - listing->at];

    asking_begin_trend(listing->asking, ranked->name, trend);
    tally_trend(&tallying->tally, trend);
    trend->voice = voice_of(trend->posts, listing->all);
    trend->is_known = true;
    return asking_name_segments(listing->asking, &tallying->tally, trend, err);
}

static void fill_list(const struct listing *listing, struct trend_list *list)
{
    const struct asking *asking = listing->asking;
    size_t limit = (size_t)asking->question->limit;

    *list = (struct trend_list){.at_ms = asking->span.at_ms,
                                .window_ms = asking->question->window_ms,
                                .sort = asking->question->sort,
                                .len = listing->len < limit ? listing->len : limit};
    list->tags = listing->trends;
    list->courses = listing->courses;
    if (listing->len > limit) {
        const struct ranked *last = &listing->at[limit - 1];

        list->next = (struct cursor){true, true, list->sort, list->at_ms, last->figure, last->second, last->name, {0}};
    }
}

static bool list_tags(struct listing *listing, struct trend_list *list, struct err *err)
{
    struct tallying tallying = {
        .listing = listing, .end = end_trend, .with_courses = listing->asking->question->with_courses};

    if (!asking_count_posts(listing->asking, &listing->all, err) || !find_first(listing, err))
        return false;
    for (size_t i = 0; i < listing->len; i++)
        if (!name_of(listing, &listing->at[i], err))
            return false;
    if (!tally_all(&tallying, listing->at, listing->len, err))
        return false;
    fill_list(listing, list);
    return true;
}

bool ask_tags(struct asking *asking, struct trend_list *list, struct err *err)
{
    struct listing listing = {.asking = asking, .work = arena_new(), .most = (size_t)asking->question->limit + 1};

    listing.at = arena_zero(listing.work, (listing.most + 1) * sizeof *listing.at);
    listing.trends = arena_zero(asking->mem, listing.most * sizeof *listing.trends);
    listing.courses = arena_zero(asking->mem, listing.most * sizeof *listing.courses);
    bool fine = list_tags(&listing, list, err);
    arena_free(listing.work);
    return fine;
}

/* --- the place of one tag --- */

static bool count_before(struct listing *listing, const struct tag_counts *counts, struct ranked *self, int64_t *before,
                         struct err *err)
{
    int order;

    for (size_t i = 0; i < counts->len && *before < QUESTION_LIMIT_MAX; i++) {
        const struct tag_count *it = &counts->slots[i];
        struct ranked ranked = {.tag = it->tag, .figure = it->posts, .second = it->reposts};

        if (it->tag == self->tag)
            continue;
        if (!order_tags(listing, &ranked, self, &order, err))
            return false;
        *before += order < 0;
    }
    return true;
}

static bool find_rank(struct listing *listing, int64_t tag, int64_t *rank, struct err *err)
{
    struct tag_counts counts;
    int64_t before = 0;

    *rank = 0;
    if (!count_shown(listing, &counts, err))
        return false;
    for (size_t i = 0; i < counts.len; i++)
        if (counts.slots[i].tag == tag) {
            const struct tag_count *it = &counts.slots[i];
            struct ranked self = {.tag = it->tag, .figure = it->posts, .second = it->reposts};

            if (!count_before(listing, &counts, &self, &before, err))
                return false;
            *rank = before < QUESTION_LIMIT_MAX ? before + 1 : 0;
            break;
        }
    return true;
}

bool asking_rank(const struct asking *asking, int64_t tag, int64_t *rank, struct err *err)
{
    struct listing listing = {.asking = (struct asking *)(uintptr_t)asking, .work = arena_new()};
    bool fine = find_rank(&listing, tag, rank, err);

    arena_free(listing.work);
    return fine;
}
