#include "worker/command/command.h"
#include "worker/crash.h"
#include "worker/file_port.h"
#include "worker/lane.h"
#include "worker/parts.h"
#include "worker/route/shape.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { CONFIG, SHAPE, RECORDS, INPUT, DEAD };

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [SHAPE] = {"shape", "NAME", "Print this shape of every post, whatever the routes (default event)."},
    [RECORDS] = {"records", NULL, "Print what would go to Kafka for every route."},
    [INPUT] = FLAG_INPUT,
    [DEAD] = {"dead", "FILE", "Write dead letters there as JSON lines, not in words on stderr."},
    {0},
};

static bool choose_shape(const char *name, struct route *route, struct err *err)
{
    *route = (struct route){.name = SPAN("pipe"), .topic = SPAN("pipe"), .text = true};
    for (int i = 0; i < SHAPE_COUNT; i++)
        if (!strcmp(shapes[i]->name, name)) {
            route->shape = i;
            route->key = shapes[i]->key;
            return true;
        }
    return fail(err, ERR_CONFIG, "no shape is named \"%s\"; there are event, facts and by-tag", name);
}

static bool carry_all(const struct setup *setup, const struct list *routes, const struct input *input,
                      struct file_port_files files, struct err *err)
{
    atomic_bool stop = false;
    struct lane lane = {
        .line = line_of(setup->config, setup->rules),
        .port = file_port_open(files, input, setup->config->limits.post_bytes),
        .mem = arena_new(),
        .stop = &stop,
    };
    lane.line.routes = routes;
    bool fine = lane_run(&lane, err);

    lane.port->ops->close(lane.port);
    arena_free(lane.mem);
    return fine;
}

static bool run_pipe(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;
    struct route route;
    const struct input *input;
    struct file_port_files files = {.in = STDIN_FILENO, .out = stdout, .as_records = values[RECORDS] != NULL};
    bool fine = false;

    (void)rest;
    if (values[RECORDS] && values[SHAPE])
        return fail(err, ERR_CONFIG, "--records prints every route's own shape; leave --shape out");
    crash_install();
    if (!setup_load(values[CONFIG], &setup, err))
        return false;
    struct list routes = values[RECORDS] ? setup.config->routes : (struct list){&route, 1};
    if (!choose_shape(values[SHAPE] ? values[SHAPE] : "event", &route, err)
        || !setup_input(&setup, values[INPUT], &input, err))
        goto out;
    if (values[DEAD] && !(files.dead = fopen(values[DEAD], "w"))) {
        fail(err, ERR_WORK, "%s cannot be written: %s", values[DEAD], strerror(errno));
        goto out;
    }
    fine = carry_all(&setup, &routes, input, files, err);
    if (files.dead && fclose(files.dead) != 0 && fine)
        fine = fail(err, ERR_WORK, "%s cannot be written: %s", values[DEAD], strerror(errno));
out:
    setup_free(&setup);
    return fine;
}

const struct command command_pipe = {
    .name = "pipe",
    .arguments = "< posts.jsonl > events.jsonl",
    .help = "The same line without a broker: raw posts on stdin, events on stdout, one JSON a line.",
    .flags = flags,
    .run = run_pipe,
};
