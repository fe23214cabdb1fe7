#include "common/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct pool_job *first, **last;
    int waiting, waiting_max;
    bool closes;
    int threads_len;
    pthread_t threads[];
};

/* NULL: the pool closes, and none waits any more. */
static struct pool_job *take_job(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->closes)
        pthread_cond_wait(&pool->changed, &pool->lock);
    struct pool_job *job = pool->first;
    if (job) {
        pool->first = job->next;
        pool->last = pool->first ? pool->last : &pool->first;
        pool->waiting--;
        job->is_dropped = pool->closes;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *do_jobs(void *context)
{
    struct pool_job *job;

    while ((job = take_job(context)))
        job->run(job);
    return NULL;
}

struct pool *pool_open(int threads, int waiting_max, struct err *err)
{
    struct pool *pool = calloc(1, sizeof *pool + (size_t)threads * sizeof *pool->threads);
    int code = 0;

    if (!pool)
        out_of_memory();
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    pool->last = &pool->first;
    pool->waiting_max = waiting_max;
    while (pool->threads_len < threads
           && !(code = pthread_create(&pool->threads[pool->threads_len], NULL, do_jobs, pool)))
        pool->threads_len++;
    if (!code)
        return pool;
    pool_close(pool);
    fail(err, ERR_WORK, "no thread can be started: %s", strerror(code));
    return NULL;
}

bool pool_put(struct pool *pool, struct pool_job *job)
{
    pthread_mutex_lock(&pool->lock);
    bool has_room = pool->waiting < pool->waiting_max && !pool->closes;
    if (has_room) {
        job->next = NULL;
        *pool->last = job;
        pool->last = &job->next;
        pool->waiting++;
        pthread_cond_signal(&pool->changed);
    }
    pthread_mutex_unlock(&pool->lock);
    return has_room;
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closes = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->threads_len; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
