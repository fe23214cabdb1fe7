#include "worker/trends/sqlite_facts.h"

enum { KIND_BITS = 7, SENTIMENT_SHIFT = 3, SENTIMENT_BITS = 3, HAS_AUTHOR = 1 << 5, HAS_SUBJECT = 1 << 6 };

/* Seven bits a byte, the lowest first; the eighth says that more follow. */
static char *put_number(char *at, uint64_t number)
{
    for (; number > 127; number >>= 7)
        *at++ = (char)(number | 128);
    *at++ = (char)number;
    return at;
}

static uint64_t take_number(const char **at, const char *end)
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

struct span tag_facts_write(const struct tag_facts *facts, char bytes[TAG_FACTS_MAX])
{
    char *at = bytes;

    *at++ = (char)(facts->kind | facts->sentiment << SENTIMENT_SHIFT | (facts->author ? HAS_AUTHOR : 0)
                   | (facts->subject ? HAS_SUBJECT : 0));
    at = put_number(at, (uint64_t)facts->lang);
    at = put_number(at, (uint64_t)facts->segment);
    if (facts->author) {
        memcpy(at, &facts->author, sizeof facts->author);
        at += sizeof facts->author;
    }
    if (facts->subject)
        at = put_number(at, (uint64_t)facts->subject);
    for (size_t i = 0; i < facts->tags.len; i++)
        at = put_number(at, facts->tags.at[i]);
    return (struct span){bytes, (size_t)(at - bytes)};
}

void tag_facts_read(struct span bytes, struct entry *entry, uint32_t *tags, size_t *tags_len)
{
    const char *at = bytes.at, *end = bytes.at + bytes.len;
    unsigned first = bytes.len ? (unsigned char)*at++ : 0;

    entry->kind = (int)(first & KIND_BITS);
    entry->sentiment = (int)(first >> SENTIMENT_SHIFT & SENTIMENT_BITS);
    entry->lang = (int64_t)take_number(&at, end);
    entry->segment = (int64_t)take_number(&at, end);
    entry->author = 0;
    if (first & HAS_AUTHOR && (size_t)(end - at) >= sizeof entry->author) {
        memcpy(&entry->author, at, sizeof entry->author);
        at += sizeof entry->author;
    }
    entry->subject = first & HAS_SUBJECT ? (int64_t)take_number(&at, end) : 0;
    size_t len = 0;
    while (tags && at < end && len < ROW_TAGS_MAX)
        tags[len++] = (uint32_t)take_number(&at, end);
    if (tags)
        *tags_len = len;
}
