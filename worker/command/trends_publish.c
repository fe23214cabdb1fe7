#include "worker/command/trends_publish.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/step_writer.h"
#include "worker/trends/publish.h"

#include <stdio.h>
#include <stdlib.h>

enum { QUIET_MS = 500, AWAY_MS = 10000, RECENT_MS = 60000, RETRY_MS = 1000 };

struct publishing {
    const struct publish_settings *settings;
    struct trend_asker asker;
    struct intake *intake;
    struct trend_status *status;
    bool is_whole; /* a step is written in one transaction */
    struct arena *mem;
    struct step_writer *writer;
    int64_t written_ms; /* the last step on the topic; TIME_UNKNOWN: none */
    int64_t held_ms;    /* when the first partition was held; 0: none is */
    int64_t retry_ms;
    char lacks[256];
    struct arena *step_mem; /* of the records; NULL: they are not made */
    struct publication step;
};

/* --- what is written already --- */

static void see_record(const struct kafka_record *record, void *context)
{
    struct publishing *publishing = context;
    struct arena *mem = arena_new();
    int64_t step_ms = publish_step_in(record->value, mem);

    if (step_ms > publishing->written_ms)
        publishing->written_ms = step_ms;
    arena_free(mem);
}

static void note_lack(struct publishing *publishing, const struct err *why)
{
    if (strcmp(publishing->lacks, why->text) != 0)
        log_event(LOG_WARN, "not-published", "message=%s", log_quote(why->text));
    snprintf(publishing->lacks, sizeof publishing->lacks, "%.*s", (int)sizeof publishing->lacks - 1, why->text);
    publishing->retry_ms = time_steady_ms() + RETRY_MS;
}

/* --- opening --- */

static bool begin(struct publishing *publishing, struct err *err)
{
    struct trend_store *store = publishing->asker.store;
    struct store_figures figures;

    if (step_writer_open(publishing->writer, see_record, publishing, err) != STEP_DONE)
        return false;
    if (!store->ops->figures(store, &figures, err))
        return false;
    int64_t first_ms = publish_first_step(figures.newest_ms, publishing->written_ms, publishing->settings->step_ms,
                                          publishing->is_whole);
    publishing->intake->until_ms = first_ms;
    log_event(LOG_INFO, "publishing", "topic=%.*s written=%lld next=%lld", SPAN_ARGS(publishing->settings->topic),
              publishing->written_ms == TIME_UNKNOWN ? -1 : (long long)publishing->written_ms,
              first_ms == TIME_UNKNOWN ? -1 : (long long)first_ms);
    return true;
}

struct publishing *publishing_open(const struct setup *setup, struct trend_store *store, struct intake *intake,
                                   struct trend_status *status, struct err *err)
{
    const struct trend_settings *trends = &setup->config->trends;
    struct publishing *publishing = calloc(1, sizeof *publishing);

    if (!publishing)
        out_of_memory();
    *publishing = (struct publishing){
        .settings = &trends->publish,
        .asker = {store, setup->rules, *(const struct span *)trends->languages.at},
        .intake = intake,
        .status = status,
        .is_whole = setup->config->delivery == DELIVERY_EXACTLY_ONCE,
        .mem = arena_new(),
        .written_ms = TIME_UNKNOWN,
    };
    publishing->writer = step_writer_new(setup->config, span_string(trends->publish.topic, publishing->mem));
    if (begin(publishing, err))
        return publishing;
    publishing_close(publishing);
    return NULL;
}

static void drop_step(struct publishing *publishing)
{
    arena_free(publishing->step_mem);
    publishing->step_mem = NULL;
}

void publishing_close(struct publishing *publishing)
{
    if (!publishing)
        return;
    drop_step(publishing);
    step_writer_free(publishing->writer);
    arena_free(publishing->mem);
    free(publishing);
}

const char *publishing_lacks(const struct publishing *publishing)
{
    return publishing ? publishing->lacks : "";
}

/* --- when a step is due --- */

/* A step that ended long ago needs no wait: what belongs to it was written meanwhile. */
static bool is_recent(const struct publishing *publishing)
{
    return publishing->intake->until_ms > time_now_ms() - RECENT_MS;
}

static bool is_passed(const struct publishing *publishing, const struct facts_partition *at, int64_t now_ms,
                      bool is_once)
{
    bool is_at_end = at->next >= at->end;
    int64_t since_ms = at->given_ms;

    if (at->is_held || (is_at_end && is_once))
        return true;
    if (since_ms < publishing->held_ms && (!is_at_end || is_recent(publishing)))
        since_ms = publishing->held_ms;
    return now_ms - since_ms >= (is_at_end ? QUIET_MS : AWAY_MS);
}

