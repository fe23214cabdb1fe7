/* cases: unit tests of a config, as people write them in YAML: a post, and what must come of it. */
#pragma once

#include "worker/config.h"
#include "worker/enrich/enrich.h"
#include "worker/rules/ruleset.h"

/* What a list of names must be: these and no others in any order, or with some and without others. */
struct wanted {
    const struct node *node; /* NULL: whatever it is */
    bool is_exact;
    struct list is, has, lacks; /* of struct span */
};

struct wanted_figure {
    const struct node *node; /* NULL: whatever it is */
    bool is_unknown;
    int64_t value;
};

struct wanted_route {
    struct span name;
    bool taken;
};

/* What must come of a post. A span without bytes, a fault or kind of -1: whatever it is. "none" as
 * segment, sentiment or tier: there is none. */
struct expected {
    const struct node *node;
    int fault; /* enum fault; FAULT_NONE: it must be none */
    int kind;  /* index into case_kinds */
    struct span lang, segment, sentiment, tier;
    struct wanted tags, entities[ENTITY_KINDS];
    struct wanted_figure figures[FIGURES];
    struct wanted_route *routes;
    size_t routes_len;
};

struct test_case {
    struct span name;
    const struct node *node;
    const struct input *input;
    struct span post; /* as it comes from the input */
    struct expected expected;
};

struct cases {
    struct test_case *at;
    size_t len;
};

extern const char *const case_kinds[]; /* as explain_says names them */
extern const struct form cases_form;   /* of such a file */

/* Reads and checks a file of tests: its names must be those of the config and its rules. Problems go
 * to the report, and the cases left over are good for nothing then. All is in mem. */
struct cases cases_load(const char *path, const struct config *config, const struct ruleset *rules, struct arena *mem,
                        struct report *report);
