#include "worker/kafka/throttle.h"
#include "common/err.h"
#include "common/settings.h"
#include "common/time.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    BATCHES_A_SECOND = 10,
    POST_BYTES = 1024, /* a usual post, where bytes are counted */
};

struct throttle {
    pthread_mutex_t lock;
    int64_t per_second;
    bool counts_bytes;
    int64_t free_at_us; /* on the steady clock: when all that was read is paid for */
};

static const struct {
    const char *name;
    int64_t of_base;
} units[] = {{"kB/s", 1000},     {"MB/s", 1000000},  {"GB/s", 1000000000},
             {"KiB/s", 1 << 10}, {"MiB/s", 1 << 20}, {"GiB/s", 1 << 30}};

static bool read_rate(struct span text, int64_t *per_second, bool *counts_bytes)
{
    *counts_bytes = false;
    if (settings_number(&form_count, text, per_second))
        return *per_second > 0;
    *counts_bytes = true;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct span unit = span_of(units[i].name), digits = {text.at, text.len - unit.len};

        if (text.len > unit.len && span_equal((struct span){text.at + digits.len, unit.len}, unit))
            return settings_number(&form_count, digits, per_second) && *per_second > 0
                   && !__builtin_mul_overflow(*per_second, units[i].of_base, per_second);
    }
    return false;
}

struct throttle *throttle_new(struct span text, struct err *err)
{
    int64_t per_second;
    bool counts_bytes;

    if (!read_rate(text, &per_second, &counts_bytes)) {
        fail(err, ERR_CONFIG,
             "--rate \"%.*s\": expected posts a second such as 500, or bytes such as 200kB/s, 5MB/s or 5MiB/s",
             SPAN_ARGS(text));
        return NULL;
    }
    struct throttle *throttle = calloc(1, sizeof *throttle);
    if (!throttle)
        out_of_memory();
    *throttle = (struct throttle){.per_second = per_second, .counts_bytes = counts_bytes};
    pthread_mutex_init(&throttle->lock, NULL);
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (!throttle)
        return;
    pthread_mutex_destroy(&throttle->lock);
    free(throttle);
}

int64_t throttle_take(struct throttle *throttle, int64_t posts, int64_t bytes)
{
    int64_t now_us = time_steady_ms() * 1000;
    double seconds = (double)(throttle->counts_bytes ? bytes : posts) / (double)throttle->per_second;

    pthread_mutex_lock(&throttle->lock);
    if (throttle->free_at_us < now_us)
        throttle->free_at_us = now_us;
    throttle->free_at_us += (int64_t)(seconds * 1e6);
    int64_t rest_us = throttle->free_at_us - now_us;
    pthread_mutex_unlock(&throttle->lock);
    return rest_us / 1000;
}

size_t throttle_batch(const struct throttle *throttle, size_t most)
{
    int64_t posts =
        (throttle->counts_bytes ? throttle->per_second / POST_BYTES : throttle->per_second) / BATCHES_A_SECOND;

    return posts < 1 ? 1 : posts < (int64_t)most ? (size_t)posts : most;
}
