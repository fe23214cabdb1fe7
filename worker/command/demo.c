/* The whole job in one process: shipped posts through the real Kafka port on an embedded broker, the downstream topics
 * read back, and their trends as a site of files. */
#include "common/json.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/command/command.h"
#include "worker/command/demo_summary.h"
#include "worker/command/page_site.h"
#include "worker/kafka/kafka.h"
#include "worker/route/shape.h"
#include "worker/trends/intake.h"
#include "worker/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHARE, POSTS, TRENDS };
enum { PARTITIONS = 3, TIMEOUT_MS = 60000, LOOK_MS = 2 };

static const struct flag flags[] = {
    [SHARE] = {"share", "DIR",
               "Where worker.yaml, rules and samples are (default ../share/trendmill beside the program)."},
    [POSTS] = {"posts", "FILE", "Raw posts, one JSON a line (default the shipped samples)."},
    [TRENDS] = {"trends", "DIR", "Write a store of their trends there, trends.db, and its pages (default: neither)."},
    {0},
};

static const char *default_share(struct arena *mem)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

    path[len < 0 ? 0 : len] = 0;
    return path_beside(path, SPAN("../share/trendmill"), mem);
}

static bool make_topics(struct kafka_mock *mock, const struct config *config, struct err *err)
{
    const struct input *inputs = config->inputs.at;
    const struct route *routes = config->routes.at;
    struct arena *mem = arena_new();
    bool fine = kafka_mock_topic(mock, span_string(config->dead_topic, mem), 1, err);

    for (size_t i = 0; fine && i < config->inputs.len; i++)
        fine = kafka_mock_topic(mock, span_string(inputs[i].topic, mem), PARTITIONS, err);
    for (size_t i = 0; fine && i < config->routes.len; i++)
        fine = kafka_mock_topic(mock, span_string(routes[i].topic, mem), PARTITIONS, err);
    arena_free(mem);
    return fine;
}

/* Key and time of a raw post, as a collector would give them; a broken one has neither. */
static void describe_post(struct span line, struct arena *mem, struct span *key, int64_t *timestamp_ms)
{
    struct value post;
    struct span why;

    *key = (struct span){0};
    *timestamp_ms = time_now_ms();
    if (json_read(line, 64, mem, &post, &why) != JSON_OK)
        return;
    const struct value *id = json_get(&post, SPAN("id")), *when = json_get(&post, SPAN("observed_at"));
    if (id && id->type == VALUE_STRING)
        *key = id->string;
    if (when && when->type == VALUE_STRING)
        time_parse(when->string, timestamp_ms);
}

static bool produce_line(struct kafka_writer *writer, const char *topic, struct span line, struct arena *mem,
                         struct err *err)
{
    struct span key;
    int64_t timestamp_ms;

    describe_post(line, mem, &key, &timestamp_ms);
    return kafka_write(writer, topic, key, line, timestamp_ms, err);
}

/* Writes each line of the file as a raw post to the first input. */
static bool feed(const struct config *config, const char *path, size_t *count, struct err *err)
{
    struct arena *mem = arena_new();
    const struct input *input = config->inputs.at;
    const char *topic = span_string(input->topic, mem);
    struct span text = file_read(path, mem);
    struct kafka_writer *writer = text.at ? kafka_writer_open(config, err) : NULL;
    bool fine = text.at ? writer != NULL : fail(err, ERR_WORK, "%s cannot be read: %s", path, strerror(errno));

    for (size_t at = 0; fine && at < text.len; ++*count) {
        const char *end = memchr(text.at + at, '\n', text.len - at);
        struct span line = {text.at + at, end ? (size_t)(end - text.at) - at : text.len - at};

        fine = produce_line(writer, topic, line, mem, err);
        at += line.len + 1;
    }
    if (writer)
        fine = kafka_writer_close(writer, fine ? err : &(struct err){0}) && fine;
    arena_free(mem);
    return fine;
}

/* Runs the lanes until so many posts went through; *took_ms from the first one to the last commit. */
static bool run_lanes(const struct setup *setup, size_t posts, int64_t *took_ms, struct err *err)
{
    struct worker *worker = worker_start(setup->config, setup->rules, NULL);
    struct pollfd ended = {.fd = worker_fd(worker), .events = POLLIN};
    int64_t deadline_ms = time_steady_ms() + TIMEOUT_MS, first_ms = 0;
    bool asked = false;

    while (worker_running(worker) && time_steady_ms() < deadline_ms) {
        struct worker_counts counts = worker_counts(worker);

        if (counts.posts && !first_ms)
            first_ms = time_steady_ms();
        if (counts.posts >= posts && !asked) {
            asked = true;
            worker_stop(worker);
        }
        uint64_t count;
        poll(&ended, 1, LOOK_MS);
        if (read(ended.fd, &count, sizeof count) == sizeof count && !asked)
            break; /* a lane gave up */
    }
    *took_ms = first_ms ? time_steady_ms() - first_ms : 0;
    worker_stop(worker);
    bool fine = worker_result(worker, err);
    if (fine && !asked)
        fine = fail(err, ERR_WORK, "the posts did not come through within %d s", TIMEOUT_MS / 1000);
    worker_free(worker);
    return fine;
}

/* What reads the downstream topics. */
struct readers {
    struct summary *summary;
    struct intake *intake; /* NULL: no trends are asked for */
};

