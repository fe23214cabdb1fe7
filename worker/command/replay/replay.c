/* A bounded range once more through the live worker's own line, in a group of its own. */
#include "worker/command/replay/replay.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/command/command.h"
#include "worker/command/signals.h"
#include "worker/crash.h"
#include "worker/line.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { LOOK_MS = 250, ANSWER_MS = 2000, FIRST_ANSWER_MS = 30000 };

static const struct flag flags[] = {
    [REPLAY_CONFIG] = FLAG_CONFIG,
    [REPLAY_FROM] = {"from", "BOUND",
                     "Where the range begins: earliest, offsets (0:100,1:250), a time, or an age (6h)."},
    [REPLAY_TO] = {"to", "BOUND", "Where it ends: latest, offsets, a time or an age; fixed when the replay begins."},
    [REPLAY_INPUT] = {"input", "TOPIC", "Replay this input alone (default all)."},
    [REPLAY_PARTITIONS] = {"partitions", "LIST", "These partitions alone, such as 0,3."},
    [REPLAY_NAME] = {"name", "NAME",
                     "Processes with one name share a replay, and a name given again goes on with it "
                     "(default one made of the time)."},
    [REPLAY_ROUTE] = {"route", "LIST", "Write these routes alone; dead_letters is one too."},
    [REPLAY_TO_TOPIC] = {"to-topic", "ROUTE=TOPIC,...",
                         "Write the records of a route to another topic, which is made "
                         "like the old one; routes that are not named are not written."},
    [REPLAY_IN_PLACE] = {"in-place", NULL, "Allow writing where the live worker writes, or where records are already."},
    [REPLAY_RATE] = {"rate", "RATE",
                     "At most this many posts a second (500) or bytes (5MB/s, 5MiB/s), in this process."},
    [REPLAY_MEMORY] =
        {"memory", "SIZE",
         "Memory for ids of hidden posts, and as much for what --diff and --verify compare; more is kept on disk "
         "(default 64MiB)."},
    [REPLAY_DRY_RUN] = {"dry-run", NULL, "Publish nothing; print what would come of the range."},
    [REPLAY_REPORT] = {"report", "FILE", "Write a report there as JSON."},
    [REPLAY_DEAD] = {"dead", NULL,
                     "Replay dead letters as the records that they were; the range is one of their topic. "
                     "Those that fail again, and shortened ones, are counted and left."},
    [REPLAY_FAULT] = {"fault", "NAME", "With --dead: those of this fault alone."},
    [REPLAY_VERIFY] = {"verify", NULL,
                       "Publish nothing; compare the range with what its topics hold, and end with 1 where "
                       "posts are missing or other than the rules that they name give."},
    [REPLAY_DIFF] = {"diff", NULL,
                     "Publish nothing; print what the present rules would change against what the topics "
                     "hold, with --report as JSON."},
    [REPLAY_PAGE] = {"page", "FILE",
                     "With --diff: write it there as a page for browsers, one file that needs nothing else."},
    [REPLAY_TEXTS] =
        {"texts", NULL,
         "With --diff: page and report show the text of each example, up to 600 bytes; of hidden posts none. "
         "Keep such files as you keep the posts."},
    {0},
};

_Static_assert(sizeof flags / sizeof *flags == REPLAY_FLAGS + 1, "an entry for each flag");

/* --- the dry run --- */

struct rehearsal {
    struct job *job;
    struct line line;
    struct arena *mem;
    struct tally tally;
};

static void tally_outbox(struct rehearsal *rehearsal, const struct outbox *out)
{
    const struct route *routes = rehearsal->job->config.routes.at;
    struct worker_counts *counts = &rehearsal->tally.counts;

    for (size_t i = 0; i < out->records_len; i++)
        rehearsal->tally.routes[out->records[i].route - routes]++;
    for (size_t i = 0; i < out->dead_len; i++)
        rehearsal->tally.faults[out->dead[i].fault]++;
    counts->posts += out->posts;
    counts->records += out->records_len;
    counts->dead += out->dead_len;
    for (int i = 0; i < DROPS; i++)
        counts->dropped += out->dropped[i];
    counts->hidden += out->hidden;
}

static void rehearse(const struct kafka_record *record, void *context)
{
    struct rehearsal *rehearsal = context;
    struct message message;
    bool is_carried = !job_take(rehearsal->job, record, &message);

    while (!is_carried) {
        struct outbox out = {.mem = rehearsal->mem, .rules = rehearsal->line.rules->name};

        is_carried = line_carry(&rehearsal->line, &message, 1, &out);
        tally_outbox(rehearsal, &out);
        message.progress = out.progress;
        arena_reset(rehearsal->mem);
    }
}

