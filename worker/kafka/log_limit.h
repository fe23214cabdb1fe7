/* quiet: keeps a log readable while something goes wrong many times a second. Safe from any thread. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QUIET_SLOTS = 16, QUIET_MS = 10000 };

struct quiet {
    pthread_mutex_t lock;
    struct {
        uint64_t what;
        int64_t since_ms;
        size_t hidden;
    } slots[QUIET_SLOTS];
};

void quiet_open(struct quiet *quiet);
void quiet_close(struct quiet *quiet);

/* True if `kind` and `text` were not said within QUIET_MS; *hidden is how often they were kept back
 * before. Digits in text do not count, so that a line with changing figures is one line. */
bool quiet_lets(struct quiet *quiet, const char *kind, const char *text, size_t *hidden);
