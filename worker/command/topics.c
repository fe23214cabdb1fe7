#include "worker/command/command.h"
#include "worker/kafka/kafka.h"

#include <stdio.h>

enum { CONFIG, CREATE };

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [CREATE] = {"create", NULL, "Make the missing ones."},
    {0},
};

static size_t missing(const struct topics *topics)
{
    size_t count = 0;

    for (size_t i = 0; i < topics->len; i++)
        count += !topics->at[i].is_there;
    return count;
}

static void print_topics(const struct topics *topics)
{
    for (size_t i = 0; i < topics->len; i++) {
        const struct topic *topic = &topics->at[i];
        struct span cleanup = topic->cleanup.len ? topic->cleanup : SPAN("any cleanup.policy");

        printf("%-24.*s %-12s %-18.*s ", SPAN_ARGS(topic->name), topic->role, SPAN_ARGS(cleanup));
        if (topic->is_there)
            printf("%d partitions\n", topic->partitions);
        else
            puts("missing");
    }
}

static bool list(const struct config *config, bool create, struct arena *mem, struct err *err)
{
    struct topics topics;

    if (!kafka_topics(config, mem, &topics, err))
        return false;
    if (create && missing(&topics)
        && (!kafka_topics_create(config, &topics, err) || !kafka_topics(config, mem, &topics, err)))
        return false;
    print_topics(&topics);
    return !missing(&topics) || fail(err, ERR_CLUSTER, "%zu topics are missing; --create makes them", missing(&topics));
}

static bool run_topics(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;
    struct arena *mem;

    (void)rest;
    if (!setup_load(values[CONFIG], &setup, err))
        return false;
    mem = arena_new();
    bool fine = list(setup.config, values[CREATE] != NULL, mem, err);
    arena_free(mem);
    setup_free(&setup);
    return fine;
}

const struct command command_topics = {
    .name = "topics",
    .arguments = "",
    .help = "The topics that the config needs, with their cleanup.policy, and whether they are there.",
    .flags = flags,
    .run = run_topics,
};
