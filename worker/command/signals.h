/* signals: how a process that runs lanes is asked to stop, and how it stops. */
#pragma once

#include "worker/worker.h"

#include <stdint.h>

/* Blocked in every thread that starts after it; read from the descriptor instead. -1, kind ERR_WORK: none can be had,
 * and nothing is blocked. */
int signals_take(struct err *err);

/* The signal that came; 0 when a lane ended or the time is up. `ended` may be -1: there are no lanes. */
int signals_wait(int signals, int ended, int64_t timeout_ms);

/* Waits until all lanes have ended after they were asked to. What is not committed in time is not
 * lost: its transaction is never seen, and the next owner reads the posts again. */
void worker_drain(struct worker *worker, int signals, int64_t timeout_ms);
