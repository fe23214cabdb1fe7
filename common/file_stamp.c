#include "common/file_stamp.h"
#include "common/hash.h"

#include <string.h>
#include <sys/stat.h>

uint64_t file_stamp(const char *path)
{
    struct stat found;
    uint64_t parts[6];

    if (stat(path, &found) != 0)
        return 0;
    parts[0] = (uint64_t)found.st_dev;
    parts[1] = (uint64_t)found.st_ino;
    parts[2] = (uint64_t)found.st_size;
    parts[3] = (uint64_t)found.st_mtim.tv_sec;
    parts[4] = (uint64_t)found.st_mtim.tv_nsec;
    parts[5] = 1;
    return hash_bytes((struct span){(const char *)parts, sizeof parts});
}
