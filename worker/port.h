/* port: where messages come from and where records go: files, or Kafka.
 *
 * One lane owns one port and calls it from one thread. A port does all that delivery needs: it
 * groups batches into transactions, commits, rewinds what failed and gives it out again. */
#pragma once

#include "common/arena.h"
#include "common/err.h"
#include "worker/message.h"

struct meter;
struct lane_status;

/* Where a port counts and tells how it goes; either may be NULL. */
struct port_watch {
    struct meter *meter;
    struct lane_status *status;
};

struct port {
    const struct port_ops *ops;
};

struct port_ops {
    /* Waits a bounded time for messages; none is a good answer. False: the lane cannot go on. */
    bool (*poll)(struct port *port, struct arena *mem, struct batch *batch, struct err *err);

    /* Takes what came of the first messages of the last batch, as many as `batch` has, copies what it keeps, and
     * commits when that is due. The others come with the next poll. A batch that Kafka
     * rejected is rewound and polled anew: that is no failure. */
    bool (*deliver)(struct port *port, const struct batch *batch, const struct outbox *out, struct err *err);

    /* Commits all that was delivered. */
    bool (*drain)(struct port *port, struct err *err);

    void (*close)(struct port *port);
};
