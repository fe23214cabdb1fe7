#include "common/http.h"
#include "common/address.h"
#include "common/time.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PROBE_MS = 5000, LARGE_BYTES = 8 << 20 }; /* what deploy/kubernetes gives a probe */

static void answer_probe(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    (void)context;
    (void)mem;
    http_reply_text(reply, HTTP_OK, request->names_host ? SPAN("ok\n") : SPAN("yes\n"));
}

static void answer_large(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    static const char bytes[LARGE_BYTES];

    (void)context;
    (void)request;
    (void)mem;
    http_reply_text(reply, HTTP_OK, (struct span){bytes, LARGE_BYTES});
}

/* Says back what it was asked for. */
static void answer_tag(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    struct span at = uri_query_get(&request->query, "at");

    (void)context;
    http_reply_text(reply, HTTP_OK,
                    span_format(mem, "tag %.*s at %.*s in %.*s\n", SPAN_ARGS(request->params[0]), SPAN_ARGS(at),
                                SPAN_ARGS(request->headers[HTTP_ACCEPT_LANGUAGE])));
    reply->etag = http_etag(reply->body, mem);
    reply->cache = "no-cache";
    http_reply_field(reply, "Vary", SPAN("Accept-Language"));
    http_reply_field(reply, "X-Split", SPAN("a\r\nSet-Cookie: b"));
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Takes until the gate is open. */
static void answer_slowly(void *context, const struct http_request *request, struct arena *mem,
                          struct http_reply *reply)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    answer_tag(context, request, mem, reply);
}

static atomic_int made;

/* The same, and it is kept. */
static void answer_once(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    answer_slowly(context, request, mem, reply);
    atomic_fetch_add(&made, 1);
}

static bool answer_kept(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply,
                        struct span *key)
{
    *key = request->params[0];
    if (!atomic_load(&made))
        return false;
    answer_tag(context, request, mem, reply);
    return true;
}

static void answer_nothing(void *context, const struct http_request *request, struct arena *mem,
                           struct http_reply *reply)
{
    (void)context;
    (void)request;
    (void)mem;
    (void)reply;
}

static void answer_other(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    (void)context;
    (void)mem;
    http_reply_text(reply, HTTP_NOT_FOUND, request->path);
}

static const struct http_route routes[] = {
    {"/probe", "", answer_probe, true, false},       {"/secret", "", answer_probe, false, false},
    {"/large", "", answer_large, false, false},      {"/tags/{tag}", "", answer_tag, false, false},
    {"/slow/{tag}", "", answer_slowly, false, true}, {"/nothing", "", answer_nothing, false, false},
    {NULL, NULL, answer_other, false, false},
};
static const struct http_route once_routes[] = {
    {"/once/{tag}", "", answer_once, false, true},
    {"/probe", "", answer_probe, true, false},
    {NULL, NULL, answer_other, false, false},
};
static const struct span hosts[] = {{"worker-1", 8}};
static const struct http_site text_site = {
    .routes = routes, .hosts = hosts, .hosts_len = 1, .hosts_setting = "http.hosts", .threads = 2};
static const struct http_site problem_site = {.routes = routes,
                                              .hosts = hosts,
                                              .hosts_len = 1,
                                              .hosts_setting = "http.hosts",
                                              .threads = 2,
                                              .has_problems = true};
static const struct http_site once_site = {.routes = once_routes, .quick = answer_kept, .threads = 2};
static int port;

static int free_port(void)
{
    struct address it;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address_read(SPAN("127.0.0.1"), 0, &it);
    CHECK(bind(fd, &it.any, it.len) == 0 && getsockname(fd, &it.any, &it.len) == 0);
    close(fd);
    return ntohs(it.v4.sin_port);
}

static struct http *serve_site(const struct http_site *site)
{
    struct err err = {0};

    port = free_port();
    struct http *http = http_listen(SPAN("127.0.0.1"), port, &err);
    bool serves = http && http_serve(http, site, &err);
    if (!serves)
        test_failed(__FILE__, __LINE__, "%s", err.text);
    return http;
}

static struct http *serve(void)
{
    return serve_site(&text_site);
}

/* A connection that comes from this loopback address. */
static int connect_from(const char *digits)
{
    struct address from, to;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval most = {.tv_sec = 10};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){65536}, sizeof(int));
    address_read(span_of(digits), 0, &from);
    address_read(SPAN("127.0.0.1"), port, &to);
    CHECK(bind(fd, &from.any, from.len) == 0);
    CHECK(connect(fd, &to.any, to.len) == 0);
    return fd;
}

