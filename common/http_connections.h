/* http_connections: who is connected to a listener, and who has to go.
 *
 * Bounds: HTTP_CONNECTIONS in all, some of them for loopback alone, and so many of one host. A connection may carry one
 * request after another (HTTP/1.1), HTTP_CONNECTION_REQUESTS at most, each with its own HTTP_REQUEST_MS and
 * HTTP_LIFE_MS, and HTTP_IDLE_MS between two. Where there is no place, the connection that has been idle longest makes
 * room, then the one that has waited longest without a whole request, then one whose client does not read its answer.
 * One that makes room is shut down; whoever owns the descriptor sees its end and closes it. Times begin at the end of
 * the turn in which something happened: a client is not late because we were. For one thread.
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
    HTTP_LIFE_MS = 15000,           /* of a request, until its answer is taken */
    HTTP_IDLE_MS = 5000,            /* from an answer to the first line of the next request */
    HTTP_CONNECTION_REQUESTS = 1000,
    HTTP_CLOSING = 64, /* places for those that were shut down and are not closed yet */
    HTTP_PLACES = HTTP_CONNECTIONS + HTTP_CLOSING,
};

enum http_phase { HTTP_FREE, HTTP_IDLE, HTTP_WAITS, HTTP_WORKS, HTTP_JOINED, HTTP_ANSWERED, HTTP_CUT };

struct http_connection {
    int fd;
    enum http_phase
        phase;        /* IDLE between requests, WAITS for a whole one, WORKS on its answer, JOINED to one that does */
    int requests;     /* whose first line came */
    uint64_t number;  /* in the order in which they came, or began to be idle or to ask again */
    int64_t since_ms; /* when that was; 0: in this turn */
    int64_t answered_ms; /* when its answer was there; 0: in this turn, or it is not */
    uint64_t host;
    bool is_loopback;
};

struct http_connections {
    struct http_connection at[HTTP_PLACES];
    uint64_t number; /* the last one given */
};

/* Whether one more from there has a place, made for it where need be. */
bool http_connections_admit(struct http_connections *all, const struct address *from);

/* The place of one that was admitted, good until its end; NULL: there is none. It waits for its first request. */
struct http_connection *http_connections_begin(struct http_connections *all, int fd, const struct address *from);
void http_connection_end(struct http_connection *it); /* takes NULL */

/* The first line of a request is there: which one of the connection it is, from 1. */
int http_connections_ask(struct http_connections *all, struct http_connection *it);
void http_connections_rest(struct http_connections *all, struct http_connection *it); /* its answer was taken */

void http_connection_move(struct http_connection *it, enum http_phase phase); /* one that was cut off stays so */

int http_connections_working(const struct http_connections *all, uint64_t host); /* of one host, that are in WORKS */

/* Shuts down the client that has been reading its answer longest, if that is long enough to be called slow. */
void http_connections_drop_reader(struct http_connections *all);

void http_connections_end_turn(struct http_connections *all); /* shuts down whoever is late */
