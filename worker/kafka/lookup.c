#include "worker/kafka/lookup.h"
#include "common/threads.h"
#include "worker/kafka/admin.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_MS = 2000, OFFSET_NOT_KNOWN = -1 };

enum state { FREE, ASKED, ANSWERED };

struct lookup {
    rd_kafka_t *consumer;
    const char *const *inputs, *const *outputs;
    size_t inputs_len, outputs_len;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows; while it is ASKED the question is the thread's alone */
    pthread_cond_t changed;
    enum state state;
    bool ends, ended;
    struct lookup_question question;
};

static bool note_failure(struct lookup_question *question, const char *why)
{
    if (!*question->why)
        snprintf(question->why, sizeof question->why, "%.*s", (int)sizeof question->why - 1, why);
    return false;
}

static bool is_ending(struct lookup *lookup)
{
    pthread_mutex_lock(&lookup->lock);
    bool ends = lookup->ends;
    pthread_mutex_unlock(&lookup->lock);
    return ends;
}

/* A partition's leader is kept beside it, as one more than its number; NULL: not known. */
static void note_leaders(const struct rd_kafka_metadata_topic *topic, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < topic->partition_cnt; i++) {
        rd_kafka_topic_partition_t *it =
            rd_kafka_topic_partition_list_find(list, topic->topic, topic->partitions[i].id);

        if (it)
            it->opaque = (void *)((intptr_t)topic->partitions[i].leader + 1);
    }
}

static void find_leaders_of(struct lookup *lookup, const char *topic, rd_kafka_topic_partition_list_t *list)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(lookup->consumer, topic, NULL);
    rd_kafka_resp_err_t code =
        handle ? rd_kafka_metadata(lookup->consumer, 0, handle, &metadata, REQUEST_MS) : rd_kafka_last_error();

    if (handle)
        rd_kafka_topic_destroy(handle);
    if (code) {
        note_failure(&lookup->question, rd_kafka_err2str(code));
        return;
    }
    lookup->question.heard = true;
    for (int i = 0; i < metadata->topic_cnt; i++)
        note_leaders(&metadata->topics[i], list);
    rd_kafka_metadata_destroy(metadata);
}

/* The list has the partitions of a topic side by side. */
static void find_leaders(struct lookup *lookup, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt && !is_ending(lookup); i++)
        if (i == 0 || strcmp(list->elems[i].topic, list->elems[i - 1].topic) != 0)
            find_leaders_of(lookup, list->elems[i].topic, list);
}

/* A time of -2 or -1 asks for an edge: so the protocol has it, and librdkafka passes it on. The partitions from `first`
 * on that it leads are asked for, and marked as done. */
static void ask_leader(struct lookup *lookup, rd_kafka_topic_partition_list_t *list, int first, enum edge edge)
{
    rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_new(list->cnt);
    void *leader = list->elems[first].opaque;

    for (int i = first; i < list->cnt; i++)
        if (list->elems[i].opaque == leader) {
            rd_kafka_topic_partition_list_add(asked, list->elems[i].topic, list->elems[i].partition)->offset = edge;
            list->elems[i].opaque = NULL;
        }
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(lookup->consumer, asked, REQUEST_MS);
    for (int i = 0; i < asked->cnt; i++) {
        const rd_kafka_topic_partition_t *it = &asked->elems[i];
        rd_kafka_resp_err_t why = code ? code : it->err;

        if (why)
            note_failure(&lookup->question, rd_kafka_err2str(why));
        else if (it->offset >= 0)
            rd_kafka_topic_partition_list_find(list, it->topic, it->partition)->offset = it->offset;
    }
    rd_kafka_topic_partition_list_destroy(asked);
}

/* True: all are known. */
static bool ask_edges(struct lookup *lookup, rd_kafka_topic_partition_list_t *list, enum edge edge)
{
    bool known = true;

    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = OFFSET_NOT_KNOWN;
    find_leaders(lookup, list);
    for (int i = 0; i < list->cnt && !is_ending(lookup); i++)
        if (list->elems[i].opaque)
            ask_leader(lookup, list, i, edge);
    for (int i = 0; i < list->cnt; i++)
        known &= list->elems[i].offset >= 0;
    return known || note_failure(&lookup->question, "a partition has no leader");
}

/* All partitions of a topic as they are now. */
static bool add_partitions(struct lookup *lookup, const char *topic, rd_kafka_topic_partition_list_t *list)
{
    struct err err = {0};
    int count = admin_partitions(lookup->consumer, topic, REQUEST_MS, &err);

    if (count < 0)
        return note_failure(&lookup->question, err.text);
    lookup->question.heard = true;
    for (int i = 0; i < count && !rd_kafka_topic_partition_list_find(list, topic, i); i++)
        rd_kafka_topic_partition_list_add(list, topic, i);
    return true;
}

static bool ask_committed(struct lookup *lookup, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t code =
        list->cnt ? rd_kafka_committed(lookup->consumer, list, REQUEST_MS) : RD_KAFKA_RESP_ERR_NO_ERROR;

    for (int i = 0; !code && i < list->cnt; i++)
        code = list->elems[i].err;
    return !code || note_failure(&lookup->question, rd_kafka_err2str(code));
}

static bool ask_outputs(struct lookup *lookup)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    bool known = true;

    for (size_t i = 0; known && i < lookup->outputs_len; i++)
        known = add_partitions(lookup, lookup->outputs[i], list);
    known = known && ask_edges(lookup, list, EDGE_END);
    for (int i = 0; i < list->cnt; i++)
        lookup->question.outputs_written |= list->elems[i].offset > 0;
    rd_kafka_topic_partition_list_destroy(list);
    return known || lookup->question.outputs_written;
}

