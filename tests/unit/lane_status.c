#include "worker/monitor/lane_status.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/monitor/metrics.h"

static struct message message = {.input = &plain_input, .partition = 3};

static void bury(struct news *news, int64_t offset, struct span why)
{
    message.offset = offset;
    news_fault(news, &(struct dead){&message, FAULT_NO_ID, why});
}

TEST(nothing_is_read_before_it_is_shown)
{
    struct news news;

    news_open(&news);
    CHECK_HAS(span_of(news_read(&news, scratch())->lacks), "starting");
    news_lack(&news, "");
    CHECK_HAS(span_of(news_read(&news, scratch())->lacks), "starting");
    news_show(&news);
    CHECK(!*news_read(&news, scratch())->lacks);
    news_close(&news);
}

TEST(a_lane_does_not_wait_for_a_reader_and_shows_later)
{
    struct news news;

    news_open(&news);
    pthread_mutex_lock(&news.lock);
    news_lack(&news, "topic a is not there");
    news_show(&news);
    pthread_mutex_unlock(&news.lock);
    CHECK_HAS(span_of(news_read(&news, scratch())->lacks), "starting");
    news_show(&news);
    CHECK_HAS(span_of(news_read(&news, scratch())->lacks), "topic a");
    news_close(&news);
}

TEST(the_last_faults_are_kept_with_their_places)
{
    struct news news;

    news_open(&news);
    for (int i = 0; i < NEWS_FAULTS + 3; i++)
        bury(&news, i, SPAN("id is missing"));
    news_show(&news);
    const struct news_page *page = news_read(&news, scratch());
    CHECK(page->faults_len == NEWS_FAULTS + 3);
    CHECK(page->faults[(page->faults_len - 1) % NEWS_FAULTS].offset == NEWS_FAULTS + 2);
    CHECK(page->faults[page->faults_len % NEWS_FAULTS].offset == 3);
    CHECK_SPAN(page->faults[0].topic, plain_input.topic);
    news_close(&news);
}

TEST(a_long_sentence_is_cut_between_two_characters)
{
    struct news news;
    struct buf why = buf_in(scratch());

    while (why.len < NEWS_WORDS * 2)
        buf_put(&why, SPAN("日"));
    news_open(&news);
    bury(&news, 0, buf_span(&why));
    CHECK(strlen(news.own.faults[0].why) == (NEWS_WORDS - 1) / 3 * 3);
    news_close(&news);
}

TEST(partitions_are_replaced_as_a_whole)
{
    struct news news;

    news_open(&news);
    for (int round = 0; round < 2; round++) {
        news_no_partitions(&news);
        for (int i = round; i < 20; i++)
            news_partition(&news, (struct news_partition){.topic = plain_input.topic, .partition = i, .committed = 5});
        news_show(&news);
    }
    const struct news_page *page = news_read(&news, scratch());
    CHECK(page->partitions_len == 19);
    CHECK(page->partitions[0].partition == 1 && page->partitions[18].partition == 19);
    news_close(&news);
}

TEST(statistics_are_given_once_each_time_they_are_new)
{
    struct news news;
    uint64_t number = 0;
    struct span json;

    news_open(&news);
    CHECK(!news_newer_statistics(&news, 1, &number, scratch(), &json));
    news_statistics(&news, 1, "{}", 2);
    news_statistics(&news, 1, "{\"a\":1}", 7);
    news_show(&news);
    CHECK(news_newer_statistics(&news, 1, &number, scratch(), &json));
    CHECK_SPAN(json, SPAN("{\"a\":1}"));
    CHECK(!news_newer_statistics(&news, 1, &number, scratch(), &json));
    CHECK(!news_newer_statistics(&news, 0, &number, scratch(), &json));
    news_close(&news);
}

struct reading_thread {
    struct news *news;
    struct metrics *metrics;
    atomic_bool stop;
};

static void *read_on(void *context)
{
    struct reading_thread *it = context;
    struct arena *mem = arena_new();
    uint64_t number = 0;
    struct span json;

    while (!atomic_load(&it->stop)) {
        news_read(it->news, mem);
        news_newer_statistics(it->news, 0, &number, mem, &json);
        metric_sum(it->metrics, METRIC_TAGGED);
        arena_reset(mem);
    }
    arena_free(mem);
    return NULL;
}

/* For the thread sanitizer: see tests/builds. */
TEST(a_lane_and_its_readers_are_safe_from_each_other)
{
    struct news news;
    const struct ruleset *rules = rules_from("tags: {a: {any: [x]}, b: {any: [y]}}\n");
    struct config config = {0};
    struct reading_thread reader = {.news = &news, .metrics = metrics_new(&config, rules_from("tags: {}\n"), 1)};
    struct meter *meter = metrics_meter(reader.metrics, 0);
    pthread_t thread;

    news_open(&news);
    CHECK(pthread_create(&thread, NULL, read_on, &reader) == 0);
    metrics_add_tags(reader.metrics, rules);
    meter_use_rules(meter, rules);
    for (int i = 0; i < 2000; i++) {
        meter_add(meter, METRIC_TAGGED, 1, 1);
        bury(&news, i, SPAN("id is missing"));
        news_partition(&news, (struct news_partition){.partition = i});
        news_statistics(&news, 0, "{}", 2);
        news_show(&news);
    }
    atomic_store(&reader.stop, true);
    pthread_join(thread, NULL);
    CHECK(metric_value(reader.metrics, METRIC_TAGGED, 1) == 2000);
    news_close(&news);
    metrics_free(reader.metrics);
}
