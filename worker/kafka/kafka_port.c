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
#include "worker/kafka/record_time.h"
#include "worker/kafka/replay_options.h"
#include "worker/kafka/throttle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    LOOKUP_CLOSE_MS = 5000, /* longer than a request of it takes */
    JOIN_MS = 3000,
    HELD_MS = 300000,
    HELD_PAUSE_MS = 2000,
    FIXED_CLOSE = 0x02030000, /* of librdkafka's version */
};

static bool pass_on(const struct kafka_port *kp, struct err *err)
{
    *err = kp->broken;
    return false;
}

/* What was polled and not delivered is out of date: it is fetched again. The lane may still look at the rest. A record
 * of which some posts are delivered comes again as a whole. */
static void drop_waiting(struct kafka_port *kp)
{
    if (kp->txn.within_record)
        transaction_rewind(kp, "a record was carried in part");
    while (kp->polled_len > kp->delivered)
        rd_kafka_message_destroy(kp->polled[--kp->polled_len].raw);
}

/* Does what has to be done to the consumer after a rewind. */
static void restore(struct kafka_port *kp)
{
    if (kp->restore != RESTORE_NOTHING)
        drop_waiting(kp);
    restore_partitions(kp);
}

static void free_delivered(struct kafka_port *kp)
{
    for (size_t i = 0; i < kp->delivered; i++)
        rd_kafka_message_destroy(kp->polled[i].raw);
    kp->polled_len -= kp->delivered;
    if (kp->delivered && kp->polled_len)
        memmove(kp->polled, kp->polled + kp->delivered, kp->polled_len * sizeof *kp->polled);
    kp->delivered = kp->given = kp->given_posts = 0;
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
    return kp->throttle ? throttle_batch(kp->throttle, BATCH_MESSAGES) : BATCH_MESSAGES;
}

/* The group takes the partitions of a member that does not poll for max.poll.interval.ms, and each rebalance waits for
 * its poll. So in a long rest, once all is committed, the lane lets go what it fetches and polls on. */