static void say(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static bool take_bytes(int fd, char *to, size_t len)
{
    ssize_t got = 0;

    while (len && (got = recv(fd, to, len, 0)) > 0) {
        to += got;
        len -= (size_t)got;
    }
    return !len;
}

static size_t body_bytes(const char *head, bool is_head)
{
    const char *said = strstr(head, "Content-Length: ");

    return is_head || !said || !strncmp(head, "HTTP/1.1 304", 12) ? 0 : strtoul(said + 16, NULL, 10);
}

/* The next answer, which is less than 8 KiB; what there is of it where the connection ends before. */
static const char *hear_one(int fd, bool is_head)
{
    static char text[8192];
    size_t len = 0;

    memset(text, 0, sizeof text);
    while (len < sizeof text - 1 && !strstr(text, "\r\n\r\n") && take_bytes(fd, text + len, 1))
        len++;
    size_t body = body_bytes(text, is_head);
    if (body < sizeof text - len)
        take_bytes(fd, text + len, body);
    return text;
}

static const char *hear(int fd)
{
    const char *answer = hear_one(fd, false);

    close(fd);
    return answer;
}

static const char *ask(const char *request)
{
    int fd = connect_from("127.0.0.1");

    say(fd, request);
    const char *answer = hear_one(fd, !strncmp(request, "HEAD", 4));
    close(fd);
    return answer;
}

static bool answers(const char *request, const char *first, const char *part)
{
    const char *answer = ask(request);
    bool fine = strncmp(answer, first, strlen(first)) == 0 && strstr(answer, part);

    if (!fine)
        fprintf(stderr, "%.60s -> %s\n", request, answer);
    return fine;
}

static int64_t probe_ms(void)
{
    int64_t began_ms = time_steady_ms();

    CHECK(answers("GET /probe HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200", "\r\n\r\nok\n"));
    return time_steady_ms() - began_ms;
}

static bool is_closed(int fd, int timeout_ms)
{
    struct pollfd it = {.fd = fd, .events = POLLIN};
    char byte;

    if (poll(&it, 1, timeout_ms) <= 0)
        return false;
    ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN);
}

TEST(requests_get_the_answer_that_they_deserve)
{
    struct http *http = serve();

    CHECK(answers("GET /secret?a=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 200", "\r\n\r\nok\n"));
    CHECK(answers("GET /secret HTTP/1.0\r\n\r\n", "HTTP/1.1 200", "\r\n\r\nok\n"));
    CHECK(answers("HEAD /secret HTTP/1.1\r\nHost: worker-1:80\r\n\r\n", "HTTP/1.1 200", "Content-Length: 3"));
    CHECK(answers("GET /%2e HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404", "\r\n\r\n/%2e"));
    CHECK(answers("POST /secret HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 405",
                  "Allow: GET, HEAD"));
    CHECK(answers("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 405", "Allow: GET, HEAD"));
    CHECK(answers("GET secret HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 400", ""));
    CHECK(answers("GET /secret HTTP/1.1\r\n\r\n", "HTTP/1.1 400", "Host"));
    CHECK(answers("GET /secret HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 400", ""));
    http_close(http);
}

TEST(answers_forbid_what_a_page_could_do_with_them)
{
    struct http *http = serve();
    const char *answer = ask("GET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n");

    CHECK(strstr(answer, "X-Content-Type-Options: nosniff") && strstr(answer, "Cache-Control: no-store"));
    CHECK(strstr(answer, "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"));
    CHECK(!strstr(answer, "Access-Control"));
    http_close(http);
}

TEST(long_requests_are_refused)
{
    struct http *http = serve();
    static char long_target[HTTP_TARGET_BYTES + 64], long_header[HTTP_CONNECTION_BYTES * 2];

    snprintf(long_target, sizeof long_target, "GET /%0*d HTTP/1.1\r\nHost: localhost\r\n\r\n", HTTP_TARGET_BYTES - 1,
             0);
    CHECK(answers(long_target, "HTTP/1.1 404", ""));
    snprintf(long_target, sizeof long_target, "GET /%0*d HTTP/1.1\r\nHost: localhost\r\n\r\n", HTTP_TARGET_BYTES, 0);
    CHECK(answers(long_target, "HTTP/1.1 414", ""));
    snprintf(long_header, sizeof long_header, "GET /probe HTTP/1.1\r\nHost: localhost\r\nX: %0*d\r\n\r\n",
             HTTP_CONNECTION_BYTES, 0);
    CHECK(!strstr(ask(long_header), "200 OK"));
    http_close(http);
}

