#include "worker/worker.h"
#include "common/cpus.h"
#include "common/log.h"
#include "common/threads.h"
#include "common/time.h"
#include "common/utf8.h"
#include "worker/kafka/kafka.h"
#include "worker/kafka/replay_options.h"
#include "worker/lane.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    STUCK_MS = 30000,
    WAITING_MS = 15000,
    ASLEEP_MS = 10000, /* between two looks of the watchdog, which are a second apart: nobody ran */
    LANE_THREADS = 13, /* the lane, its lookups, and those of its consumer and producer with three brokers */
};

/* A lane, and what its thread leaves behind. */
struct track {
    struct worker *worker;
    struct lane lane;
    struct lane_status status;
    struct current_post current;
    pthread_t thread;
    bool has_thread;
    atomic_bool ended;
    bool is_stuck; /* as the watchdog sees it */
    bool failed;
    struct err err;
};

struct worker {
    const struct config *config;
    const struct replay *replay; /* NULL: a live worker */
    struct live_rules *rules;
    struct metrics *metrics;
    pthread_mutex_t lock; /* of at_work */
    struct worker_rules at_work;
    struct arena *mem;
    struct span instance;
    atomic_bool stop;
    int64_t watched_ms, awake_since_ms; /* of the watchdog, on the steady clock */
    atomic_int running;
    int ended; /* eventfd: counts lanes that have ended */
    struct track *tracks;
    int tracks_len;
};

static bool run_lane(struct track *track)
{
    struct lane *lane = &track->lane;

    crash_keep_current(&track->current);
    lane->port = kafka_port_open(track->worker->config, track->worker->replay, track->worker->instance, lane->number,
                                 (struct port_watch){lane->line.meter, lane->status}, &track->err);
    if (!lane->port)
        return false;
    bool fine = lane_run(lane, &track->err);
    lane->port->ops->close(lane->port);
    return fine;
}

static void log_end(const struct track *track)
{
    const struct metrics *metrics = track->worker->metrics;
    int lane = track->lane.number;

    if (track->failed)
        log_event(LOG_ERROR, "lane-failed", "lane=%d message=%s", lane, log_quote(track->err.text));
    else
        log_event(LOG_INFO, "lane-ended", "lane=%d posts=%llu records=%llu dead=%llu dropped=%llu", lane,
                  metrics_total_of_lane(metrics, TOTAL_POSTS, lane),
                  metrics_total_of_lane(metrics, TOTAL_RECORDS, lane), metrics_total_of_lane(metrics, TOTAL_DEAD, lane),
                  metrics_total_of_lane(metrics, TOTAL_DROPPED, lane));
}

static void *thread(void *arg)
{
    struct track *track = arg;
    struct worker *worker = track->worker;
    uint64_t one = 1;
    char name[16]; /* what pthread_setname_np takes */

    snprintf(name, sizeof name, "lane-%d", track->lane.number);
    pthread_setname_np(pthread_self(), name); /* for gdb, top and perf */
    track->failed = !run_lane(track);
    log_end(track);
    atomic_store(&track->ended, true);
    atomic_fetch_sub(&worker->running, 1);
    if (write(worker->ended, &one, sizeof one) != sizeof one)
        abort();
    return NULL;
}

/* The lane has failed before it began; those beside it are drained. */
static void note_no_thread(struct track *track, const struct err *lack)
{
    track->failed = true;
    fail(&track->err, ERR_WORK, "lane %d cannot be started: %s", track->lane.number, lack->text);
    log_end(track);
    atomic_store(&track->ended, true);
    atomic_fetch_sub(&track->worker->running, 1);
}

static bool start_thread(struct track *track, struct err *err)
{
    int code = track->worker->ended < 0 ? EMFILE : pthread_create(&track->thread, NULL, thread, track);

    return !code || fail(err, ERR_WORK, "%s", strerror(code));
}

