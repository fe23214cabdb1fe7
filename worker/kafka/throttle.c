#include "worker/kafka/throttle.h"
#include "common/err.h"
#include "common/settings.h"
#include "common/time.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    BATCHES_A_SECOND = 10,
    POST_BYTES = 1024,                  /* a usual post, where bytes are counted */
};

struct pace {
    pthread_mutex_t lock;
    int64_t per_second;
    bool counts_bytes;
    int64_t free_at_us;                 /* on the steady clock: when all that was read is paid for */
};

static const struct {
    const char *name;
    int64_t of_base;
} units[] = {{"kB/s", 1000}, {"MB/s", 1000000}, {"GB/s", 1000000000}};

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

struct pace *pace_new(struct span text, struct err *err)
{
    int64_t per_second;
    bool counts_bytes;

    if (!read_rate(text, &per_second, &counts_bytes)) {
        fail(err, ERR_CONFIG, "--rate \"%.*s\": expected posts a second such as 500, or bytes such as 200kB/s or 5MB/s",
             SPAN_ARGS(text));
        return NULL;
    }
    struct pace *pace = calloc(1, sizeof *pace);
    if (!pace)
        out_of_memory();
    *pace = (struct pace){.per_second = per_second, .counts_bytes = counts_bytes};
    pthread_mutex_init(&pace->lock, NULL);
    return pace;
}

void pace_free(struct pace *pace)
{
    if (!pace)
        return;
    pthread_mutex_destroy(&pace->lock);
    free(pace);
}

int64_t pace_take(struct pace *pace, int64_t posts, int64_t bytes)
{
    int64_t now_us = time_steady_ms() * 1000;
    double seconds = (double)(pace->counts_bytes ? bytes : posts) / (double)pace->per_second;

    pthread_mutex_lock(&pace->lock);
    if (pace->free_at_us < now_us)
        pace->free_at_us = now_us;
    pace->free_at_us += (int64_t)(seconds * 1e6);
    int64_t rest_us = pace->free_at_us - now_us;
    pthread_mutex_unlock(&pace->lock);
    return rest_us / 1000;
}

size_t pace_batch(const struct pace *pace, size_t most)
{
    int64_t posts = (pace->counts_bytes ? pace->per_second / POST_BYTES : pace->per_second) / BATCHES_A_SECOND;

    return posts < 1 ? 1 : posts < (int64_t)most ? (size_t)posts : most;
}
