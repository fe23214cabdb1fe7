/* Answers: the figures of one tag, of all tags, and their course. */
#include "worker/trends/sqlite_ask.h"

#include <stdlib.h>

/* A row of DO_TAG_SCAN. */
static void read_entry(struct sql_statement *row, struct entry *entry, uint32_t *tags, size_t *tags_len)
{
    entry->time_ms = sql_int_at(row, 0);
    entry->post = sql_int_at(row, 1);
    tag_facts_read(sql_bytes_at(row, 2), entry, tags, tags_len);
}

/* The rows of a tag in (from, to] that are not over. NULL on failure. */
static struct sql_statement *begin_scan(const struct asking *asking, int64_t tag, int64_t from_ms, int64_t to_ms,
                                        struct err *err)
{
    struct sql_statement *scan = sqlite_do(asking->store, DO_TAG_SCAN, err);

    if (!scan)
        return NULL;
    sql_bind_int(scan, 1, tag);
    sql_bind_int(scan, 2, from_ms > asking->floor_ms ? from_ms : asking->floor_ms);
    sql_bind_int(scan, 3, to_ms);
    return scan;
}

bool asking_scan(const struct asking *asking, int64_t tag, int64_t from_ms, int64_t to_ms,
                 bool (*take)(const struct entry *entry, void *context), void *context, struct err *err)
{
    struct sql_statement *scan = begin_scan(asking, tag, from_ms, to_ms, err);
    struct entry entry;
    enum sql_step got;

    if (!scan)
        return false;
    while ((got = sql_step(scan, err)) == SQL_ROW) {
        read_entry(scan, &entry, NULL, NULL);
        if (!take(&entry, context))
            break;
    }
    sql_reset(scan);
    return got != SQL_FAILED;
}

int order_figures(int128 figure_a, int64_t second_a, int128 figure_b, int64_t second_b)
{
    if (figure_a != figure_b)
        return figure_a > figure_b ? -1 : 1;
    return second_a != second_b ? (second_a > second_b ? -1 : 1) : 0;
}

bool asking_denies(const struct asking *asking, struct span tag)
{
    const struct span *deny = asking->store->settings->deny.at;

    for (size_t i = 0; i < asking->store->settings->deny.len; i++)
        if (span_equal(deny[i], tag))
            return true;
    return false;
}

bool asking_tag(const struct asking *asking, int64_t *tag, struct err *err)
{
    *tag = NAME_NONE;
    return asking_denies(asking, asking->question->tag)
           || sqlite_name(asking->store, asking->question->tag, false, tag, err);
}

/* --- one tag --- */

struct reach {
    int64_t from_ms, to_ms; /* (from, to] */
};

struct counting {
    struct tally tally;
    const struct tally_span *span;
};

static bool count_entry(const struct entry *entry, void *context)
{
    struct counting *counting = context;

    tally_add(&counting->tally, counting->span, entry);
    return true;
}

/* The window and the last 25 hours at once; of the days before them the one hour that the burst looks at. */
static size_t find_reach(const struct asking *asking, struct reach reach[BURST_WEEK_DAYS])
{
    int64_t at_ms = asking->span.at_ms, from_ms = at_ms - (BURST_DAY_HOURS + 1) * (int64_t)TIME_HOUR_MS;
    size_t len = 0;

    if (asking->span.from_ms < from_ms)
        from_ms = asking->span.from_ms;
    reach[len++] = (struct reach){from_ms, at_ms};
    for (int day = 2; day <= BURST_WEEK_DAYS; day++) {
        int64_t to_ms = at_ms - day * 24 * (int64_t)TIME_HOUR_MS, start_ms = to_ms - TIME_HOUR_MS;

        if (to_ms > from_ms)
            to_ms = from_ms;
        if (start_ms < to_ms)
            reach[len++] = (struct reach){start_ms, to_ms};
    }
    return len;
}

static bool scan_reach(const struct asking *asking, int64_t tag, struct counting *counting, struct err *err)
{
    struct reach reach[BURST_WEEK_DAYS];
    size_t len = find_reach(asking, reach);

    for (size_t i = 0; i < len; i++)
        if (!asking_scan(asking, tag, reach[i].from_ms, reach[i].to_ms, count_entry, counting, err))
            return false;
    return true;
}

