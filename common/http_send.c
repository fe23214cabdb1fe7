/* Sending: the memory of answers on their way, and their headers. */
#include "common/http_accept.h"
#include "common/http_exchange.h"

#include <microhttpd.h>
#include <stdlib.h>

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

static void add_headers(struct MHD_Response *response, const struct exchange *it, struct arena *mem)
{
    static const char nothing[] = "default-src 'none'; frame-ancestors 'none'";
    const struct http_reply *reply = &it->reply;

    MHD_add_response_header(response, "Content-Type", reply->type ? reply->type : "text/plain; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", reply->cache ? reply->cache : "no-store");
    MHD_add_response_header(response, "Content-Security-Policy", reply->csp ? reply->csp : nothing);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    if (it->is_last)
        MHD_add_response_header(response, "Connection", "close");
    if (reply->etag.len)
        MHD_add_response_header(response, "ETag", span_string(reply->etag, mem));
    for (size_t i = 0; i < reply->fields_len; i++)
        MHD_add_response_header(response, reply->fields[i].name, span_string(reply->fields[i].value, mem));
}

bool exchange_refuse(struct exchange *it, unsigned status, struct span why, struct arena *mem)
{
    struct http_reply *reply = &it->reply;

    it->is_last = true;
    if (it->http->site->has_problems)
        http_reply_problem(reply, status, why, mem);
    else
        http_reply_text(reply, status, span_joined(mem, why, SPAN("\n"), (struct span){0}));
    if (status == HTTP_METHOD_NOT_ALLOWED)
        http_reply_field(reply, "Allow", SPAN("GET, HEAD"));
    if (status == HTTP_UNAVAILABLE)
        http_reply_field(reply, "Retry-After", SPAN("1"));
    return false;
}

/* What the client has already is not sent again. */
static void leave_out_known(const struct http_request *request, struct http_reply *reply)
{
    if (reply->status != HTTP_OK || !http_has_etag(request->headers[HTTP_IF_NONE_MATCH], reply->etag))
        return;
    reply->status = HTTP_NOT_MODIFIED;
    reply->body = (struct span){0};
}

bool exchange_send(struct exchange *it, struct arena *mem)
{
    struct http *http = it->http;
    struct http_reply *reply = &it->reply;

    leave_out_known(&it->request, reply);
    if (!has_room(http, reply->body.len))
        exchange_refuse(it, HTTP_UNAVAILABLE, SPAN("too many answers are on their way"), mem);
    struct MHD_Response *response = response_of(http, reply->body);
    if (!response)
        return false;
    add_headers(response, it, mem);
    enum MHD_Result result = MHD_queue_response(it->connection, reply->status, response);
    MHD_destroy_response(response);
    return result == MHD_YES;
}
