#include "worker/kafka/range.h"
#include "worker/kafka/admin.h"

enum { ANSWER_MS = 10000 };

/* One partition while its piece is looked for. */
struct log {
    int64_t low, high;
    int64_t at_from, at_to; /* the first offset at or behind the bound, where that is a time */
};

static bool look_at(rd_kafka_t *handle, const struct piece *piece, struct log *log, struct err *err)
{
    rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(handle, piece->topic, piece->partition, &log->low, &log->high, ANSWER_MS);

    return !code || fail(err, ERR_CLUSTER, "topic %s: %s", piece->topic, rd_kafka_err2str(code));
}

static rd_kafka_topic_partition_list_t *list_of(const struct piece *pieces, size_t len, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)len);

    for (size_t i = 0; i < len; i++)
        rd_kafka_topic_partition_list_add(list, pieces[i].topic, pieces[i].partition)->offset = offset;
    return list;
}

/* For each piece the first offset whose record is of that time or later; -1 where there is none. NULL: no
 * answer. */
static rd_kafka_topic_partition_list_t *offsets_at(rd_kafka_t *handle, const struct piece *pieces, size_t len,
                                                   int64_t time_ms, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = list_of(pieces, len, time_ms);
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(handle, list, ANSWER_MS);

    for (int i = 0; !code && i < list->cnt; i++)
        code = list->elems[i].err;
    if (!code)
        return list;
    rd_kafka_topic_partition_list_destroy(list);
    fail(err, ERR_CLUSTER, "offsets of a time: %s", rd_kafka_err2str(code));
    return NULL;
}

