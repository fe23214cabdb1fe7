#include "common/sql.h"
#include "common/sql_file.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sql {
    sqlite3 *base;
    char *path;
};

static bool is_of_disk(int code)
{
    return code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

/* A private file has no name; one that SQLite would make now is in the same folder. */
static bool fail_private(sqlite3 *base, const char *why, struct err *err)
{
    char *file = NULL;
    bool is_known = sqlite3_file_control(base, "main", SQLITE_FCNTL_TEMPFILENAME, &file) == SQLITE_OK && file;
    int folder_len = is_known ? (int)(strrchr(file, '/') - file) : 0;

    fail(err, ERR_WORK, "a temporary file in %.*s: %s; free space there, or set TMPDIR to a folder that has some",
         folder_len, is_known ? file : "", why);
    sqlite3_free(file);
    return false;
}

/* Why the last call on the connection to this file failed; always false. */
static bool fail_on(sqlite3 *base, const char *path, struct err *err)
{
    char why[256];
    bool is_private = !path || !*path;

    if (!base)
        out_of_memory();
    int code = sqlite3_errcode(base) & 0xFF;
    snprintf(why, sizeof why, "%s", sqlite3_errmsg(base));
    if (is_private && is_of_disk(code))
        return fail_private(base, why, err);
    return fail(err, ERR_WORK, "%s: %s%s", is_private ? "a temporary file" : path, why,
                code == SQLITE_FULL ? "; free space on its disk" : "");
}

static bool fail_by(const struct sql *sql, struct err *err)
{
    return fail_on(sql->base, sql->path, err);
}

/* SQLite counts its memory under a lock for all threads, which nobody asks for. Before its first use alone. */
static void set_up_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

struct sql *sql_open(const char *path, enum sql_mode mode, int busy_ms, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sql *sql = calloc(1, sizeof *sql);
    int flags = mode == SQL_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

    if (!sql || !(sql->path = strdup(path)))
        out_of_memory();
    pthread_once(&once, set_up_library);
    if (sqlite3_open_v2(path, &sql->base, flags | SQLITE_OPEN_NOMUTEX, *path ? sql_clean_vfs() : NULL) == SQLITE_OK
        && sqlite3_busy_timeout(sql->base, busy_ms) == SQLITE_OK)
        return sql;
    fail_by(sql, err);
    sql_close(sql);
    return NULL;
}

void sql_close(struct sql *sql)
{
    sqlite3_stmt *statement;

    if (!sql)
        return;
    while (sql->base && (statement = sqlite3_next_stmt(sql->base, NULL)))
        sqlite3_finalize(statement);
    sqlite3_close(sql->base);
    free(sql->path);
    free(sql);
}

enum sql_failure sql_failure(const struct sql *sql)
{
    switch (sqlite3_errcode(sql->base)) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return SQL_DAMAGED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return SQL_BUSY;
    case SQLITE_FULL: return SQL_FULL;
    default: return SQL_OTHER;
    }
}

bool sql_exec(struct sql *sql, const char *words, struct err *err)
{
    return sqlite3_exec(sql->base, words, NULL, NULL, NULL) == SQLITE_OK || fail_by(sql, err);
}

bool sql_int(struct sql *sql, const char *words, int64_t *value, struct err *err)
{
    struct sql_statement *statement = sql_prepare(sql, words, err);
    enum sql_step got = statement ? sql_step(statement, err) : SQL_FAILED;

    if (got != SQL_FAILED)
        *value = got == SQL_ROW ? sql_int_at(statement, 0) : 0;
    sqlite3_finalize((sqlite3_stmt *)statement);
    return got != SQL_FAILED;
}

int64_t sql_last_id(const struct sql *sql)
{
    return sqlite3_last_insert_rowid(sql->base);
}

/* A statement is SQLite's own behind another name: its connection is known to it. */
static sqlite3_stmt *of(struct sql_statement *statement)
{
    return (sqlite3_stmt *)statement;
}

struct sql_statement *sql_prepare(struct sql *sql, const char *words, struct err *err)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(sql->base, words, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        fail_by(sql, err);
    return (struct sql_statement *)statement;
}

void sql_bind_int(struct sql_statement *statement, int at, int64_t value)
{
    sqlite3_bind_int64(of(statement), at, value);
}

void sql_bind_text(struct sql_statement *statement, int at, struct span text)
{
    sqlite3_bind_text64(of(statement), at, text.len ? text.at : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

void sql_bind_bytes(struct sql_statement *statement, int at, struct span bytes)
{
    sqlite3_bind_blob64(of(statement), at, bytes.len ? bytes.at : "", bytes.len, SQLITE_STATIC);
}

void sql_bind_null(struct sql_statement *statement, int at)
{
    sqlite3_bind_null(of(statement), at);
}

void sql_bind_known(struct sql_statement *statement, int at, int64_t value, int64_t unknown)
{
    if (value == unknown)
        sql_bind_null(statement, at);
    else
        sql_bind_int(statement, at, value);
}

enum sql_step sql_step(struct sql_statement *statement, struct err *err)
{
    int got = sqlite3_step(of(statement));

    if (got == SQLITE_ROW)
        return SQL_ROW;
    if (got == SQLITE_DONE)
        return SQL_DONE;
    sqlite3 *base = sqlite3_db_handle(of(statement));
    fail_on(base, sqlite3_db_filename(base, "main"), err);
    return SQL_FAILED;
}

bool sql_run(struct sql_statement *statement, struct err *err)
{
    enum sql_step got;

    do
        got = sql_step(statement, err);
    while (got == SQL_ROW);
    sqlite3_reset(of(statement));
    return got == SQL_DONE;
}

void sql_reset(struct sql_statement *statement)
{
    sqlite3_reset(of(statement));
}

int64_t sql_int_at(struct sql_statement *statement, int column)
{
    return sqlite3_column_int64(of(statement), column);
}

bool sql_null_at(struct sql_statement *statement, int column)
{
    return sqlite3_column_type(of(statement), column) == SQLITE_NULL;
}

struct span sql_bytes_at(struct sql_statement *statement, int column)
{
    const char *bytes = sqlite3_column_blob(of(statement), column);

    return (struct span){bytes ? bytes : "", (size_t)sqlite3_column_bytes(of(statement), column)};
}

const char *sql_library_version(void)
{
    return sqlite3_libversion();
}
