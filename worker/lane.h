/* lane: one straight line of its own: a port, an arena, and a thread that turns it. */
#pragma once

#include "worker/line.h"
#include "worker/monitor/lane_status.h"
#include "worker/rules/live_rules.h"

#include <stdatomic.h>

struct lane {
    int number;
    struct line line;            /* its rules are those of the current batch */
    const struct config *config; /* whose inputs and routes are counted; only with a meter */
    struct live_rules *rules;    /* where they are taken from between batches; NULL: they stay */
    struct port *port;
    struct arena *mem;          /* of the current batch */
    const atomic_bool *stop;    /* set from outside: drain and end */
    struct lane_status *status; /* what it tells about itself; NULL: nothing */
    bool said_unkeyed;
    bool is_within_record;  /* of a record of several posts some are delivered, and others not yet */
    atomic_llong turned_ms; /* when the last turn ended, on the steady clock: for a watchdog */
};

/* One turn: poll, carry as many of the messages as memory and time allow at once, deliver those. False: the lane cannot
 * go on. *ended: nothing more will come. */
bool lane_turn(struct lane *lane, bool *ended, struct err *err);

/* Turns until it is stopped or its input ends, then drains. False if either fails. */
bool lane_run(struct lane *lane, struct err *err);
