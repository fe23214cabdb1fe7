#include "common/uri.h"
#include "common/hex.h"
#include "common/utf8.h"

#include <string.h>

/* The byte of the escape at the start of the text; -1: it is not one. */
static int escape_value(struct span text)
{
    return text.len >= 3 ? hex_byte(text.at + 1) : -1;
}

void uri_encode(struct buf *out, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.at[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
                        || c == '.' || c == '_' || c == '~';

        if (is_plain)
            buf_char(out, c);
        else
            buf_format(out, "%%%02X", (unsigned char)c);
    }
}

bool uri_decode(struct span text, bool plus_is_blank, struct arena *mem, struct span *out)
{
    char *bytes = arena_take(mem, text.len);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        int byte = (unsigned char)text.at[i];

        if (byte == '%') {
            byte = escape_value((struct span){text.at + i, text.len - i});
            i += 2;
        } else if (byte == '+' && plus_is_blank) {
            byte = ' ';
        }
        if (byte <= 0)
            return false;
        bytes[len++] = (char)byte;
    }
    if (!utf8_valid((struct span){bytes, len}))
        return false;
    *out = (struct span){bytes, len};
    return true;
}

/* Takes what is before the first such byte off the text, and the byte. */
static struct span take_before(struct span *text, char end)
{
    const char *at = text->len ? memchr(text->at, end, text->len) : NULL;
    size_t len = at ? (size_t)(at - text->at) : text->len, used = len + (at != NULL);
    struct span taken = {text->at, len};

    *text = (struct span){text->at + used, text->len - used};
    return taken;
}

static bool is_given(const struct uri_query *query, struct span name)
{
    for (size_t i = 0; i < query->len; i++)
        if (span_equal(query->at[i].name, name))
            return true;
    return false;
}

bool uri_query_read(struct span text, struct arena *mem, struct uri_query *out)
{
    struct uri_query query = {arena_take(mem, URI_PAIRS * sizeof *query.at), 0};

    while (text.len) {
        struct span value = take_before(&text, '&');
        struct uri_pair pair;

        if (!value.len)
            continue;
        struct span name = take_before(&value, '=');
        if (query.len == URI_PAIRS || !uri_decode(name, true, mem, &pair.name)
            || !uri_decode(value, true, mem, &pair.value) || is_given(&query, pair.name))
            return false;
        query.at[query.len++] = pair;
    }
    *out = query;
    return true;
}

struct span uri_query_get(const struct uri_query *query, const char *name)
{
    for (size_t i = 0; i < query->len; i++)
        if (span_equal(query->at[i].name, span_of(name)))
            return query->at[i].value;
    return (struct span){0};
}

const struct uri_pair *uri_query_unknown(const struct uri_query *query, const char *const *names)
{
    for (size_t i = 0; i < query->len; i++) {
        const char *const *name = names;

        while (*name && !span_equal(query->at[i].name, span_of(*name)))
            name++;
        if (!*name)
            return &query->at[i];
    }
    return NULL;
}

/* {…} or {…}.csv, whose *suffix is .csv. */
static bool is_parameter(struct span want, struct span *suffix)
{
    const char *end = want.len > 2 && want.at[0] == '{' ? memchr(want.at, '}', want.len) : NULL;

    if (!end)
        return false;
    *suffix = (struct span){end + 1, want.len - (size_t)(end + 1 - want.at)};
    return true;
}

/* What of the segment is before the suffix, which it ends with; empty: no such segment. */
static struct span before_suffix(struct span segment, struct span suffix)
{
    bool has_suffix = segment.len > suffix.len
                      && span_equal((struct span){segment.at + segment.len - suffix.len, suffix.len}, suffix);

    return (struct span){segment.at, has_suffix ? segment.len - suffix.len : 0};
}

/* A slash and the segment behind it, taken off the path. */
static struct span take_segment(struct span *path)
{
    const char *end = path->len > 1 ? memchr(path->at + 1, '/', path->len - 1) : NULL;
    struct span segment = {path->at + 1, end ? (size_t)(end - path->at - 1) : path->len - 1};

    *path = (struct span){segment.at + segment.len, path->len - 1 - segment.len};
    return segment;
}

enum uri_match uri_match(const char *pattern, struct span path, struct arena *mem, struct span *params)
{
    struct span left = span_of(pattern), suffix;
    enum uri_match found = URI_YES;
    size_t count = 0;

    while (left.len && path.len && left.at[0] == '/' && path.at[0] == '/') {
        struct span want = take_segment(&left), segment = take_segment(&path);

        if (!is_parameter(want, &suffix)) {
            if (!span_equal(want, segment))
                return URI_NO;
            continue;
        }
        struct span value = before_suffix(segment, suffix);
        if (!value.len || count == URI_PARAMS)
            return URI_NO;
        if (!uri_decode(value, false, mem, &params[count++]))
            found = URI_BAD;
    }
    return left.len || path.len ? URI_NO : found;
}
