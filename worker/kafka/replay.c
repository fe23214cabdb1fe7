#include "worker/kafka/replay.h"
#include "common/json.h"
#include "common/time.h"
#include "worker/kafka/admin.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/destroy.h"

#include <string.h>

enum {
    ANSWER_MS = 10000,
    BEGIN_MS = 30000, /* a coordinator may still be on its way up */
    PAUSE_MS = 100,
    CLOSE_MS = 5000,
    MARK_DEPTH = 4,
};

struct kafka_replay {
    rd_kafka_t *consumer;
    struct arena *mem;
    struct range range; /* every partition of its topics, as they were when it was opened */
};

/* --- the metadata of an offset --- */

struct mark {
    int64_t start, end, partitions; /* how many partitions the topic had */
    struct span request;
    struct span rules; /* empty: not said */
};

static bool take_int(const struct value *object, const char *name, int64_t *out)
{
    const struct value *value = json_get(object, span_of(name));

    if (!value || value->type != VALUE_INT)
        return false;
    *out = value->integer;
    return true;
}

static bool read_mark(const char *metadata, size_t size, struct arena *mem, struct mark *mark)
{
    struct value root;
    struct span why;

    if (!size || json_read((struct span){metadata, size}, MARK_DEPTH, mem, &root, &why) != JSON_OK
        || root.type != VALUE_OBJECT || !take_int(&root, "start", &mark->start) || !take_int(&root, "end", &mark->end)
        || !take_int(&root, "partitions", &mark->partitions))
        return false;
    const struct value *request = json_get(&root, SPAN("replay"));
    if (!request || request->type != VALUE_STRING)
        return false;
    mark->request = request->string;
    const struct value *rules = json_get(&root, SPAN("rules"));
    mark->rules = rules && rules->type == VALUE_STRING ? rules->string : (struct span){0};
    return true;
}

bool replay_end(const char *metadata, size_t size, int64_t *end)
{
    struct arena *mem = arena_new();
    struct mark mark;
    bool good = read_mark(metadata, size, mem, &mark);

    if (good)
        *end = mark.end;
    arena_free(mem);
    return good;
}

static struct span write_mark(const struct piece *piece, int partitions, struct span request, struct span rules,
                              struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_put(&out, SPAN("{\"replay\":"));
    json_write_string(&out, request);
    buf_put(&out, SPAN(",\"rules\":"));
    json_write_string(&out, rules);
    buf_format(&out, ",\"start\":%lld,\"end\":%lld,\"partitions\":%d}", (long long)piece->start, (long long)piece->end,
               partitions);
    return buf_span(&out);
}

/* --- the group --- */

static rd_kafka_t *open_consumer(const struct config *config, struct err *err)
{
    struct arena *mem = arena_new();
    rd_kafka_conf_t *conf = client_reader(config, err);
    rd_kafka_t *consumer = NULL;

    if (conf && client_set(conf, "group.id", span_string(config->group, mem), err))
        consumer = client_open(RD_KAFKA_CONSUMER, conf, err);
    else if (conf)
        rd_kafka_conf_destroy(conf);
    arena_free(mem);
    return consumer;
}

struct kafka_replay *kafka_replay_open(const struct config *config, struct err *err)
{
    const struct input *inputs = config->inputs.at;
    struct arena *mem = arena_new();
    struct kafka_replay *replay = arena_zero(mem, sizeof *replay);
    bool fine = true;

    replay->mem = mem;
    for (size_t i = 0; fine && i < config->inputs.len; i++) {
        struct range more;

        fine = range_whole(config, span_string(inputs[i].topic, mem), mem, &more, err);
        if (fine)
            range_add(&replay->range, &more, mem);
    }
    replay->consumer = fine ? open_consumer(config, err) : NULL;
    if (replay->consumer)
        return replay;
    arena_free(mem);
    return NULL;
}

void kafka_replay_close(struct kafka_replay *replay)
{
    if (!replay)
        return;
    handle_destroy(replay->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, CLOSE_MS);
    arena_free(replay->mem);
}

static rd_kafka_topic_partition_list_t *all_partitions(const struct kafka_replay *replay)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)replay->range.len);

    for (size_t i = 0; i < replay->range.len; i++)
        rd_kafka_topic_partition_list_add(list, replay->range.at[i].topic, replay->range.at[i].partition);
    return list;
}

static rd_kafka_resp_err_t first_error(const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].err)
            return list->elems[i].err;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool is_marked(const rd_kafka_topic_partition_t *found, struct arena *mem, struct mark *mark)
{
    return found->offset >= 0 && read_mark(found->metadata, found->metadata_size, mem, mark);
}

