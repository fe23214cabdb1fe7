/* A trend store in a folder of its own. */
#pragma once

#include "tests/unit/test.h"
#include "worker/trends/sqlite_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* folder: a name for mkdtemp, which is filled in. */
static inline struct sqlite_store *new_trend_store(char *folder, struct trend_settings *settings)
{
    static char path[256];
    struct err err;

    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/t.db", folder);
    settings->store = span_of(path);
    struct trend_store *store = sqlite_store_open(settings, STORE_WRITE, &err);
    if (!store)
        test_failed(__FILE__, __LINE__, "%s", err.text);
    return (struct sqlite_store *)store;
}

static inline void remove_trend_store(const char *folder)
{
    static const char *const names[] = {"t.db", "t.db-wal", "t.db-shm", "t.db.lock"};
    char path[256];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}
