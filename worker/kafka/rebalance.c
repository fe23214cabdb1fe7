/* Partitions come and go. */
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/kafka_port.h"

enum {
    LOOK_UP_MS = 3000, /* in the callback: kept partitions wait for it */
    LOOK_FIRST_MS = 5000,
};

static int input_of(const struct kafka_port *kp, const char *topic)
{
    const struct input *found = input_find(&kp->config->inputs, span_of(topic));

    return found ? (int)(found - (const struct input *)kp->config->inputs.at) : 0;
}

static void log_error(struct kafka_port *kp, const char *what, rd_kafka_error_t *error)
{
    if (!error)
        return;
    log_event(LOG_WARN, what, "lane=%d message=%s", kp->lane, log_quote(rd_kafka_error_string(error)));
    rd_kafka_error_destroy(error);
}

/* Once an assignment, and again where it goes on behind a gap or a lost offset. */
static void log_start(const struct kafka_port *kp, struct position *position)
{
    if (!position->told)
        log_event(LOG_INFO, "partition-start", "lane=%d topic=%s partition=%d offset=%lld reason=%s", kp->lane,
                  position->topic, position->partition, (long long)position->next, start_reasons[position->reason]);
    position->told = true;
}

void hold_partitions(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *starts)
{
    rd_kafka_error_t *error = rd_kafka_incremental_assign(kp->consumer, starts);

    for (int i = 0; !error && i < starts->cnt; i++) {
        struct position *position = positions_find(kp->positions, starts->elems[i].topic, starts->elems[i].partition);

        position->held = true;
        log_start(kp, position);
    }
    log_error(kp, "assign", error);
}

void let_partitions_go(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *list)
{
    log_error(kp, "unassign", rd_kafka_incremental_unassign(kp->consumer, list));
}

static void assigned(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *partitions)
{
    for (int i = 0; i < partitions->cnt; i++)
        positions_own(kp->positions, partitions->elems[i].topic, partitions->elems[i].partition,
                      input_of(kp, partitions->elems[i].topic));
    kp->was_assigned = true;
    kp->held_since_ms = 0;
    kp->input_missing &= partitions->cnt == 0;

    settle_committed(kp, LOOK_UP_MS, true);
    kp->settle_at_ms = 0; /* those without an offset are looked at in the next poll */
    if (partitions->cnt)
        kp->look_at_ms = time_steady_ms() + LOOK_FIRST_MS;
}

/* Open records and offsets are still ours to commit, unless the group has given the partitions to
 * somebody else already. */
static void finish_open(struct kafka_port *kp, bool lost)
{
    if (kp->closing || (!kp->txn.begun && !positions_are_dirty(kp->positions)))
        return;
    if (lost)
        transaction_rewind(kp, "the partitions were lost");
    else
        transaction_commit(kp);
}

static void revoked(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *partitions)
{
    rd_kafka_topic_partition_list_t *held = rd_kafka_topic_partition_list_new(partitions->cnt);

    finish_open(kp, rd_kafka_assignment_lost(kp->consumer));
    for (int i = 0; i < partitions->cnt; i++) {
        const rd_kafka_topic_partition_t *it = &partitions->elems[i];
        struct position *position = positions_find(kp->positions, it->topic, it->partition);

        if (!position)
            continue;
        if (position->held)
            rd_kafka_topic_partition_list_add(held, it->topic, it->partition);
        position_disown(position);
    }
    let_partitions_go(kp, held);
    rd_kafka_topic_partition_list_destroy(held);
}

static int owned_count(const struct positions *positions)
{
    int count = 0;

    for (size_t i = 0; i < positions->len; i++)
        count += positions->at[i].owned;
    return count;
}

void rebalance_callback(rd_kafka_t *consumer, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t *partitions,
                        void *opaque)
{
    struct kafka_port *kp = opaque;
    bool comes = what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    bool lost = !comes && rd_kafka_assignment_lost(consumer);

    kp->rebalanced = true;
    kp->assignment++;
    if (!kp->closing) /* what counts may be freed while a close that hangs goes on alone */
        meter_add(kp->meter, METRIC_REBALANCES,
                  comes  ? REBALANCE_ASSIGNED
                  : lost ? REBALANCE_LOST
                         : REBALANCE_REVOKED,
                  partitions->cnt > 0);
    if (comes)
        assigned(kp, partitions);
    else
        revoked(kp, partitions);
    kp->is_assigned = comes || (kp->is_assigned && !lost);
    if (owned_count(kp->positions) == 0)
        kp->health = (struct commit_health){0}; /* nothing to commit */
    if (partitions->cnt)
        log_event(lost ? LOG_WARN : LOG_INFO, "rebalance", "lane=%d %s=%d partitions=%d", kp->lane,
                  comes  ? "assigned"
                  : lost ? "lost"
                         : "revoked",
                  partitions->cnt, owned_count(kp->positions));
}

static void release_partitions(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *held)
{
    let_partitions_go(kp, held);
    for (int i = 0; i < held->cnt; i++)
        positions_find(kp->positions, held->elems[i].topic, held->elems[i].partition)->held = false;
    kp->settle_at_ms = 0;
}

static rd_kafka_topic_partition_list_t *held_partitions(const struct positions *positions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);

    for (size_t i = 0; i < positions->len; i++)
        if (positions->at[i].held)
            rd_kafka_topic_partition_list_add(list, positions->at[i].topic, positions->at[i].partition)->offset =
                positions->at[i].next;
    return list;
}

/* Where they are is in doubt, so a gap is too. */
static void forget_gaps(struct kafka_port *kp)
{
    kp->assignment++;
    for (size_t i = 0; i < kp->positions->len; i++)
        kp->positions->at[i].gap = false;
}

void restore_partitions(struct kafka_port *kp)
{
    if (kp->restore == RESTORE_NOTHING)
        return;
    if (kp->restore == RESTORE_RELEASE)
        forget_gaps(kp);
    rd_kafka_topic_partition_list_t *held = held_partitions(kp->positions);
    if (held->cnt && kp->restore == RESTORE_RELEASE)
        release_partitions(kp, held);
    /* Asynchronous, since 2.0.2 takes the timeout for microseconds; what is in the queue is out of
     * date at once. A partition that is not fetched yet refuses, and starts where it should. */
    else if (held->cnt)
        log_error(kp, "seek", rd_kafka_seek_partitions(kp->consumer, held, 0));
    rd_kafka_topic_partition_list_destroy(held);
    kp->restore = RESTORE_NOTHING;
}

void leave_ended(struct kafka_port *kp)
{
    rd_kafka_topic_partition_list_t *ended;

    if (!kp->replay)
        return;
    ended = rd_kafka_topic_partition_list_new(4);
    for (size_t i = 0; i < kp->positions->len; i++) {
        struct position *position = &kp->positions->at[i];

        if (!position->held || !position_is_over(position))
            continue;
        rd_kafka_topic_partition_list_add(ended, position->topic, position->partition);
        position->held = false;
        position->stopped = STOP_OVER;
    }
    if (ended->cnt)
        let_partitions_go(kp, ended);
    rd_kafka_topic_partition_list_destroy(ended);
}