static bool all_passed(const struct publishing *publishing, const struct facts_reader *reader, int64_t now_ms,
                       bool is_once)
{
    size_t len;
    const struct facts_partition *partitions = facts_reader_partitions(reader, &len);

    for (size_t i = 0; i < len; i++)
        if (!is_passed(publishing, &partitions[i], now_ms, is_once))
            return false;
    return true;
}

static bool all_held(const struct facts_reader *reader)
{
    size_t len;
    const struct facts_partition *partitions = facts_reader_partitions(reader, &len);

    for (size_t i = 0; i < len; i++)
        if (!partitions[i].is_held)
            return false;
    return true;
}

bool publishing_is_due(struct publishing *publishing, struct facts_reader *reader, bool is_once)
{
    int64_t now_ms = time_steady_ms();

    if (publishing->intake->left_ms == INT64_MAX || now_ms < publishing->retry_ms)
        return false;
    if (!publishing->held_ms)
        publishing->held_ms = now_ms;
    if (publishing->step_mem || all_held(reader))
        return true;
    if (!all_passed(publishing, reader, now_ms, is_once))
        return false;
    /* What is at its end as far as it is known may have more that was not fetched yet. */
    if (facts_reader_look(reader))
        return all_passed(publishing, reader, now_ms, is_once);
    publishing->retry_ms = now_ms + RETRY_MS;
    return now_ms - publishing->held_ms >= AWAY_MS;
}

bool publishing_is_made(const struct publishing *publishing)
{
    return publishing->step_mem != NULL;
}

/* --- one step --- */

/* Steps without a row have no records, nor has the time before the first one. */
static bool has_rows(const struct publishing *publishing, int64_t newest_ms)
{
    int64_t until_ms = publishing->intake->until_ms;

    return until_ms != TIME_UNKNOWN && newest_ms != TIME_UNKNOWN
           && newest_ms > until_ms - publishing->settings->step_ms;
}

bool publishing_make(struct publishing *publishing, struct err *err)
{
    struct trend_store *store = publishing->asker.store;
    struct store_figures figures;

    if (!store->ops->figures(store, &figures, err))
        return false;
    if (figures.waiting) {
        publishing->retry_ms = time_steady_ms() + RETRY_MS;
        return true;
    }
    publishing->step_mem = arena_new();
    publishing->step = (struct publication){.at_ms = publishing->intake->until_ms};
    return !has_rows(publishing, figures.newest_ms)
           || publish_make(&publishing->asker, publishing->settings, publishing->intake->until_ms, publishing->step_mem,
                           &publishing->step, err);
}

static enum step_end write_records(struct publishing *publishing, struct err *err)
{
    const struct publication *step = &publishing->step;
    enum step_end end = STEP_DONE;

    if (!step_writer_is_open(publishing->writer))
        end = step_writer_open(publishing->writer, see_record, publishing, err);
    if (end != STEP_DONE || (publishing->is_whole && publishing->written_ms >= step->at_ms))
        return end;
    struct step_record *records = arena_take(publishing->step_mem, (step->len + 1) * sizeof *records);
    for (size_t i = 0; i < step->len; i++)
        records[i] = (struct step_record){step->records[i].key, step->records[i].value};
    return step_write(publishing->writer, records, step->len, step->at_ms, err);
}

/* A row that is after the step decides which one is next. */
static bool go_on(struct publishing *publishing, struct facts_reader *reader, struct err *err)
{
    drop_step(publishing);
    publishing->intake->until_ms = publish_step_of(publishing->intake->left_ms, publishing->settings->step_ms);
    publishing->intake->left_ms = INT64_MAX;
    publishing->held_ms = 0;
    *publishing->lacks = 0;
    return facts_reader_release(reader, err);
}

bool publishing_write(struct publishing *publishing, struct facts_reader *reader, struct err *err)
{
    const struct publication *step = &publishing->step;
    struct err why = {0};

    enum step_end end = step->len ? write_records(publishing, &why) : STEP_DONE;
    if (end == STEP_LATER) {
        note_lack(publishing, &why);
        return true;
    }
    if (end == STEP_FAILED) {
        *err = why;
        return false;
    }
    if (step->len) {
        if (step->at_ms > publishing->written_ms) /* another process may be ahead */
            publishing->written_ms = step->at_ms;
        trend_status_published(publishing->status, step);
    }
    if (step->len || step->too_large)
        log_event(LOG_INFO, "published", "step=%lld records=%zu too_large=%zu", (long long)step->at_ms, step->len,
                  step->too_large);
    return go_on(publishing, reader, err);
}
