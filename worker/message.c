#include "worker/message.h"

const char *const drop_names[DROPS] = {"no-route", "no-post"};

void outbox_record(struct outbox *out, struct record record)
{
    out->records = arena_room(out->mem, out->records, out->records_len, &out->records_cap, sizeof record);
    out->records[out->records_len++] = record;
}

bool outbox_is_full(const struct outbox *out)
{
    return out->full_bytes && arena_used(out->mem) > out->full_bytes;
}

void outbox_dead(struct outbox *out, const struct message *from, enum fault fault, struct span why)
{
    out->dead = arena_room(out->mem, out->dead, out->dead_len, &out->dead_cap, sizeof *out->dead);
    out->dead[out->dead_len++] = (struct dead){from, fault, why};
}

int64_t message_as_of(const struct message *message, const struct post *post)
{
    return post->observed_ms != TIME_UNKNOWN ? post->observed_ms : message->timestamp_ms;
}
