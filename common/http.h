/* http: answers GET and HEAD requests by a table of routes, on a thread of its own. The one door to libmicrohttpd.
 *
 * Bounded in connections, in memory for each, in memory of answers on their way, and in time: a request has to be
 * there as a whole within HTTP_REQUEST_MS and a connection ends after HTTP_LIFE_MS, however busily the client sends.
 * Where there is no place for a new connection, the one that has waited longest without a whole request makes room:
 * slow clients hold up neither a probe nor each other. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    HTTP_CONNECTIONS = 256,
    HTTP_LOOPBACK_CONNECTIONS = 32,     /* of these, for loopback alone */
    HTTP_HOST_CONNECTIONS = 128,        /* of one address; of IPv6, of one /64 */
    HTTP_CONNECTION_BYTES = 16 * 1024,  /* memory of a connection, which bounds the headers */
    HTTP_TARGET_BYTES = 4 * 1024,       /* path and query */
    HTTP_ANSWERS_BYTES = 16 << 20,      /* all answers on their way; one alone may be longer */
    HTTP_REQUEST_MS = 5000,
    HTTP_LIFE_MS = 15000,
};

enum { HTTP_OK = 200, HTTP_NOT_FOUND = 404, HTTP_UNAVAILABLE = 503 };

struct http;

struct http_request {
    struct span path;                   /* as the client wrote it, without its query */
    struct span accept;                 /* empty where it is not said */
    bool names_host;                    /* its Host is one that is served; else only routes of any_host see it */
};

struct http_reply {
    unsigned status;
    const char *type;
    struct span body;                   /* copied */
    const char *csp;                    /* Content-Security-Policy; NULL: nothing may be loaded or run */
};

struct http_route {
    const char *path;
    const char *help;
    void (*answer)(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply);
    bool any_host;                      /* whatever the Host header says: for probes, which know no name */
};

struct http_site {
    const struct http_route *routes;    /* ended by one without a path, whose answer is for all other paths */
    void *context;                      /* of all answers */
    const struct span *hosts;           /* names that Host may give, beside localhost and addresses in digits */
    size_t hosts_len;
    const char *hosts_setting;          /* where a person can add one, in words */
};

bool http_is_built(void);                              /* false: without libmicrohttpd */
const char *http_library_version(void);
bool http_address_is_good(struct span address);        /* IPv4 or IPv6, in digits */

/* Takes the port. NULL: it cannot be had, kind ERR_CONFIG; or the system lacks something, ERR_WORK. */
struct http *http_listen(struct span address, int64_t port, struct err *err);

/* Answers from now on; site must outlive http. All answers are made on one thread, and a reply may be in mem. False,
 * kind ERR_WORK: there is no memory or thread for it. */
bool http_serve(struct http *http, const struct http_site *site, struct err *err);

void http_close(struct http *http);                    /* takes NULL */

/* Asks a worker's own listener: its status and body. An address for all is asked on loopback. */
bool http_ask(struct span address, int64_t port, const char *path, int timeout_ms, unsigned *status, struct buf *body,
              struct err *err);
