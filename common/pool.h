/* pool: a few threads that do jobs in the order in which they come, with a bound on how many wait. */
#pragma once

#include "common/err.h"

#include <stdbool.h>

struct pool;

/* The first member of what a job is about. It belongs to the pool from pool_put until run is called. */
struct pool_job {
    void (*run)(struct pool_job *job); /* on one of the threads; once, whatever happens */
    bool is_dropped;                   /* the pool closed before its turn: run ends it without doing it */
    struct pool_job *next;             /* the pool's own */
};

/* So many threads, and so many jobs that may wait for them. NULL, kind ERR_WORK: no thread can be had. */
struct pool *pool_open(int threads, int waiting_max, struct err *err);

/* False, and the job stays the caller's: too many wait, or the pool closes. */
bool pool_put(struct pool *pool, struct pool_job *job);

/* Waits for the jobs that run; those that wait are dropped. Takes NULL. */
void pool_close(struct pool *pool);
