#include "worker/trends/trend_site.h"
#include "common/cpus.h"
#include "common/http_keys.h"
#include "common/log.h"
#include "common/time.h"
#include "worker/trends/answer_cache.h"
#include "worker/trends/page/page.h"
#include "worker/trends/store_readers.h"

#include <stdlib.h>

enum { THREADS_MIN = 2, THREADS_MAX = 4, SAME_VERSION_TRIES = 3 };

/* A route whose answer comes from the store. */
struct asking_route {
    const char *path;
    enum question_kind kind;
    unsigned parameters;                   /* API_BIT of each that may be given */
    const struct api_operation *operation; /* NULL: a page */
    bool is_about;
};

struct page_route {
    struct asking_route asking;
    const char *help;
};

static const struct page_route page_routes[] = {
    {{"/", ASK_TAGS, API_LISTS, NULL, false}, "the list of trends, for people"},
    {{"/tags/{tag}", ASK_POSTS, API_LISTS, NULL, false}, "what is said about a tag"},
    {{"/posts/{network}/{id}", ASK_POST, API_BIT(at), NULL, false}, "a post and the course of its counts"},
    {{"/about", ASK_TAGS, 0, NULL, true}, "what the figures mean, and how to have a post hidden"},
};

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
    const struct asking_route **asking; /* of each route; NULL where it asks nothing */
    struct http_site http;
};

/* --- refusals, in the form of what was asked --- */

/* NULL: the route asks nothing. */
static const struct asking_route *asking_of(const struct trend_site *site, const struct http_request *request)
{
    return site->asking[request->route];
}

static bool is_for_people(const struct trend_site *site, const struct http_request *request)
{
    const struct asking_route *asking = asking_of(site, request);

    return asking ? !asking->operation : !span_starts(request->path, SPAN("/api/"));
}

static struct page_context page_of(const struct trend_site *site, const struct http_request *request,
                                   const struct question *question)
{
    struct span hl = uri_query_get(&request->query, "hl");

    return (struct page_context){
        .settings = site->settings,
        .rules = site->rules,
        .language = page_language(site->settings, hl, request->headers[HTTP_ACCEPT_LANGUAGE]),
        .links = PAGE_SERVED,
        .question = question,
        .keeps_language = hl.len,
        .is_past = uri_query_get(&request->query, "at").len,
    };
}

static void reply_page(const struct page_context *page, unsigned status, struct span body, struct http_reply *reply)
{
    *reply = (struct http_reply){.status = status, .type = "text/html; charset=utf-8", .body = body, .csp = page_csp};
    http_reply_field(reply, "Content-Language", page_language_name(page->language));
    http_reply_field(reply, "Vary", SPAN("Accept-Language"));
}

static void refuse(const struct trend_site *site, const struct http_request *request, unsigned status, struct span why,
                   struct arena *mem, struct http_reply *reply)
{
    struct question question = {.at_ms = TIME_UNKNOWN, .window_ms = QUESTION_WINDOW_MS, .sentiment = -1};
    struct page_context page = page_of(site, request, &question);
    struct buf out = buf_in(mem);

    if (!is_for_people(site, request)) {
        http_reply_problem(reply, status, why, mem);
        return;
    }
    page_error(&out, &page, status, why);
    reply_page(&page, status, buf_span(&out), reply);
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

/* What the answer depends on, in one piece. */
static struct span key_of(const struct trend_site *site, const struct http_request *request, struct arena *mem)
{
    struct page_context page = page_of(site, request, NULL);
    struct buf out = buf_in(mem);

    buf_put(&out, span_of(asking_of(site, request)->path));
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
    if (is_for_people(site, request))
        buf_format(&out, "%c%d%d", 0, (int)page.language, page.keeps_language);
    return buf_span(&out);
}

static bool read_question(const struct trend_site *site, const struct http_request *request, struct arena *mem,
                          struct question *question, struct http_reply *reply)
{
    const struct asking_route *asking = asking_of(site, request);
    struct err err = {0};

    if (api_read(asking->kind, asking->parameters, asking->operation ? NULL : "hl", request, mem, question, &err))
        return true;
    refuse(site, request, HTTP_BAD_REQUEST, span_keep(span_of(err.text), mem), mem, reply);
    return false;
}

static bool answer_at_once(void *context, const struct http_request *request, struct arena *mem,
                           struct http_reply *reply, struct span *key)
{
    struct trend_site *site = context;
    struct question question;

