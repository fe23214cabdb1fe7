/* command: what `trendmill NAME` runs. One file each in worker/command/. */
#pragma once

#include "common/err.h"
#include "worker/setup.h"

#include <stdbool.h>

struct flag {
    const char *name;  /* long name; config is -c too, out is -o */
    const char *value; /* what it takes, in words; NULL: nothing */
    const char *help;
};

struct command {
    const char *name, *arguments, *help;
    const struct flag *flags; /* ended by one without a name */
    int rest_max;             /* arguments that may follow the flags, such as files */
    /* values[i] is what flags[i] was given: its value, "" for a flag without one, NULL if not given.
     * False: err says why, and its kind is the exit code. */
    bool (*run)(const char *const *values, char *const *rest, struct err *err);
};

/* clang-format off */
#define COMMANDS(X) X(run) X(pipe) X(demo) X(check) X(explain) X(test) X(topics) X(replay) X(trends) X(page) X(hide) \
    X(reference)
/* clang-format on */
#define COMMAND_DECLARE(name) extern const struct command command_##name;
COMMANDS(COMMAND_DECLARE)

#ifndef TRENDMILL_VERSION
#define TRENDMILL_VERSION "unversioned"
#endif

enum { FLAGS_MAX = 24, ARGUMENTS_ANY = 32767 };

/* The flag that names worker.yaml; every command that needs one has it first. */
#define FLAG_CONFIG                                                                                                    \
    {                                                                                                                  \
        "config", "FILE", "The worker's config, such as config/worker.yaml."                                           \
    }

/* The flag that chooses among several inputs. */
#define FLAG_INPUT                                                                                                     \
    {                                                                                                                  \
        "input", "TOPIC", "Read posts as those of this input (default the first)."                                     \
    }
