/* How SQLite answers the trend store's statements: by a search in a key, never by reading a whole table. */
#include "tests/unit/test.h"
#include "worker/trends/sqlite_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Those that are meant to read all: the places, and the few posts that wait for a second reading. */
static bool may_scan(int id)
{
    return id == DO_PLACES || id == DO_AGAIN_COUNT;
}

static struct sqlite_store *open_new(char *folder, struct trend_settings *settings)
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

static void remove_all(const char *folder)
{
    static const char *const names[] = {"t.db", "t.db-wal", "t.db-shm", "t.db.lock"};
    char path[256];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void check_step(int id, struct span detail)
{
    bool is_constant =
        span_starts(detail, SPAN("SCAN CONSTANT ROW")) || span_starts(detail, SPAN("SCAN 8 CONSTANT ROWS"));
    bool scans = span_starts(detail, SPAN("SCAN")) && !is_constant;

    if ((scans && !may_scan(id)) || span_starts(detail, SPAN("USE TEMP B-TREE")))
        test_failed(__FILE__, __LINE__, "%s: %.*s", sqlite_words[id], SPAN_ARGS(detail));
}

static void check_plan(struct sqlite_store *store, int id)
{
    char words[2048];
    struct err err;

    snprintf(words, sizeof words, "EXPLAIN QUERY PLAN %s", sqlite_words[id]);
    struct sql_statement *plan = sql_prepare(store->sql, words, &err);
    CHECK(plan != NULL);
    while (plan && sql_step(plan, &err) == SQL_ROW)
        check_step(id, sql_bytes_at(plan, 3));
}

TEST(no_statement_of_the_store_reads_a_whole_table)
{
    char folder[] = "/tmp/trend-plans-XXXXXX";
    struct trend_settings settings = {.retention_ms = 1000};
    struct sqlite_store *store = open_new(folder, &settings);

    for (int id = 0; store && id < STATEMENTS; id++)
        check_plan(store, id);
    if (store)
        store->store.ops->close(&store->store);
    remove_all(folder);
}
