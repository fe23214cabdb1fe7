#include "worker/account.h"

void account_add(struct accounts *out, struct account account)
{
    if (out->len == out->cap) {
        size_t cap = out->cap ? out->cap * 2 : 16;

        out->at = arena_grow(out->mem, out->at, out->cap * sizeof *out->at, cap * sizeof *out->at);
        out->cap = cap;
    }
    out->at[out->len++] = account;
}
