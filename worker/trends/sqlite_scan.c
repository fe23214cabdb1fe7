/* How answers read the entries of tags: rows, those that are kept of the tag that was asked for last, and packed
 * hours. */
#include "worker/trends/sqlite_ask.h"
#include "worker/trends/sqlite_hours.h"

enum { KEPT_BYTES = 4 << 20 };

struct scan {
    const struct asking *asking;
    const struct hours_reader *reader;
    int64_t from_ms, to_ms; /* (from, to], without what is over */
    bool is_over;           /* the reader wants no more */
};

/* --- rows --- */

/* Whether that went well; `take` may end it. */
static bool scan_rows(struct scan *scan, int64_t tag, int64_t from_ms, int64_t to_ms, struct err *err)
{
    struct sql_statement *rows = sqlite_do(scan->asking->store, DO_TAG_SCAN, err);
    uint32_t tags[ROW_TAGS_MAX];
    struct entry entry;
    enum sql_step got = SQL_DONE;

    if (!rows)
        return false;
    sql_bind_int(rows, 1, tag);
    sql_bind_int(rows, 2, from_ms);
    sql_bind_int(rows, 3, to_ms);
    while (!scan->is_over && (got = sql_step(rows, err)) == SQL_ROW) {
        tag_facts_read(sql_bytes_at(rows, 2), &entry, tags);
        entry.time_ms = sql_int_at(rows, 0);
        entry.post = sql_int_at(rows, 1);
        scan->is_over = !scan->reader->take(&entry, scan->reader->context);
    }
    sql_reset(rows);
    return got != SQL_FAILED;
}

static int64_t without_over(const struct asking *asking, int64_t from_ms)
{
    return from_ms > asking->floor_ms ? from_ms : asking->floor_ms;
}

static void scan_block(struct scan *scan, struct span bytes, int64_t first_ms)
{
    uint32_t tags[ROW_TAGS_MAX];
    struct entry entry;

    while (!scan->is_over && tag_block_next(&bytes, first_ms, &entry, tags))
        if (entry.time_ms > scan->from_ms && entry.time_ms <= scan->to_ms)
            scan->is_over = !scan->reader->take(&entry, scan->reader->context);
}

/* --- the tag that was asked for last --- */

static bool covers(const struct asking *asking, int64_t tag, int64_t from_ms, int64_t to_ms)
{
    const struct kept_scan *kept = &asking->store->kept;

    return kept->is_set && kept->tag == tag && kept->version == asking->store->version && kept->from_ms <= from_ms
           && kept->to_ms >= to_ms;
}

static bool keep_rows(struct kept_scan *kept, struct sql_statement *rows, struct err *err)
{
    enum sql_step got = SQL_DONE;

    while (kept->block.len <= KEPT_BYTES && (got = sql_step(rows, err)) == SQL_ROW)
        tag_block_add(&kept->block, sql_int_at(rows, 0), sql_int_at(rows, 1), sql_bytes_at(rows, 2));
    sql_reset(rows);
    kept->is_set = got != SQL_FAILED;
    kept->is_too_large = kept->block.len > KEPT_BYTES;
    return kept->is_set;
}

bool asking_keep(const struct asking *asking, int64_t tag, int64_t from_ms, int64_t to_ms, struct err *err)
{
    struct sql_statement *rows = sqlite_do(asking->store, DO_TAG_SCAN, err);
    struct kept_scan *kept = &asking->store->kept;
    int64_t start_ms = without_over(asking, from_ms);

    if (!rows || covers(asking, tag, start_ms, to_ms))
        return rows != NULL;
    if (!kept->mem)
        kept->mem = arena_new();
    arena_reset(kept->mem);
    kept->block = (struct tag_block){.mem = kept->mem, .first_ms = start_ms};
    kept->is_set = false;
    kept->tag = tag;
    kept->version = asking->store->version;
    kept->from_ms = start_ms;
    kept->to_ms = to_ms;
    sql_bind_int(rows, 1, tag);
    sql_bind_int(rows, 2, start_ms);
    sql_bind_int(rows, 3, to_ms);
    return keep_rows(kept, rows, err);
}

bool asking_scan(const struct asking *asking, int64_t tag, int64_t from_ms, int64_t to_ms,
                 bool (*take)(const struct entry *entry, void *context), void *context, struct err *err)
{
    struct hours_reader reader = {.take = take, .context = context};
    struct scan scan = {asking, &reader, without_over(asking, from_ms), to_ms, false};
    const struct kept_scan *kept = &asking->store->kept;

    if (!covers(asking, tag, scan.from_ms, to_ms) || kept->is_too_large)
        return scan_rows(&scan, tag, scan.from_ms, to_ms, err);
    scan_block(&scan, (struct span){kept->block.at, kept->block.len}, kept->block.first_ms);
    return true;
}

/* --- all posts, by hours --- */

