#include "common/http.h"
#include "common/address.h"
#include "common/http_host.h"
#include "common/log.h"
#include "common/time.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/poll.h>
#include <unistd.h>

bool http_address_is_good(struct span address)
{
    struct address unused;

    return address_read(address, 0, &unused);
}

/* --- asking --- */

static struct span within_reach(struct span address)
{
    if (span_equal(address, SPAN("0.0.0.0")))
        return SPAN("127.0.0.1");
    return span_equal(address, SPAN("::")) ? SPAN("::1") : address;
}

static bool send_request(int fd, const char *path)
{
    char request[512];
    int len = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nAccept: text/plain\r\n\r\n", path);

    return send(fd, request, (size_t)len, MSG_NOSIGNAL) == len;
}

static bool take_answer(int fd, unsigned *status, struct buf *body)
{
    struct buf answer = buf_in(body->mem);
    char part[4096];
    ssize_t got;

    while ((got = recv(fd, part, sizeof part, 0)) > 0)
        buf_put(&answer, (struct span){part, (size_t)got});
    buf_char(&answer, 0);
    const char *end = strstr(answer.at, "\r\n\r\n");
    if (got < 0 || !end || sscanf(answer.at, "HTTP/%*s %u", status) != 1)
        return false;
    buf_put(body, span_of(end + 4));
    return true;
}

bool http_ask(struct span address, int64_t port, const char *path, int timeout_ms, unsigned *status, struct buf *body,
              struct err *err)
{
    struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    struct span from = within_reach(address);
    struct address to;

    if (!address_read(from, port, &to))
        return fail(err, ERR_CONFIG, "\"%.*s\" is no address", SPAN_ARGS(from));
    int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    errno = 0;
    bool fine = connect(fd, &to.any, to.len) == 0 && send_request(fd, path) && take_answer(fd, status, body);
    const char *why = errno ? strerror(errno) : "no HTTP answer";
    close(fd);
    return fine || fail(err, ERR_WORK, "http://%.*s:%lld%s: %s", SPAN_ARGS(from), (long long)port, path, why);
}

#ifdef TRENDMILL_HAVE_HTTP

#include <microhttpd.h>

enum {
    BACKLOG = 128,
    CLOSING = 64,                       /* places for connections that were cut off and are not closed yet */
    PLACES = HTTP_CONNECTIONS + CLOSING,
    LOOK_MS = 250,                      /* how late a connection may be cut off */
    READING_MS = 1000,                  /* a client has this long to take its answer before it may make room */
};

enum phase { FREE, WAITS, ANSWERED, CUT };

/* Times begin at the end of the turn in which something happened: a client is not late because we were. */
struct connection {
    int fd;
    enum phase phase;                   /* WAITS for the whole request */
    uint64_t number;                    /* in the order in which they came */
    int64_t since_ms;                   /* when it came; 0: in this turn */
    int64_t asked_ms;                   /* when its request was whole; 0: in this turn, or it is not */
    uint64_t host;
    bool is_loopback;
};

/* Everything but `stop` belongs to the thread that serves. */
struct http {
    int fd;                             /* that listens; the daemon's own once it serves */
    int wake;                           /* eventfd: stop has changed */
    atomic_bool stop;
    pthread_t thread;
    struct MHD_Daemon *daemon;          /* NULL until it serves */
    const struct http_site *site;
    struct arena *mem;                  /* of the current reply */
    size_t answers_bytes;               /* on their way */
    uint64_t number;                    /* of the connection that came last */
    struct connection connections[PLACES];
};

