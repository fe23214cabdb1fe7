#include "common/err.h"
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
    err->kind = kind; /* after formatting: the arguments may be err's own text */
    memcpy(err->text, text, sizeof text);
    return false;
}

/* log_event would take memory. */
static void tell_plainly(void)
{
    struct span line = log_is_json() ? SPAN("{\"level\":\"error\",\"event\":\"out-of-memory\"}\n")
                                     : SPAN("level=error event=out-of-memory\n");

    if (write(STDERR_FILENO, line.at, line.len) < 0)
        return;
}

static void (*teller)(void) = tell_plainly;

void out_of_memory_tells(void (*tell)(void))
{
    teller = tell;
}

void out_of_memory(void)
{
    teller();
    _exit(ERR_WORK);
}

bool errno_is_lack(int code)
{
    switch (code) {
    case EAGAIN:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC: return true;
    default: return false;
    }
}