static int by_size(const void *left, const void *right)
{
    const struct segment_share *a = left, *b = right;

    if (a->share.posts != b->share.posts)
        return a->share.posts > b->share.posts ? -1 : 1;
    return span_compare(a->segment, b->segment);
}

static bool name_segments(const struct asking *asking, const struct tally *tally, struct trend *trend, struct err *err)
{
    size_t len = tally->segments_len;

    trend->segments = arena_zero(asking->mem, (len + 1) * sizeof *trend->segments);
    trend->segments_len = len;
    for (size_t i = 0; i < len; i++) {
        if (!sqlite_name_text(asking->store, tally->segments[i].segment, asking->mem, &trend->segments[i].segment, err))
            return false;
        trend->segments[i].label = trend->segments[i].segment;
        trend->segments[i].share.posts = tally->segments[i].posts;
    }
    qsort(trend->segments, len, sizeof *trend->segments, by_size);
    shares_of(&trend->segments->share, len, sizeof *trend->segments);
    return true;
}

static bool is_filtered(const struct asking *asking)
{
    return asking->span.lang >= 0 || asking->span.segment >= 0 || asking->span.sentiment >= 0;
}

struct wanted {
    const struct tally_span *span;
    int64_t posts;
};

static bool count_wanted(const struct entry *entry, void *context)
{
    struct wanted *wanted = context;

    wanted->posts += tally_wants(wanted->span, entry);
    return true;
}

/* All posts of the window, whatever their tags. */
static bool count_all(const struct asking *asking, int64_t *posts, struct err *err)
{
    struct wanted wanted = {&asking->span, 0};
    struct sql_statement *count = sqlite_do(asking->store, DO_TAG_COUNT, err);
    int64_t from_ms = asking->span.from_ms > asking->floor_ms ? asking->span.from_ms : asking->floor_ms;

    *posts = 0;
    if (!count || asking->matches_none)
        return count != NULL;
    if (is_filtered(asking)) {
        bool fine = asking_scan(asking, TAG_ALL, from_ms, asking->span.to_ms, count_wanted, &wanted, err);

        *posts = wanted.posts;
        return fine;
    }
    sql_bind_int(count, 1, TAG_ALL);
    sql_bind_int(count, 2, from_ms);
    sql_bind_int(count, 3, asking->span.to_ms);
    enum sql_step got = sql_step(count, err);
    *posts = got == SQL_ROW ? sql_int_at(count, 0) : 0;
    sql_reset(count);
    return got != SQL_FAILED;
}

static void begin_trend(const struct asking *asking, struct span tag, struct trend *trend)
{
    *trend =
        (struct trend){.tag = tag, .label = tag, .at_ms = asking->span.at_ms, .window_ms = asking->question->window_ms};
}

bool ask_tag(struct asking *asking, struct trend *trend, struct err *err)
{
    struct counting counting = {{.mem = asking->mem}, &asking->span};
    int64_t tag, all;

    begin_trend(asking, asking->question->tag, trend);
    if (!asking_tag(asking, &tag, err) || !count_all(asking, &all, err))
        return false;
    if (tag != NAME_NONE && !asking->matches_none && !scan_reach(asking, tag, &counting, err))
        return false;
    tally_trend(&counting.tally, trend);
    trend->voice = voice_of(trend->posts, all);
    trend->is_known = tag != NAME_NONE;
    return name_segments(asking, &counting.tally, trend, err);
}

/* --- all tags --- */

/* The first ones by the order that is asked for, one more than the page holds. */
struct listing {
    struct asking *asking;
    struct counting counting;
    struct ranked {
        int128 figure;
        int64_t tag, second;
        struct trend trend;
    } * at;
    size_t len, most;
    int64_t all;
};

static void rank(const struct asking *asking, struct tally *tally, struct ranked *out)
{
    struct burst burst;

    out->figure = out->second = tally->posts;
    switch (asking->question->sort) {
    case TAGS_BY_BURST:
        tally_burst(tally, &burst);
        out->figure = burst.has_score ? burst.score : INT64_MIN;
        break;
    case TAGS_BY_AUTHORS: out->figure = tally_distinct(tally, &tally->authors); break;
    case TAGS_BY_REPOSTS: out->figure = tally->reposts; break;
    default: out->second = tally->reposts; break;
    }
}

