#include "worker/command/reload.h"
#include "common/file_stamp.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/time.h"

#include <stdlib.h>

enum { LOOK_MS = 1000 };

struct reloader {
    const struct setup *setup;
    struct worker *worker;
    struct arena *mem;               /* of the files */
    const struct source_file *files; /* what was read last */
    size_t files_len;
    uint64_t taken, seen; /* stamps of all files: as they were read last, and at the last look */
    int64_t looked_ms;
};

/* --- the files --- */

static uint64_t stamp_of(const struct reloader *reloader, bool as_read)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < reloader->files_len; i++) {
        uint64_t parts[] = {sum, as_read ? reloader->files[i].stamp : file_stamp(reloader->files[i].path)};

        sum = hash_bytes((struct span){(const char *)parts, sizeof parts});
    }
    return sum;
}

/* Keeps the files of a report, and how each was when it was read. */
static void keep_files(struct reloader *reloader, const struct source_file *files, size_t len)
{
    struct arena *mem = arena_new();
    struct source_file *kept = arena_take(mem, len * sizeof *kept);

    for (size_t i = 0; i < len; i++)
        kept[i] = (struct source_file){span_string(span_of(files[i].path), mem), files[i].stamp};
    if (reloader->mem)
        arena_free(reloader->mem);
    reloader->mem = mem;
    reloader->files = kept;
    reloader->files_len = len;
    reloader->taken = reloader->seen = stamp_of(reloader, true);
}

struct reloader *reloader_new(const struct setup *setup, struct worker *worker)
{
    struct reloader *reloader = calloc(1, sizeof *reloader);

    if (!reloader)
        out_of_memory();
    *reloader = (struct reloader){.setup = setup, .worker = worker, .looked_ms = time_steady_ms()};
    keep_files(reloader, setup->sources, setup->sources_len);
    return reloader;
}

void reloader_free(struct reloader *reloader)
{
    if (!reloader)
        return;
    arena_free(reloader->mem);
    free(reloader);
}

/* --- the config: a change of it needs a new start --- */

static void add_key(struct buf *out, struct span name)
{
    buf_format(out, "%s%.*s", out->len ? ", " : "", SPAN_ARGS(name));
}

/* The keys of the config that are other than in the one at work, in words. */
static struct span changed_keys(const struct node *old, const struct node *now, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (const struct node *member = old->first; member; member = member->next) {
        const struct node *same = node_get(now, member->name->text);

        if (!same || !node_equal(member, same))
            add_key(&out, member->name->text);
    }
    for (const struct node *member = now->first; member; member = member->next)
        if (!node_get(old, member->name->text))
            add_key(&out, member->name->text);
    return buf_span(&out);
}

static struct span first_error(const struct report *report, struct arena *mem)
{
    size_t i = 0;

    while (report->at[i].is_warning)
        i++;
    return span_format(mem, "it has errors, such as %s:%d:%d: %.*s", report->at[i].file, report->at[i].line,
                       report->at[i].col, SPAN_ARGS(report->at[i].text));
}

/* Why the config as it is on the disk is not the one at work; empty: it is. */
static struct span compare_config(const struct reloader *reloader, struct report *report, struct arena *mem)
{
    const struct node *old = reloader->setup->config->node;
    struct config *now = config_load(old->file, report);
    struct span words = {0};

    if (!now || report->errors)
        words = first_error(report, mem);
    else if ((words = changed_keys(old, now->node, mem)).len)
        words = span_format(mem, "changed since the start: %.*s; restart to take it over", SPAN_ARGS(words));
    config_free(now);
    return words;
}

static void check_config(struct reloader *reloader, struct report *report)
{
    struct report *own = report_new();
    struct span words = compare_config(reloader, own, own->mem);

    for (size_t i = 0; i < own->sources_len; i++)
        report_source(report, own->sources[i].path, own->sources[i].stamp);
    if (words.len)
        log_event(LOG_WARN, "config-not-taken", "file=%s message=%s", log_quote(reloader->setup->config->node->file),
                  log_quote(span_string(words, own->mem)));
    worker_note_config(reloader->worker, words);
    report_free(own);
}

/* --- the rules --- */

static enum reload_result judge(const struct ruleset *rules, const struct worker_rules *old)
{
    if (!rules)
        return RELOAD_ERRORS;
    if (!strcmp(rules->fingerprint, old->fingerprint) && rules->version == old->version)
        return RELOAD_SAME_RULES;
    if (rules->version == old->version)
        return RELOAD_SAME_VERSION;
    return rules->version < old->version ? RELOAD_LOWER_VERSION : RELOAD_NEWER_VERSION;
}

static void log_problem(const struct problem *problem, struct arena *mem)
{
    log_event(problem->is_warning ? LOG_WARN : LOG_ERROR, "rules", "place=\"%s:%d:%d\" message=%s", problem->file,
              problem->line, problem->col, log_quote(span_string(problem->text, mem)));
}

static void log_result(enum reload_result result, const struct ruleset *rules, const struct worker_rules *old,
                       size_t problems)
{
    const struct reload_words *words = &reload_results[result];

    if (words->outcome == RELOAD_REFUSED)
        log_event(LOG_ERROR, "reload-refused", "problems=%zu", problems);
    else if (words->outcome == RELOAD_UNCHANGED)
        log_event(LOG_INFO, "reload-unchanged", "rules=\"%.*s\" message=%s", SPAN_ARGS(rules->name),
                  log_quote(words->words));
    else
        log_event(result == RELOAD_NEWER_VERSION ? LOG_INFO : LOG_WARN, "reload",
                  "rules=\"%.*s\" was=\"%lld %s\" message=%s", SPAN_ARGS(rules->name), (long long)old->version,
                  old->fingerprint, log_quote(words->words));
}

void reloader_reload(struct reloader *reloader)
{
    struct report *report = report_new();
    struct worker_rules old = worker_rules(reloader->worker);

    check_config(reloader, report);
    struct ruleset *rules = setup_rules(reloader->setup->config, report);
    enum reload_result result = judge(rules, &old);
    for (size_t i = 0; i < report->len && result != RELOAD_SAME_RULES; i++)
        log_problem(&report->at[i], report->mem);
    log_result(result, rules, &old, report->errors);
    if (reload_results[result].outcome == RELOAD_UNCHANGED) {
        ruleset_free(rules);
        rules = NULL;
    }
    worker_reload(reloader->worker, rules, result);
    keep_files(reloader, report->sources, report->sources_len);
    report_free(report);
}

void reloader_watch(struct reloader *reloader)
{
    int64_t now_ms = time_steady_ms();

    if (!reloader->setup->config->watch || now_ms - reloader->looked_ms < LOOK_MS)
        return;
    uint64_t stamp = stamp_of(reloader, false);
    bool is_whole = stamp == reloader->seen;
    reloader->looked_ms = now_ms;
    reloader->seen = stamp;
    if (is_whole && stamp != reloader->taken)
        reloader_reload(reloader);
}
