/* librdkafka starts its threads by C11's thrd_create, which the thread sanitizer does not see. Linked
 * into a program of that build, these take its place and go through pthreads, which it does. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct start {
    thrd_start_t run;
    void *arg;
};

static void *run(void *arg)
{
    struct start start = *(struct start *)arg;

    free(arg);
    return (void *)(intptr_t)start.run(start.arg);
}

int thrd_create(thrd_t *thread, thrd_start_t function, void *arg)
{
    struct start *start = malloc(sizeof *start);

    if (!start)
        return thrd_nomem;
    *start = (struct start){function, arg};
    if (pthread_create(thread, NULL, run, start) == 0)
        return thrd_success;
    free(start);
    return thrd_error;
}

int thrd_join(thrd_t thread, int *result)
{
    void *got;

    if (pthread_join(thread, &got) != 0)
        return thrd_error;
    if (result)
        *result = (int)(intptr_t)got;
    return thrd_success;
}