static void rest_long(struct kafka_port *kp)
{
    int64_t left_ms = kp->rest_until_ms - time_steady_ms();

    if (kp->resting && left_ms <= 0) {
        kp->resting = false;
        kp->settle_at_ms = 0;
    } else if (!kp->resting && left_ms > LONG_REST_MS && !kp->polled_len && !kp->txn.begun
               && !positions_are_dirty(kp->positions)) {
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

/* Of what was polled, from the entry on. */
static void note_pace(struct kafka_port *kp, size_t from)
{
    int64_t posts = 0, bytes = 0;

    if (!kp->throttle)
        return;
    for (size_t i = from; i < kp->polled_len; i++) {
        const struct message *message = &kp->polled[i].message;

        if (!kp->polled[i].is_post)
            continue;
        posts++;
        bytes += (int64_t)(message->key.len + message->value.len);
    }
    kp->rest_until_ms = time_steady_ms() + throttle_take(kp->throttle, posts, bytes);
}

/* With KIP-848 the place of a static member that was killed is free only when its session ends. A new consumer asks for
 * it every 2 s. */
static void wait_for_place(struct kafka_port *kp, const char *why)
{
    int64_t now_ms = time_steady_ms();

    if (!kp->held_since_ms)
        log_event(LOG_WARN, "place-held", "lane=%d message=%s", kp->lane, log_quote(why));
    kp->held_since_ms = kp->held_since_ms ? kp->held_since_ms : now_ms;
    if (now_ms - kp->held_since_ms > HELD_MS) {
        port_break(kp, ERR_CLUSTER, "the place in the group was held for 5 minutes: %s", why);
        return;
    }
    kp->renew = true;
    kp->renew_at_ms = kp->rest_until_ms = now_ms + HELD_PAUSE_MS;
}

static void meet_fatal(struct kafka_port *kp)
{
    char why[512] = "";
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(kp->consumer, why, sizeof why);

    if (kp->renew)
        return;
    if (code_is_place_held(code)) {
        wait_for_place(kp, why);
        return;
    }
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
    log_limited(&kp->log_limit, LOG_WARN, "consumer", kp->lane, rd_kafka_message_errstr(message));
}

/* What librdkafka says instead of a message. */
static void meet_error(struct kafka_port *kp, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__FATAL)
        meet_fatal(kp);
    else if (code_is_forbidden(message->err))
        port_break(kp, ERR_CLUSTER, "%s", rd_kafka_message_errstr(message));
    else if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        meet_missing(kp, message);
    else
        log_limited(&kp->log_limit, LOG_WARN, "consumer", kp->lane, rd_kafka_message_errstr(message));
}

/* Has its turn between the messages before and after it. */
static bool has_a_place(const rd_kafka_message_t *message)
{
    return message->rkt
           && (!message->err || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF
               || message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET);
}

static struct position *position_of(const struct kafka_port *kp, const struct polled *it)
{
    return &kp->positions->at[it->slot];
}

/* Kept for the batch: a commit within it forgets the refusal. */
static struct span why_refused(struct kafka_port *kp, const struct polled *it, struct arena *mem)
{
    if (!kp->refused.len)
        return (struct span){0};
    const struct refusal *refusal = refused_find(&kp->refused, it->slot, it->raw->offset);
    return refusal ? span_keep(span_of(refusal->why), mem) : (struct span){0};
}

static struct message as_message(const struct kafka_port *kp, const struct position *position, rd_kafka_message_t *from)
{
    return (struct message){
        .input = (const struct input *)kp->config->inputs.at + position->input,
        .key = {from->key, from->key_len},
        .value = {from->payload, from->len},
        .partition = from->partition,
        .offset = from->offset,
        .timestamp_ms = record_time(from),
        .origin = from,
        .slot = (size_t)(position - kp->positions->at),
    };
}

/* The guards: what is taken is ours and at our position. A message that is no letter is passed over in its turn. */
static bool take_message(struct kafka_port *kp, struct polled *it)
{
    struct position *position = positions_find(kp->positions, rd_kafka_topic_name(it->raw->rkt), it->raw->partition);

    /* In a call in which a rebalance ran, messages before the end may be missing: it is told again after the seek that
     * follows. */
    if (position)
        it->slot = (size_t)(position - kp->positions->at);
    if (it->raw->err)
        return position && position->held && (!kp->rebalanced || it->raw->err != RD_KAFKA_RESP_ERR__PARTITION_EOF);
    if (!positions_take(kp->positions, position, it->raw->offset, kp->rebalanced))
        return false;
    it->message = as_message(kp, position, it->raw);
    it->is_post = !kp->letters || letter_read(it->raw, kp->letters, &it->message);
    return true;
}

/* Where each partition is once those that wait are delivered. */
static void take_waiting(struct kafka_port *kp)
{
    for (size_t i = 0; i < kp->polled_len; i++)
        if (!kp->polled[i].raw->err)
            positions_take(kp->positions, position_of(kp, &kp->polled[i]), kp->polled[i].raw->offset, false);
}

/* Joins those that wait, if the guards let it. */
static void add_message(struct kafka_port *kp, rd_kafka_message_t *message)
{
    struct polled *it = &kp->polled[kp->polled_len];

    *it = (struct polled){.raw = message};
    if (!has_a_place(message))
        meet_error(kp, message);
    else if (kp->ready && kp->restore != RESTORE_RELEASE && take_message(kp, it)) {
        kp->polled_len++;
        return;
    }
    rd_kafka_message_destroy(message);
}

/* Waits for one message and takes those that are there already. */
static size_t fetch(struct kafka_port *kp, rd_kafka_message_t *messages[BATCH_MESSAGES], int wait_ms)
{
    rd_kafka_message_t *first = rd_kafka_consumer_poll(kp->consumer, 0);
    size_t most = batch_most(kp);

    if (!first) {
        if (positions_have_unsaved(kp->positions))
            return 0; /* a start that was found in this call is committed first */
        wake_fetcher(kp);
        first = rd_kafka_consumer_poll(kp->consumer, wait_ms);
    }
    if (!first)
        return 0;
    messages[0] = first;
    ssize_t more = most > 1 ? rd_kafka_consume_batch_queue(kp->queue, 0, messages + 1, most - 1) : 0;
    return 1 + (more > 0 ? (size_t)more : 0);
}

static void consume(struct kafka_port *kp)
{
    rd_kafka_message_t *messages[BATCH_MESSAGES];
    size_t len = fetch(kp, messages, wait_for(kp));

    take_waiting(kp);
    for (size_t i = 0; i < len; i++)
        add_message(kp, messages[i]);
    note_pace(kp, 0);
}

/* Others wait to be carried first. The group is heard all the same, so that a lane that carries long stays in it. */
static void keep_up(struct kafka_port *kp)
{
    size_t waiting = kp->polled_len;
    rd_kafka_message_t *message = waiting < BATCH_MESSAGES ? rd_kafka_consumer_poll(kp->consumer, 0) : NULL;

    if (kp->rebalanced)
        drop_waiting(kp);
    take_waiting(kp);
    if (message)
        add_message(kp, message);
    note_pace(kp, waiting);
}

/* Empty: it was not. The text stays while others are noted. */
static struct span why_costly(struct kafka_port *kp, const struct polled *it, struct arena *mem)
{
    size_t len = kp->costly_len < COSTLY_KEPT ? kp->costly_len : COSTLY_KEPT;

    for (size_t i = 0; i < len; i++)
        if (kp->costly[i].offset == it->raw->offset && kp->costly[i].slot == it->slot)
            return span_keep(span_of(kp->costly[i].why), mem);
    return (struct span){0};
}

/* True: there was one. */
static bool note_costly(struct kafka_port *kp, const struct outbox *out)
{
    const size_t before = kp->costly_len;

    for (size_t i = 0; i < out->dead_len; i++) {
        const struct dead *dead = &out->dead[i];

        if (dead->fault != FAULT_TOO_COSTLY || dead->from->costly.len || dead->from->part)
            continue;
        struct costly *costly = &kp->costly[kp->costly_len++ % COSTLY_KEPT];
        *costly = (struct costly){.slot = dead->from->slot,
                                  .offset = ((const rd_kafka_message_t *)dead->from->origin)->offset};
        snprintf(costly->why, sizeof costly->why, "%.*s", SPAN_ARGS(dead->why));
    }
    return kp->costly_len > before;
}

/* Those that wait, from the first on, in groups that begin small. A process that was killed for its memory, or a batch
 * that was lost since it took too long, leaves no trace of the post that did it: so the posts before it are committed
 * first, and it is alone at last. */
static void give_out(struct kafka_port *kp, struct arena *mem, struct batch *batch)
{
    batch->at = arena_take(mem, kp->polled_len * sizeof *batch->at);
    for (; kp->given < kp->polled_len && batch->len < kp->group_posts; kp->given++) {
        const struct polled *it = &kp->polled[kp->given];

        if (!it->is_post)
            continue;
        batch->at[batch->len] = it->message;
        batch->at[batch->len].costly = why_costly(kp, it, mem);
        batch->at[batch->len++].refused = why_refused(kp, it, mem);
    }
    kp->given_posts = batch->len;
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
    log_event(LOG_INFO, "guarded", "lane=%d not_owned=%zu behind=%zu after_rebalance=%zu", kp->lane, more.not_owned,
              more.behind, more.after_rebalance);
}

static bool open_consumer(struct kafka_port *kp, struct err *err)
{
    rd_kafka_conf_t *conf = client_consumer(kp->config, kp->instance, kp->lane, err);

    if (!conf)
        return false;
    if (kp->replay && !client_set(conf, "enable.partition.eof", "true", err)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_conf_set_opaque(conf, kp);
    rd_kafka_conf_set_rebalance_cb(conf, rebalance_callback);
    rd_kafka_conf_set_log_cb(conf, logs_callback);
    rd_kafka_conf_set_error_cb(conf, errors_callback);
    rd_kafka_conf_set_stats_cb(conf, statistics_callback);
    kp->consumer = client_open(RD_KAFKA_CONSUMER, conf, err);
    if (!kp->consumer)
        return false;
    rd_kafka_poll_set_consumer(kp->consumer);
    kp->queue = rd_kafka_queue_get_consumer(kp->consumer);
    kp->lookup = lookup_open(kp->consumer, kp->input_topics, kp->config->inputs.len, kp->route_topics,
                             kp->config->routes.len, err);
    return kp->lookup != NULL;
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

/* False: a question is still on its way, and the consumer must stay as it is. */
static bool close_lookup(struct kafka_port *kp)
{
    struct lookup *lookup = kp->lookup;

    kp->lookup = NULL;
    return lookup_close(lookup, LOOKUP_CLOSE_MS);
}

/* A new consumer in the old one's place: nothing is owned until the group assigns it. */
static bool renew_consumer(struct kafka_port *kp)
{
    struct err err = {0};

    kp->renew = false;
    meter_add(kp->meter, METRIC_CONSUMERS, 0, 1);
    drop_waiting(kp);
    if (kp->txn.begun || positions_are_dirty(kp->positions))
        transaction_rewind(kp, "the consumer was fenced");
    for (size_t i = 0; i < kp->positions->len; i++)
        position_disown(&kp->positions->at[i]);
    rd_kafka_queue_destroy(kp->queue);
    kp->leaked |= !close_lookup(kp) || !handle_destroy(kp->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, CLOSE_MS);
    kp->assignment++;
    kp->consumer = NULL;
    kp->queue = NULL;
    kp->restore = RESTORE_NOTHING;
    kp->was_assigned = kp->is_assigned = kp->subscribed = false;
    return (open_consumer(kp, &err) && subscribe(kp, &err)) || port_break(kp, err.kind, "%s", err.text);
}

static void read_more(struct kafka_port *kp)
{
    struct guarded before = kp->positions->guarded;

    kp->rebalanced = false;
    positions_begin(kp->positions); /* what was delivered is not taken back, even by a lane that rests */
    if (kp->polled_len)
        keep_up(kp);
    else if (!rests(kp))
        consume(kp);
    note_guarded(kp, before);
    if (kp->restore == RESTORE_RELEASE)
        drop_waiting(kp);
    if (kp->rebalanced && kp->restore == RESTORE_NOTHING)
        kp->restore = RESTORE_SEEK;
    restore_partitions(kp); /* a seek goes behind what waits */
    positions_take_back(kp->positions);
}

static bool poll_port(struct port *port, struct arena *mem, struct batch *batch, struct err *err)
{
    struct kafka_port *kp = (struct kafka_port *)port;

    *batch = (struct batch){0};
    lane_status_wait(kp->status, "poll");
    free_delivered(kp);
    if (kp->renew && time_steady_ms() >= kp->renew_at_ms && !renew_consumer(kp))
        return pass_on(kp, err);
    make_ready(kp);
    rest_long(kp);
    settle_partitions(kp, SETTLE_MS);
    leave_ended(kp);
    commit_starts(kp);
    remember_group(kp);
    restore(kp); /* what that commit gave up is fetched again before anything is read */
    if (!kp->broken.kind)
        read_more(kp);
    give_out(kp, mem, batch);
    observe_port(kp);
    return kp->broken.kind ? pass_on(kp, err) : true;
}

static bool is_due(const struct kafka_port *kp)
{
    const struct commit_limits *limits = &kp->config->commit;

    return kp->txn.since_ms && !kp->txn.within_record && time_steady_ms() >= kp->health.pause_until_ms
           && (time_steady_ms() - kp->txn.since_ms >= limits->interval_ms || kp->txn.bytes >= limits->bytes
               || kp->txn.posts >= limits->posts || kp->txn.alone || kp->group_posts < BATCH_MESSAGES);
}

static bool send_batch(struct kafka_port *kp, const struct batch *batch, const struct outbox *out)
{
    for (size_t i = 0; i < batch->len; i++)
        meter_delivered(kp->meter, batch->at[i].timestamp_ms);
    bool sent = outbox_send(kp, out);
    kp->txn.posts += (int64_t)out->posts;
    if (!sent)
        transaction_rewind(kp, kp->txn.reason);
    return sent;
}

/* What was polled up to the last of so many posts. */
static size_t entries_of(const struct kafka_port *kp, size_t posts)
{
    size_t entries = 0;

    if (posts == kp->given_posts)
        return kp->given;
    for (; posts; entries++)
        posts -= kp->polled[entries].is_post;
    return entries;
}

/* So many of what was polled are delivered: the positions are behind them now. */
static void pass(struct kafka_port *kp, size_t entries)
{
    for (; kp->delivered < entries; kp->delivered++) {
        const rd_kafka_message_t *message = kp->polled[kp->delivered].raw;
        struct position *position = position_of(kp, &kp->polled[kp->delivered]);

        if (!message->err)
            positions_take(kp->positions, position, message->offset, false);
        else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            meet_end(kp, position, message->offset);
        else
            meet_gap(kp, position->topic, position->partition);
    }
}

/* Of the first message that waits. */
static void note_progress(struct kafka_port *kp, struct record_progress progress)
{
    kp->txn.within_record = progress.posts > 0;
    if (!progress.posts)
        return;
    for (size_t i = kp->delivered; i < kp->polled_len; i++)
        if (kp->polled[i].is_post) {
            kp->polled[i].message.progress = progress;
            return;
        }
}

static bool deliver(struct port *port, const struct batch *batch, const struct outbox *out, struct err *err)
{
    struct kafka_port *kp = (struct kafka_port *)port;

    bool costly = note_costly(kp, out);
    pass(kp, entries_of(kp, batch->len));
    bool sent = !out->posts || send_batch(kp, batch, out);
    if (sent)
        note_progress(kp, out->progress);
    if (sent && !kp->txn.since_ms && positions_are_dirty(kp->positions))
        kp->txn.since_ms = time_steady_ms();
    if (!kp->health.uncommitted_since_ms)
        kp->health.uncommitted_since_ms = kp->txn.since_ms;
    if (sent && is_due(kp))
        transaction_commit(kp);
    if (costly)
        kp->group_posts = 1; /* where there is one there are more: alone, each costs its time but once */
    restore(kp);
    return kp->broken.kind ? pass_on(kp, err) : true;
}

/* A replay's end is what its group has committed: what is taken from a process that stood still, another one
 * has done, or a later one goes on with. */
static bool drain(struct port *port, struct err *err)
{
    struct kafka_port *kp = (struct kafka_port *)port;

    if (transaction_commit(kp) || kp->replay)
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

    while (kp->subscribed && !kp->was_assigned && rd_kafka_version() < FIXED_CLOSE && time_steady_ms() < until_ms) {
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
    bool ends = may_end(kp) && close_lookup(kp);
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
    log_limit_close(&kp->log_limit);
    outage_close(&kp->outage);
    arena_free(kp->mem);
}

static void close_port(struct port *port)
{
    struct kafka_port *kp = (struct kafka_port *)port;

    if (!kp)
        return;
    kp->closing = true;
    drop_waiting(kp);
    free_delivered(kp);
    close_producer(kp);
    bool closed = close_consumer(kp);
    if (closed && !kp->leaked)
        free_port(kp);
}

/* A topic that was made a moment ago is not known to every broker yet. */
static bool require_topic(struct kafka_port *kp, const char *topic, struct err *err)
{
    int64_t until_ms = time_steady_ms() + NEW_TOPIC_MS;
    int partitions = admin_partitions(kp->consumer, topic, OPEN_MS / 3, err);

    while (partitions == 0 && time_steady_ms() < until_ms) {
        rd_kafka_consumer_poll(kp->consumer, WAIT_MS); /* nothing is subscribed: it only waits */
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
            return fail(err, ERR_CLUSTER, "the producer is not initialized: see the log");
        rd_kafka_consumer_poll(kp->consumer, WAIT_MS); /* nothing is subscribed: it only waits */
    }
    return true;
}

static const struct port_ops ops = {
    .poll = poll_port,
    .deliver = deliver,
    .drain = drain,
    .close = close_port,
};

static struct kafka_port *new_port(const struct config *config, const struct replay *replay, struct span instance,
                                   int lane, struct port_watch watch)
{
    struct arena *mem = arena_new();
    struct kafka_port *kp = arena_zero(mem, sizeof *kp);

    kp->port.ops = &ops;
    kp->mem = mem;
    kp->config = config;
    kp->replay = replay;
    kp->letters = replay ? replay->letters : NULL;
    kp->throttle = replay ? replay->throttle : NULL;
    kp->instance = instance;
    kp->lane = lane;
    kp->meter = watch.meter;
    kp->status = watch.status;
    kp->positions = positions_new();
    kp->group_posts = 1;
    log_limit_open(&kp->log_limit);
    outage_open(&kp->outage, lane);
    outputs_list(&kp->outputs, config, mem);
    kp->memory = arena_zero(mem, config->inputs.len * sizeof *kp->memory);
    kp->input_topics = arena_zero(mem, config->inputs.len * sizeof *kp->input_topics);
    kp->route_topics = arena_zero(mem, config->routes.len * sizeof *kp->route_topics);
    for (size_t i = 0; i < config->routes.len; i++)
        kp->route_topics[i] = kp->outputs.at[i].topic;
    for (size_t i = 0; i < config->inputs.len; i++)
        kp->input_topics[i] = span_string(((const struct input *)config->inputs.at)[i].topic, mem);
    return kp;
}

struct port *kafka_port_open(const struct config *config, const struct replay *replay, struct span instance, int lane,
                             struct port_watch watch, struct err *err)
{
    struct kafka_port *kp = new_port(config, replay, instance, lane, watch);

    if (open_consumer(kp, err) && require_topics(kp, err) && open_producer(kp, err) && subscribe(kp, err))
        return &kp->port;
    close_port(&kp->port);
    return NULL;
}
