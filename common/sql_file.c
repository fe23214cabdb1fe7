/* What SQLite writes into a database's file, cleaned: a page keeps bytes of what once was on it in the gap between its
 * list of cells and their content, also with secure_delete, since cells that move to another page in a split are copied
 * and not cleared. Nothing ever reads the gap. */
#include "common/sql_file.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

enum {
    HEADER = 100, /* of the file, before the first page's own */
    PAGE_MAX = 65536,
    NUMBERED_PAGES_MAX =
        0x02000000, /* from this page number on, pages of another kind may begin like those of a tree */
};

static const sqlite3_io_methods *plain;
static sqlite3_io_methods cleaning;
static sqlite3_vfs cleaning_vfs;
static sqlite3_vfs *plain_vfs;

static unsigned number_at(const unsigned char *page, unsigned at)
{
    return (unsigned)page[at] << 8 | page[at + 1];
}

/* The gap of a page of a tree (SQLite's file format, section 1.6); false: it is none, or has none. */
static bool find_gap(const unsigned char *page, unsigned len, bool is_first, unsigned *from, unsigned *to)
{
    unsigned at = is_first ? HEADER : 0;
    bool is_inner = page[at] == 2 || page[at] == 5, is_leaf = page[at] == 10 || page[at] == 13;

    if (!is_inner && !is_leaf)
        return false;
    *from = at + (is_inner ? 12 : 8) + 2 * number_at(page, at + 3);
    *to = number_at(page, at + 5);
    if (!*to)
        *to = PAGE_MAX;
    return *from < *to && *to <= len;
}

static int write_clean(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    unsigned char page[PAGE_MAX];
    unsigned from, to;

    if (len < 512 || len > PAGE_MAX || at % len || at / len >= NUMBERED_PAGES_MAX
        || !find_gap(bytes, (unsigned)len, at == 0, &from, &to))
        return plain->xWrite(file, bytes, len, at);
    memcpy(page, bytes, (size_t)len);
    memset(page + from, 0, to - from);
    return plain->xWrite(file, page, len, at);
}

/* All files on disk have the same methods: those of the first one. */
static void learn_methods(const sqlite3_io_methods *methods)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&lock);
    if (!plain) {
        cleaning = *methods;
        cleaning.xWrite = write_clean;
        plain = methods;
    }
    pthread_mutex_unlock(&lock);
}

static int open_clean(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    int code = plain_vfs->xOpen(plain_vfs, name, file, flags, out_flags);

    (void)vfs;
    if (code != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB))
        return code;
    learn_methods(file->pMethods);
    if (file->pMethods != plain)
        return SQLITE_CANTOPEN; /* not to be cleaned: no file system that we know of */
    file->pMethods = &cleaning;
    return code;
}

static void register_vfs(void)
{
    plain_vfs = sqlite3_vfs_find(NULL);
    cleaning_vfs = *plain_vfs;
    cleaning_vfs.zName = "clean";
    cleaning_vfs.xOpen = open_clean;
    sqlite3_vfs_register(&cleaning_vfs, 0);
}

const char *sql_clean_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, register_vfs);
    return cleaning_vfs.zName;
}
