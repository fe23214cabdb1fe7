#include "worker/status.h"
#include "common/err.h"
#include "common/http_accept.h"
#include "common/json.h"
#include "common/time.h"
#include "worker/kafka/kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* worker/status.html, made an array by CMake. */
extern const char status_page[];
extern const size_t status_page_len;

static const char *const client_names[LANE_STATUS_CLIENTS] = {"consumer", "producer"};

/* What librdkafka said of one client last. */
struct client {
    uint64_t number;
    struct arena *mem;
    struct kafka_statistics statistics;
    bool is_known;
};

struct status {
    const struct config *config;
    struct worker *worker;
    const char *version;
    int64_t started_ms;
    struct client *clients; /* LANE_STATUS_CLIENTS of each lane */
};

struct status *status_new(const struct config *config, struct worker *worker, const char *version)
{
    struct status *status = calloc(1, sizeof *status);
    size_t clients = (size_t)worker_lanes(worker) * LANE_STATUS_CLIENTS;

    if (!status || !(status->clients = calloc(clients, sizeof *status->clients)))
        out_of_memory();
    status->config = config;
    status->worker = worker;
    status->version = version;
    status->started_ms = time_now_ms();
    for (size_t i = 0; i < clients; i++)
        status->clients[i].mem = arena_new();
    return status;
}

void status_free(struct status *status)
{
    if (!status)
        return;
    for (int i = 0; i < worker_lanes(status->worker) * LANE_STATUS_CLIENTS; i++)
        arena_free(status->clients[i].mem);
    free(status->clients);
    free(status);
}

/* --- health --- */

static void say_stuck(int number, const struct lane_view *lane, struct buf *out)
{
    buf_format(out, "lane %d has not turned for %lld s", number, (long long)(lane->still_ms / 1000));
    if (lane->post.input)
        buf_format(out, ": it works on %.*s/%d/%lld", SPAN_ARGS(lane->post.input->topic), lane->post.partition,
                   (long long)lane->post.offset);
    else
        buf_format(out, ": it waits in \"%s\"", lane->waits_in);
    buf_char(out, '\n');
}

static bool say_health(const struct status *status, struct buf *out)
{
    size_t before = out->len;

    for (int i = 0; i < worker_lanes(status->worker); i++) {
        struct lane_view lane = worker_lane(status->worker, i);

        if (lane.failure)
            buf_format(out, "lane %d failed: %s\n", i, lane.failure);
        else if (lane.is_stuck)
            say_stuck(i, &lane, out);
    }
    return out->len == before;
}

static bool say_readiness(const struct status *status, struct buf *out)
{
    bool ready = say_health(status, out) && !worker_is_stopping(status->worker);

    if (worker_is_stopping(status->worker))
        buf_put(out, SPAN("it is stopping\n"));
    for (int i = 0; i < worker_lanes(status->worker); i++) {
        struct lane_view lane = worker_lane(status->worker, i);
        const char *lacks = lane_status_read(lane.status, out->mem)->lacks;

        if (lane.is_waiting && !lane.is_stuck)
            say_stuck(i, &lane, out);
        ready &= !lane.is_waiting;
        if (*lacks)
            buf_format(out, "lane %d: %s\n", i, lacks);
        ready &= !*lacks;
    }
    return ready;
}

/* Topics and failures are for those who name a host that is served; a probe by any other name learns yes or no. */
static void answer_probe(const struct status *status, bool (*say)(const struct status *, struct buf *),
                         const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    struct buf reasons = buf_in(mem);

    if (say(status, &reasons))
        http_reply_text(reply, HTTP_OK, SPAN("ok\n"));
    else if (request->names_host)
        http_reply_text(reply, HTTP_UNAVAILABLE, buf_span(&reasons));
    else
        http_reply_text(reply, HTTP_UNAVAILABLE, SPAN("no; the reasons are told to hosts in http.hosts\n"));
}

static void answer_health(void *context, const struct http_request *request, struct arena *mem,
                          struct http_reply *reply)
{
    answer_probe(context, say_health, request, mem, reply);
}

static void answer_readiness(void *context, const struct http_request *request, struct arena *mem,
                             struct http_reply *reply)
{
    answer_probe(context, say_readiness, request, mem, reply);
}

