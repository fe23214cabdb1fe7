/* Writes that wait: rows of one transaction are written in the order of their keys, so that each page of a tree is
 * searched and changed once and not again and again. Each of the statements merges by itself, so that the order in
 * which rows came changes nothing. */
#include "worker/trends/sqlite_facts.h"
#include "worker/trends/sqlite_hours.h"

#include <stdlib.h>

enum { SEEN_MAX = 1 << 15, TAGS_MAX = 1 << 16, ORDERS_MAX = 1 << 15 };

struct seen_row {
    int64_t subject, post;
    struct row_order order;
    int64_t counts[COUNTS];
};

struct tag_row {
    int64_t tag, time_ms, post;
    struct tag_facts facts;
};

struct order_row {
    int64_t post, followers;
    struct row_order order;
};

struct pending {
    struct seen_row seen[SEEN_MAX];
    struct tag_row tags[TAGS_MAX];
    struct order_row orders[ORDERS_MAX];
    size_t seen_len, tags_len, orders_len;
};

struct pending *pending_new(void)
{
    struct pending *pending = malloc(sizeof *pending); /* touched as it fills */

    if (!pending)
        out_of_memory();
    pending_clear(pending);
    return pending;
}

void pending_clear(struct pending *pending)
{
    pending->seen_len = pending->tags_len = pending->orders_len = 0;
}

/* --- observations --- */

