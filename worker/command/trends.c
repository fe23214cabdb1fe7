#include "common/log.h"
#include "common/time.h"
#include "worker/command/command.h"
#include "worker/command/signals.h"
#include "worker/command/trends_publish.h"
#include "worker/crash.h"
#include "worker/kafka/facts_reader.h"
#include "worker/trends/trend_site.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { CONFIG, FACTS, ONCE, REBUILD, READ_ONLY };
enum {
    POLL_MS = 100,
    COMMIT_MS = 500,
    CATCH_UP_MS = 5000,
    IDLE_MS = 200,
    PROGRESS_MS = 10000,
    TERMINAL_MS = 200,
    BEHIND = 10000
};

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [FACTS] = {"facts", "FILE", "Read rows from a file, one a line (- is stdin), not from Kafka."},
    [ONCE] = {"once", NULL, "Read up to the end as it is now, then end."},
    [REBUILD] = {"rebuild", NULL, "Drop the store's content first, and read all rows again."},
    [READ_ONLY] = {"read-only", NULL, "Serve alone: another process writes the store."},
    {0},
};

struct stage {
    const char *const *values;
    const struct setup *setup;
    struct trend_store *store;
    struct intake *intake;
    struct trend_status *status;
    struct publishing *publishing; /* NULL: nothing is */
    struct facts_reader *reader;   /* NULL: rows come from a file, or another process writes */
    int signals;
    bool is_stopped;      /* while a stream was read */
    int64_t commit_us;    /* when the commit began that is made now; 0: not by Kafka's turns */
    struct place *places; /* what was committed last, of each partition */
    struct trend_lag *lags;
    struct arena *mem; /* of those two: they grow with the partitions */
    size_t len, ends_len;
    int64_t *ends; /* of --once */
    struct {
        bool on_terminal, behind;
        int64_t started_ms, shown_ms, lag;
    } progress;
};

static void log_taken(const struct intake *intake)
{
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);

    buf_format(&out, "rows=%lld bad=%lld", (long long)intake->taken, (long long)intake_bad(intake));
    for (int i = ROW_NONE + 1; i < ROW_FAULT_COUNT; i++)
        if (intake->faults[i])
            buf_format(&out, " %s=%lld", row_faults[i].name, (long long)intake->faults[i]);
    log_event(LOG_INFO, "taken", "%.*s", SPAN_ARGS(buf_span(&out)));
    arena_free(mem);
}

/* --- progress --- */

static void begin_progress(struct stage *stage)
{
    stage->progress.on_terminal = isatty(STDERR_FILENO);
    stage->progress.started_ms = stage->progress.shown_ms = time_steady_ms();
    stage->progress.lag = facts_reader_lag(stage->reader);
    stage->progress.behind = stage->progress.lag > BEHIND;
}

static void say_progress(struct stage *stage, int64_t lag, int64_t now_ms)
{
    double seconds = (double)(now_ms - stage->progress.started_ms) / 1000;
    double rate = seconds > 0 ? (double)(stage->progress.lag - lag) / seconds : 0;
    long long eta_s = rate > 0 ? (long long)((double)lag / rate + 0.5) : -1;

    if (!stage->progress.on_terminal) {
        log_event(LOG_INFO, "catching-up", "rows=%lld left=%lld rate=%.0f eta_s=%lld", (long long)stage->intake->taken,
                  (long long)lag, rate, eta_s);
        return;
    }
    fprintf(stderr, "\r\033[K%lld rows, %lld left, %.0f/s", (long long)stage->intake->taken, (long long)lag, rate);
    if (eta_s >= 0)
        fprintf(stderr, ", %lld:%02lld to go", eta_s / 60, eta_s % 60);
    fflush(stderr);
}

/* Only while it is far behind; then once that it is no more. */
static void show_progress(struct stage *stage)
{
    int64_t now_ms = time_steady_ms(), lag = facts_reader_lag(stage->reader);

    if (!stage->progress.behind)
        return;
    if (!lag) {
        stage->progress.behind = false;
        if (stage->progress.on_terminal)
            fputc('\n', stderr);
        log_event(LOG_INFO, "caught-up", "rows=%lld took_ms=%lld", (long long)stage->intake->taken,
                  (long long)(now_ms - stage->progress.started_ms));
        return;
    }
    if (now_ms - stage->progress.shown_ms < (stage->progress.on_terminal ? TERMINAL_MS : PROGRESS_MS))
        return;
    stage->progress.shown_ms = now_ms;
    say_progress(stage, lag, now_ms);
}

