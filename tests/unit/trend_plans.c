/* How SQLite answers the trend store's statements: by a search in a key, never by reading a whole table. */
#include "tests/unit/trend_store.h"

#include <stdio.h>

/* Those that are meant to read all: the places, the few posts that wait for a second reading, and at a start which
 * hours are packed. */
static bool may_scan(int id)
{
    return id == DO_PLACES || id == DO_AGAIN_COUNT || id == DO_HOUR_LIST;
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
    struct sqlite_store *store = new_trend_store(folder, &settings);

    for (int id = 0; store && id < STATEMENTS; id++)
        check_plan(store, id);
    if (store)
        store->store.ops->close(&store->store);
    remove_trend_store(folder);
}
