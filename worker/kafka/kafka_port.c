/* The port: poll, deliver, drain, close. */
#include "worker/kafka/kafka_port.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/admin.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/dead_letters.h"
#include "worker/kafka/destroy.h"
#include "worker/kafka/errors.h"
#include "worker/kafka/fetch_wakeup.h"
#include "worker/kafka/logs.h"
#include "worker/kafka/replay_options.h"
#include "worker/kafka/throttle.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    WAIT_MS = 100,
    OPEN_MS = 30000,
    OPEN_STEP_MS = 2000,
    NEW_TOPIC_MS = 3000,
    REVIVE_MS = 1000,
    SETTLE_MS = 1000,
    LOOK_MS = 2000,
    LONG_REST_MS = 2000,
    LOOK_PAUSE_MS = 1000,
    CLOSE_MS = 10000,
    JOIN_MS = 3000,
    FIXED_CLOSE = 0x02030000,       /* of librdkafka's version */
};

static bool pass_on(const struct kafka_port *kp, struct err *err)
{
    *err = kp->broken;
    return false;
}

static void free_messages(struct kafka_port *kp)
{
    for (size_t i = 0; i < kp->messages_len; i++)
        rd_kafka_message_destroy(kp->messages[i]);
    kp->messages_len = 0;
}

/* Whether all outputs are there, after one of them failed. */
static bool topics_are_there(struct kafka_port *kp)
{
    struct err err = {0};

    if (!kp->topics_doubtful)
        return true;
    for (size_t i = 0; i < kp->outputs.len; i++) {
        int partitions = admin_partitions(kp->consumer, kp->outputs.at[i].topic, LOOK_MS, &err);

        if (partitions > 0)
            continue;
        if (!kp->lacking)
            log_event(LOG_ERROR, "not-ready", "lane=%d topic=%s reason=%s", kp->lane, kp->outputs.at[i].topic,
                      log_quote(partitions < 0 ? err.text : "the topic is not there"));
        kp->lacking = kp->outputs.at[i].topic;
        kp->revive_at_ms = time_steady_ms() + LOOK_PAUSE_MS;
        return false;
    }
    kp->topics_doubtful = false;
    return true;
}

/* Makes ready what a failure took away; nothing is fetched meanwhile. */
static void make_ready(struct kafka_port *kp)
{
    if (kp->ready || time_steady_ms() < kp->revive_at_ms)
        return;
    if (!topics_are_there(kp) || !producer_revive(kp, REVIVE_MS))
        return;
    if (kp->lacking)
        log_event(LOG_INFO, "ready", "lane=%d", kp->lane);
    kp->lacking = NULL;
}

static int wait_for(const struct kafka_port *kp)
{
    int64_t left_ms = kp->txn.since_ms + kp->config->commit.interval_ms - time_steady_ms();

    if (!kp->txn.since_ms || left_ms > WAIT_MS)
        return WAIT_MS;
    return left_ms > 0 ? (int)left_ms : 0;
}

static size_t batch_most(const struct kafka_port *kp)
{
    return kp->pace ? pace_batch(kp->pace, BATCH_MESSAGES) : BATCH_MESSAGES;
}

/* Waits for one message and takes those that are there already. */
static void consume(struct kafka_port *kp, int wait_ms)
{
    rd_kafka_message_t *first = rd_kafka_consumer_poll(kp->consumer, 0);

    if (!first) {
        if (positions_have_unsaved(kp->positions))
            return;                             /* a start that was found in this call is committed first */
        wake_fetcher(kp);
        first = rd_kafka_consumer_poll(kp->consumer, wait_ms);
    }
    if (!first)
        return;
    kp->messages[0] = first;
    kp->messages_len = 1;
    size_t most = batch_most(kp);
    ssize_t more = most > 1 ? rd_kafka_consume_batch_queue(kp->queue, 0, kp->messages + 1, most - 1) : 0;
    if (more > 0)
        kp->messages_len += (size_t)more;
}

/* The group takes the partitions of a member that does not poll for max.poll.interval.ms, and each rebalance waits for
 * its poll. So in a long rest, once all is committed, the lane lets go what it fetches and polls on. */
