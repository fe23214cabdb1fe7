#include "common/span.h"
#include "common/arena.h"

#include <stdarg.h>
#include <stdio.h>

bool span_starts(struct span text, struct span with)
{
    return text.len >= with.len && span_equal((struct span){text.at, with.len}, with);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct span span_trim(struct span text)
{
    while (text.len && is_blank(text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

bool span_strip(struct span *text, struct span prefix)
{
    if (!span_starts(*text, prefix))
        return false;
    *text = (struct span){text->at + prefix.len, text->len - prefix.len};
    return true;
}

struct span span_take(struct span *list, char end)
{
    const char *at = list->len ? memchr(list->at, end, list->len) : NULL;
    size_t len = at ? (size_t)(at - list->at) : list->len, used = len + (at != NULL);
    struct span taken = {list->at, len};

    *list = (struct span){list->at + used, list->len - used};
    return span_trim(taken);
}

int span_compare(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.at, b.at, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

int span_order(const void *left, const void *right)
{
    return span_compare(*(const struct span *)left, *(const struct span *)right);
}

char *span_string(struct span text, struct arena *mem)
{
    char *copy = arena_take(mem, text.len + 1);

    if (text.len)
        memcpy(copy, text.at, text.len);
    copy[text.len] = 0;
    return copy;
}

struct span span_keep(struct span text, struct arena *mem)
{
    return (struct span){span_string(text, mem), text.len};
}

struct span span_format(struct arena *mem, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *at = arena_take(mem, (size_t)len + 1);
    va_start(args, fmt);
    vsnprintf(at, (size_t)len + 1, fmt, args);
    va_end(args);
    return (struct span){at, (size_t)len};
}

struct span span_joined(struct arena *mem, struct span a, struct span b, struct span c)
{
    char *at = arena_take(mem, a.len + b.len + c.len + 1);

    if (a.len)
        memcpy(at, a.at, a.len);
    if (b.len)
        memcpy(at + a.len, b.at, b.len);
    if (c.len)
        memcpy(at + a.len + b.len, c.at, c.len);
    return (struct span){at, a.len + b.len + c.len};
}
