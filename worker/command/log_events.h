/* log_events: the events that the log may hold, for the reference. Every event of the code is here: a test compares. */
#pragma once

struct log_event_help {
    const char *name, *level, *help;
};

extern const struct log_event_help log_events[]; /* by name, ended by one without a name */
