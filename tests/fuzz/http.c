/* Bytes to the HTTP listener on loopback, after a first byte that chooses: requests on one connection, or an answer to
 * what http_ask asks. Requests get whole answers one after another until the connection ends, and what is for known
 * hosts alone is never seen by one who names another. */
#include "common/http.h"
#include "common/http_host.h"
#include "common/buf.h"
#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Time goes to the system, whatever the bytes are. */
const struct fuzz_limits fuzz_limits = {.base_us = 100000, .byte_ns = 20000, .base_bytes = 2 << 20, .byte_bytes = 64};

static const struct span hosts[] = {{"worker-1", 8}, {"trend.example", 13}};
static struct sockaddr_in listener, asked;
static int asked_fd;

static void answer_probe(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    (void)context;
    (void)mem;
    FUZZ_CHECK(span_equal(request->path, SPAN("/probe")));
    *reply = (struct http_reply){.status = HTTP_OK, .type = "text/plain", .body = SPAN("ok\n")};
}

static void answer_secret(void *context, const struct http_request *request, struct arena *mem,
                          struct http_reply *reply)
{
    (void)context;
    FUZZ_CHECK(request->names_host);
    FUZZ_CHECK(request->path.len && request->path.at[0] == '/' && !memchr(request->path.at, '?', request->path.len));
    *reply = (struct http_reply){
        .status = HTTP_OK, .type = "text/plain", .body = span_keep(request->headers[HTTP_ACCEPT], mem)};
}

static const struct http_route routes[] = {
    {"/probe", "", answer_probe, true, false},
    {"/status", "", answer_secret, false, false},
    {"/tags/{tag}", "", answer_secret, false, false},
    {NULL, NULL, answer_secret, false, false},
};
static const struct http_site site = {
    .routes = routes, .hosts = hosts, .hosts_len = sizeof hosts / sizeof *hosts, .hosts_setting = "http.hosts"};

/* A socket with a port of the system's own choice. */
static int bind_somewhere(struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof *at;

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)at, len) != 0 || getsockname(fd, (struct sockaddr *)at, &len) != 0)
        abort();
    return fd;
}

void fuzz_start(void)
{
    static struct http *http;
    struct err err = {0};

    asked_fd = bind_somewhere(&asked);
    close(bind_somewhere(&listener));
    http = http_listen(SPAN("127.0.0.1"), ntohs(listener.sin_port), &err);
    if (!http || !http_serve(http, &site, &err) || listen(asked_fd, 1) != 0)
        abort();
}

/* Closes at once: no connection is left waiting in the system, of which it has only so many. */
static void drop(int fd)
{
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    close(fd);
}

/* The bytes of the answer that is first; as many as there are where its end did not come. */
static size_t answer_bytes(struct span answers)
{
    const char *end = memmem(answers.at, answers.len, "\r\n\r\n", 4);
    size_t head = end ? (size_t)(end - answers.at) + 4 : answers.len;
    const char *said = memmem(answers.at, head, "Content-Length: ", 16);
    size_t body = said ? strtoul(said + 16, NULL, 10) : 0;

    return body < answers.len - head ? head + body : answers.len;
}

/* libmicrohttpd itself refuses what it cannot read, such as a length that is no number: 0.9.75 sends the head of that
 * answer twice, and closes. Answers of ours have the site's headers. */
static bool is_of_library(struct span answers)
{
    return !memmem(answers.at, answers.len, "Content-Security-Policy: ", 25)
           && memmem(answers.at, answers.len, "Connection: close\r\n", 19);
}

/* Where one answer ends another begins. The answer to HEAD says the length of a body that it does not have. */
static void check_answers(struct span requests, struct span answers)
{
    bool has_head = memmem(requests.at, requests.len, "HEAD", 4);

    while (answers.len && !is_of_library(answers)) {
        FUZZ_CHECK(span_starts(answers, SPAN("HTTP/1.")));
        size_t len = has_head ? answers.len : answer_bytes(answers);
        answers = (struct span){answers.at + len, answers.len - len};
    }
}

/* The listener waits for the rest of what is not a whole request; here nobody does. */
static void send_requests(struct span requests, struct arena *mem)
{
    enum { WAIT_US = 20000 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct span last = SPAN("\r\n\r\nGET /probe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    struct span whole = span_joined(mem, requests, last, (struct span){0});
    struct buf answer = buf_in(mem);
    char part[4096];
    ssize_t got;

    if (connect(fd, (struct sockaddr *)&listener, sizeof listener) != 0)
        abort();
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_usec = WAIT_US}, sizeof(struct timeval));
    (void)!send(fd, whole.at, whole.len, MSG_NOSIGNAL);
    while ((got = recv(fd, part, sizeof part, 0)) > 0)
        buf_put(&answer, (struct span){part, (size_t)got});
    drop(fd);
    check_answers(requests, buf_span(&answer));
}

/* The server that http_ask asks: it answers with these bytes. */
static void *send_answer(void *context)
{
    const struct span *answer = context;
    int fd = accept(asked_fd, NULL, NULL);
    char part[4096];

    (void)!recv(fd, part, sizeof part, 0);
    (void)!send(fd, answer->at, answer->len, MSG_NOSIGNAL);
    close(fd);
    return NULL;
}

static void ask(struct span answer, struct arena *mem)
{
    struct buf body = buf_in(mem);
    struct err err = {0};
    unsigned status = 0;
    pthread_t server;

    if (pthread_create(&server, NULL, send_answer, &answer) != 0)
        abort();
    bool fine = http_ask(SPAN("127.0.0.1"), ntohs(asked.sin_port), "/healthz", 5000, &status, &body, &err);
    pthread_join(server, NULL);
    FUZZ_CHECK(fine ? body.len <= answer.len : err.kind == ERR_WORK && *err.text);
}

/* Only addresses and listed names are served, whatever their form. */
static void check_host(struct span host)
{
    bool listed = http_host_is_served(host, hosts, sizeof hosts / sizeof *hosts);

    FUZZ_CHECK(listed || !http_host_is_served(host, NULL, 0));
    FUZZ_CHECK(!http_host_is_served(host, NULL, 0) || !memchr(host.at, '/', host.len));
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    unsigned choice = fuzz_byte(&bytes);

    check_host(bytes);
    if (choice % 2)
        ask(bytes, mem);
    else
        send_requests(bytes, mem);
    return bytes.len;
}
