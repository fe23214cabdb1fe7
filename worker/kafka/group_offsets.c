#include "worker/kafka/group_offsets.h"
#include "common/time.h"
#include "worker/kafka/admin.h"
#include "worker/kafka/logs.h"

#include <string.h>

enum { CHECK_MS = 3000 };

bool edges_ask(struct kafka_port *kp, rd_kafka_topic_partition_list_t *list, enum edge edge, int timeout_ms)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    /* A time of -2 or -1 asks for an edge: so the protocol has it, and librdkafka passes it on. */
    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = edge;
    if (list->cnt)
        code = rd_kafka_offsets_for_times(kp->consumer, list, timeout_ms);
    for (int i = 0; !code && i < list->cnt; i++)
        code = list->elems[i].err;
    if (code)
        log_limited(&kp->log_limit, LOG_WARN, "start-unknown", kp->lane, rd_kafka_err2str(code));
    return !code;
}

/* All partitions of a topic as they are now. */
static bool add_partitions(struct kafka_port *kp, const char *topic, rd_kafka_topic_partition_list_t *list,
                           int timeout_ms)
{
    struct err err = {0};
    int count = admin_partitions(kp->consumer, topic, timeout_ms, &err);

    if (count < 0)
        log_limited(&kp->log_limit, LOG_WARN, "start-unknown", kp->lane, err.text);
    for (int i = 0; i < count && !rd_kafka_topic_partition_list_find(list, topic, i); i++)
        rd_kafka_topic_partition_list_add(list, topic, i);
    return count >= 0;
}

static bool ask_committed(struct kafka_port *kp, rd_kafka_topic_partition_list_t *list, int timeout_ms)
{
    rd_kafka_resp_err_t code =
        list->cnt ? rd_kafka_committed(kp->consumer, list, timeout_ms) : RD_KAFKA_RESP_ERR_NO_ERROR;

    for (int i = 0; !code && i < list->cnt; i++)
        code = list->elems[i].err;
    if (code)
        log_limited(&kp->log_limit, LOG_INFO, "offsets-unknown", kp->lane, rd_kafka_err2str(code));
    return !code;
}

/* One input's share of the answer: the list has its partitions in their order. */
static void read_input(const rd_kafka_topic_partition_list_t *list, struct start_view *view,
                       struct group_memory *memory)
{
    int32_t started = 0;

    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *it = &list->elems[i];

        if (it->offset < 0)
            continue;
        view->topic_has_offsets = true;
        memory_merge(memory, it->metadata, it->metadata_size);
        started += it->partition == started;
    }
    if (memory->started < started)
        memory->started = started;
    view->memory = *memory;
    /* From here on the group has begun. What came before this worker knew to keep it counts as far as it was started.
     */
    if (!memory->partitions)
        memory->partitions = view->topic_has_offsets ? memory->started : list->cnt;
}

static bool look_at_input(struct kafka_port *kp, size_t input, struct group_view *view, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    bool known = add_partitions(kp, kp->input_topics[input], list, timeout_ms) && ask_committed(kp, list, timeout_ms);

    if (known)
        read_input(list, &view->inputs[input], &kp->memory[input]);
    view->complete &= kp->memory[input].started >= list->cnt;
    rd_kafka_topic_partition_list_destroy(list);
    return known;
}

static bool routes_were_written(struct kafka_port *kp, bool *written, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    bool known = true;

    for (size_t i = 0; known && i < kp->config->routes.len; i++)
        known = add_partitions(kp, kp->outputs.at[i].topic, list, timeout_ms);
    known = known && edges_ask(kp, list, EDGE_END, timeout_ms);
    for (int i = 0; known && i < list->cnt; i++)
        *written |= list->elems[i].offset > 0;
    rd_kafka_topic_partition_list_destroy(list);
    return known;
}

bool group_look(struct kafka_port *kp, struct arena *mem, struct group_view *view, int timeout_ms)
{
    size_t len = kp->config->inputs.len;
    bool has_offsets = false, written = false;

    *view = (struct group_view){arena_zero(mem, len * sizeof *view->inputs), true};
    for (size_t i = 0; i < len; i++) {
        if (!look_at_input(kp, i, view, timeout_ms))
            return false;
        has_offsets |= view->inputs[i].topic_has_offsets;
    }
    if (!has_offsets && !routes_were_written(kp, &written, timeout_ms))
        return false;
    for (size_t i = 0; i < len; i++) {
        view->inputs[i].group_has_offsets = has_offsets;
        view->inputs[i].outputs_were_written = written;
    }
    return true;
}

/* Those that are committed next, but for starts that never were. */
static rd_kafka_topic_partition_list_t *offsets_to_check(const struct positions *positions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);

    for (size_t i = 0; i < positions->len; i++) {
        const struct position *position = &positions->at[i];

        if (position_is_dirty(position) && (position->seen || !position->unsaved))
            rd_kafka_topic_partition_list_add(list, position->topic, position->partition);
    }
    return list;
}

static void note_answer(struct position *position, bool found)
{
    /* The embedded broker forgets offsets of transactions: one that was never seen is none that is gone. */
    position->lost = !found && position->seen;
    position->unsaved &= !position->lost; /* nothing of it is committed before a start is found anew */
    position->seen |= found;
}

bool offset_is_lost(struct kafka_port *kp, struct position *position)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, position->topic, position->partition);
    if (ask_committed(kp, list, CHECK_MS))
        note_answer(position, list->elems[0].offset >= 0);
    rd_kafka_topic_partition_list_destroy(list);
    return position->lost;
}

bool offsets_are_there(struct kafka_port *kp)
{
    rd_kafka_topic_partition_list_t *list = offsets_to_check(kp->positions);
    bool there = true;

    if (list->cnt && ask_committed(kp, list, CHECK_MS))
        for (int i = 0; i < list->cnt; i++) {
            struct position *position = positions_find(kp->positions, list->elems[i].topic, list->elems[i].partition);

            note_answer(position, list->elems[i].offset >= 0);
            there &= !position->lost;
        }
    rd_kafka_topic_partition_list_destroy(list);
    return there;
}
