/* Transactions: begin, offsets, commit, abort, and a new producer where the old one is done for. */
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/destroy.h"
#include "worker/kafka/errors.h"
#include "worker/kafka/group_offsets.h"
#include "worker/kafka/kafka_port.h"
#include "worker/kafka/logs.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    RETRY_WAIT_MS = 100,
    STEP_GIVE_UP_MS = 60000, /* of one step with all its retries; then a new producer */
    SEND_OFFSETS_MS = 10000,
    ABORT_FLUSH_MS = 1000,
    ABORT_MS = 10000,
    COMMIT_OFFSETS_MS = 10000, /* at_least_once */
    RETIRE_MS = 5000,
    REVIVE_PAUSE_MS = 1000,
    FENCED_ONCE_MS = 2000,  /* one fencing is told by several answers */
    FENCED_SPAN_MS = 30000, /* so often in so short a time: a rival, not a stall of our own */
    WARM_MS = 5000,
    LETTERS = 2, /* rejected as it is, then cut; a bare one that is rejected too is the last */
    LIMITS_MS = 5000,
    REWINDS_SAID = 3,
    REWINDS_DOUBLED = 8,
    REWIND_PAUSE_MS = 200,
    REWIND_MOST_MS = 10000,
};

/* What an answer of the brokers demands. LATE, at at_least_once: the records are there, only their
 * offsets are not committed yet. */
enum verdict { DONE, LATE, ABORT, DEAD };

bool port_break(struct kafka_port *kp, enum err_kind kind, const char *fmt, ...)
{
    char text[sizeof kp->broken.text];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (kp->broken.kind == ERR_NONE)
        fail(&kp->broken, kind, "%s", text);
    return false;
}

static bool is_transactional(const struct kafka_port *kp)
{
    return kp->config->delivery == DELIVERY_EXACTLY_ONCE;
}

static void note_reason(struct kafka_port *kp, const char *step, const char *why)
{
    if (!*kp->txn.reason)
        snprintf(kp->txn.reason, sizeof kp->txn.reason, "%s: %s", step, why);
}

/* Often fenced in a short time: another process works under our name. */
void note_fence(struct kafka_port *kp)
{
    enum { TIMES = sizeof kp->fenced_ms / sizeof *kp->fenced_ms };
    int64_t now_ms = time_steady_ms();

    if (kp->fenced_ms[0] && now_ms - kp->fenced_ms[0] < FENCED_ONCE_MS)
        return;
    for (int i = TIMES - 1; i > 0; i--)
        kp->fenced_ms[i] = kp->fenced_ms[i - 1];
    kp->fenced_ms[0] = now_ms;
    meter_add(kp->meter, METRIC_FENCED, 0, 1);
    if (kp->fenced_ms[TIMES - 1] && now_ms - kp->fenced_ms[TIMES - 1] < FENCED_SPAN_MS)
        port_break(kp, ERR_CLUSTER, "another worker uses the instance \"%.*s\" in the group \"%.*s\"",
                   SPAN_ARGS(kp->instance), SPAN_ARGS(kp->config->group));
}

static void note_code(struct kafka_port *kp, rd_kafka_resp_err_t code, const char *step, const char *why)
{
    note_reason(kp, step, why);
    if (code_is_forbidden(code))
        port_break(kp, ERR_CLUSTER, "%s: %s", step, why);
    if (code_is_fenced(code))
        note_fence(kp);
}

static rd_kafka_resp_err_t root_code(struct kafka_port *kp, const rd_kafka_error_t *error)
{
    char why[256];
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(kp->producer, why, sizeof why);

    return fatal ? fatal : rd_kafka_error_code(error);
}

/* One call of the transactional API. */
struct step {
    const char *name;
    rd_kafka_error_t *(*call)(struct kafka_port *kp, const struct step *step);
    bool ends; /* a commit or an abort */
    const rd_kafka_topic_partition_list_t *offsets;
    const rd_kafka_consumer_group_metadata_t *group;
};

static rd_kafka_error_t *call_begin(struct kafka_port *kp, const struct step *step)
{
    (void)step;
    return rd_kafka_begin_transaction(kp->producer);
}

static rd_kafka_error_t *call_offsets(struct kafka_port *kp, const struct step *step)
{
    return rd_kafka_send_offsets_to_transaction(kp->producer, step->offsets, step->group, SEND_OFFSETS_MS);
}

static rd_kafka_error_t *call_commit(struct kafka_port *kp, const struct step *step)
{
    (void)step;
    return rd_kafka_commit_transaction(kp->producer, -1);
}