static void print_tally(const struct job *job, const struct tally *tally)
{
    const struct route *routes = job->config.routes.at;

    printf("posts          %llu, %llu of them hidden by now\n", tally->counts.posts, tally->counts.hidden);
    for (size_t i = 0; i < job->config.routes.len; i++)
        printf("route %-8.*s %llu records for %.*s\n", SPAN_ARGS(routes[i].name), tally->routes[i],
               SPAN_ARGS(routes[i].topic));
    printf("dead letters   %llu\n", tally->counts.dead);
    for (int i = FAULT_NONE + 1; i < FAULTS; i++)
        if (tally->faults[i])
            printf("  %-12s %llu\n", fault_names[i], tally->faults[i]);
    printf("dropped        %llu\n", tally->counts.dropped);
    if (job->replay.letters)
        printf("left           %llu shortened, %llu others\n", atomic_load(&job->letters.cut),
               atomic_load(&job->letters.others));
}

/* The range as the state of a replay that has come to its end. */
static struct replay_state as_state(const struct range *range, struct arena *mem)
{
    struct replay_state state = {.at = arena_zero(mem, range->len * sizeof *state.at), .len = range->len};

    for (size_t i = 0; i < range->len; i++) {
        const struct piece *piece = &range->at[i];

        state.at[i] = (struct replay_part){piece->topic, piece->partition, piece->start, piece->end, piece->end};
    }
    return state;
}

static bool dry_run(struct job *job, struct err *err)
{
    struct range range;
    struct rehearsal rehearsal = {.job = job, .mem = arena_new()};
    int64_t started_ms = time_steady_ms();

    rehearsal.tally.routes = arena_zero(job->mem, (job->config.routes.len + 1) * sizeof *rehearsal.tally.routes);
    bool fine = range_resolve(&job->config, &job->request, job->mem, &range, err) && job_read_hides(job, err);
    rehearsal.line = line_of(&job->config, job->setup.rules);
    rehearsal.line.hides = job->hides;
    fine = fine && kafka_read_range(&job->config, &range, rehearse, &rehearsal, err);
    if (fine) {
        struct replay_state state = as_state(&range, job->mem);

        print_tally(job, &rehearsal.tally);
        fine = !job->report || report_write(job, &state, &rehearsal.tally, time_steady_ms() - started_ms, err);
    }
    arena_free(rehearsal.mem);
    return fine;
}

/* --- the replay --- */

static bool is_alike(const struct job *job, const struct replay_state *state, struct err *err)
{
    struct span rules = job->setup.rules->name;

    if (!span_equal(state->request, job->words))
        return fail(err, ERR_CONFIG,
                    "the name %.*s is in use: that replay was begun with %.*s; give the same, or another "
                    "--name",
                    SPAN_ARGS(job->name), SPAN_ARGS(state->request));
    return !state->rules.len || span_equal(state->rules, rules)
           || fail(err, ERR_CONFIG,
                   "the replay %.*s was begun with the rules %.*s, and these are %.*s: its records would be "
                   "mixed; give the same rules, or another --name to begin anew",
                   SPAN_ARGS(job->name), SPAN_ARGS(state->rules), SPAN_ARGS(rules));
}

/* Of two that begin at once one is quicker; both go on with what the group then holds. */
static bool begin_replay(struct job *job, struct kafka_replay *replay, struct replay_state *state, struct err *err)
{
    struct range range;
    struct err slower = {0};

    if (!range_resolve(&job->config, &job->request, job->mem, &range, err) || !job_check_targets(job, &range, err)
        || !kafka_targets_create(&job->config, job->targets, job->targets_len, err))
        return false;
    bool begun = kafka_replay_begin(replay, &range, job->words, job->setup.rules->name, &slower);
    if (!kafka_replay_look(replay, FIRST_ANSWER_MS, job->mem, state, err))
        return false;
    if (state->len == 0) {
        *err = slower;
        return begun && fail(err, ERR_CLUSTER, "the replay's offsets were committed and are not there");
    }
    log_event(LOG_INFO, "replay-begun", "name=%.*s group=%.*s offsets=%lld", SPAN_ARGS(job->name),
              SPAN_ARGS(job->config.group), (long long)range_size(&range));
    return true;
}

static bool open_replay(struct job *job, struct kafka_replay *replay, struct replay_state *state, struct err *err)
{
    if (!kafka_replay_look(replay, FIRST_ANSWER_MS, job->mem, state, err))
        return false;
    if (state->len == 0 && !begin_replay(job, replay, state, err))
        return false;
    return is_alike(job, state, err);
}

/* Looks how far all processes have come; false: it cannot be reached any more. No answer is no verdict: the
 * lanes wait for the brokers as well. */