static void rest_long(struct kafka_port *kp)
{
    int64_t left_ms = kp->rest_until_ms - time_steady_ms();

    if (kp->resting && left_ms <= 0) {
        kp->resting = false;
        kp->settle_at_ms = 0;
    } else if (!kp->resting && left_ms > LONG_REST_MS && !kp->txn.begun && !positions_are_dirty(kp->positions)) {
        kp->resting = true;
        kp->restore = RESTORE_RELEASE;
        restore_partitions(kp);
    }
}

/* True: a moment of a short rest was waited for, and there is more of it. */
static bool rests(struct kafka_port *kp)
{
    int64_t left_ms = kp->rest_until_ms - time_steady_ms();

    if (left_ms <= 0 || kp->resting)
        return false;
    time_sleep_ms(left_ms < WAIT_MS ? left_ms : WAIT_MS);
    return left_ms > WAIT_MS;
}

static void note_pace(struct kafka_port *kp, const struct batch *batch)
{
    int64_t bytes = 0;

    if (!kp->pace)
        return;
    for (size_t i = 0; i < batch->len; i++)
        bytes += (int64_t)(batch->at[i].key.len + batch->at[i].value.len);
    kp->rest_until_ms = time_steady_ms() + pace_take(kp->pace, (int64_t)batch->len, bytes);
}

static void meet_fatal(struct kafka_port *kp)
{
    char why[512] = "";
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(kp->consumer, why, sizeof why);

    if (code != RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
        port_break(kp, ERR_CLUSTER, "the consumer gave up: %s", why);
        return;
    }
    /* After an outage of the coordinator a static member of 2.0.2 fences itself by rejoining. */
    log_event(LOG_WARN, "consumer-fenced", "lane=%d message=%s", kp->lane, log_quote(why));
    note_fence(kp);
    kp->renew = true;
}

/* A topic of the inputs is gone; the group assigns it anew when it is there again. */
static void meet_missing(struct kafka_port *kp, const rd_kafka_message_t *message)
{
    kp->input_missing = true;
    log_limited(&kp->quiet, LOG_WARN, "consumer", kp->lane, rd_kafka_message_errstr(message));
}

/* What librdkafka says instead of a message. */
static void meet_error(struct kafka_port *kp, const rd_kafka_message_t *message)
{
    const char *topic = message->rkt ? rd_kafka_topic_name(message->rkt) : "";

    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
        meet_gap(kp, topic, message->partition);
    else if (message->err == RD_KAFKA_RESP_ERR__FATAL)
        meet_fatal(kp);
    else if (code_is_forbidden(message->err))
        port_break(kp, ERR_CLUSTER, "%s", rd_kafka_message_errstr(message));
    else if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        meet_missing(kp, message);
    else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        log_limited(&kp->quiet, LOG_WARN, "consumer", kp->lane, rd_kafka_message_errstr(message));
}

static int64_t timestamp_of(const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;
    int64_t ms = rd_kafka_message_timestamp(message, &type);

    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? TIME_UNKNOWN : ms;
}

/* Kept for the batch: a commit within it forgets the refusal. */
static struct span why_refused(const struct kafka_port *kp, const struct position *position, int64_t offset,
                               struct arena *mem)
{
    const struct refusal *refusal =
        kp->refused.len ? refused_find(&kp->refused, (size_t)(position - kp->positions->at), offset) : NULL;

    return refusal ? span_keep(span_of(refusal->why), mem) : (struct span){0};
}

static struct message as_message(const struct kafka_port *kp, const struct position *position,
                                 rd_kafka_message_t *from, struct arena *mem)
{
    return (struct message){
        .input = (const struct input *)kp->config->inputs.at + position->input,
        .key = {from->key, from->key_len},
        .value = {from->payload, from->len},
        .partition = from->partition,
        .offset = from->offset,
        .timestamp_ms = timestamp_of(from),
        .refused = why_refused(kp, position, from->offset, mem),
        .origin = from,
    };
}

/* Messages, and where a log ends. */
static bool is_of_use(const struct kafka_port *kp, const rd_kafka_message_t *message)
{
    return (!message->err || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) && kp->ready
        && kp->restore != RESTORE_RELEASE;
}

