#include "common/http.h"
#include "common/http_accept.h"
#include "common/http_host.h"
#include "common/log.h"
#include "common/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/poll.h>
#include <unistd.h>

#ifdef TRENDMILL_HAVE_HTTP

#include <microhttpd.h>

enum {
    BACKLOG = 128,
    LOOK_MS = 250, /* how late a connection may be shut down */
};

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

/* A request from its first line on. While a thread of the pool makes its answer, the daemon leaves it alone. */
struct exchange {
    struct pool_job job;
    struct http *http;
    struct MHD_Connection *connection;
    const struct http_route *route; /* NULL: refused, and the reply says so */
    struct http_request request;
    struct http_reply reply;
    struct arena *mem;       /* of a slow one; else NULL */
    struct span key;         /* of its answer, while it is made */
    struct exchange *joined; /* the first of those that wait for it */
    struct exchange *next;   /* that makes an answer, or that is joined to the same one */
    bool is_whole, is_too_long, is_made;
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

/* --- connections --- */

static enum MHD_Result admit(void *context, const struct sockaddr *from, socklen_t len)
{
    struct http *http = context;
    struct address address = address_of(from);

    (void)len;
    return http_connections_admit(&http->connections, &address) ? MHD_YES : MHD_NO;
}

static void note_connection(void *context, struct MHD_Connection *connection, void **own,
                            enum MHD_ConnectionNotificationCode what)
{
    struct http *http = context;
    const struct sockaddr *from = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    struct address address = address_of(from);

    (void)own;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        http_connections_begin(&http->connections, fd_of(connection), &address);
    else
        http_connections_end(&http->connections, fd_of(connection));
}

/* --- sending --- */

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

    if (bytes <= SMALL || !http->answers_bytes || http->answers_bytes + bytes <= HTTP_ANSWERS_BYTES)
        return true;
    http_connections_drop_reader(&http->connections); /* room for the next one that asks */
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

static void add_headers(struct MHD_Response *response, const struct http_reply *reply, struct arena *mem)
{
    static const char nothing[] = "default-src 'none'; frame-ancestors 'none'";

    MHD_add_response_header(response, "Content-Type", reply->type ? reply->type : "text/plain; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", reply->cache ? reply->cache : "no-store");
    MHD_add_response_header(response, "Content-Security-Policy", reply->csp ? reply->csp : nothing);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    MHD_add_response_header(response, "Connection", "close");
    if (reply->etag.len)
        MHD_add_response_header(response, "ETag", span_string(reply->etag, mem));
    for (size_t i = 0; i < reply->fields_len; i++)
        MHD_add_response_header(response, reply->fields[i].name, span_string(reply->fields[i].value, mem));
}

/* A refusal by the server itself, in the form that the site wants. */
static void refuse(const struct http *http, unsigned status, struct span why, struct arena *mem,
                   struct http_reply *reply)
{
    if (http->site->has_problems)
        http_reply_problem(reply, status, why, mem);
    else
        http_reply_text(reply, status, span_joined(mem, why, SPAN("\n"), (struct span){0}));
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        http_reply_field(reply, "Allow", SPAN("GET, HEAD"));
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        http_reply_field(reply, "Retry-After", SPAN("1"));
}

/* What the client has already is not sent again. */
static void leave_out_known(const struct http_request *request, struct http_reply *reply)
{
    if (reply->status != HTTP_OK || !http_has_etag(request->headers[HTTP_IF_NONE_MATCH], reply->etag))
        return;
    reply->status = MHD_HTTP_NOT_MODIFIED;
    reply->body = (struct span){0};
}

static enum MHD_Result send_reply(struct exchange *it, struct arena *mem)
{
    struct http *http = it->http;
    struct http_reply *reply = &it->reply;