static void add_part(const struct kafka_replay *replay, const rd_kafka_topic_partition_t *found,
                     const struct mark *mark, struct replay_state *state)
{
    const struct piece *piece = range_find(&replay->range, span_of(found->topic), found->partition);

    state->at[state->len++] =
        (struct replay_part){piece->topic, found->partition, mark->start, mark->end, found->offset};
    state->request = mark->request;
    state->rules = mark->rules;
}

/* How many the topic had when the replay began; a topic without any mark had them all. */
static int64_t partitions_then(const rd_kafka_topic_partition_list_t *list, const char *topic, struct arena *mem)
{
    struct mark mark;

    for (int i = 0; i < list->cnt; i++)
        if (!strcmp(list->elems[i].topic, topic) && is_marked(&list->elems[i], mem, &mark))
            return mark.partitions;
    return INT64_MAX;
}

/* A partition that came later than the replay has no offset, and is no part of it. */
static bool take_parts(const struct kafka_replay *replay, const rd_kafka_topic_partition_list_t *list,
                       struct arena *mem, struct replay_state *state, struct err *err)
{
    struct mark mark;

    state->at = arena_zero(mem, (size_t)list->cnt * sizeof *state->at);
    for (int i = 0; i < list->cnt; i++)
        if (is_marked(&list->elems[i], mem, &mark))
            add_part(replay, &list->elems[i], &mark, state);
    for (int i = 0; state->len && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *it = &list->elems[i];

        if (!is_marked(it, mem, &mark) && it->partition < partitions_then(list, it->topic, mem))
            return fail(err, ERR_WORK,
                        "the replay's offset for partition %d of topic %s is gone: the topic was made "
                        "anew, or is an input that came later, or the group's offsets were deleted; start a new replay "
                        "with another --name",
                        it->partition, it->topic);
    }
    return true;
}

bool kafka_replay_look(struct kafka_replay *replay, int timeout_ms, struct arena *mem, struct replay_state *state,
                       struct err *err)
{
    rd_kafka_topic_partition_list_t *list = all_partitions(replay);
    int64_t until_ms = time_steady_ms() + timeout_ms;
    struct replay_state found = {0};
    rd_kafka_resp_err_t code;

    do {
        code = rd_kafka_committed(replay->consumer, list, timeout_ms);
        code = code ? code : first_error(list);
    } while (code && time_steady_ms() < until_ms && rd_kafka_poll(replay->consumer, PAUSE_MS) >= 0);
    bool good = code ? fail(err, ERR_CLUSTER, "offsets of the replay: %s", rd_kafka_err2str(code))
                     : take_parts(replay, list, mem, &found, err);
    if (good)
        *state = found;
    rd_kafka_topic_partition_list_destroy(list);
    return good;
}

static int partitions_of(const struct range *range, const char *topic)
{
    int count = 0;

    for (size_t i = 0; i < range->len; i++)
        count += !strcmp(range->at[i].topic, topic);
    return count;
}

bool kafka_replay_begin(struct kafka_replay *replay, const struct range *range, struct span request, struct span rules,
                        struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)range->len);
    int64_t until_ms = time_steady_ms() + BEGIN_MS;
    struct arena *mem = arena_new();
    rd_kafka_resp_err_t code;

    for (size_t i = 0; i < range->len; i++) {
        const struct piece *piece = &range->at[i];
        rd_kafka_topic_partition_t *it = rd_kafka_topic_partition_list_add(list, piece->topic, piece->partition);
        struct span mark = write_mark(piece, partitions_of(range, piece->topic), request, rules, mem);

        it->offset = piece->start;
        it->metadata = strndup(mark.at, mark.len); /* the list frees it */
        it->metadata_size = it->metadata ? mark.len : 0;
    }
    do {
        code = rd_kafka_commit(replay->consumer, list, 0);
        code = code ? code : first_error(list);
    } while ((code == RD_KAFKA_RESP_ERR__WAIT_COORD || code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS
              || code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR || code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE)
             && time_steady_ms() < until_ms && rd_kafka_poll(replay->consumer, PAUSE_MS) >= 0);
    rd_kafka_topic_partition_list_destroy(list);
    arena_free(mem);
    return !code || fail(err, ERR_CLUSTER, "the replay's offsets cannot be committed: %s", rd_kafka_err2str(code));
}

bool replay_is_over(const struct replay_state *state)
{
    for (size_t i = 0; i < state->len; i++)
        if (state->at[i].at < state->at[i].end)
            return false;
    return true;
}
