/* log_limit: keeps a log readable while something goes wrong many times a second. Safe from any thread. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QUIET_SLOTS = 16, QUIET_MS = 10000 };

struct log_limit {
    pthread_mutex_t lock;
    struct {
        uint64_t what;
        int64_t since_ms;
        size_t hidden;
    } slots[QUIET_SLOTS];
};

void log_limit_open(struct log_limit *log_limit);
void log_limit_close(struct log_limit *log_limit);

/* True if `kind` and `text` were not said within QUIET_MS; *hidden is how often they were kept back
 * before. Digits in text do not count, so that a line with changing figures is one line. */
bool log_limit_lets(struct log_limit *log_limit, const char *kind, const char *text, size_t *hidden);
