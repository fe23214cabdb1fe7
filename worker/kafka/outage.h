/* outage: connections to brokers that fail. One line of log when it begins, one a minute with the count while it lasts,
 * and one when it is over. Safe from any thread: librdkafka logs from its own.
 *
 * A connection that was idle and is closed, as brokers and load balancers do, is no outage. */
#pragma once

#include "common/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NO_LANE = -1 };

enum outage_cause { OUTAGE_UNREACHABLE, OUTAGE_CREDENTIALS, OUTAGE_CERTIFICATE, OUTAGE_CAUSES };

/* What it is, and what to look at; for errors too. */
extern const char *const outage_words[OUTAGE_CAUSES];

struct outage {
    pthread_mutex_t lock;
    char who[16];            /* for the log: "lane=0 ", or nothing */
    int64_t since_ms;        /* of the first failure; 0: no outage */
    int64_t last_ms;         /* of the last one */
    int64_t said_ms;         /* when the log had a line of it */
    unsigned unanswered;     /* questions in a row */
    uint64_t failures;       /* since the last line */
    enum outage_cause cause; /* of the last one */
    char why[256];           /* librdkafka's words for it */
};

void outage_open(struct outage *outage, int lane);
void outage_close(struct outage *outage);

/* A connection failed: `text` is a line of librdkafka's log. False: it says no more than that an idle connection was
 * closed. */
bool outage_note(struct outage *outage, const char *text);

/* While it is on, questions are asked every few seconds: whether a broker answered one. Any broker may be asked, so
 * that one alone that does not answer means nothing. */
bool outage_is_on(struct outage *outage);
void outage_heard(struct outage *outage, bool answered);

/* In words, where no broker answers. False: one does. */
bool outage_say(struct outage *outage, char *words, size_t size);

/* Whether credentials or certificates are refused, as an error: waiting will not help. */
bool outage_is_refused(struct outage *outage, struct err *err);

/* "no broker answers …" and librdkafka's words, after so long a wait. */
void outage_fail(struct outage *outage, struct err *err);
