#include "worker/trends/tag_counts.h"

#include <string.h>

enum { SLOTS_MIN = 1024, GROWTH = 4 };

static struct tag_count *slot_of(const struct tag_counts *counts, uint32_t tag)
{
    size_t at = counts->is_plain ? tag : tag * 2654435761u & (counts->cap - 1);

    while (counts->slots[at].tag && counts->slots[at].tag != tag)
        at = (at + 1) & (counts->cap - 1);
    return &counts->slots[at];
}

/* A number that is beyond a plain array makes it a table. */
static void make_room(struct tag_counts *counts, uint32_t tag)
{
    struct tag_counts old = *counts;

    if (counts->is_plain ? tag < counts->cap : 2 * (counts->len + 1) <= counts->cap)
        return;
    counts->is_plain = false;
    counts->cap = old.cap ? GROWTH * old.cap : SLOTS_MIN;
    counts->slots = arena_zero(counts->mem, counts->cap * sizeof *counts->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].tag)
            *slot_of(counts, old.slots[i].tag) = old.slots[i];
}

static struct tag_count *make_slot(struct tag_counts *counts, uint32_t tag)
{
    make_room(counts, tag);
    struct tag_count *it = slot_of(counts, tag);
    counts->len += !it->tag;
    it->tag = tag;
    return it;
}

void tag_counts_begin(struct tag_counts *counts, struct arena *mem, int64_t tag_max)
{
    size_t cap = SLOTS_MIN;

    *counts = (struct tag_counts){.mem = mem};
    if (tag_max > TAG_PLAIN_MAX)
        return;
    while (cap <= (size_t)tag_max)
        cap *= 2;
    counts->slots = arena_zero(mem, cap * sizeof *counts->slots);
    counts->cap = cap;
    counts->is_plain = true;
}

void tag_counts_add(struct tag_counts *counts, uint32_t tag, uint32_t posts, uint32_t reposts)
{
    struct tag_count *it = make_slot(counts, tag);

    it->posts += posts;
    it->reposts += reposts;
}

void tag_counts_add_entry(struct tag_counts *counts, const struct entry *entry)
{
    counts->entries++;
    for (size_t i = 0; i < entry->tags_len; i++) {
        struct tag_count *it = make_slot(counts, entry->tags[i]);

        if (it->last == counts->entries)
            continue;
        it->last = counts->entries;
        *(entry->kind == KIND_REPOST ? &it->reposts : &it->posts) += 1;
    }
}

const struct tag_count *tag_counts_find(const struct tag_counts *counts, uint32_t tag)
{
    bool is_beyond = counts->is_plain ? tag >= counts->cap : !counts->cap;
    const struct tag_count *it = is_beyond ? NULL : slot_of(counts, tag);

    return it && it->tag ? it : NULL;
}

void tag_counts_close(struct tag_counts *counts)
{
    size_t len = 0;

    for (size_t i = 0; i < counts->cap; i++)
        if (counts->slots[i].tag)
            counts->slots[len++] = counts->slots[i];
    counts->cap = 0;
}
