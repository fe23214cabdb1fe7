/* http: answers GET and HEAD requests by a table of routes. The one door to libmicrohttpd.
 *
 * One thread serves all connections and answers what is quick; routes that may take long are answered by a few threads
 * of their own, so that they hold up no probe. Bounded: see http_connections.h for connections and time; a connection
 * carries requests one after another and has HTTP_CONNECTION_BYTES, a slow answer an arena while it waits for its turn
 * or is made, and the answers on their way have HTTP_ANSWERS_BYTES in all. What is beyond gets 503.
 *
 * Connections persist (HTTP/1.1; of HTTP/1.0 where the client asks for it). Requests that a client sends ahead wait in
 * the connection's memory and are answered in their order. A connection ends with the answer to a request that is
 * refused by the server itself or announced a body, so that nothing behind such a request is ever read as one. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/http_connections.h"
#include "common/http_reply.h"
#include "common/span.h"
#include "common/uri.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    HTTP_CONNECTION_BYTES = 16 * 1024, /* memory of a connection, which bounds the headers */
    HTTP_TARGET_BYTES = 4 * 1024,      /* path and query */
    HTTP_ANSWERS_BYTES = 16 << 20,     /* all answers on their way; one alone may be longer */
    HTTP_WAITING = 32, /* requests that wait for a thread of the slow routes; half of them of one host */
};

enum {
    HTTP_OK = 200,
    HTTP_NOT_MODIFIED = 304,
    HTTP_BAD_REQUEST = 400,
    HTTP_NOT_FOUND = 404,
    HTTP_METHOD_NOT_ALLOWED = 405,
    HTTP_URI_TOO_LONG = 414,
    HTTP_MISDIRECTED = 421,
    HTTP_UNAVAILABLE = 503,
};

/* The headers that an answer may depend on. */
enum http_header { HTTP_ACCEPT, HTTP_ACCEPT_LANGUAGE, HTTP_AUTHORIZATION, HTTP_IF_NONE_MATCH, HTTP_HEADERS };

struct http;

struct http_request {
    struct span path;                  /* as the client wrote it, without its query */
    struct span params[URI_PARAMS];    /* what the route's {…} are for, decoded, in their order */
    struct uri_query query;            /* decoded */
    struct span headers[HTTP_HEADERS]; /* empty where one is not said */
    bool names_host;                   /* its Host is one that is served; else only routes of any_host see it */
    size_t route;                      /* its place in the site's table */
    bool is_again;                     /* asked anew after waiting for the same answer of another request */
};

/* The reply has status 500 and no body until the answer fills it; all that it points to may be in mem. */
typedef void http_answer(void *context, const struct http_request *request, struct arena *mem,
                         struct http_reply *reply);

/* Before a slow route is answered: true where the reply is there at once, such as from a cache or a refusal. Else what
 * equal answers have in common may go to *key: of requests with one key a single one takes a thread, and the others are
 * asked anew when its answer is made. Called by the one thread that serves all connections: it must not wait. */
typedef bool http_quick(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply,
                        struct span *key);

struct http_route {
    const char *path; /* a pattern of uri_match, such as /api/v1/tags/{tag} */
    const char *help;
    http_answer *answer;
    bool any_host; /* whatever the Host header says: for probes, which know no name */
    bool is_slow;  /* answered by one of the site's threads, several at once */
};

struct http_site {
    const struct http_route *routes; /* ended by one without a path, whose answer is for all other paths */
    void *context;                   /* of all answers */
    http_quick *quick;               /* of all slow routes; NULL: none */
    const struct span *hosts;        /* names that Host may give, beside localhost and addresses in digits */
    size_t hosts_len;
    const char *hosts_setting; /* where a person can add one, in words */
    int threads;               /* for slow routes; 0 where there are none */
    bool has_problems;         /* refusals are problem documents, not text */
};

bool http_is_built(void); /* false: without libmicrohttpd */
const char *http_library_version(void);
bool http_address_is_good(struct span address); /* IPv4 or IPv6, in digits */

/* Takes the port. NULL: it cannot be had, kind ERR_CONFIG; or the system lacks something, ERR_WORK. */
struct http *http_listen(struct span address, int64_t port, struct err *err);

/* Answers from now on; site must outlive http. False, kind ERR_WORK: there is no memory or thread for it. */
bool http_serve(struct http *http, const struct http_site *site, struct err *err);

/* Waits for the answers that are being made; all connections are closed. Takes NULL. */
void http_close(struct http *http);

/* Asks a worker's own listener: its status and body. An address for all is asked on loopback. */
bool http_ask(struct span address, int64_t port, const char *path, int timeout_ms, unsigned *status, struct buf *body,
              struct err *err);
