#include "worker/trends/trend_site.h"
#include "common/cpus.h"
#include "common/http_keys.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/trends/answer_cache.h"
#include "worker/trends/store_readers.h"

#include <stdlib.h>

enum { THREADS_MIN = 2, THREADS_MAX = 4, SAME_VERSION_TRIES = 3 };

struct trend_site {
    const struct trend_settings *settings;
    const struct ruleset *rules;
    struct trend_status *status;
    struct store_readers *readers;
    struct answer_cache *cache;
    struct http_quota *quota; /* NULL: the API asks for no key */
    struct arena *mem;
    struct span description, description_etag;
    struct http_route *routes;
    const struct api_operation **operations; /* of each route; NULL where it asks nothing */
    struct http_site http;
};

/* --- what was asked, in one piece --- */

static struct span key_of(const struct api_operation *operation, const struct http_request *request, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_put(&out, span_of(operation->path));
    for (int i = 0; i < URI_PARAMS && request->params[i].at; i++) {
        buf_char(&out, 0);
        buf_put(&out, request->params[i]);
    }
    for (int i = 0; i < API_PARAMETER_COUNT; i++) {
        struct span value = uri_query_get(&request->query, api_parameters[i].name);

        if (!value.at)
            continue;
        buf_char(&out, 0);
        buf_char(&out, (char)('a' + i));
        buf_put(&out, value);
    }
    return buf_span(&out);
}

/* --- keys --- */

static void refuse_key(enum http_admission why, int64_t wait_s, struct arena *mem, struct http_reply *reply)
{
    enum { UNAUTHORIZED = 401, TOO_MANY_REQUESTS = 429 };

    if (why == HTTP_OVER_QUOTA) {
        http_reply_problem(reply, TOO_MANY_REQUESTS, SPAN("this key has used up its requests of a minute"), mem);
        http_reply_field(reply, "Retry-After", span_format(mem, "%lld", (long long)wait_s));
        return;
    }
    http_reply_problem(reply, UNAUTHORIZED,
                       why == HTTP_NO_KEY ? SPAN("the API needs a key: Authorization: Bearer KEY")
                                          : SPAN("this key is not known"),
                       mem);
    http_reply_field(reply, "WWW-Authenticate",
                     why == HTTP_NO_KEY ? SPAN("Bearer realm=\"trendmill\"")
                                        : SPAN("Bearer realm=\"trendmill\", error=\"invalid_token\""));
}

static bool admit(const struct trend_site *site, const struct http_request *request, struct arena *mem,
                  struct http_reply *reply)
{
    int64_t wait_s = 0;

    if (!site->quota)
        return true;
    enum http_admission got =
        http_quota_take(site->quota, request->headers[HTTP_AUTHORIZATION], time_steady_ms(), &wait_s);
    if (got != HTTP_ADMITTED)
        refuse_key(got, wait_s, mem, reply);
    return got == HTTP_ADMITTED;
}

/* --- answers that need no thread --- */

static bool read_question(const struct trend_site *site, const struct http_request *request, struct arena *mem,
                          struct question *question, struct http_reply *reply)
{
    const struct api_operation *operation = site->operations[request->route];
    struct err err = {0};

    if (api_read(operation->kind, operation->parameters, NULL, request, site->rules, mem, question, &err))
        return true;
    http_reply_problem(reply, HTTP_BAD_REQUEST, span_keep(span_of(err.text), mem), mem);
    return false;
}

static bool answer_at_once(void *context, const struct http_request *request, struct arena *mem,
                           struct http_reply *reply, struct span *key)
{
    struct trend_site *site = context;
    struct question question;

    if (!request->is_again && !admit(site, request, mem, reply))
        return true;
    if (!read_question(site, request, mem, &question, reply))
        return true;
    *key = key_of(site->operations[request->route], request, mem);
    return answer_cache_get(site->cache, trend_status_version(site->status), *key, mem, reply);
}

/* --- answers from the store --- */

static bool read_version(struct trend_store *store, int64_t *version, struct err *err)
{
    struct store_figures figures;

    if (!store->ops->figures(store, &figures, err))
        return false;
    *version = figures.version;
    return true;
}

/* To be asked again each time: a hide holds at once. */
static void finish_reply(const struct trend_site *site, struct arena *mem, struct http_reply *reply)
{
    if (reply->status != HTTP_OK)
        return;
    reply->etag = http_etag(reply->body, mem);
    reply->cache = site->quota ? "private, no-cache" : "no-cache";
}

static bool make_reply(struct trend_site *site, const struct http_request *request, struct trend_store *store,
                       struct arena *mem, struct http_reply *reply, struct err *err)
{
    const struct api_operation *operation = site->operations[request->route];
    struct span lang = *(const struct span *)site->settings->languages.at;
    struct question question;

    if (read_question(site, request, mem, &question, reply)
        && !api_answer(operation, &question, store, site->rules, lang, mem, reply, err))
        return false;
    finish_reply(site, mem, reply);
    return true;
}

/* All parts of an answer are of one version of the store; so it is made again when the store has changed meanwhile. */
static bool make_and_keep(struct trend_site *site, const struct http_request *request, struct trend_store *store,
                          struct arena *mem, struct http_reply *reply, struct err *err)
{
    int64_t before, after;