/* What the store has as it is now. */
static bool show_figures(struct stage *stage, struct err *err)
{
    struct store_figures figures;

    if (!stage->store->ops->figures(stage->store, &figures, err))
        return false;
    trend_status_committed(stage->status, &figures, stage->commit_us ? time_steady_us() - stage->commit_us : 0);
    return true;
}

/* What is served from now on is of this commit: answers of before are not given again. */
static void note_commit(void *context)
{
    struct err err = {0};

    if (!show_figures(context, &err))
        log_event(LOG_WARN, "unanswered", "message=%s", log_quote(err.text));
}

/* --- reading from Kafka --- */

static bool take_record(const struct kafka_record *record, void *context)
{
    struct stage *stage = context;

    return intake_add(stage->intake, record->value, record->timestamp_ms);
}

/* Room for partitions that were added. */
static void match_partitions(struct stage *stage, const struct facts_partition *partitions, size_t len)
{
    if (len == stage->len)
        return;
    struct place *places = arena_zero(stage->mem, len * sizeof *places);
    for (size_t i = 0; i < len; i++)
        places[i] = (struct place){span_of(partitions[i].topic), partitions[i].partition,
                                   i < stage->len ? stage->places[i].offset : -1};
    stage->places = places;
    stage->lags = arena_zero(stage->mem, len * sizeof *stage->lags);
    stage->len = len;
}

/* The places that changed since the last commit; they are taken for committed. */
static size_t changed_places(struct stage *stage, struct place *changed)
{
    size_t len, changed_len = 0;
    const struct facts_partition *partitions = facts_reader_partitions(stage->reader, &len);

    match_partitions(stage, partitions, len);
    for (size_t i = 0; i < len; i++) {
        if (stage->places[i].offset == partitions[i].next)
            continue;
        stage->places[i].offset = partitions[i].next;
        changed[changed_len++] = stage->places[i];
    }
    return changed_len;
}

static bool commit(struct stage *stage, struct err *err)
{
    size_t len;

    stage->commit_us = time_steady_us();
    facts_reader_partitions(stage->reader, &len);
    struct place *changed = arena_take(stage->intake->mem, (len + 1) * sizeof *changed);
    size_t changed_len = changed_places(stage, changed);
    bool fine = intake_commit(stage->intake, changed, changed_len, false, err);
    stage->commit_us = 0;
    return fine;
}

/* A commit writes each page that changed: the fewer while it is far behind, the less each row costs. A hide is not kept
 * waiting, unless there is a backlog. */
static bool is_due(const struct stage *stage)
{
    int64_t lag = facts_reader_lag(stage->reader), wait_ms = lag > BEHIND ? CATCH_UP_MS : COMMIT_MS;

    return intake_is_full(stage->intake) || (stage->intake->has_hides && !lag)
           || (stage->intake->since_ms && time_steady_ms() - stage->intake->since_ms >= wait_ms);
}

struct second_reading {
    struct stage *stage;
    struct err *err;
    bool failed;
};

static void take_record_again(const struct kafka_record *record, void *context)
{
    struct second_reading *second = context;
    struct intake *intake = second->stage->intake;

    if (second->failed)
        return;
    intake_add(intake, record->value, record->timestamp_ms);
    if (intake_is_full(intake))
        second->failed = !intake_commit(intake, NULL, 0, false, second->err);
}

/* Where a hide was taken back, what was lost comes from the topics, once all before it was read; at once where a step
 * is to be published. */
static bool read_again(struct stage *stage, bool at_once, struct err *err)
{
    struct second_reading second = {stage, err, false};
    struct store_figures figures;
    struct err why = {0};

    if (!stage->store->ops->figures(stage->store, &figures, err))
        return false;
    if (!figures.waiting || (!at_once && facts_reader_lag(stage->reader)))
        return true;
    log_event(LOG_INFO, "reading-again", "posts=%lld reason=hide-taken-back", (long long)figures.waiting);
    stage->intake->again = true;
    bool read = facts_reader_again(stage->reader, take_record_again, &second, &why);
    bool fine = read && !second.failed && intake_commit(stage->intake, NULL, 0, true, err);
    stage->intake->again = false;
    if (read || second.failed)
        return fine;
    if (why.kind == ERR_CLUSTER && !stage->values[ONCE]) {
        log_event(LOG_WARN, "kafka", "message=%s", log_quote(why.text)); /* the next turn tries again */
        return true;
    }
    *err = why;
    return false;
}

