/* http_exchange: a request from its first line to the end of its answer, on its way through common/http_*.c. Internal
 * to them; see http.h for what is served. */
#pragma once

#include "common/http.h"
#include "common/pool.h"

#include <pthread.h>
#include <stdatomic.h>

struct MHD_Connection;
struct MHD_Daemon;

/* Everything but `stop` belongs to the thread that serves. */
struct http {
    int fd;   /* that listens; the daemon's own once it serves */
    int wake; /* eventfd: stop has changed, or a slow answer is there */
    atomic_bool stop;
    pthread_t thread;
    struct pool *pool;         /* NULL where no route is slow */
    struct MHD_Daemon *daemon; /* NULL until it serves */
    const struct http_site *site;
    struct arena *mem;       /* of the current request, if it is quick */
    size_t answers_bytes;    /* on their way */
    struct exchange *making; /* those with a key whose answers are being made */
    struct http_connections connections;
};

/* While a thread of the pool makes its answer, the daemon leaves it alone. */
struct exchange {
    struct pool_job job;
    struct http *http;
    struct MHD_Connection *connection;
    struct http_connection *place;
    const struct http_route *route; /* NULL: refused, and the reply says so */
    struct http_request request;
    struct http_reply reply;
    struct arena *mem;       /* of a slow one; else NULL */
    struct span key;         /* of its answer, while it is made */
    struct exchange *joined; /* the first of those that wait for it */
    struct exchange *next;   /* that makes an answer, or that is joined to the same one */
    bool is_whole, is_too_long, is_made;
    bool is_last; /* the connection ends with its answer */
    char target[HTTP_TARGET_BYTES + 1];
};

/* http_request.c: reads what the daemon has of the request. False: it is refused, and the reply says why. */
bool exchange_read(struct exchange *it, const char *method, const char *version, struct arena *mem);

/* http_send.c: a refusal by the server itself, in the form that the site wants; the connection ends with it. Always
 * false. */
bool exchange_refuse(struct exchange *it, unsigned status, struct span why, struct arena *mem);

/* http_send.c: gives the reply to the daemon. False: there is no memory for it. */
bool exchange_send(struct exchange *it, struct arena *mem);

/* http_answer.c: answers the request or has it answered; false: the daemon is to close the connection. */
bool exchange_answer(struct exchange *it, const char *method, const char *version);
bool exchange_send_made(struct exchange *it); /* once is_made */

/* http_answer.c: the answer is there, or will never be: those that wait for it go on. */
void exchange_end_making(struct exchange *it);

void http_wake(struct http *http); /* http_answer.c: ends a wait of the thread that serves; from any thread */
