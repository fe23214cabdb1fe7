#include "worker/lane.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/crash.h"

static void count(struct lane *lane, const struct batch *batch, const struct outbox *out)
{
    atomic_fetch_add(&lane->counts.posts, batch->len);
    atomic_fetch_add(&lane->counts.records, out->records_len);
    atomic_fetch_add(&lane->counts.dead, out->dead_len);
    atomic_fetch_add(&lane->counts.dropped, out->dropped);
    atomic_fetch_add(&lane->counts.hidden, out->hidden);
    if (out->unkeyed && atomic_fetch_add(&lane->counts.unkeyed, out->unkeyed) == 0)
        log_event(LOG_WARN, "unkeyed", "lane=%d message=%s", lane->number,
                  log_quote("records are not keyed by post id; the counts of one post may lose their order"));
}

static void carry_all(struct lane *lane, const struct batch *batch, struct outbox *out)
{
    for (size_t i = 0; i < batch->len; i++) {
        crash_at_hand(&batch->at[i]);
        line_carry(&lane->line, &batch->at[i], out);
    }
    crash_at_hand(NULL);
}

bool lane_turn(struct lane *lane, bool *ended, struct err *err)
{
    const struct port_ops *port = lane->port->ops;
    struct batch batch = {0};

    if (!port->poll(lane->port, lane->mem, &batch, err))
        return false;
    lane->line.rules = rules_box_swap(lane->rules, lane->line.rules);
    struct outbox out = {.mem = lane->mem, .rules = lane->line.rules->name};
    carry_all(lane, &batch, &out);
    bool fine = port->deliver(lane->port, &batch, &out, err);
    count(lane, &batch, &out);
    *ended = batch.ended;
    arena_reset(lane->mem);
    atomic_store(&lane->turned_ms, time_steady_ms());
    return fine;
}

static bool turn_until_stopped(struct lane *lane, struct err *err)
{
    bool ended = false;

    while (!ended && !atomic_load(lane->stop))
        if (!lane_turn(lane, &ended, err))
            return false;
    return lane->port->ops->drain(lane->port, err);
}

bool lane_run(struct lane *lane, struct err *err)
{
    atomic_store(&lane->turned_ms, time_steady_ms());
    bool fine = turn_until_stopped(lane, err);

    if (lane->rules)
        rules_box_return(lane->rules, lane->line.rules);
    return fine;
}