/* Bounded, and resumed by the next call: where the topic of open records was deleted, librdkafka
 * 2.16.0 would wait for them without end. */
static rd_kafka_error_t *call_abort(struct kafka_port *kp, const struct step *step)
{
    (void)step;
    return rd_kafka_abort_transaction(kp->producer, ABORT_MS);
}

/* The order of these questions is librdkafka's. False: call the same again. */
static bool judge(struct kafka_port *kp, const struct step *step, const rd_kafka_error_t *error, enum verdict *verdict)
{
    bool aborting = step->call == call_abort;

    if (!aborting && rd_kafka_error_txn_requires_abort(error))
        *verdict = ABORT;
    else if (!rd_kafka_error_is_fatal(error) && rd_kafka_error_is_retriable(error))
        return false;
    else
        *verdict = DEAD;
    note_code(kp, root_code(kp, error), step->name, rd_kafka_error_string(error));
    return true;
}

static void wait_a_moment(struct kafka_port *kp)
{
    rd_kafka_poll(kp->producer, RETRY_WAIT_MS);
}

static enum verdict take_step(struct kafka_port *kp, const struct step *step)
{
    int64_t until_ms = time_steady_ms() + STEP_GIVE_UP_MS;
    enum verdict verdict = DEAD;
    rd_kafka_error_t *error;

    lane_status_wait(kp->status, step->name);
    while ((error = step->call(kp, step))) {
        bool judged = judge(kp, step, error, &verdict);
        bool late = time_steady_ms() > until_ms;

        if (!judged && late)
            note_reason(kp, step->name, rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        if (judged || late)
            return verdict;
        /* It goes on in the background, and what it leaves behind may hit the next transaction:
         * only a new producer fences that. */
        kp->txn.doubtful |= step->ends;
        wait_a_moment(kp);
    }
    return DONE;
}

bool transaction_begin(struct kafka_port *kp)
{
    const struct step begin = {"begin", call_begin, .ends = false};

    if (kp->txn.begun)
        return true;
    if (is_transactional(kp)) {
        enum verdict verdict = take_step(kp, &begin);

        if (verdict != DONE) {
            kp->txn.doubtful = true;
            return false;
        }
    }
    kp->txn.begun = true;
    kp->txn.trusts_clock = time_steady_ms() >= kp->clock_doubted_until_ms;
    return true;
}

/* A replay's offsets pass on what they were begun with; else they carry what the group knows. */
static void add_metadata(rd_kafka_topic_partition_t *offset, const struct kafka_port *kp,
                         const struct position *position)
{
    char text[MEMORY_BYTES];
    const char *metadata = kp->replay ? position->metadata : text;

    if (!metadata)
        return;
    memory_write(&kp->memory[position->input], text);
    offset->metadata = strdup(metadata); /* the list frees it */
    offset->metadata_size = offset->metadata ? strlen(metadata) : 0;
}

static rd_kafka_topic_partition_list_t *dirty_offsets(const struct kafka_port *kp)
{
    const struct positions *positions = kp->positions;
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(16);

    for (size_t i = 0; i < positions->len; i++) {
        const struct position *position = &positions->at[i];

        if (!position_is_dirty(position))
            continue;
        rd_kafka_topic_partition_t *offset =
            rd_kafka_topic_partition_list_add(offsets, position->topic, position->partition);
        offset->offset = position->next;
        add_metadata(offset, kp, position);
    }
    return offsets;
}

bool producer_flush(struct kafka_port *kp)
{
    int64_t until_ms = time_steady_ms() + STEP_GIVE_UP_MS;

    lane_status_wait(kp->status, "flush");
    while (rd_kafka_flush(kp->producer, RETRY_WAIT_MS) && !kp->txn.failure && time_steady_ms() < until_ms)
        continue;
    if (!kp->txn.failure && rd_kafka_outq_len(kp->producer) > 0)
        note_reason(kp, "flush", "brokers do not acknowledge");
    return !kp->txn.failure && rd_kafka_outq_len(kp->producer) == 0;
}

/* A commit flushes as well, but does not stop at the first record that fails: it would wait for the
 * others, which are not sent any more, until the transaction times out. */
static enum verdict flush_records(struct kafka_port *kp)
{
    char why[256];
    bool done = producer_flush(kp);

    if (rd_kafka_fatal_error(kp->producer, why, sizeof why)) {
        note_reason(kp, "flush", why);
        return DEAD;
    }
    if (kp->txn.failure)
        return ABORT;
    return done ? DONE : DEAD;
}

/* The group's metadata must be as of now: with an old one the broker fences nobody. */
static enum verdict commit_records(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *offsets)
{
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(kp->consumer);
    const struct step send = {"send offsets", call_offsets, .offsets = offsets, .group = group};
    const struct step commit = {"commit", call_commit, .ends = true};
    enum verdict verdict = take_step(kp, &send);