static bool name_of(const struct listing *listing, struct ranked *ranked, struct err *err)
{
    if (ranked->trend.tag.at)
        return true;
    return sqlite_name_text(listing->asking->store, ranked->tag, listing->asking->mem, &ranked->trend.tag, err);
}

/* < 0: a comes before b. Names are looked up only where the figures are alike. */
static bool order_tags(const struct listing *listing, struct ranked *a, struct ranked *b, int *order, struct err *err)
{
    *order = order_figures(a->figure, a->second, b->figure, b->second);
    if (*order)
        return true;
    if (!name_of(listing, a, err) || !name_of(listing, b, err))
        return false;
    *order = span_compare(a->trend.tag, b->trend.tag);
    return true;
}

/* Where it belongs; listing->most: nowhere, it comes too late or before the page. */
static bool find_place(const struct listing *listing, struct ranked *ranked, size_t *place, struct err *err)
{
    const struct cursor *after = &listing->asking->question->after;
    struct ranked last = {.figure = after->figure, .second = after->second, .trend.tag = after->name};
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

static bool complete(const struct listing *listing, struct ranked *ranked, const struct tally *tally, struct err *err)
{
    if (!name_of(listing, ranked, err))
        return false;
    struct span tag = ranked->trend.tag;
    begin_trend(listing->asking, tag, &ranked->trend);
    tally_trend((struct tally *)(uintptr_t)tally, &ranked->trend);
    ranked->trend.voice = voice_of(ranked->trend.posts, listing->all);
    ranked->trend.is_known = true;
    return name_segments(listing->asking, tally, &ranked->trend, err);
}

static bool end_tag(struct listing *listing, int64_t tag, struct err *err)
{
    struct ranked ranked = {.tag = tag};
    size_t place;

    if (!listing->counting.tally.posts && !listing->counting.tally.reposts)
        return true;
    rank(listing->asking, &listing->counting.tally, &ranked);
    if (!find_place(listing, &ranked, &place, err))
        return false;
    if (place >= listing->most)
        return true;
    if (!complete(listing, &ranked, &listing->counting.tally, err))
        return false;
    if (asking_denies(listing->asking, ranked.trend.tag))
        return true;
    listing->len += listing->len < listing->most;
    memmove(&listing->at[place + 1], &listing->at[place], (listing->len - 1 - place) * sizeof *listing->at);
    listing->at[place] = ranked;
    return true;
}

/* What a figure needs of an entry. */
struct gathered {
    int64_t time_ms, author;
    uint32_t lang, segment;
    uint8_t kind, sentiment;
};

struct pair {
    uint32_t tag;
    uint32_t entry : 30, is_repost : 1, in_window : 1;
};

struct pairs {
    struct pair *at;
    size_t len, cap;
};

/* The entries of many tags at once, which come by time, are put by tag. */
struct gathering {
    const struct asking *asking;
    struct gathered *entries;
    size_t entries_len, entries_cap;
    struct pairs pairs, sorted;
    uint32_t parts, part; /* tags whose number has this remainder */
    uint32_t tag_max;
    bool is_mixed; /* more than one tag */
    bool is_full;  /* there are more of them than at once */
};

enum { PAIRS_MAX = 1 << 20, ENTRIES_MAX = 1 << 30, AHEAD = 16, RADIX_BITS = 11, RADIX = 1 << RADIX_BITS };

static bool is_in_window(const struct tally_span *span, const struct entry *entry)
{
    return entry->time_ms > span->from_ms && entry->time_ms <= span->to_ms;
}

static void gather_pair(struct gathering *all, uint32_t tag, const struct entry *entry)
{
    const struct tally_span *span = &all->asking->span;
    struct pairs *pairs = &all->pairs;

    pairs->at = arena_room(all->asking->mem, pairs->at, pairs->len, &pairs->cap, sizeof *pairs->at);
    pairs->at[pairs->len++] =
        (struct pair){tag, all->entries_len & (ENTRIES_MAX - 1), entry->kind == KIND_REPOST, is_in_window(span, entry)};
    all->is_mixed |= tag != pairs->at[0].tag;
    if (tag > all->tag_max)
        all->tag_max = tag;
}

static void gather_entry(struct gathering *all, const struct entry *entry, const uint32_t *tags, size_t tags_len)
{
    size_t before = all->pairs.len;

    if (!tally_wants(&all->asking->span, entry))
        return;
    for (size_t i = 0; i < tags_len; i++)
        if (tags[i] % all->parts == all->part)
            gather_pair(all, tags[i], entry);
    if (all->pairs.len == before)
        return;
    all->entries =
        arena_room(all->asking->mem, all->entries, all->entries_len, &all->entries_cap, sizeof *all->entries);
    all->entries[all->entries_len++] =
        (struct gathered){entry->time_ms,           entry->author,        (uint32_t)entry->lang,
                          (uint32_t)entry->segment, (uint8_t)entry->kind, (uint8_t)entry->sentiment};
    all->is_full = all->pairs.len > PAIRS_MAX && all->is_mixed;
}

static bool gather_scan(struct gathering *all, int64_t tag, const struct reach *reach, struct err *err)
{
    struct sql_statement *scan = begin_scan(all->asking, tag, reach->from_ms, reach->to_ms, err);
    uint32_t tags[ROW_TAGS_MAX];
    struct entry entry;
    size_t tags_len;
    enum sql_step got = SQL_DONE;

    while (scan && !all->is_full && (got = sql_step(scan, err)) == SQL_ROW) {
        read_entry(scan, &entry, tags, &tags_len);
        gather_entry(all, &entry, tags, tags_len);
    }
    if (scan)
        sql_reset(scan);
    return scan && got != SQL_FAILED;
}

static bool gather_part(struct gathering *all, uint32_t parts, uint32_t part, struct err *err)
{
    struct reach reach[BURST_WEEK_DAYS];
    size_t len = find_reach(all->asking, reach);

    all->parts = parts;
    all->part = part;
    all->entries_len = all->pairs.len = 0;
    all->tag_max = 0;
    all->is_mixed = all->is_full = false;
    for (size_t i = 0; i < len; i++)
        if (!gather_scan(all, TAG_ALL, &reach[i], err) || !gather_scan(all, TAG_REPOSTS, &reach[i], err))
            return false;
    return true;
}

/* By the bits from `shift` on; what is alike in them stays as it is. */
static void sort_by_bits(struct gathering *all, uint32_t shift)
{
    size_t starts[RADIX + 1] = {0};
    struct pairs pairs = all->pairs;

    for (size_t i = 0; i < pairs.len; i++)
        starts[(pairs.at[i].tag >> shift) % RADIX + 1]++;
    for (size_t i = 0; i < RADIX; i++)
        starts[i + 1] += starts[i];
    for (size_t i = 0; i < pairs.len; i++)
        all->sorted.at[starts[(pairs.at[i].tag >> shift) % RADIX]++] = pairs.at[i];
    all->sorted.len = pairs.len;
    all->pairs = all->sorted;
    all->sorted = pairs;
}

static void sort_pairs(struct gathering *all)
{
    if (all->sorted.cap < all->pairs.len) {
        all->sorted.cap = all->pairs.len;
        all->sorted.at = arena_take(all->asking->mem, all->sorted.cap * sizeof *all->sorted.at);
    }
    for (uint32_t shift = 0; shift < 32 && all->tag_max >> shift; shift += RADIX_BITS)
        sort_by_bits(all, shift);
}

static void tally_gathered(struct listing *listing, const struct gathered *it)
{
    struct entry entry = {.time_ms = it->time_ms,
                          .kind = it->kind,
                          .sentiment = it->sentiment,
                          .lang = it->lang,
                          .segment = it->segment,
                          .author = it->author};

    tally_add(&listing->counting.tally, &listing->asking->span, &entry);
}

/* Whether its posts and reposts alone say that a tag is not on the page. */
static bool is_beyond(const struct listing *listing, const struct pair *pairs, size_t len, bool *beyond,
                      struct err *err)
{
    bool by_posts = listing->asking->question->sort == TAGS_BY_POSTS;
    struct ranked ranked = {.tag = pairs->tag};
    int64_t posts = 0, reposts = 0;
    size_t place;

    *beyond = false;
    if (!by_posts && listing->asking->question->sort != TAGS_BY_REPOSTS)
        return true;
    for (size_t i = 0; i < len; i++) {
        bool counts = pairs[i].in_window && (i + 1 == len || pairs[i + 1].entry != pairs[i].entry);

        posts += counts && !pairs[i].is_repost;
        reposts += counts && pairs[i].is_repost;
    }
    ranked.figure = by_posts ? posts : reposts;
    ranked.second = by_posts ? reposts : posts;
    if (!find_place(listing, &ranked, &place, err))
        return false;
    *beyond = (!posts && !reposts) || place >= listing->most;
    return true;
}

static bool tally_tag(struct listing *listing, const struct gathering *all, const struct pair *pairs, size_t len,
                      struct err *err)
{
    bool beyond;

    if (!is_beyond(listing, pairs, len, &beyond, err))
        return false;
    if (beyond)
        return true;
    tally_clear(&listing->counting.tally);
    for (size_t i = 0; i < len; i++) {
        __builtin_prefetch(&all->entries[pairs[i + AHEAD < len ? i + AHEAD : i].entry]);
        if (i + 1 == len || pairs[i + 1].entry != pairs[i].entry) /* a row may name a tag twice */
            tally_gathered(listing, &all->entries[pairs[i].entry]);
    }
    return end_tag(listing, pairs->tag, err);
}

static bool tally_part(struct listing *listing, struct gathering *all, struct err *err)
{
    const struct pairs *pairs = &all->pairs;
    size_t end;

    sort_pairs(all);
    for (size_t start = 0; start < pairs->len; start = end) {
        for (end = start + 1; end < pairs->len && pairs->at[end].tag == pairs->at[start].tag; end++)
            continue;
        if (!tally_tag(listing, all, &pairs->at[start], end - start, err))
            return false;
    }
    return true;
}

/* Where there are too many to be gathered at once, one half of the tags after the other: memory is bounded. */
static bool list_part(struct listing *listing, struct gathering *all, uint32_t parts, uint32_t part, struct err *err)
{
    if (!gather_part(all, parts, part, err))
        return false;
    if (all->is_full)
        return list_part(listing, all, 2 * parts, part, err) && list_part(listing, all, 2 * parts, part + parts, err);
    return tally_part(listing, all, err);
}

static bool scan_tags(struct listing *listing, struct err *err)
{
    struct gathering all = {.asking = listing->asking};

    return list_part(listing, &all, 1, 0, err);
}

bool ask_tags(struct asking *asking, struct trend_list *list, struct err *err)
{
    size_t limit = (size_t)asking->question->limit;
    struct listing listing = {.asking = asking, .counting = {{.mem = asking->mem}, &asking->span}, .most = limit + 1};

    listing.at = arena_zero(asking->mem, (limit + 2) * sizeof *listing.at);
    if (!count_all(asking, &listing.all, err) || (!asking->matches_none && !scan_tags(&listing, err)))
        return false;
    *list = (struct trend_list){.at_ms = asking->span.at_ms,
                                .window_ms = asking->question->window_ms,
                                .sort = asking->question->sort,
                                .len = listing.len < limit ? listing.len : limit};
    list->tags = arena_zero(asking->mem, (list->len + 1) * sizeof *list->tags);
    for (size_t i = 0; i < list->len; i++)
        list->tags[i] = listing.at[i].trend;
    if (listing.len > limit) {
        const struct ranked *last = &listing.at[limit - 1];

        list->next =
            (struct cursor){true, true, list->sort, list->at_ms, last->figure, last->second, last->trend.tag, {0}};
    }
    return true;
}

/* --- the course of a tag --- */

struct course {
    struct series *series;
    const struct tally_span *span;
    struct tally tally;
    size_t point; /* entries come by time: the point that is being counted */
};

static void end_point(struct course *course)
{
    struct point *point = &course->series->points[course->point];

    point->posts = course->tally.posts;
    point->reposts = course->tally.reposts;
    point->authors = tally_distinct(&course->tally, &course->tally.authors);
    memcpy(point->sentiment, course->tally.sentiment, sizeof point->sentiment);
    tally_clear(&course->tally);
}

static bool add_to_course(const struct entry *entry, void *context)
{
    struct course *course = context;
    size_t point = (size_t)((entry->time_ms - course->series->from_ms - 1) / course->series->step_ms);

    if (point != course->point) {
        end_point(course);
        course->point = point;
    }
    tally_add(&course->tally, course->span, entry);
    return true;
}

bool ask_series(struct asking *asking, struct series *series, struct err *err)
{
    int64_t window_ms = asking->question->window_ms, step_ms = series_step(window_ms), tag;
    struct course course = {series, &asking->span, {.mem = asking->mem}, 0};

    if (!asking_tag(asking, &tag, err))
        return false;
    *series = (struct series){.tag = asking->question->tag,
                              .from_ms = asking->span.from_ms,
                              .to_ms = asking->span.to_ms,
                              .step_ms = step_ms,
                              .len = (size_t)((window_ms + step_ms - 1) / step_ms)};
    series->points = arena_zero(asking->mem, series->len * sizeof *series->points);
    for (size_t i = 0; i < series->len; i++)
        series->points[i].from_ms = series->from_ms + (int64_t)i * step_ms;
    if (tag != NAME_NONE && !asking->matches_none
        && !asking_scan(asking, tag, series->from_ms, series->to_ms, add_to_course, &course, err))
        return false;
    end_point(&course);
    return true;
}

/* --- any question --- */

/* A filter by a name; one that was never seen matches nothing. */
static bool find_filter(struct asking *asking, struct span text, int64_t *out, struct err *err)
{
    *out = -1;
    if (!text.len)
        return true;
    if (!sqlite_name(asking->store, text, false, out, err))
        return false;
    asking->matches_none |= *out == NAME_NONE;
    return true;
}

static bool begin_asking(struct asking *asking, struct err *err)
{
    const struct question *question = asking->question;
    int64_t at_ms = question->at_ms != TIME_UNKNOWN ? question->at_ms : asking->store->newest_ms;

    if (at_ms == TIME_UNKNOWN)
        at_ms = 0;
    asking->floor_ms = sqlite_floor_ms(asking->store);
    asking->span = (struct tally_span){
        .from_ms = at_ms - question->window_ms, .to_ms = at_ms, .at_ms = at_ms, .sentiment = question->sentiment};
    return find_filter(asking, question->lang, &asking->span.lang, err)
           && find_filter(asking, question->segment, &asking->span.segment, err);
}

static bool answer_one(struct asking *asking, struct answer *answer, struct err *err)
{
    switch (asking->question->kind) {
    case ASK_TAGS: return ask_tags(asking, &answer->tags, err);
    case ASK_TAG: return ask_tag(asking, &answer->tag, err);
    case ASK_POSTS: return ask_posts(asking, &answer->posts, err);
    case ASK_SERIES: return ask_series(asking, &answer->series, err);
    case ASK_POST: return ask_post(asking, &answer->post, err);
    case ASK_RELATED: return ask_related(asking, &answer->related, err);
    }
    return false;
}

/* What a writer of another process has committed since is seen from here on, and no more of it until the answer is
 * there. */
static bool refresh(struct sqlite_store *store, struct err *err)
{
    if (store->lock >= 0)
        return true;
    name_cache_clear(store->names);
    return sql_int(store->sql, "SELECT coalesce(max(value), -9223372036854775808) FROM state WHERE name = 'newest'",
                   &store->newest_ms, err)
           && sql_int(store->sql, "SELECT value FROM state WHERE name = 'version'", &store->version, err);
}

bool sqlite_ask(struct trend_store *base, const struct question *question, struct arena *mem, struct answer *answer,
                struct err *err)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct asking asking = {.store = store, .question = question, .mem = mem};
    struct err ignored;

    bool fine = sql_exec(store->sql, "BEGIN", err);
    if (!fine)
        return false;
    fine = refresh(store, err) && begin_asking(&asking, err) && answer_one(&asking, answer, err);
    sql_exec(store->sql, "COMMIT", &ignored);
    return fine;
}
