#include "common/http_keys.h"
#include "common/err.h"
#include "common/hex.h"

#include <stdlib.h>
#include <strings.h>

enum { MINUTE_MS = 60000 };

/* --- the file --- */

struct line_reader {
    const char *file;
    int line;
    struct span all, left; /* the line, and what of it is not read yet */
    struct report *report;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static int column_of(const struct line_reader *reader, struct span word)
{
    return (int)(word.at - reader->all.at) + 1;
}

/* The next word; empty at the end of the line. */
static struct span take_word(struct line_reader *reader)
{
    struct span *left = &reader->left;
    size_t len = 0;

    while (left->len && is_blank(left->at[0]))
        *left = (struct span){left->at + 1, left->len - 1};
    while (len < left->len && !is_blank(left->at[len]))
        len++;
    struct span word = {left->at, len};
    *left = (struct span){left->at + len, left->len - len};
    return word;
}

static bool read_digest(struct span word, unsigned char digest[SHA256_BYTES])
{
    for (size_t i = 0; word.len == 2 * SHA256_BYTES && i < SHA256_BYTES; i++) {
        int byte = hex_byte(word.at + 2 * i);

        if (byte < 0)
            return false;
        digest[i] = (unsigned char)byte;
    }
    return word.len == 2 * SHA256_BYTES;
}

static bool fail_at(const struct line_reader *reader, struct span word, const char *why)
{
    return report_at(reader->report, reader->file, reader->line, column_of(reader, word), "%s", why);
}

/* name, digest, requests a minute. */
static bool read_key(struct line_reader *reader, struct span name, struct http_key *key)
{
    static const struct form per_minute = {.kind = FORM_INT};
    struct span digest = take_word(reader), number = take_word(reader), rest = take_word(reader);

    *key = (struct http_key){.name = name};
    if (!read_digest(digest, key->digest))
        return fail_at(reader, digest,
                       "expected the SHA-256 of the key, 64 hexadecimal digits, after its name; "
                       "printf %s KEY | sha256sum gives it");
    if (!settings_number(&per_minute, number, &key->per_minute) || key->per_minute < 1
        || key->per_minute > HTTP_PER_MINUTE_MAX)
        return fail_at(reader, number, "expected the requests a minute, 1 to 1000000, after the SHA-256");
    return !rest.len || fail_at(reader, rest, "expected nothing more: a line is a name, a SHA-256 and a number");
}

static bool check_new(const struct line_reader *reader, const struct http_key *key, const struct list *keys)
{
    const struct http_key *others = keys->at;

    for (size_t i = 0; i < keys->len; i++) {
        if (span_equal(others[i].name, key->name))
            return fail_at(reader, key->name, "this name is given twice");
        if (sha256_equal(others[i].digest, key->digest))
            return fail_at(reader, key->name, "this is the key of another name, too");
    }
    return keys->len < HTTP_KEYS_MAX || fail_at(reader, key->name, "too many keys: at most 1000");
}

static bool read_line(struct line_reader *reader, struct arena *mem, struct list *keys, size_t *cap)
{
    struct span name = take_word(reader);
    struct http_key key;

    if (!name.len || name.at[0] == '#')
        return true;
    if (!read_key(reader, name, &key) || !check_new(reader, &key, keys))
        return false;
    struct http_key *all = arena_room(mem, keys->at, keys->len, cap, sizeof key);
    key.name = span_keep(name, mem);
    all[keys->len] = key;
    *keys = (struct list){all, keys->len + 1};
    return true;
}

bool http_keys_read(struct span text, const char *file, struct arena *mem, struct report *report, struct list *out)
{
    struct line_reader reader = {.file = file, .report = report};
    struct list keys = {0};
    size_t cap = 0;
    bool fine = true;

    while (text.len) {
        const char *end = memchr(text.at, '\n', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;

        reader.line++;
        reader.all = reader.left = (struct span){text.at, len};
        fine &= read_line(&reader, mem, &keys, &cap);
        len += end != NULL;
        text = (struct span){text.at + len, text.len - len};
    }
    *out = keys;
    return fine && (keys.len || report_at(report, file, 1, 1, "there is no key in this file: nobody could ask"));
}

/* --- asking --- */

/* What a key may still ask, in parts of a request of which MINUTE_MS make one. */
struct bucket {
    int64_t parts, at_ms;
};

struct http_quota {
    const struct http_key *keys;
    size_t len;
    struct bucket buckets[];
};

struct http_quota *http_quota_new(const struct list *keys)
{
    struct http_quota *quota = calloc(1, sizeof *quota + keys->len * sizeof *quota->buckets);

    if (!quota)
        out_of_memory();
    quota->keys = keys->at;
    quota->len = keys->len;
    for (size_t i = 0; i < quota->len; i++)
        quota->buckets[i].parts = -1; /* never asked */
    return quota;
}

void http_quota_free(struct http_quota *quota)
{
    free(quota);
}

static struct span key_in(struct span authorization)
{
    struct span scheme = SPAN("Bearer ");

    if (authorization.len <= scheme.len || strncasecmp(authorization.at, scheme.at, scheme.len) != 0)
        return (struct span){0};
    return span_trim((struct span){authorization.at + scheme.len, authorization.len - scheme.len});
}

/* Looks at all, whichever it is. NULL: none is. */
static struct bucket *find_bucket(struct http_quota *quota, struct span key, const struct http_key **found)
{
    unsigned char digest[SHA256_BYTES];
    struct bucket *bucket = NULL;

    sha256(key, digest);
    for (size_t i = 0; i < quota->len; i++) {
        if (!sha256_equal(quota->keys[i].digest, digest))
            continue;
        bucket = &quota->buckets[i];
        *found = &quota->keys[i];
    }
    return bucket;
}

static void refill(struct bucket *bucket, int64_t per_minute, int64_t now_ms)
{
    int64_t full = per_minute * MINUTE_MS, passed_ms = now_ms - bucket->at_ms;

    bucket->at_ms = now_ms;
    if (bucket->parts < 0 || passed_ms >= MINUTE_MS)
        bucket->parts = full;
    else
        bucket->parts += passed_ms * per_minute;
    bucket->parts = bucket->parts < full ? bucket->parts : full;
}

enum http_admission http_quota_take(struct http_quota *quota, struct span authorization, int64_t now_ms,
                                    int64_t *wait_s)
{
    struct span text = key_in(authorization);
    const struct http_key *key;

    if (!text.len)
        return HTTP_NO_KEY;
    struct bucket *bucket = text.len <= HTTP_KEY_BYTES ? find_bucket(quota, text, &key) : NULL;
    if (!bucket)
        return HTTP_UNKNOWN_KEY;
    refill(bucket, key->per_minute, now_ms);
    if (bucket->parts >= MINUTE_MS) {
        bucket->parts -= MINUTE_MS;
        return HTTP_ADMITTED;
    }
    int64_t wait_ms = (MINUTE_MS - bucket->parts + key->per_minute - 1) / key->per_minute;
    *wait_s = (wait_ms + 999) / 1000;
    return HTTP_OVER_QUOTA;
}