/* --- metrics --- */

static struct span lane_label(int lane, struct arena *mem)
{
    return span_format(mem, "lane=\"%d\"", lane);
}

static void add_partitions(const struct lane_status_page *page, struct samples *out)
{
    for (size_t i = 0; i < page->partitions_len; i++) {
        const struct lane_status_partition *it = &page->partitions[i];
        struct buf labels = buf_in(out->mem);

        metric_write_label(&labels, "topic", it->topic);
        buf_format(&labels, ",partition=\"%d\"", (int)it->partition);
        samples_add(out, METRIC_STOPPED, buf_span(&labels), it->is_stopped);
        if (it->committed < 0)
            continue;
        samples_add(out, METRIC_OFFSET, buf_span(&labels), (double)it->committed);
        samples_add(out, METRIC_END, buf_span(&labels), (double)it->end);
        samples_add(out, METRIC_LAG, buf_span(&labels),
                    (double)(it->end > it->committed ? it->end - it->committed : 0));
    }
}

static void add_lane(const struct status *status, int number, struct samples *out)
{
    struct lane_view lane = worker_lane(status->worker, number);
    const struct lane_status_page *page = lane_status_read(lane.status, out->mem);
    struct span labels = lane_label(number, out->mem);

    samples_add(out, METRIC_PARTITIONS, labels, (double)page->partitions_len);
    samples_add(out, METRIC_STILL, labels, (double)lane.still_ms / 1000);
    samples_add(out, METRIC_LANE_READY, labels, !*page->lacks && !lane.is_waiting && !lane.ended);
    add_partitions(page, out);
}

/* The newest that the lane passed on, parsed once. */
static const struct client *client_of(const struct status *status, int lane, int which, struct arena *mem)
{
    struct client *client = &status->clients[lane * LANE_STATUS_CLIENTS + which];
    struct span json;

    if (lane_status_newer_statistics(worker_lane(status->worker, lane).status, which, &client->number, mem, &json)) {
        arena_reset(client->mem);
        client->is_known = kafka_statistics_read(json, client->mem, &client->statistics);
    }
    return client->is_known ? client : NULL;
}

static void add_error(struct samples *out, struct span labels, const char *kind, int64_t count)
{
    samples_add(out, METRIC_BROKER_ERRORS, span_format(out->mem, "%.*s,kind=\"%s\"", SPAN_ARGS(labels), kind),
                (double)count);
}

static void add_broker(const struct kafka_broker *broker, struct span client, struct samples *out)
{
    struct buf labels = buf_in(out->mem);

    buf_put(&labels, client);
    metric_write_label(&labels, "broker", broker->name);
    samples_add(out, METRIC_RTT, buf_span(&labels), (double)broker->rtt_us / 1e6);
    samples_add(out, METRIC_RTT_WORST, buf_span(&labels), (double)broker->rtt_p99_us / 1e6);
}

static void add_client(const struct status *status, int lane, int which, struct samples *out)
{
    const struct client *client = client_of(status, lane, which, out->mem);

    if (!client)
        return;
    const struct kafka_statistics *it = &client->statistics;
    struct span labels = span_format(out->mem, "lane=\"%d\",client=\"%s\"", lane, client_names[which]);
    samples_add(out, METRIC_BROKERS, labels, (double)it->brokers_up);
    samples_add(out, METRIC_SENT_BYTES, labels, (double)it->sent_bytes);
    samples_add(out, METRIC_RECEIVED_BYTES, labels, (double)it->received_bytes);
    samples_add(out, METRIC_REQUESTS, labels, (double)it->requests);
    samples_add(out, METRIC_QUEUED, labels, (double)it->records);
    samples_add(out, METRIC_QUEUED_BYTES, labels, (double)it->bytes);
    add_error(out, labels, "send", it->send_errors);
    add_error(out, labels, "receive", it->receive_errors);
    add_error(out, labels, "timeout", it->timeouts);
    for (size_t i = 0; i < it->brokers_len; i++)
        add_broker(&it->brokers[i], labels, out);
}

