#include "worker/crash.h"
#include "common/err.h"
#include "common/log.h"
#include "worker/decode/input.h"

#include <signal.h>
#include <unistd.h>

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { SIGNALS = sizeof signals / sizeof *signals };

static struct sigaction before[SIGNALS];
static _Thread_local struct current_post own;
static _Thread_local struct current_post *current; /* NULL: own */

/* A line made of calls that are safe in a signal handler. */
struct crash_line {
    char text[512];
    size_t len;
};

static void put_bytes(struct crash_line *line, struct span text)
{
    for (size_t i = 0; i < text.len && line->len < sizeof line->text; i++)
        line->text[line->len++] = text.at[i];
}

static void put_number(struct crash_line *line, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    for (; at == sizeof digits || value > 0; value /= 10)
        digits[--at] = (char)('0' + value % 10);
    put_bytes(line, (struct span){digits + at, sizeof digits - at});
}

static struct current_post *current_post(void)
{
    return current ? current : &own;
}

/* Of this thread, which cannot be within a write of another post than it dies at. */
static struct post_place place_here(void)
{
    const struct current_post *post = current_post();

    return (struct post_place){atomic_load_explicit(&post->input, memory_order_relaxed),
                               atomic_load_explicit(&post->partition, memory_order_relaxed),
                               atomic_load_explicit(&post->offset, memory_order_relaxed)};
}

/* What was done with it is unknown: the post may be the cause, or just be there. */
static void put_post(struct crash_line *line, const struct post_place *place, bool json)
{
    if (!place->input)
        return;
    put_bytes(line, json ? SPAN(",\"post\":\"") : SPAN(" post="));
    put_bytes(line, place->input->topic);
    put_bytes(line, SPAN("/"));
    put_number(line, place->partition < 0 ? 0 : place->partition);
    put_bytes(line, SPAN("/"));
    put_number(line, place->offset);
    put_bytes(line, json ? SPAN("\"") : SPAN(""));
}

static void write_out(struct crash_line *line, bool json)
{
    const struct post_place place = place_here();

    put_post(line, &place, json);
    put_bytes(line, json ? SPAN("}\n") : SPAN("\n"));
    if (write(STDERR_FILENO, line->text, line->len) < 0)
        return;
}

static void write_crash(int signal)
{
    struct crash_line line = {.len = 0};
    bool json = log_is_json();

    put_bytes(&line, json ? SPAN("{\"level\":\"error\",\"event\":\"crash\",\"signal\":")
                          : SPAN("level=error event=crash signal="));
    put_number(&line, signal);
    write_out(&line, json);
}

static void tell_out_of_memory(void)
{
    struct crash_line line = {.len = 0};
    bool json = log_is_json();

    put_bytes(&line, json ? SPAN("{\"level\":\"error\",\"event\":\"out-of-memory\"")
                          : SPAN("level=error event=out-of-memory"));
    write_out(&line, json);
}

static void handle(int signal)
{
    write_crash(signal);
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    raise(signal); /* delivered when this handler returns */
}

void crash_install(void)
{
    struct sigaction action = {.sa_handler = handle};

    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, &before[i]);
    out_of_memory_tells(tell_out_of_memory);
}

void crash_keep_current(struct current_post *post)
{
    current = post;
}

/* Each store is a release and each load of a reader an acquire: one that sees a part of this write sees that it began.
 */
void crash_current(const struct message *message)
{
    struct current_post *post = current_post();
    size_t writes = atomic_load_explicit(&post->writes, memory_order_relaxed);

    atomic_store_explicit(&post->writes, writes + 1, memory_order_relaxed);
    atomic_store_explicit(&post->input, message ? message->input : NULL, memory_order_release);
    if (message) {
        atomic_store_explicit(&post->partition, message->partition, memory_order_release);
        atomic_store_explicit(&post->offset, message->offset, memory_order_release);
    }
    atomic_store_explicit(&post->writes, writes + 2, memory_order_release);
}

struct post_place crash_place(const struct current_post *post)
{
    size_t writes = atomic_load_explicit(&post->writes, memory_order_acquire);
    struct post_place place = {atomic_load_explicit(&post->input, memory_order_acquire),
                               atomic_load_explicit(&post->partition, memory_order_acquire),
                               atomic_load_explicit(&post->offset, memory_order_acquire)};

    if (writes % 2 || atomic_load_explicit(&post->writes, memory_order_relaxed) != writes)
        return (struct post_place){0};
    return place;
}
