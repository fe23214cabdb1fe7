/* setup: config and rules of a command line. */
#pragma once

#include "common/err.h"
#include "worker/config.h"
#include "worker/rules/ruleset.h"

struct setup {
    struct config *config;
    struct ruleset *rules;
    struct source_file *sources; /* the files that both were made of; of the config's memory */
    size_t sources_len;
};

/* Loads and checks both. Problems are printed on stderr; err has the last word. */
bool setup_load(const char *path, struct setup *setup, struct err *err);

/* The same with the problems left in the report, warnings too. */
bool setup_read(const char *path, struct setup *setup, struct report *report, struct err *err);

/* Reads the keys of the API, for a command that serves it. Problems are printed on stderr; err has the last word. */
bool setup_read_keys(const struct setup *setup, struct err *err);

/* The rules of a config, checked against its routes. NULL if there is an error in them. */
struct ruleset *setup_rules(const struct config *config, struct report *report);

/* The input of this topic, which the command line names; the first one for NULL. */
bool setup_input(const struct setup *setup, const char *topic, const struct input **input, struct err *err);

void setup_free(struct setup *setup);
