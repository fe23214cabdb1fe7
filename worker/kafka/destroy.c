#include "worker/kafka/destroy.h"
#include "common/err.h"
#include "common/threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* Shared by two threads; the last one frees it. */
struct closing {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    rd_kafka_t *handle;
    int flags;
    bool leaves; /* the group, first */
    bool done, left_alone;
};

static void closing_free(struct closing *closing)
{
    pthread_cond_destroy(&closing->changed);
    pthread_mutex_destroy(&closing->lock);
    free(closing);
}

static void *run_destroy(void *argument)
{
    struct closing *closing = argument;

    if (closing->leaves)
        rd_kafka_consumer_close(closing->handle);
    rd_kafka_destroy_flags(closing->handle, closing->flags);
    pthread_mutex_lock(&closing->lock);
    bool left_alone = closing->left_alone;
    closing->done = true;
    pthread_cond_signal(&closing->changed);
    pthread_mutex_unlock(&closing->lock);
    if (left_alone)
        closing_free(closing);
    return NULL;
}

static bool wait_until_done(struct closing *closing, int timeout_ms)
{
    struct timespec until = steady_in_ms(timeout_ms);
    int code = 0;

    pthread_mutex_lock(&closing->lock);
    while (!closing->done && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&closing->changed, &closing->lock, &until);
    bool done = closing->done;
    closing->left_alone = !done;
    pthread_mutex_unlock(&closing->lock);
    return done;
}

static struct closing *closing_new(rd_kafka_t *handle, int flags, bool leaves)
{
    struct closing *closing = calloc(1, sizeof *closing);

    if (!closing)
        out_of_memory();
    *closing = (struct closing){.handle = handle, .flags = flags, .leaves = leaves};
    pthread_mutex_init(&closing->lock, NULL);
    cond_open_steady(&closing->changed);
    return closing;
}

static bool destroy(rd_kafka_t *handle, int flags, bool leaves, int timeout_ms)
{
    struct closing *closing = closing_new(handle, flags, leaves);
    pthread_t thread;

    if (pthread_create(&thread, NULL, run_destroy, closing) != 0) {
        run_destroy(closing);
        closing_free(closing);
        return true;
    }
    bool done = wait_until_done(closing, timeout_ms);
    if (!done) {
        pthread_detach(thread);
        return false;
    }
    pthread_join(thread, NULL);
    closing_free(closing);
    return true;
}

bool handle_destroy(rd_kafka_t *handle, int flags, int timeout_ms)
{
    return destroy(handle, flags, false, timeout_ms);
}

bool consumer_destroy(rd_kafka_t *consumer, int timeout_ms)
{
    return destroy(consumer, 0, true, timeout_ms);
}
