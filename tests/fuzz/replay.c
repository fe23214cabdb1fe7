/* What a person may write behind `trendmill replay`, one flag a line (--from=6h): all that is checked before a broker
 * is asked. A flag that is not given twice takes the last value, as getopt has it. */
#include "tests/fuzz/fuzz.h"
#include "worker/command/command.h"
#include "worker/command/replay/replay.h"

const struct fuzz_limits fuzz_limits = {
    .base_us = 300000, .byte_ns = 100000, .base_bytes = 1 << 20, .byte_bytes = 2048};

static const char *config;

void fuzz_start(void)
{
    struct arena *mem = arena_new();

    config = fuzz_file(
        FUZZ_FILE_FIRST,
        span_format(mem,
                    "input: [{topic: posts.raw, key: id}, {topic: posts.old, preset: mastodon}]\n"
                    "rules: [%s]\n"
                    "routes: {facts: {topic: posts.facts, shape: facts}, events: {topic: posts.events, shape: event}}\n"
                    "dead_letters: posts.dead\n"
                    "kafka: {bootstrap.servers: 'localhost:9092'}\n",
                    fuzz_file(FUZZ_FILE_SECOND, SPAN("version: 1\n"))));
    arena_free(mem);
}

static void take_flag(struct span given, const char **values, struct arena *mem)
{
    const struct flag *flags = command_replay.flags;

    for (int i = 1; flags[i].name; i++) {
        struct span name = span_format(mem, "--%s", flags[i].name);

        if (!span_starts(given, name))
            continue;
        if (given.len == name.len && !flags[i].value)
            values[i] = "";
        else if (given.len > name.len && given.at[name.len] == '=' && flags[i].value)
            values[i] = span_string((struct span){given.at + name.len + 1, given.len - name.len - 1}, mem);
    }
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    const char *values[REPLAY_FLAGS] = {[REPLAY_CONFIG] = config, [REPLAY_FROM] = NULL};
    struct span left = bytes;
    struct err err = {0};
    struct job job;

    while (left.len)
        take_flag(fuzz_line(&left), values, mem);
    if (job_load(values, &job, &err))
        FUZZ_CHECK(job.targets_len && job.config.group.len);
    else
        FUZZ_CHECK(err.kind != ERR_NONE && *err.text);
    job_free(&job);
    return bytes.len;
}
