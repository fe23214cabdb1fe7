/* tag_counts: how many posts and reposts each of many tags has: an open hash table in an arena, at most half full, 32
 * to 170 bytes a tag; or a plain array by number, 16 bytes each, where most of the store's tags are counted. */
#pragma once

#include "common/arena.h"
#include "worker/trends/tally.h"

struct tag_count {
    uint32_t tag; /* 0: a free slot */
    uint32_t posts, reposts;
    uint32_t last; /* the entry that was counted last: a row may name a tag twice */
};

struct tag_counts {
    struct arena *mem;
    struct tag_count *slots;
    size_t len, cap;
    uint32_t entries;
    bool is_plain; /* a tag's slot is that of its number */
};

/* A plain array up to that number; where it is above TAG_PLAIN_MAX a table. */
enum { TAG_PLAIN_MAX = 1 << 20 };
void tag_counts_begin(struct tag_counts *counts, struct arena *mem, int64_t tag_max);

void tag_counts_add(struct tag_counts *counts, uint32_t tag, uint32_t posts, uint32_t reposts);
void tag_counts_add_entry(struct tag_counts *counts, const struct entry *entry); /* one more for each of its tags */
const struct tag_count *tag_counts_find(const struct tag_counts *counts, uint32_t tag); /* NULL: none */

/* Moves the slots in use to the front, in no order: nothing can be found or added any more. */
void tag_counts_close(struct tag_counts *counts);
