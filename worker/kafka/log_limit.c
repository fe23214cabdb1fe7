#include "worker/kafka/log_limit.h"
#include "common/time.h"

#include <string.h>

void quiet_open(struct quiet *quiet)
{
    memset(quiet->slots, 0, sizeof quiet->slots);
    pthread_mutex_init(&quiet->lock, NULL);
}

void quiet_close(struct quiet *quiet)
{
    pthread_mutex_destroy(&quiet->lock);
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
static size_t slot_of(const struct quiet *quiet, uint64_t what)
{
    size_t oldest = 0;

    for (size_t i = 0; i < QUIET_SLOTS; i++) {
        if (quiet->slots[i].what == what)
            return i;
        if (quiet->slots[i].since_ms < quiet->slots[oldest].since_ms)
            oldest = i;
    }
    return oldest;
}

static bool lets(struct quiet *quiet, uint64_t what, int64_t now_ms, size_t *hidden)
{
    size_t slot = slot_of(quiet, what);
    bool known = quiet->slots[slot].what == what;

    if (known && now_ms - quiet->slots[slot].since_ms < QUIET_MS) {
        quiet->slots[slot].hidden++;
        return false;
    }
    *hidden = known ? quiet->slots[slot].hidden : 0;
    quiet->slots[slot].what = what;
    quiet->slots[slot].since_ms = now_ms;
    quiet->slots[slot].hidden = 0;
    return true;
}

bool quiet_lets(struct quiet *quiet, const char *kind, const char *text, size_t *hidden)
{
    uint64_t what = hash(hash(14695981039346656037u, kind), text);

    pthread_mutex_lock(&quiet->lock);
    bool yes = lets(quiet, what, time_steady_ms(), hidden);
    pthread_mutex_unlock(&quiet->lock);
    return yes;
}
