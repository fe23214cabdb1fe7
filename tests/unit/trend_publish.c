/* Which steps trends are published at, which rows count for them, and the records as bytes. */
#include "worker/trends/publish.h"
#include "tests/unit/trend_store.h"
#include "worker/trends/intake.h"
#include "worker/trends/trend_status.h"

enum { STEP = 300000 };

/* 2026-04-10T06:00:00Z, which a step ends at. */
static const int64_t noon_ms = INT64_C(1775800800000);

TEST(a_step_is_the_first_multiple_that_is_not_before)
{
    CHECK(publish_step_of(0, STEP) == 0);
    CHECK(publish_step_of(1, STEP) == STEP);
    CHECK(publish_step_of(STEP, STEP) == STEP);
    CHECK(publish_step_of(STEP + 1, STEP) == 2 * STEP);
    CHECK(publish_step_of(-1, STEP) == 0);
    CHECK(publish_step_of(-STEP, STEP) == -STEP);
    CHECK(publish_step_of(-STEP - 1, STEP) == -STEP);
}

TEST(the_first_step_is_after_what_is_written_and_not_before_the_newest_row)
{
    CHECK(publish_first_step(TIME_UNKNOWN, TIME_UNKNOWN, STEP, true) == TIME_UNKNOWN);
    CHECK(publish_first_step(STEP + 1, TIME_UNKNOWN, STEP, true) == 2 * STEP);
    CHECK(publish_first_step(TIME_UNKNOWN, 2 * STEP, STEP, true) == 3 * STEP);
    CHECK(publish_first_step(STEP + 1, 2 * STEP, STEP, true) == 3 * STEP);     /* killed after it was written */
    CHECK(publish_first_step(STEP + 1, STEP, STEP, true) == 2 * STEP);         /* killed before */
    CHECK(publish_first_step(7 * STEP, 2 * STEP, STEP, true) == 7 * STEP);     /* it was off meanwhile */
    CHECK(publish_first_step(STEP + 1, 2 * STEP, STEP, false) == 2 * STEP);    /* it may be there in part */
    CHECK(publish_first_step(TIME_UNKNOWN, STEP + 5, STEP, true) == 2 * STEP); /* the setting was another one */
}

struct scene {
    char folder[64];
    struct trend_settings settings;
    struct sqlite_store *store;
    struct intake *intake;
    struct arena *mem;
};

static void begin_scene(struct scene *scene)
{
    *scene = (struct scene){.folder = "/tmp/trend-publish-XXXXXX",
                            .settings = {.retention_ms = 8 * 24 * (int64_t)TIME_HOUR_MS},
                            .mem = arena_new()};
    scene->store = new_trend_store(scene->folder, &scene->settings);
    scene->intake = intake_new(&scene->store->store, 1000);
}

static void end_scene(struct scene *scene)
{
    intake_free(scene->intake);
    scene->store->store.ops->close(&scene->store->store);
    remove_trend_store(scene->folder);
    arena_free(scene->mem);
}

static bool add_post(struct scene *scene, int n, int64_t at_ms, const char *tag)
{
    struct span row =
        span_format(scene->mem,
                    "{\"v\":1,\"id\":\"p%d\",\"network\":\"x\",\"kind\":\"post\",\"subject\":\"p%d\",\"as_of\":%lld,"
                    "\"lang\":\"ja\","
                    "\"author\":\"a%d\",\"reposts\":%d,\"text\":\"港の朝 %d\",\"tags\":[\"%s\"],\"sentiment\":\"%s\","
                    "\"source\":{\"topic\":\"r\",\"partition\":0,\"offset\":%d,\"timestamp\":%lld}}",
                    n, n, (long long)at_ms, n, n, n, tag, n % 2 ? "positive" : "neutral", n, (long long)at_ms);

    return intake_add(scene->intake, row, TIME_UNKNOWN);
}

