#include "worker/trends/sqlite_facts.h"

enum {
    KIND_BITS = 7,
    SENTIMENT_SHIFT = 3,
    SENTIMENT_BITS = 3,
    HAS_AUTHOR = 1 << 5,
    HAS_SUBJECT = 1 << 6,
    HAS_LEVELS = 1 << 7
};
enum { LEVEL_WIDTH = 4, LEVEL_MASK = 15, LEVEL_BITS = 6 }; /* a level more: a count of six bits more */

/* The eighth bit says that more follow. */
char *number_put(char *at, uint64_t number)
{
    for (; number > 127; number >>= 7)
        *at++ = (char)(number | 128);
    *at++ = (char)number;
    return at;
}

uint64_t number_take(const char **at, const char *end)
{
    uint64_t number = 0;

    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        unsigned char byte = (unsigned char)*(*at)++;

        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            break;
    }
    return number;
}

static int level_of(int64_t count)
{
    int bits = count ? 64 - __builtin_clzll((uint64_t)count) : 0;

    return count == COUNT_UNKNOWN ? 0 : 1 + bits / LEVEL_BITS;
}

static uint16_t raise_level(uint16_t levels, enum level level, int64_t count)
{
    int shift = (int)level * LEVEL_WIDTH, now = level_of(count);

    if (now <= (levels >> shift & LEVEL_MASK))
        return levels;
    return (uint16_t)((levels & ~(LEVEL_MASK << shift)) | now << shift);
}

uint16_t levels_raise(uint16_t levels, const int64_t counts[COUNTS])
{
    int64_t total = COUNT_UNKNOWN;

    for (int i = 0; i < COUNT_ENGAGING; i++)
        if (counts[i] != COUNT_UNKNOWN)
            total = (total == COUNT_UNKNOWN ? 0 : total) + counts[i];
    levels = raise_level(levels, LEVEL_REPOSTS, counts[COUNT_REPOSTS]);
    levels = raise_level(levels, LEVEL_LIKES, counts[COUNT_LIKES]);
    levels = raise_level(levels, LEVEL_VIEWS, counts[COUNT_VIEWS]);
    return raise_level(levels, LEVEL_TOTAL, total);
}

int64_t level_most(uint16_t levels, enum level level)
{
    int it = levels >> ((int)level * LEVEL_WIDTH) & LEVEL_MASK;

    if (it * LEVEL_BITS > 63)
        return INT64_MAX;
    return it ? ((int64_t)1 << (it * LEVEL_BITS - 1)) - 1 : -1;
}

struct span tag_facts_write(const struct tag_facts *facts, char bytes[TAG_FACTS_MAX])
{
    char *at = bytes;

    *at++ = (char)(facts->kind | facts->sentiment << SENTIMENT_SHIFT | (facts->author ? HAS_AUTHOR : 0)
                   | (facts->subject ? HAS_SUBJECT : 0) | (facts->levels ? HAS_LEVELS : 0));
    at = number_put(at, (uint64_t)facts->lang);
    at = number_put(at, (uint64_t)facts->segment);
    if (facts->author) {
        memcpy(at, &facts->author, sizeof facts->author);
        at += sizeof facts->author;
    }
    if (facts->subject)
        at = number_put(at, (uint64_t)facts->subject);
    if (facts->levels)
        at = number_put(at, facts->levels);
    for (size_t i = 0; i < facts->tags.len; i++)
        at = number_put(at, facts->tags.at[i]);
    return (struct span){bytes, (size_t)(at - bytes)};
}

void tag_facts_read(struct span bytes, struct entry *entry, uint32_t *tags)
{
    const char *at = bytes.at, *end = bytes.at + bytes.len;
    unsigned first = bytes.len ? (unsigned char)*at++ : 0;

    entry->kind = (int)(first & KIND_BITS);
    entry->sentiment = (int)(first >> SENTIMENT_SHIFT & SENTIMENT_BITS);
    entry->lang = (int64_t)number_take(&at, end);
    entry->segment = (int64_t)number_take(&at, end);
    entry->author = 0;
    if (first & HAS_AUTHOR && (size_t)(end - at) >= sizeof entry->author) {
        memcpy(&entry->author, at, sizeof entry->author);
        at += sizeof entry->author;
    }
    entry->subject = first & HAS_SUBJECT ? (int64_t)number_take(&at, end) : 0;
    entry->levels = first & HAS_LEVELS ? (uint16_t)number_take(&at, end) : 0;
    size_t len = 0;
    while (at < end && len < ROW_TAGS_MAX)
        tags[len++] = (uint32_t)number_take(&at, end);
    entry->tags = tags;
    entry->tags_len = len;
}

void tag_block_add(struct tag_block *block, int64_t time_ms, int64_t post, struct span facts)
{
    size_t most = block->len + 3 * NUMBER_MAX + facts.len;

    if (most > block->cap) {
        size_t cap = 2 * most;

        block->at = arena_grow(block->mem, block->at, block->cap, cap);
        block->cap = cap;
    }
    char *at = block->at + block->len;
    at = number_put(at, (uint64_t)(time_ms - block->first_ms));
    at = number_put(at, (uint64_t)post);
    at = number_put(at, facts.len);
    memcpy(at, facts.at, facts.len);
    block->len = (size_t)(at - block->at) + facts.len;
}

bool tag_block_next(struct span *rest, int64_t first_ms, struct entry *entry, uint32_t *tags)
{
    const char *at = rest->at, *end = rest->at + rest->len;

    if (!rest->len)
        return false;
    entry->time_ms = first_ms + (int64_t)number_take(&at, end);
    entry->post = (int64_t)number_take(&at, end);
    size_t len = number_take(&at, end), left = (size_t)(end - at);
    len = len < left ? len : left;
    tag_facts_read((struct span){at, len}, entry, tags);
    *rest = (struct span){at + len, left - len};
    return true;
}
