#include "worker/lane.h"

static void count(struct lane *lane, const struct batch *batch, const struct outbox *out)
{
    atomic_fetch_add(&lane->counts.posts, batch->len);
    atomic_fetch_add(&lane->counts.records, out->records_len);
    atomic_fetch_add(&lane->counts.dead, out->dead_len);
    atomic_fetch_add(&lane->counts.dropped, out->dropped);
}

bool lane_turn(struct lane *lane, bool *ended, struct err *err)
{
    struct outbox out = {.mem = lane->mem, .rules = lane->line.rules->name};
    struct batch batch = {0};
    const struct port_ops *port = lane->port->ops;

    if (!port->poll(lane->port, lane->mem, &batch, err))
        return false;
    for (size_t i = 0; i < batch.len; i++)
        line_carry(&lane->line, &batch.at[i], &out);
    bool fine = port->deliver(lane->port, &batch, &out, err);
    count(lane, &batch, &out);
    *ended = batch.ended;
    arena_reset(lane->mem);
    return fine;
}

bool lane_run(struct lane *lane, struct err *err)
{
    bool ended = false;

    while (!ended && !atomic_load(lane->stop))
        if (!lane_turn(lane, &ended, err))
            return false;
    return lane->port->ops->drain(lane->port, err);
}
