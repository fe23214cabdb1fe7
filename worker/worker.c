#include "worker/worker.h"
#include "common/cpus.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/kafka.h"
#include "worker/lane.h"
#include "worker/replay.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STUCK_MS = 30000 };

/* A lane, and what its thread leaves behind. */
struct track {
    struct worker *worker;
    struct lane lane;
    pthread_t thread;
    atomic_bool ended;
    bool is_stuck;                      /* as the watchdog sees it */
    bool failed;
    struct err err;
};

struct worker {
    const struct config *config;
    struct rules_box *rules;
    struct arena *mem;
    struct span instance;
    atomic_bool stop;
    atomic_int running;
    int ended;                          /* eventfd: counts lanes that have ended */
    struct track *tracks;
    int tracks_len;
};

static bool run(struct track *track)
{
    struct lane *lane = &track->lane;

    lane->port = kafka_port_open(track->worker->config, track->worker->instance, lane->number, &track->err);
    if (!lane->port)
        return false;
    bool fine = lane_run(lane, &track->err);
    lane->port->ops->close(lane->port);
    return fine;
}

static void *thread(void *arg)
{
    struct track *track = arg;
    struct worker *worker = track->worker;
    uint64_t one = 1;

    track->failed = !run(track);
    if (track->failed)
        log_event(LOG_ERROR, "lane-failed", "lane=%d message=%s", track->lane.number, log_quote(track->err.text));
    else
        log_event(LOG_INFO, "lane-ended", "lane=%d posts=%llu records=%llu dead=%llu dropped=%llu",
                  track->lane.number, atomic_load(&track->lane.counts.posts),
                  atomic_load(&track->lane.counts.records), atomic_load(&track->lane.counts.dead),
                  atomic_load(&track->lane.counts.dropped));
    atomic_store(&track->ended, true);
    atomic_fetch_sub(&worker->running, 1);
    if (write(worker->ended, &one, sizeof one) != sizeof one)
        abort();
    return NULL;
}

static void start_lane(struct worker *worker, int number)
{
    struct track *track = &worker->tracks[number];

    track->worker = worker;
    track->lane = (struct lane){
        .number = number,
        .line = {&worker->config->limits, NULL, &worker->config->routes, &worker->config->skip,
                 worker->config->replay ? worker->config->replay->hides : NULL},
        .rules = worker->rules, .mem = arena_new(), .stop = &worker->stop,
    };
    if (pthread_create(&track->thread, NULL, thread, track) != 0)
        abort();
}

struct worker *worker_start(const struct config *config, const struct ruleset *rules)
{
    struct arena *mem = arena_new();
    struct worker *worker = arena_zero(mem, sizeof *worker);

    worker->config = config;
    worker->rules = rules_box_new(rules);
    worker->mem = mem;
    worker->instance = kafka_instance(config, mem);
    worker->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->tracks_len = config->lanes ? (int)config->lanes : cpus_granted();
    worker->tracks = arena_zero(mem, (size_t)worker->tracks_len * sizeof *worker->tracks);
    atomic_store(&worker->running, worker->tracks_len);
    for (int i = 0; i < worker->tracks_len; i++)
        start_lane(worker, i);
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

void worker_reload(struct worker *worker, struct ruleset *rules)
{
    rules_box_put(worker->rules, rules);
}

static void watch(struct track *track)
{
    int64_t turned_ms = atomic_load(&track->lane.turned_ms);
    int64_t still_ms = turned_ms ? time_steady_ms() - turned_ms : 0;
    bool is_stuck = still_ms > STUCK_MS && !atomic_load(&track->ended);

    if (is_stuck != track->is_stuck)
        log_event(is_stuck ? LOG_ERROR : LOG_INFO, is_stuck ? "lane-stuck" : "lane-turns-again", "lane=%d still_ms=%lld",
                  track->lane.number, (long long)still_ms);
    track->is_stuck = is_stuck;
}

void worker_watch(struct worker *worker)
{
    for (int i = 0; i < worker->tracks_len; i++)
        watch(&worker->tracks[i]);
}

int worker_running(struct worker *worker)
{
    return atomic_load(&worker->running);
}

struct worker_counts worker_counts(const struct worker *worker)
{
    struct worker_counts sum = {0};

    for (int i = 0; i < worker->tracks_len; i++) {
        const struct lane_counts *counts = &worker->tracks[i].lane.counts;

        sum.posts += atomic_load(&counts->posts);
        sum.records += atomic_load(&counts->records);
        sum.dead += atomic_load(&counts->dead);
        sum.dropped += atomic_load(&counts->dropped);
        sum.hidden += atomic_load(&counts->hidden);
    }
    return sum;
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
        pthread_join(worker->tracks[i].thread, NULL);
        arena_free(worker->tracks[i].lane.mem);
    }
    rules_box_free(worker->rules);
    close(worker->ended);
    arena_free(worker->mem);
}
