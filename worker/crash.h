/* crash: on a crash the log names the current post, so that `skip` can take it out of the way; and so does a watchdog.
 */
#pragma once

#include "worker/message.h"

#include <stdatomic.h>

/* Handlers for the signals of a crash. They write one line and leave the rest to what was there
 * before: a sanitizer, or the kernel's core dump. Memory that runs out names the post as well. */
void crash_install(void);

/* What a thread works on, written by it alone and read by any. */
struct current_post {
    atomic_size_t writes;                /* odd while it is written */
    _Atomic(const struct input *) input; /* NULL: it works on no post */
    atomic_int partition;
    atomic_llong offset;
};

struct post_place {
    const struct input *input; /* NULL: none */
    int32_t partition;
    int64_t offset;
};

/* What this thread works on is kept there from now on, which must outlive the thread. */
void crash_keep_current(struct current_post *current);

/* This thread works on the message from now on; NULL: on none. */
void crash_current(const struct message *message);

/* What another thread works on; none as well where it goes from post to post at this very moment. */
struct post_place crash_place(const struct current_post *current);
