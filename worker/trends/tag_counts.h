/* tag_counts: how many posts and reposts each of many tags has: an open hash table in an arena, at most half full. It
 * takes 32 to 170 bytes a tag. */
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
};

void tag_counts_add(struct tag_counts *counts, uint32_t tag, uint32_t posts, uint32_t reposts);
void tag_counts_add_entry(struct tag_counts *counts, const struct entry *entry); /* one more for each of its tags */
const struct tag_count *tag_counts_find(const struct tag_counts *counts, uint32_t tag); /* NULL: none */

/* Moves the slots in use to the front, in no order: nothing can be found or added any more. */
void tag_counts_close(struct tag_counts *counts);
