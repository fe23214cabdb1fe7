/* Stands for a bug in an enricher: it burns time, or has the process killed as the kernel does for its memory. Preloaded
 * before Vectorscan: texts say what is to happen. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

/* The number at the place, in a text that no NUL ends. */
static int number(const char *at, const char *end)
{
    int value = 0;

    for (; at < end && *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (*at - '0');
    return value;
}

/* "stall-33" takes 33 s, "spin-500" 500 ms of CPU time. */
int hs_scan(const void *rules, const char *text, unsigned len, unsigned flags, void *scratch, void *call, void *context)
{
    int (*next)(const void *, const char *, unsigned, unsigned, void *, void *, void *) = dlsym(RTLD_NEXT, "hs_scan");
    const char *stall = memmem(text, len, "stall-", 6), *spin = memmem(text, len, "spin-", 5);
    double until = stall ? now(CLOCK_MONOTONIC) + number(stall + 6, text + len) : now(CLOCK_THREAD_CPUTIME_ID) + (spin ? number(spin + 5, text + len) / 1e3 : 0);

    if (memmem(text, len, "swell", 5))
        kill(getpid(), SIGKILL);
    while (now(stall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID) < until)
        continue;
    return next(rules, text, len, flags, scratch, call, context);
}