static void start_lane(struct worker *worker, int number, const struct err *lack)
{
    struct track *track = &worker->tracks[number];

    track->worker = worker;
    lane_status_open(&track->status);
    track->lane = (struct lane){
        .number = number,
        .line = line_of(worker->config, NULL), /* its rules come out of the box */
        .config = worker->config,
        .rules = worker->rules,
        .mem = arena_new(),
        .stop = &worker->stop,
        .status = &track->status,
    };
    track->lane.line.hides = worker->replay ? worker->replay->hides : NULL;
    track->lane.line.meter = metrics_meter(worker->metrics, number);
    struct err why = lack ? *lack : (struct err){0};
    track->has_thread = !lack && start_thread(track, &why);
    if (!track->has_thread)
        note_no_thread(track, &why);
}

static void note_rules(struct worker *worker, const struct ruleset *rules)
{
    pthread_mutex_lock(&worker->lock);
    worker->at_work.version = rules->version;
    memcpy(worker->at_work.fingerprint, rules->fingerprint, sizeof worker->at_work.fingerprint);
    pthread_mutex_unlock(&worker->lock);
}

struct worker *worker_start(const struct config *config, const struct ruleset *rules, const struct replay *replay)
{
    struct arena *mem = arena_new();
    struct worker *worker = arena_zero(mem, sizeof *worker);

    worker->config = config;
    worker->replay = replay;
    worker->rules = live_rules_new(rules);
    worker->mem = mem;
    worker->instance = kafka_instance(config, mem);
    worker->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->tracks_len = config->lanes ? (int)config->lanes : cpus_granted();
    worker->metrics = metrics_new(config, rules, worker->tracks_len);
    pthread_mutex_init(&worker->lock, NULL);
    note_rules(worker, rules);
    worker->tracks = arena_zero(mem, (size_t)worker->tracks_len * sizeof *worker->tracks);
    atomic_store(&worker->running, worker->tracks_len);
    struct err lack = {0};
    bool has_room = threads_have_room(worker->tracks_len * LANE_THREADS, &lack);
    for (int i = 0; i < worker->tracks_len; i++)
        start_lane(worker, i, has_room ? NULL : &lack);
    return worker;
}

int worker_fd(const struct worker *worker)
{
    return worker->ended;
}

void worker_stop(struct worker *worker)
{
    atomic_store(&worker->stop, true);
}

#define RELOAD_WORDS(id, outcome, name, words) [RELOAD_##id] = {RELOAD_##outcome, name, words},
const struct reload_words reload_results[RELOAD_RESULT_COUNT] = {RELOAD_RESULTS(RELOAD_WORDS)};
const char *const reload_outcome_names[RELOAD_OUTCOMES] = {"taken", "refused", "unchanged"};

void worker_note_config(struct worker *worker, struct span words)
{
    pthread_mutex_lock(&worker->lock);
    snprintf(worker->at_work.config, sizeof worker->at_work.config, "%.*s",
             SPAN_ARGS(utf8_cut(words, sizeof worker->at_work.config - 1)));
    pthread_mutex_unlock(&worker->lock);
}

void worker_reload(struct worker *worker, struct ruleset *rules, enum reload_result result)
{
    pthread_mutex_lock(&worker->lock);
    worker->at_work.reloads[reload_results[result].outcome]++;
    worker->at_work.reloaded_ms = time_now_ms();
    worker->at_work.result = result;
    pthread_mutex_unlock(&worker->lock);
    if (!rules)
        return;
    note_rules(worker, rules);
    metrics_add_tags(worker->metrics, rules);
    live_rules_put(worker->rules, rules);
}

static int64_t still_ms_of(struct track *track)
{
    int64_t turned_ms = atomic_load(&track->lane.turned_ms);

    return turned_ms && !atomic_load(&track->ended) ? time_steady_ms() - turned_ms : 0;
}

/* With the post that the lane works on, if it does; else it waits in a call of librdkafka. */
static void log_stuck(const struct track *track, const char *event, int64_t still_ms)
{
    struct post_place post = crash_place(&track->current);

    if (post.input)
        log_event(LOG_ERROR, event, "lane=%d still_ms=%lld post=%.*s/%d/%lld", track->lane.number, (long long)still_ms,
                  SPAN_ARGS(post.input->topic), post.partition, (long long)post.offset);
    else
        log_event(LOG_ERROR, event, "lane=%d still_ms=%lld waits_in=%s", track->lane.number, (long long)still_ms,
                  log_quote(lane_status_waits_in(&track->status)));
}

