/* buf: bytes that grow at their end, in an arena. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stdint.h>
#include <string.h>

struct buf {
    struct arena *mem;
    char *at;
    size_t len, cap;
};

void buf_reserve(struct buf *buf, size_t more); /* room for more bytes after len */

static inline struct buf buf_in(struct arena *mem)
{
    return (struct buf){mem, NULL, 0, 0};
}

static inline struct span buf_span(const struct buf *buf)
{
    return (struct span){buf->at, buf->len};
}

static inline void buf_put(struct buf *buf, struct span bytes)
{
    if (buf->cap - buf->len < bytes.len)
        buf_reserve(buf, bytes.len);
    if (bytes.len)
        memcpy(buf->at + buf->len, bytes.at, bytes.len);
    buf->len += bytes.len;
}

static inline void buf_char(struct buf *buf, char c)
{
    if (buf->cap == buf->len)
        buf_reserve(buf, 1);
    buf->at[buf->len++] = c;
}

void buf_int(struct buf *buf, int64_t value); /* in decimal */
void buf_format(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
