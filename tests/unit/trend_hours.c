/* Packed hours change no answer. */
#include "tests/unit/trend_store.h"
#include "worker/trends/sqlite_hours.h"

enum { HOURS = 6, POSTS_AN_HOUR = 40, TAGS = 7 };

static const int64_t first_ms = 500000 * (int64_t)TIME_HOUR_MS;

static bool take_row(struct sqlite_store *store, const struct row *row, int64_t newest_ms)
{
    struct row_batch batch = {.rows = row, .len = 1, .timestamp_ms = newest_ms};
    struct err err;

    return store->store.ops->take(&store->store, &batch, &err);
}

/* Its tags are two of a few, one of them named twice; each fifth is a repost. */
static bool take_post(struct sqlite_store *store, int number, int64_t time_ms, int64_t newest_ms)
{
    char id[16], author[16], first[16], second[16];

    snprintf(id, sizeof id, "%d", number);
    snprintf(author, sizeof author, "a%d", number % 11);
    snprintf(first, sizeof first, "tag-%d", number % TAGS);
    snprintf(second, sizeof second, "tag-%d", number * number % TAGS);
    struct span tags[] = {span_of(first), span_of(second), span_of(first)};
    struct row row = {.order = {newest_ms, 1, number, number},
                      .network = SPAN("x"),
                      .id = span_of(id),
                      .subject = number % 5 ? span_of(id) : SPAN("elsewhere"),
                      .kind = number % 5 ? KIND_POST : KIND_REPOST,
                      .sentiment = number % ROW_SENTIMENTS,
                      .created_ms = time_ms,
                      .lang = number % 2 ? SPAN("ja") : SPAN("en"),
                      .segment = number % 3 ? SPAN("40s/male") : (struct span){0},
                      .author = span_of(author),
                      .has_tags = true,
                      .tags = {tags, 3}};

    for (int i = 0; i < COUNTS; i++)
        row.counts[i] = COUNT_UNKNOWN;
    return take_row(store, &row, newest_ms);
}

static struct sqlite_store *new_filled_store(char *folder, struct trend_settings *settings)
{
    struct sqlite_store *store = new_trend_store(folder, settings);

    if (store)
        store->hours.credit = 100000; /* as if many rows had come */
    for (int i = 0; store && i < HOURS * POSTS_AN_HOUR; i++) {
        int64_t time_ms = first_ms + i * (int64_t)TIME_HOUR_MS / POSTS_AN_HOUR;

        CHECK(take_post(store, i, time_ms, time_ms));
    }
    return store;
}

/* The lists of several windows, sorts and filters. */
static struct span all_lists(struct sqlite_store *store, struct arena *mem)
{
    struct buf out = buf_in(mem);
    struct err err;

    for (int i = 0; i < 4 * TAG_SORT_COUNT; i++) {
        struct question question = {.kind = ASK_TAGS,
                                    .at_ms = first_ms + HOURS * (int64_t)TIME_HOUR_MS - i * 1234567,
                                    .window_ms = (1 + i % 5) * (int64_t)TIME_HOUR_MS,
                                    .lang = i % 4 == 1 ? SPAN("ja") : (struct span){0},
                                    .sentiment = i % 4 == 2 ? ROW_NEUTRAL : -1,
                                    .sort = i / 4,
                                    .limit = 4};
        struct answer answer = {0};

        CHECK(store->store.ops->ask(&store->store, &question, mem, &answer, &err));
        answer_json_tags(&out, &answer.tags);
    }
    return buf_span(&out);
}

static void check_same_without_hours(struct sqlite_store *store, struct arena *mem)
{
    struct span packed = all_lists(store, mem);
    struct err err;

    CHECK(store->hours.len > 0); /* or this shows nothing */
    CHECK(sql_exec(store->sql, "DELETE FROM hour", &err) && sqlite_hours_load(store, &err));
    CHECK(span_equal(packed, all_lists(store, mem)));
}

TEST(lists_are_the_same_from_packed_hours_and_from_rows)
{
    char folder[] = "/tmp/trend-hours-XXXXXX";
    struct trend_settings settings = {.retention_ms = 100 * (int64_t)TIME_HOUR_MS};
    struct sqlite_store *store = new_filled_store(folder, &settings);
    struct arena *mem = arena_new();

    CHECK(store->hours.len >= HOURS - 1);
    check_same_without_hours(store, mem);
    store->store.ops->close(&store->store);
    arena_free(mem);
    remove_trend_store(folder);
}

TEST(a_late_post_and_a_hide_undo_the_packed_hour)
{
    char folder[] = "/tmp/trend-hours-XXXXXX";
    struct trend_settings settings = {.retention_ms = 100 * (int64_t)TIME_HOUR_MS};
    struct sqlite_store *store = new_filled_store(folder, &settings);
    struct row hide = {.says = ROW_HIDE, .order = {first_ms, 0, 9999, 1}, .network = SPAN("x"), .id = SPAN("41")};
    struct arena *mem = arena_new();

    store->hours.credit = -1000000; /* what goes now is not packed again at once */
    size_t packed = store->hours.len;
    CHECK(take_post(store, 9001, first_ms + 2 * (int64_t)TIME_HOUR_MS + 5, first_ms));
    CHECK(take_row(store, &hide, first_ms));
    CHECK(store->hours.len == packed - 2);
    check_same_without_hours(store, mem);
    store->store.ops->close(&store->store);
    arena_free(mem);
    remove_trend_store(folder);
}
