#include "worker/file_port.h"
#include "common/base64.h"
#include "common/err.h"
#include "common/json.h"
#include "common/utf8.h"
#include "worker/route/route.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* A batch is what one read brings: so little that what comes of it stays in the CPU's caches. */
enum {
    READ_BYTES = 64 * 1024,
    WRITE_BYTES = 64 * 1024,
    LINE_ROOM = 64 * 1024 /* that a line may have beyond a post's */
};

struct pipe {
    struct port port;
    struct file_port_files files;
    const struct input *input;
    char *bytes; /* read, not given out yet: [from, len) */
    size_t from, len, cap;
    size_t line_max;           /* bytes of a line that are kept */
    size_t searched, left_out; /* of the unfinished line: bytes without a line end; bytes that were not kept */
    int64_t line;
    struct arena *mem;   /* of what was polled */
    struct batch polled; /* given out again, but for what was delivered, before more is read */
    size_t delivered;
    bool ended;
};

static struct pipe *pipe_of(struct port *port)
{
    return (struct pipe *)port;
}

static void make_room(struct pipe *pipe)
{
    if (pipe->from) {
        memmove(pipe->bytes, pipe->bytes + pipe->from, pipe->len - pipe->from);
        pipe->len -= pipe->from;
        pipe->from = 0;
    }
    if (pipe->cap - pipe->len >= READ_BYTES)
        return;
    pipe->cap = pipe->cap * 2 + READ_BYTES;
    pipe->bytes = realloc(pipe->bytes, pipe->cap);
    if (!pipe->bytes)
        out_of_memory();
}

