/* bench-passthrough: what librdkafka alone costs, the limit of the worker.
 *
 * Reads posts by a consumer group and writes each on with the same key, headers and timestamp, in the
 * worker's own loop and by its own settings, but nothing is decoded, matched or encoded. With --events
 * it writes instead of a post the event that was made of it beforehand. Any error ends it: it measures
 * a healthy cluster. */
#include "common/arena.h"
#include "worker/config.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/fetch_wakeup.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH_MESSAGES = 50, PARTITIONS_MAX = 1024, WAIT_MS = 100, FULL_WAIT_MS = 20, STEP_MS = 30000 };

static const char usage[] =
    "usage: bench-passthrough -c worker.yaml --count N [--events FILE --first ID] [--no-copy]\n"
    "\n"
    "Passes N posts of the first input on to the topic of the first route: group, delivery, commit and\n"
    "kafka: are those of the config, the group must be a new one. Prints one line of JSON: CPU time from\n"
    "the first message to the last commit.\n"
    "\n"
    "  --events FILE   write line K of FILE (from 0) for the post whose key is the number ID + K\n"
    "  --first ID      that number\n"
    "  --no-copy       let librdkafka read FILE's bytes in place\n";

/* Lines of a file that is in memory as long as the process. */
struct lines {
    const char *at;
    size_t size;
    size_t *starts;             /* of each line and, last, of what follows */
    size_t len;
};

struct options {
    const char *config, *events;
    uint64_t first;
    int64_t count;
    bool no_copy;
};

struct passage {
    const struct options *options;
    const struct config *config;
    struct lines events;
    rd_kafka_t *consumer, *producer;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t *out;
    const char *topic;                      /* that is read */
    int64_t next[PARTITIONS_MAX];           /* offsets to commit; 0: nothing read yet */
    int32_t woken;                          /* the partition whose leader was asked last, see wakeup.h */
    int64_t done, bytes;
    int64_t open_since_ms, open_bytes, open_posts;      /* of the transaction at work; 0 ms: none */
    int64_t first_ns, warm_ns, last_ns;
    double first_cpu, warm_cpu, last_cpu;
    int64_t warm_done;                      /* posts before warm_ns; 0 until then */
};

static void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void die(const char *fmt, ...)
{
    va_list args;

    fputs("bench-passthrough: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    _exit(1);                               /* no handle is waited for */
}

/* --- measures --- */

static int64_t steady_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t steady_ms(void)
{
    return steady_ns() / 1000000;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Of all threads. */
static double cpu_seconds(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

/* Not ru_maxrss: that begins with the size of the process that started us. */
static long peak_kib(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

/* --- events --- */

static size_t count_lines(const struct lines *lines)
{
    size_t count = 0;

    for (size_t i = 0; i < lines->size; i++)
        count += lines->at[i] == '\n';
    return count;
}

static void index_lines(struct lines *lines)
{
    lines->len = count_lines(lines);
    lines->starts = calloc(lines->len + 1, sizeof *lines->starts);
    if (!lines->starts)
        abort();
    for (size_t i = 0, start = 0; i < lines->len; i++) {
        const char *end = memchr(lines->at + start, '\n', lines->size - start);

        start = (size_t)(end - lines->at) + 1;
        lines->starts[i + 1] = start;
    }
}

/* Populated at once: no page of it is faulted in while time is taken. */
static void map_lines(struct lines *lines, const char *path)
{
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &stat) != 0)
        die("%s: %s", path, strerror(errno));
    lines->size = (size_t)stat.st_size;
    lines->at = mmap(NULL, lines->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (lines->at == MAP_FAILED)
        die("%s: %s", path, strerror(errno));
    close(fd);
    index_lines(lines);
}

static uint64_t number_of(const rd_kafka_message_t *message)
{
    const char *key = message->key;
    uint64_t number = 0;

    for (size_t i = 0; i < message->key_len; i++)
        number = number * 10 + (uint64_t)(key[i] - '0');
    return number;
}

static struct span event_of(const struct passage *passage, const rd_kafka_message_t *message)
{
    const struct lines *events = &passage->events;
    uint64_t line = number_of(message) - passage->options->first;

    if (line >= events->len)
        die("no event for the key %.*s", (int)message->key_len, (const char *)message->key);
    return (struct span){events->at + events->starts[line], events->starts[line + 1] - events->starts[line] - 1};
}

/* --- writing --- */

static void begin(struct passage *passage)
{
    if (passage->open_since_ms)
        return;
    passage->open_since_ms = steady_ms();
    rd_kafka_error_t *error = passage->config->delivery == DELIVERY_EXACTLY_ONCE
        ? rd_kafka_begin_transaction(passage->producer) : NULL;
    if (error)
        die("begin: %s", rd_kafka_error_string(error));
}

static rd_kafka_headers_t *take_headers(rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;

    return rd_kafka_message_detach_headers(message, &headers) ? NULL : headers;
}

static void write_on(struct passage *passage, const rd_kafka_vu_t *parts, size_t len)
{
    rd_kafka_error_t *error;

    while ((error = rd_kafka_produceva(passage->producer, parts, len))) {
        if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            die("produce: %s", rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        rd_kafka_poll(passage->producer, FULL_WAIT_MS);
    }
}

static void pass(struct passage *passage, rd_kafka_message_t *message)
{
    struct span value = passage->events.at ? event_of(passage, message)
                                           : (struct span){message->payload, message->len};
    rd_kafka_headers_t *headers = take_headers(message);
    int flags = passage->options->no_copy && passage->events.at ? 0 : RD_KAFKA_MSG_F_COPY;
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = passage->out},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = flags},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {message->key, message->key_len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)value.at, value.len}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = rd_kafka_message_timestamp(message, NULL)},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    const size_t len = sizeof parts / sizeof *parts;

    begin(passage);
    write_on(passage, parts, headers ? len : len - 1);
    passage->open_bytes += (int64_t)(message->key_len + value.len);
    passage->open_posts++;
    passage->bytes += (int64_t)value.len;
    passage->next[message->partition] = message->offset + 1;
}

