#include "worker/command/signals.h"
#include "common/log.h"
#include "common/time.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_take(struct err *err)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        fail(err, ERR_WORK, "signals cannot be received: %s", strerror(errno));
        return -1;
    }
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return fd;
}

int signals_wait(int signals, int ended, int64_t timeout_ms)
{
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN}, {.fd = ended, .events = POLLIN}};
    struct signalfd_siginfo info;
    uint64_t count;

    poll(fds, 2, (int)timeout_ms);
    if (read(ended, &count, sizeof count) != sizeof count)
        count = 0; /* none ended */
    return read(signals, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

void worker_drain(struct worker *worker, int signals, int64_t timeout_ms)
{
    int64_t deadline_ms = time_steady_ms() + timeout_ms;

    while (worker_running(worker)) {
        int64_t left_ms = deadline_ms - time_steady_ms();
        int signal = left_ms > 0 ? signals_wait(signals, worker_fd(worker), left_ms) : 0;

        if (left_ms > 0 && (!signal || signal == SIGHUP))
            continue;
        log_event(LOG_ERROR, signal ? "killed" : "drain-timeout", "lanes=%d", worker_running(worker));
        _exit(ERR_WORK);
    }
}
