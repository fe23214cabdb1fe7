#include "common/http_connections.h"
#include "common/time.h"

#include <stddef.h>

enum { READING_MS = 1000 }; /* a client has this long to take its answer before it may make room */

static void cut_off(struct http_connection *it)
{
    shutdown(it->fd, SHUT_RDWR);
    it->phase = HTTP_CUT;
}

static bool is_open(const struct http_connection *it)
{
    return it->phase != HTTP_FREE && it->phase != HTTP_CUT;
}

/* Who shares one bound: all, all but loopback, or one host. */
struct share {
    bool has_loopback, is_of_host;
    uint64_t host;
    int most;
};

static bool is_in(const struct share *share, const struct http_connection *it)
{
    return is_open(it) && (share->has_loopback || !it->is_loopback) && (!share->is_of_host || it->host == share->host);
}

static int count_of(const struct http_connections *all, const struct share *share)
{
    int count = 0;

    for (int i = 0; i < HTTP_PLACES; i++)
        count += is_in(share, &all->at[i]);
    return count;
}

/* The one that has been in this phase longest; NULL if none is. */
static struct http_connection *oldest(struct http_connections *all, const struct share *share, enum http_phase phase)
{
    struct http_connection *found = NULL;

    for (int i = 0; i < HTTP_PLACES; i++) {
        struct http_connection *it = &all->at[i];

        if (it->phase == phase && is_in(share, it) && (!found || it->number < found->number))
            found = it;
    }
    return found;
}

static bool reads_slowly(const struct http_connection *it)
{
    return it && it->answered_ms && time_steady_ms() - it->answered_ms >= READING_MS;
}

static bool make_room(struct http_connections *all, const struct share *share)
{
    if (count_of(all, share) < share->most)
        return true;
    struct http_connection *it = oldest(all, share, HTTP_IDLE);
    if (!it)
        it = oldest(all, share, HTTP_WAITS);
    if (!it && !reads_slowly(it = oldest(all, share, HTTP_ANSWERED)))
        return false;
    cut_off(it);
    return true;
}

static struct http_connection *free_place(struct http_connections *all)
{
    for (int i = 0; i < HTTP_PLACES; i++)
        if (all->at[i].phase == HTTP_FREE)
            return &all->at[i];
    return NULL;
}

bool http_connections_admit(struct http_connections *all, const struct address *from)
{
    const struct share every = {.has_loopback = true, .most = HTTP_CONNECTIONS};
    const struct share others = {.most = HTTP_CONNECTIONS - HTTP_LOOPBACK_CONNECTIONS};
    const struct share host = {true, true, address_host(from), HTTP_HOST_CONNECTIONS};

    return free_place(all) && make_room(all, &host) && (address_is_loopback(from) || make_room(all, &others))
           && make_room(all, &every);
}

struct http_connection *http_connections_begin(struct http_connections *all, int fd, const struct address *from)
{
    struct http_connection *it = free_place(all);

    if (it)
        *it = (struct http_connection){.fd = fd,
                                       .phase = HTTP_WAITS,
                                       .number = ++all->number,
                                       .host = address_host(from),
                                       .is_loopback = address_is_loopback(from)};
    return it;
}

void http_connection_end(struct http_connection *it)
{
    if (it)
        *it = (struct http_connection){0};
}

void http_connection_move(struct http_connection *it, enum http_phase phase)
{
    if (it->phase != HTTP_CUT)
        it->phase = phase;
}

/* Its time begins anew. */
static void begin_phase(struct http_connections *all, struct http_connection *it, enum http_phase phase)
{
    http_connection_move(it, phase);
    it->number = ++all->number;
    it->since_ms = it->answered_ms = 0;
}

int http_connections_ask(struct http_connections *all, struct http_connection *it)
{
    if (it->requests++) /* the first one has been waited for since the connection came */
        begin_phase(all, it, HTTP_WAITS);
    return it->requests;
}

void http_connections_rest(struct http_connections *all, struct http_connection *it)
{
    begin_phase(all, it, HTTP_IDLE);
}

int http_connections_working(const struct http_connections *all, uint64_t host)
{
    int count = 0;

    for (int i = 0; i < HTTP_PLACES; i++)
        count += all->at[i].phase == HTTP_WORKS && all->at[i].host == host;
    return count;
}

void http_connections_drop_reader(struct http_connections *all)
{
    const struct share every = {.has_loopback = true};
    struct http_connection *it = oldest(all, &every, HTTP_ANSWERED);

    if (reads_slowly(it))
        cut_off(it);
}

static void look_at_time(struct http_connection *it, int64_t now_ms)
{
    int64_t most_ms = it->phase == HTTP_IDLE ? HTTP_IDLE_MS : it->phase == HTTP_WAITS ? HTTP_REQUEST_MS : HTTP_LIFE_MS;

    if (!it->since_ms)
        it->since_ms = now_ms;
    if (it->phase == HTTP_ANSWERED && !it->answered_ms)
        it->answered_ms = now_ms;
    if (now_ms - it->since_ms > most_ms)
        cut_off(it);
}

void http_connections_end_turn(struct http_connections *all)
{
    int64_t now_ms = time_steady_ms();

    for (int i = 0; i < HTTP_PLACES; i++)
        if (is_open(&all->at[i]))
            look_at_time(&all->at[i], now_ms);
}
