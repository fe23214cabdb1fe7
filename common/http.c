#include "common/http.h"
#include "common/log.h"
#include "common/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- addresses --- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool read_address(struct span text, int64_t port, union address *out, socklen_t *len)
{
    char digits[INET6_ADDRSTRLEN];
    uint16_t number = htons((uint16_t)port);

    if (text.len >= sizeof digits)
        return false;
    snprintf(digits, sizeof digits, "%.*s", SPAN_ARGS(text));
    *out = (union address){.v4 = {.sin_family = AF_INET, .sin_port = number}};
    *len = sizeof out->v4;
    if (inet_pton(AF_INET, digits, &out->v4.sin_addr) == 1)
        return true;
    *out = (union address){.v6 = {.sin6_family = AF_INET6, .sin6_port = number}};
    *len = sizeof out->v6;
    return inet_pton(AF_INET6, digits, &out->v6.sin6_addr) == 1;
}

bool http_address_is_good(struct span address)
{
    union address unused;
    socklen_t len;

    return read_address(address, 0, &unused, &len);
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
    union address to;
    socklen_t len;

    if (!read_address(from, port, &to, &len))
        return fail(err, ERR_CONFIG, "\"%.*s\" is no address", SPAN_ARGS(from));
    int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    errno = 0;
    bool fine = connect(fd, &to.any, len) == 0 && send_request(fd, path) && take_answer(fd, status, body);
    const char *why = errno ? strerror(errno) : "no HTTP answer";
    close(fd);
    return fine || fail(err, ERR_WORK, "http://%.*s:%lld%s: %s", SPAN_ARGS(from), (long long)port, path, why);
}

#ifdef TRENDMILL_HAVE_HTTP

#include <microhttpd.h>

enum { BACKLOG = 128 };

struct connection {
    int fd;                             /* 0: a free place */
    int64_t since_ms;
};

struct http {
    int fd;                             /* that listens; the daemon's own once it serves */
    struct MHD_Daemon *daemon;
    void (*answer)(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply);
    void *context;
    struct arena *mem;                  /* of the reply at hand */
    pthread_mutex_t lock;               /* of the connections */
    struct connection connections[HTTP_CONNECTIONS];
};

bool http_is_built(void)
{
    return true;
}

const char *http_library_version(void)
{
    return MHD_get_version();
}

static int bind_to(const union address *to, socklen_t len)
{
    int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1, no = 0;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (to->any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);      /* :: takes IPv4 too */
    if (bind(fd, &to->any, len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    close(fd);
    return -1;
}

struct http *http_listen(struct span address, int64_t port, struct err *err)
{
    union address to;
    socklen_t len;
    int fd = -1;

    if (read_address(address, port, &to, &len))
        fd = bind_to(&to, len);
    if (fd < 0) {
        fail(err, ERR_CONFIG, "http: cannot listen on %.*s port %lld: %s", SPAN_ARGS(address), (long long)port,
             strerror(errno));
        return NULL;
    }
    struct http *http = calloc(1, sizeof *http);
    if (!http || pthread_mutex_init(&http->lock, NULL) != 0)
        abort();
    http->fd = fd;
    http->mem = arena_new();
    return http;
}

/* --- connections that live too long --- */

static void note_connection(void *context, struct MHD_Connection *connection, void **own,
                            enum MHD_ConnectionNotificationCode what)
{
    struct http *http = context;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    bool comes = what == MHD_CONNECTION_NOTIFY_STARTED;
    int wanted = comes ? 0 : info->connect_fd;

    (void)own;
    pthread_mutex_lock(&http->lock);
    for (int i = 0; i < HTTP_CONNECTIONS; i++)
        if (http->connections[i].fd == wanted) {
            http->connections[i] = (struct connection){comes ? info->connect_fd : 0, time_steady_ms()};
            break;
        }
    pthread_mutex_unlock(&http->lock);
}

void http_watch(struct http *http)
{
    int64_t now_ms = time_steady_ms();

    if (!http)
        return;
    pthread_mutex_lock(&http->lock);
    for (int i = 0; i < HTTP_CONNECTIONS; i++)
        if (http->connections[i].fd && now_ms - http->connections[i].since_ms > HTTP_LIFE_MS)
            shutdown(http->connections[i].fd, SHUT_RDWR);       /* the daemon closes it */
    pthread_mutex_unlock(&http->lock);
}

/* --- answering --- */

static enum MHD_Result reply_with(struct MHD_Connection *connection, const struct http_reply *reply)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->body.len, (void *)(uintptr_t)reply->body.at, MHD_RESPMEM_MUST_COPY);

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", reply->type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'");
    MHD_add_response_header(response, "Connection", "close");
    if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *upload, size_t *upload_len, void **own)
{
    struct http *http = context;
    struct http_reply reply = {MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", SPAN("only GET\n")};

    (void)version;
    (void)upload;
    if (!*own) {                        /* the headers came; a body would come next */
        *own = http;
        return MHD_YES;
    }
    if (*upload_len) {
        *upload_len = 0;
        return MHD_YES;
    }
    if (!strcmp(method, "GET") || !strcmp(method, "HEAD")) {
        const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");

        http->answer(http->context, &(struct http_request){path, accept ? accept : ""}, http->mem, &reply);
    }
    enum MHD_Result result = reply_with(connection, &reply);
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

bool http_serve(struct http *http,
                void (*answer)(void *context, const struct http_request *request, struct arena *mem,
                               struct http_reply *reply),
                void *context, struct err *err)
{
    http->answer = answer;
    http->context = context;
    http->daemon = MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, handle, http,
        MHD_OPTION_EXTERNAL_LOGGER, say, NULL, MHD_OPTION_LISTEN_SOCKET, http->fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(HTTP_IDLE_MS / 1000),
        MHD_OPTION_NOTIFY_CONNECTION, note_connection, http, MHD_OPTION_END);
    return http->daemon || fail(err, ERR_WORK, "http: the listener cannot be started: %s", strerror(errno));
}

void http_close(struct http *http)
{
    if (!http)
        return;
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    else
        close(http->fd);
    arena_free(http->mem);
    pthread_mutex_destroy(&http->lock);
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

bool http_serve(struct http *http,
                void (*answer)(void *context, const struct http_request *request, struct arena *mem,
                               struct http_reply *reply),
                void *context, struct err *err)
{
    (void)http;
    (void)answer;
    (void)context;
    return fail(err, ERR_CONFIG, "built without libmicrohttpd");
}

void http_watch(struct http *http)
{
    (void)http;
}

void http_close(struct http *http)
{
    (void)http;
}

#endif
