#include "common/threads.h"

#include <pthread.h>
#include <string.h>

enum { MOST = 4096, STACK_BYTES = 256 * 1024 };

/* Each waits here until all have started. */
static void *wait_for_all(void *gate)
{
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

bool threads_have_room(int count, struct err *err)
{
    pthread_t threads[MOST];
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_attr_t small;
    int started = 0, code = 0;

    count = count < MOST ? count : MOST;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK_BYTES);
    pthread_mutex_lock(&gate);
    while (started < count && !(code = pthread_create(&threads[started], &small, wait_for_all, &gate)))
        started++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&small);
    pthread_mutex_destroy(&gate);
    return !code
           || fail(err, ERR_WORK,
                   "%d threads are needed and the system gives %d: %s; raise its limit (ulimit -u, "
                   "pids.max)",
                   count, started, strerror(code));
}

void cond_open_steady(pthread_cond_t *cond)
{
    pthread_condattr_t steady;

    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &steady);
    pthread_condattr_destroy(&steady);
}

struct timespec steady_in_ms(int ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    return until;
}