    if (verdict == DONE)
        verdict = flush_records(kp);
    if (verdict == DONE)
        verdict = take_step(kp, &commit);
    rd_kafka_consumer_group_metadata_destroy(group);
    return verdict;
}

static enum verdict commit_offsets(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *offsets)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kp->consumer);
    lane_status_wait(kp->status, "commit offsets");
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(kp->consumer, offsets, queue, NULL, NULL);
    rd_kafka_event_t *event = code ? NULL : rd_kafka_queue_poll(queue, COMMIT_OFFSETS_MS);

    if (event)
        code = rd_kafka_event_error(event);
    else if (!code)
        code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    if (!code)
        return DONE;
    note_code(kp, code, "commit offsets", rd_kafka_err2str(code));
    return LATE;
}

static enum verdict commit_all(struct kafka_port *kp)
{
    rd_kafka_topic_partition_list_t *offsets = dirty_offsets(kp);
    enum verdict verdict;

    if (!transaction_begin(kp))
        verdict = DEAD;
    else if (is_transactional(kp))
        verdict = commit_records(kp, offsets);
    else if ((verdict = flush_records(kp)) == DONE) /* at_least_once: all is there before offsets are */
        verdict = commit_offsets(kp, offsets);
    rd_kafka_topic_partition_list_destroy(offsets);
    return verdict;
}

static enum verdict commit_timed(struct kafka_port *kp)
{
    int64_t since_us = time_steady_us();

    if (!kp->replay && !offsets_are_there(kp)) {
        note_reason(kp, "commit", "the committed offset of a partition is gone");
        kp->restore = RESTORE_RELEASE; /* its start is looked for anew */
        return ABORT;
    }
    enum verdict verdict = commit_all(kp);

    meter_observe(kp->meter, METRIC_COMMIT, time_steady_us() - since_us);
    return verdict;
}

/* The first ones in a row are logged, then one a minute. */
static void log_rewind(struct kafka_port *kp, const char *why, bool usable)
{
    struct commit_health *health = &kp->health;
    int64_t now_ms = time_steady_ms();

    if (health->rewinds > REWINDS_SAID && now_ms - health->said_ms < TIME_MINUTE_MS) {
        health->unsaid++;
        return;
    }
    log_event(LOG_WARN, "rewind", "lane=%d posts=%lld producer=%s row=%u unsaid=%u reason=%s", kp->lane,
              (long long)kp->txn.posts, usable ? "kept" : "new", health->rewinds, health->unsaid, log_quote(why));
    health->unsaid = 0;
    health->said_ms = now_ms;
}

/* What fails again and again is tried less and less often: 0, 0.2, 0.4 s, up to 10 s. The group is heard meanwhile. */
static void back_off(struct kafka_port *kp)
{
    int64_t pause_ms = kp->health.rewinds < 2 ? 0 : (int64_t)REWIND_PAUSE_MS << (kp->health.rewinds - 2);

    if (kp->health.rewinds > REWINDS_DOUBLED || pause_ms > REWIND_MOST_MS)
        pause_ms = REWIND_MOST_MS;
    kp->health.pause_until_ms = time_steady_ms() + pause_ms;
    if (kp->rest_until_ms < kp->health.pause_until_ms)
        kp->rest_until_ms = kp->health.pause_until_ms;
}

static void note_rewind(struct kafka_port *kp, const char *why, bool usable)
{
    struct commit_health *health = &kp->health;

    if (!health->rewinds++)
        health->rewound_since_ms = time_steady_ms();
    snprintf(health->reason, sizeof health->reason, "%.*s", (int)sizeof health->reason - 1, why);
    log_rewind(kp, why, usable);
    back_off(kp);
}

static void note_success(struct kafka_port *kp)
{
    struct commit_health *health = &kp->health;

    if (health->rewinds > REWINDS_SAID)
        log_event(LOG_INFO, "commits-again", "lane=%d rewinds=%u seconds=%lld", kp->lane, health->rewinds,
                  (long long)(time_steady_ms() - health->rewound_since_ms) / TIME_SECOND_MS);
    *health = (struct commit_health){0};
}

static void forget_refused(struct kafka_port *kp)
{
    for (size_t i = 0; kp->refused.len && i < kp->positions->len; i++)
        refused_before(&kp->refused, i, kp->positions->at[i].base);
}

static void end_transaction(struct kafka_port *kp)
{
    kp->txn = (struct transaction){0};
}