static void add_hide(struct scene *scene, int n, int64_t at_ms)
{
    CHECK(intake_add(scene->intake,
                     span_format(scene->mem,
                                 "{\"v\":1,\"id\":\"p%d\",\"network\":\"x\",\"as_of\":%lld,\"hidden\":true,"
                                 "\"source\":{\"topic\":\"r\",\"partition\":0,\"offset\":9,\"timestamp\":%lld}}",
                                 n, (long long)at_ms, (long long)at_ms),
                     TIME_UNKNOWN));
}

static struct publication make(struct scene *scene, int64_t top, int64_t at_ms)
{
    const struct trend_asker asker = {.store = &scene->store->store};
    const struct publish_settings settings = {.step_ms = STEP, .top = top};
    struct publication out = {0};
    struct err err = {0};

    if (!intake_commit(scene->intake, NULL, 0, false, &err)
        || !publish_make(&asker, &settings, at_ms, scene->mem, &out, &err))
        test_failed(__FILE__, __LINE__, "%s", err.text);
    return out;
}

static bool has(const struct published *record, const char *text)
{
    return memmem(record->value.at, record->value.len, text, strlen(text)) != NULL;
}

TEST(a_record_has_rank_figures_and_ids_and_no_text)
{
    struct scene scene;

    begin_scene(&scene);
    for (int n = 1; n <= 7; n++)
        CHECK(add_post(&scene, n, noon_ms - n, "rare-earth"));
    CHECK(add_post(&scene, 8, noon_ms - 8, "harbour"));
    struct publication all = make(&scene, 50, noon_ms);
    CHECK(all.len == 2 && all.at_ms == noon_ms && !all.too_large);
    CHECK_SPAN(all.records[0].key, SPAN("rare-earth"));
    CHECK_SPAN(
        all.records[0].value,
        SPAN(
            "{\"v\":1,\"tag\":\"rare-earth\",\"label\":\"rare-earth\",\"at\":1775800800000,\"window\":86400000,"
            "\"rank\":1,\"posts\":7,\"reposts\":0,\"authors\":7,\"authors_unknown\":0,\"sentiment\":{"
            "\"positive\":{\"posts\":4,\"share\":57.1},\"neutral\":{\"posts\":3,\"share\":42.9},"
            "\"negative\":{\"posts\":0,\"share\":0.0},\"unknown\":{\"posts\":0,\"share\":0.0}},"
            "\"burst\":{\"score\":7,\"authors_hour\":7,\"mean_day\":0,\"mean_week\":0},"
            "\"share_of_voice\":0.875,\"ids\":[{\"network\":\"x\",\"id\":\"p7\"},{\"network\":\"x\",\"id\":\"p6\"},"
            "{\"network\":\"x\",\"id\":\"p5\"},{\"network\":\"x\",\"id\":\"p4\"},{\"network\":\"x\",\"id\":\"p3\"}]}"));
    CHECK_SPAN(all.records[1].key, SPAN("harbour"));
    CHECK(publish_step_in(all.records[1].value, scene.mem) == noon_ms);
    CHECK(make(&scene, 1, noon_ms).len == 1);
    end_scene(&scene);
}

TEST(a_hidden_post_is_in_no_later_record)
{
    struct scene scene;

    begin_scene(&scene);
    for (int n = 1; n <= 3; n++)
        CHECK(add_post(&scene, n, noon_ms - n, "rare-earth"));
    struct publication before = make(&scene, 50, noon_ms);
    CHECK(before.len == 1 && has(&before.records[0], "\"p3\""));
    add_hide(&scene, 3, noon_ms + 1);
    struct publication later = make(&scene, 50, noon_ms + STEP);
    CHECK(later.len == 1 && !has(&later.records[0], "\"p3\""));
    CHECK(has(&later.records[0], "\"posts\":2,"));
    end_scene(&scene);
}

