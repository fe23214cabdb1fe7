#include "common/http_exchange.h"
#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/poll.h>
#include <unistd.h>

#ifdef TRENDMILL_HAVE_HTTP

#include <microhttpd.h>

enum {
    BACKLOG = 128,
    LOOK_MS = 250, /* how late a connection may be shut down */
};

bool http_is_built(void)
{
    return true;
}

const char *http_library_version(void)
{
    return MHD_get_version();
}

static int bind_to(const struct address *to)
{
    int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1, no = 0;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (to->any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no); /* :: takes IPv4 too */
    if (bind(fd, &to->any, to->len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

struct http *http_listen(struct span address, int64_t port, struct err *err)
{
    struct address to;

    if (!address_read(address, port, &to)) {
        fail(err, ERR_CONFIG, "http: \"%.*s\" is not an address", SPAN_ARGS(address));
        return NULL;
    }
    int fd = bind_to(&to), wake = fd < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake < 0) {
        fail(err, errno_is_lack(errno) ? ERR_WORK : ERR_CONFIG, "http: cannot listen on %.*s port %lld: %s",
             SPAN_ARGS(address), (long long)port, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct http *http = calloc(1, sizeof *http);
    if (!http)
        out_of_memory();
    http->fd = fd;
    http->wake = wake;
    http->mem = arena_new();
    return http;
}

static int fd_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static struct http_connection *place_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* --- connections --- */

static enum MHD_Result admit(void *context, const struct sockaddr *from, socklen_t len)
{
    struct http *http = context;
    struct address address = address_of(from);

    (void)len;
    return http_connections_admit(&http->connections, &address) ? MHD_YES : MHD_NO;
}

static void note_connection(void *context, struct MHD_Connection *connection, void **own,
                            enum MHD_ConnectionNotificationCode what) /* *own: its place */
{
    struct http *http = context;
    const struct sockaddr *from = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    struct address address = address_of(from);

    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *own = http_connections_begin(&http->connections, fd_of(connection), &address);
    else
        http_connection_end(*own);
}

/* --- the daemon's calls --- */

/* The first line has come; what this gives is the exchange's `own` from then on. */
static void *begin_exchange(void *context, const char *target, struct MHD_Connection *connection)
{
    struct http *http = context;
    struct http_connection *place = place_of(connection);
    struct exchange *it = place ? malloc(sizeof *it) : NULL;
    size_t len = strlen(target);

    if (!it)
        return NULL;
    memset(it, 0, offsetof(struct exchange, target));
    it->http = http;
    it->connection = connection;
    it->place = place;
    it->is_last = http_connections_ask(&http->connections, place) >= HTTP_CONNECTION_REQUESTS;
    it->is_too_long = len > HTTP_TARGET_BYTES;
    len = it->is_too_long ? 0 : len;
    memcpy(it->target, target, len);
    it->target[len] = 0;
    return it;
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **own,
                         enum MHD_RequestTerminationCode how)
{
    struct http *http = context;
    struct exchange *it = *own;

    (void)connection;
    (void)how;
    if (!it)
        return;
    exchange_end_making(it);
    http_connections_rest(&http->connections, it->place);
    arena_free(it->mem);
    free(it);
    *own = NULL;
}

/* The target is read as it was written. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* Called with the headers, then with each part of a body, which nobody wants, at its end, and once more when a slow
 * answer was made. */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *upload, size_t *upload_len, void **own)
{
    struct exchange *it = *own;

    (void)context;
    (void)connection;
    (void)path;
    (void)upload;
    if (!it)
        return MHD_NO;
    if (it->is_made)
        return exchange_send_made(it) ? MHD_YES : MHD_NO;
    if (it->is_whole && !*upload_len)
        return exchange_answer(it, method, version) ? MHD_YES : MHD_NO;
    it->is_whole = true;
    *upload_len = 0;
    return MHD_YES;
}

static void say(void *context, const char *fmt, va_list args)
{
    char text[512];

    (void)context;
    vsnprintf(text, sizeof text, fmt, args);
    log_event(LOG_DEBUG, "http", "message=%s", log_quote(text));
}

/* --- serving --- */

static void wait_for_work(const struct http *http)
{
    int epoll = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    struct pollfd fds[] = {{.fd = epoll, .events = POLLIN}, {.fd = http->wake, .events = POLLIN}};
    MHD_UNSIGNED_LONG_LONG left_ms;
    bool is_bound = MHD_get_timeout(http->daemon, &left_ms) == MHD_YES && left_ms < LOOK_MS;

    poll(fds, 2, is_bound ? (int)left_ms : LOOK_MS);
    if (fds[1].revents && read(http->wake, &(uint64_t){0}, sizeof(uint64_t)) < 0)
        log_event(LOG_WARN, "http", "message=%s", log_quote(strerror(errno)));
}

static void *serve(void *context)
{
    struct http *http = context;

    while (!atomic_load(&http->stop)) {
        wait_for_work(http);
        MHD_run(http->daemon);
        http_connections_end_turn(&http->connections);
    }
    return NULL;
}

static struct MHD_Daemon *start_daemon(struct http *http)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME, 0, admit, http, handle, http,
                            MHD_OPTION_EXTERNAL_LOGGER, say, NULL, MHD_OPTION_LISTEN_SOCKET, http->fd,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_PLACES, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)HTTP_CONNECTION_BYTES, MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, http,
                            MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, http, MHD_OPTION_NOTIFY_COMPLETED, end_exchange,
                            http, MHD_OPTION_NOTIFY_CONNECTION, note_connection, http, MHD_OPTION_END);
}

static bool start_thread(struct http *http, struct err *err)
{
    int code = pthread_create(&http->thread, NULL, serve, http);

    return !code || fail(err, ERR_WORK, "http: no thread can be started: %s", strerror(code));
}

bool http_serve(struct http *http, const struct http_site *site, struct err *err)
{
    http->site = site;
    http->pool = site->threads ? pool_open(site->threads, HTTP_WAITING, err) : NULL;
    if (site->threads && !http->pool)
        return false;
    http->daemon = start_daemon(http);
    if (!http->daemon)
        return fail(err, ERR_WORK, "http: the listener cannot be started: %s", strerror(errno));
    if (start_thread(http, err))
        return true;
    MHD_stop_daemon(http->daemon);
    http->daemon = NULL;
    http->fd = -1;
    return false;
}

static void stop_serving(struct http *http)
{
    atomic_store(&http->stop, true);
    http_wake(http);
    pthread_join(http->thread, NULL);
}

void http_close(struct http *http)
{
    if (!http)
        return;
    if (http->daemon)
        stop_serving(http);
    pool_close(http->pool); /* the daemon must not end with connections that wait for it */
    while (http->making)
        exchange_end_making(http->making);
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    else if (http->fd >= 0)
        close(http->fd);
    close(http->wake);
    arena_free(http->mem);
    free(http);
}

#else

bool http_is_built(void)
{
    return false;
}

const char *http_library_version(void)
{
    return "none";
}

struct http *http_listen(struct span address, int64_t port, struct err *err)
{
    fail(err, ERR_CONFIG, "built without libmicrohttpd: cannot listen on %.*s port %lld", SPAN_ARGS(address),
         (long long)port);
    return NULL;
}

bool http_serve(struct http *http, const struct http_site *site, struct err *err)
{
    (void)http;
    (void)site;
    return fail(err, ERR_CONFIG, "built without libmicrohttpd");
}

void http_close(struct http *http)
{
    (void)http;
}

#endif
