/* http: answers GET requests, one at a time, on a thread of its own. The one door to libmicrohttpd.
 *
 * Bounded: so many connections (more wait in the system's queue), so much memory a connection, which
 * bounds the headers, and so long a life: a slow client is cut off. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    HTTP_CONNECTIONS = 32,
    HTTP_CONNECTION_BYTES = 16 * 1024,
    HTTP_IDLE_MS = 5000,
    HTTP_LIFE_MS = 15000,
};

struct http;

struct http_request {
    const char *path;                   /* without its query */
    const char *accept;                 /* "" where it is not said */
};

struct http_reply {
    unsigned status;
    const char *type;
    struct span body;                   /* copied */
};

bool http_is_built(void);                              /* false: without libmicrohttpd */
const char *http_library_version(void);
bool http_address_is_good(struct span address);        /* IPv4 or IPv6, in digits */

/* Takes the port. NULL: it cannot be had. */
struct http *http_listen(struct span address, int64_t port, struct err *err);

/* Answers from now on; a reply may lie in mem. NULL if there is no memory or thread for it. */
bool http_serve(struct http *http,
                void (*answer)(void *context, const struct http_request *request, struct arena *mem,
                               struct http_reply *reply),
                void *context, struct err *err);

void http_watch(struct http *http);                    /* cuts off what lives too long; once a second will do */
void http_close(struct http *http);                    /* takes NULL */

/* Asks a worker's own listener: its status and body. An address for all is asked on loopback. */
bool http_ask(struct span address, int64_t port, const char *path, int timeout_ms, unsigned *status, struct buf *body,
              struct err *err);