static bool fill(struct pipe *pipe, struct err *err)
{
    ssize_t got;

    make_room(pipe);
    do
        got = read(pipe->files.in, pipe->bytes + pipe->len, READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return fail(err, ERR_WORK, "the input cannot be read: %s", strerror(errno));
    pipe->ended = got == 0;
    pipe->len += (size_t)got;
    return true;
}

/* Forgets what an unfinished line has beyond the most that is kept of one, but for a byte, which says where a code
 * point ends. */
static void cut_line(struct pipe *pipe)
{
    size_t left = pipe->len - pipe->from, most = pipe->line_max + 1;

    if (left <= most)
        return;
    pipe->left_out += left - most;
    pipe->len = pipe->from + most;
}

struct line_read {
    struct span text; /* without its end */
    size_t left_out;
};

/* The next whole line; the last one may have no end. No byte is searched twice. */
static bool take_line(struct pipe *pipe, struct line_read *line)
{
    char *start = pipe->bytes + pipe->from;
    size_t left = pipe->len - pipe->from;
    const char *end = left > pipe->searched ? memchr(start + pipe->searched, '\n', left - pipe->searched) : NULL;

    if (!end && (!pipe->ended || !left)) {
        cut_line(pipe);
        pipe->searched = pipe->len - pipe->from;
        return false;
    }
    struct span text = {start, end ? (size_t)(end - start) : left};
    pipe->from += text.len + (end != NULL);
    pipe->line++;
    if (text.len && text.at[text.len - 1] == '\r')
        text.len--;
    line->text = utf8_cut(text, pipe->line_max);
    line->left_out = pipe->left_out + text.len - line->text.len;
    pipe->searched = pipe->left_out = 0;
    return true;
}

static void add_message(struct pipe *pipe, size_t *cap, const struct line_read *line)
{
    struct batch *batch = &pipe->polled;

    batch->at = arena_room(pipe->mem, batch->at, batch->len, cap, sizeof *batch->at);
    batch->at[batch->len++] = (struct message){
        .input = pipe->input,
        .value = line->text,
        .partition = -1,
        .offset = pipe->line,
        .timestamp_ms = TIME_UNKNOWN,
        .left_out = line->left_out,
    };
}

static bool read_lines(struct pipe *pipe, struct err *err)
{
    struct line_read line;
    size_t cap = 0;

    arena_reset(pipe->mem);
    pipe->polled = (struct batch){0};
    pipe->delivered = 0;
    if (!fill(pipe, err))
        return false;
    while (take_line(pipe, &line))
        if (span_trim(line.text).len || line.left_out)
            add_message(pipe, &cap, &line);
    return true;
}

static bool poll(struct port *port, struct arena *mem, struct batch *batch, struct err *err)
{
    struct pipe *pipe = pipe_of(port);

    (void)mem;
    if (pipe->delivered == pipe->polled.len && !read_lines(pipe, err))
        return false;
    *batch = (struct batch){.len = pipe->polled.len - pipe->delivered, .ended = pipe->ended};
    if (batch->len)
        batch->at = pipe->polled.at + pipe->delivered;
    return true;
}

static void write_key(struct buf *out, struct span key)
{
    if (key.at)
        json_write_string(out, key);
    else
        buf_put(out, SPAN("null"));
}

static void write_record(const struct pipe *pipe, const struct record *record, struct buf *out)
{
    if (!pipe->files.as_records) {
        if (!record->value.at)
            return;
        buf_put(out, record->value);
        buf_char(out, '\n');
        return;
    }
    buf_put(out, SPAN("{\"topic\":"));
    json_write_string(out, record->route->topic);
    buf_put(out, SPAN(",\"key\":"));
    write_key(out, record->key);
    buf_put(out, SPAN(",\"headers\":{},\"value\":"));
    buf_put(out, record->value.at ? record->value : SPAN("null"));
    buf_put(out, SPAN("}\n"));
}

static void write_dead(const struct dead *dead, struct buf *out)
{
    buf_put(out, SPAN("{\"fault\":"));
    json_write_string(out, span_of(fault_names[dead->fault]));
    buf_put(out, SPAN(",\"message\":"));
    json_write_string(out, dead->why);
    buf_put(out, SPAN(",\"line\":"));
    buf_int(out, dead->from->offset);
    if (dead->from->part)
        buf_format(out, ",\"index\":%zu", dead->from->part - 1);
    if (dead->from->left_out)
        buf_format(out, ",\"cut\":\"value: %zu of %zu bytes\"", dead->from->value.len,
                   dead->from->value.len + dead->from->left_out);
    if (utf8_valid(dead->from->value)) {
        buf_put(out, SPAN(",\"value\":"));
        json_write_string(out, dead->from->value);
    } else {
        buf_put(out, SPAN(",\"value_base64\":\""));
        buf_base64(out, dead->from->value);
        buf_char(out, '"');
    }
    buf_put(out, SPAN("}\n"));
}

static void print_dead(const struct dead *dead)
{
    fprintf(stderr, "line %lld", (long long)dead->from->offset);
    if (dead->from->part)
        fprintf(stderr, ", post %zu", dead->from->part);
    fprintf(stderr, ": %s: %.*s\n", fault_names[dead->fault], SPAN_ARGS(dead->why));
}

static void bury(const struct pipe *pipe, const struct outbox *out)
{
    struct buf lines = buf_in(out->mem);

    for (size_t i = 0; i < out->dead_len; i++) {
        const struct dead *dead = &out->dead[i];

        if (pipe->files.dead)
            write_dead(dead, &lines);
        else
            print_dead(dead);
    }
    if (lines.len)
        fwrite(lines.at, 1, lines.len, pipe->files.dead);
}

static bool flush(FILE *file, const char *what, struct err *err)
{
    if (!file || (fflush(file) == 0 && !ferror(file)))
        return true;
    return fail(err, ERR_WORK, "%s cannot be written: %s", what, strerror(errno));
}

static bool deliver(struct port *port, const struct batch *batch, const struct outbox *out, struct err *err)
{
    struct pipe *pipe = pipe_of(port);
    struct buf lines = buf_in(out->mem);

    pipe->delivered += batch->len;
    if (out->progress.posts)
        pipe->polled.at[pipe->delivered].progress = out->progress;
    for (size_t i = 0; i < out->records_len; i++) {
        write_record(pipe, &out->records[i], &lines);
        if (lines.len >= WRITE_BYTES || i + 1 == out->records_len) {
            fwrite(lines.at, 1, lines.len, pipe->files.out);
            lines.len = 0;
        }
    }
    bury(pipe, out);
    return flush(pipe->files.out, "the output", err) && flush(pipe->files.dead, "the file of dead letters", err);
}

static bool drain(struct port *port, struct err *err)
{
    (void)port;
    (void)err;
    return true; /* each batch was flushed */
}

static void close_pipe(struct port *port)
{
    struct pipe *pipe = pipe_of(port);

    arena_free(pipe->mem);
    free(pipe->bytes);
    free(pipe);
}

static const struct port_ops ops = {poll, deliver, drain, close_pipe};

struct port *file_port_open(struct file_port_files files, const struct input *input, int64_t post_bytes)
{
    struct pipe *pipe = calloc(1, sizeof *pipe);

    if (!pipe)
        out_of_memory();
    *pipe = (struct pipe){
        .port = {&ops}, .files = files, .input = input, .line_max = (size_t)post_bytes + LINE_ROOM, .mem = arena_new()};
    return &pipe->port;
}
