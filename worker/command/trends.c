#include "common/log.h"
#include "worker/command/command.h"
#include "worker/command/signals.h"
#include "worker/crash.h"
#include "worker/trends/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { CONFIG, FACTS, ONCE, REBUILD, READ_ONLY };

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [FACTS] = {"facts", "FILE", "Read rows from a file, one a line (- is stdin), not from Kafka."},
    [ONCE] = {"once", NULL, "Read up to the end as it is now, then end."},
    [REBUILD] = {"rebuild", NULL, "Drop the store's content first, and read all rows again."},
    [READ_ONLY] = {"read-only", NULL, "Serve alone: another process writes the store."},
    {0},
};

static void say_taken(const struct intake *intake)
{
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);

    buf_format(&out, "rows=%lld bad=%lld", (long long)intake->taken, (long long)intake_bad(intake));
    for (int i = ROW_NONE + 1; i < ROW_FAULT_COUNT; i++)
        if (intake->faults[i])
            buf_format(&out, " %s=%lld", row_faults[i].name, (long long)intake->faults[i]);
    log_event(LOG_INFO, "taken", "%.*s", SPAN_ARGS(buf_span(&out)));
    arena_free(mem);
}

static bool read_file(struct trend_store *store, const char *path, struct err *err)
{
    bool is_stdin = !strcmp(path, "-");
    int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return fail(err, ERR_WORK, "%s cannot be read: %s", path, strerror(errno));
    struct intake *intake = intake_new(store);
    bool fine = intake_file(intake, file, is_stdin ? "stdin" : path, err);
    say_taken(intake);
    intake_free(intake);
    if (!is_stdin)
        close(file);
    return fine;
}

static bool work(const char *const *values, const struct setup *setup, struct err *err)
{
    enum store_mode mode = values[READ_ONLY] ? STORE_READ : values[REBUILD] ? STORE_REBUILD : STORE_WRITE;
    struct trend_store *store = sqlite_store_open(&setup->config->trends, mode, err);

    if (!store)
        return false;
    bool fine = !values[FACTS] || read_file(store, values[FACTS], err);
    store->ops->close(store);
    return fine;
}

static bool run(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;

    (void)rest;
    if (values[READ_ONLY] && (values[REBUILD] || values[FACTS]))
        return fail(err, ERR_CONFIG, "--read-only writes nothing; leave --rebuild and --facts out");
    crash_install();
    if (!setup_load(values[CONFIG], &setup, err))
        return false;
    log_write_as((enum log_format)setup.config->log.format);
    log_threshold((enum log_level)setup.config->log.level);
    bool fine = work(values, &setup, err);
    setup_free(&setup);
    return fine;
}

const struct command command_trends = {
    .name = "trends",
    .arguments = "",
    .help = "The trend stage: reads facts rows into a store that answers what is said about a tag.",
    .flags = flags,
    .run = run,
};