static void show(struct stage *stage)
{
    size_t len;
    const struct facts_partition *partitions = facts_reader_partitions(stage->reader, &len);

    match_partitions(stage, partitions, len);
    for (size_t i = 0; i < len; i++)
        stage->lags[i] =
            (struct trend_lag){partitions[i].topic, partitions[i].partition, partitions[i].next, partitions[i].end};
    trend_status_show(stage->status, stage->intake, stage->lags, len,
                      facts_reader_hears(stage->reader) ? publishing_lacks(stage->publishing)
                                                        : "the brokers do not answer");
    show_progress(stage);
}

/* Of --once: what was there when it began is read. */
static bool is_done(const struct stage *stage)
{
    size_t len;
    const struct facts_partition *partitions = facts_reader_partitions(stage->reader, &len);

    if (!stage->values[ONCE])
        return false;
    for (size_t i = 0; i < stage->ends_len; i++)
        if (partitions[i].next < stage->ends[i])
            return false;
    return true;
}

static void keep_ends(struct stage *stage)
{
    const struct facts_partition *partitions = facts_reader_partitions(stage->reader, &stage->ends_len);

    stage->ends = arena_take(stage->mem, (stage->ends_len + 1) * sizeof *stage->ends);
    for (size_t i = 0; i < stage->ends_len; i++)
        stage->ends[i] = partitions[i].end;
}

static bool is_asked_to_stop(const struct stage *stage, int wait_ms)
{
    int signal = signals_wait(stage->signals, -1, wait_ms);

    return signal && signal != SIGHUP;
}

/* A step of event time, if one is due. */
static bool publish(struct stage *stage, struct err *err)
{
    struct publishing *publishing = stage->publishing;

    if (!publishing || !publishing_is_due(publishing, stage->reader, stage->values[ONCE]))
        return true;
    if (!publishing_is_made(publishing)
        && (!commit(stage, err) || !read_again(stage, true, err) || !publishing_make(publishing, err)))
        return false;
    return !publishing_is_made(publishing) || publishing_write(publishing, stage->reader, err);
}

static bool consume(struct stage *stage, struct err *err)
{
    keep_ends(stage);
    begin_progress(stage);
    while (!is_done(stage) && !is_asked_to_stop(stage, 0)) {
        if (!facts_reader_poll(stage->reader, POLL_MS, take_record, stage, err)
            || (is_due(stage) && (!commit(stage, err) || !read_again(stage, false, err))) || !publish(stage, err))
            return false;
        show(stage);
    }
    log_event(LOG_INFO, "draining", "reason=%s", is_done(stage) ? "once" : "signal");
    return commit(stage, err) && read_again(stage, false, err);
}

static bool read_kafka(struct stage *stage, struct err *err)
{
    const struct config *config = stage->setup->config;
    struct places places;

    if (!config->trends.from.len)
        return fail(err, ERR_CONFIG, "no route of shape facts is named \"facts\"; name one under trends: from");
    if (!stage->store->ops->places(stage->store, stage->mem, &places, err))
        return false;
    struct facts_partition *known = arena_zero(stage->mem, (places.len + 1) * sizeof *known);
    for (size_t i = 0; i < places.len; i++)
        known[i] = (struct facts_partition){.topic = span_string(places.at[i].topic, stage->mem),
                                            .partition = places.at[i].partition,
                                            .next = places.at[i].offset};
    stage->reader = facts_reader_open(config, &config->trends.from, known, places.len, err);
    if (!stage->reader)
        return false;
    if (config->trends.publish.node) {
        stage->publishing = publishing_open(stage->setup, stage->store, stage->intake, stage->status, err);
        if (!stage->publishing)
            return false;
    }
    return consume(stage, err);
}

/* --- from a file, and without reading --- */

/* Of a stream: the probes hear meanwhile that it turns. */
static enum intake_wait wait_for_rows(void *context, int file, int64_t most_ms)
{
    struct stage *stage = context;
    struct pollfd fds[] = {{.fd = file, .events = POLLIN}, {.fd = stage->signals, .events = POLLIN}};

    trend_status_show(stage->status, stage->intake, NULL, 0, "");
    poll(fds, 2, most_ms < 0 || most_ms > IDLE_MS ? IDLE_MS : (int)most_ms);
    if (fds[1].revents && is_asked_to_stop(stage, 0)) {
        stage->is_stopped = true;
        return INTAKE_STOP;
    }
    return fds[0].revents ? INTAKE_READY : INTAKE_NOT_YET;
}

