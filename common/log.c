#include "common/log.h"
#include "common/json.h"
#include "common/utf8.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static atomic_int threshold = LOG_INFO;
static atomic_int format = LOG_LOGFMT;

void log_threshold(enum log_level least)
{
    atomic_store(&threshold, least);
}

void log_write_as(enum log_format wanted)
{
    atomic_store(&format, wanted);
}

bool log_is_json(void)
{
    return atomic_load(&format) == LOG_JSON;
}

/* --- logfmt to JSON --- */

static bool is_whole_number(struct span text)
{
    size_t digits = text.len && text.at[0] == '-' ? 1 : 0;

    /* JSON knows no leading zeros, and beyond 2^53 most readers lose digits. */
    if (text.len == digits || text.len > digits + 15 || (text.at[digits] == '0' && text.len > digits + 1))
        return false;
    for (size_t i = digits; i < text.len; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return true;
}

/* Writes text as a JSON string; a byte that is no part of well-formed UTF-8 as U+FFFD. */
static void write_clean(struct span text, struct buf *out)
{
    struct buf clean = buf_in(out->mem);

    if (utf8_valid(text)) {
        json_write_string(out, text);
        return;
    }
    for (size_t at = 0, len; at < text.len; at += len) {
        for (len = 4; len > 0 && (len > text.len - at || !utf8_valid((struct span){text.at + at, len})); len--)
            continue;
        buf_put(&clean, len ? (struct span){text.at + at, len} : SPAN("\xEF\xBF\xBD"));
        len += !len;
    }
    json_write_string(out, buf_span(&clean));
}

/* The value that starts at *at, without its quotes and escapes; *at moves behind it. */
static struct span take_value(struct span pairs, size_t *at, struct arena *mem, bool *quoted)
{
    struct buf value = buf_in(mem);

    *quoted = *at < pairs.len && pairs.at[*at] == '"';
    *at += *quoted;
    for (; *at < pairs.len && pairs.at[*at] != (*quoted ? '"' : ' '); ++*at) {
        if (*quoted && pairs.at[*at] == '\\' && *at + 1 < pairs.len)
            ++*at;
        buf_char(&value, pairs.at[*at]);
    }
    *at += *quoted && *at < pairs.len;
    return buf_span(&value);
}

void log_as_json(struct span pairs, struct buf *out)
{
    size_t at = 0;
    bool quoted;

    while (at < pairs.len) {
        const char *equals = memchr(pairs.at + at, '=', pairs.len - at);

        if (!equals)
            return;
        struct span name = {pairs.at + at, (size_t)(equals - pairs.at) - at};
        at += name.len + 1;
        struct span value = take_value(pairs, &at, out->mem, &quoted);
        if (out->len && out->at[out->len - 1] != '{')
            buf_char(out, ',');
        write_clean(name, out);
        buf_char(out, ':');
        if (!quoted && is_whole_number(value))
            buf_put(out, value);
        else
            write_clean(value, out);
        while (at < pairs.len && pairs.at[at] == ' ')
            at++;
    }
}

/* --- a line --- */

/* One call, so that lines of several threads never mix. */
static void write_log_line(const char *line)
{
    if (!log_is_json()) {
        fprintf(stderr, "%s\n", line);
        return;
    }
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);
    buf_char(&out, '{');
    log_as_json(span_of(line), &out);
    buf_put(&out, SPAN("}\n"));
    fwrite(out.at, 1, out.len, stderr);
    arena_free(mem);
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
    int len = snprintf(line, sizeof line, "time=%s.%03ldZ level=%s event=%s%s", when, now.tv_nsec / 1000000,
                       names[level], event, *fmt ? " " : "");
    va_start(args, fmt);
    vsnprintf(line + len, sizeof line - (size_t)len, fmt, args);
    va_end(args);
    write_log_line(line);
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
