/* file_stamp: whether a file is another than before, without reading it. */
#pragma once

#include <stdint.h>

/* Of device, inode, size and time of change of what the path leads to, symbolic links followed: a link that is pointed
 * elsewhere has another stamp. 0 where nothing is there. */
uint64_t file_stamp(const char *path);
