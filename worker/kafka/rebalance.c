/* Partitions come and go. A partition is fetched only from an offset that we know: what is committed,
 * or where the config says to start. So `next` is known from its first message on, and none is missed. */
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/group_offsets.h"
#include "worker/kafka/kafka_port.h"
#include "worker/kafka/logs.h"
#include "worker/kafka/replay.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOK_UP_MS = 3000, /* in the callback: kept partitions wait for it */
    WATERMARK_MS = 2000,
    SETTLE_PAUSE_MS = 500,
    LOOK_FIRST_MS = 5000,
    LOOK_AGAIN_MS = 30000,
};

static int input_of(const struct kafka_port *kp, const char *topic)
{
    const struct input *found = input_find(&kp->config->inputs, span_of(topic));

    return found ? (int)(found - (const struct input *)kp->config->inputs.at) : 0;
}

static bool is_unsettled(const struct position *position)
{
    return position->owned && !position->held && !position->stopped;
}

static rd_kafka_topic_partition_list_t *unsettled(const struct positions *positions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);

    for (size_t i = 0; i < positions->len; i++)
        if (is_unsettled(&positions->at[i]))
            rd_kafka_topic_partition_list_add(list, positions->at[i].topic, positions->at[i].partition);
    return list;
}

static void keep_metadata(struct position *position, const rd_kafka_topic_partition_t *found)
{
    free(position->metadata);
    position->metadata = found->metadata_size ? strndup(found->metadata, found->metadata_size) : NULL;
}

/* A partition that came later than the replay, or lost its offset, has no end: it is not read at all. */
static bool take_end(struct kafka_port *kp, struct position *position, const rd_kafka_topic_partition_t *found)
{
    if (replay_end(found->metadata, found->metadata_size, &position->end))
        return true;
    position->stopped = STOP_OVER;
    log_event(LOG_WARN, "not-in-replay", "lane=%d topic=%s partition=%d", kp->lane, position->topic,
              position->partition);
    return false;
}

/* What is looked up for partitions that are to be fetched. */
struct search {
    struct arena *mem;
    rd_kafka_topic_partition_list_t *starts;        /* each with its offset */
    rd_kafka_topic_partition_list_t *firsts, *ends; /* those that begin at an edge of their log */
    struct group_view view;
    bool may_look; /* at the whole group; not within a callback, where kept partitions wait */
    bool has_looked;
};

static rd_kafka_topic_partition_t *add_to(rd_kafka_topic_partition_list_t *list, const struct position *position)
{
    return rd_kafka_topic_partition_list_add(list, position->topic, position->partition);
}

/* The group had an offset for it, and it is gone. True: go on from an edge of the log. */
static bool meet_lost(struct kafka_port *kp, struct position *position, const struct start_view *view)
{
    static const char *const then[] = {"stop", "earliest", "latest"};
    bool all = view && !view->group_has_offsets;

    position->told = false;
    meter_add(kp->meter, METRIC_LOST, 0, 1);
    log_event(
        LOG_ERROR, "offset-lost", "lane=%d topic=%s partition=%d then=%s message=%s", kp->lane, position->topic,
        position->partition, then[kp->config->on_lost],
        log_quote(
            all ? "the group has no offsets, and topics of its routes were written: they expired or were deleted; "
                  "of a new group whose routes write to topics in use, set on_lost_offsets: earliest or latest"
                : "the group's committed offset is gone: it was deleted, or the topic was made anew; "
                  "on_lost_offsets: earliest or latest goes on"));
    if (kp->config->on_lost == ON_LOST_STOP)
        position->stopped = STOP_LOST;
    return kp->config->on_lost != ON_LOST_STOP;
}

/* No offset is committed. */
static void begin_anew(struct kafka_port *kp, struct position *position, struct search *search)
{
    enum start_reason never = kp->config->start == 0 ? START_EARLIEST : START_LATEST;
    const struct start_view *view = search->has_looked ? &search->view.inputs[position->input] : NULL;
    bool at_end;

    if (position->lost)
        position->reason = START_LOST;
    else if (view)
        position->reason = (int)start_judge(view, position->partition, never);
    else
        return;
    if (position->reason == START_LOST && !meet_lost(kp, position, position->lost ? NULL : view))
        return;
    at_end =
        position->reason == START_LATEST || (position->reason == START_LOST && kp->config->on_lost == ON_LOST_LATEST);
    add_to(at_end ? search->ends : search->firsts, position);
}

static void look_once(struct kafka_port *kp, struct search *search, int timeout_ms)
{
    if (search->may_look && !search->has_looked)
        search->has_looked = group_look(kp, search->mem, &search->view, timeout_ms);
    search->may_look = search->has_looked;
}

static void note_committed(struct kafka_port *kp, struct position *position, const rd_kafka_topic_partition_t *found)
{
    memory_merge(&kp->memory[position->input], found->metadata, found->metadata_size);
    position->seen = true;
    position->lost = false;
    position->reason = position->told ? position->reason : START_COMMITTED;
    position_start(position, found->offset);
}

