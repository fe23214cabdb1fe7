/* What a post's row of a tag holds, and how it saves a look at the counts of most posts. */
#include "tests/unit/trend_store.h"

static const int64_t some_counts[] = {COUNT_UNKNOWN, 0, 1, 31, 32, 2047, 2048, 1000000, COUNT_MAX};
enum { SOME_COUNTS = sizeof some_counts / sizeof *some_counts, POSTS = 200, FIRST_ONES = 3 };

static uint16_t levels_of(int64_t count)
{
    int64_t counts[COUNTS];

    for (int i = 0; i < COUNTS; i++)
        counts[i] = count;
    return levels_raise(0, counts);
}

TEST(no_count_is_greater_than_its_level_says)
{
    for (int i = 0; i < SOME_COUNTS; i++) {
        int64_t count = some_counts[i], total = count == COUNT_UNKNOWN ? -1 : count * COUNT_ENGAGING;

        CHECK(level_most(levels_of(count), LEVEL_REPOSTS) >= (count == COUNT_UNKNOWN ? -1 : count));
        CHECK(level_most(levels_of(count), LEVEL_VIEWS) >= (count == COUNT_UNKNOWN ? -1 : count));
        CHECK(level_most(levels_of(count), LEVEL_TOTAL) >= total);
    }
    CHECK(level_most(levels_of(COUNT_UNKNOWN), LEVEL_LIKES) == -1);
    CHECK(level_most(levels_of(0), LEVEL_LIKES) < 100);
}

TEST(levels_never_fall)
{
    int64_t few[COUNTS] = {1, 1, 1, 1, 1, 1};

    CHECK(levels_raise(levels_of(1000000), few) == levels_of(1000000));
}

TEST(facts_are_read_as_they_were_written)
{
    const uint32_t numbers[] = {7, 300, 100000};
    struct tag_facts facts = {KIND_QUOTE,         ROW_NEGATIVE, 3,      200,
                              0x1234567890ABCDEF, 99,           0x4321, {.len = 3, .at = numbers}};
    char bytes[TAG_FACTS_MAX];
    uint32_t tags[ROW_TAGS_MAX];
    struct entry entry;

    tag_facts_read(tag_facts_write(&facts, bytes), &entry, tags);
    CHECK(entry.kind == KIND_QUOTE && entry.sentiment == ROW_NEGATIVE && entry.lang == 3 && entry.segment == 200);
    CHECK(entry.author == facts.author && entry.subject == 99 && entry.levels == 0x4321);
    CHECK(entry.tags_len == 3 && !memcmp(entry.tags, numbers, sizeof numbers));
}

/* The counts of a post rise, and fall again: at each time others are the first. */
static int64_t reposts_at(int post, int64_t as_of_ms)
{
    return (post * 7919 + as_of_ms * 104729) % 5000 / (1 + post % 7);
}

static void take_post(struct sqlite_store *store, int post, int64_t as_of_ms)
{
    char id[16];
    struct span tag = SPAN("weather");
    struct err err;

    snprintf(id, sizeof id, "%03d", post);
    struct row row = {.order = {as_of_ms, 1, as_of_ms, post},
                      .timestamp_ms = as_of_ms,
                      .network = SPAN("x"),
                      .id = span_of(id),
                      .subject = span_of(id),
                      .kind = KIND_POST,
                      .sentiment = ROW_UNKNOWN,
                      .created_ms = 1,
                      .has_tags = true,
                      .tags = {&tag, 1}};
    for (int i = 0; i < COUNTS; i++)
        row.counts[i] = COUNT_UNKNOWN;
    row.counts[COUNT_REPOSTS] = reposts_at(post, as_of_ms);
    struct row_batch batch = {.rows = &row, .len = 1, .timestamp_ms = as_of_ms};
    CHECK(store->store.ops->take(&store->store, &batch, &err));
}

static int64_t most_reposts_at(int64_t at_ms)
{
    int64_t most = -1;

    for (int post = 0; post < POSTS; post++)
        if (reposts_at(post, at_ms) > most)
            most = reposts_at(post, at_ms);
    return most;
}

static void check_first_ones(struct sqlite_store *store, int64_t at_ms, struct arena *mem)
{
    struct question question = {.kind = ASK_POSTS,
                                .tag = SPAN("weather"),
                                .at_ms = at_ms,
                                .window_ms = 1000,
                                .sentiment = -1,
                                .limit = FIRST_ONES,
                                .min_age_ms = 1};
    struct answer answer = {0};
    struct err err;

    CHECK(store->store.ops->ask(&store->store, &question, mem, &answer, &err));
    const struct post_list *list = &answer.posts;
    CHECK(list->len == FIRST_ONES && list->next.is_set);
    CHECK(list->len && list->posts[0].seen.counts[COUNT_REPOSTS] == most_reposts_at(at_ms));
    for (size_t i = 1; i < list->len; i++)
        CHECK(list->posts[i].seen.counts[COUNT_REPOSTS] <= list->posts[i - 1].seen.counts[COUNT_REPOSTS]);
}

TEST(the_first_posts_are_those_with_the_most_at_that_time)
{
    char folder[] = "/tmp/trend-facts-XXXXXX";
    struct trend_settings settings = {.retention_ms = 100000};
    struct sqlite_store *store = new_trend_store(folder, &settings);
    struct arena *mem = arena_new();

    for (int64_t as_of_ms = 10; store && as_of_ms < 13; as_of_ms++)
        for (int post = 0; post < POSTS; post++)
            take_post(store, post, as_of_ms);
    for (int64_t at_ms = 10; store && at_ms < 13; at_ms++)
        check_first_ones(store, at_ms, mem);
    if (store)
        store->store.ops->close(&store->store);
    arena_free(mem);
    remove_trend_store(folder);
}