    for (int i = 0; i < SAME_VERSION_TRIES; i++) {
        if (!read_version(store, &before, err) || !make_reply(site, request, store, mem, reply, err)
            || !read_version(store, &after, err))
            return false;
        if (before != after)
            continue;
        answer_cache_put(site->cache, after, key_of(site->operations[request->route], request, mem), reply);
        break;
    }
    return true;
}

static void answer_from_store(void *context, const struct http_request *request, struct arena *mem,
                              struct http_reply *reply)
{
    struct trend_site *site = context;
    struct trend_store *store = store_readers_take(site->readers);
    struct err err = {0};

    if (!make_and_keep(site, request, store, mem, reply, &err)) {
        log_event(LOG_WARN, "unanswered", "message=%s", log_quote(err.text));
        http_reply_problem(reply, HTTP_UNAVAILABLE, SPAN("the store cannot be read now"), mem);
        http_reply_field(reply, "Retry-After", SPAN("1"));
    }
    store_readers_give(site->readers, store);
}

/* --- what is quick --- */

static void answer_metrics(void *context, const struct http_request *request, struct arena *mem,
                           struct http_reply *reply)
{
    (void)request;
    trend_status_metrics(((struct trend_site *)context)->status, mem, reply);
}

static void answer_health(void *context, const struct http_request *request, struct arena *mem,
                          struct http_reply *reply)
{
    (void)request, (void)mem;
    trend_status_health(((struct trend_site *)context)->status, reply);
}

static void answer_readiness(void *context, const struct http_request *request, struct arena *mem,
                             struct http_reply *reply)
{
    (void)request;
    trend_status_readiness(((struct trend_site *)context)->status, mem, reply);
}

static void answer_description(void *context, const struct http_request *request, struct arena *mem,
                               struct http_reply *reply)
{
    const struct trend_site *site = context;

    (void)request, (void)mem;
    *reply = (struct http_reply){.status = HTTP_OK,
                                 .type = "application/json",
                                 .body = site->description,
                                 .etag = site->description_etag,
                                 .cache = "no-cache"};
}

static void answer_other(void *context, const struct http_request *request, struct arena *mem, struct http_reply *reply)
{
    (void)context, (void)request;
    http_reply_problem(reply, HTTP_NOT_FOUND, SPAN("there is no such path; /api/v1/openapi.json lists them"), mem);
}

static const struct http_route quick_routes[] = {
    {"/metrics", "figures of the trend stage in Prometheus' text format", answer_metrics, false, false},
    {"/healthz", "200 while it turns, 503 where it is stuck", answer_health, true, false},
    {"/readyz", "200 while it is ready, else 503 with the reason", answer_readiness, true, false},
    {"/api/v1/openapi.json", "the API's description (OpenAPI 3.1)", answer_description, false, false},
    {NULL, NULL, answer_other, false, false},
};

/* --- the site --- */

enum { QUICK_ROUTES = sizeof quick_routes / sizeof *quick_routes };

static void make_routes(struct trend_site *site)
{
    size_t len = 0, operations = 0;

    while (api_operations[operations].path)
        operations++;
    site->routes = arena_zero(site->mem, (operations + QUICK_ROUTES) * sizeof *site->routes);
    site->operations = arena_zero(site->mem, (operations + QUICK_ROUTES) * sizeof *site->operations);
    for (; len < operations; len++) {
        const struct api_operation *it = &api_operations[len];

        site->routes[len] = (struct http_route){it->path, it->help, answer_from_store, false, true};
        site->operations[len] = it;
    }
    memcpy(site->routes + len, quick_routes, sizeof quick_routes);
}

static void describe(struct trend_site *site, const char *version)
{
    struct buf out = buf_in(site->mem);

    api_describe(&out, version, site->quota);
    site->description = buf_span(&out);
    site->description_etag = http_etag(site->description, site->mem);
}

struct trend_site *trend_site_new(const struct trend_settings *settings, const struct ruleset *rules,
                                  struct trend_status *status, const char *version, struct err *err)
{
    struct trend_site *site = calloc(1, sizeof *site);
    int cpus = cpus_granted(), threads = cpus < THREADS_MIN ? THREADS_MIN : cpus > THREADS_MAX ? THREADS_MAX : cpus;

    if (!site)
        out_of_memory();
    *site =
        (struct trend_site){settings, rules, status, .mem = arena_new(), .cache = answer_cache_new(TREND_SITE_CACHE)};
    site->quota = settings->keys.len ? http_quota_new(&settings->keys) : NULL;
    make_routes(site);
    describe(site, version);
    site->http = (struct http_site){.routes = site->routes,
                                    .context = site,
                                    .quick = answer_at_once,
                                    .hosts = settings->http.hosts.at,
                                    .hosts_len = settings->http.hosts.len,
                                    .hosts_setting = "trends.http.hosts",
                                    .threads = threads,
                                    .has_problems = true};
    site->readers = store_readers_open(settings, threads, err);
    if (site->readers)
        return site;
    trend_site_free(site);
    return NULL;
}

void trend_site_free(struct trend_site *site)
{
    if (!site)
        return;
    store_readers_close(site->readers);
    answer_cache_free(site->cache);
    http_quota_free(site->quota);
    arena_free(site->mem);
    free(site);
}

const struct http_site *trend_site_http(const struct trend_site *site)
{
    return &site->http;
}
