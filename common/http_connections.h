/* http_connections: who is connected to a listener, and who has to go.
 *
 * Bounds: HTTP_CONNECTIONS in all, some of them for loopback alone, and so many of one host. Where there is no place,
 * the connection that has waited longest without a whole request makes room, then one whose client does not read its
 * answer. One that makes room is shut down; whoever owns the descriptor sees its end and closes it.
 * Times begin at the end of the turn in which something happened: a client is not late because we were. For one thread.
 */
#pragma once

#include "common/address.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    HTTP_CONNECTIONS = 256,
    HTTP_LOOPBACK_CONNECTIONS = 32, /* of these, for loopback alone */
    HTTP_HOST_CONNECTIONS = 128,    /* of one address; of IPv6, of one /64 */
    HTTP_REQUEST_MS = 5000,         /* until the request is there as a whole */
    HTTP_LIFE_MS = 15000,
    HTTP_CLOSING = 64, /* places for those that were shut down and are not closed yet */
    HTTP_PLACES = HTTP_CONNECTIONS + HTTP_CLOSING,
};

enum http_phase { HTTP_FREE, HTTP_WAITS, HTTP_WORKS, HTTP_JOINED, HTTP_ANSWERED, HTTP_CUT };

struct http_connection {
    int fd;
    enum http_phase phase; /* WAITS for the whole request, WORKS on its answer, JOINED to one that does */
    uint64_t number;       /* in the order in which they came */
    int64_t since_ms;      /* when it came; 0: in this turn */
    int64_t answered_ms;   /* when its answer was there; 0: in this turn, or it is not */
    uint64_t host;
    bool is_loopback;
};

struct http_connections {
    struct http_connection at[HTTP_PLACES];
    uint64_t number; /* of the one that came last */
};

/* Whether one more from there has a place, made for it where need be. */
bool http_connections_admit(struct http_connections *all, const struct address *from);

void http_connections_begin(struct http_connections *all, int fd, const struct address *from);
void http_connections_end(struct http_connections *all, int fd);

/* NULL: not ours, or ended. */
struct http_connection *http_connections_find(struct http_connections *all, int fd);

int http_connections_working(const struct http_connections *all, uint64_t host); /* of one host, that are in WORKS */

/* Shuts down the client that has been reading its answer longest, if that is long enough to be called slow. */
void http_connections_drop_reader(struct http_connections *all);

void http_connections_end_turn(struct http_connections *all); /* shuts down whoever is late */
