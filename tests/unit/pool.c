#include "common/pool.h"
#include "tests/unit/test.h"

#include <pthread.h>

struct task {
    struct pool_job job;
    bool was_done, was_dropped;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void run(struct pool_job *job)
{
    struct task *task = (struct task *)job;

    pthread_mutex_lock(&gate);
    task->was_done = !job->is_dropped;
    task->was_dropped = job->is_dropped;
    pthread_mutex_unlock(&gate);
}

TEST(each_job_is_run_once_and_those_that_find_no_place_are_not)
{
    struct err err = {0};
    struct task tasks[8] = {0};
    struct pool *pool = pool_open(2, 4, &err);
    int put = 0, ended = 0;

    CHECK(pool);
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 8; i++) {
        tasks[i].job.run = run;
        put += pool_put(pool, &tasks[i].job);
    }
    CHECK(put >= 4 && put <= 6); /* two may have been taken by the threads, which wait at the gate */
    pthread_mutex_unlock(&gate);
    pool_close(pool);
    for (int i = 0; i < 8; i++)
        ended += tasks[i].was_done + tasks[i].was_dropped;
    CHECK(ended == put);
}

TEST(a_pool_without_jobs_closes)
{
    struct err err = {0};

    pool_close(pool_open(3, 1, &err));
    pool_close(NULL);
}
