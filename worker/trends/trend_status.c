#include "worker/trends/trend_status.h"
#include "common/err.h"
#include "common/time.h"
#include "worker/monitor/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STUCK_MS = 30000, TAG_MAX = 256 };

/* X(ID, type, labels, name, help) */
/* clang-format off */
#define TREND_METRICS(X) \
    X(ROWS, "counter", "", "trendmill_trends_rows_total", "Rows that were committed to the store.") \
    X(BAD, "counter", "fault", "trendmill_trends_bad_rows_total", "Rows that were not taken, by fault; ahead are those set aside.") \
    X(COMMITS, "counter", "", "trendmill_trends_commits_total", "Transactions of the store.") \
    X(COMMIT_SECONDS, "counter", "", "trendmill_trends_commit_seconds_total", "Time that they took.") \
    X(LAG, "gauge", "topic, partition", "trendmill_trends_lag_records", "Records from what was read to the end of a partition.") \
    X(NEWEST, "gauge", "", "trendmill_trends_newest_seconds", "The greatest record timestamp read, Unix time.") \
    X(BYTES, "gauge", "", "trendmill_trends_store_bytes", "The store on disk.") \
    X(VERSION, "gauge", "", "trendmill_trends_store_version", "Raised by each transaction.") \
    X(WAITING, "gauge", "", "trendmill_trends_waiting_posts", "Posts whose hide was taken back and whose rows are to be read again.") \
    X(STEP, "gauge", "", "trendmill_trends_published_seconds", "The last step that was published, Unix time.") \
    X(PUBLISHED, "counter", "", "trendmill_trends_published_records_total", "Records that were written to the topic of trends: publish.") \
    X(BURST, "gauge", "tag", "trendmill_trend_burst", "Burst of each tag of the last published step that has a score: at most trends: publish: top.") \
    X(READY, "gauge", "", "trendmill_trends_ready", "1 where /readyz says yes.") \
    X(BUILD, "gauge", "version", "trendmill_build_info", "Always 1; the label names the version at work.") \
    X(CPU, "counter", "", "process_cpu_seconds_total", "CPU time of this process, user and system.") \
    X(MEMORY, "gauge", "", "process_resident_memory_bytes", "Resident memory of this process.")
/* clang-format on */

#define TREND_METRIC_INDEX(id, type, labels, name, help) TREND_##id,
#define TREND_METRIC_INFO(id, type, labels, name, help)  {name, type, labels, help},
enum trend_metric { TREND_METRICS(TREND_METRIC_INDEX) TREND_METRIC_COUNT };

static const struct trend_metric_info {
    const char *name, *type, *labels, *help;
} infos[TREND_METRIC_COUNT] = {TREND_METRICS(TREND_METRIC_INFO)};

struct trend_status {
    pthread_mutex_t lock;
    const char *version;
    int64_t shown_ms;
    int64_t taken, faults[ROW_FAULT_COUNT], commits, commit_us;
    struct store_figures figures;
    struct trend_lag *lags; /* topics are the reader's, which outlives http */
    size_t lags_len, lags_cap;
    char lacks[256];
    struct arena *step_mem; /* of the bursts; NULL: no step was published */
    int64_t step_ms, published;
    struct tag_burst {
        struct span labels;
        int64_t score; /* a decimal */
    } * bursts;
    size_t bursts_len;
};

struct trend_status *trend_status_new(const char *version)
{
    struct trend_status *status = calloc(1, sizeof *status);

    if (!status)
        out_of_memory();
    pthread_mutex_init(&status->lock, NULL);
    status->version = version;
    status->shown_ms = time_steady_ms();
    status->figures.newest_ms = TIME_UNKNOWN;
    snprintf(status->lacks, sizeof status->lacks, "it is starting");
    return status;
}

void trend_status_free(struct trend_status *status)
{
    if (!status)
        return;
    pthread_mutex_destroy(&status->lock);
    arena_free(status->step_mem);
    free(status->lags);
    free(status);
}

