/* threads: whether the system lets us have some.
 *
 * librdkafka 2.0.2 starts threads of its own and, where it gets none, ends the process by an assertion, hangs or says
 * that brokers do not answer. So we ask before. */
#pragma once

#include "common/err.h"

/* Starts so many threads at once and ends them. False, kind ERR_WORK: there is no room for them (ulimit -u, a cgroup's
 * pids.max, memory). What is there now may be gone a moment later. */
bool threads_have_room(int count, struct err *err);
