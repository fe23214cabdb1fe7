#include "worker/kafka/rejected_records.h"
#include "common/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *got)
{
    if (!got)
        out_of_memory();
    return got;
}

static void free_refusal(struct refusal *refusal)
{
    free(refusal->why);
    free(refusal->said);
}

void refused_free(struct refused *refused)
{
    for (size_t i = 0; i < refused->len; i++)
        free_refusal(&refused->at[i]);
    free(refused->at);
    *refused = (struct refused){0};
}

static bool is_before(const struct refusal *refusal, size_t slot, int64_t offset)
{
    return refusal->slot != slot ? refusal->slot < slot : refusal->offset < offset;
}

/* The first one that does not come before this message. */
static size_t place_of(const struct refused *refused, size_t slot, int64_t offset)
{
    size_t from = 0, to = refused->len;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (is_before(&refused->at[middle], slot, offset))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct refusal *refused_find(const struct refused *refused, size_t slot, int64_t offset)
{
    size_t place = place_of(refused, slot, offset);
    struct refusal *found = place < refused->len ? &refused->at[place] : NULL;

    return found && found->slot == slot && found->offset == offset ? found : NULL;
}

static struct refusal *find_or_add(struct refused *refused, size_t slot, int64_t offset)
{
    struct refusal *found = refused_find(refused, slot, offset);
    size_t place = place_of(refused, slot, offset);

    if (found)
        return found;
    if (refused->len == refused->cap) {
        refused->cap = refused->cap ? refused->cap * 2 : 16;
        refused->at = must(realloc(refused->at, refused->cap * sizeof *refused->at));
    }
    memmove(&refused->at[place + 1], &refused->at[place], (refused->len - place) * sizeof *refused->at);
    refused->len++;
    refused->at[place] = (struct refusal){.slot = slot, .offset = offset};
    return &refused->at[place];
}

void refused_fail(struct refused *refused, size_t slot, int64_t offset, bool is_letter, const char *why)
{
    struct refusal *refusal = find_or_add(refused, slot, offset);

    if (refusal->failed++)
        return;
    refusal->failed_letter = is_letter;
    refusal->said = must(strdup(why));
}

/* The message of the one record that failed, or of several that surely shared no batch. */
static struct refusal *only_failed(const struct refused *refused)
{
    struct refusal *only = NULL;

    for (size_t i = 0; i < refused->len; i++) {
        if (!refused->at[i].failed)
            continue;
        if (only)
            return NULL;
        only = &refused->at[i];
    }
    return only && (only->failed == 1 || only->alone) ? only : NULL;
}

static void reject(struct refusal *refusal)
{
    if (refusal->failed_letter) {
        refusal->letters++;
    } else if (!refusal->why) {
        refusal->why = refusal->said;
        refusal->said = NULL;
    }
}

struct refusal *refused_judge(struct refused *refused)
{
    struct refusal *only = only_failed(refused);

    if (only)
        reject(only);
    for (size_t i = 0; i < refused->len; i++) {
        struct refusal *refusal = &refused->at[i];

        refusal->alone |= refusal->failed > 0;
        refusal->failed = 0;
        free(refusal->said);
        refusal->said = NULL;
    }
    return only;
}

size_t refused_retry(struct refused *refused)
{
    size_t count = 0;

    for (size_t i = 0; i < refused->len; i++) {
        struct refusal *refusal = &refused->at[i];

        if (!refusal->why || refusal->letters)
            continue;
        free(refusal->why);
        refusal->why = NULL;
        count++;
    }
    return count;
}

void refused_before(struct refused *refused, size_t slot, int64_t offset)
{
    size_t kept = 0;

    for (size_t i = 0; i < refused->len; i++) {
        if (refused->at[i].slot == slot && refused->at[i].offset < offset)
            free_refusal(&refused->at[i]);
        else
            refused->at[kept++] = refused->at[i];
    }
    refused->len = kept;
}
