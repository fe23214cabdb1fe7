#include "worker/trends/sqlite_hours.h"

/* Credit is counted in observations. */
enum { ROWS_PER_ENTRY = 2, ROWS_PER_HOUR = 64, CREDIT_MAX = ROWS_PER_ENTRY * HOUR_ENTRIES_MAX };

int64_t sqlite_hour_of(int64_t time_ms)
{
    return time_ms / TIME_HOUR_MS - (time_ms % TIME_HOUR_MS < 0);
}

/* --- which are packed --- */

/* Where the hour is, or would be. */
static size_t place_of(const struct packed_hours *hours, int64_t hour)
{
    size_t low = 0, high = hours->len;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (hours->at[middle] < hour)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_packed(const struct packed_hours *hours, int64_t hour)
{
    size_t at = place_of(hours, hour);

    return at < hours->len && hours->at[at] == hour;
}

static void add_hour(struct packed_hours *hours, int64_t hour)
{
    size_t at = place_of(hours, hour);

    if (hours->len == hours->cap) {
        hours->cap = hours->cap ? 2 * hours->cap : 256;
        hours->at = realloc(hours->at, hours->cap * sizeof *hours->at);
        if (!hours->at)
            out_of_memory();
    }
    memmove(&hours->at[at + 1], &hours->at[at], (hours->len - at) * sizeof *hours->at);
    hours->at[at] = hour;
    hours->len++;
}

static void drop_hour(struct packed_hours *hours, int64_t hour)
{
    size_t at = place_of(hours, hour);

    hours->len--;
    memmove(&hours->at[at], &hours->at[at + 1], (hours->len - at) * sizeof *hours->at);
}

bool sqlite_hours_load(struct sqlite_store *store, struct err *err)
{
    struct sql_statement *list = sqlite_do(store, DO_HOUR_LIST, err);
    enum sql_step got;

    store->hours.is_known = false;
    store->hours.len = 0;
    store->hours.last = INT64_MIN;
    if (!list)
        return false;
    while ((got = sql_step(list, err)) == SQL_ROW)
        add_hour(&store->hours, sql_int_at(list, 0));
    sql_reset(list);
    store->hours.is_known = got == SQL_DONE;
    return store->hours.is_known;
}

bool sqlite_hours_change(struct sqlite_store *store, int64_t time_ms, struct err *err)
{
    int64_t hour = sqlite_hour_of(time_ms);
    struct sql_statement *drop;

    if (hour > store->hours.next && hour <= store->hours.last)
        store->hours.next = hour;
    if (store->hours.is_known && !is_packed(&store->hours, hour))
        return true;
    if (store->hours.is_known)
        drop_hour(&store->hours, hour);
    drop = sqlite_do(store, DO_HOUR_DROP, err);
    if (!drop)
        return false;
    sql_bind_int(drop, 1, hour);
    return sql_run(drop, err);
}

/* --- packing --- */

struct packing {
    struct sqlite_store *store;
    struct tag_block block;
    struct tag_counts counts;
    int64_t hour, posts, entries;
};

static bool pack_rows(struct packing *packing, int64_t tag, struct err *err)
{
    struct sql_statement *scan = sqlite_do(packing->store, DO_TAG_SCAN, err);
    uint32_t tags[ROW_TAGS_MAX];
    struct entry entry;
    enum sql_step got = SQL_DONE;

    if (!scan)
        return false;
    sql_bind_int(scan, 1, tag);
    sql_bind_int(scan, 2, packing->block.first_ms - 1);
    sql_bind_int(scan, 3, packing->block.first_ms + TIME_HOUR_MS - 1);
    while (packing->entries <= HOUR_ENTRIES_MAX && (got = sql_step(scan, err)) == SQL_ROW) {
        struct span facts = sql_bytes_at(scan, 2);

        tag_facts_read(facts, &entry, tags);
        tag_counts_add_entry(&packing->counts, &entry);
        tag_block_add(&packing->block, sql_int_at(scan, 0), sql_int_at(scan, 1), facts);
        packing->entries++;
    }
    sql_reset(scan);
    return got != SQL_FAILED;
}

static int by_tag(const void *left, const void *right)
{
    const struct tag_count *a = left, *b = right;

    return a->tag < b->tag ? -1 : a->tag > b->tag;
}

static struct span pack_counts(struct packing *packing)
{
    struct tag_counts *counts = &packing->counts;
    char *bytes = arena_take(packing->store->mem, counts->len * 3 * NUMBER_MAX + 1), *at = bytes;
    uint32_t before = 0;

    tag_counts_close(counts);
    if (counts->len)
        qsort(counts->slots, counts->len, sizeof *counts->slots, by_tag);
    for (size_t i = 0; i < counts->len; i++) {
        at = number_put(at, counts->slots[i].tag - before);
        at = number_put(at, counts->slots[i].posts);
        at = number_put(at, counts->slots[i].reposts);
        before = counts->slots[i].tag;
    }
    return (struct span){bytes, (size_t)(at - bytes)};
}

void sqlite_hour_counts(struct span bytes, struct tag_counts *counts)
{
    const char *at = bytes.at, *end = bytes.at + bytes.len;
    uint32_t tag = 0;

    while (at < end) {
        tag += (uint32_t)number_take(&at, end);
        uint32_t posts = (uint32_t)number_take(&at, end), reposts = (uint32_t)number_take(&at, end);
        tag_counts_add(counts, tag, posts, reposts);
    }
}

static bool write_hour(struct packing *packing, struct err *err)
{
    struct sql_statement *set = sqlite_do(packing->store, DO_HOUR_SET, err);

    if (!set)
        return false;
    sql_bind_int(set, 1, packing->hour);
    sql_bind_int(set, 2, packing->posts);
    sql_bind_bytes(set, 3, pack_counts(packing));
    sql_bind_bytes(set, 4, (struct span){packing->block.at, packing->block.len});
    return sql_run(set, err);
}

/* *entries: what was read for it. */
static bool pack_hour(struct sqlite_store *store, int64_t hour, int64_t *entries, struct err *err)
{
    struct packing packing = {.store = store,
                              .block = {.mem = store->mem, .first_ms = hour * TIME_HOUR_MS},
                              .counts = {.mem = store->mem},
                              .hour = hour};

    if (!pack_rows(&packing, TAG_ALL, err))
        return false;
    packing.posts = packing.entries;
    if (!pack_rows(&packing, TAG_REPOSTS, err))
        return false;
    *entries = packing.entries;
    if (packing.entries > HOUR_ENTRIES_MAX)
        return true;
    add_hour(&store->hours, hour);
    return write_hour(&packing, err);
}

/* Hours without posts have a row too, which nothing else would remove. */
static bool drop_over(struct sqlite_store *store, int64_t floor, struct err *err)
{
    while (store->hours.len && store->hours.at[0] < floor)
        if (!sqlite_hours_change(store, store->hours.at[0] * TIME_HOUR_MS, err))
            return false;
    return true;
}

/* What it costs, in observations. */
static bool pack_next(struct sqlite_store *store, int64_t hour, int64_t *cost, struct err *err)
{
    struct arena_place mark = arena_mark(store->mem);
    int64_t entries = 0;

    *cost = 1;
    if (is_packed(&store->hours, hour))
        return true;
    if (!pack_hour(store, hour, &entries, err))
        return false;
    arena_back(store->mem, mark);
    *cost = entries * ROWS_PER_ENTRY + ROWS_PER_HOUR;
    return true;
}

bool sqlite_hours_pack(struct sqlite_store *store, int64_t rows, struct err *err)
{
    struct packed_hours *hours = &store->hours;
    int64_t floor = sqlite_hour_of(sqlite_floor_ms(store)) + 1, last = sqlite_hour_of(store->newest_ms) - 1, cost;

    if (store->newest_ms == TIME_UNKNOWN)
        return true;
    if (!hours->is_known && !sqlite_hours_load(store, err))
        return false;
    if (last > hours->last)
        hours->next = hours->last = last;
    hours->credit = hours->credit + rows < CREDIT_MAX ? hours->credit + rows : CREDIT_MAX;
    for (; hours->credit > 0 && hours->next >= floor; hours->next--) {
        if (!pack_next(store, hours->next, &cost, err))
            return false;
        hours->credit -= cost;
    }
    return drop_over(store, floor, err);
}