/* The guards: what is taken is ours, and stands where we are. */
static void take_messages(struct kafka_port *kp, struct arena *mem, struct batch *batch)
{
    positions_begin(kp->positions);
    batch->at = kp->messages_len ? arena_take(mem, kp->messages_len * sizeof *batch->at) : NULL;
    for (size_t i = 0; i < kp->messages_len; i++) {
        rd_kafka_message_t *message = kp->messages[i];

        if (!is_of_use(kp, message))
            continue;
        struct position *position =
            positions_find(kp->positions, rd_kafka_topic_name(message->rkt), message->partition);
        if (message->err) {
            /* In a call in which a rebalance ran, messages before the end may be missing: it is told
             * again after the seek that follows. */
            if (position && position->held && !kp->rebalanced)
                meet_end(kp, position, message->offset);
        } else if (positions_take(kp->positions, position, message->offset, kp->rebalanced)) {
            struct message *it = &batch->at[batch->len];

            *it = as_message(kp, position, message, mem);
            batch->len += !kp->letters || letter_read(message, kp->letters, it);
        }
    }
    kp->undelivered = batch->len > 0;
}

static void note_guarded(const struct kafka_port *kp, struct guarded before)
{
    const struct guarded *now = &kp->positions->guarded;
    struct guarded more = {now->not_owned - before.not_owned, now->behind - before.behind,
                           now->after_rebalance - before.after_rebalance};

    if (more.not_owned + more.behind + more.after_rebalance == 0)
        return;
    meter_add(kp->meter, METRIC_GUARDED, GUARD_NOT_OWNED, more.not_owned);
    meter_add(kp->meter, METRIC_GUARDED, GUARD_BEHIND, more.behind);
    meter_add(kp->meter, METRIC_GUARDED, GUARD_AFTER_REBALANCE, more.after_rebalance);
    log_event(LOG_INFO, "guarded", "lane=%d not_owned=%zu behind=%zu after_rebalance=%zu", kp->lane,
              more.not_owned, more.behind, more.after_rebalance);
}

static void meet_errors(struct kafka_port *kp)
{
    for (size_t i = 0; i < kp->messages_len; i++)
        if (kp->messages[i]->err)
            meet_error(kp, kp->messages[i]);
}

static bool open_consumer(struct kafka_port *kp, struct err *err)
{
    char why[512];
    rd_kafka_conf_t *conf = props_consumer(kp->config, kp->instance, kp->lane, err);

    if (!conf)
        return false;
    rd_kafka_conf_set_opaque(conf, kp);
    rd_kafka_conf_set_rebalance_cb(conf, rebalance_callback);
    rd_kafka_conf_set_log_cb(conf, logs_callback);
    rd_kafka_conf_set_error_cb(conf, errors_callback);
    rd_kafka_conf_set_stats_cb(conf, statistics_callback);
    kp->consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!kp->consumer) {
        rd_kafka_conf_destroy(conf);
        return fail(err, ERR_CONFIG, "kafka: %s", why);
    }
    rd_kafka_poll_set_consumer(kp->consumer);
    kp->queue = rd_kafka_queue_get_consumer(kp->consumer);
    return true;
}

