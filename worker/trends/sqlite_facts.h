/* sqlite_facts: what a post's row of a tag holds beside its key, packed: all that a figure is computed from. */
#pragma once

#include "worker/trends/row.h"
#include "worker/trends/tally.h"

/* The numbers of a post's tags: tags, then hashtags. */
/* Of the greatest counts that a post ever had: how large they are at most, four bits each. They never fall, and rise
 * seldom, so that posts are listed by counts without a look at those of all of them. */
enum level { LEVEL_REPOSTS, LEVEL_LIKES, LEVEL_VIEWS, LEVEL_TOTAL, LEVELS };

/* With those of a row's counts; COUNT_UNKNOWN raises nothing. The total is of those that per_hour has. */
uint16_t levels_raise(uint16_t levels, const int64_t counts[COUNTS]);
int64_t level_most(uint16_t levels, enum level level); /* no count is greater; -1: none was ever known */

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
    uint16_t levels;         /* 0 in a row that stands for the post itself */
    struct tag_numbers tags; /* in a row of a tag only where there are at most TAGS_BESIDE */
};

enum { TAGS_BESIDE = 8, TAG_FACTS_MAX = 64 + 5 * ROW_TAGS_MAX };

struct span tag_facts_write(const struct tag_facts *facts, char bytes[TAG_FACTS_MAX]);

/* Fills all of the entry but its post and time. Its tags are in `tags`, which has room for ROW_TAGS_MAX. Bytes that
 * tag_facts_write did not make give some facts, and nothing is read beyond them. */
void tag_facts_read(struct span bytes, struct entry *entry, uint32_t *tags);

/* Entries one behind the other: times from first_ms on, post, length and facts. */
struct tag_block {
    struct arena *mem;
    char *at;
    size_t len, cap;
    int64_t first_ms;
};

void tag_block_add(struct tag_block *block, int64_t time_ms, int64_t post, struct span facts);
bool tag_block_next(struct span *rest, int64_t first_ms, struct entry *entry, uint32_t *tags); /* false: no more */

/* A number from 0 on takes 1 to NUMBER_MAX bytes: seven bits each, the lowest first. */
enum { NUMBER_MAX = 10 };
char *number_put(char *at, uint64_t number); /* behind it */
uint64_t number_take(const char **at, const char *end);
