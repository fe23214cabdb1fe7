#include "worker/crash.h"
#include "common/log.h"
#include "worker/decode/input.h"

#include <signal.h>
#include <unistd.h>

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { SIGNALS = sizeof signals / sizeof *signals };

static struct sigaction before[SIGNALS];
static _Thread_local const struct message *at_hand;

/* A line made of calls that are safe in a signal handler. */
struct line {
    char text[512];
    size_t len;
};

static void put(struct line *line, struct span text)
{
    for (size_t i = 0; i < text.len && line->len < sizeof line->text; i++)
        line->text[line->len++] = text.at[i];
}

static void put_number(struct line *line, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    for (; at == sizeof digits || value > 0; value /= 10)
        digits[--at] = (char)('0' + value % 10);
    put(line, (struct span){digits + at, sizeof digits - at});
}

static void write_line(int signal)
{
    const struct message *message = at_hand;
    struct line line = {.len = 0};
    bool json = log_is_json();

    put(&line, json ? SPAN("{\"level\":\"error\",\"event\":\"crash\",\"signal\":")
                    : SPAN("level=error event=crash signal="));
    put_number(&line, signal);
    if (message) {
        put(&line, json ? SPAN(",\"post\":\"") : SPAN(" post="));
        put(&line, message->input->topic);
        put(&line, SPAN("/"));
        put_number(&line, message->partition < 0 ? 0 : message->partition);
        put(&line, SPAN("/"));
        put_number(&line, message->offset);
        put(&line, json ? SPAN("\"") : SPAN(""));
    }
    put(&line, json ? SPAN("}\n") : SPAN("\n"));
    if (write(STDERR_FILENO, line.text, line.len) < 0)
        return;
}

static void handle(int signal)
{
    write_line(signal);
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    raise(signal);                      /* delivered when this handler returns */
}

void crash_install(void)
{
    struct sigaction action = {.sa_handler = handle};

    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, &before[i]);
}

void crash_at_hand(const struct message *message)
{
    at_hand = message;
}
