#include "worker/kafka/rejected_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *got)
{
    if (!got) {
        fputs("trendmill: out of memory\n", stderr);
        abort();
    }
    return got;
}

void refused_free(struct refused *refused)
{
    for (size_t i = 0; i < refused->len; i++)
        free(refused->at[i].why);
    free(refused->at);
    *refused = (struct refused){0};
}

struct refusal *refused_find(const struct refused *refused, size_t slot, int64_t offset)
{
    for (size_t i = 0; i < refused->len; i++)
        if (refused->at[i].offset == offset && refused->at[i].slot == slot)
            return &refused->at[i];
    return NULL;
}

static struct refusal *find_or_add(struct refused *refused, size_t slot, int64_t offset)
{
    struct refusal *refusal = refused_find(refused, slot, offset);

    if (refusal)
        return refusal;
    if (refused->len == refused->cap) {
        refused->cap = refused->cap ? refused->cap * 2 : 16;
        refused->at = must(realloc(refused->at, refused->cap * sizeof *refused->at));
    }
    refusal = &refused->at[refused->len++];
    *refusal = (struct refusal){.slot = slot, .offset = offset};
    return refusal;
}

void refused_record(struct refused *refused, size_t slot, int64_t offset, const char *why)
{
    struct refusal *refusal = find_or_add(refused, slot, offset);

    if (!refusal->why)
        refusal->why = must(strdup(why));
}

int refused_letter(struct refused *refused, size_t slot, int64_t offset)
{
    return ++find_or_add(refused, slot, offset)->letters;
}

void refused_before(struct refused *refused, size_t slot, int64_t offset)
{
    size_t kept = 0;

    for (size_t i = 0; i < refused->len; i++) {
        if (refused->at[i].slot == slot && refused->at[i].offset < offset)
            free(refused->at[i].why);
        else
            refused->at[kept++] = refused->at[i];
    }
    refused->len = kept;
}