/* The offset that was committed; else, where we went on from it and it was never seen at the brokers, our own; else an
 * edge of the log. An error, such as a transaction that is still open, is no answer. */
static void find_start(struct kafka_port *kp, const rd_kafka_topic_partition_t *found, struct search *search,
                       int timeout_ms)
{
    struct position *position = positions_find(kp->positions, found->topic, found->partition);

    if (found->err)
        log_limited(&kp->log_limit, LOG_INFO, "offset-unknown", kp->lane, rd_kafka_err2str(found->err));
    if (found->err || !position)
        return;
    keep_metadata(position, found);
    if (kp->replay && !take_end(kp, position, found))
        return;
    if (found->offset >= 0) {
        note_committed(kp, position, found);
    } else if (position->base == OFFSET_UNKNOWN || position->seen) {
        position->lost |= position->base != OFFSET_UNKNOWN;
        look_once(kp, search, timeout_ms);
        begin_anew(kp, position, search);
        return;
    }
    add_to(search->starts, position)->offset = position->next;
}

/* Those that begin at an edge: that offset is committed before they are read. */
static void find_edges(struct kafka_port *kp, rd_kafka_topic_partition_list_t *list, enum edge edge,
                       struct search *search)
{
    bool known = list->cnt && edges_ask(kp, list, edge, WATERMARK_MS);

    for (int i = 0; known && i < list->cnt; i++) {
        struct position *position = positions_find(kp->positions, list->elems[i].topic, list->elems[i].partition);

        position_start(position, list->elems[i].offset);
        position->unsaved = true;
        position->seen = position->lost = false;
        add_to(search->starts, position)->offset = position->next;
    }
    rd_kafka_topic_partition_list_destroy(list);
}

static struct search search_open(bool may_look)
{
    return (struct search){
        .mem = arena_new(),
        .starts = rd_kafka_topic_partition_list_new(16),
        .firsts = rd_kafka_topic_partition_list_new(16),
        .ends = rd_kafka_topic_partition_list_new(16),
        .may_look = may_look,
    };
}