TEST(a_name_that_is_not_listed_sees_only_probes)
{
    struct http *http = serve();

    CHECK(answers("GET /secret HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", "HTTP/1.1 421", "http.hosts"));
    CHECK(answers("GET /nowhere HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", "HTTP/1.1 421", "evil.example"));
    CHECK(answers("GET http://evil.example/secret HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 421", "http.hosts"));
    CHECK(answers("GET http://localhost/secret HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 200", "ok\n"));
    CHECK(answers("GET /probe HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 200", "\r\n\r\nyes\n"));
    CHECK(answers("GET /secret HTTP/1.1\r\nHost: <b>\r\n\r\n", "HTTP/1.1 421", "text/plain"));
    http_close(http);
}

/* Each has sent a part of its request, from so many hosts. */
static void open_slow(int *fds, int count, int slow_hosts)
{
    char from[32];

    for (int i = 0; i < count; i++) {
        snprintf(from, sizeof from, "127.0.%d.%d", 1 + i % slow_hosts / 200, 1 + i % slow_hosts % 200);
        fds[i] = connect_from(from);
        say(fds[i], "GET /probe HTTP/1.1\r\nHost: localhost\r\n");
    }
}

static int count_closed(const int *fds, int count)
{
    int closed = 0;

    for (int i = 0; i < count; i++)
        closed += is_closed(fds[i], 0);
    return closed;
}