/* The committed ones are safe, but this producer is not to be used again. */
static void replace_producer(struct kafka_port *kp, const char *why)
{
    log_event(LOG_INFO, "producer-renewed", "lane=%d reason=%s", kp->lane, log_quote(why));
    producer_retire(kp);
    kp->restore = RESTORE_RELEASE; /* what is fetched while there is no producer would be dropped */
}

/* Sending acknowledged records again for that would only double them: the next commit takes these
 * offsets along. Those of partitions that go before it are read again by their next owner. */
static void log_late(const struct kafka_port *kp)
{
    log_event(LOG_INFO, "offsets-late", "lane=%d posts=%lld reason=%s", kp->lane, (long long)kp->txn.posts,
              log_quote(kp->txn.reason));
}

/* The records are there. */
static void close_transaction(struct kafka_port *kp)
{
    bool doubtful = kp->txn.doubtful;

    if (kp->txn.posts && kp->group_posts < BATCH_MESSAGES)
        kp->group_posts *= 2;
    end_transaction(kp);
    if (doubtful)
        replace_producer(kp, "a commit took longer than it should");
}

bool transaction_commit(struct kafka_port *kp)
{
    if (kp->txn.within_record) {
        transaction_rewind(kp, "a record was carried in part");
        return false;
    }
    if (!kp->txn.begun && !positions_are_dirty(kp->positions))
        return true;
    enum verdict verdict = kp->ready && !kp->txn.failure ? commit_timed(kp) : DEAD;
    if (verdict != DONE && verdict != LATE) {
        transaction_rewind(kp, kp->txn.reason);
        return false;
    }
    if (verdict == DONE) {
        positions_committed(kp->positions);
        meter_committed(kp->meter);
        note_success(kp);
        forget_refused(kp);
        kp->costly_len = 0;
    } else {
        log_late(kp);
    }
    meter_add(kp->meter, METRIC_TRANSACTIONS, verdict == DONE ? OUTCOME_COMMITTED : OUTCOME_LATE, 1);
    close_transaction(kp);
    return verdict == DONE;
}

