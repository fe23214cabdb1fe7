/* err: why something did not work, in one sentence for the person who can fix it. */
#pragma once

#include <stdbool.h>

/* The kinds are the exit codes of the command line. */
enum err_kind {
    ERR_NONE = 0,
    ERR_WORK = 1,    /* the work itself failed, or the system lacks memory, threads, files or disk */
    ERR_CONFIG = 2,  /* usage or configuration: it fails again until a person changes something */
    ERR_CLUSTER = 3, /* Kafka not reachable, not permitted, or not as the config needs it */
};

struct err {
    enum err_kind kind;
    char text[1024]; /* a longer sentence is cut at a code point */
};

bool fail(struct err *err, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))); /* always false */

/* The system lacks something that may be there at the next try (memory, file descriptors, threads, disk), so that it is
 * never ERR_CONFIG. */
bool errno_is_lack(int code);

/* Ends the process with ERR_WORK and a line that says so: whatever was not committed is read again. */
_Noreturn void out_of_memory(void);
void out_of_memory_tells(void (*tell)(void)); /* writes the line instead; must not take memory */