static void watch(struct track *track)
{
    int64_t still_ms = still_ms_of(track);
    bool is_stuck = still_ms > STUCK_MS;

    if (is_stuck && !track->is_stuck)
        log_stuck(track, "lane-stuck", still_ms);
    else if (track->is_stuck && !is_stuck)
        log_event(LOG_INFO, "lane-recovered", "lane=%d still_ms=%lld", track->lane.number, (long long)still_ms);
    track->is_stuck = is_stuck;
}

/* A hang of librdkafka may last as long as the process: see DESIGN.md. Time in which the process itself stood still,
 * stopped or frozen, is no hang of a lane. */
static void end_if_stuck(struct worker *worker, const struct track *track, int64_t still_ms)
{
    int64_t awake_ms = time_steady_ms() - worker->awake_since_ms;

    if (still_ms < worker->config->stuck_timeout_ms || awake_ms < worker->config->stuck_timeout_ms)
        return;
    log_stuck(track, "stuck-timeout", still_ms);
    _exit(EXIT_FAILURE);
}

void worker_watch(struct worker *worker)
{
    int64_t now_ms = time_steady_ms();

    if (now_ms - worker->watched_ms > ASLEEP_MS)
        worker->awake_since_ms = now_ms;
    worker->watched_ms = now_ms;
    for (int i = 0; i < worker->tracks_len; i++)
        watch(&worker->tracks[i]);
    for (int i = 0; i < worker->tracks_len; i++)
        end_if_stuck(worker, &worker->tracks[i], still_ms_of(&worker->tracks[i]));
}

int worker_running(struct worker *worker)
{
    return atomic_load(&worker->running);
}

struct worker_counts worker_counts(const struct worker *worker)
{
    const struct metrics *metrics = worker->metrics;

    return (struct worker_counts){metrics_total(metrics, TOTAL_POSTS), metrics_total(metrics, TOTAL_RECORDS),
                                  metrics_total(metrics, TOTAL_DEAD), metrics_total(metrics, TOTAL_DROPPED),
                                  metrics_total(metrics, TOTAL_HIDDEN)};
}

int worker_lanes(const struct worker *worker)
{
    return worker->tracks_len;
}

struct lane_view worker_lane(struct worker *worker, int lane)
{
    struct track *track = &worker->tracks[lane];
    struct lane_view view = {
        .still_ms = still_ms_of(track), .ended = atomic_load(&track->ended), .status = &track->status};

    view.is_stuck = view.still_ms > STUCK_MS;
    view.is_waiting = view.still_ms > WAITING_MS;
    view.post = crash_place(&track->current);
    view.waits_in = lane_status_waits_in(&track->status);
    view.failure = view.ended && track->failed ? track->err.text : NULL;
    return view;
}

struct worker_rules worker_rules(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    struct worker_rules rules = worker->at_work;
    pthread_mutex_unlock(&worker->lock);
    return rules;
}

bool worker_is_stopping(struct worker *worker)
{
    return atomic_load(&worker->stop);
}

struct span worker_instance(const struct worker *worker)
{
    return worker->instance;
}

const struct metrics *worker_metrics(const struct worker *worker)
{
    return worker->metrics;
}

bool worker_result(struct worker *worker, struct err *err)
{
    for (int i = 0; i < worker->tracks_len; i++)
        if (atomic_load(&worker->tracks[i].ended) && worker->tracks[i].failed) {
            *err = worker->tracks[i].err;
            return false;
        }
    return true;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    for (int i = 0; i < worker->tracks_len; i++) {
        if (worker->tracks[i].has_thread)
            pthread_join(worker->tracks[i].thread, NULL);
        lane_status_close(&worker->tracks[i].status);
        arena_free(worker->tracks[i].lane.mem);
    }
    metrics_free(worker->metrics);
    pthread_mutex_destroy(&worker->lock);
    live_rules_free(worker->rules);
    if (worker->ended >= 0)
        close(worker->ended);
    arena_free(worker->mem);
}