    leave_out_known(&it->request, reply);
    if (!has_room(http, reply->body.len))
        refuse(http, HTTP_UNAVAILABLE, SPAN("too many answers are on their way"), mem, reply);
    struct MHD_Response *response = response_of(http, reply->body);
    if (!response)
        return MHD_NO;
    add_headers(response, reply, mem);
    enum MHD_Result result = MHD_queue_response(it->connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* --- reading a request --- */

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

/* A Host without a name is that of a client before HTTP/1.1, which is no browser. */
static bool names_host(const struct http_site *site, const struct hosts *hosts)
{
    return !hosts->count || http_host_is_served(span_of(hosts->first), site->hosts, site->hosts_len);
}

static void read_headers(struct exchange *it)
{
    static const char *const names[HTTP_HEADERS] = {
        [HTTP_ACCEPT] = "Accept",
        [HTTP_ACCEPT_LANGUAGE] = "Accept-Language",
        [HTTP_AUTHORIZATION] = "Authorization",
        [HTTP_IF_NONE_MATCH] = "If-None-Match",
    };

    for (int i = 0; i < HTTP_HEADERS; i++)
        it->request.headers[i] = span_of(MHD_lookup_connection_value(it->connection, MHD_HEADER_KIND, names[i]));
}

static bool refuse_host(struct exchange *it, const char *host, struct arena *mem)
{
    struct buf why = buf_in(mem);

    buf_put(&why, SPAN("this host is not served here: "));
    for (const char *at = host; *at && at < host + 255; at++)
        buf_char(&why, *at > ' ' && *at < 0x7f ? *at : '?');
    buf_format(&why, "; add the name to %s, or ask by address", it->http->site->hosts_setting);
    refuse(it->http, MHD_HTTP_MISDIRECTED_REQUEST, buf_span(&why), mem, &it->reply);
    return false;
}

static bool refuse_request(struct exchange *it, unsigned status, struct span why, struct arena *mem)
{
    refuse(it->http, status, why, mem, &it->reply);
    return false;
}

/* The route of the path, and its parameters; the last one for a path that no other has. False: one is badly escaped. */
static bool find_route(struct exchange *it, struct arena *mem)
{
    enum uri_match found = URI_NO;

    it->route = it->http->site->routes;
    while (it->route->path && (found = uri_match(it->route->path, it->request.path, mem, it->request.params)) == URI_NO)
        it->route++;
    it->request.route = (size_t)(it->route - it->http->site->routes);
    return found != URI_BAD;
}

static bool read_target(struct exchange *it, struct hosts *hosts, struct arena *mem)
{
    struct span target = span_of(it->target), authority = take_authority(&target);
    const char *query = target.len ? memchr(target.at, '?', target.len) : NULL;
    size_t path_len = query ? (size_t)(query - target.at) : target.len;
    struct span after = query ? (struct span){query + 1, target.len - path_len - 1} : (struct span){0};

    if (authority.at)
        *hosts = (struct hosts){span_string(authority, mem), 1};
    it->request.path = (struct span){target.at, path_len};
    if (hosts->count > 1 || !path_len || target.at[0] != '/')
        return refuse_request(it, HTTP_BAD_REQUEST, SPAN("no such request is possible"), mem);
    it->request.names_host = names_host(it->http->site, hosts);
    bool has_good_path = find_route(it, mem);
    if (!it->request.names_host && !it->route->any_host)
        return refuse_host(it, hosts->first, mem);
    if (!has_good_path)
        return refuse_request(it, HTTP_BAD_REQUEST, SPAN("the path has a bad escape"), mem);
    return uri_query_read(after, mem, &it->request.query)
           || refuse_request(it, HTTP_BAD_REQUEST, SPAN("the query has a bad escape, a name twice, or too many names"),
                             mem);
}

/* False: it is refused, and the reply says why. */
static bool read_request(struct exchange *it, const char *method, const char *version, struct arena *mem)
{
    struct hosts hosts = {0};

    MHD_get_connection_values(it->connection, MHD_HEADER_KIND, take_host, &hosts);
    read_headers(it);
    if (it->is_too_long)
        return refuse_request(it, MHD_HTTP_URI_TOO_LONG, SPAN("path and query are too long"), mem);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return refuse_request(it, MHD_HTTP_METHOD_NOT_ALLOWED, SPAN("only GET and HEAD"), mem);
    if (!hosts.count && strcmp(version, "HTTP/1.0") != 0)
        return refuse_request(it, HTTP_BAD_REQUEST, SPAN("a request of HTTP/1.1 names its Host"), mem);
    return read_target(it, &hosts, mem);
}

/* --- answering --- */

static void make_answer(struct exchange *it, struct arena *mem)
{
    it->reply = (struct http_reply){.status = MHD_HTTP_INTERNAL_SERVER_ERROR};
    it->route->answer(it->http->site->context, &it->request, mem, &it->reply);
    it->is_made = true;
}

/* The daemon's own signal does not end a wait by its epoll descriptor. */
static void wake_up(struct http *http)
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
    wake_up(http);
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
static void join(struct exchange *it, struct exchange *maker, struct http_connection *place)
{
    place->phase = HTTP_JOINED;
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

/* The answer is there, or will never be. */
static void end_making(struct exchange *it)
{
    struct exchange **at = &it->http->making;

    if (!it->key.len)
        return;
    while (*at != it)
        at = &(*at)->next;
    *at = it->next;
    it->key = (struct span){0};
    if (it->joined)
        wake_up(it->http);
    while (it->joined) {
        struct exchange *joined = it->joined;

        it->joined = joined->next;
        MHD_resume_connection(joined->connection);
    }
}

/* handle is called again when the answer is there. */
static void pass_to_pool(struct exchange *it, struct http_connection *place)
{
    place->phase = HTTP_WORKS;
    MHD_suspend_connection(it->connection);
    it->job.run = make_slow_answer;
    if (pool_put(it->http->pool, &it->job))
        return;
    refuse(it->http, HTTP_UNAVAILABLE, SPAN("too many requests wait"), it->mem, &it->reply);
    it->is_made = true;
    MHD_resume_connection(it->connection);
}

static enum MHD_Result send_made(struct exchange *it, struct http_connection *place)
{
    struct arena *mem = it->mem ? it->mem : it->http->mem;

    place->phase = HTTP_ANSWERED;
    end_making(it);
    enum MHD_Result result = send_reply(it, mem);
    arena_reset(it->http->mem);
    return result;
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

static enum MHD_Result answer_request(struct exchange *it, struct http_connection *place, const char *method,
                                      const char *version)
{
    struct http *http = it->http;
    struct span key = {0};

    if (!read_request(it, method, version, http->mem) || is_quick(it, &key))
        return send_made(it, place);
    struct exchange *maker = key.len ? find_maker(http, key) : NULL;
    if (maker) {
        join(it, maker, place);
        return MHD_YES;
    }
    if (http_connections_working(&http->connections, place->host) >= HTTP_WAITING / 2) {
        refuse(http, HTTP_UNAVAILABLE, SPAN("too many requests of this host wait"), http->mem, &it->reply);
        return send_made(it, place);
    }
    it->mem = arena_new();
    begin_making(it, key);
    read_request(it, method, version, it->mem); /* again, to last */
    pass_to_pool(it, place);
    return MHD_YES;
}

/* --- the daemon's calls --- */

/* The first line has come; what this gives is the exchange's `own` from then on. */
static void *begin_exchange(void *context, const char *target, struct MHD_Connection *connection)
{
    struct exchange *it = malloc(sizeof *it);
    size_t len = strlen(target);

    if (!it)
        return NULL;
    memset(it, 0, offsetof(struct exchange, target));
    it->http = context;
    it->connection = connection;
    it->is_too_long = len > HTTP_TARGET_BYTES;
    len = it->is_too_long ? 0 : len;
    memcpy(it->target, target, len);
    it->target[len] = 0;
    return it;
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **own,
                         enum MHD_RequestTerminationCode how)
{
    struct exchange *it = *own;

    (void)context;
    (void)connection;
    (void)how;
    if (it) {
        end_making(it);
        arena_free(it->mem);
    }
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
    struct http *http = context;
    struct exchange *it = *own;
    struct http_connection *place = http_connections_find(&http->connections, fd_of(connection));

    (void)path;
    (void)upload;
    if (!it || !place)
        return MHD_NO;
    if (it->is_made)
        return send_made(it, place);
    if (it->is_whole && !*upload_len)
        return answer_request(it, place, method, version);
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
    wake_up(http);
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
        end_making(http->making);
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
