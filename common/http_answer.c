/* Answering: at once, by a thread of the pool, or by the answer that is made for another request. */
#include "common/http_exchange.h"
#include "common/log.h"

#include <errno.h>
#include <microhttpd.h>
#include <unistd.h>

static void make_answer(struct exchange *it, struct arena *mem)
{
    it->reply = (struct http_reply){.status = MHD_HTTP_INTERNAL_SERVER_ERROR};
    it->route->answer(it->http->site->context, &it->request, mem, &it->reply);
    it->is_made = true;
}

/* The daemon's own signal does not end a wait by its epoll descriptor. */
void http_wake(struct http *http)
{
    uint64_t one = 1;

    if (write(http->wake, &one, sizeof one) != sizeof one)
        log_event(LOG_WARN, "http", "message=%s", log_quote(strerror(errno)));
}

/* On a thread of the pool. */
static void make_slow_answer(struct pool_job *job)
{
    struct exchange *it = (struct exchange *)job;

    struct http *http = it->http;

    if (!job->is_dropped)
        make_answer(it, it->mem);
    MHD_resume_connection(it->connection); /* from here on the exchange is the daemon's */
    http_wake(http);
}

/* --- waiting for the same answer of another request --- */

/* The exchange that makes the answer of this key; NULL: none does. */
static struct exchange *find_maker(const struct http *http, struct span key)
{
    struct exchange *it = http->making;

    while (it && !span_equal(it->key, key))
        it = it->next;
    return it;
}

/* handle is called again when the other's answer is there. */
static void join(struct exchange *it, struct exchange *maker)
{
    http_connection_move(it->place, HTTP_JOINED);
    it->request.is_again = true;
    it->next = maker->joined;
    maker->joined = it;
    MHD_suspend_connection(it->connection);
}

static void begin_making(struct exchange *it, struct span key)
{
    if (!key.len)
        return;
    it->key = span_keep(key, it->mem);
    it->next = it->http->making;
    it->http->making = it;
}

void exchange_end_making(struct exchange *it)
{
    struct exchange **at = &it->http->making;

    if (!it->key.len)
        return;
    while (*at != it)
        at = &(*at)->next;
    *at = it->next;
    it->key = (struct span){0};
    if (it->joined)
        http_wake(it->http);
    while (it->joined) {
        struct exchange *joined = it->joined;

        it->joined = joined->next;
        MHD_resume_connection(joined->connection);
    }
}

/* handle is called again when the answer is there. */
static void pass_to_pool(struct exchange *it)
{
    http_connection_move(it->place, HTTP_WORKS);
    MHD_suspend_connection(it->connection);
    it->job.run = make_slow_answer;
    if (pool_put(it->http->pool, &it->job))
        return;
    exchange_refuse(it, HTTP_UNAVAILABLE, SPAN("too many requests wait"), it->mem);
    it->is_made = true;
    MHD_resume_connection(it->connection);
}

bool exchange_send_made(struct exchange *it)
{
    struct arena *mem = it->mem ? it->mem : it->http->mem;

    http_connection_move(it->place, HTTP_ANSWERED);
    exchange_end_making(it);
    bool fine = exchange_send(it, mem);
    arena_reset(it->http->mem);
    return fine;
}

/* What needs no thread of the pool; else what its answer is known by. */
static bool is_quick(struct exchange *it, struct span *key)
{
    const struct http_site *site = it->http->site;
    struct arena *mem = it->http->mem;

    if (!it->route->is_slow || !it->http->pool) {
        make_answer(it, mem);
        return true;
    }
    it->reply = (struct http_reply){.status = MHD_HTTP_INTERNAL_SERVER_ERROR};
    return site->quick && site->quick(site->context, &it->request, mem, &it->reply, key);
}

bool exchange_answer(struct exchange *it, const char *method, const char *version)
{
    struct http *http = it->http;
    struct span key = {0};

    if (!exchange_read(it, method, version, http->mem) || is_quick(it, &key))
        return exchange_send_made(it);
    struct exchange *maker = key.len ? find_maker(http, key) : NULL;
    if (maker) {
        join(it, maker);
        return true;
    }
    if (http_connections_working(&http->connections, it->place->host) >= HTTP_WAITING / 2) {
        exchange_refuse(it, HTTP_UNAVAILABLE, SPAN("too many requests of this host wait"), http->mem);
        return exchange_send_made(it);
    }
    it->mem = arena_new();
    begin_making(it, key);
    exchange_read(it, method, version, it->mem); /* again, to last */
    pass_to_pool(it);
    return true;
}
