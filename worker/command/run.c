#include "common/log.h"
#include "common/time.h"
#include "worker/command/command.h"
#include "worker/command/reload.h"
#include "worker/command/signals.h"
#include "worker/crash.h"
#include "worker/kafka/kafka.h"
#include "worker/status.h"

#include <signal.h>
#include <unistd.h>

enum { WATCH_MS = 1000, NEW_TOPIC_MS = 3000, LOOK_MS = 200 };

static const struct flag flags[] = {FLAG_CONFIG, {0}};

/* The topics that are missing, in words; empty if none is. False: no answer. */
static bool find_missing(const struct config *config, struct buf *missing, struct err *err)
{
    struct topics topics;

    if (!kafka_topics(config, missing->mem, &topics, err))
        return false;
    for (size_t i = 0; i < topics.len; i++)
        if (!topics.at[i].is_there && !topics.at[i].is_of_trends)
            buf_format(missing, "%s%.*s (%s)", missing->len ? ", " : "", SPAN_ARGS(topics.at[i].name),
                       topics.at[i].role);
    return true;
}

/* A topic that was made a moment ago is not known to every broker yet. A stop ends the wait. */
static bool all_topics_there(const struct config *config, int signals, struct err *err)
{
    int64_t until_ms = time_steady_ms() + NEW_TOPIC_MS;
    struct arena *mem = arena_new();
    struct buf missing = buf_in(mem);
    bool fine = find_missing(config, &missing, err);

    while (fine && missing.len && time_steady_ms() < until_ms && !signals_wait(signals, -1, LOOK_MS)) {
        missing.len = 0;
        fine = find_missing(config, &missing, err);
    }
    if (fine && missing.len)
        fine = fail(err, ERR_CLUSTER, "missing topics: %.*s; trendmill topics --create makes them",
                    SPAN_ARGS(buf_span(&missing)));
    arena_free(mem);
    return fine;
}

static bool is_stopped(void *signals)
{
    int signal = signals_wait(*(int *)signals, -1, 0);

    return signal && signal != SIGHUP;
}

/* What a start needs of the cluster. *stopped: a signal came first. */
static bool find_cluster(const struct config *config, int signals, bool *stopped, struct err *err)
{
    enum await found = kafka_await(config, is_stopped, &signals, err);

    *stopped = found == AWAIT_STOPPED;
    if (*stopped)
        log_event(LOG_INFO, "draining", "reason=signal");
    return found == AWAIT_HEARD && all_topics_there(config, signals, err);
}

/* Turns until a signal or a lane ends it, and drains. */
static bool wait_for_end(struct worker *worker, const struct setup *setup, int signals, struct err *err)
{
    struct reloader *reloader = reloader_new(setup, worker);
    int signal = 0;

    while (worker_running(worker) && worker_result(worker, err) && (!signal || signal == SIGHUP)) {
        signal = signals_wait(signals, worker_fd(worker), WATCH_MS);
        if (signal == SIGHUP)
            reloader_reload(reloader);
        reloader_watch(reloader);
        worker_watch(worker);
    }
    reloader_free(reloader);
    log_event(LOG_INFO, "draining", "reason=%s", signal ? "signal" : "lane-failed");
    worker_stop(worker);
    worker_drain(worker, signals, setup->config->drain_timeout_ms);
    return worker_result(worker, err);
}

/* The port is taken before any work begins: one that cannot be had is an error of the config. */
static bool listen_at(const struct http_settings *settings, struct http **http, struct err *err)
{
    *http = settings->node ? http_listen(settings->address, settings->port, err) : NULL;
    return *http || !settings->node;
}

static bool work_watched(const struct setup *setup, int signals, struct err *err)
{
    const struct config *config = setup->config;
    struct http *http;

    if (!listen_at(&config->http, &http, err))
        return false;
    struct worker *worker = worker_start(config, setup->rules, NULL);
    struct status *status = status_new(config, worker, TRENDMILL_VERSION);
    const struct http_site site = {.routes = status_routes,
                                   .context = status,
                                   .hosts = config->http.hosts.at,
                                   .hosts_len = config->http.hosts.len,
                                   .hosts_setting = "http.hosts"};
    bool serves = !http || http_serve(http, &site, err);
    if (!serves)
        worker_stop(worker);
    bool fine = wait_for_end(worker, setup, signals, serves ? err : &(struct err){0}) && serves;
    http_close(http);
    status_free(status);
    worker_free(worker);
    return fine;
}

static bool run_worker(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;
    int signals = signals_take(err); /* before anything else: a stop may come while rules load */

    (void)rest;
    crash_install();
    if (signals < 0 || !setup_load(values[0], &setup, err))
        return false;
    log_write_as((enum log_format)setup.config->log.format);
    log_threshold((enum log_level)setup.config->log.level);
    bool stopped;
    bool fine = find_cluster(setup.config, signals, &stopped, err);
    if (fine) {
        log_event(LOG_INFO, "start", "group=%s rules=\"%.*s\" librdkafka=%s",
                  log_quote(span_string(setup.config->group, setup.config->mem)), SPAN_ARGS(setup.rules->name),
                  kafka_version_running());
        fine = work_watched(&setup, signals, err);
    }
    close(signals);
    setup_free(&setup);
    return fine || stopped;
}

const struct command command_run = {
    .name = "run",
    .arguments = "",
    .help = "The worker: joins the consumer group and runs until SIGTERM or SIGINT, then drains.",
    .flags = flags,
    .run = run_worker,
};
