/* sqlite_facts: what a post's row of a tag holds beside its key, packed: all that a figure is computed from. */
#pragma once

#include "worker/trends/row.h"
#include "worker/trends/tally.h"

/* The numbers of a post's tags: tags, then hashtags. */
enum { TAGS_GIVEN = 1u << 30, HASHTAGS_GIVEN = 1u << 31 }; /* in the first number, beside how many are tags */
struct tag_numbers {
    bool has_tags, has_hashtags; /* the enricher was on */
    size_t tags_len, len;
    const uint32_t *at;
};

struct tag_facts {
    int kind, sentiment;
    int64_t lang, segment;   /* names; 0: unknown */
    int64_t author, subject; /* 0: unknown, its own */
    struct tag_numbers tags; /* of a row that stands for the post itself; else none */
};

enum { TAG_FACTS_MAX = 64 + 5 * ROW_TAGS_MAX };

struct span tag_facts_write(const struct tag_facts *facts, char bytes[TAG_FACTS_MAX]);

/* Fills all of the entry but its post and time; where `tags` is given, also the numbers that follow, of which there are
 * at most ROW_TAGS_MAX. Bytes that tag_facts_write did not make give some facts, and nothing is read beyond them. */
void tag_facts_read(struct span bytes, struct entry *entry, uint32_t *tags, size_t *tags_len);