/* A request from its first line on. */
struct exchange {
    bool is_whole, is_too_long;
    char target[HTTP_TARGET_BYTES + 1];
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
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);      /* :: takes IPv4 too */
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
        fail(err, ERR_CONFIG, "http: \"%.*s\" is no address", SPAN_ARGS(address));
        return NULL;
    }
    int fd = bind_to(&to), wake = fd < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake < 0) {
        fail(err, errno_is_lack(errno) ? ERR_WORK : ERR_CONFIG, "http: cannot listen on %.*s port %lld: %s", SPAN_ARGS(address), (long long)port,
             strerror(errno));
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

/* --- connections --- */

static struct connection *find_connection(struct http *http, int fd)
{
    for (int i = 0; i < PLACES; i++)
        if (http->connections[i].phase != FREE && http->connections[i].fd == fd)
            return &http->connections[i];
    return NULL;
}

static int fd_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* The daemon sees the end of the connection and closes it. */
static void cut_off(struct connection *it)
{
    shutdown(it->fd, SHUT_RDWR);
    it->phase = CUT;
}

static bool is_open(const struct connection *it)
{
    return it->phase == WAITS || it->phase == ANSWERED;
}

/* Who shares one bound: all, all but loopback, or one host. */
struct share {
    bool has_loopback, is_of_host;
    uint64_t host;
    int most;
};

static bool is_in(const struct share *share, const struct connection *it)
{
    return is_open(it) && (share->has_loopback || !it->is_loopback) && (!share->is_of_host || it->host == share->host);
}

static int count_of(const struct http *http, const struct share *share)
{
    int count = 0;

    for (int i = 0; i < PLACES; i++)
        count += is_in(share, &http->connections[i]);
    return count;
}

/* The one that has been there longest in this phase; NULL if none is. */
static struct connection *oldest(struct http *http, const struct share *share, enum phase phase)
{
    struct connection *found = NULL;

    for (int i = 0; i < PLACES; i++) {
        struct connection *it = &http->connections[i];

        if (it->phase == phase && is_in(share, it) && (!found || it->number < found->number))
            found = it;
    }
    return found;
}

static bool reads_slowly(const struct connection *it)
{
    return it && it->asked_ms && time_steady_ms() - it->asked_ms >= READING_MS;
}

/* Room for one more within the share. Whoever has not asked yet makes room first, then whoever takes long to read. */
static bool make_room(struct http *http, const struct share *share)
{
    if (count_of(http, share) < share->most)
        return true;
    struct connection *it = oldest(http, share, WAITS);
    if (!it && !reads_slowly(it = oldest(http, share, ANSWERED)))
        return false;
    cut_off(it);
    return true;
}

static struct connection *free_place(struct http *http)
{
    for (int i = 0; i < PLACES; i++)
        if (http->connections[i].phase == FREE)
            return &http->connections[i];
    return NULL;
}

static enum MHD_Result admit(void *context, const struct sockaddr *from, socklen_t len)
{
    struct http *http = context;
    struct address address = address_of(from);
    struct share all = {.has_loopback = true, .most = HTTP_CONNECTIONS};
    struct share others = {.most = HTTP_CONNECTIONS - HTTP_LOOPBACK_CONNECTIONS};
    struct share host = {true, true, address_host(&address), HTTP_HOST_CONNECTIONS};

    (void)len;
    return free_place(http) && make_room(http, &host) && (address_is_loopback(&address) || make_room(http, &others))
                   && make_room(http, &all)
               ? MHD_YES
               : MHD_NO;
}

static void note_connection(void *context, struct MHD_Connection *connection, void **own,
                            enum MHD_ConnectionNotificationCode what)
{
    struct http *http = context;
    bool comes = what == MHD_CONNECTION_NOTIFY_STARTED;
    struct connection *it = comes ? free_place(http) : find_connection(http, fd_of(connection));

    (void)own;
    if (!it)
        return;
    *it = (struct connection){0};
    if (!comes)
        return;
    const struct sockaddr *from = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    struct address address = address_of(from);
    *it = (struct connection){.fd = fd_of(connection), .phase = WAITS, .number = ++http->number,
                              .host = address_host(&address), .is_loopback = address_is_loopback(&address)};
}

static void look_at_time(struct connection *it, int64_t now_ms)
{
    int64_t most_ms = it->phase == WAITS ? HTTP_REQUEST_MS : HTTP_LIFE_MS;

    if (!it->since_ms)
        it->since_ms = now_ms;
    if (it->phase == ANSWERED && !it->asked_ms)
        it->asked_ms = now_ms;
    if (now_ms - it->since_ms > most_ms)
        cut_off(it);
}

static void cut_off_late(struct http *http)
{
    int64_t now_ms = time_steady_ms();

    for (int i = 0; i < PLACES; i++)
        if (is_open(&http->connections[i]))
            look_at_time(&http->connections[i], now_ms);
}

/* --- answering --- */

/* An answer on its way, which the client may take slowly. */
struct body {
    struct http *http;
    size_t len;
    char at[];
};

static void body_free(void *context)
{
    struct body *body = context;

    body->http->answers_bytes -= body->len;
    free(body);
}

/* Small answers always find room: probes and refusals. */
static bool has_room(struct http *http, size_t bytes)
{
    enum { SMALL = 4096 };
    const struct share all = {.has_loopback = true};

    if (bytes <= SMALL || !http->answers_bytes || http->answers_bytes + bytes <= HTTP_ANSWERS_BYTES)
        return true;
    struct connection *it = oldest(http, &all, ANSWERED);
    if (reads_slowly(it))
        cut_off(it);                    /* room for the next one that asks */
    return false;
}

static struct MHD_Response *response_of(struct http *http, struct span bytes)
{
    struct body *body = malloc(sizeof *body + bytes.len);

    if (!body)
        return NULL;
    body->http = http;
    body->len = bytes.len;
    if (bytes.len)
        memcpy(body->at, bytes.at, bytes.len);
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback_cls(bytes.len, body->at, body_free, body);
    if (!response) {
        free(body);
        return NULL;
    }
    http->answers_bytes += bytes.len;
    return response;
}

static void add_headers(struct MHD_Response *response, const struct http_reply *reply)
{
    static const char nothing[] = "default-src 'none'; frame-ancestors 'none'";

    MHD_add_response_header(response, "Content-Type", reply->type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Content-Security-Policy", reply->csp ? reply->csp : nothing);
    MHD_add_response_header(response, "Connection", "close");
    if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    if (reply->status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, "Retry-After", "1");
}

static void reply_text(struct http_reply *reply, unsigned status, struct span text)
{
    *reply = (struct http_reply){.status = status, .type = "text/plain; charset=utf-8", .body = text};
}

static enum MHD_Result send_reply(struct http *http, struct MHD_Connection *connection, struct http_reply *reply)
{
    if (!has_room(http, reply->body.len))
        reply_text(reply, MHD_HTTP_SERVICE_UNAVAILABLE, SPAN("too many answers are on their way\n"));
    struct MHD_Response *response = response_of(http, reply->body);
    if (!response)
        return MHD_NO;
    add_headers(response, reply);
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* What a request says of its Host: MHD gives the first one alone. */
struct hosts {
    const char *first;
    int count;
};

static enum MHD_Result take_host(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct hosts *hosts = context;

    (void)kind;
    if (strcasecmp(name, "Host") != 0)
        return MHD_YES;
    hosts->first = hosts->count++ ? hosts->first : value;
    return MHD_YES;
}

/* Takes scheme and host off a target in absolute form, http://host/path, which goes before the Host header
 * (RFC 9112, 3.2.2). */
static struct span take_authority(struct span *target)
{
    struct span scheme = SPAN("http://"), rest;

    if (target->len < scheme.len || strncasecmp(target->at, scheme.at, scheme.len) != 0)
        return (struct span){0};
    rest = (struct span){target->at + scheme.len, target->len - scheme.len};
    const char *path = rest.len ? memchr(rest.at, '/', rest.len) : NULL;
    size_t len = path ? (size_t)(path - rest.at) : rest.len;
    *target = path ? (struct span){path, rest.len - len} : SPAN("/");
    return (struct span){rest.at, len};
}

static const struct http_route *route_of(const struct http_site *site, struct span path)
{
    const struct http_route *route = site->routes;

    while (route->path && !span_equal(span_of(route->path), path))
        route++;
    return route;
}

/* A Host without a name is that of a client before HTTP/1.1, which is no browser. */
static bool names_host(const struct http_site *site, const struct hosts *hosts)
{
    return !hosts->count || http_host_is_served(span_of(hosts->first), site->hosts, site->hosts_len);
}

static void refuse_host(const struct http *http, const char *host, struct http_reply *reply)
{
    struct buf text = buf_in(http->mem);

    buf_put(&text, SPAN("this host is not served here: "));
    for (const char *at = host; *at && at < host + 255; at++)
        buf_char(&text, *at > ' ' && *at < 0x7f ? *at : '?');
    buf_format(&text, "\nadd the name to %s, or ask by address\n", http->site->hosts_setting);
    reply_text(reply, MHD_HTTP_MISDIRECTED_REQUEST, buf_span(&text));
}

static void answer_target(struct http *http, struct MHD_Connection *connection, struct span target,
                          struct hosts *hosts, struct http_reply *reply)
{
    struct span authority = take_authority(&target);
    const char *query = target.len ? memchr(target.at, '?', target.len) : NULL;
    struct span path = {target.at, query ? (size_t)(query - target.at) : target.len};

    if (authority.at)
        *hosts = (struct hosts){span_string(authority, http->mem), 1};
    if (hosts->count > 1 || !path.len || path.at[0] != '/') {
        reply_text(reply, MHD_HTTP_BAD_REQUEST, SPAN("no such request is possible\n"));
        return;
    }
    const struct http_route *route = route_of(http->site, path);
    struct span accept = span_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept"));
    struct http_request request = {.path = path, .accept = accept, .names_host = names_host(http->site, hosts)};
    if (request.names_host || route->any_host)
        route->answer(http->site->context, &request, http->mem, reply);
    else
        refuse_host(http, hosts->first, reply);
}

static void answer_request(struct http *http, struct MHD_Connection *connection, const struct exchange *it,
                           const char *method, const char *version, struct http_reply *reply)
{
    struct hosts hosts = {0};

    MHD_get_connection_values(connection, MHD_HEADER_KIND, take_host, &hosts);
    if (it->is_too_long)
        reply_text(reply, MHD_HTTP_URI_TOO_LONG, SPAN("path and query are too long\n"));
    else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        reply_text(reply, MHD_HTTP_METHOD_NOT_ALLOWED, SPAN("only GET and HEAD\n"));
    else if (!hosts.count && strcmp(version, "HTTP/1.0") != 0)
        reply_text(reply, MHD_HTTP_BAD_REQUEST, SPAN("a request of HTTP/1.1 names its Host\n"));
    else
        answer_target(http, connection, span_of(it->target), &hosts, reply);
}

/* --- the daemon's calls --- */

/* The first line has come; what this gives is the exchange's `own` from then on. */
static void *begin_exchange(void *context, const char *target, struct MHD_Connection *connection)
{
    struct exchange *it = malloc(sizeof *it);
    size_t len = strlen(target);

    (void)context;
    (void)connection;
    if (!it)
        return NULL;
    it->is_whole = false;
    it->is_too_long = len > HTTP_TARGET_BYTES;
    len = it->is_too_long ? 0 : len;
    memcpy(it->target, target, len);
    it->target[len] = 0;
    return it;
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **own,
                         enum MHD_RequestTerminationCode how)
{
    (void)context;
    (void)connection;
    (void)how;
    free(*own);
    *own = NULL;
}

/* The target is read as it was written. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* Called with the headers, then with each part of a body, which nobody wants, and at its end. */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *upload, size_t *upload_len, void **own)
{
    struct http *http = context;
    struct exchange *it = *own;
    struct connection *place = find_connection(http, fd_of(connection));
    struct http_reply reply;

    (void)path;
    (void)upload;
    if (!it || !place)
        return MHD_NO;
    if (!it->is_whole || *upload_len) {
        it->is_whole = true;
        *upload_len = 0;
        return MHD_YES;
    }
    if (place->phase == WAITS)
        place->phase = ANSWERED;
    answer_request(http, connection, it, method, version, &reply);
    enum MHD_Result result = send_reply(http, connection, &reply);
    arena_reset(http->mem);
    return result;
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
}

static void *serve(void *context)
{
    struct http *http = context;

    while (!atomic_load(&http->stop)) {
        wait_for_work(http);
        MHD_run(http->daemon);
        cut_off_late(http);
    }
    return NULL;
}

static struct MHD_Daemon *start_daemon(struct http *http)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, admit, http, handle, http,
        MHD_OPTION_EXTERNAL_LOGGER, say, NULL, MHD_OPTION_LISTEN_SOCKET, http->fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)PLACES,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_BYTES,
        MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, http,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, http,
        MHD_OPTION_NOTIFY_COMPLETED, end_exchange, http,
        MHD_OPTION_NOTIFY_CONNECTION, note_connection, http, MHD_OPTION_END);
}

bool http_serve(struct http *http, const struct http_site *site, struct err *err)
{
    http->site = site;
    http->daemon = start_daemon(http);
    if (!http->daemon)
        return fail(err, ERR_WORK, "http: the listener cannot be started: %s", strerror(errno));
    int code = pthread_create(&http->thread, NULL, serve, http);
    if (!code)
        return true;
    MHD_stop_daemon(http->daemon);
    http->daemon = NULL;
    http->fd = -1;
    return fail(err, ERR_WORK, "http: no thread can be started: %s", strerror(code));
}

static void stop_serving(struct http *http)
{
    uint64_t one = 1;

    atomic_store(&http->stop, true);
    if (write(http->wake, &one, sizeof one) != sizeof one)
        log_event(LOG_WARN, "http", "message=%s", log_quote(strerror(errno)));
    pthread_join(http->thread, NULL);
    MHD_stop_daemon(http->daemon);
}

void http_close(struct http *http)
{
    if (!http)
        return;
    if (http->daemon)
        stop_serving(http);
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
