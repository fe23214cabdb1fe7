#include "common/store.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

struct store {
    pthread_mutex_t lock;
    sqlite3 *base;
    sqlite3_stmt *put, *get, *each;
};

/* No journal: the file is as short-lived as the process, and one transaction lasts as long. */
static const char setup[] = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
                            "CREATE TABLE pairs (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID; BEGIN";

static bool fail_by(const struct store *store, struct err *err)
{
    return fail(err, ERR_WORK, "the store on disk: %s", store->base ? sqlite3_errmsg(store->base) : "no memory");
}

static bool run(struct store *store, const char *words, struct err *err)
{
    return sqlite3_exec(store->base, words, NULL, NULL, NULL) == SQLITE_OK || fail_by(store, err);
}

static bool prepare(struct store *store, const char *words, sqlite3_stmt **statement, struct err *err)
{
    return sqlite3_prepare_v2(store->base, words, -1, statement, NULL) == SQLITE_OK || fail_by(store, err);
}

static bool open_base(struct store *store, int64_t cache_bytes, struct err *err)
{
    char cache[64];

    snprintf(cache, sizeof cache, "PRAGMA cache_size=-%lld", (long long)(cache_bytes / 1024 + 1));
    if (sqlite3_open("", &store->base) != SQLITE_OK)
        return fail_by(store, err);
    return run(store, cache, err) && run(store, setup, err)
        && prepare(store, "INSERT OR REPLACE INTO pairs VALUES (?, ?)", &store->put, err)
        && prepare(store, "SELECT value FROM pairs WHERE key = ?", &store->get, err)
        && prepare(store, "SELECT key, value FROM pairs ORDER BY key", &store->each, err);
}

struct store *store_open(int64_t cache_bytes, struct err *err)
{
    struct store *store = calloc(1, sizeof *store);

    if (!store)
        abort();
    pthread_mutex_init(&store->lock, NULL);
    if (open_base(store, cache_bytes, err))
        return store;
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    sqlite3_finalize(store->put);
    sqlite3_finalize(store->get);
    sqlite3_finalize(store->each);
    sqlite3_close(store->base);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

/* An empty span is an empty value, not SQL's NULL. */
static void bind(sqlite3_stmt *statement, int at, struct span bytes)
{
    sqlite3_bind_blob64(statement, at, bytes.len ? bytes.at : "", bytes.len, SQLITE_STATIC);
}

static struct span column(sqlite3_stmt *statement, int at)
{
    const char *bytes = sqlite3_column_blob(statement, at);

    return (struct span){bytes ? bytes : "", (size_t)sqlite3_column_bytes(statement, at)};
}

bool store_put(struct store *store, struct span key, struct span value, struct err *err)
{
    pthread_mutex_lock(&store->lock);
    bind(store->put, 1, key);
    bind(store->put, 2, value);
    bool good = sqlite3_step(store->put) == SQLITE_DONE || fail_by(store, err);
    sqlite3_reset(store->put);
    pthread_mutex_unlock(&store->lock);
    return good;
}

bool store_get(struct store *store, struct span key, struct arena *mem, struct span *value, struct err *err)
{
    pthread_mutex_lock(&store->lock);
    bind(store->get, 1, key);
    int got = sqlite3_step(store->get);
    bool good = got == SQLITE_ROW || got == SQLITE_DONE || fail_by(store, err);
    if (good)
        *value = got == SQLITE_ROW ? span_keep(column(store->get, 0), mem) : (struct span){0};
    sqlite3_reset(store->get);
    pthread_mutex_unlock(&store->lock);
    return good;
}

bool store_each(struct store *store, bool (*take)(struct span key, struct span value, void *context), void *context,
                struct err *err)
{
    int got;

    pthread_mutex_lock(&store->lock);
    while ((got = sqlite3_step(store->each)) == SQLITE_ROW)
        if (!take(column(store->each, 0), column(store->each, 1), context))
            break;
    bool good = got == SQLITE_ROW || got == SQLITE_DONE || fail_by(store, err);
    sqlite3_reset(store->each);
    pthread_mutex_unlock(&store->lock);
    return good;
}

const char *store_library_version(void)
{
    return sqlite3_libversion();
}
