/* clock_shift: for LD_PRELOAD; a process that runs with it has a clock that is CLOCK_SHIFT_S seconds early, or late where
 * that is negative. Steady clocks stay as they are. By system calls alone, so that it works beside sanitizers too. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift_s(void)
{
    const char *text = getenv("CLOCK_SHIFT_S");

    return text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int code = (int)syscall(SYS_clock_gettime, clock, now);

    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        now->tv_sec += shift_s();
    return code;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    int code = clock_gettime(CLOCK_REALTIME, &precise);

    (void)zone;
    *now = (struct timeval){precise.tv_sec, precise.tv_nsec / 1000};
    return code;
}

enum { FIRST_REAL_S = 1000000000 };     /* no steady clock is that late */

/* A deadline that was made of the shifted clock must mean the same to the kernel. */
int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    struct timespec real, at = *until;

    if (at.tv_sec < FIRST_REAL_S)
        return pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, &at);
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &real);
    if (labs(at.tv_sec - shift_s() - real.tv_sec) < labs(at.tv_sec - real.tv_sec))
        at.tv_sec -= shift_s();
    return pthread_cond_clockwait(cond, mutex, CLOCK_REALTIME, &at);
}

time_t time(time_t *out)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