/* True: the producer may go on. */
static bool abort_records(struct kafka_port *kp)
{
    const struct step abort = {"abort", call_abort, .ends = true};

    if (!kp->txn.begun)
        return !kp->txn.doubtful;
    rd_kafka_poll(kp->producer, 0); /* the true cause may wait in a delivery report */
    if (is_transactional(kp)) {
        /* What abort finds in the queue leaves a gap in the sequence, at which the next transaction
         * would fail. */
        bool sent = !kp->txn.failure && rd_kafka_flush(kp->producer, ABORT_FLUSH_MS) == 0;
        return take_step(kp, &abort) == DONE && sent && !kp->txn.doubtful && !kp->txn.failure;
    }
    rd_kafka_purge(kp->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(kp->producer, RETRY_WAIT_MS);
    return !kp->txn.failure && rd_kafka_outq_len(kp->producer) == 0 && !rd_kafka_fatal_error(kp->producer, NULL, 0);
}

/* Not even a shortened dead letter is accepted: the message may not be lost, so its partition waits. */
static void give_up_letter(struct kafka_port *kp, const struct refusal *refusal, const char *why)
{
    struct position *position = &kp->positions->at[refusal->slot];

    position->stopped = STOP_LETTER;
    log_event(LOG_ERROR, "dead-letter-rejected", "lane=%d topic=%s partition=%d offset=%lld then=stop reason=%s",
              kp->lane, position->topic, position->partition, (long long)refusal->offset, log_quote(why));
}

/* Which message's record it was that the broker rejected, or which ones go alone to find that out. */
static void judge_rejected(struct kafka_port *kp)
{
    const struct refusal *refusal;

    if (!code_is_refusal(kp->txn.failure))
        return;
    refusal = refused_judge(&kp->refused);
    if (!refusal && code_is_size(kp->txn.failure))
        outputs_shrink(&kp->outputs);
    if (refusal && refusal->letters > LETTERS)
        give_up_letter(kp, refusal, kp->txn.reason);
}

void transaction_rewind(struct kafka_port *kp, const char *reason)
{
    char why[sizeof kp->txn.reason];
    bool usable = kp->ready && abort_records(kp);

    snprintf(why, sizeof why, "%s", *reason ? reason : *kp->unready ? kp->unready : "the producer is not initialized");
    note_rewind(kp, why, usable);
    meter_add(kp->meter, METRIC_TRANSACTIONS, OUTCOME_ABORTED, 1);
    meter_rewound(kp->meter);
    judge_rejected(kp);
    kp->topics_doubtful |= kp->txn.failure != RD_KAFKA_RESP_ERR_NO_ERROR;
    end_transaction(kp);
    positions_rewind(kp->positions);
    if (usable) {
        if (kp->restore == RESTORE_NOTHING)
            kp->restore = RESTORE_SEEK;
        return;
    }
    producer_retire(kp);
    kp->restore = RESTORE_RELEASE;
}

void producer_retire(struct kafka_port *kp)
{
    rd_kafka_t *producer = kp->producer;

    outputs_close(&kp->outputs);
    kp->producer = NULL;
    kp->ready = kp->initialized = false;
    if (!producer)
        return;
    rd_kafka_purge(producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    if (handle_destroy(producer, 0, RETIRE_MS))
        return;
    kp->leaked = true;
    log_event(LOG_WARN, "producer-leaked", "lane=%d", kp->lane);
}

/* A new producer follows each rejection: so what was rejected by limits that were raised since is tried again before it
 * becomes a dead letter. */
static void read_limits(struct kafka_port *kp)
{
    struct err err = {0};
    bool wider;

    if (!outputs_read_limits(&kp->outputs, kp->consumer, LIMITS_MS, &wider, &err))
        log_limited(&kp->log_limit, LOG_WARN, "limits-unknown", kp->lane, err.text);
    size_t again = wider ? refused_retry(&kp->refused) : 0;
    if (again)
        log_event(LOG_INFO, "limits-raised", "lane=%d posts=%zu then=retry", kp->lane, again);
}

static bool is_max_given(const struct kafka_port *kp)
{
    return client_given(kp->config, kp->config->kafka_producer, "message.max.bytes").len > 0;
}

static rd_kafka_conf_t *make_conf(struct kafka_port *kp, struct err *err)
{
    rd_kafka_conf_t *conf = client_producer(kp->config, kp->instance, kp->lane, err);

    if (!conf)
        return NULL;
    read_limits(kp);
    if (!outputs_fit(&kp->outputs, conf, is_max_given(kp), err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_conf_set_opaque(conf, kp);
    rd_kafka_conf_set_dr_msg_cb(conf, delivery_callback);
    rd_kafka_conf_set_log_cb(conf, logs_callback);
    rd_kafka_conf_set_error_cb(conf, errors_callback);
    rd_kafka_conf_set_stats_cb(conf, statistics_callback);
    return conf;
}

static bool make_producer(struct kafka_port *kp)
{
    struct err err = {0};
    rd_kafka_conf_t *conf = make_conf(kp, &err);

    kp->producer = conf ? client_open(RD_KAFKA_PRODUCER, conf, &err) : NULL;
    if (!kp->producer)
        return port_break(kp, err.kind, "%s", err.text);
    meter_add(kp->meter, METRIC_PRODUCERS, 0, kp->had_producer);
    kp->had_producer = true;
    return true;
}

/* Waits for transactions of an earlier producer to end, and fences it. */
static bool init_transactions(struct kafka_port *kp, int timeout_ms)
{
    lane_status_wait(kp->status, "init transactions");
    rd_kafka_error_t *error = rd_kafka_init_transactions(kp->producer, timeout_ms);

    if (!error)
        return true;
    bool again = !rd_kafka_error_is_fatal(error) && rd_kafka_error_is_retriable(error);
    note_code(kp, root_code(kp, error), "transactions", rd_kafka_error_string(error));
    log_limited(&kp->log_limit, LOG_WARN, "transactions", kp->lane, rd_kafka_error_string(error));
    snprintf(kp->unready, sizeof kp->unready, "the producer is not initialized: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    if (!again)
        producer_retire(kp);
    kp->txn.reason[0] = 0;
    return false;
}

bool producer_revive(struct kafka_port *kp, int timeout_ms)
{
    struct err err = {0};

    if (time_steady_ms() < kp->revive_at_ms)
        return false;
    if (!kp->producer && !make_producer(kp))
        return false;
    kp->initialized = kp->initialized || !is_transactional(kp) || init_transactions(kp, timeout_ms);
    kp->ready = kp->initialized && outputs_open(&kp->outputs, kp->producer, WARM_MS, &err);
    if (kp->ready) {
        *kp->unready = 0;
        return true;
    }
    kp->revive_at_ms = time_steady_ms() + REVIVE_PAUSE_MS;
    if (err.kind) {
        snprintf(kp->unready, sizeof kp->unready, "%.*s", (int)sizeof kp->unready - 1, err.text);
        log_limited(&kp->log_limit, LOG_WARN, "topics", kp->lane, err.text);
    }
    return false;
}
