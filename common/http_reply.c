#include "common/http_reply.h"
#include "common/buf.h"
#include "common/hash.h"
#include "common/json.h"

static const struct {
    unsigned status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {410, "Gone"},
    {414, "URI Too Long"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

const char *http_reason(unsigned status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Error";
}

void http_reply_text(struct http_reply *reply, unsigned status, struct span text)
{
    *reply = (struct http_reply){.status = status, .type = "text/plain; charset=utf-8", .body = text};
}

void http_reply_problem(struct http_reply *reply, unsigned status, struct span detail, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_format(&out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u,\"detail\":", http_reason(status),
               status);
    json_write_string(&out, detail);
    buf_put(&out, SPAN("}\n"));
    *reply = (struct http_reply){.status = status, .type = "application/problem+json", .body = buf_span(&out)};
}

void http_reply_field(struct http_reply *reply, const char *name, struct span value)
{
    if (reply->fields_len < HTTP_FIELDS)
        reply->fields[reply->fields_len++] = (struct http_field){name, value};
}

struct span http_etag(struct span bytes, struct arena *mem)
{
    return span_format(mem, "\"%016llx\"", (unsigned long long)hash_bytes(bytes));
}
