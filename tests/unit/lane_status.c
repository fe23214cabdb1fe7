#include "worker/monitor/lane_status.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/monitor/metrics.h"

static struct message message = {.input = &plain_input, .partition = 3};

static void bury(struct lane_status *status, int64_t offset, struct span why)
{
    message.offset = offset;
    lane_status_fault(status, &(struct dead){&message, FAULT_NO_ID, why});
}

TEST(nothing_is_read_before_it_is_shown)
{
    struct lane_status status;

    lane_status_open(&status);
    CHECK_HAS(span_of(lane_status_read(&status, scratch())->lacks), "starting");
    lane_status_lack(&status, "");
    CHECK_HAS(span_of(lane_status_read(&status, scratch())->lacks), "starting");
    lane_status_show(&status);
    CHECK(!*lane_status_read(&status, scratch())->lacks);
    lane_status_close(&status);
}

TEST(a_lane_does_not_wait_for_a_reader_and_shows_later)
{
    struct lane_status status;

    lane_status_open(&status);
    pthread_mutex_lock(&status.lock);
    lane_status_lack(&status, "topic a is not there");
    lane_status_show(&status);
    pthread_mutex_unlock(&status.lock);
    CHECK_HAS(span_of(lane_status_read(&status, scratch())->lacks), "starting");
    lane_status_show(&status);
    CHECK_HAS(span_of(lane_status_read(&status, scratch())->lacks), "topic a");
    lane_status_close(&status);
}

TEST(the_last_faults_are_kept_with_their_places)
{
    struct lane_status status;

    lane_status_open(&status);
    for (int i = 0; i < LANE_STATUS_FAULTS + 3; i++)
        bury(&status, i, SPAN("id is missing"));
    lane_status_show(&status);
    const struct lane_status_page *page = lane_status_read(&status, scratch());
    CHECK(page->faults_len == LANE_STATUS_FAULTS + 3);
    CHECK(page->faults[(page->faults_len - 1) % LANE_STATUS_FAULTS].offset == LANE_STATUS_FAULTS + 2);
    CHECK(page->faults[page->faults_len % LANE_STATUS_FAULTS].offset == 3);
    CHECK_SPAN(page->faults[0].topic, plain_input.topic);
    lane_status_close(&status);
}

TEST(a_long_sentence_is_cut_between_two_characters)
{
    struct lane_status status;
    struct buf why = buf_in(scratch());

    while (why.len < LANE_STATUS_WORDS * 2)
        buf_put(&why, SPAN("日"));
    lane_status_open(&status);
    bury(&status, 0, buf_span(&why));
    CHECK(strlen(status.own.faults[0].why) == (LANE_STATUS_WORDS - 1) / 3 * 3);
    lane_status_close(&status);
}

TEST(partitions_are_replaced_as_a_whole)
{
    struct lane_status status;

    lane_status_open(&status);
    for (int round = 0; round < 2; round++) {
        lane_status_no_partitions(&status);
        for (int i = round; i < 20; i++)
            lane_status_partition(
                &status, (struct lane_status_partition){.topic = plain_input.topic, .partition = i, .committed = 5});
        lane_status_show(&status);
    }
    const struct lane_status_page *page = lane_status_read(&status, scratch());
    CHECK(page->partitions_len == 19);
    CHECK(page->partitions[0].partition == 1 && page->partitions[18].partition == 19);
    lane_status_close(&status);
}

TEST(statistics_are_given_once_each_time_they_are_new)
{
    struct lane_status status;
    uint64_t number = 0;
    struct span json;

    lane_status_open(&status);
    CHECK(!lane_status_newer_statistics(&status, 1, &number, scratch(), &json));
    lane_status_statistics(&status, 1, "{}", 2);
    lane_status_statistics(&status, 1, "{\"a\":1}", 7);
    lane_status_show(&status);
    CHECK(lane_status_newer_statistics(&status, 1, &number, scratch(), &json));
    CHECK_SPAN(json, SPAN("{\"a\":1}"));
    CHECK(!lane_status_newer_statistics(&status, 1, &number, scratch(), &json));
    CHECK(!lane_status_newer_statistics(&status, 0, &number, scratch(), &json));
    lane_status_close(&status);
}

struct reading_thread {
    struct lane_status *status;
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
        lane_status_read(it->status, mem);
        lane_status_newer_statistics(it->status, 0, &number, mem, &json);
        metric_sum(it->metrics, METRIC_TAGGED);
        arena_reset(mem);
    }
    arena_free(mem);
    return NULL;
}

/* For the thread sanitizer: see tests/builds. */
TEST(a_lane_and_its_readers_are_safe_from_each_other)
{
    struct lane_status status;
    const struct ruleset *rules = rules_from("tags: {a: {any: [x]}, b: {any: [y]}}\n");
    struct config config = {0};
    struct reading_thread reader = {.status = &status, .metrics = metrics_new(&config, rules_from("tags: {}\n"), 1)};
    struct meter *meter = metrics_meter(reader.metrics, 0);
    pthread_t thread;

    lane_status_open(&status);
    CHECK(pthread_create(&thread, NULL, read_on, &reader) == 0);
    metrics_add_tags(reader.metrics, rules);
    meter_use_rules(meter, rules);
    for (int i = 0; i < 2000; i++) {
        meter_add(meter, METRIC_TAGGED, 1, 1);
        bury(&status, i, SPAN("id is missing"));
        lane_status_partition(&status, (struct lane_status_partition){.partition = i});
        lane_status_statistics(&status, 0, "{}", 2);
        lane_status_show(&status);
    }
    atomic_store(&reader.stop, true);
    pthread_join(thread, NULL);
    CHECK(metric_value(reader.metrics, METRIC_TAGGED, 1) == 2000);
    lane_status_close(&status);
    metrics_free(reader.metrics);
}
