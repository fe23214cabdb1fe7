#include "worker/command.h"

#include <stdio.h>

static const struct flag flags[] = {FLAG_CONFIG, {0}};

static bool run(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;

    (void)rest;
    if (!setup_load(values[0], &setup, err))
        return false;
    printf("%s: no problem; %zu inputs, %zu routes, rules %.*s\n", values[0], setup.config->inputs.len,
           setup.config->routes.len, SPAN_ARGS(setup.rules->name));
    setup_free(&setup);
    return true;
}

const struct command command_check = {
    .name = "check",
    .arguments = "",
    .help = "Loads config and rules and prints every problem as file:line:col: message.",
    .flags = flags,
    .run = run,
};
