/* crash: on a crash the log names the post at hand, so that `skip` can take it out of the way. */
#pragma once

#include "worker/message.h"

/* Handlers for the signals of a crash. They write one line and leave the rest to what was there
 * before: a sanitizer, or the kernel's core dump. */
void crash_install(void);

/* This thread works on the message from now on; NULL: on none. */
void crash_at_hand(const struct message *message);
