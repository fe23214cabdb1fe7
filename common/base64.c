#include "common/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static unsigned byte_at(struct span bytes, size_t i)
{
    return i < bytes.len ? (unsigned char)bytes.at[i] : 0;
}

void buf_base64(struct buf *buf, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        unsigned group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);

        buf_char(buf, digits[group >> 18]);
        buf_char(buf, digits[group >> 12 & 63]);
        buf_char(buf, i + 1 < bytes.len ? digits[group >> 6 & 63] : '=');
        buf_char(buf, i + 2 < bytes.len ? digits[group & 63] : '=');
    }
}
