#include "worker/monitor/metrics.h"
#include "common/err.h"
#include "common/time.h"
#include "worker/message.h"

#include <stdlib.h>

#define METRIC_INFO(id, source, type, label, name, help) {name, help, source, type, LABEL_##label},
const struct metric_info metric_infos[METRIC_COUNT] = {METRICS(METRIC_INFO)};

#define METRIC_LABEL_NAMES(id, names) names,
static const char *const label_names[LABEL_COUNT] = {METRIC_LABELS(METRIC_LABEL_NAMES)};

static const char *const outcome_names[OUTCOMES] = {"committed", "aborted", "late"};
static const char *const rebalance_names[REBALANCES] = {"assigned", "revoked", "lost"};
static const char *const guard_names[GUARDS] = {"not-owned", "behind", "after-rebalance"};

/* Upper bounds of a histogram's buckets in microseconds; one more takes all else. */
enum { BOUNDS = 15, CACHE_LINE = 64 };
static const int64_t short_bounds[BOUNDS] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 5000000, 30000000,
};
static const int64_t long_bounds[BOUNDS] = {
    50000,    100000,   200000,   300000,    500000,     1000000,     2000000,     5000000,
    10000000, 30000000, 60000000, 300000000, 1800000000, 21600000000, 86400000000,
};

/* Tags of all rules since the start. Grows at its end alone, by one thread; readers take its length
 * first. */
struct tag_names {
    struct span at[METRIC_TAGS_MAX];
    atomic_size_t len;
};

struct metrics {
    struct arena *mem;
    const struct config *config;
    size_t first[METRIC_COUNT];
    struct meter *meters;
    int meters_len;
    struct tag_names tags;
};

/* The cells of the rules' own tags, found by the addresses of their names: a table of open addressing. */
struct tag_cells {
    struct tag_cell {
        const char *name;
        size_t which;
    } * at;
    size_t mask;
};

static const int64_t *bounds_of(enum metric metric)
{
    return metric == METRIC_DELAY ? long_bounds : short_bounds;
}

/* How many series a label has room for. */
static size_t room_of(const struct config *config, enum metric_label label)
{
    switch (label) {
    case LABEL_INPUT: return config->inputs.len;
    case LABEL_ROUTE: return config->routes.len;
    case LABEL_FAULT: return FAULTS;
    case LABEL_DROP: return DROPS;
    case LABEL_MEMBER: return (size_t)POST_MEMBER_COUNT * UNUSABLES;
    case LABEL_TAG: return METRIC_TAGS_MAX + 1;
    case LABEL_OUTCOME: return OUTCOMES;
    case LABEL_REBALANCE: return REBALANCES;
    case LABEL_GUARD: return GUARDS;
    default: return 1;
    }
}

static size_t cells_of(const struct config *config, enum metric metric)
{
    const struct metric_info *info = &metric_infos[metric];

    if (info->source != BY_LANES)
        return 0;
    return info->type == HISTOGRAM ? BOUNDS + 2 : room_of(config, info->label); /* the last is the sum */
}