static void keep_lags(struct trend_status *status, const struct trend_lag *lags, size_t len)
{
    if (len > status->lags_cap) {
        status->lags = realloc(status->lags, len * sizeof *lags);
        if (!status->lags)
            out_of_memory();
        status->lags_cap = len;
    }
    if (len)
        memcpy(status->lags, lags, len * sizeof *lags);
    status->lags_len = len;
}

void trend_status_show(struct trend_status *status, const struct intake *intake, const struct trend_lag *lags,
                       size_t len, const char *lacks)
{
    pthread_mutex_lock(&status->lock);
    status->shown_ms = time_steady_ms();
    if (intake) {
        status->taken = intake->taken;
        memcpy(status->faults, intake->faults, sizeof status->faults);
    }
    keep_lags(status, lags, len);
    snprintf(status->lacks, sizeof status->lacks, "%s", lacks);
    pthread_mutex_unlock(&status->lock);
}

void trend_status_committed(struct trend_status *status, const struct store_figures *figures, int64_t took_us)
{
    pthread_mutex_lock(&status->lock);
    status->shown_ms = time_steady_ms();
    status->commits++;
    status->commit_us += took_us;
    status->figures = *figures;
    pthread_mutex_unlock(&status->lock);
}

static void keep_burst(struct trend_status *status, const struct published *record)
{
    struct buf labels = buf_in(status->step_mem);

    if (!record->burst.has_score || record->key.len > TAG_MAX)
        return;
    metric_write_label(&labels, "tag", record->key);
    status->bursts[status->bursts_len++] = (struct tag_burst){buf_span(&labels), record->burst.score};
}

void trend_status_published(struct trend_status *status, const struct publication *step)
{
    pthread_mutex_lock(&status->lock);
    arena_free(status->step_mem);
    status->step_mem = arena_new();
    status->bursts = arena_zero(status->step_mem, (step->len + 1) * sizeof *status->bursts);
    status->bursts_len = 0;
    for (size_t i = 0; i < step->len; i++)
        keep_burst(status, &step->records[i]);
    status->step_ms = step->at_ms;
    status->published += (int64_t)step->len;
    pthread_mutex_unlock(&status->lock);
}

int64_t trend_status_version(struct trend_status *status)
{
    pthread_mutex_lock(&status->lock);
    int64_t version = status->figures.version;
    pthread_mutex_unlock(&status->lock);
    return version;
}

/* --- metrics --- */

static void put_value(struct buf *out, enum trend_metric metric, struct span labels, double value)
{
    buf_put(out, span_of(infos[metric].name));
    if (labels.len)
        buf_format(out, "{%.*s}", SPAN_ARGS(labels));
    buf_format(out, " %.15g\n", value);
}

static void put_lags(const struct trend_status *status, struct buf *out)
{
    for (size_t i = 0; i < status->lags_len; i++) {
        const struct trend_lag *it = &status->lags[i];

        put_value(out, TREND_LAG, span_format(out->mem, "topic=\"%s\",partition=\"%d\"", it->topic, (int)it->partition),
                  (double)(it->end > it->next ? it->end - it->next : 0));
    }
}

static void put_bursts(const struct trend_status *status, struct buf *out)
{
    for (size_t i = 0; i < status->bursts_len; i++)
        put_value(out, TREND_BURST, status->bursts[i].labels, (double)status->bursts[i].score / DECIMAL_ONE);
}

