/* status: what a lane tells about itself beside figures: what it lacks, its partitions, its last faults.
 *
 * The lane writes into pages of its own and shows them between two turns, if nobody reads at that very
 * moment; else after the next turn. It never waits for a reader. */
#pragma once

#include "worker/message.h"

#include <pthread.h>
#include <stdatomic.h>

enum { LANE_STATUS_FAULTS = 8, LANE_STATUS_WORDS = 200, LANE_STATUS_CLIENTS = 2 };

struct lane_status_partition {
    struct span topic; /* the config's */
    int32_t partition;
    bool is_stopped;        /* its next message is gone */
    int64_t committed, end; /* -1: not known */
};

struct lane_status_fault {
    int64_t at_ms;
    enum fault fault;
    struct span topic;
    int32_t partition;
    int64_t offset;
    char why[LANE_STATUS_WORDS];
};

struct lane_status_page {
    char lacks[LANE_STATUS_WORDS]; /* what keeps the lane from working, in words; empty: nothing */
    struct lane_status_partition *partitions;
    size_t partitions_len, partitions_cap;
    struct lane_status_fault faults[LANE_STATUS_FAULTS]; /* fault n of the lane at n % LANE_STATUS_FAULTS */
    size_t faults_len;                                   /* of all time */
    char *statistics[LANE_STATUS_CLIENTS];               /* librdkafka's JSON, consumer and producer; NULL: none yet */
    uint64_t statistics_number[LANE_STATUS_CLIENTS];     /* raised with each */
};

struct lane_status {
    struct lane_status_page own; /* the lane's alone */
    bool is_dirty;
    pthread_mutex_t lock; /* of shown */
    struct lane_status_page shown;
    _Atomic(const char *) waits_in; /* the call that it is in or was in last; a constant, NULL: none */
};

void lane_status_open(struct lane_status *status);
void lane_status_close(struct lane_status *status);

/* --- for the lane; NULL: nobody is told --- */

void lane_status_lack(struct lane_status *status, const char *what);
void lane_status_fault(struct lane_status *status, const struct dead *dead);
void lane_status_no_partitions(struct lane_status *status); /* those that follow are all */
void lane_status_partition(struct lane_status *status, struct lane_status_partition partition);
void lane_status_statistics(struct lane_status *status, int client, const char *json, size_t len);
void lane_status_show(struct lane_status *status);

/* The call that it goes into, a constant: seen at once, for a watchdog. */
void lane_status_wait(struct lane_status *status, const char *call);

/* --- for those who ask --- */

/* "" where it has not said. */
const char *lane_status_waits_in(const struct lane_status *status);

/* A copy in mem, without the statistics. */
const struct lane_status_page *lane_status_read(struct lane_status *status, struct arena *mem);

/* The newest statistics of a client, where they are newer than *number, which is raised. */
bool lane_status_newer_statistics(struct lane_status *status, int client, uint64_t *number, struct arena *mem,
                                  struct span *json);