TEST(rows_after_the_step_are_left_and_the_least_of_them_is_known)
{
    struct scene scene;

    begin_scene(&scene);
    scene.intake->until_ms = noon_ms;
    CHECK(add_post(&scene, 1, noon_ms, "rare-earth"));
    CHECK(!add_post(&scene, 2, noon_ms + 900, "rare-earth"));
    CHECK(!add_post(&scene, 3, noon_ms + 1, "rare-earth"));
    CHECK(intake_add(scene.intake, SPAN("{"), noon_ms + 7)); /* a bad row waits for nothing */
    CHECK(scene.intake->left_ms == noon_ms + 1);
    struct publication all = make(&scene, 50, noon_ms);
    CHECK(all.len == 1 && has(&all.records[0], "\"posts\":1,"));
    CHECK(scene.store->newest_ms == noon_ms);
    end_scene(&scene);
}

TEST(a_record_that_is_too_large_is_left_out)
{
    char tag[PUBLISH_RECORD_MAX];
    struct scene scene;

    begin_scene(&scene);
    memset(tag, 'x', sizeof tag);
    tag[sizeof tag - 1] = 0;
    CHECK(add_post(&scene, 1, noon_ms, tag) && add_post(&scene, 2, noon_ms, "harbour"));
    struct publication all = make(&scene, 50, noon_ms);
    CHECK(all.len == 1 && all.too_large == 1);
    CHECK_SPAN(all.records[0].key, SPAN("harbour"));
    end_scene(&scene);
}

TEST(what_is_no_record_of_ours_has_no_step)
{
    struct arena *mem = arena_new();

    CHECK(publish_step_in((struct span){0}, mem) == TIME_UNKNOWN);
    CHECK(publish_step_in(SPAN("{"), mem) == TIME_UNKNOWN);
    CHECK(publish_step_in(SPAN("[1]"), mem) == TIME_UNKNOWN);
    CHECK(publish_step_in(SPAN("{\"at\":7}"), mem) == TIME_UNKNOWN);
    CHECK(publish_step_in(SPAN("{\"at\":7,\"rank\":1}"), mem) == 7);
    arena_free(mem);
}

static bool shows(const struct http_reply *reply, const char *text)
{
    return memmem(reply->body.at, reply->body.len, text, strlen(text)) != NULL;
}

TEST(bursts_of_the_last_step_alone_are_in_the_metrics)
{
    struct trend_status *status = trend_status_new("1");
    struct arena *mem = arena_new();
    struct published first[] = {{SPAN("rare-earth"), SPAN("{}"), {.has_score = true, .score = 123456}}};
    struct published second[] = {{SPAN("say \"no\""), SPAN("{}"), {.has_score = true, .score = -5000}},
                                 {SPAN("quiet"), SPAN("{}"), {.has_score = false}}};
    struct http_reply reply;

    trend_status_metrics(status, mem, &reply);
    CHECK(!shows(&reply, "\ntrendmill_trends_published_seconds ") && !shows(&reply, "trendmill_trend_burst{"));
    trend_status_published(status, &(struct publication){.at_ms = STEP, .records = first, .len = 1});
    trend_status_metrics(status, mem, &reply);
    CHECK(shows(&reply, "\ntrendmill_trend_burst{tag=\"rare-earth\"} 12.3456\n"));
    trend_status_published(status, &(struct publication){.at_ms = 2 * STEP, .records = second, .len = 2});
    trend_status_metrics(status, mem, &reply);
    CHECK(!shows(&reply, "rare-earth") && !shows(&reply, "quiet"));
    CHECK(shows(&reply, "\ntrendmill_trend_burst{tag=\"say \\\"no\\\"\"} -0.5\n"));
    CHECK(shows(&reply, "\ntrendmill_trends_published_seconds 600\n"));
    CHECK(shows(&reply, "\ntrendmill_trends_published_records_total 3\n"));
    arena_free(mem);
    trend_status_free(status);
}
