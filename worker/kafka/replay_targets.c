#include "worker/kafka/replay_targets.h"
#include "common/log.h"
#include "worker/kafka/admin.h"

enum { ANSWER_MS = 10000 };

static bool look_at_records(rd_kafka_t *handle, struct target *target, int partitions, struct err *err)
{
    for (int32_t i = 0; i < partitions; i++) {
        int64_t low, high;
        rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(handle, target->topic, i, &low, &high, ANSWER_MS);

        if (code)
            return fail(err, ERR_CLUSTER, "topic %s: %s", target->topic, rd_kafka_err2str(code));
        target->holds_records |= high > low;
        target->was_cut |= low > 0;
    }
    return true;
}

/* Brokers that have no such call leave what is known without them. */
static bool ask_limits(rd_kafka_t *handle, struct output *output, struct err *err)
{
    if (admin_limits(handle, output, 1, ANSWER_MS, err))
        return true;
    if (err->kind != ERR_WORK)
        return false;
    log_event(LOG_WARN, "limits-unknown", "topic=%s message=%s", output->topic, log_quote(err->text));
    output->limits.retention_ms = -1;
    *err = (struct err){0};
    return true;
}

/* Of a topic that is not there, nor the one that it will be like, the policy alone is known. */
static bool look_at_limits(rd_kafka_t *handle, struct target *target, bool like_is_there, struct err *err)
{
    struct output output = {.topic = target->is_there ? target->topic : target->like, .limits = unknown_limits};

    output.limits.compacted = strstr(target->cleanup, "compact") != NULL;
    if ((target->is_there || like_is_there) && !ask_limits(handle, &output, err))
        return false;
    target->compacted = output.limits.compacted;
    target->retention_ms = output.limits.deletes ? output.limits.retention_ms : -1;
    target->tombstone_ms = target->retention_ms;
    if (target->compacted && (target->tombstone_ms < 0 || output.limits.tombstone_ms < target->tombstone_ms))
        target->tombstone_ms = output.limits.tombstone_ms;
    return true;
}

static bool look_at(rd_kafka_t *handle, struct target *target, struct err *err)
{
    int partitions = admin_partitions(handle, target->topic, ANSWER_MS, err);
    int like = partitions < 0 ? -1 : admin_partitions(handle, target->like, ANSWER_MS, err);

    if (like < 0)
        return false;
    target->is_there = partitions > 0;
    return look_at_records(handle, target, partitions, err) && look_at_limits(handle, target, like > 0, err);
}

bool kafka_targets_look(const struct config *config, struct target *targets, size_t len, struct err *err)
{
    rd_kafka_t *handle = admin_open(config, err);
    bool fine = handle != NULL;

    for (size_t i = 0; fine && i < len; i++)
        fine = look_at(handle, &targets[i], err);
    if (handle)
        rd_kafka_destroy(handle);
    return fine;
}

bool kafka_targets_create(const struct config *config, const struct target *targets, size_t len, struct err *err)
{
    rd_kafka_t *handle = admin_open(config, err);
    bool fine = handle != NULL;

    for (size_t i = 0; fine && i < len; i++)
        fine = targets[i].is_there
               || admin_create_like(handle, targets[i].topic, targets[i].like, targets[i].cleanup, err);
    if (handle)
        rd_kafka_destroy(handle);
    return fine;
}