static void open_meter(struct metrics *metrics, struct meter *meter, size_t cells)
{
    size_t bytes = (cells * sizeof *meter->cells + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;

    *meter = (struct meter){
        .first = metrics->first,
        .metrics = metrics,
        .mem = arena_new(),
        .again = arena_zero(metrics->mem, TOTALS * sizeof *meter->again),
        .marked = arena_zero(metrics->mem, TOTALS * sizeof *meter->marked),
    };
    meter->cells = aligned_alloc(CACHE_LINE, bytes);
    if (!meter->cells)
        out_of_memory();
    memset((void *)meter->cells, 0, bytes);
}

struct metrics *metrics_new(const struct config *config, const struct ruleset *rules, int lanes)
{
    struct arena *mem = arena_new();
    struct metrics *metrics = arena_zero(mem, sizeof *metrics);
    size_t cells = 0;

    metrics->mem = mem;
    metrics->config = config;
    for (int i = 0; i < METRIC_COUNT; i++) {
        metrics->first[i] = cells;
        cells += cells_of(config, (enum metric)i);
    }
    metrics->meters_len = lanes;
    metrics->meters = arena_zero(mem, (size_t)lanes * sizeof *metrics->meters);
    for (int i = 0; i < lanes; i++)
        open_meter(metrics, &metrics->meters[i], cells);
    metrics_add_tags(metrics, rules);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    for (int i = 0; i < metrics->meters_len; i++) {
        free((void *)metrics->meters[i].cells);
        free(metrics->meters[i].open_ms);
        arena_free(metrics->meters[i].mem);
    }
    arena_free(metrics->mem);
}

struct meter *metrics_meter(struct metrics *metrics, int lane)
{
    return &metrics->meters[lane];
}

/* --- tags --- */

/* Its series: 0 is for all that found no room, the others follow in the order of the list. Rules
 * change little, so the search starts where the tag is most likely. */
static size_t tag_number(const struct tag_names *tags, struct span name, size_t guess)
{
    size_t len = atomic_load_explicit(&tags->len, memory_order_acquire);

    for (size_t i = 0; i < len; i++)
        if (span_equal(tags->at[(guess + i) % len], name))
            return (guess + i) % len + 1;
    return 0;
}

void metrics_add_tags(struct metrics *metrics, const struct ruleset *rules)
{
    struct spans names = tag_names(rules->settings[ENRICHER_tags]);
    struct tag_names *tags = &metrics->tags;

    for (size_t i = 0; i < names.len; i++) {
        size_t len = atomic_load_explicit(&tags->len, memory_order_relaxed);

        if (len == METRIC_TAGS_MAX)
            return;
        if (tag_number(tags, names.at[i], i))
            continue;
        tags->at[len] = span_keep(names.at[i], metrics->mem);
        atomic_store_explicit(&tags->len, len + 1, memory_order_release);
    }
}

static struct tag_cell *cell_of(const struct tag_cells *tags, const char *name)
{
    size_t slot = (size_t)((uintptr_t)name * UINT64_C(0x9E3779B97F4A7C15) >> 40) & tags->mask;

    while (tags->at[slot].name && tags->at[slot].name != name)
        slot = (slot + 1) & tags->mask;
    return &tags->at[slot];
}

void meter_use_rules(struct meter *meter, const struct ruleset *rules)
{
    size_t size = 16;

    if (!meter)
        return;
    struct spans names = tag_names(rules->settings[ENRICHER_tags]);
    while (size < names.len * 2)
        size *= 2;
    arena_reset(meter->mem);
    meter->tags = arena_take(meter->mem, sizeof *meter->tags);
    *meter->tags = (struct tag_cells){arena_zero(meter->mem, size * sizeof *meter->tags->at), size - 1};
    for (size_t i = 0; i < names.len; i++)
        *cell_of(meter->tags, names.at[i].at) =
            (struct tag_cell){names.at[i].at, tag_number(&meter->metrics->tags, names.at[i], i)};
}

void meter_tags(struct meter *meter, const struct found *found)
{
    for (size_t i = 0; meter && i < found->tags.len; i++)
        meter_add(meter, METRIC_TAGGED, cell_of(meter->tags, found->tags.at[i].at)->which, 1);
}

/* --- histograms --- */

/* The cell of a sum holds the bits of a double: in whole microseconds it would be full after 30 million posts that
 * are a week old. */
static double seconds_of(uint64_t bits)
{
    double seconds;

    memcpy(&seconds, &bits, sizeof seconds);
    return seconds;
}

static void add_seconds(_Atomic uint64_t *cell, double more)
{
    double seconds = seconds_of(atomic_load_explicit(cell, memory_order_relaxed)) + more;
    uint64_t bits;

    memcpy(&bits, &seconds, sizeof bits);
    atomic_store_explicit(cell, bits, memory_order_relaxed);
}

static void observe(struct meter *meter, enum metric metric, int64_t us, uint64_t times)
{
    const int64_t *bounds = bounds_of(metric);
    size_t bucket = 0;

    while (bucket < BOUNDS && us > bounds[bucket])
        bucket++;
    meter_add(meter, metric, bucket, times);
    add_seconds(&meter->cells[meter->first[metric] + BOUNDS + 1], (double)us * (double)times / 1e6);
}

void meter_observe(struct meter *meter, enum metric histogram, int64_t us)
{
    if (meter)
        observe(meter, histogram, us, 1);
}

void meter_delivered(struct meter *meter, int64_t timestamp_ms)
{
    if (!meter)
        return;
    if (meter->open_len == meter->open_cap) {
        meter->open_cap = meter->open_cap ? meter->open_cap * 2 : 1024;
        meter->open_ms = realloc(meter->open_ms, meter->open_cap * sizeof *meter->open_ms);
        if (!meter->open_ms)
            out_of_memory();
    }
    meter->open_ms[meter->open_len++] = timestamp_ms;
}

/* A timestamp may be any number, and be ahead of our clock; a delay is from 0 to ten years. */
static int64_t delay_us(int64_t now_ms, int64_t timestamp_ms)
{
    const int64_t most_ms = INT64_C(10) * 366 * 24 * 3600 * 1000;

    if (timestamp_ms > now_ms)
        return 0;
    return (timestamp_ms < now_ms - most_ms ? most_ms : now_ms - timestamp_ms) * 1000;
}

static const enum metric totalled[TOTALS] = {
    METRIC_POSTS, METRIC_RECORDS, METRIC_DEAD, METRIC_DROPS, METRIC_HIDDEN,
};

static uint64_t lane_sum(const struct meter *meter, enum metric metric)
{
    const _Atomic uint64_t *cells = meter->cells + meter->first[metric];
    uint64_t sum = 0;

    for (size_t i = 0; i < cells_of(meter->metrics->config, metric); i++)
        sum += atomic_load_explicit(&cells[i], memory_order_relaxed);
    return sum;
}

/* What was counted since the last call stays counted, or comes again. */
static void settle_totals(struct meter *meter, bool comes_again)
{
    for (int i = 0; i < TOTALS; i++) {
        uint64_t now = lane_sum(meter, totalled[i]);
        uint64_t again = atomic_load_explicit(&meter->again[i], memory_order_relaxed);

        if (comes_again)
            atomic_store_explicit(&meter->again[i], again + now - meter->marked[i], memory_order_relaxed);
        meter->marked[i] = now;
    }
}

void meter_committed(struct meter *meter)
{
    int64_t now_ms = time_now_ms();

    if (!meter)
        return;
    settle_totals(meter, false);
    for (size_t i = 0, alike; i < meter->open_len; i += alike) {
        int64_t timestamp_ms = meter->open_ms[i];

        for (alike = 1; i + alike < meter->open_len && meter->open_ms[i + alike] == timestamp_ms; alike++)
            continue;
        if (timestamp_ms != TIME_UNKNOWN)
            observe(meter, METRIC_DELAY, delay_us(now_ms, timestamp_ms), alike);
    }
    meter_add(meter, METRIC_COMMITTED, 0, meter->open_len);
    meter->open_len = 0;
}

void meter_rewound(struct meter *meter)
{
    if (!meter)
        return;
    settle_totals(meter, true);
    meter->open_len = 0;
}

/* --- for those who ask --- */

static uint64_t cell_sum(const struct metrics *metrics, enum metric metric, size_t cell)
{
    uint64_t sum = 0;

    for (int i = 0; i < metrics->meters_len; i++)
        sum += atomic_load_explicit(&metrics->meters[i].cells[metrics->first[metric] + cell], memory_order_relaxed);
    return sum;
}

size_t metric_series(const struct metrics *metrics, enum metric metric)
{
    enum metric_label label = metric_infos[metric].label;

    if (label == LABEL_TAG)
        return atomic_load_explicit(&metrics->tags.len, memory_order_acquire) + 1;
    return room_of(metrics->config, label);
}

struct span metric_series_name(const struct metrics *metrics, enum metric metric, size_t which)
{
    switch (metric_infos[metric].label) {
    case LABEL_INPUT: return ((const struct input *)metrics->config->inputs.at)[which].topic;
    case LABEL_ROUTE: return ((const struct route *)metrics->config->routes.at)[which].name;
    case LABEL_FAULT: return span_of(fault_names[which]);
    case LABEL_DROP: return span_of(drop_names[which]);
    case LABEL_OUTCOME: return span_of(outcome_names[which]);
    case LABEL_REBALANCE: return span_of(rebalance_names[which]);
    case LABEL_GUARD: return span_of(guard_names[which]);
    case LABEL_MEMBER: return span_of(member_names[which / UNUSABLES]);
    case LABEL_TAG: return which ? metrics->tags.at[which - 1] : SPAN("(others)");
    default: return (struct span){0};
    }
}

uint64_t metric_value(const struct metrics *metrics, enum metric metric, size_t which)
{
    return cell_sum(metrics, metric, which);
}

uint64_t metric_sum(const struct metrics *metrics, enum metric metric)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < metric_series(metrics, metric); i++)
        sum += metric_value(metrics, metric, i);
    return sum;
}

