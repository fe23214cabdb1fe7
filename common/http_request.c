/* Reading a request: its Host, route, parameters and the headers that answers depend on. */
#include "common/http_exchange.h"
#include "common/http_host.h"

#include <microhttpd.h>
#include <stdio.h>
#include <strings.h>

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

/* Where a body ends is what requests are smuggled by: nothing is read behind one. */
static bool has_body(struct MHD_Connection *connection)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length")
           || MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding");
}

static bool refuse_host(struct exchange *it, const char *host, struct arena *mem)
{
    struct buf why = buf_in(mem);

    buf_put(&why, SPAN("this host is not served here: "));
    for (const char *at = host; *at && at < host + 255; at++)
        buf_char(&why, *at > ' ' && *at < 0x7f ? *at : '?');
    buf_format(&why, "; add the name to %s, or ask by address", it->http->site->hosts_setting);
    return exchange_refuse(it, HTTP_MISDIRECTED, buf_span(&why), mem);
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
        return exchange_refuse(it, HTTP_BAD_REQUEST, SPAN("no such request is possible"), mem);
    it->request.names_host = names_host(it->http->site, hosts);
    bool has_good_path = find_route(it, mem);
    if (!it->request.names_host && !it->route->any_host)
        return refuse_host(it, hosts->first, mem);
    if (!has_good_path)
        return exchange_refuse(it, HTTP_BAD_REQUEST, SPAN("the path has a bad escape"), mem);
    return uri_query_read(after, mem, &it->request.query)
           || exchange_refuse(it, HTTP_BAD_REQUEST, SPAN("the query has a bad escape, a name twice, or too many names"),
                              mem);
}

bool exchange_read(struct exchange *it, const char *method, const char *version, struct arena *mem)
{
    struct hosts hosts = {0};

    it->is_last |= has_body(it->connection);
    MHD_get_connection_values(it->connection, MHD_HEADER_KIND, take_host, &hosts);
    read_headers(it);
    if (it->is_too_long)
        return exchange_refuse(it, HTTP_URI_TOO_LONG, SPAN("path and query are too long"), mem);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return exchange_refuse(it, HTTP_METHOD_NOT_ALLOWED, SPAN("only GET and HEAD"), mem);
    if (!hosts.count && strcmp(version, "HTTP/1.0") != 0)
        return exchange_refuse(it, HTTP_BAD_REQUEST, SPAN("a request of HTTP/1.1 names its Host"), mem);
    return read_target(it, &hosts, mem);
}
