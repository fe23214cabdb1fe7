#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool fail(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    char text[sizeof err->text];
    va_list args;

    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (len >= (int)sizeof text) {
        size_t end = sizeof text - 1;

        while (end && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
            end--;
        text[end ? end - 1 : 0] = 0;
    }
    err->kind = kind;                  /* after formatting: the arguments may be err's own text */
    memcpy(err->text, text, sizeof text);
    return false;
}