static bool subscribe(struct kafka_port *kp, struct err *err)
{
    const struct input *inputs = kp->config->inputs.at;
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(4);

    for (size_t i = 0; i < kp->config->inputs.len; i++)
        rd_kafka_topic_partition_list_add(topics, span_string(inputs[i].topic, kp->mem), RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(kp->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code)
        return fail(err, ERR_CLUSTER, "cannot subscribe: %s", rd_kafka_err2str(code));
    kp->subscribed = true;
    return true;
}

/* A new consumer in the old one's place: nothing is owned until the group assigns it. */
static bool renew_consumer(struct kafka_port *kp)
{
    struct err err = {0};

    kp->renew = false;
    meter_add(kp->meter, METRIC_CONSUMERS, 0, 1);
    if (kp->txn.begun || positions_are_dirty(kp->positions))
        transaction_rewind(kp, "the consumer was fenced");
    for (size_t i = 0; i < kp->positions->len; i++)
        position_disown(&kp->positions->at[i]);
    rd_kafka_queue_destroy(kp->queue);
    kp->lingers |= !handle_destroy(kp->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, CLOSE_MS);
    kp->consumer = NULL;
    kp->queue = NULL;
    kp->restore = RESTORE_NOTHING;
    kp->was_assigned = kp->subscribed = false;
    return (open_consumer(kp, &err) && subscribe(kp, &err)) || port_break(kp, err.kind, "%s", err.text);
}

static bool poll_port(struct port *port, struct arena *mem, struct batch *batch, struct err *err)
{
    struct kafka_port *kp = (struct kafka_port *)port;
    struct guarded before = kp->positions->guarded;

    *batch = (struct batch){0};
    kp->rebalanced = false;
    free_messages(kp);
    if (kp->renew && !renew_consumer(kp))
        return pass_on(kp, err);
    make_ready(kp);
    rest_long(kp);
    if (kp->ready)
        settle_partitions(kp, SETTLE_MS);
    leave_ended(kp);
    commit_starts(kp);
    remember_group(kp);
    if (!kp->broken.kind && !rests(kp))
        consume(kp, wait_for(kp));
    take_messages(kp, mem, batch);
    note_pace(kp, batch);
    meet_errors(kp);
    note_guarded(kp, before);
    if (kp->rebalanced && kp->restore == RESTORE_NOTHING)
        kp->restore = RESTORE_SEEK;
    restore_partitions(kp);
    observe_port(kp);
    return kp->broken.kind ? pass_on(kp, err) : true;
}

static bool is_due(const struct kafka_port *kp)
{
    const struct commit_limits *limits = &kp->config->commit;

    return kp->txn.since_ms
        && (time_steady_ms() - kp->txn.since_ms >= limits->interval_ms || kp->txn.bytes >= limits->bytes
            || kp->txn.posts >= limits->posts || kp->txn.alone);
}

static bool send_batch(struct kafka_port *kp, const struct batch *batch, const struct outbox *out)
{
    for (size_t i = 0; i < batch->len; i++)
        meter_delivered(kp->meter, batch->at[i].timestamp_ms);
    if (outbox_send(kp, out)) {
        kp->txn.posts += (int64_t)batch->len;
        return true;
    }
    kp->txn.posts += (int64_t)batch->len;
    transaction_rewind(kp, kp->txn.reason);
    return false;
}

static bool deliver(struct port *port, const struct batch *batch, const struct outbox *out, struct err *err)
{
    struct kafka_port *kp = (struct kafka_port *)port;

    kp->undelivered = false;
    bool sent = !batch->len || send_batch(kp, batch, out);
    if (sent && !kp->txn.since_ms && positions_are_dirty(kp->positions))
        kp->txn.since_ms = time_steady_ms();
    if (sent && is_due(kp))
        transaction_commit(kp);
    restore_partitions(kp);
    return kp->broken.kind ? pass_on(kp, err) : true;
}

/* A replay's end is what its group has committed: what is taken from a process that stood still, another one
 * has done, or a later one goes on with. */
static bool drain(struct port *port, struct err *err)
{
    struct kafka_port *kp = (struct kafka_port *)port;

    if (kp->undelivered)
        positions_take_back(kp->positions);
    kp->undelivered = false;
    if (transaction_commit(kp) || kp->config->replay)
        return true;
    return fail(err, ERR_WORK, "what was open could not be committed and will be read again: see the log");
}

static void close_producer(struct kafka_port *kp)
{
    if (kp->txn.begun && kp->ready)
        transaction_rewind(kp, "closing");
    producer_retire(kp);
}

/* Before 2.3.0 a cooperative consumer that ends before its first assignment may crash, by whatever call
 * it ends. So the assignment is awaited, else the consumer stays as it is: the process ends without it,
 * and the group waits for it until session.timeout.ms. */
static bool may_end(struct kafka_port *kp)
{
    int64_t until_ms = time_steady_ms() + JOIN_MS;

    while (kp->subscribed && !kp->was_assigned && rd_kafka_version() < FIXED_CLOSE
           && time_steady_ms() < until_ms) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(kp->consumer, WAIT_MS);

        if (message)
            rd_kafka_message_destroy(message);
    }
    return !kp->subscribed || kp->was_assigned || rd_kafka_version() >= FIXED_CLOSE;
}