static void add_rules(const struct status *status, struct samples *out)
{
    struct worker_rules rules = worker_rules(status->worker);

    samples_add(out, METRIC_RULES_VERSION, (struct span){0}, (double)rules.version);
    samples_add(out, METRIC_RULES,
                span_format(out->mem, "version=\"%lld\",id=\"%s\"", (long long)rules.version, rules.fingerprint), 1);
    for (int i = 0; i < RELOAD_OUTCOMES; i++)
        samples_add(out, METRIC_RELOADS, span_format(out->mem, "outcome=\"%s\"", reload_outcome_names[i]),
                    (double)rules.reloads[i]);
    const struct reload_words *last = &reload_results[rules.result];
    if (rules.reloaded_ms)
        samples_add(
            out, METRIC_RELOADED,
            span_format(out->mem, "outcome=\"%s\",reason=\"%s\"", reload_outcome_names[last->outcome], last->name),
            (double)rules.reloaded_ms / 1000);
    samples_add(out, METRIC_CONFIG_CHANGED, (struct span){0}, *rules.config != 0);
}

static double resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;

    if (!file)
        return 0;
    if (fscanf(file, "%*u %llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void add_process(const struct status *status, struct samples *out)
{
    struct rusage used = {0};
    struct buf build = buf_in(out->mem);

    getrusage(RUSAGE_SELF, &used);
    metric_write_label(&build, "version", span_of(status->version));
    metric_write_label(&build, "librdkafka", span_of(kafka_version_running()));
    samples_add(out, METRIC_BUILD, buf_span(&build), 1);
    samples_add(out, METRIC_CPU, (struct span){0}, seconds(used.ru_utime) + seconds(used.ru_stime));
    samples_add(out, METRIC_MEMORY, (struct span){0}, resident_bytes());
    samples_add(out, METRIC_STARTED, (struct span){0}, (double)status->started_ms / 1000);
}

static void answer_metrics(void *context, const struct http_request *request, struct arena *mem,
                           struct http_reply *reply)
{
    const struct status *status = context;
    struct samples samples = {.mem = mem};
    struct buf out = buf_in(mem), reasons = buf_in(mem);

    (void)request;
    samples_add(&samples, METRIC_READY, (struct span){0}, say_readiness(status, &reasons));
    for (int i = 0; i < worker_lanes(status->worker); i++) {
        add_lane(status, i, &samples);
        for (int client = 0; client < LANE_STATUS_CLIENTS; client++)
            add_client(status, i, client, &samples);
    }
    add_rules(status, &samples);
    add_process(status, &samples);
    metrics_write(worker_metrics(status->worker), &samples, &out);
    *reply = (struct http_reply){
        .status = HTTP_OK, .type = "text/plain; version=0.0.4; charset=utf-8", .body = buf_span(&out)};
}

/* --- status --- */

static void put_text(struct buf *out, const char *before, struct span text)
{
    buf_put(out, span_of(before));
    json_write_string(out, text);
}

static void write_reasons(const struct status *status, struct buf *out)
{
    struct buf reasons = buf_in(out->mem);
    bool ready = say_readiness(status, &reasons);
    const char *comma = "";

    buf_format(out, ",\"ready\":%s,\"reasons\":[", ready ? "true" : "false");
    for (size_t from = 0, at = 0; at < reasons.len; at++)
        if (reasons.at[at] == '\n') {
            put_text(out, comma, (struct span){reasons.at + from, at - from});
            from = at + 1;
            comma = ",";
        }
    buf_char(out, ']');
}

/* The rules at work, the last reload, and what of the config on the disk is not in use. */
static void write_rules(const struct worker_rules *rules, struct buf *out)
{
    const struct reload_words *last = &reload_results[rules->result];

    buf_format(out, ",\"rules\":{\"version\":%lld,\"id\":\"%s\",\"reloads\":%llu,\"refused\":%llu,\"unchanged\":%llu",
               (long long)rules->version, rules->fingerprint, (unsigned long long)rules->reloads[RELOAD_TAKEN],
               (unsigned long long)rules->reloads[RELOAD_REFUSED],
               (unsigned long long)rules->reloads[RELOAD_UNCHANGED]);
    if (rules->reloaded_ms) {
        buf_format(out, ",\"last\":{\"at\":%lld,\"outcome\":\"%s\"", (long long)rules->reloaded_ms,
                   reload_outcome_names[last->outcome]);
        put_text(out, ",\"reason\":", span_of(last->words));
        buf_char(out, '}');
    }
    put_text(out, ",\"config\":", span_of(rules->config));
    buf_char(out, '}');
}

static void write_worker(const struct status *status, struct buf *out)
{
    struct worker_rules rules = worker_rules(status->worker);

    buf_format(out, "{\"version\":\"%s\",\"librdkafka\":\"%s\",\"now\":%lld,\"started\":%lld", status->version,
               kafka_version_running(), (long long)time_now_ms(), (long long)status->started_ms);
    put_text(out, ",\"group\":", status->config->group);
    put_text(out, ",\"instance\":", worker_instance(status->worker));
    buf_format(out, ",\"delivery\":\"%s\"",
               status->config->delivery == DELIVERY_EXACTLY_ONCE ? "exactly_once" : "at_least_once");
    write_rules(&rules, out);
    write_reasons(status, out);
}

/* A metric's series as an object: {"posts.raw":12}. Those that are 0 are left out where there may be many. */
static void write_series(const struct status *status, const char *name, enum metric metric, bool with_zeros,
                         struct buf *out)
{
    const struct metrics *metrics = worker_metrics(status->worker);
    const char *comma = "";

    buf_format(out, ",\"%s\":{", name);
    for (size_t i = 0; i < metric_series(metrics, metric); i++) {
        uint64_t value = metric_value(metrics, metric, i);

        if (!value && !with_zeros)
            continue;
        put_text(out, comma, metric_series_name(metrics, metric, i));
        buf_format(out, ":%llu", (unsigned long long)value);
        comma = ",";
    }
    buf_char(out, '}');
}

/* By member and reason: {"author.followers":{"out-of-range":12}}. */
static void write_unusable(const struct status *status, struct buf *out)
{
    const char *comma = "";

    buf_put(out, SPAN(",\"unusable\":{"));
    for (size_t member = 0; member < POST_MEMBER_COUNT; member++) {
        const char *before = "{";

        for (size_t reason = 0; reason < UNUSABLES; reason++) {
            uint64_t posts = metric_value(worker_metrics(status->worker), METRIC_UNUSABLE, member * UNUSABLES + reason);

            if (posts && *before == '{')
                buf_format(out, "%s\"%s\":", comma, member_names[member]);
            if (posts)
                buf_format(out, "%s\"%s\":%llu", before, unusable_names[reason], (unsigned long long)posts);
            before = posts ? "," : before;
        }
        if (*before == ',')
            buf_char(out, '}');
        comma = *before == ',' ? "," : comma;
    }
    buf_char(out, '}');
}

static void write_partition(int lane, const struct lane_status_partition *it, struct buf *out)
{
    put_text(out, "{\"topic\":", it->topic);
    buf_format(out, ",\"partition\":%d,\"lane\":%d,\"committed\":%lld,\"end\":%lld,\"lag\":%lld,\"stopped\":%s}",
               (int)it->partition, lane, (long long)it->committed, (long long)it->end,
               (long long)(it->committed >= 0 && it->end > it->committed ? it->end - it->committed : 0),
               it->is_stopped ? "true" : "false");
}

static void write_fault(int lane, const struct lane_status_fault *it, struct buf *out)
{
    buf_format(out, "{\"at\":%lld,\"lane\":%d,\"fault\":\"%s\"", (long long)it->at_ms, lane, fault_names[it->fault]);
    struct span place =
        span_format(out->mem, "%.*s/%d/%lld", SPAN_ARGS(it->topic), (int)it->partition, (long long)it->offset);
    put_text(out, ",\"place\":", place);
    put_text(out, ",\"message\":", span_of(it->why));
    buf_char(out, '}');
}

static void write_lane(const struct status *status, int number, const struct lane_status_page *page, struct buf *out)
{
    const struct metrics *metrics = worker_metrics(status->worker);
    struct lane_view lane = worker_lane(status->worker, number);
    const char *lacks = lane.failure ? lane.failure : lane.ended ? "it has ended" : page->lacks;

    buf_format(out, "{\"lane\":%d,\"still_ms\":%lld,\"stuck\":%s,\"partitions\":%zu,\"posts\":%llu", number,
               (long long)lane.still_ms, lane.is_stuck ? "true" : "false", page->partitions_len,
               metrics_total_of_lane(metrics, TOTAL_POSTS, number));
    put_text(out, ",\"lacks\":", span_of(lacks));
    buf_char(out, '}');
}

static void comma_unless_first(struct buf *out)
{
    if (out->at[out->len - 1] != '[')
        buf_char(out, ',');
}

static void write_lanes(const struct status *status, struct buf *out)
{
    int lanes = worker_lanes(status->worker);
    const struct lane_status_page **pages = arena_take(out->mem, (size_t)lanes * sizeof *pages);

    buf_put(out, SPAN(",\"lanes\":["));
    for (int i = 0; i < lanes; i++) {
        pages[i] = lane_status_read(worker_lane(status->worker, i).status, out->mem);
        comma_unless_first(out);
        write_lane(status, i, pages[i], out);
    }
    buf_put(out, SPAN("],\"partitions\":["));
    for (int i = 0; i < lanes; i++)
        for (size_t j = 0; j < pages[i]->partitions_len; j++) {
            comma_unless_first(out);
            write_partition(i, &pages[i]->partitions[j], out);
        }
    buf_put(out, SPAN("],\"faults\":["));
    for (int i = 0; i < lanes; i++)
        for (size_t j = pages[i]->faults_len; j > 0 && pages[i]->faults_len - j < LANE_STATUS_FAULTS; j--) {
            comma_unless_first(out);
            write_fault(i, &pages[i]->faults[(j - 1) % LANE_STATUS_FAULTS], out);
        }
    buf_char(out, ']');
}

static void answer_json(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    const struct status *status = context;
    struct buf out = buf_in(mem);

    (void)request;
    write_worker(status, &out);
    write_series(status, "posts", METRIC_POSTS, true, &out);
    write_series(status, "records", METRIC_RECORDS, true, &out);
    write_series(status, "dead_letters", METRIC_DEAD, false, &out);
    write_series(status, "drops", METRIC_DROPS, true, &out);
    write_unusable(status, &out);
    write_series(status, "tags", METRIC_TAGGED, false, &out);
    write_series(status, "transactions", METRIC_TRANSACTIONS, true, &out);
    buf_format(&out, ",\"committed\":%llu",
               (unsigned long long)metric_sum(worker_metrics(status->worker), METRIC_COMMITTED));
    write_lanes(status, &out);
    buf_put(&out, SPAN("}\n"));
    *reply = (struct http_reply){.status = HTTP_OK, .type = "application/json", .body = buf_span(&out)};
}

/* The page brings its own style and script and asks /status.json. */
static void answer_status(void *context, const struct http_request *request, struct arena *mem,
                          struct http_reply *reply)
{
    static const char page_csp[] = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                                   "connect-src 'self'; frame-ancestors 'none'";
    static const struct span types[] = {{"application/json", 16}, {"text/html", 9}};

    if (http_media_type(request->headers[HTTP_ACCEPT], types, 2) == 1)
        *reply = (struct http_reply){.status = HTTP_OK,
                                     .type = "text/html; charset=utf-8",
                                     .body = {status_page, status_page_len},
                                     .csp = page_csp};
    else
        answer_json(context, request, mem, reply);
}

/* --- paths --- */

static void answer_list(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    struct buf out = buf_in(mem);

    (void)context;
    for (const struct http_route *it = status_routes; it->path; it++)
        buf_format(&out, "%-14s %s\n", it->path, it->help);
    http_reply_text(reply, span_equal(request->path, SPAN("/")) ? HTTP_OK : HTTP_NOT_FOUND, buf_span(&out));
}

const struct http_route status_routes[] = {
    {"/metrics", "figures in Prometheus' text format", answer_metrics, false, false},
    {"/healthz", "200 while every lane turns, 503 with the reasons where one is stuck or has failed", answer_health,
     true, false},
    {"/readyz",
     "200 while it works: topics there, partitions assigned, commits succeed, no lane stuck; else 503 with the reasons",
     answer_readiness, true, false},
    {"/status", "lanes, partitions, lag, rates and the last faults: a page for browsers, else JSON", answer_status,
     false, false},
    {"/status.json", "the same, always JSON", answer_json, false, false},
    {NULL, NULL, answer_list, false, false},
};
