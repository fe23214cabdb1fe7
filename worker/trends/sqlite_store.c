#include "worker/trends/sqlite_hours.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 5000, CACHE_KIB = 40 * 1024, CHECKPOINT_PAGES = 4000 };

struct sql_statement *sqlite_do(struct sqlite_store *store, enum statement_id id, struct err *err)
{
    if (!store->statements[id])
        store->statements[id] = sql_prepare(store->sql, sqlite_words[id], err);
    return store->statements[id];
}

/* --- the lock --- */

/* Whoever has the lock wrote its name into the file. */
static bool fail_locked(const char *path, int lock, struct err *err)
{
    char owner[300] = "";
    ssize_t len = pread(lock, owner, sizeof owner - 1, 0);

    owner[len > 0 ? len : 0] = 0;
    owner[strcspn(owner, "\n")] = 0;
    return fail(err, ERR_WORK, "%s is in use by %s; stop that process, or ask beside it with --read-only", path,
                *owner ? owner : "another process");
}

static bool write_owner(int lock)
{
    char host[256] = "?", owner[300];

    gethostname(host, sizeof host - 1);
    int len = snprintf(owner, sizeof owner, "process %d on %s\n", (int)getpid(), host);
    return ftruncate(lock, 0) == 0 && pwrite(lock, owner, (size_t)len, 0) == len;
}