static bool read_file(struct stage *stage, struct err *err)
{
    const char *path = stage->values[FACTS];
    bool is_stdin = !strcmp(path, "-");
    int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return fail(err, ERR_WORK, "%s cannot be read: %s", path, strerror(errno));
    stage->intake->wait = wait_for_rows;
    bool fine = intake_file(stage->intake, file, is_stdin ? "stdin" : path, err);
    if (!is_stdin)
        close(file);
    return fine;
}

/* Serves until it is asked to stop. */
static bool serve(struct stage *stage, struct err *err)
{
    if (stage->values[ONCE] || stage->is_stopped)
        return true;
    do {
        if (!show_figures(stage, err))
            return false;
        trend_status_show(stage->status, stage->intake, NULL, 0, "");
    } while (!is_asked_to_stop(stage, IDLE_MS));
    return true;
}

/* --- the whole --- */

static bool take_rows(struct stage *stage, struct err *err)
{
    if (stage->values[READ_ONLY])
        return serve(stage, err);
    if (stage->values[FACTS] && stage->setup->config->trends.publish.node)
        log_event(LOG_WARN, "not-published", "message=\"rows of a file are of no partitions: no step is written\"");
    bool fine = stage->values[FACTS] ? read_file(stage, err) && serve(stage, err) : read_kafka(stage, err);
    log_taken(stage->intake);
    return fine;
}

static bool listen_and_work(struct stage *stage, struct err *err)
{
    const struct trend_settings *settings = &stage->setup->config->trends;

    if (!settings->http.node || stage->values[ONCE])
        return take_rows(stage, err);
    if (!setup_read_keys(stage->setup, err))
        return false;
    struct trend_site *site = trend_site_new(settings, stage->setup->rules, stage->status, TRENDMILL_VERSION, err);
    struct http *http = site ? http_listen(settings->http.address, settings->http.port, err) : NULL;
    bool fine =
        http && show_figures(stage, err) && http_serve(http, trend_site_http(site), err) && take_rows(stage, err);
    http_close(http);
    trend_site_free(site);
    return fine;
}

static bool read_facts(struct stage *stage, struct err *err)
{
    enum store_mode mode = stage->values[READ_ONLY] ? STORE_READ : stage->values[REBUILD] ? STORE_REBUILD : STORE_WRITE;

    stage->store = sqlite_store_open(&stage->setup->config->trends, mode, err);
    if (!stage->store)
        return false;
    stage->mem = arena_new();
    stage->intake = intake_new(stage->store, stage->setup->config->limits.post_bytes);
    stage->intake->committed = note_commit;
    stage->intake->context = stage;
    stage->status = trend_status_new(TRENDMILL_VERSION);
    log_event(LOG_INFO, "start", "store=%s mode=%s", log_quote(stage->setup->config->trends.store.at),
              mode == STORE_READ      ? "read-only"
              : mode == STORE_REBUILD ? "rebuild"
                                      : "write");
    bool fine = listen_and_work(stage, err);
    publishing_close(stage->publishing);
    facts_reader_close(stage->reader);
    trend_status_free(stage->status);
    intake_free(stage->intake);
    arena_free(stage->mem);
    stage->store->ops->close(stage->store);
    return fine;
}

static bool run_trends(const char *const *values, char *const *rest, struct err *err)
{
    /* Before anything else: a stop may come while rules load. One file to its end is stopped as any program is. */
    bool takes_signals = !values[FACTS] || !values[ONCE];
    int signals = takes_signals ? signals_take(err) : -1;
    struct setup setup;

    (void)rest;
    if (takes_signals && signals < 0)
        return false;
    if (values[READ_ONLY] && (values[REBUILD] || values[FACTS] || values[ONCE]))
        return fail(err, ERR_CONFIG, "--read-only reads no rows; leave --rebuild, --facts and --once out");
    crash_install();
    if (!setup_load(values[CONFIG], &setup, err))
        return false;
    log_write_as((enum log_format)setup.config->log.format);
    log_threshold((enum log_level)setup.config->log.level);
    bool fine = read_facts(&(struct stage){.values = values, .setup = &setup, .signals = signals}, err);
    if (signals >= 0)
        close(signals);
    setup_free(&setup);
    return fine;
}

const struct command command_trends = {
    .name = "trends",
    .arguments = "",
    .help = "The trend stage: reads facts rows into a store that answers what is said about a tag.",
    .flags = flags,
    .run = run_trends,
};