static int by_value(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int order_seen(const void *left, const void *right)
{
    const struct seen_row *a = left, *b = right;

    if (a->subject != b->subject)
        return by_value(a->subject, b->subject);
    return a->order.as_of_ms != b->order.as_of_ms ? by_value(a->order.as_of_ms, b->order.as_of_ms)
                                                  : by_value(a->post, b->post);
}

/* Values of the statement's `at`-th row. */
static void bind_seen(struct sql_statement *set, int at, const struct seen_row *seen)
{
    int first = at * (6 + COUNTS) + 1;

    sql_bind_int(set, first, seen->subject);
    sql_bind_int(set, first + 1, seen->order.as_of_ms);
    sql_bind_int(set, first + 2, seen->post);
    sql_bind_int(set, first + 3, seen->order.version);
    sql_bind_int(set, first + 4, seen->order.offset);
    sql_bind_int(set, first + 5, seen->order.digest);
    for (int i = 0; i < COUNTS; i++)
        sql_bind_known(set, first + 6 + i, seen->counts[i], COUNT_UNKNOWN);
}

static bool flush_seen(struct sqlite_store *store, struct err *err)
{
    struct pending *pending = store->pending;
    struct sql_statement *one = sqlite_do(store, DO_SEEN_SET, err), *many = sqlite_do(store, DO_SEEN_SET_MANY, err);
    size_t len;

    if (!one || !many)
        return false;
    qsort(pending->seen, pending->seen_len, sizeof *pending->seen, order_seen);
    for (size_t i = 0; i < pending->seen_len; i += len) {
        len = pending->seen_len - i >= MANY ? MANY : 1;
        for (size_t k = 0; k < len; k++)
            bind_seen(len == MANY ? many : one, (int)k, &pending->seen[i + k]);
        if (!sql_run(len == MANY ? many : one, err))
            return false;
    }
    pending->seen_len = 0;
    return true;
}

bool pending_seen(struct sqlite_store *store, const struct row *row, int64_t subject, int64_t post, struct err *err)
{
    struct pending *pending = store->pending;
    struct seen_row *seen = &pending->seen[pending->seen_len++];

    seen->subject = subject;
    seen->post = post;
    seen->order = row->order;
    memcpy(seen->counts, row->counts, sizeof seen->counts);
    return pending->seen_len < SEEN_MAX || flush_seen(store, err);
}

/* --- tags --- */

/* Of two rows of one key the one with the greater levels is the later one, and is written last. */
static int order_tags(const void *left, const void *right)
{
    const struct tag_row *a = left, *b = right;

    if (a->tag != b->tag)
        return by_value(a->tag, b->tag);
    if (a->time_ms != b->time_ms)
        return by_value(a->time_ms, b->time_ms);
    return a->post != b->post ? by_value(a->post, b->post) : by_value(a->facts.levels, b->facts.levels);
}

static void bind_tag(struct sql_statement *add, int at, const struct tag_row *row, char bytes[TAG_FACTS_MAX])
{
    sql_bind_int(add, at * 4 + 1, row->tag);
    sql_bind_int(add, at * 4 + 2, row->time_ms);
    sql_bind_int(add, at * 4 + 3, row->post);
    sql_bind_bytes(add, at * 4 + 4, tag_facts_write(&row->facts, bytes));
}

static bool flush_tags(struct sqlite_store *store, struct err *err)
{
    struct pending *pending = store->pending;
    struct sql_statement *one = sqlite_do(store, DO_TAG_ADD, err), *many = sqlite_do(store, DO_TAG_ADD_MANY, err);
    char bytes[MANY][TAG_FACTS_MAX];
    size_t len;

    if (!one || !many)
        return false;
    qsort(pending->tags, pending->tags_len, sizeof *pending->tags, order_tags);
    for (size_t i = 0; i < pending->tags_len; i += len) {
        len = pending->tags_len - i >= MANY ? MANY : 1;
        for (size_t k = 0; k < len; k++)
            bind_tag(len == MANY ? many : one, (int)k, &pending->tags[i + k], bytes[k]);
        if (!sql_run(len == MANY ? many : one, err))
            return false;
    }
    pending->tags_len = 0;
    return true;
}

bool pending_tag(struct sqlite_store *store, int64_t tag, const struct known_post *known, struct err *err)
{
    struct pending *pending = store->pending;
    bool is_all = tag == TAG_ALL || tag == TAG_REPOSTS;
    struct tag_row *row = &pending->tags[pending->tags_len++];

    *row = (struct tag_row){.tag = tag, .time_ms = sqlite_time_of(known), .post = known->post};
    row->facts = (struct tag_facts){.kind = known->kind,
                                    .sentiment = (int)known->sentiment,
                                    .lang = known->lang,
                                    .segment = known->segment,
                                    .author = known->author,
                                    .subject = known->subject == known->post ? 0 : known->subject,
                                    .levels = is_all || known->kind == KIND_REPOST ? 0 : known->levels,
                                    .tags = sqlite_tags(known->tags)};
    if (!is_all && row->facts.tags.len > TAGS_BESIDE)
        row->facts.tags = (struct tag_numbers){0};
    return (!is_all || sqlite_hours_change(store, row->time_ms, err))
           && (pending->tags_len < TAGS_MAX || flush_tags(store, err));
}

/* --- the newest row of a post that says nothing new --- */

static int order_orders(const void *left, const void *right)
{
    const struct order_row *a = left, *b = right;

    return a->post != b->post ? by_value(a->post, b->post) : row_compare(&a->order, &b->order);
}

static bool write_order(struct sql_statement *set, const struct order_row *row, struct err *err)
{
    sql_bind_int(set, 1, row->post);
    sql_bind_int(set, 2, row->order.as_of_ms);
    sql_bind_int(set, 3, row->order.version);
    sql_bind_int(set, 4, row->order.offset);
    sql_bind_int(set, 5, row->order.digest);
    sql_bind_known(set, 6, row->followers, COUNT_UNKNOWN);
    return sql_run(set, err);
}

/* Of several rows of a post the greatest is written. */
static bool flush_orders(struct sqlite_store *store, struct err *err)
{
    struct pending *pending = store->pending;
    struct sql_statement *set = sqlite_do(store, DO_POST_ORDER, err);

    if (!set)
        return false;
    qsort(pending->orders, pending->orders_len, sizeof *pending->orders, order_orders);
    for (size_t i = 0; i < pending->orders_len; i++) {
        bool is_last = i + 1 == pending->orders_len || pending->orders[i + 1].post != pending->orders[i].post;

        if (is_last && !write_order(set, &pending->orders[i], err))
            return false;
    }
    pending->orders_len = 0;
    return true;
}

bool pending_order(struct sqlite_store *store, const struct known_post *known, int64_t followers, struct err *err)
{
    struct pending *pending = store->pending;

    pending->orders[pending->orders_len++] = (struct order_row){known->post, followers, known->order};
    return pending->orders_len < ORDERS_MAX || flush_orders(store, err);
}

bool sqlite_flush(struct sqlite_store *store, struct err *err)
{
    return flush_seen(store, err) && flush_tags(store, err) && flush_orders(store, err);
}
