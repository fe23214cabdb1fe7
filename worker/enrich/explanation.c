#include "worker/enrich/explanation.h"

void findings_add(struct findings *out, struct finding account)
{
    out->at = arena_room(out->mem, out->at, out->len, &out->cap, sizeof *out->at);
    out->at[out->len++] = account;
}
