#include "worker/crash.h"
#include "common/log.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct death {
    char said[4096];
    int status;
};

enum { OUT_OF_MEMORY = 0 }; /* instead of a signal */

/* What a process says that dies by the signal with this message as its current one. */
static struct death die(int signal, const struct message *message)
{
    struct death death = {{0}, 0};
    size_t len = 0;
    ssize_t got;
    int fds[2];

    CHECK(pipe(fds) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        dup2(fds[1], STDERR_FILENO);
        crash_install();
        crash_current(message);
        if (signal == OUT_OF_MEMORY)
            arena_take(scratch(), SIZE_MAX - 64);
        raise(signal);
        _exit(0);
    }
    close(fds[1]);
    while ((got = read(fds[0], death.said + len, sizeof death.said - 1 - len)) > 0)
        len += (size_t)got;
    close(fds[0]);
    waitpid(pid, &death.status, 0);
    return death;
}

TEST(a_crash_names_the_post_at_hand)
{
    struct message message = {.input = &plain_input, .partition = 3, .offset = 9007199254740993};
    struct death death = die(SIGSEGV, &message);

    CHECK_HAS(span_of(death.said), "event=crash signal=11 post=posts.raw/3/9007199254740993\n");
    CHECK(!(WIFEXITED(death.status) && WEXITSTATUS(death.status) == 0));
}

struct worker_thread {
    pthread_t thread;
    struct current_post current;
    struct message messages[2];
    atomic_bool stop;
};

/* From post to post, each with one number in all its places. */
static void *work(void *context)
{
    struct worker_thread *it = context;

    crash_keep_current(&it->current);
    for (size_t i = 0; !atomic_load(&it->stop); i++)
        crash_current(&it->messages[i % 2]);
    return NULL;
}

TEST(another_thread_sees_the_current_post_whole_or_not_at_all)
{
    enum { LOOKS = 200000 };
    static const struct input other_input = {.topic = {"posts.other", 11}};
    struct worker_thread it = {.messages = {{.input = &plain_input, .partition = 1, .offset = 1},
                                            {.input = &other_input, .partition = 2, .offset = 2}}};
    size_t seen[2] = {0};

    CHECK(!crash_place(&it.current).input);
    CHECK(pthread_create(&it.thread, NULL, work, &it) == 0);
    for (int i = 0; i < LOOKS || !seen[0] || !seen[1]; i++) {
        struct post_place place = crash_place(&it.current);

        if (!place.input)
            continue;
        size_t which = place.input == &other_input;
        CHECK(place.partition == (int)which + 1 && place.offset == (int)which + 1);
        seen[which]++;
    }
    atomic_store(&it.stop, true);
    pthread_join(it.thread, NULL);
    crash_current(NULL);
}

TEST(a_crash_is_json_where_the_log_is)
{
    struct message message = {.input = &plain_input, .partition = 3, .offset = 7};

    log_write_as(LOG_JSON);
    struct death death = die(SIGABRT, &message);
    struct death bare = die(SIGABRT, NULL);
    log_write_as(LOG_LOGFMT);
    CHECK_HAS(span_of(death.said),
              "{\"level\":\"error\",\"event\":\"crash\",\"signal\":6,\"post\":\"posts.raw/3/7\"}\n");
    CHECK_HAS(span_of(bare.said), "{\"level\":\"error\",\"event\":\"crash\",\"signal\":6}\n");
}

TEST(a_crash_between_posts_names_none)
{
    struct death death = die(SIGABRT, NULL);

    CHECK_HAS(span_of(death.said), "event=crash signal=6\n");
    CHECK(!(WIFEXITED(death.status) && WEXITSTATUS(death.status) == 0));
}

TEST(memory_that_runs_out_ends_the_process_with_1_and_names_the_post)
{
    struct message message = {.input = &plain_input, .partition = 3, .offset = 7};
    struct death death = die(OUT_OF_MEMORY, &message);

    CHECK_SPAN(span_of(death.said), SPAN("level=error event=out-of-memory post=posts.raw/3/7\n"));
    CHECK(WIFEXITED(death.status) && WEXITSTATUS(death.status) == ERR_WORK);
    log_write_as(LOG_JSON);
    death = die(OUT_OF_MEMORY, NULL);
    log_write_as(LOG_LOGFMT);
    CHECK_SPAN(span_of(death.said), SPAN("{\"level\":\"error\",\"event\":\"out-of-memory\"}\n"));
}
