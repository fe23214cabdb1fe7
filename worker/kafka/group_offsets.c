#include "worker/kafka/group_offsets.h"
#include "worker/kafka/logs.h"

#include <string.h>

enum { CHECK_MS = 3000 };

static bool ask_committed(struct kafka_port *kp, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t code =
        list->cnt ? rd_kafka_committed(kp->consumer, list, CHECK_MS) : RD_KAFKA_RESP_ERR_NO_ERROR;

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

void group_read(struct kafka_port *kp, const struct lookup_question *answer, struct arena *mem, struct group_view *view)
{
    bool has_offsets = false;

    *view = (struct group_view){arena_zero(mem, answer->inputs_len * sizeof *view->inputs), true};
    for (size_t i = 0; i < answer->inputs_len; i++) {
        read_input(answer->inputs[i], &view->inputs[i], &kp->memory[i]);
        view->complete &= kp->memory[i].started >= answer->inputs[i]->cnt;
        has_offsets |= view->inputs[i].topic_has_offsets;
    }
    for (size_t i = 0; i < answer->inputs_len; i++) {
        view->inputs[i].group_has_offsets = has_offsets;
        view->inputs[i].outputs_were_written = answer->outputs_written;
    }
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
    if (ask_committed(kp, list))
        note_answer(position, list->elems[0].offset >= 0);
    rd_kafka_topic_partition_list_destroy(list);
    return position->lost;
}

bool offsets_are_there(struct kafka_port *kp)
{
    rd_kafka_topic_partition_list_t *list = offsets_to_check(kp->positions);
    bool there = true;

    if (list->cnt && ask_committed(kp, list))
        for (int i = 0; i < list->cnt; i++) {
            struct position *position = positions_find(kp->positions, list->elems[i].topic, list->elems[i].partition);

            note_answer(position, list->elems[i].offset >= 0);
            there &= !position->lost;
        }
    rd_kafka_topic_partition_list_destroy(list);
    return there;
}
