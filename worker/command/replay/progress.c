/* How far a replay has come, for people and for programs. */
#include "common/json.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/command/replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { BAR_CELLS = 30, LINE_MS = 10000, PARTITIONS_SHOWN = 8 };

struct figures {
    int64_t done, size, left; /* in offsets */
    double rate;              /* a second */
    int64_t eta_s;            /* -1: not known */
};

void progress_start(struct progress *progress)
{
    *progress =
        (struct progress){.on_terminal = isatty(STDERR_FILENO), .started_ms = time_steady_ms(), .done_before = -1};
    progress->shown_ms = progress->started_ms;
}

static struct figures figures_of(struct progress *progress, const struct replay_state *state)
{
    struct figures figures = {.eta_s = -1};

    for (size_t i = 0; i < state->len; i++) {
        const struct replay_part *part = &state->at[i];

        figures.size += part->end - part->start;
        figures.left += part->end > part->at ? part->end - part->at : 0;
    }
    figures.done = figures.size - figures.left;
    if (progress->done_before < 0)
        progress->done_before = figures.done;
    double seconds = (double)(time_steady_ms() - progress->started_ms) / 1000;
    if (seconds > 0)
        figures.rate = (double)(figures.done - progress->done_before) / seconds;
    if (figures.rate > 0)
        figures.eta_s = (int64_t)((double)figures.left / figures.rate + 0.5);
    return figures;
}

static int percent(const struct figures *figures)
{
    return figures->size ? (int)(figures->done * 100 / figures->size) : 100;
}

/* What is left of the partitions that are not done, as far as a line holds them. */
static void print_left(const struct replay_state *state)
{
    int shown = 0;

    for (size_t i = 0; i < state->len && shown < PARTITIONS_SHOWN; i++)
        if (state->at[i].at < state->at[i].end) {
            fprintf(stderr, "%s%d:%lld", shown ? " " : "  left ", state->at[i].partition,
                    (long long)(state->at[i].end - state->at[i].at));
            shown++;
        }
}

static void draw(const struct figures *figures, const struct replay_state *state)
{
    int full = percent(figures) * BAR_CELLS / 100;

    fputs("\r\033[K[", stderr);
    for (int i = 0; i < BAR_CELLS; i++)
        fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %3d%%  %.0f/s", percent(figures), figures->rate);
    if (figures->eta_s >= 0)
        fprintf(stderr, "  %lld:%02lld to go", (long long)(figures->eta_s / 60), (long long)(figures->eta_s % 60));
    print_left(state);
    fflush(stderr);
}

void progress_show(struct progress *progress, const struct replay_state *state)
{
    struct figures figures = figures_of(progress, state);
    int64_t now_ms = time_steady_ms();

    if (progress->on_terminal) {
        draw(&figures, state);
        return;
    }
    if (now_ms - progress->shown_ms < LINE_MS)
        return;
    progress->shown_ms = now_ms;
    char eta[40] = ""; /* nothing has been read yet: nobody knows */
    if (figures.eta_s >= 0)
        snprintf(eta, sizeof eta, " eta_s=%lld", (long long)figures.eta_s);
    log_event(LOG_INFO, "replay", "done=%lld of=%lld percent=%d rate=%.0f%s", (long long)figures.done,
              (long long)figures.size, percent(&figures), figures.rate, eta);
}

void progress_end(const struct progress *progress)
{
    if (progress->on_terminal)
        fputc('\n', stderr);
}

static void write_parts(struct buf *out, const struct replay_state *state)
{
    buf_put(out, SPAN(",\"partitions\":["));
    for (size_t i = 0; i < state->len; i++) {
        const struct replay_part *part = &state->at[i];

        buf_put(out, i ? SPAN(",{\"topic\":") : SPAN("{\"topic\":"));
        json_write_string(out, span_of(part->topic));
        buf_format(out, ",\"partition\":%d,\"start\":%lld,\"end\":%lld,\"at\":%lld}", part->partition,
                   (long long)part->start, (long long)part->end, (long long)part->at);
    }
    buf_char(out, ']');
}

static void write_routes(struct buf *out, const struct job *job, const struct tally *tally)
{
    const struct route *routes = job->config.routes.at;

    buf_put(out, SPAN(",\"routes\":{"));
    for (size_t i = 0; i < job->config.routes.len; i++) {
        if (i)
            buf_char(out, ',');
        json_write_string(out, routes[i].name);
        buf_format(out, ":%llu", tally->routes[i]);
    }
    buf_put(out, SPAN("},\"faults\":{"));
    bool first = true;
    for (int i = FAULT_NONE + 1; i < FAULTS; i++)
        if (tally->faults[i]) {
            buf_format(out, "%s\"%s\":%llu", first ? "" : ",", fault_names[i], tally->faults[i]);
            first = false;
        }
    buf_char(out, '}');
}

static struct span as_json(const struct job *job, const struct replay_state *state, const struct tally *tally,
                           int64_t took_ms, struct arena *mem)
{
    const struct worker_counts *counts = &tally->counts;
    struct buf out = buf_in(mem);

    buf_put(&out, SPAN("{\"name\":"));
    json_write_string(&out, job->name);
    buf_put(&out, SPAN(",\"group\":"));
    json_write_string(&out, job->config.group);
    buf_put(&out, SPAN(",\"wish\":"));
    json_write_string(&out, job->words);
    buf_put(&out, SPAN(",\"rules\":"));
    json_write_string(&out, job->setup.rules->name);
    buf_format(&out,
               ",\"complete\":%s,\"took_ms\":%lld,\"posts\":%llu,\"records\":%llu,\"dead\":%llu,"
               "\"dropped\":%llu,\"hidden\":%llu",
               replay_is_over(state) ? "true" : "false", (long long)took_ms, counts->posts, counts->records,
               counts->dead, counts->dropped, counts->hidden);
    if (tally->routes)
        write_routes(&out, job, tally);
    if (job->replay.letters)
        buf_format(&out, ",\"left\":{\"cut\":%llu,\"others\":%llu}", atomic_load(&job->letters.cut),
                   atomic_load(&job->letters.others));
    write_parts(&out, state);
    buf_put(&out, SPAN("}\n"));
    return buf_span(&out);
}

bool report_save(const char *path, struct span text, struct err *err)
{
    FILE *file = fopen(path, "w");
    bool fine = file && fwrite(text.at, 1, text.len, file) == text.len;

    if (file && fclose(file) != 0)
        fine = false;
    return fine || fail(err, ERR_WORK, "%s cannot be written: %s", path, strerror(errno));
}

bool report_write(const struct job *job, const struct replay_state *state, const struct tally *tally, int64_t took_ms,
                  struct err *err)
{
    struct arena *mem = arena_new();
    bool fine = report_save(job->report, as_json(job, state, tally, took_ms, mem), err);

    arena_free(mem);
    return fine;
}
