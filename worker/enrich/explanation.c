#include "worker/enrich/explanation.h"

void account_add(struct accounts *out, struct account account)
{
    out->at = arena_room(out->mem, out->at, out->len, &out->cap, sizeof *out->at);
    out->at[out->len++] = account;
}