/* Those whose start was found, each with its offset. */
static rd_kafka_topic_partition_list_t *find_starts(struct kafka_port *kp, bool may_look, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *asked = unsettled(kp->positions);
    struct search search = search_open(may_look);
    rd_kafka_resp_err_t code = asked->cnt && kp->ready && !kp->resting
                                   ? rd_kafka_committed(kp->consumer, asked, timeout_ms)
                                   : RD_KAFKA_RESP_ERR__STATE;

    if (asked->cnt && kp->ready && !kp->resting && code)
        log_limited(&kp->log_limit, LOG_WARN, "offsets-unknown", kp->lane, rd_kafka_err2str(code));
    for (int i = 0; !code && i < asked->cnt; i++)
        find_start(kp, &asked->elems[i], &search, timeout_ms);
    find_edges(kp, search.firsts, EDGE_FIRST, &search);
    find_edges(kp, search.ends, EDGE_END, &search);
    rd_kafka_topic_partition_list_destroy(asked);
    arena_free(search.mem);
    return search.starts;
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

/* An empty list too is an answer to librdkafka, which waits for one in a callback. */
static void hold(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *starts)
{
    rd_kafka_error_t *error = rd_kafka_incremental_assign(kp->consumer, starts);

    for (int i = 0; !error && i < starts->cnt; i++) {
        struct position *position = positions_find(kp->positions, starts->elems[i].topic, starts->elems[i].partition);

        position->held = true;
        log_start(kp, position);
    }
    log_error(kp, "assign", error);
}

static void let_go(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *list)
{
    log_error(kp, "unassign", rd_kafka_incremental_unassign(kp->consumer, list));
}

void settle_partitions(struct kafka_port *kp, int timeout_ms)
{
    bool due = false;

    for (size_t i = 0; i < kp->positions->len; i++)
        due |= is_unsettled(&kp->positions->at[i]);
    if (!due || kp->resting || time_steady_ms() < kp->settle_at_ms)
        return;
    rd_kafka_topic_partition_list_t *starts = find_starts(kp, true, timeout_ms);
    if (starts->cnt)
        hold(kp, starts);
    rd_kafka_topic_partition_list_destroy(starts);
    kp->settle_at_ms = time_steady_ms() + SETTLE_PAUSE_MS;
}

/* Commits one offset of each input again, so that the group knows it even if no post comes for a long time. */
static void keep_memory(struct kafka_port *kp)
{
    for (size_t input = 0; input < kp->config->inputs.len; input++)
        for (size_t i = 0; i < kp->positions->len; i++) {
            struct position *position = &kp->positions->at[i];

            if (!position->held || position->input != (int)input)
                continue;
            position->unsaved = position->seen = true; /* they were seen just now */
            break;
        }
}

/* Offsets of all lanes are there a moment after their starts: what the group knows is then complete. */
void remember_group(struct kafka_port *kp)
{
    struct arena *mem;
    struct group_view view;

    if (!kp->ready || !kp->look_at_ms || time_steady_ms() < kp->look_at_ms || kp->replay)
        return;
    mem = arena_new();
    bool complete = group_look(kp, mem, &view, WATERMARK_MS) && view.complete;
    if (complete)
        keep_memory(kp);
    kp->look_at_ms = complete ? 0 : time_steady_ms() + LOOK_AGAIN_MS;
    arena_free(mem);
}

void commit_starts(struct kafka_port *kp)
{
    if (kp->ready && positions_have_unsaved(kp->positions))
        transaction_commit(kp);
}

static void assigned(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *partitions)
{
    for (int i = 0; i < partitions->cnt; i++)
        positions_own(kp->positions, partitions->elems[i].topic, partitions->elems[i].partition,
                      input_of(kp, partitions->elems[i].topic));
    kp->was_assigned = true;
    kp->input_missing &= partitions->cnt == 0;

    rd_kafka_topic_partition_list_t *starts = find_starts(kp, false, LOOK_UP_MS);
    hold(kp, starts);
    rd_kafka_topic_partition_list_destroy(starts);
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
    let_go(kp, held);
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
    if (partitions->cnt)
        log_event(lost ? LOG_WARN : LOG_INFO, "rebalance", "lane=%d %s=%d partitions=%d", kp->lane,
                  comes  ? "assigned"
                  : lost ? "lost"
                         : "revoked",
                  partitions->cnt, owned_count(kp->positions));
}

static void release_partitions(struct kafka_port *kp, const rd_kafka_topic_partition_list_t *held)
{
    let_go(kp, held);
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

void restore_partitions(struct kafka_port *kp)
{
    if (kp->restore == RESTORE_NOTHING)
        return;
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
        let_go(kp, ended);
    rd_kafka_topic_partition_list_destroy(ended);
}

/* Has librdkafka, which gave the partition up, fetch it again. */
static void hold_again(struct kafka_port *kp, struct position *position)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, position->topic, position->partition)->offset = position->next;
    let_go(kp, list);
    position->held = false;
    if (!position->stopped)
        hold(kp, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void log_gap(const struct kafka_port *kp, const struct position *position, int64_t low, int64_t high,
                    const char *then)
{
    int64_t missing = low > position->next ? low - position->next : 0;

    log_event(LOG_ERROR, "gap", "lane=%d topic=%s partition=%d next=%lld first=%lld end=%lld missing=%lld then=%s",
              kp->lane, position->topic, position->partition, (long long)position->next, (long long)low,
              (long long)high, (long long)missing, then);
}

/* No log grows shorter. */
static bool is_made_anew(struct kafka_port *kp, const struct position *position, int64_t high)
{
    if (position->end <= high)
        return false;
    port_break(kp, ERR_CLUSTER,
               "partition %d of topic %s ends at %lld and the replay at %lld: the topic was made anew; "
               "start a new replay with another --name",
               position->partition, position->topic, (long long)high, (long long)position->end);
    return true;
}

/* A replay goes on: what the log lost meanwhile cannot be replayed, and the gap is named. */
static void go_on_in_replay(struct kafka_port *kp, struct position *position, int64_t low, int64_t high)
{
    if (is_made_anew(kp, position, high))
        return;
    log_gap(kp, position, low, high, "first");
    position->next = low < position->end ? low : position->end;
}

static void go_on(struct kafka_port *kp, struct position *position, int64_t low, int64_t high)
{
    enum client_gap gap = client_gap(kp->config);

    if (kp->replay) {
        go_on_in_replay(kp, position, low, high);
        return;
    }
    meter_add(kp->meter, METRIC_GAPS, 0, 1);
    log_gap(kp, position, low, high, gap == GAP_STOP ? "stop" : gap == GAP_EARLIEST ? "first" : "end");
    position->reason = START_GAP;
    position->told = false;
    if (gap == GAP_STOP)
        position->stopped = STOP_GAP;
    else
        position->next = gap == GAP_EARLIEST ? low : high;
}

void meet_end(struct kafka_port *kp, struct position *position, int64_t offset)
{
    int64_t low, high;

    if (offset >= position->end)
        position_reach(position, offset);
    else if (!rd_kafka_query_watermark_offsets(kp->consumer, position->topic, position->partition, &low, &high,
                                               WATERMARK_MS))
        is_made_anew(kp, position, high);
}

/* Its start is looked for anew, as `on_lost_offsets` says. */
static void start_anew(struct kafka_port *kp, struct position *position)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, position->topic, position->partition);
    release_partitions(kp, list);
    rd_kafka_topic_partition_list_destroy(list);
    position->told = false;
}

void meet_gap(struct kafka_port *kp, const char *topic, int32_t partition)
{
    struct position *position = positions_find(kp->positions, topic, partition);
    int64_t low, high;

    if (!position || !position->held)
        return;
    bool known = !rd_kafka_query_watermark_offsets(kp->consumer, topic, partition, &low, &high, WATERMARK_MS);
    /* A log that is shorter than what was read of it went with its topic, if the committed offset did so too. */
    if (known && position->next > high && !kp->replay && offset_is_lost(kp, position)) {
        start_anew(kp, position);
        return;
    }
    if (known && (position->next < low || position->next > high))
        go_on(kp, position, low, high);
    hold_again(kp, position);
}