unsigned long long metrics_total_of_lane(const struct metrics *metrics, enum total total, int lane)
{
    const struct meter *meter = &metrics->meters[lane];

    return lane_sum(meter, totalled[total]) - atomic_load_explicit(&meter->again[total], memory_order_relaxed);
}

unsigned long long metrics_total(const struct metrics *metrics, enum total total)
{
    unsigned long long sum = 0;

    for (int i = 0; i < metrics->meters_len; i++)
        sum += metrics_total_of_lane(metrics, total, i);
    return sum;
}

void samples_add(struct samples *samples, enum metric metric, struct span labels, double value)
{
    samples->at = arena_room(samples->mem, samples->at, samples->len, &samples->cap, sizeof *samples->at);
    samples->at[samples->len++] = (struct sample){metric, labels, value};
}

/* --- Prometheus' text format --- */

static void escape(struct buf *out, struct span text, bool quotes)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (c == '\\' || c == '\n' || (quotes && c == '"'))
            buf_char(out, '\\');
        buf_char(out, c == '\n' ? 'n' : c);
    }
}

void metric_write_label(struct buf *labels, const char *name, struct span value)
{
    buf_format(labels, "%s%s=\"", labels->len ? "," : "", name);
    escape(labels, value, true);
    buf_char(labels, '"');
}