static bool ask_group(struct lookup *lookup)
{
    bool has_offsets = false;

    for (size_t input = 0; input < lookup->inputs_len; input++) {
        rd_kafka_topic_partition_list_t *list = lookup->question.inputs[input];

        if (is_ending(lookup) || !add_partitions(lookup, lookup->inputs[input], list) || !ask_committed(lookup, list))
            return false;
        for (int i = 0; i < list->cnt; i++)
            has_offsets |= list->elems[i].offset >= 0;
    }
    return has_offsets || ask_outputs(lookup);
}

/* A leader that did not answer is not asked for the other edge. */
static void keep_known(struct lookup_question *question)
{
    for (int i = question->firsts->cnt - 1; i >= 0; i--)
        if (question->firsts->elems[i].offset < 0)
            rd_kafka_topic_partition_list_del_by_idx(question->firsts, i);
    question->ends = rd_kafka_topic_partition_list_copy(question->firsts);
}

static void answer(struct lookup *lookup)
{
    struct lookup_question *question = &lookup->question;

    if (!question->of_group && !question->firsts->cnt)
        find_leaders_of(lookup, lookup->inputs[0], question->firsts);
    question->group_known = question->of_group && ask_group(lookup);
    ask_edges(lookup, question->firsts, EDGE_FIRST);
    keep_known(question);
    ask_edges(lookup, question->ends, EDGE_END);
}

static void *run_lookup(void *argument)
{
    struct lookup *lookup = argument;

    pthread_setname_np(pthread_self(), "lookup");
    pthread_mutex_lock(&lookup->lock);
    while (!lookup->ends) {
        if (lookup->state != ASKED) {
            pthread_cond_wait(&lookup->changed, &lookup->lock);
            continue;
        }
        pthread_mutex_unlock(&lookup->lock);
        answer(lookup);
        pthread_mutex_lock(&lookup->lock);
        lookup->state = ANSWERED;
    }
    lookup->ended = true;
    pthread_cond_broadcast(&lookup->changed);
    pthread_mutex_unlock(&lookup->lock);
    return NULL;
}

static void free_question(struct lookup_question *question)
{
    if (question->firsts)
        rd_kafka_topic_partition_list_destroy(question->firsts);
    if (question->ends)
        rd_kafka_topic_partition_list_destroy(question->ends);
    for (size_t i = 0; i < question->inputs_len; i++)
        rd_kafka_topic_partition_list_destroy(question->inputs[i]);
    free(question->inputs);
    *question = (struct lookup_question){0};
}

static void free_lookup(struct lookup *lookup)
{
    free_question(&lookup->question);
    pthread_cond_destroy(&lookup->changed);
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
}

struct lookup *lookup_open(rd_kafka_t *consumer, const char *const *inputs, size_t inputs_len,
                           const char *const *outputs, size_t outputs_len, struct err *err)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);

    if (!lookup)
        out_of_memory();
    *lookup = (struct lookup){.consumer = consumer,
                              .inputs = inputs,
                              .inputs_len = inputs_len,
                              .outputs = outputs,
                              .outputs_len = outputs_len};
    pthread_mutex_init(&lookup->lock, NULL);
    cond_open_steady(&lookup->changed);
    int code = pthread_create(&lookup->thread, NULL, run_lookup, lookup);
    if (!code)
        return lookup;
    free_lookup(lookup);
    fail(err, ERR_WORK, "a thread for questions to brokers: %s", strerror(code));
    return NULL;
}

bool lookup_close(struct lookup *lookup, int timeout_ms)
{
    struct timespec until = steady_in_ms(timeout_ms);
    int code = 0;

    if (!lookup)
        return true;
    pthread_mutex_lock(&lookup->lock);
    lookup->ends = true;
    pthread_cond_broadcast(&lookup->changed);
    while (!lookup->ended && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&lookup->changed, &lookup->lock, &until);
    bool ended = lookup->ended;
    pthread_mutex_unlock(&lookup->lock);
    if (!ended) {
        pthread_detach(lookup->thread);
        return false; /* it is left to the thread, to the end of the process */
    }
    pthread_join(lookup->thread, NULL);
    free_lookup(lookup);
    return true;
}

static bool is_in(struct lookup *lookup, enum state state)
{
    pthread_mutex_lock(&lookup->lock);
    bool yes = lookup->state == state;
    pthread_mutex_unlock(&lookup->lock);
    return yes;
}

bool lookup_is_free(struct lookup *lookup)
{
    return is_in(lookup, FREE);
}

static void move_to(struct lookup *lookup, enum state state)
{
    pthread_mutex_lock(&lookup->lock);
    lookup->state = state;
    pthread_cond_broadcast(&lookup->changed);
    pthread_mutex_unlock(&lookup->lock);
}

void lookup_ask(struct lookup *lookup, const rd_kafka_topic_partition_list_t *partitions, bool of_group,
                uint64_t assignment)
{
    struct lookup_question *question = &lookup->question;

    *question = (struct lookup_question){
        .assignment = assignment,
        .firsts = rd_kafka_topic_partition_list_copy(partitions),
        .of_group = of_group,
        .inputs_len = of_group ? lookup->inputs_len : 0,
    };
    question->inputs = calloc(question->inputs_len + 1, sizeof *question->inputs);
    if (!question->inputs)
        out_of_memory();
    for (size_t i = 0; i < question->inputs_len; i++)
        question->inputs[i] = rd_kafka_topic_partition_list_new(16);
    move_to(lookup, ASKED);
}

const struct lookup_question *lookup_answer(struct lookup *lookup)
{
    return is_in(lookup, ANSWERED) ? &lookup->question : NULL;
}

void lookup_done(struct lookup *lookup)
{
    free_question(&lookup->question);
    move_to(lookup, FREE);
}
