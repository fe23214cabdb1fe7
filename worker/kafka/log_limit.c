#include "worker/kafka/log_limit.h"
#include "common/time.h"

#include <string.h>

void log_limit_open(struct log_limit *log_limit)
{
    memset(log_limit->slots, 0, sizeof log_limit->slots);
    pthread_mutex_init(&log_limit->lock, NULL);
}

void log_limit_close(struct log_limit *log_limit)
{
    pthread_mutex_destroy(&log_limit->lock);
}

/* FNV-1a; two lines with one hash would only share a silence. */
static uint64_t hash(uint64_t sum, const char *text)
{
    for (; *text; text++)
        if (*text < '0' || *text > '9')
            sum = (sum ^ (unsigned char)*text) * 1099511628211u;
    return sum;
}

/* The slot of `what`, else the one that has been silent for longest. */
static size_t line_slot(const struct log_limit *log_limit, uint64_t what)
{
    size_t oldest = 0;

    for (size_t i = 0; i < QUIET_SLOTS; i++) {
        if (log_limit->slots[i].what == what)
            return i;
        if (log_limit->slots[i].since_ms < log_limit->slots[oldest].since_ms)
            oldest = i;
    }
    return oldest;
}

static bool lets(struct log_limit *log_limit, uint64_t what, int64_t now_ms, size_t *hidden)
{
    size_t slot = line_slot(log_limit, what);
    bool known = log_limit->slots[slot].what == what;

    if (known && now_ms - log_limit->slots[slot].since_ms < QUIET_MS) {
        log_limit->slots[slot].hidden++;
        return false;
    }
    *hidden = known ? log_limit->slots[slot].hidden : 0;
    log_limit->slots[slot].what = what;
    log_limit->slots[slot].since_ms = now_ms;
    log_limit->slots[slot].hidden = 0;
    return true;
}

bool log_limit_lets(struct log_limit *log_limit, const char *kind, const char *text, size_t *hidden)
{
    uint64_t what = hash(hash(14695981039346656037u, kind), text);

    pthread_mutex_lock(&log_limit->lock);
    bool yes = lets(log_limit, what, time_steady_ms(), hidden);
    pthread_mutex_unlock(&log_limit->lock);
    return yes;
}
