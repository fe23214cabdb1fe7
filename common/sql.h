/* sql: the one door to SQLite: a connection, statements, and what they give.
 *
 * A connection and its statements belong to one thread at a time. Every call that fails puts a sentence into err, kind
 * ERR_WORK, naming the file. */
#pragma once

#include "common/err.h"
#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

struct sql;
struct sql_statement;

enum sql_mode {
    SQL_CREATE, /* reads and writes, and makes the file where there is none */
    SQL_READ,   /* the file must be there */
};

/* Why the last call of a connection failed, where the caller can do something about it. */
enum sql_failure { SQL_OTHER, SQL_DAMAGED, SQL_BUSY, SQL_FULL };

enum sql_step { SQL_FAILED, SQL_ROW, SQL_DONE };

/* With `PRAGMA secure_delete=ON` a file keeps nothing of what was deleted once it is checkpointed; see sql_file.c.
 * path "" is a private file without a name, gone with the connection. A lock of another process is waited for up to
 * busy_ms. NULL on failure. */
struct sql *sql_open(const char *path, enum sql_mode mode, int busy_ms, struct err *err);
void sql_close(struct sql *sql); /* and all its statements; takes NULL */

enum sql_failure sql_failure(const struct sql *sql);

bool sql_exec(struct sql *sql, const char *words, struct err *err); /* statements, without values */
bool sql_int(struct sql *sql, const char *words, int64_t *value,
             struct err *err);              /* the first column of its first row; 0 if none */
int64_t sql_last_id(const struct sql *sql); /* rowid of the last INSERT */

/* Lives as long as the connection. NULL on failure. */
struct sql_statement *sql_prepare(struct sql *sql, const char *words, struct err *err);

/* Values of the statement's ?1, ?2 …; text and bytes are borrowed until sql_reset. */
void sql_bind_int(struct sql_statement *statement, int at, int64_t value);
void sql_bind_text(struct sql_statement *statement, int at, struct span text); /* empty: '' */
void sql_bind_bytes(struct sql_statement *statement, int at, struct span bytes);
void sql_bind_null(struct sql_statement *statement, int at);
void sql_bind_known(struct sql_statement *statement, int at, int64_t value,
                    int64_t unknown); /* NULL if they are equal */

enum sql_step sql_step(struct sql_statement *statement, struct err *err);
bool sql_run(struct sql_statement *statement, struct err *err); /* to its end, and resets it */
void sql_reset(struct sql_statement *statement);

/* Columns of the row, from 0; spans live until the next step or reset. */
int64_t sql_int_at(struct sql_statement *statement, int column); /* 0 for NULL */
bool sql_null_at(struct sql_statement *statement, int column);
struct span sql_bytes_at(struct sql_statement *statement, int column); /* text too; never NULL */

const char *sql_library_version(void);