    if (!is_for_people(site, request) && !request->is_again && !admit(site, request, mem, reply))
        return true;
    if (!read_question(site, request, mem, &question, reply))
        return true;
    *key = key_of(site, request, mem);
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
static void finish_reply(const struct trend_site *site, const struct http_request *request, struct arena *mem,
                         struct http_reply *reply)
{
    if (reply->status != HTTP_OK)
        return;
    reply->etag = http_etag(reply->body, mem);
    reply->cache = site->quota && !is_for_people(site, request) ? "private, no-cache" : "no-cache";
}

static bool make_page(const struct trend_site *site, const struct http_request *request,
                      const struct question *question, struct trend_store *store, struct arena *mem,
                      struct http_reply *reply, struct err *err)
{
    struct page_context page = page_of(site, request, question);
    struct buf out = buf_in(mem);
    bool is_found = true;

    if (asking_of(site, request)->is_about)
        page_about(&out, &page);
    else if (!page_answer(&out, &page, store, question, &is_found, err))
        return false;
    if (is_found)
        reply_page(&page, HTTP_OK, buf_span(&out), reply);
    else
        refuse(site, request, HTTP_NOT_FOUND, (struct span){0}, mem, reply);
    return true;
}

static bool make_reply(struct trend_site *site, const struct http_request *request, struct trend_store *store,
                       struct arena *mem, struct http_reply *reply, struct err *err)
{
    const struct api_operation *operation = asking_of(site, request)->operation;
    const struct trend_asker asker = {store, site->rules, *(const struct span *)site->settings->languages.at};
    struct question question;

    if (!read_question(site, request, mem, &question, reply))
        return true;
    if (operation ? !api_answer(operation, &question, &asker, mem, reply, err)
                  : !make_page(site, request, &question, store, mem, reply, err))
        return false;
    finish_reply(site, request, mem, reply);
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
        answer_cache_put(site->cache, after, key_of(site, request, mem), reply);
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
        refuse(site, request, HTTP_UNAVAILABLE, SPAN("the store cannot be read now"), mem, reply);
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
    const struct trend_site *site = context;

    refuse(site, request, HTTP_NOT_FOUND,
           is_for_people(site, request) ? (struct span){0}
                                        : SPAN("there is no such path; /api/v1/openapi.json lists them"),
           mem, reply);
}

static const struct http_route quick_routes[] = {
    {"/metrics", "figures of the trend stage in Prometheus' text format", answer_metrics, false, false},
    {"/healthz", "200 while it turns, 503 where it is stuck", answer_health, true, false},
    {"/readyz", "200 while it is ready, else 503 with the reason", answer_readiness, true, false},
    {"/api/v1/openapi.json", "the API's description (OpenAPI 3.1)", answer_description, false, false},
    {NULL, NULL, answer_other, false, false},
};

/* --- the site --- */

enum {
    QUICK_ROUTES = sizeof quick_routes / sizeof *quick_routes,
    PAGE_ROUTES = sizeof page_routes / sizeof *page_routes,
};

static void add_route(struct trend_site *site, size_t at, const struct asking_route *asking, const char *help)
{
    site->routes[at] = (struct http_route){asking->path, help, answer_from_store, false, true};
    site->asking[at] = asking;
}

static void make_routes(struct trend_site *site)
{
    size_t len = 0, operations = 0;

    while (api_operations[operations].path)
        operations++;
    site->routes = arena_zero(site->mem, (operations + PAGE_ROUTES + QUICK_ROUTES) * sizeof *site->routes);
    site->asking = arena_zero(site->mem, (operations + PAGE_ROUTES + QUICK_ROUTES) * sizeof *site->asking);
    for (; len < operations; len++) {
        const struct api_operation *it = &api_operations[len];
        struct asking_route *asking = arena_take(site->mem, sizeof *asking);

        *asking = (struct asking_route){it->path, it->kind, it->parameters, it, false};
        add_route(site, len, asking, it->help);
    }
    for (size_t i = 0; i < PAGE_ROUTES; i++)
        add_route(site, len++, &page_routes[i].asking, page_routes[i].help);
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
    time_zone_set(settings->time_zone);
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
