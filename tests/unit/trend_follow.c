/* One that reads a store while another process makes it anew. */
#include "tests/unit/trend_store.h"

/* Its id is its tag too. */
static void take_post(struct trend_store *store, struct span id)
{
    struct row row = {.order = {1000, 1, 1, 1},
                      .network = SPAN("x"),
                      .id = id,
                      .subject = id,
                      .kind = KIND_POST,
                      .sentiment = ROW_UNKNOWN,
                      .created_ms = 1000,
                      .has_tags = true,
                      .tags = {&id, 1}};
    struct row_batch batch = {.rows = &row, .len = 1, .timestamp_ms = 1000};
    struct err err;

    for (int i = 0; i < COUNTS; i++)
        row.counts[i] = COUNT_UNKNOWN;
    CHECK(store->ops->take(store, &batch, &err));
}

static bool knows(struct trend_store *store, struct span id, struct arena *mem)
{
    struct question question = {.kind = ASK_POST, .network = SPAN("x"), .id = id, .at_ms = 2000, .sentiment = -1};
    struct answer answer = {0};
    struct err err;

    CHECK(store->ops->ask(store, &question, mem, &answer, &err));
    return answer.post.is_known;
}

static int64_t posts_of(struct trend_store *store, struct span tag, struct arena *mem)
{
    struct question question = {
        .kind = ASK_TAG, .tag = tag, .at_ms = 2000, .window_ms = 2000, .sentiment = -1, .is_ranked = true};
    struct answer answer = {0};
    struct err err;

    CHECK(store->ops->ask(store, &question, mem, &answer, &err));
    return answer.tag.posts;
}

TEST(a_reader_sees_a_tag_that_was_not_there_when_it_asked_first)
{
    char folder[] = "/tmp/trend-follow-XXXXXX";
    struct trend_settings settings = {.retention_ms = 1000000};
    struct sqlite_store *store = new_trend_store(folder, &settings);
    struct arena *mem = arena_new();
    struct err err;

    take_post(&store->store, SPAN("before"));
    struct trend_store *reader = sqlite_store_open(&settings, STORE_READ, &err);
    CHECK(reader && posts_of(reader, SPAN("before"), mem) == 1 && posts_of(reader, SPAN("later"), mem) == 0);
    take_post(&store->store, SPAN("later"));
    CHECK(reader && posts_of(reader, SPAN("later"), mem) == 1);
    if (reader)
        reader->ops->close(reader);
    store->store.ops->close(&store->store);
    arena_free(mem);
    remove_trend_store(folder);
}

static int64_t version_of(struct trend_store *store)
{
    struct store_figures figures = {0};
    struct err err;

    CHECK(store->ops->figures(store, &figures, &err));
    return figures.version;
}

static void read_beside(struct trend_settings *settings, struct trend_store *writer, struct arena *mem)
{
    struct err err;
    struct trend_store *reader = sqlite_store_open(settings, STORE_READ, &err), *again;

    CHECK(reader && knows(reader, SPAN("before"), mem));
    int64_t version = reader ? version_of(reader) : 0;
    writer->ops->close(writer);
    again = sqlite_store_open(settings, STORE_REBUILD, &err);
    CHECK(again != NULL);
    if (!reader || !again)
        return;
    take_post(again, SPAN("after"));
    CHECK(!knows(reader, SPAN("before"), mem) && knows(reader, SPAN("after"), mem));
    CHECK(version_of(reader) > version); /* answers are cached by it */
    take_post(again, SPAN("later"));
    CHECK(knows(reader, SPAN("later"), mem)); /* the new file's log is there still */
    reader->ops->close(reader);
    again->ops->close(again);
}

TEST(a_reader_follows_to_the_file_of_a_rebuild)
{
    char folder[] = "/tmp/trend-follow-XXXXXX";
    struct trend_settings settings = {.retention_ms = 1000000};
    struct sqlite_store *store = new_trend_store(folder, &settings);
    struct arena *mem = arena_new();

    take_post(&store->store, SPAN("before"));
    read_beside(&settings, &store->store, mem);
    arena_free(mem);
    remove_trend_store(folder);
}

TEST(a_reader_keeps_what_it_has_until_there_is_a_store_again)
{
    char folder[] = "/tmp/trend-follow-XXXXXX";
    struct trend_settings settings = {.retention_ms = 1000000};
    struct sqlite_store *store = new_trend_store(folder, &settings);
    struct arena *mem = arena_new();
    struct err err;

    take_post(&store->store, SPAN("before"));
    struct trend_store *reader = sqlite_store_open(&settings, STORE_READ, &err);
    CHECK(reader && unlink(settings.store.at) == 0 && knows(reader, SPAN("before"), mem));
    fclose(fopen(settings.store.at, "w"));
    CHECK(reader && knows(reader, SPAN("before"), mem));
    if (reader)
        reader->ops->close(reader);
    store->store.ops->close(&store->store);
    arena_free(mem);
    remove_trend_store(folder);
}
