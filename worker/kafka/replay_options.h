/* replay: what the lanes of a replay do otherwise than the live worker's. They end each partition where
 * the offset's metadata say (kafka/replay.h). */
#pragma once

#include "common/settings.h"
#include "worker/post.h"

#include <stdatomic.h>

struct hides;
struct throttle;

/* Dead letters that go through the line once more as the messages that they were. */
struct letters {
    const struct list *inputs; /* of struct input: those of other topics are left */
    enum fault fault;          /* those of other faults are left; FAULT_NONE: any */
    atomic_ullong cut;         /* left, since they do not hold the whole message */
    atomic_ullong others;      /* left for the reasons above, or no letters at all */
};

struct replay {
    const struct hides *hides; /* posts that are hidden by now */
    struct throttle *throttle; /* NULL: as fast as it goes */
    struct letters *letters;   /* NULL: the range is one of the inputs */
};
