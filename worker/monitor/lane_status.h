/* news: what a lane tells about itself beside figures: what it lacks, its partitions, its last faults.
 *
 * The lane writes into pages of its own and shows them between two turns, if nobody reads at that very
 * moment; else after the next turn. It never waits for a reader. */
#pragma once

#include "worker/message.h"

#include <pthread.h>

enum { NEWS_FAULTS = 8, NEWS_WORDS = 200, NEWS_CLIENTS = 2 };

struct news_partition {
    struct span topic;                  /* the config's */
    int32_t partition;
    bool is_stopped;                    /* its next message is gone */
    int64_t committed, end;             /* -1: not known */
};

struct news_fault {
    int64_t at_ms;
    enum fault fault;
    struct span topic;
    int32_t partition;
    int64_t offset;
    char why[NEWS_WORDS];
};

struct news_page {
    char lacks[NEWS_WORDS];             /* what keeps the lane from working, in words; empty: nothing */
    struct news_partition *partitions;
    size_t partitions_len, partitions_cap;
    struct news_fault faults[NEWS_FAULTS];      /* fault n of the lane at n % NEWS_FAULTS */
    size_t faults_len;                  /* of all time */
    char *statistics[NEWS_CLIENTS];     /* librdkafka's JSON, consumer and producer; NULL: none yet */
    uint64_t statistics_number[NEWS_CLIENTS];   /* raised with each */
};

struct news {
    struct news_page own;               /* the lane's alone */
    bool is_dirty;
    pthread_mutex_t lock;               /* of shown */
    struct news_page shown;
};

void news_open(struct news *news);
void news_close(struct news *news);

/* --- for the lane; NULL: nobody is told --- */

void news_lack(struct news *news, const char *what);
void news_fault(struct news *news, const struct dead *dead);
void news_no_partitions(struct news *news);            /* those that follow are all */
void news_partition(struct news *news, struct news_partition partition);
void news_statistics(struct news *news, int client, const char *json, size_t len);
void news_show(struct news *news);

/* --- for those who ask --- */

/* A copy in mem, without the statistics. */
const struct news_page *news_read(struct news *news, struct arena *mem);

/* The newest statistics of a client, where they are newer than *number, which is raised. */
bool news_newer_statistics(struct news *news, int client, uint64_t *number, struct arena *mem, struct span *json);
