#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static atomic_int threshold = LOG_INFO;

void log_threshold(enum log_level least)
{
    atomic_store(&threshold, least);
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    char line[4096], when[32];
    struct timespec now;
    struct tm tm;
    va_list args;

    if ((int)level < atomic_load(&threshold))
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    /* One call, so that lines of several threads never mix. */
    fprintf(stderr, "time=%s.%03ldZ level=%s event=%s%s%s\n", when, now.tv_nsec / 1000000, names[level],
            event, *line ? " " : "", line);
}

const char *log_quote(const char *text)
{
    enum { SLOTS = 8, SIZE = 1024 };
    static _Thread_local char slots[SLOTS][SIZE];
    static _Thread_local unsigned turn;
    char *out = slots[turn++ % SLOTS];
    size_t len = 0;

    out[len++] = '"';
    for (; *text && len < SIZE - 4; text++) {
        if (*text == '"' || *text == '\\')
            out[len++] = '\\';
        out[len++] = (unsigned char)*text < 0x20 ? ' ' : *text;
    }
    out[len++] = '"';
    out[len] = 0;
    return out;
}