static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer;
    (void)opaque;
    if (message->err)
        die("delivery: %s", rd_kafka_err2str(message->err));
}

/* --- committing --- */

static rd_kafka_topic_partition_list_t *offsets_of(const struct passage *passage)
{
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(16);

    for (int32_t i = 0; i < PARTITIONS_MAX; i++)
        if (passage->next[i])
            rd_kafka_topic_partition_list_add(offsets, passage->topic, i)->offset = passage->next[i];
    return offsets;
}

/* True: the same again. */
static bool is_passing(rd_kafka_error_t *error, const char *step)
{
    if (!error)
        return false;
    if (!rd_kafka_error_is_retriable(error) || rd_kafka_error_txn_requires_abort(error))
        die("%s: %s", step, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return true;
}

static void commit_transaction(struct passage *passage, const rd_kafka_topic_partition_list_t *offsets)
{
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(passage->consumer);

    while (is_passing(rd_kafka_send_offsets_to_transaction(passage->producer, offsets, group, STEP_MS), "offsets"))
        ;
    while (is_passing(rd_kafka_commit_transaction(passage->producer, -1), "commit"))
        ;
    rd_kafka_consumer_group_metadata_destroy(group);
}

static void flush_and_commit(struct passage *passage, const rd_kafka_topic_partition_list_t *offsets)
{
    rd_kafka_resp_err_t code;

    while (rd_kafka_flush(passage->producer, WAIT_MS))
        ;
    if ((code = rd_kafka_commit(passage->consumer, offsets, 0)))
        die("commit: %s", rd_kafka_err2str(code));
}

/* A fifth of the posts is behind us, as the bench has it for all contestants. */
static void note_warm(struct passage *passage)
{
    int64_t count = passage->options->count;

    if (passage->warm_done || passage->done * 5 < count || passage->done >= count)
        return;
    passage->warm_done = passage->done;
    passage->warm_ns = steady_ns();
    passage->warm_cpu = cpu_seconds();
}

static void commit(struct passage *passage)
{
    rd_kafka_topic_partition_list_t *offsets = offsets_of(passage);

    if (passage->config->delivery == DELIVERY_EXACTLY_ONCE)
        commit_transaction(passage, offsets);
    else
        flush_and_commit(passage, offsets);
    rd_kafka_topic_partition_list_destroy(offsets);
    passage->done += passage->open_posts;
    passage->open_since_ms = passage->open_bytes = passage->open_posts = 0;
    note_warm(passage);
}

static bool is_due(const struct passage *passage)
{
    const struct commit_limits *limits = &passage->config->commit;

    return passage->open_since_ms
        && (passage->done + passage->open_posts >= passage->options->count
            || steady_ms() - passage->open_since_ms >= limits->interval_ms
            || passage->open_bytes >= limits->bytes || passage->open_posts >= limits->posts);
}

/* --- reading --- */

static void assigned(rd_kafka_t *consumer, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t *partitions,
                     void *opaque)
{
    rd_kafka_error_t *error;

    (void)opaque;
    for (int i = 0; i < partitions->cnt; i++)
        partitions->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        error = rd_kafka_incremental_assign(consumer, partitions);
    else
        error = rd_kafka_incremental_unassign(consumer, partitions);
    if (error)
        die("assign: %s", rd_kafka_error_string(error));
}

/* As the worker does: one that waits for its fetches has the machine to itself, and each post costs it less. */
static void wake(struct passage *passage)
{
    if (!passage->done)
        return;
    do
        passage->woken = (passage->woken + 1) % PARTITIONS_MAX;
    while (!passage->next[passage->woken]);
    wake_leader(passage->consumer, passage->topic, passage->woken);
}

static size_t consume(struct passage *passage, rd_kafka_message_t **messages)
{
    messages[0] = rd_kafka_consumer_poll(passage->consumer, 0);
    if (!messages[0]) {
        wake(passage);
        messages[0] = rd_kafka_consumer_poll(passage->consumer, passage->open_since_ms ? WAIT_MS / 10 : WAIT_MS);
    }
    if (!messages[0])
        return 0;
    ssize_t more = rd_kafka_consume_batch_queue(passage->queue, 0, messages + 1, BATCH_MESSAGES - 1);
    return 1 + (more > 0 ? (size_t)more : 0);
}

static void start_watch(struct passage *passage)
{
    if (passage->first_ns)
        return;
    passage->first_ns = passage->warm_ns = steady_ns();
    passage->first_cpu = passage->warm_cpu = cpu_seconds();
}

static void take_turn(struct passage *passage)
{
    rd_kafka_message_t *messages[BATCH_MESSAGES];
    size_t len = consume(passage, messages);

    for (size_t i = 0; i < len; i++) {
        if (messages[i]->err)
            die("consume: %s", rd_kafka_message_errstr(messages[i]));
        start_watch(passage);
        pass(passage, messages[i]);
        rd_kafka_message_destroy(messages[i]);
    }
    if (len)
        rd_kafka_poll(passage->producer, 0);
    if (is_due(passage))
        commit(passage);
}

static void pass_all(struct passage *passage)
{
    while (passage->done < passage->options->count)
        take_turn(passage);
    passage->last_ns = steady_ns();
    passage->last_cpu = cpu_seconds();
}

/* --- opening --- */

static rd_kafka_t *open_handle(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char why[512];
    rd_kafka_t *handle = rd_kafka_new(type, conf, why, sizeof why);

    if (!handle)
        die("%s", why);
    return handle;
}

static void open_consumer(struct passage *passage, struct span instance)
{
    struct err err = {0};
    rd_kafka_conf_t *conf = client_consumer(passage->config, instance, 0, &err);

    if (!conf)
        die("%s", err.text);
    rd_kafka_conf_set_rebalance_cb(conf, assigned);
    passage->consumer = open_handle(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(passage->consumer);
    passage->queue = rd_kafka_queue_get_consumer(passage->consumer);
}

/* As the worker, it asks for the topic once, so that the first message need not wait for metadata. */
static void open_topic(struct passage *passage, const char *topic)
{
    const struct rd_kafka_metadata *metadata;

    passage->out = rd_kafka_topic_new(passage->producer, topic, NULL);
    if (!passage->out)
        die("%s: %s", topic, rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_resp_err_t code = rd_kafka_metadata(passage->producer, 0, passage->out, &metadata, STEP_MS);
    if (code)
        die("%s: %s", topic, rd_kafka_err2str(code));
    rd_kafka_metadata_destroy(metadata);
}

static void open_producer(struct passage *passage, struct span instance, const char *topic)
{
    struct err err = {0};
    rd_kafka_conf_t *conf = client_producer(passage->config, instance, 0, &err);

    if (!conf)
        die("%s", err.text);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    passage->producer = open_handle(RD_KAFKA_PRODUCER, conf);
    rd_kafka_error_t *error = passage->config->delivery == DELIVERY_EXACTLY_ONCE
        ? rd_kafka_init_transactions(passage->producer, STEP_MS) : NULL;
    if (error)
        die("transactions: %s", rd_kafka_error_string(error));
    open_topic(passage, topic);
}

static void subscribe(struct passage *passage)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(topics, passage->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(passage->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code)
        die("subscribe: %s", rd_kafka_err2str(code));
}

static void close_all(struct passage *passage)
{
    rd_kafka_topic_destroy(passage->out);
    rd_kafka_destroy(passage->producer);
    rd_kafka_queue_destroy(passage->queue);
    rd_kafka_consumer_close(passage->consumer);
    rd_kafka_destroy(passage->consumer);
}

static void print_result(const struct passage *passage)
{
    double posts = (double)passage->done;
    double warm_posts = (double)(passage->done - passage->warm_done);
    double cpu_us = (passage->last_cpu - passage->first_cpu) * 1e6;
    double warm_us = (passage->last_cpu - passage->warm_cpu) * 1e6;

    printf("{\"posts\":%lld,\"bytes\":%lld,\"seconds\":%.3f,\"cpu_us\":%.3f,\"peak_kib\":%ld,"
           "\"warm_seconds\":%.3f,\"warm_us\":%.3f,\"warm_posts\":%.0f}\n",
           (long long)passage->done, (long long)passage->bytes,
           (double)(passage->last_ns - passage->first_ns) / 1e9, cpu_us / posts,
           peak_kib() - (long)(passage->events.size / 1024),
           (double)(passage->last_ns - passage->warm_ns) / 1e9, warm_us / warm_posts, warm_posts);
}

static struct config *load_config(const char *path)
{
    struct report *report = report_new();
    struct config *config = config_load(path, report);

    report_print(report, stderr);
    if (!config || report->errors)
        die("%s cannot be used", path);
    report_free(report);
    return config;
}

static void run(const struct options *options)
{
    struct config *config = load_config(options->config);
    struct passage passage = {.options = options, .config = config};
    const struct input *inputs = config->inputs.at;
    const struct route *routes = config->routes.at;
    struct span instance = span_format(config->mem, "bench-%d", (int)getpid());

    if (options->events)
        map_lines(&passage.events, options->events);
    passage.topic = span_string(inputs[0].topic, config->mem);
    open_consumer(&passage, instance);
    open_producer(&passage, instance, span_string(routes[0].topic, config->mem));
    subscribe(&passage);
    pass_all(&passage);
    print_result(&passage);
    fflush(stdout);
    close_all(&passage);
    config_free(config);
}

int main(int argc, char **argv)
{
    enum { COUNT = 1000, EVENTS, FIRST, NO_COPY };
    static const struct option longs[] = {
        {"count", required_argument, NULL, COUNT}, {"events", required_argument, NULL, EVENTS},
        {"first", required_argument, NULL, FIRST}, {"no-copy", no_argument, NULL, NO_COPY}, {0},
    };
    struct options options = {0};
    int got;

    mallopt(M_ARENA_MAX, 2);                /* as the worker */
    while ((got = getopt_long(argc, argv, "c:", longs, NULL)) != -1)
        switch (got) {
        case 'c': options.config = optarg; break;
        case COUNT: options.count = strtoll(optarg, NULL, 10); break;
        case EVENTS: options.events = optarg; break;
        case FIRST: options.first = strtoull(optarg, NULL, 10); break;
        case NO_COPY: options.no_copy = true; break;
        default: options.config = NULL; argc = 0;
        }
    if (!options.config || options.count <= 0 || optind != argc) {
        fputs(usage, stderr);
        return 2;
    }
    run(&options);
    return 0;
}
