#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>

void buf_reserve(struct buf *buf, size_t more)
{
    size_t cap = buf->cap ? buf->cap * 2 : 256;

    if (buf->cap - buf->len >= more)
        return;
    while (cap < buf->len + more)
        cap *= 2;
    buf->at = arena_grow(buf->mem, buf->at, buf->cap, cap);
    buf->cap = cap;
}

void buf_int(struct buf *buf, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0)
        digits[--at] = '-';
    buf_put(buf, (struct span){digits + at, sizeof digits - at});
}

void buf_format(struct buf *buf, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    buf_reserve(buf, (size_t)len + 1);
    va_start(args, fmt);
    vsnprintf(buf->at + buf->len, (size_t)len + 1, fmt, args);
    va_end(args);
    buf->len += (size_t)len;
}
