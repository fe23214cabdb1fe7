#include "common/http.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

bool http_address_is_good(struct span address)
{
    struct address unused;

    return address_read(address, 0, &unused);
}

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
        return fail(err, ERR_CONFIG, "\"%.*s\" is not an address", SPAN_ARGS(from));
    int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(err, ERR_WORK, "http: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    errno = 0;
    bool fine = connect(fd, &to.any, to.len) == 0 && send_request(fd, path) && take_answer(fd, status, body);
    const char *why = errno ? strerror(errno) : "no HTTP answer";
    close(fd);
    return fine || fail(err, ERR_WORK, "http://%.*s:%lld%s: %s", SPAN_ARGS(from), (long long)port, path, why);
}