static void put_faults(const struct trend_status *status, struct buf *out)
{
    for (int i = ROW_NONE + 1; i < ROW_FAULT_COUNT; i++)
        put_value(out, TREND_BAD, span_format(out->mem, "fault=\"%s\"", row_faults[i].name), (double)status->faults[i]);
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;

    if (file && fscanf(file, "%*u %llu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static bool is_stuck(const struct trend_status *status)
{
    return time_steady_ms() - status->shown_ms > STUCK_MS;
}

static void put_metric(const struct trend_status *status, enum trend_metric metric, struct buf *out)
{
    const struct store_figures *figures = &status->figures;
    struct span none = {0};

    switch (metric) {
    case TREND_ROWS: put_value(out, metric, none, (double)status->taken); break;
    case TREND_BAD: put_faults(status, out); break;
    case TREND_COMMITS: put_value(out, metric, none, (double)status->commits); break;
    case TREND_COMMIT_SECONDS: put_value(out, metric, none, (double)status->commit_us / 1e6); break;
    case TREND_LAG: put_lags(status, out); break;
    case TREND_NEWEST:
        if (figures->newest_ms != TIME_UNKNOWN)
            put_value(out, metric, none, (double)figures->newest_ms / 1000);
        break;
    case TREND_BYTES: put_value(out, metric, none, (double)figures->bytes); break;
    case TREND_VERSION: put_value(out, metric, none, (double)figures->version); break;
    case TREND_WAITING: put_value(out, metric, none, (double)figures->waiting); break;
    case TREND_STEP:
        if (status->step_mem)
            put_value(out, metric, none, (double)status->step_ms / 1000);
        break;
    case TREND_PUBLISHED: put_value(out, metric, none, (double)status->published); break;
    case TREND_BURST: put_bursts(status, out); break;
    case TREND_READY: put_value(out, metric, none, !*status->lacks && !is_stuck(status)); break;
    case TREND_BUILD: put_value(out, metric, span_format(out->mem, "version=\"%s\"", status->version), 1); break;
    case TREND_CPU: put_value(out, metric, none, cpu_seconds()); break;
    default: put_value(out, metric, none, resident_bytes()); break;
    }
}

void trend_status_metrics(struct trend_status *status, struct arena *mem, struct http_reply *reply)
{
    struct buf out = buf_in(mem);

    pthread_mutex_lock(&status->lock);
    for (int i = 0; i < TREND_METRIC_COUNT; i++) {
        buf_format(&out, "# HELP %s %s\n# TYPE %s %s\n", infos[i].name, infos[i].help, infos[i].name, infos[i].type);
        put_metric(status, (enum trend_metric)i, &out);
    }
    pthread_mutex_unlock(&status->lock);
    *reply = (struct http_reply){
        .status = HTTP_OK, .type = "text/plain; version=0.0.4; charset=utf-8", .body = buf_span(&out)};
}

/* --- probes --- */

void trend_status_health(struct trend_status *status, struct http_reply *reply)
{
    pthread_mutex_lock(&status->lock);
    bool stuck = is_stuck(status);
    pthread_mutex_unlock(&status->lock);
    http_reply_text(reply, stuck ? HTTP_UNAVAILABLE : HTTP_OK,
                    stuck ? SPAN("it has not turned for 30 s\n") : SPAN("ok\n"));
}

void trend_status_readiness(struct trend_status *status, struct arena *mem, struct http_reply *reply)
{
    pthread_mutex_lock(&status->lock);
    struct span lacks = is_stuck(status) ? SPAN("it has not turned for 30 s") : span_keep(span_of(status->lacks), mem);
    pthread_mutex_unlock(&status->lock);
    http_reply_text(reply, lacks.len ? HTTP_UNAVAILABLE : HTTP_OK,
                    lacks.len ? span_format(mem, "%.*s\n", SPAN_ARGS(lacks)) : SPAN("ok\n"));
}

void trend_metrics_reference(struct buf *out)
{
    buf_put(out, SPAN("\n## Metrics of the trend stage\n\nAt `/metrics` of `trends`, where `trends:` says `http`.\n\n"
                      "| metric | type | labels | meaning |\n|---|---|---|---|\n"));
    for (int i = 0; i < TREND_METRIC_COUNT; i++)
        buf_format(out, "| `%s` | %s | %s | %s |\n", infos[i].name, infos[i].type,
                   *infos[i].labels ? infos[i].labels : "–", infos[i].help);
    buf_put(out, SPAN("\nFaults of rows:\n\n"));
    for (int i = ROW_NONE + 1; i < ROW_FAULT_COUNT; i++)
        buf_format(out, "- `%s`: %s\n", row_faults[i].name, row_faults[i].help);
}