static bool take_lock(struct sqlite_store *store, struct err *err)
{
    char path[4096];

    snprintf(path, sizeof path, "%s.lock", store->path);
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (store->lock < 0)
        return fail(err, ERR_WORK, "%s cannot be written: %s", path, strerror(errno));
    if (flock(store->lock, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? fail_locked(store->path, store->lock, err)
                                    : fail(err, ERR_WORK, "%s cannot be locked: %s", path, strerror(errno));
    return write_owner(store->lock) || fail(err, ERR_WORK, "%s cannot be written: %s", path, strerror(errno));
}

/* --- opening --- */

/* What is wrong with the file, and what can be done about it. */
static bool fail_damaged(const struct sqlite_store *store, struct err *err)
{
    struct err why = *err;

    return fail(err, ERR_WORK,
                "%s; the store is damaged: move it away, or start `trendmill trends` with --rebuild, which drops "
                "it and reads all rows again",
                *why.text ? why.text : store->path);
}

static bool fail_open(const struct sqlite_store *store, struct err *err)
{
    return store->sql && sql_failure(store->sql) == SQL_DAMAGED ? fail_damaged(store, err) : false;
}

static bool check_version(const struct sqlite_store *store, int64_t application, int64_t version, int64_t tables,
                          struct err *err)
{
    if (application != APPLICATION_ID)
        return (!application && !tables)
               || fail(err, ERR_WORK, "%s is a database, but not a trend store; name another file under trends: store",
                       store->path);
    if (version < SCHEMA_VERSION)
        return fail(err, ERR_WORK,
                    "%s was written by an older trendmill (schema %lld, this one has %d): start with --rebuild, which "
                    "drops it and reads all rows again",
                    store->path, (long long)version, SCHEMA_VERSION);
    if (version > SCHEMA_VERSION)
        return fail(err, ERR_WORK,
                    "%s was written by a newer trendmill (schema %lld, this one knows %d): run that one, or start "
                    "with --rebuild, which drops it and reads all rows again",
                    store->path, (long long)version, SCHEMA_VERSION);
    return true;
}

static bool look(struct sqlite_store *store, int64_t *application, struct err *err)
{
    int64_t version, tables;

    return ((sql_int(store->sql, "PRAGMA application_id", application, err)
             && sql_int(store->sql, "PRAGMA user_version", &version, err)
             && sql_int(store->sql, "SELECT count(*) FROM sqlite_master", &tables, err))
            || fail_open(store, err))
           && check_version(store, *application, version, tables, err);
}

static bool read_number(struct sqlite_store *store, const char *words, int64_t *out, struct err *err)
{
    return sql_int(store->sql, words, out, err) || fail_open(store, err);
}

static bool read_state(struct sqlite_store *store, struct err *err)
{
    int64_t waiting;

    if (!read_number(store, "SELECT coalesce(max(value), -9223372036854775808) FROM state WHERE name = 'newest'",
                     &store->newest_ms, err)
        || !read_number(store, "SELECT value FROM state WHERE name = 'version'", &store->version, err)
        || !read_number(store, "SELECT max(post) FROM post", &store->last_post, err)
        || !read_number(store, "SELECT value FROM state WHERE name = 'sweep'", &store->sweep_at, err)
        || !read_number(store, "SELECT count(*) FROM again", &waiting, err))
        return false;
    store->has_again = waiting > 0;
    return true;
}

/* The version of a new store is greater than that of one that was dropped, or begins at the time in ms where none could
 * be read: answers are cached by it. */
static bool make_tables(struct sqlite_store *store, struct err *err)
{
    char words[256];

    snprintf(
        words, sizeof words,
        "INSERT INTO state VALUES ('version', max(%lld, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)));"
        "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
        (long long)store->version + 1, APPLICATION_ID, SCHEMA_VERSION);
    return sql_exec(store->sql, "BEGIN", err) && sql_exec(store->sql, sqlite_schema, err)
           && sql_exec(store->sql, words, err);
}

/* Deleted bytes are overwritten. What a killed process left in the write-ahead log is put into the file at once: there
 * may be bytes of hidden posts in it. */
static bool prepare_to_write(struct sqlite_store *store, int64_t application, struct err *err)
{
    char words[256];
    int64_t busy;

    snprintf(words, sizeof words,
             "PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
             "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=%d; PRAGMA cache_size=-%d",
             CHECKPOINT_PAGES, CACHE_KIB);
    if (!sql_exec(store->sql, words, err) || (!application && !make_tables(store, err)))
        return fail_open(store, err);
    return sql_int(store->sql, "PRAGMA wal_checkpoint(TRUNCATE)", &busy, err) || fail_open(store, err);
}

static void drop_file(const char *path, const char *suffix)
{
    char name[4096];

    snprintf(name, sizeof name, "%s%s", path, suffix);
    unlink(name);
}

/* Only a trend store, or what was one, is dropped. */
static bool drop_content(struct sqlite_store *store, struct err *err)
{
    struct err ignored = {0};
    struct stat info;
    int64_t application = 0, tables = 0;

    if (stat(store->path, &info) != 0)
        return true;
    struct sql *sql = sql_open(store->path, SQL_READ, BUSY_MS, &ignored);
    bool is_base = sql && sql_int(sql, "PRAGMA application_id", &application, &ignored)
                   && sql_int(sql, "SELECT count(*) FROM sqlite_master", &tables, &ignored);
    if (is_base && tables)
        sql_int(sql, "SELECT value FROM state WHERE name = 'version'", &store->version, &ignored);
    sql_close(sql);
    if (is_base && tables && application != APPLICATION_ID)
        return fail(err, ERR_WORK, "%s is a database, but not a trend store: it is not dropped", store->path);
    drop_file(store->path, "-wal");
    drop_file(store->path, "-shm");
    drop_file(store->path, "");
    return true;
}

/* Before it is opened: if another one comes between, it is opened once more for nothing. */
static bool note_file(struct sqlite_store *store)
{
    struct stat info = {0};
    bool is_there = stat(store->path, &info) == 0;

    store->device = info.st_dev;
    store->inode = info.st_ino;
    return is_there;
}

static bool open_store(struct sqlite_store *store, enum store_mode mode, struct err *err)
{
    int64_t application = 0;

    if (mode != STORE_READ && !take_lock(store, err))
        return false;
    if (mode == STORE_REBUILD && !drop_content(store, err))
        return false;
    if (!note_file(store) && mode == STORE_READ)
        return fail(err, ERR_WORK, "%s is not there; `trendmill trends` makes it", store->path);
    store->sql = sql_open(store->path, mode == STORE_READ ? SQL_READ : SQL_CREATE, BUSY_MS, err);
    if (!store->sql || !look(store, &application, err))
        return false;
    if (mode == STORE_READ && !application)
        return fail(err, ERR_WORK, "%s is empty; `trendmill trends` fills it", store->path);
    return (mode == STORE_READ || prepare_to_write(store, application, err)) && read_state(store, err)
           && (mode == STORE_READ || sqlite_hours_load(store, err));
}

/* --- what it says of itself --- */

static bool list_places(struct trend_store *base, struct arena *mem, struct places *places, struct err *err)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct sql_statement *list = sqlite_do(store, DO_PLACES, err);
    struct places found = {0};
    size_t cap = 0;
    enum sql_step got;

    if (!list)
        return false;
    while ((got = sql_step(list, err)) == SQL_ROW) {
        found.at = arena_room(mem, found.at, found.len, &cap, sizeof *found.at);
        found.at[found.len++] =
            (struct place){span_keep(sql_bytes_at(list, 0), mem), (int32_t)sql_int_at(list, 1), sql_int_at(list, 2)};
    }
    sql_reset(list);
    if (got == SQL_DONE)
        *places = found;
    return got == SQL_DONE;
}

static bool get_figures(struct trend_store *base, struct store_figures *figures, struct err *err)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct stat info = {0}, log = {0};
    char path[4096];
    int64_t waiting = 0;

    sqlite_follow(store);
    if (store->lock < 0 && !read_state(store, err)) /* another process may have written since */
        return false;
    if (store->has_again && !sql_int(store->sql, sqlite_words[DO_AGAIN_COUNT], &waiting, err))
        return false;
    snprintf(path, sizeof path, "%s-wal", store->path);
    stat(store->path, &info);
    stat(path, &log);
    *figures =
        (struct store_figures){store->rows, store->version, store->newest_ms, waiting, info.st_size + log.st_size};
    return true;
}

