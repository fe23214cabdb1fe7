/* Rows that wait to be written, while the posts that they speak of leave the cache. */
#include "tests/unit/trend_store.h"

enum { POSTS = 70000 }; /* more than the cache holds in both halves */

static struct row row_of(struct span id, int64_t as_of_ms, struct span text)
{
    struct row row = {.says = ROW_OBSERVATION,
                      .order = {as_of_ms, 1, as_of_ms, as_of_ms},
                      .timestamp_ms = as_of_ms,
                      .network = SPAN("x"),
                      .id = id,
                      .subject = id,
                      .kind = KIND_POST,
                      .sentiment = ROW_UNKNOWN,
                      .created_ms = TIME_UNKNOWN,
                      .text = text,
                      .has_text = true};

    for (int i = 0; i < COUNTS; i++)
        row.counts[i] = COUNT_UNKNOWN;
    return row;
}

static bool take(struct sqlite_store *store, const struct row *row, bool goes_on, bool again)
{
    struct row_batch batch = {.rows = row,
                              .len = row != NULL,
                              .timestamp_ms = row ? row->timestamp_ms : TIME_UNKNOWN,
                              .goes_on = goes_on,
                              .again = again};
    struct err err = {0};

    if (!store->store.ops->take(&store->store, &batch, &err))
        test_failed(__FILE__, __LINE__, "%s", err.text);
    return !*err.text;
}

/* Of a second reading that wants none of them: each comes into the cache, and nothing is written. */
static void fill_cache(struct sqlite_store *store)
{
    char id[16];

    for (int i = 0; i < POSTS; i++) {
        snprintf(id, sizeof id, "%d", i);
        struct row row = row_of(span_of(id), 1, SPAN("x"));
        if (!take(store, &row, true, true))
            return;
    }
}

static struct span text_of(struct sqlite_store *store, struct span id, struct arena *mem)
{
    struct question question = {.kind = ASK_POST, .network = SPAN("x"), .id = id, .at_ms = 1000, .sentiment = -1};
    struct answer answer = {0};
    struct err err;

    CHECK(store->store.ops->ask(&store->store, &question, mem, &answer, &err));
    return answer.post.post.text;
}

TEST(what_waits_is_written_before_its_post_leaves_the_cache)
{
    char folder[] = "/tmp/trend-pending-XXXXXX";
    struct trend_settings settings = {.retention_ms = 1000000};
    struct sqlite_store *store = new_trend_store(folder, &settings);
    struct arena *mem = arena_new();
    struct row first = row_of(SPAN("a"), 10, SPAN("朝の港")), same = row_of(SPAN("a"), 30, SPAN("朝の港")),
               older = row_of(SPAN("a"), 20, SPAN("夜の港"));

    CHECK(take(store, &first, true, false) && take(store, &same, true, false));
    fill_cache(store);
    CHECK(!post_cache_find(store->posts, 1, SPAN("a"))); /* or this shows nothing */
    CHECK(take(store, &older, true, false) && take(store, NULL, false, false));
    CHECK_SPAN(text_of(store, SPAN("a"), mem), SPAN("朝の港"));
    arena_free(mem);
    store->store.ops->close(&store->store);
    remove_trend_store(folder);
}

/* A failure within a transaction takes back what came before it, of what waits too. */
TEST(a_transaction_that_fails_leaves_nothing)
{
    char folder[] = "/tmp/trend-pending-XXXXXX";
    struct trend_settings settings = {.retention_ms = 1000000};
    struct sqlite_store *store = new_trend_store(folder, &settings);
    struct arena *mem = arena_new();
    struct row row = row_of(SPAN("a"), 10, SPAN("朝の港")), next = row_of(SPAN("b"), 11, SPAN("霧"));
    struct err err = {0};

    CHECK(take(store, &row, true, false));
    CHECK(sql_exec(store->sql, "ALTER TABLE seen RENAME TO seen_elsewhere", &err));
    CHECK(!store->store.ops->take(&store->store, &(struct row_batch){.timestamp_ms = TIME_UNKNOWN}, &err));
    CHECK(err.kind == ERR_WORK && store->newest_ms == TIME_UNKNOWN);
    CHECK(take(store, &next, false, false));
    CHECK(!text_of(store, SPAN("a"), mem).len);
    CHECK_SPAN(text_of(store, SPAN("b"), mem), SPAN("霧"));
    arena_free(mem);
    store->store.ops->close(&store->store);
    remove_trend_store(folder);
}