static bool take_rows(struct scan *scan, int64_t from_ms, int64_t to_ms, struct err *err)
{
    if (scan->reader->take_rows)
        return scan->reader->take_rows(scan->asking, from_ms, to_ms, scan->reader->context, err);
    return scan_rows(scan, TAG_ALL, from_ms, to_ms, err)
           && (scan->is_over || scan_rows(scan, TAG_REPOSTS, from_ms, to_ms, err));
}

/* Whole hours by what is known of them, where that is enough; the ends of the span by the entries. */
static void take_hour(struct scan *scan, struct sql_statement *hours, int64_t start_ms)
{
    const struct hours_reader *reader = scan->reader;

    if (reader->take_hour && start_ms >= scan->from_ms && start_ms + TIME_HOUR_MS <= scan->to_ms)
        reader->take_hour(hours, reader->context);
    else
        scan_block(scan, sql_bytes_at(hours, HOUR_ENTRIES), start_ms + 1);
}

static bool scan_hours(struct scan *scan, struct sql_statement *hours, struct err *err)
{
    int64_t done_ms = scan->from_ms;
    enum sql_step got;

    while ((got = sql_step(hours, err)) == SQL_ROW && !scan->is_over) {
        int64_t start_ms = sql_int_at(hours, HOUR_NUMBER) * TIME_HOUR_MS - 1; /* (start, start + an hour] */

        if (start_ms > done_ms && !take_rows(scan, done_ms, start_ms, err))
            return false;
        if (!scan->is_over)
            take_hour(scan, hours, start_ms);
        done_ms = start_ms + TIME_HOUR_MS;
    }
    if (got == SQL_FAILED)
        return false;
    return scan->is_over || done_ms >= scan->to_ms || take_rows(scan, done_ms, scan->to_ms, err);
}

bool asking_scan_all(const struct asking *asking, int64_t from_ms, int64_t to_ms, const struct hours_reader *reader,
                     struct err *err)
{
    struct scan scan = {asking, reader, without_over(asking, from_ms), to_ms, false};
    struct sql_statement *hours = sqlite_do(asking->store, DO_HOURS, err);

    if (!hours || scan.from_ms >= to_ms)
        return hours != NULL;
    sql_bind_int(hours, 1, sqlite_hour_of(scan.from_ms + 1));
    sql_bind_int(hours, 2, sqlite_hour_of(to_ms));
    bool fine = scan_hours(&scan, hours, err);
    sql_reset(hours);
    return fine;
}

/* --- counts over all posts --- */

struct all_posts {
    const struct tally_span *span;
    int64_t posts;
};

static bool count_post(const struct entry *entry, void *context)
{
    struct all_posts *all = context;

    all->posts += entry->kind != KIND_REPOST && tally_wants(all->span, entry);
    return true;
}

static void count_hour(struct sql_statement *hour, void *context)
{
    ((struct all_posts *)context)->posts += sql_int_at(hour, HOUR_POSTS);
}

static bool count_rows(const struct asking *asking, int64_t from_ms, int64_t to_ms, void *context, struct err *err)
{
    struct sql_statement *count = sqlite_do(asking->store, DO_TAG_COUNT, err);

    if (!count)
        return false;
    sql_bind_int(count, 1, TAG_ALL);
    sql_bind_int(count, 2, from_ms);
    sql_bind_int(count, 3, to_ms);
    enum sql_step got = sql_step(count, err);
    ((struct all_posts *)context)->posts += got == SQL_ROW ? sql_int_at(count, 0) : 0;
    sql_reset(count);
    return got != SQL_FAILED;
}

static bool is_filtered(const struct asking *asking)
{
    return asking->span.lang >= 0 || asking->span.segment >= 0 || asking->span.sentiment >= 0;
}

bool asking_count_posts(const struct asking *asking, int64_t *posts, struct err *err)
{
    bool by_entry = is_filtered(asking);
    struct all_posts all = {&asking->span, 0};
    struct hours_reader reader = {count_post, by_entry ? NULL : count_hour, by_entry ? NULL : count_rows, &all};

    *posts = 0;
    if (asking->matches_none)
        return true;
    bool fine = asking_scan_all(asking, asking->span.from_ms, asking->span.to_ms, &reader, err);
    *posts = all.posts;
    return fine;
}

struct tags_reader {
    const struct tally_span *span;
    struct tag_counts *counts;
};

static bool count_tags(const struct entry *entry, void *context)
{
    struct tags_reader *reader = context;

    if (tally_wants(reader->span, entry))
        tag_counts_add_entry(reader->counts, entry);
    return true;
}

static void count_hour_tags(struct sql_statement *hour, void *context)
{
    sqlite_hour_counts(sql_bytes_at(hour, HOUR_COUNTS), ((struct tags_reader *)context)->counts);
}

bool asking_count_tags(const struct asking *asking, int64_t from_ms, int64_t to_ms, struct tag_counts *counts,
                       struct err *err)
{
    struct tags_reader tags = {&asking->span, counts};
    struct hours_reader reader = {count_tags, is_filtered(asking) ? NULL : count_hour_tags, NULL, &tags};

    return asking->matches_none || asking_scan_all(asking, from_ms, to_ms, &reader, err);
}