static void write_sample_line(struct buf *out, const char *name, const char *suffix, struct span labels)
{
    buf_format(out, "%s%s", name, suffix);
    if (labels.len)
        buf_format(out, "{%.*s}", SPAN_ARGS(labels));
    buf_char(out, ' ');
}

/* Most members are always usable: their series begin when they are first counted. */
static void write_members(const struct metrics *metrics, enum metric metric, struct buf *out)
{
    for (size_t i = 0; i < metric_series(metrics, metric); i++) {
        struct buf labels = buf_in(out->mem);
        uint64_t value = metric_value(metrics, metric, i);

        if (!value)
            continue;
        metric_write_label(&labels, "member", metric_series_name(metrics, metric, i));
        metric_write_label(&labels, "reason", span_of(unusable_names[i % UNUSABLES]));
        write_sample_line(out, metric_infos[metric].name, "", buf_span(&labels));
        buf_format(out, "%llu\n", (unsigned long long)value);
    }
}

static void write_counted(const struct metrics *metrics, enum metric metric, struct buf *out)
{
    const struct metric_info *info = &metric_infos[metric];

    for (size_t i = 0; i < metric_series(metrics, metric); i++) {
        struct buf labels = buf_in(out->mem);

        if (info->label == LABEL_FAULT && i == FAULT_NONE)
            continue;
        if (info->label != LABEL_NONE)
            metric_write_label(&labels, label_names[info->label], metric_series_name(metrics, metric, i));
        write_sample_line(out, info->name, "", buf_span(&labels));
        buf_format(out, "%llu\n", (unsigned long long)metric_value(metrics, metric, i));
    }
}

static double sum_of(const struct metrics *metrics, enum metric metric)
{
    double sum = 0;

    for (int i = 0; i < metrics->meters_len; i++)
        sum += seconds_of(
            atomic_load_explicit(&metrics->meters[i].cells[metrics->first[metric] + BOUNDS + 1], memory_order_relaxed));
    return sum;
}

static void write_histogram(const struct metrics *metrics, enum metric metric, struct buf *out)
{
    const struct metric_info *info = &metric_infos[metric];
    uint64_t count = 0;

    for (size_t i = 0; i <= BOUNDS; i++) {
        struct span bound =
            i < BOUNDS ? span_format(out->mem, "le=\"%g\"", (double)bounds_of(metric)[i] / 1e6) : SPAN("le=\"+Inf\"");

        count += cell_sum(metrics, metric, i);
        write_sample_line(out, info->name, "_bucket", bound);
        buf_format(out, "%llu\n", (unsigned long long)count);
    }
    write_sample_line(out, info->name, "_sum", (struct span){0});
    buf_format(out, "%.6f\n", sum_of(metrics, metric));
    write_sample_line(out, info->name, "_count", (struct span){0});
    buf_format(out, "%llu\n", (unsigned long long)count);
}

static void write_samples(const struct samples *samples, enum metric metric, struct buf *out)
{
    for (size_t i = 0; i < samples->len; i++) {
        const struct sample *sample = &samples->at[i];

        if (sample->metric != metric)
            continue;
        write_sample_line(out, metric_infos[metric].name, "", sample->labels);
        buf_format(out, "%.15g\n", sample->value);
    }
}

void metrics_write(const struct metrics *metrics, const struct samples *samples, struct buf *out)
{
    static const char *const type_names[] = {"counter", "gauge", "histogram"};

    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_info *info = &metric_infos[i];

        buf_format(out, "# HELP %s ", info->name);
        escape(out, span_of(info->help), false);
        buf_format(out, "\n# TYPE %s %s\n", info->name, type_names[info->type]);
        if (info->source == AT_SCRAPE)
            write_samples(samples, (enum metric)i, out);
        else if (info->type == HISTOGRAM)
            write_histogram(metrics, (enum metric)i, out);
        else if (info->label == LABEL_MEMBER)
            write_members(metrics, (enum metric)i, out);
        else
            write_counted(metrics, (enum metric)i, out);
    }
}

void metrics_reference(struct buf *out)
{
    static const char *const type_names[] = {"counter", "gauge", "histogram"};

    buf_put(out,
            SPAN("\n## Metrics\n\nAt `/metrics`, where the config says `http`. What lanes count is summed over the "
                 "process; counters start at 0 with it.\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n"));
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_info *info = &metric_infos[i];
        const char *labels = label_names[info->label];

        buf_format(out, "| `%s` | %s | %s | %s |\n", info->name, type_names[info->type], *labels ? labels : "–",
                   info->help);
    }
}