static void close_store(struct trend_store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;

    sql_close(store->sql);
    if (store->lock >= 0)
        close(store->lock);
    name_cache_free(store->names);
    post_cache_free(store->posts);
    free(store->pending);
    free(store->hours.at);
    arena_free(store->kept.mem);
    arena_free(store->mem);
    free(store->path);
    free(store);
}

void sqlite_follow(struct sqlite_store *store)
{
    struct sqlite_store *next, old;
    struct stat info;
    struct err ignored;

    if (store->lock >= 0 || stat(store->path, &info) != 0
        || (info.st_dev == store->device && info.st_ino == store->inode))
        return;
    next = (struct sqlite_store *)sqlite_store_open(store->settings, STORE_READ, &ignored);
    if (!next)
        return;
    old = *store;
    *store = *next;
    *next = old;
    close_store(&next->store);
}

static const struct trend_store_ops sqlite_ops = {
    .take = sqlite_take,
    .places = list_places,
    .figures = get_figures,
    .ask = sqlite_ask,
    .close = close_store,
};

struct trend_store *sqlite_store_open(const struct trend_settings *settings, enum store_mode mode, struct err *err)
{
    struct sqlite_store *store = calloc(1, sizeof *store);

    if (!store || !(store->path = strndup(settings->store.at, settings->store.len)))
        out_of_memory();
    store->store.ops = &sqlite_ops;
    store->settings = settings;
    store->lock = -1;
    store->names = name_cache_new();
    store->posts = mode == STORE_READ ? NULL : post_cache_new();
    store->pending = mode == STORE_READ ? NULL : pending_new();
    store->mem = arena_new();
    *err = (struct err){0};
    if (open_store(store, mode, err)) {
        store->names_version = store->version;
        return &store->store;
    }
    close_store(&store->store);
    return NULL;
}
