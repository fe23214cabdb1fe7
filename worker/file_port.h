/* pipe: a port over files: raw posts in, one JSON a line; records out, one a line. */
#pragma once

#include "worker/decode/input.h"
#include "worker/port.h"

#include <stdio.h>

struct file_port_files {
    int in;          /* file descriptor of raw posts */
    FILE *out;       /* records */
    FILE *dead;      /* dead letters as JSON lines; NULL: in words on stderr */
    bool as_records; /* print topic, key, headers and value, not the value alone */
};

/* The files stay the caller's. Every message is given to be of this input. Blank lines are no messages. Of a line of
 * more than post_bytes (limits: post_bytes) and 64 KiB so many bytes are kept and message.left_out counts the rest: the
 * port's memory is at most twice post_bytes and 512 KiB, and time is linear in the bytes read. */
struct port *file_port_open(struct file_port_files files, const struct input *input, int64_t post_bytes);