static bool look_up(rd_kafka_t *handle, const struct range_bound *bound, const struct range *range, struct log *logs,
                    bool is_from, struct err *err)
{
    if (bound->kind != RANGE_BOUND_TIME)
        return true;
    rd_kafka_topic_partition_list_t *list = offsets_at(handle, range->at, range->len, bound->time_ms, err);
    if (!list)
        return false;
    for (size_t i = 0; i < range->len; i++) {
        const rd_kafka_topic_partition_t *found =
            rd_kafka_topic_partition_list_find(list, range->at[i].topic, range->at[i].partition);
        int64_t offset = found->offset >= 0 && found->offset < logs[i].high ? found->offset : logs[i].high;

        *(is_from ? &logs[i].at_from : &logs[i].at_to) = offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return true;
}

static bool take_offset(const struct piece *piece, const struct range_bound *bound, const struct log *log, int64_t *out,
                        struct err *err)
{
    int64_t offset = range_bound_offset(bound, piece->partition);

    if (offset < log->low)
        return fail(err, ERR_CONFIG, "%s %d:%lld is before the log's start: topic %s holds partition %d from %lld on",
                    bound->flag, piece->partition, (long long)offset, piece->topic, piece->partition,
                    (long long)log->low);
    if (offset > log->high)
        return fail(err, ERR_CONFIG, "%s %d:%lld is in the future: partition %d of topic %s ends at %lld", bound->flag,
                    piece->partition, (long long)offset, piece->partition, piece->topic, (long long)log->high);
    *out = offset;
    return true;
}

static bool place(const struct piece *piece, const struct range_bound *bound, const struct log *log, int64_t at_time,
                  int64_t *out, struct err *err)
{
    switch (bound->kind) {
    case RANGE_BOUND_EARLIEST: *out = log->low; return true;
    case RANGE_BOUND_LATEST: *out = log->high; return true;
    case RANGE_BOUND_TIME: *out = at_time; return true;
    case RANGE_BOUND_OFFSETS: break;
    }
    return take_offset(piece, bound, log, out, err);
}

static bool cut_out(struct piece *piece, const struct range_request *request, const struct log *log, struct err *err)
{
    piece->start = piece->end = log->high;
    if (!range_request_has(request, piece->partition))
        return true;
    if (!place(piece, &request->from, log, log->at_from, &piece->start, err)
        || !place(piece, &request->to, log, log->at_to, &piece->end, err))
        return false;
    if (piece->start <= piece->end)
        return true;
    return fail(err, ERR_CONFIG, "the range is reversed: in partition %d of topic %s --from is %lld and --to is %lld",
                piece->partition, piece->topic, (long long)piece->start, (long long)piece->end);
}

void range_add(struct range *range, const struct range *more, struct arena *mem)
{
    struct piece *all = arena_take(mem, (range->len + more->len) * sizeof *all);

    if (range->len)
        memcpy(all, range->at, range->len * sizeof *all);
    if (more->len)
        memcpy(all + range->len, more->at, more->len * sizeof *all);
    *range = (struct range){all, range->len + more->len};
}

static bool list_topic(rd_kafka_t *handle, const char *topic, struct arena *mem, struct range *range, struct err *err)
{
    int partitions = admin_partitions(handle, topic, ANSWER_MS, err);

    if (partitions == 0)
        return fail(err, ERR_CLUSTER, "topic %s is not there", topic);
    if (partitions < 0)
        return false;
    struct range more = {arena_zero(mem, (size_t)partitions * sizeof *more.at), (size_t)partitions};
    for (int32_t i = 0; i < partitions; i++)
        more.at[i] = (struct piece){.topic = topic, .partition = i};
    range_add(range, &more, mem);
    return true;
}

static bool has_partition(const struct range *range, int32_t partition)
{
    for (size_t i = 0; i < range->len; i++)
        if (range->at[i].partition == partition)
            return true;
    return false;
}

static bool check_known(const struct range_request *request, const struct range *range, struct err *err)
{
    for (size_t i = 0; i < request->partitions_len; i++)
        if (!has_partition(range, request->partitions[i]))
            return fail(err, ERR_CONFIG, "--partitions: topic %s has no partition %d", range->at->topic,
                        request->partitions[i]);
    for (size_t i = 0; i < request->from.offsets_len + request->to.offsets_len; i++) {
        bool is_from = i < request->from.offsets_len;
        const struct range_bound *bound = is_from ? &request->from : &request->to;
        int32_t partition = bound->offsets[is_from ? i : i - request->from.offsets_len].partition;

        if (!has_partition(range, partition))
            return fail(err, ERR_CONFIG, "%s: topic %s has no partition %d", bound->flag, range->at->topic, partition);
    }
    return true;
}

const struct piece *range_find(const struct range *range, struct span topic, int64_t partition)
{
    for (size_t i = 0; i < range->len; i++)
        if (range->at[i].partition == partition && span_equal(span_of(range->at[i].topic), topic))
            return &range->at[i];
    return NULL;
}

int64_t range_size(const struct range *range)
{
    int64_t size = 0;

    for (size_t i = 0; i < range->len; i++)
        size += range->at[i].end - range->at[i].start;
    return size;
}

static bool resolve(rd_kafka_t *handle, const struct range_request *request, struct range *range, struct log *logs,
                    struct err *err)
{
    for (size_t i = 0; i < range->len; i++)
        if (!look_at(handle, &range->at[i], &logs[i], err))
            return false;
    if (!look_up(handle, &request->from, range, logs, true, err)
        || !look_up(handle, &request->to, range, logs, false, err))
        return false;
    for (size_t i = 0; i < range->len; i++)
        if (!cut_out(&range->at[i], request, &logs[i], err))
            return false;
    return range_size(range) > 0
           || fail(err, ERR_CONFIG, "the range from %.*s to %.*s is empty: no record is in it",
                   SPAN_ARGS(request->from.text), SPAN_ARGS(request->to.text));
}

bool range_resolve(const struct config *config, const struct range_request *request, struct arena *mem,
                   struct range *range, struct err *err)
{
    const struct input *inputs = config->inputs.at;
    rd_kafka_t *handle = admin_open(config, err);
    struct range found = {0};
    bool fine = handle != NULL;

    for (size_t i = 0; fine && i < config->inputs.len; i++)
        fine = list_topic(handle, span_string(inputs[i].topic, mem), mem, &found, err);
    fine = fine && check_known(request, &found, err)
           && resolve(handle, request, &found, arena_zero(mem, found.len * sizeof(struct log)), err);
    if (handle)
        rd_kafka_destroy(handle);
    if (fine)
        *range = found;
    return fine;
}

bool range_whole(const struct config *config, const char *topic, struct arena *mem, struct range *range,
                 struct err *err)
{
    rd_kafka_t *handle = admin_open(config, err);
    struct range found = {0};
    struct log log;
    bool fine = handle && list_topic(handle, topic, mem, &found, err);

    for (size_t i = 0; fine && i < found.len; i++) {
        fine = look_at(handle, &found.at[i], &log, err);
        found.at[i].start = log.low;
        found.at[i].end = log.high;
    }
    if (handle)
        rd_kafka_destroy(handle);
    if (fine)
        *range = found;
    return fine;
}

static bool check_offset(const struct piece *piece, int64_t offset, const struct log *log, struct err *err)
{
    if (log->low == log->high)
        return fail(err, ERR_CONFIG, "%s/%d holds no record", piece->topic, piece->partition);
    if (offset < log->low)
        return fail(err, ERR_CONFIG, "%s/%d/%lld is gone: the partition holds offsets from %lld on", piece->topic,
                    piece->partition, (long long)offset, (long long)log->low);
    return offset < log->high
           || fail(err, ERR_CONFIG,
                   "%s/%d/%lld is not there: the partition ends before %lld (what an open transaction wrote does not "
                   "count yet)",
                   piece->topic, piece->partition, (long long)offset, (long long)log->high);
}

bool range_one(const struct config *config, const char *topic, int32_t partition, int64_t offset, struct arena *mem,
               struct range *range, struct err *err)
{
    rd_kafka_t *handle = admin_open(config, err);
    struct range found = {0};
    struct log log = {0};
    bool fine = handle && list_topic(handle, topic, mem, &found, err);

    if (fine && partition >= (int64_t)found.len)
        fine = fail(err, ERR_CONFIG, "topic %s has %zu partitions, numbered from 0: there is no %d", topic, found.len,
                    partition);
    fine = fine && look_at(handle, &found.at[partition], &log, err)
           && check_offset(&found.at[partition], offset, &log, err);
    if (handle)
        rd_kafka_destroy(handle);
    if (!fine)
        return false;
    found.at[partition].start = offset;
    found.at[partition].end = offset + 1;
    *range = (struct range){&found.at[partition], 1};
    return true;
}

bool range_is_older(const struct config *config, const struct range *range, int64_t than_ms, const struct piece **piece,
                    struct err *err)
{
    rd_kafka_t *handle = admin_open(config, err);
    rd_kafka_topic_partition_list_t *list = handle ? offsets_at(handle, range->at, range->len, than_ms, err) : NULL;

    *piece = NULL;
    for (size_t i = 0; list && !*piece && i < range->len; i++) {
        const struct piece *it = &range->at[i];
        int64_t first = rd_kafka_topic_partition_list_find(list, it->topic, it->partition)->offset;

        if (it->start < it->end && (first < 0 || first > it->start))
            *piece = it;
    }
    if (handle && list)
        rd_kafka_topic_partition_list_destroy(list);
    if (handle)
        rd_kafka_destroy(handle);
    return list != NULL;
}
