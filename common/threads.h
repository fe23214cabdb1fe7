/* threads: whether the system lets us have some.
 *
 * librdkafka 2.0.2 starts threads of its own and, where it gets none, ends the process by an assertion, hangs or says
 * that brokers do not answer. So we ask before. */
#pragma once

#include "common/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* Starts so many threads at once and ends them. False, kind ERR_WORK: there is no room for them (ulimit -u, a cgroup's
 * pids.max, memory). What is there now may be gone a moment later. */
bool threads_have_room(int count, struct err *err);

/* A condition whose timed waits go by the steady clock. */
void cond_open_steady(pthread_cond_t *cond);
struct timespec steady_in_ms(int ms); /* a point in time for such a wait */