static void take_event(const struct kafka_record *record, void *context)
{
    if (record->value.at)
        summary_event(((struct readers *)context)->summary);
}

static void take_row(const struct kafka_record *record, void *context)
{
    const struct readers *readers = context;

    if (!record->value.at)
        return;
    summary_row(readers->summary, record->value);
    if (readers->intake)
        intake_add(readers->intake, record->value, TIME_UNKNOWN);
}

static void take_dead(const struct kafka_record *record, void *context)
{
    summary_dead(((struct readers *)context)->summary, kafka_header(record, "trendmill.fault"),
                 kafka_header(record, "trendmill.message"));
}

static bool read_back(const struct config *config, struct readers *readers, struct arena *mem, struct err *err)
{
    const struct route *routes = config->routes.at;
    bool fine = kafka_read(config, span_string(config->dead_topic, mem), take_dead, readers, err);

    for (size_t i = 0; fine && i < config->routes.len; i++) {
        const char *topic = span_string(routes[i].topic, mem);

        if (routes[i].shape == SHAPE_event)
            fine = kafka_read(config, topic, take_event, readers, err);
        else if (routes[i].shape == SHAPE_facts)
            fine = kafka_read(config, topic, take_row, readers, err);
    }
    return fine;
}

/* --- trends --- */

static struct trend_store *open_store(const struct setup *setup, const char *folder, struct err *err)
{
    struct trend_settings *trends = &setup->config->trends;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        fail(err, ERR_WORK, "%s cannot be made: %s", folder, strerror(errno));
        return NULL;
    }
    trends->store = span_format(setup->config->mem, "%s/trends.db", folder);
    return sqlite_store_open(trends, STORE_REBUILD, err);
}

static bool write_site(const struct setup *setup, struct trend_store *store, const char *folder, struct err *err)
{
    const struct trend_settings *trends = &setup->config->trends;
    struct page_context page = {.settings = trends,
                                .rules = setup->rules,
                                .language = page_language(trends, SPAN(""), SPAN("")),
                                .links = PAGE_SITE};
    struct arena *mem = arena_new();
    struct question question;
    size_t tags;

    time_zone_set(trends->time_zone);
    bool fine = question_read(ASK_TAGS, &(struct asked){0}, mem, &question, err)
                && page_site_write(folder, &page, store, &question, &tags, err);
    if (fine)
        printf("\nTrends of %zu tags as pages: %s/index.html\n", tags, folder);
    arena_free(mem);
    return fine;
}

static bool show_trends(const struct setup *setup, struct intake *intake, const char *folder, struct err *err)
{
    return !intake || (intake_commit(intake, NULL, 0, false, err) && write_site(setup, intake->store, folder, err));
}

/* --- the whole --- */

static bool show(const struct setup *setup, struct kafka_mock *mock, const char *posts, struct intake *intake,
                 struct arena *mem, struct err *err)
{
    struct readers readers = {summary_new(setup->rules, mem), intake};
    struct summary_run run = {.lanes = (int)setup->config->lanes};

    if (!make_topics(mock, setup->config, err) || !feed(setup->config, posts, &run.posts, err))
        return false;
    fprintf(stderr, "%zu raw posts are in the topic; the worker joins its group…\n", run.posts);
    if (!run_lanes(setup, run.posts, &run.took_ms, err) || !read_back(setup->config, &readers, mem, err))
        return false;
    summary_print(readers.summary, run, stdout);
    return fflush(stdout) == 0 || fail(err, ERR_WORK, "the output cannot be written");
}

static bool show_all(const struct setup *setup, struct kafka_mock *mock, const char *posts, const char *trends,
                     struct arena *mem, struct err *err)
{
    struct trend_store *store = trends ? open_store(setup, trends, err) : NULL;
    struct intake *intake = store ? intake_new(store, setup->config->limits.post_bytes) : NULL;
    bool fine =
        (store || !trends) && show(setup, mock, posts, intake, mem, err) && show_trends(setup, intake, trends, err);

    intake_free(intake);
    if (store)
        store->ops->close(store);
    return fine;
}

static bool run_demo(const char *const *values, char *const *rest, struct err *err)
{
    struct arena *mem = arena_new();
    struct kafka_mock *mock = kafka_mock_start(1, err);
    struct setup setup = {0};
    bool fine = false;

    (void)rest;
    if (!mock)
        goto out;
    log_threshold(LOG_ERROR); /* the mock cluster lacks much that a broker has, and is warned of */
    const char *share = values[SHARE] ? values[SHARE] : default_share(mem);
    const char *posts = values[POSTS] ? values[POSTS] : span_format(mem, "%s/samples/posts.jsonl", share).at;
    fprintf(stderr, "An embedded broker (librdkafka's mock cluster) listens on %s.\n", kafka_mock_brokers(mock));
    if (!setup_load(span_format(mem, "%s/worker.yaml", share).at, &setup, err))
        goto out;
    config_set_brokers(setup.config, kafka_mock_brokers(mock));
    setup.config->lanes = 1;
    fine = show_all(&setup, mock, posts, values[TRENDS], mem, err);
out:
    setup_free(&setup);
    kafka_mock_stop(mock);
    arena_free(mem);
    return fine;
}

const struct command command_demo = {
    .name = "demo",
    .arguments = "",
    .help = "The whole job on an embedded broker with sample posts, ending in a summary.",
    .flags = flags,
    .run = run_demo,
};