/* False: librdkafka still runs somewhere and may call back. */
static bool close_consumer(struct kafka_port *kp)
{
    if (!kp->consumer)
        return true;
    bool ends = may_end(kp);
    if (kp->queue)
        rd_kafka_queue_destroy(kp->queue);
    if (!ends) {
        log_event(LOG_INFO, "left-unassigned", "lane=%d", kp->lane);
        return false;
    }
    bool closed = kp->subscribed ? consumer_destroy(kp->consumer, CLOSE_MS)
                                 : handle_destroy(kp->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, CLOSE_MS);
    if (!closed)
        log_event(LOG_WARN, "close-hangs", "lane=%d", kp->lane);
    return closed;
}

static void free_port(struct kafka_port *kp)
{
    positions_free(kp->positions);
    refused_free(&kp->refused);
    quiet_close(&kp->quiet);
    arena_free(kp->mem);
}

static void close_port(struct port *port)
{
    struct kafka_port *kp = (struct kafka_port *)port;

    if (!kp)
        return;
    kp->closing = true;
    free_messages(kp);
    close_producer(kp);
    bool closed = close_consumer(kp);
    if (closed && !kp->lingers)
        free_port(kp);
}

/* A topic that was made a moment ago is not known to every broker yet. */
static bool require_topic(struct kafka_port *kp, const char *topic, struct err *err)
{
    int64_t until_ms = time_steady_ms() + NEW_TOPIC_MS;
    int partitions = admin_partitions(kp->consumer, topic, OPEN_MS / 3, err);

    while (partitions == 0 && time_steady_ms() < until_ms) {
        rd_kafka_consumer_poll(kp->consumer, WAIT_MS);      /* nothing is subscribed: it only waits */
        partitions = admin_partitions(kp->consumer, topic, OPEN_MS / 3, err);
    }
    if (partitions == 0)
        return fail(err, ERR_CLUSTER, "topic %s is not there: `trendmill topics --create` makes it", topic);
    return partitions > 0;
}

static bool require_topics(struct kafka_port *kp, struct err *err)
{
    const struct input *inputs = kp->config->inputs.at;

    for (size_t i = 0; i < kp->config->inputs.len; i++)
        if (!require_topic(kp, span_string(inputs[i].topic, kp->mem), err))
            return false;
    for (size_t i = 0; i < kp->outputs.len; i++)
        if (!require_topic(kp, kp->outputs.at[i].topic, err))
            return false;
    return true;
}

static bool open_producer(struct kafka_port *kp, struct err *err)
{
    int64_t until_ms = time_steady_ms() + OPEN_MS;

    while (!producer_revive(kp, OPEN_STEP_MS)) {
        if (kp->broken.kind)
            return pass_on(kp, err);
        if (time_steady_ms() > until_ms)
            return fail(err, ERR_CLUSTER, "the producer may not write yet: see the log");
        rd_kafka_consumer_poll(kp->consumer, WAIT_MS);      /* nothing is subscribed: it only waits */
    }
    return true;
}

static const struct port_ops ops = {
    .poll = poll_port,
    .deliver = deliver,
    .drain = drain,
    .close = close_port,
};

static struct kafka_port *new_port(const struct config *config, struct span instance, int lane,
                                   struct port_watch watch)
{
    struct arena *mem = arena_new();
    struct kafka_port *kp = arena_zero(mem, sizeof *kp);

    kp->port.ops = &ops;
    kp->mem = mem;
    kp->config = config;
    kp->letters = config->replay ? config->replay->letters : NULL;
    kp->pace = config->replay ? config->replay->pace : NULL;
    kp->instance = instance;
    kp->lane = lane;
    kp->meter = watch.meter;
    kp->news = watch.news;
    kp->positions = positions_new();
    quiet_open(&kp->quiet);
    outputs_list(&kp->outputs, config, mem);
    kp->memory = arena_zero(mem, config->inputs.len * sizeof *kp->memory);
    kp->input_topics = arena_zero(mem, config->inputs.len * sizeof *kp->input_topics);
    for (size_t i = 0; i < config->inputs.len; i++)
        kp->input_topics[i] = span_string(((const struct input *)config->inputs.at)[i].topic, mem);
    return kp;
}

struct port *kafka_port_open(const struct config *config, struct span instance, int lane,
                             struct port_watch watch, struct err *err)
{
    struct kafka_port *kp = new_port(config, instance, lane, watch);

    if (open_consumer(kp, err) && require_topics(kp, err) && open_producer(kp, err) && subscribe(kp, err))
        return &kp->port;
    close_port(&kp->port);
    return NULL;
}
