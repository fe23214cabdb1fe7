#include "worker/command/explain/explanation.h"
#include "worker/decode/decode.h"

const char *explain_says(const struct post *post)
{
    switch (post->says) {
    case SAYS_HIDE: return "hide";
    case SAYS_UNHIDE: return "unhide";
    case SAYS_NOTHING:
    case SAYS_SEVERAL: return "nothing";
    default: return kind_names[post_kind(post)];
    }
}

static void enrich(struct explanation *out, const struct ruleset *rules, struct arena *mem)
{
    struct reading *reading = arena_take(mem, sizeof *reading);

    *reading = ruleset_apply(rules, &out->post, out->as_of_ms, &out->found, mem);
    out->tags = tags_explain(rules->settings[ENRICHER_tags], reading, &out->found, mem);
    out->scoring = sentiment_explain(rules->settings[ENRICHER_sentiment], reading, &out->found, mem);
    for (int i = 0; i < ENRICHER_COUNT; i++)
        if (enrichers[i]->explain)
            enrichers[i]->explain(rules->settings[i], reading, &out->found, &out->accounts);
}

/* Why a route whose `when` holds writes nothing. */
static struct span why_nothing(const struct event *event, const struct route *route)
{
    switch (event->post->says) {
    case SAYS_UPDATE: return SPAN("an update has no text and no tags: it is a row of facts alone");
    case SAYS_UNHIDE: return SPAN("a hide that is taken back is a row of facts alone");
    case SAYS_HIDE: return span_of(shapes[route->shape]->no_hide);
    default: return SPAN("no tag fired, and it writes a row for each tag");
    }
}

static struct route_explanation account_of(const struct event *event, const struct route *route, struct arena *mem)
{
    struct route_explanation account = {.route = route, .why_not = when_explain(&route->when, event, mem)};
    struct outbox out = {.mem = mem};

    if (account.why_not.len)
        return account;
    route_emit(route, event, &out);
    account.records = out.records;
    account.records_len = out.records_len;
    if (!out.records_len)
        account.why_not = why_nothing(event, route);
    return account;
}

static void route_all(struct explanation *out, const struct line *line, struct arena *mem)
{
    const struct route *routes = line->routes->at;
    struct event event = {out->message, &out->post, &out->found, line->rules, out->as_of_ms};

    out->routes = arena_take(mem, line->routes->len * sizeof *out->routes);
    for (size_t i = 0; i < line->routes->len; i++)
        out->routes[out->routes_len++] = account_of(&event, &routes[i], mem);
}

/* A record that gives no posts of its own: there are none, or too many. */
static void explain_record(struct explanation *out, const struct limits *limits, struct arena *mem)
{
    struct batch posts;

    out->post.says = SAYS_NOTHING;
    if (!posts_split(out->message, limits, mem, &posts, &out->why))
        out->fault = FAULT_TOO_LARGE;
}

const struct explanation *explain_message(const struct line *line, const struct message *message, struct arena *mem)
{
    struct explanation *out = arena_zero(mem, sizeof *out);
    struct post *post = &out->post;

    out->message = message;
    out->accounts.mem = mem;
    out->fault = post_decode(message, line->limits, mem, post, &out->why);
    if (!out->fault && post->says == SAYS_SEVERAL)
        explain_record(out, line->limits, mem);
    if (out->fault || post->says == SAYS_NOTHING)
        return out;
    out->as_of_ms = message_as_of(message, post);
    if (post_is_enriched(post))
        enrich(out, line->rules, mem);
    route_all(out, line, mem);
    for (int i = 0; i < FIGURES && !post_is_enriched(post); i++)
        out->found.figures[i] = FIGURE_UNKNOWN;
    return out;
}
