#include "worker/lane.h"
#include "common/log.h"
#include "common/time.h"

static void count_bytes(const struct lane *lane, const struct batch *batch)
{
    for (size_t i = 0; i < batch->len; i++)
        meter_add(lane->line.meter, METRIC_POST_BYTES, batch->at[i].input->index, batch->at[i].value.len);
}

static void count_records(const struct lane *lane, const struct outbox *out)
{
    for (size_t i = 0; i < out->records_len; i++) {
        size_t route = out->records[i].route->index;

        meter_add(lane->line.meter, METRIC_RECORDS, route, 1);
        meter_add(lane->line.meter, METRIC_RECORD_BYTES, route, out->records[i].value.len);
    }
}

static void count_unusable(const struct lane *lane, const struct outbox *out)
{
    for (size_t member = 0; out->has_unusable && member < POST_MEMBER_COUNT; member++)
        for (size_t reason = 0; reason < UNUSABLES; reason++)
            meter_add(lane->line.meter, METRIC_UNUSABLE, member * UNUSABLES + reason, out->unusable[member][reason]);
}

static void count_losses(const struct lane *lane, const struct outbox *out)
{
    for (size_t i = 0; i < out->dead_len; i++) {
        meter_add(lane->line.meter, METRIC_DEAD, out->dead[i].fault, 1);
        lane_status_fault(lane->status, &out->dead[i]);
    }
    for (size_t i = 0; i < DROPS; i++)
        meter_add(lane->line.meter, METRIC_DROPS, i, out->dropped[i]);
    meter_add(lane->line.meter, METRIC_UNKEYED, 0, out->unkeyed);
    meter_add(lane->line.meter, METRIC_HIDDEN, 0, out->hidden);
}

static void count_batch(struct lane *lane, const struct batch *batch, const struct outbox *out)
{
    if (!lane->line.meter || !out->posts)
        return;
    count_bytes(lane, batch);
    count_records(lane, out);
    count_losses(lane, out);
    count_unusable(lane, out);
    if (!out->unkeyed || lane->said_unkeyed)
        return;
    lane->said_unkeyed = true;
    log_event(LOG_WARN, "unkeyed", "lane=%d message=%s", lane->number,
              log_quote("records are not keyed by post id; the counts of one post may lose their order"));
}

/* The rules of the next batch. */
static void take_rules(struct lane *lane)
{
    const struct ruleset *rules = live_rules_swap(lane->rules, lane->line.rules);

    if (rules != lane->line.rules)
        meter_use_rules(lane->line.meter, rules);
    lane->line.rules = rules;
}

bool lane_turn(struct lane *lane, bool *ended, struct err *err)
{
    const struct port_ops *port = lane->port->ops;
    struct batch batch = {0};

    if (!port->poll(lane->port, lane->mem, &batch, err))
        return false;
    int64_t since_us = time_steady_us();
    if (!lane->is_within_record)
        take_rules(lane);
    struct outbox out = {.mem = lane->mem, .rules = lane->line.rules->name};
    size_t polled = batch.len;
    batch.len = line_carry(&lane->line, batch.at, polled, &out);
    *ended = batch.ended && batch.len == polled;
    count_batch(lane, &batch, &out); /* before a commit or a rewind of it */
    bool fine = port->deliver(lane->port, &batch, &out, err);
    lane->is_within_record = out.progress.posts > 0;
    if (out.posts)
        meter_observe(lane->line.meter, METRIC_BATCH, time_steady_us() - since_us);
    lane_status_show(lane->status);
    arena_reset(lane->mem);
    atomic_store(&lane->turned_ms, time_steady_ms());
    return fine;
}

static bool turn_until_stopped(struct lane *lane, struct err *err)
{
    bool ended = false;

    /* what is open can only be committed once all posts of a record are in it */
    while (!ended && (lane->is_within_record || !atomic_load(lane->stop)))
        if (!lane_turn(lane, &ended, err))
            return false;
    return lane->port->ops->drain(lane->port, err);
}

bool lane_run(struct lane *lane, struct err *err)
{
    atomic_store(&lane->turned_ms, time_steady_ms());
    bool fine = turn_until_stopped(lane, err);

    if (lane->rules)
        live_rules_return(lane->rules, lane->line.rules);
    return fine;
}
