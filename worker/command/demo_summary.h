/* summary: what the demo shows: the downstream topics as a person reads them. */
#pragma once

#include "common/arena.h"
#include "common/span.h"
#include "worker/rules/ruleset.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct summary;

struct summary *summary_new(const struct ruleset *rules, struct arena *mem);

void summary_event(struct summary *summary);                 /* a record of shape event */
void summary_row(struct summary *summary, struct span json); /* a row of shape facts */
void summary_dead(struct summary *summary, struct span fault, struct span why);

struct summary_run {
    size_t posts;    /* raw posts that were written to the input */
    int64_t took_ms; /* from the first post read to the last commit */
    int lanes;
};

/* Closes with the line `N posts, N events, N dead letters, N hidden`. */
void summary_print(struct summary *summary, struct summary_run run, FILE *out);