static void close_all(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

TEST(slow_clients_of_one_host_hold_up_no_probe)
{
    struct http *http = serve();
    static int slow[HTTP_HOST_CONNECTIONS + 64];
    enum { SLOW = sizeof slow / sizeof *slow };

    open_slow(slow, SLOW, 1);
    CHECK(probe_ms() < PROBE_MS);
    CHECK(count_closed(slow, SLOW) >= SLOW - HTTP_HOST_CONNECTIONS);
    close_all(slow, SLOW);
    http_close(http);
}

TEST(slow_clients_of_many_hosts_hold_up_no_probe)
{
    struct http *http = serve();
    static int slow[HTTP_CONNECTIONS + 64];
    enum { SLOW = sizeof slow / sizeof *slow };

    open_slow(slow, SLOW, 250);
    CHECK(probe_ms() < PROBE_MS);
    CHECK(count_closed(slow, SLOW) > SLOW - HTTP_CONNECTIONS);
    close_all(slow, SLOW);
    http_close(http);
}

/* And the first line of the next one must come in time; both at once, since they take as long. */
TEST(a_request_has_to_be_whole_in_time_however_busy_the_client)
{
    struct http *http = serve();
    int fd = connect_from("127.0.0.1"), idle = connect_from("127.0.0.1");
    int64_t began_ms = time_steady_ms();

    say(idle, "GET /probe HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(strstr(hear_one(idle, false), "ok\n") && !is_closed(idle, 0));
    say(fd, "GET /probe HTTP/1.1\r\n");
    while (!is_closed(fd, 200) && time_steady_ms() - began_ms < 2 * HTTP_REQUEST_MS) {
        say(fd, "X: y\r\n"); /* never 5 s of silence */
        say(idle, time_steady_ms() - began_ms < 300 ? "GET /" : "x");
    }
    int64_t took_ms = time_steady_ms() - began_ms;
    CHECK(took_ms > HTTP_REQUEST_MS - 100 && took_ms < 2 * HTTP_REQUEST_MS);
    CHECK(is_closed(idle, HTTP_IDLE_MS));
    close(fd);
    close(idle);
    http_close(http);
}

static size_t drain(int fd)
{
    static char part[65536];
    size_t len = 0;
    ssize_t got;

    while ((got = recv(fd, part, sizeof part, 0)) > 0)
        len += (size_t)got;
    close(fd);
    return len;
}

/* Nobody reads until all have asked: what is on its way is bounded, the others get 503 or make room. An answer is
 * longer than what the system holds of it. */
TEST(clients_that_do_not_read_take_bounded_memory)
{
    struct http *http = serve();
    enum { SLOW = 12, MOST = HTTP_ANSWERS_BYTES / LARGE_BYTES };
    int slow[SLOW], whole = 0;
    const char *request = "GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    for (int i = 0; i < SLOW; i++) {
        slow[i] = connect_from("127.0.0.1");
        say(slow[i], request);
    }
    CHECK(probe_ms() < PROBE_MS);
    for (int i = 0; i < SLOW; i++)
        whole += drain(slow[i]) > LARGE_BYTES;
    CHECK(whole > 0 && whole <= MOST);
    CHECK(answers(request, "HTTP/1.1 200", ""));
    http_close(http);
}

#define GET(target) "GET " target " HTTP/1.1\r\nHost: localhost\r\nAccept-Language: ja\r\n"

TEST(parameters_of_path_and_query_are_decoded_once)
{
    struct http *http = serve();

    CHECK(answers(GET("/tags/%23%E6%B5%B7%2F1?at=2025-12-05T09%3A00%2B09:00") "\r\n", "HTTP/1.1 200",
                  "\r\n\r\ntag #海/1 at 2025-12-05T09:00+09:00 in ja\n"));
    CHECK(answers(GET("/slow/a%2525?at=1") "\r\n", "HTTP/1.1 200", "tag a%25 at 1 in ja\n"));
    CHECK(answers(GET("/tags/%ff") "\r\n", "HTTP/1.1 400", "bad escape"));
    CHECK(answers(GET("/tags/a?at=%") "\r\n", "HTTP/1.1 400", "bad escape"));
    CHECK(answers(GET("/tags/a?at=1&at=2") "\r\n", "HTTP/1.1 400", "a name twice"));
    CHECK(answers(GET("/tags/a/b") "\r\n", "HTTP/1.1 404", ""));
    http_close(http);
}

TEST(a_client_that_has_the_answer_gets_304)
{
    struct http *http = serve();
    char request[512], etag[19] = "";
    const char *header = strstr(ask(GET("/tags/a") "\r\n"), "ETag: \"");

    CHECK(header);
    snprintf(etag, sizeof etag, "%.18s", header ? header + 6 : "");
    snprintf(request, sizeof request, GET("/tags/a") "If-None-Match: W/%s\r\n\r\n", etag);
    CHECK(answers(request, "HTTP/1.1 304", "Vary: Accept-Language") && !strstr(ask(request), "tag a"));
    snprintf(request, sizeof request, GET("/slow/a") "If-None-Match: \"x\", %s\r\n\r\n", etag);
    CHECK(answers(request, "HTTP/1.1 304", ""));
    CHECK(answers(GET("/tags/a") "If-None-Match: \"0000000000000000\"\r\n\r\n", "HTTP/1.1 200",
                  "Cache-Control: no-cache"));
    CHECK(!strstr(ask(GET("/tags/a") "\r\n"), "Set-Cookie"));
    http_close(http);
}

static bool goes_on(int fd, const char *request, const char *first, const char *part)
{
    say(fd, request);
    const char *answer = hear_one(fd, !strncmp(request, "HEAD", 4));
    bool fine = !strncmp(answer, first, strlen(first)) && strstr(answer, part) && !strstr(answer, "Connection: close");

    if (!fine)
        fprintf(stderr, "%.60s -> %s\n", request, answer);
    return fine;
}

TEST(a_connection_carries_one_request_after_another)
{
    struct http *http = serve();
    int fd = connect_from("127.0.0.1");
    char again[256], etag[19] = "";

    CHECK(goes_on(fd, GET("/probe") "\r\n", "HTTP/1.1 200", "\r\n\r\nok\n"));
    CHECK(goes_on(fd, "HEAD /probe HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200", "Content-Length: 3"));
    CHECK(goes_on(fd, GET("/nowhere") "\r\n", "HTTP/1.1 404", "\r\n\r\n/nowhere"));
    CHECK(goes_on(fd, GET("/nothing") "\r\n", "HTTP/1.1 500", ""));
    CHECK(goes_on(fd, GET("/slow/a") "\r\n", "HTTP/1.1 200", "tag a at"));
    say(fd, GET("/tags/a") "\r\n");
    snprintf(etag, sizeof etag, "%.18s", strstr(hear_one(fd, false), "ETag: \"") + 6);
    snprintf(again, sizeof again, GET("/tags/a") "If-None-Match: %s\r\n\r\n", etag);
    CHECK(goes_on(fd, again, "HTTP/1.1 304", "ETag"));
    CHECK(goes_on(fd, GET("/tags/b") "\r\n", "HTTP/1.1 200", "tag b at"));
    close(fd);
    http_close(http);
}

TEST(requests_that_are_sent_ahead_are_answered_in_their_order)
{
    struct http *http = serve();
    int fd = connect_from("127.0.0.1");

    pthread_mutex_lock(&gate);
    say(fd, GET("/slow/first") "\r\n" GET("/tags/second") "\r\n" GET("/slow/third") "\r\n" GET("/probe") "\r\n");
    CHECK(probe_ms() < PROBE_MS);
    CHECK(recv(fd, &(char){0}, 1, MSG_DONTWAIT) < 0);
    pthread_mutex_unlock(&gate);
    CHECK(strstr(hear_one(fd, false), "tag first"));
    CHECK(strstr(hear_one(fd, false), "tag second"));
    CHECK(strstr(hear_one(fd, false), "tag third"));
    CHECK(strstr(hear_one(fd, false), "\r\n\r\nok\n"));
    close(fd);
    http_close(http);
}

static bool ends_after(const char *request, const char *first)
{
    int fd = connect_from("127.0.0.1");

    say(fd, request);
    bool fine = !strncmp(hear_one(fd, false), first, strlen(first)) && is_closed(fd, 1000);
    close(fd);
    if (!fine)
        fprintf(stderr, "%.60s goes on\n", request);
    return fine;
}

/* What is behind a refused request or a body is never read as a request. */
TEST(nothing_is_answered_behind_a_body_or_a_refusal)
{
    struct http *http = serve();

    CHECK(ends_after("POST /probe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde" GET("/secret") "\r\n",
                     "HTTP/1.1 405"));
    CHECK(ends_after(GET("/probe") "Content-Length: 0\r\n\r\n" GET("/secret") "\r\n", "HTTP/1.1 200"));
    CHECK(
        ends_after(GET("/probe") "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET("/secret") "\r\n", "HTTP/1.1 200"));
    CHECK(ends_after("GET /probe HTTP/1.1\r\n\r\n" GET("/secret") "\r\n", "HTTP/1.1 400"));
    CHECK(ends_after("GET /secret HTTP/1.1\r\nHost: evil.example\r\n\r\n" GET("/secret") "\r\n", "HTTP/1.1 421"));
    CHECK(ends_after("GET /tags/%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 400"));
    http_close(http);
}

TEST(a_connection_lasts_as_long_as_its_client_wants)
{
    struct http *http = serve();

    CHECK(ends_after(GET("/probe") "Connection: close\r\n\r\n", "HTTP/1.1 200"));
    CHECK(ends_after("GET /probe HTTP/1.0\r\n\r\n", "HTTP/1.1 200"));
    int fd = connect_from("127.0.0.1");
    for (int i = 0; i < 2; i++)
        CHECK(goes_on(fd, "GET /probe HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "HTTP/1.", "eep-"));
    close(fd);
    http_close(http);
}

TEST(a_connection_carries_a_bounded_number_of_requests)
{
    struct http *http = serve();
    int fd = connect_from("127.0.0.1"), kept = 0;

    while (kept < HTTP_CONNECTION_REQUESTS - 1 && goes_on(fd, GET("/probe") "\r\n", "HTTP/1.1 200", "ok\n"))
        kept++;
    CHECK(kept == HTTP_CONNECTION_REQUESTS - 1);
    say(fd, GET("/probe") "\r\n");
    CHECK(strstr(hear_one(fd, false), "Connection: close") && is_closed(fd, 1000));
    close(fd);
    http_close(http);
}

/* Clients that asked once and stay make room at once for others of their host and of all. */
TEST(idle_clients_hold_up_no_probe)
{
    struct http *http = serve();
    static int idle[HTTP_CONNECTIONS];
    char from[32];

    for (int i = 0; i < HTTP_CONNECTIONS; i++) {
        snprintf(from, sizeof from, "127.0.3.%d", 1 + i % 200);
        idle[i] = connect_from(from);
        CHECK(goes_on(idle[i], GET("/probe") "\r\n", "HTTP/1.1 200", "ok\n"));
    }
    CHECK(probe_ms() < PROBE_MS);
    CHECK(is_closed(idle[0], 1000) && goes_on(idle[9], GET("/probe") "\r\n", "HTTP/1.1 200", "ok\n"));
    close_all(idle, HTTP_CONNECTIONS);
    http_close(http);
}

TEST(refusals_are_problem_documents_where_the_site_wants_them)
{
    struct http *http = serve_site(&problem_site);

    CHECK(answers(
        "POST /tags/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405",
        "{\"type\":\"about:blank\",\"title\":\"Method Not Allowed\",\"status\":405,\"detail\":\"only GET and HEAD\"}"));
    CHECK(answers("GET /tags/a HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 421", "application/problem+json"));
    CHECK(answers(GET("/nothing") "\r\n", "HTTP/1.1 500", ""));
    http_close(http);
}

/* All threads are taken and the queue is as full as one host may fill it: what is quick is answered, what is slow is
 * not put off for ever. */
TEST(slow_answers_hold_up_no_probe)
{
    struct http *http = serve();
    enum { SLOW = HTTP_WAITING / 2 };
    int slow[SLOW], done = 0;

    pthread_mutex_lock(&gate);
    for (int i = 0; i < SLOW; i++) {
        slow[i] = connect_from("127.0.0.1");
        say(slow[i], GET("/slow/a") "\r\n");
    }
    int64_t took_ms = probe_ms();
    CHECK(took_ms < PROBE_MS);
    CHECK(answers(GET("/slow/b") "\r\n", "HTTP/1.1 503", "Retry-After: 1"));
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < SLOW; i++)
        done += strstr(hear(slow[i]), "tag a at") != NULL;
    CHECK(done == SLOW);
    http_close(http);
}

TEST(a_listener_closes_with_slow_answers_on_it)
{
    struct http *http = serve();
    int slow[5];

    pthread_mutex_lock(&gate);
    for (int i = 0; i < 5; i++) {
        slow[i] = connect_from("127.0.0.1");
        say(slow[i], GET("/slow/a") "\r\n");
    }
    CHECK(probe_ms() < PROBE_MS);
    pthread_mutex_unlock(&gate);
    http_close(http);
    for (int i = 0; i < 5; i++)
        close(slow[i]);
}

TEST(a_listener_closes_with_clients_on_it)
{
    struct http *http = serve();
    int fd = connect_from("127.0.0.1");

    say(fd, "GET /pro");
    CHECK(probe_ms() < PROBE_MS);
    http_close(http);
    CHECK(is_closed(fd, 1000));
    close(fd);
}

TEST(a_port_that_is_taken_is_the_configs_and_a_lack_of_files_is_not)
{
    struct http *http = serve();
    struct err err = {0};

    CHECK(!http_listen(SPAN("127.0.0.1"), port, &err) && err.kind == ERR_CONFIG);
    CHECK(!http_listen(SPAN("192.0.2.1"), port, &err) && err.kind == ERR_CONFIG);
    struct rlimit before, none;
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){3, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    CHECK(!http_listen(SPAN("127.0.0.1"), 0, &err) && err.kind == ERR_WORK);
    setrlimit(RLIMIT_NOFILE, &before);
    http_close(http);
}

/* More than may wait for a thread: they wait for the one answer. */
TEST(one_answer_is_made_for_all_who_ask_the_same_meanwhile)
{
    enum { CLIENTS = HTTP_WAITING * 2 };
    struct http *http = serve_site(&once_site);
    int clients[CLIENTS];

    pthread_mutex_lock(&gate);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = connect_from("127.0.0.1");
        say(clients[i], GET("/once/a") "\r\n");
    }
    CHECK(probe_ms() < PROBE_MS);
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < CLIENTS; i++)
        CHECK(strncmp(hear(clients[i]), "HTTP/1.1 200", 12) == 0);
    CHECK(atomic_load(&made) == 1);
    http_close(http);
}

TEST(a_slow_answer_is_sent_as_soon_as_it_is_made)
{
    struct http *http = serve();
    int64_t began_ms = time_steady_ms();

    for (int i = 0; i < 20; i++)
        CHECK(answers(GET("/slow/a") "\r\n", "HTTP/1.1 200", "tag a"));
    CHECK(time_steady_ms() - began_ms < 20 * 100);
    http_close(http);
}

/* The one that makes it is gone, and those that wait are not stuck. */
TEST(who_waits_for_the_answer_of_another_request_outlives_it)
{
    struct http *http = serve_site(&once_site);

    atomic_store(&made, 0);
    pthread_mutex_lock(&gate);
    int maker = connect_from("127.0.0.1"), joined;
    say(maker, GET("/once/a") "\r\n");
    CHECK(probe_ms() < PROBE_MS);
    joined = connect_from("127.0.0.1");
    say(joined, GET("/once/a") "\r\n");
    CHECK(probe_ms() < PROBE_MS);
    close(maker);
    pthread_mutex_unlock(&gate);
    CHECK(strncmp(hear(joined), "HTTP/1.1 200", 12) == 0);
    http_close(http);
}