static bool look(struct kafka_replay *replay, struct arena *mem, struct replay_state *state, struct err *err)
{
    struct replay_state now;
    struct err why = {0};

    if (!kafka_replay_look(replay, ANSWER_MS, mem, &now, &why)) {
        *err = why.kind == ERR_WORK ? why : *err;
        return why.kind != ERR_WORK;
    }
    if (now.len == 0)
        return fail(err, ERR_WORK,
                    "the replay's offsets are gone: the topic was made anew, or the group was deleted; "
                    "start a new replay with another --name");
    *state = now;
    return true;
}

/* Until all partitions have reached their ends, in whatever process. *state is in *mem, which changes. */
static bool follow_progress(struct worker *worker, struct kafka_replay *replay, int signals, struct arena **mem,
                            struct replay_state *state, struct err *err)
{
    struct progress progress;
    struct arena *next = arena_new();
    int signal = 0;
    bool fine = true;

    progress_start(&progress);
    while (fine && !replay_is_over(state) && worker_running(worker) && (!signal || signal == SIGHUP)) {
        signal = signals_wait(signals, worker_fd(worker), LOOK_MS);
        worker_watch(worker);
        arena_reset(next);
        struct replay_state seen = *state;
        fine = worker_result(worker, err) && look(replay, next, &seen, err);
        if (seen.at == state->at)
            continue;
        struct arena *old = *mem;
        *mem = next;
        next = old;
        *state = seen;
        progress_show(&progress, state);
    }
    progress_end(&progress);
    arena_free(next);
    return fine;
}

static bool work_range(struct job *job, struct kafka_replay *replay, struct replay_state *state, struct err *err)
{
    int64_t started_ms = time_steady_ms();
    int signals = signals_take(err); /* from here on: till then nothing is lost if a signal ends it at once */
    if (signals < 0)
        return false;
    struct arena *mem = arena_new();
    struct worker *worker = worker_start(&job->config, job->setup.rules, &job->replay);
    bool fine = follow_progress(worker, replay, signals, &mem, state, err);

    worker_stop(worker);
    worker_drain(worker, signals, job->config.drain_timeout_ms);
    fine = worker_result(worker, fine ? err : &(struct err){0}) && fine;
    struct tally tally = {.counts = worker_counts(worker)};
    worker_free(worker);
    if (fine && !replay_is_over(state))
        fine = fail(err, ERR_WORK, "stopped before its end; the same command with --name %.*s goes on",
                    SPAN_ARGS(job->name));
    if (fine)
        log_event(LOG_INFO, "replay-ended",
                  "name=%.*s took_ms=%lld posts=%llu records=%llu dead=%llu dropped=%llu "
                  "hidden=%llu",
                  SPAN_ARGS(job->name), (long long)(time_steady_ms() - started_ms), tally.counts.posts,
                  tally.counts.records, tally.counts.dead, tally.counts.dropped, tally.counts.hidden);
    if (job->report)
        fine = report_write(job, state, &tally, time_steady_ms() - started_ms, fine ? err : &(struct err){0}) && fine;
    close(signals);
    arena_free(mem);
    return fine;
}

static bool replay_range(struct job *job, struct err *err)
{
    struct replay_state state = {0};
    struct kafka_replay *replay = kafka_replay_open(&job->config, err);
    bool fine = replay && open_replay(job, replay, &state, err);

    if (fine && replay_is_over(&state)) {
        log_event(LOG_INFO, "replay-over", "name=%.*s message=%s", SPAN_ARGS(job->name),
                  log_quote("nothing is left to do; another --name begins anew"));
        fine = !job->report || report_write(job, &state, &(struct tally){0}, 0, err);
    } else if (fine) {
        fine = job_read_hides(job, err) && work_range(job, replay, &state, err);
    }
    kafka_replay_close(replay);
    return fine;
}

/* On a terminal the bar says the rest. */
static void log_as_configured(const struct config *config)
{
    bool has_bar = isatty(STDERR_FILENO) && config->log.level < LOG_WARN;

    log_write_as((enum log_format)config->log.format);
    log_threshold(has_bar ? LOG_WARN : (enum log_level)config->log.level);
}

static bool run_replay(const char *const *values, char *const *rest, struct err *err)
{
    struct job job;

    (void)rest;
    crash_install();
    bool fine = job_load(values, &job, err);
    if (fine)
        log_as_configured(job.setup.config);
    fine = fine
           && (values[REPLAY_DRY_RUN]  ? dry_run(&job, err)
               : values[REPLAY_DIFF]   ? job_diff(&job, err)
               : values[REPLAY_VERIFY] ? job_verify(&job, err)
                                       : replay_range(&job, err));
    job_free(&job);
    return fine && (fflush(stdout) == 0 || fail(err, ERR_WORK, "the output cannot be written"));
}

const struct command command_replay = {
    .name = "replay",
    .arguments = "",
    .help = "Reprocesses a bounded range by the present rules, in a group of its own; ends by itself.",
    .flags = flags,
    .run = run_replay,
};
