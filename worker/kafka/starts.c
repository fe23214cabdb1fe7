/* Where partitions start: at what is committed, or where the config says. A partition is fetched only from an offset
 * that we know, so `next` is known from its first message on, and none is missed. */
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/group_offsets.h"
#include "worker/kafka/kafka_port.h"
#include "worker/kafka/logs.h"
#include "worker/kafka/replay.h"

#include <stdlib.h>
#include <string.h>

enum {
    SETTLE_PAUSE_MS = 500,
    LOOK_AGAIN_MS = 30000,
};

static bool is_unsettled(const struct position *position)
{
    return position->owned && !position->held && !position->stopped && !position->gap;
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

/* Of partitions that are to be fetched. */
struct search {
    rd_kafka_topic_partition_list_t *starts; /* each with its offset */
    rd_kafka_topic_partition_list_t *wanted; /* the edges of their logs are looked up first */
    bool of_group;                           /* and what the group knows */
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

/* No offset is committed, and the edges of the log are known. The start is committed before anything is read. view is
 * NULL where the group is not known. False: not known yet, or a person decides. */
static bool begin_anew(struct kafka_port *kp, struct position *position, const struct start_view *view, int64_t first,
                       int64_t end)
{
    enum start_reason never = kp->config->start == 0 ? START_EARLIEST : START_LATEST;
    bool at_end;

    if (!position->lost && !view)
        return false;
    position->reason = position->lost ? START_LOST : (int)start_judge(view, position->partition, never);
    if (position->reason == START_LOST && !meet_lost(kp, position, position->lost ? NULL : view))
        return false;
    at_end =
        position->reason == START_LATEST || (position->reason == START_LOST && kp->config->on_lost == ON_LOST_LATEST);
    position_start(position, at_end ? end : first);
    position->unsaved = true;
    position->seen = position->lost = false;
    return true;
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
static void find_start(struct kafka_port *kp, const rd_kafka_topic_partition_t *found, struct search *search)
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
        search->of_group |= !position->lost;
        add_to(search->wanted, position);
        return;
    }
    add_to(search->starts, position)->offset = position->next;
}

/* The coordinator alone answers, and without it nothing can be committed either. */
static void find_committed(struct kafka_port *kp, struct search *search, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *asked = unsettled(kp->positions);
    rd_kafka_resp_err_t code =
        asked->cnt ? rd_kafka_committed(kp->consumer, asked, timeout_ms) : RD_KAFKA_RESP_ERR_NO_ERROR;

    if (code)
        log_limited(&kp->log_limit, LOG_WARN, "offsets-unknown", kp->lane, rd_kafka_err2str(code));
    for (int i = 0; !code && i < asked->cnt; i++)
        find_start(kp, &asked->elems[i], search);
    rd_kafka_topic_partition_list_destroy(asked);
}

static void add_gaps(const struct kafka_port *kp, struct search *search)
{
    for (size_t i = 0; i < kp->positions->len; i++)
        if (kp->positions->at[i].gap)
            add_to(search->wanted, &kp->positions->at[i]);
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
static void note_group(struct kafka_port *kp, bool is_complete)
{
    if (kp->replay || !kp->look_at_ms || time_steady_ms() < kp->look_at_ms)
        return;
    if (is_complete)
        keep_memory(kp);
    kp->look_at_ms = is_complete ? 0 : time_steady_ms() + LOOK_AGAIN_MS;
}

/* True: it is to be fetched, from `next` on. */
static bool use_edges(struct kafka_port *kp, struct position *position, const struct group_view *view, int64_t first,
                      int64_t end)
{
    if (position->gap)
        return judge_gap(kp, position, first, end);
    return is_unsettled(position) && begin_anew(kp, position, view ? &view->inputs[position->input] : NULL, first, end);
}

/* Those whose edges are known are fetched from now on. */
static void use_all_edges(struct kafka_port *kp, const struct lookup_question *answer, const struct group_view *view)
{
    rd_kafka_topic_partition_list_t *starts = rd_kafka_topic_partition_list_new(16);

    for (int i = 0; i < answer->firsts->cnt; i++) {
        const rd_kafka_topic_partition_t *first = &answer->firsts->elems[i], *end = &answer->ends->elems[i];
        struct position *position = positions_find(kp->positions, first->topic, first->partition);

        if (position && end->offset >= 0 && use_edges(kp, position, view, first->offset, end->offset))
            add_to(starts, position)->offset = position->next;
    }
    if (starts->cnt)
        hold_partitions(kp, starts);
    rd_kafka_topic_partition_list_destroy(starts);
}

static void use_answer(struct kafka_port *kp, const struct lookup_question *answer)
{
    struct arena *mem = arena_new();
    struct group_view view = {0};

    if (answer->group_known)
        group_read(kp, answer, mem, &view);
    use_all_edges(kp, answer, answer->group_known ? &view : NULL);
    if (answer->of_group)
        note_group(kp, answer->group_known && view.complete);
    arena_free(mem);
}

/* What was asked before the last rebalance or rewind is out of date: another member may have committed since. */
static void take_answer(struct kafka_port *kp)
{
    const struct lookup_question *answer = lookup_answer(kp->lookup);

    if (!answer)
        return;
    outage_heard(&kp->outage, answer->heard);
    if (*answer->why && !outage_is_on(&kp->outage))
        log_limited(&kp->log_limit, LOG_WARN, "start-unknown", kp->lane, answer->why);
    if (kp->ready && !kp->resting && answer->assignment == kp->assignment)
        use_answer(kp, answer);
    lookup_done(kp->lookup);
}

void settle_committed(struct kafka_port *kp, int timeout_ms, bool in_callback)
{
    struct search search = {.starts = rd_kafka_topic_partition_list_new(16),
                            .wanted = rd_kafka_topic_partition_list_new(16)};

    if (kp->ready && !kp->resting)
        find_committed(kp, &search, timeout_ms);
    add_gaps(kp, &search);
    if (search.starts->cnt || in_callback)
        hold_partitions(kp, search.starts);
    if (search.wanted->cnt && lookup_is_free(kp->lookup))
        lookup_ask(kp->lookup, search.wanted, search.of_group, kp->assignment);
    rd_kafka_topic_partition_list_destroy(search.starts);
    rd_kafka_topic_partition_list_destroy(search.wanted);
    kp->settle_at_ms = time_steady_ms() + SETTLE_PAUSE_MS;
}

void settle_partitions(struct kafka_port *kp, int timeout_ms)
{
    bool due = false;

    take_answer(kp);
    for (size_t i = 0; i < kp->positions->len; i++)
        due |= is_unsettled(&kp->positions->at[i]) || kp->positions->at[i].gap;
    if (due && kp->ready && !kp->resting && time_steady_ms() >= kp->settle_at_ms)
        settle_committed(kp, timeout_ms, false);
}

void remember_group(struct kafka_port *kp)
{
    rd_kafka_topic_partition_list_t *none;

    if (!kp->ready || !kp->look_at_ms || time_steady_ms() < kp->look_at_ms || kp->replay || !lookup_is_free(kp->lookup))
        return;
    none = rd_kafka_topic_partition_list_new(0);
    lookup_ask(kp->lookup, none, true, kp->assignment);
    rd_kafka_topic_partition_list_destroy(none);
}

void commit_starts(struct kafka_port *kp)
{
    if (kp->ready && positions_have_unsaved(kp->positions) && time_steady_ms() >= kp->health.pause_until_ms)
        transaction_commit(kp);
}
