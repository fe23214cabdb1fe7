#include "common/store.h"
#include "common/sql.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct store {
    pthread_mutex_t lock;
    struct sql *base;
    struct sql_statement *put, *get, *each;
};

/* No journal: the file is as short-lived as the process, and one transaction lasts as long. */
static const char setup[] = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
                            "CREATE TABLE pairs (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID; BEGIN";

static bool open_base(struct store *store, int64_t cache_bytes, struct err *err)
{
    char cache[64];

    snprintf(cache, sizeof cache, "PRAGMA cache_size=-%lld", (long long)(cache_bytes / 1024 + 1));
    store->base = sql_open("", SQL_CREATE, 0, err);
    return store->base && sql_exec(store->base, cache, err) && sql_exec(store->base, setup, err)
           && (store->put = sql_prepare(store->base, "INSERT OR REPLACE INTO pairs VALUES (?, ?)", err))
           && (store->get = sql_prepare(store->base, "SELECT value FROM pairs WHERE key = ?", err))
           && (store->each = sql_prepare(store->base, "SELECT key, value FROM pairs ORDER BY key", err));
}

struct store *store_open(int64_t cache_bytes, struct err *err)
{
    struct store *store = calloc(1, sizeof *store);

    if (!store)
        out_of_memory();
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
    sql_close(store->base);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

bool store_put(struct store *store, struct span key, struct span value, struct err *err)
{
    pthread_mutex_lock(&store->lock);
    sql_bind_bytes(store->put, 1, key);
    sql_bind_bytes(store->put, 2, value);
    bool good = sql_run(store->put, err);
    pthread_mutex_unlock(&store->lock);
    return good;
}

bool store_get(struct store *store, struct span key, struct arena *mem, struct span *value, struct err *err)
{
    pthread_mutex_lock(&store->lock);
    sql_bind_bytes(store->get, 1, key);
    enum sql_step got = sql_step(store->get, err);
    if (got != SQL_FAILED)
        *value = got == SQL_ROW ? span_keep(sql_bytes_at(store->get, 0), mem) : (struct span){0};
    sql_reset(store->get);
    pthread_mutex_unlock(&store->lock);
    return got != SQL_FAILED;
}

bool store_each(struct store *store, bool (*take)(struct span key, struct span value, void *context), void *context,
                struct err *err)
{
    enum sql_step got;

    pthread_mutex_lock(&store->lock);
    while ((got = sql_step(store->each, err)) == SQL_ROW)
        if (!take(sql_bytes_at(store->each, 0), sql_bytes_at(store->each, 1), context))
            break;
    sql_reset(store->each);
    pthread_mutex_unlock(&store->lock);
    return got != SQL_FAILED;
}
