#include "worker/port.h"

static void *room(struct outbox *out, void *at, size_t len, size_t *cap, size_t size)
{
    size_t more = *cap ? *cap * 2 : 64;

    if (len < *cap)
        return at;
    at = arena_grow(out->mem, at, *cap * size, more * size);
    *cap = more;
    return at;
}

void outbox_record(struct outbox *out, struct record record)
{
    out->records = room(out, out->records, out->records_len, &out->records_cap, sizeof record);
    out->records[out->records_len++] = record;
}

void outbox_dead(struct outbox *out, const struct message *from, enum fault fault, struct span why)
{
    out->dead = room(out, out->dead, out->dead_len, &out->dead_cap, sizeof *out->dead);
    out->dead[out->dead_len++] = (struct dead){from, fault, why};
}
