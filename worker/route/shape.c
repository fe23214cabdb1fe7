#include "worker/route/shape.h"
#include "worker/parts.h"

struct span event_key(const struct event *event, const struct route *route, struct span tag, struct arena *mem)
{
    const struct post *post = event->post;
    struct span network = event->message->input->network;

    switch (route->key) {
    case ROUTE_KEY_NETWORK_ID: return span_joined(mem, network, SPAN(":"), post->id);
    case ROUTE_KEY_SUBJECT: return post_subject(post);
    case ROUTE_KEY_AUTHOR: return post->author.id.len ? post->author.id : post->id;
    case ROUTE_KEY_TAG: return tag;
    case ROUTE_KEY_INPUT: return event->message->key;
    default: return post->id;
    }
}

void write_strings(struct buf *out, const char *name, struct spans strings)
{
    write_name(out, name);
    json_write_strings(out, strings);
}

static void write_author(struct buf *out, const struct event *event)
{
    const struct author *author = &event->post->author;

    write_text(out, "author", author->id);
    write_text(out, "handle", author->handle);
    write_count(out, "followers", author->followers);
    write_text(out, "segment", event->found->segment);
}

static void write_said(struct buf *out, const char *name, enum said said)
{
    if (said == SAID_NOTHING)
        return;
    write_name(out, name);
    buf_put(out, said == SAID_YES ? SPAN("true") : SPAN("false"));
}

void write_facts(struct buf *out, const struct event *event)
{
    const struct post *post = event->post;

    write_text(out, "network", event->message->input->network);
    write_text(out, "kind", span_of(kind_names[post_kind(post)]));
    write_text(out, "subject", post_subject(post));
    write_time(out, "as_of", event->as_of_ms);
    write_time(out, "created", post->created_ms);
    write_text(out, "lang", event->found->lang);
    write_author(out, event);
    write_text(out, "url", post->url);
    write_text(out, "in_reply_to", post->in_reply_to);
    write_text(out, "repost_of", post->repost_of);
    write_text(out, "quote_of", post->quote_of);
    write_text(out, "replaces", post->replaces);
    write_text(out, "visibility", post->visibility);
    write_said(out, "sensitive", post->sensitive);
    write_said(out, "bot", post->bot);
    for (int i = 0; i < COUNTS; i++)
        write_count(out, count_names[i], post->counts[i]);
}

static void write_matched(struct buf *out, const struct found *found)
{
    write_name(out, "matched");
    buf_char(out, '{');
    for (size_t i = 0, written = 0; i < found->tags.len; i++) {
        if (!found->matched[i].len)
            continue;
        if (written++)
            buf_char(out, ',');
        json_write_string(out, found->tags.at[i]);
        buf_char(out, ':');
        json_write_strings(out, found->matched[i]);
    }
    buf_char(out, '}');
}

void write_tags(struct buf *out, const struct found *found)
{
    if (!found->has_tags)
        return;
    write_strings(out, "tags", found->tags);
    if (found->has_matched)
        write_matched(out, found);
}

void write_rules(struct buf *out, const struct ruleset *rules)
{
    buf_put(out, SPAN(",\"rules\":{\"version\":"));
    buf_int(out, rules->version);
    buf_put(out, SPAN(",\"id\":\""));
    buf_put(out, span_of(rules->fingerprint));
    buf_put(out, SPAN("\"}"));
}

void write_source(struct buf *out, const struct message *message)
{
    if (message->partition < 0)
        return;
    buf_put(out, SPAN(",\"source\":{\"topic\":"));
    json_write_string(out, message->input->topic);
    buf_put(out, SPAN(",\"partition\":"));
    buf_int(out, message->partition);
    buf_put(out, SPAN(",\"offset\":"));
    buf_int(out, message->offset);
    if (message->part)
        buf_format(out, ",\"index\":%zu", message->part - 1);
    write_time(out, "timestamp", message->timestamp_ms);
    buf_char(out, '}');
}

static void write_links(struct buf *out, const struct found *found)
{
    if (!found->has_entities)
        return;
    write_strings(out, "hashtags", found->hashtags);
    write_strings(out, "links", found->links);
}

struct span write_row(const struct event *event, struct span tag, bool with_text, struct arena *mem)
{
    const struct post *post = event->post;
    struct buf out = buf_in(mem);

    buf_put(&out, SPAN("{\"v\":1,\"id\":"));
    json_write_string(&out, post->id);
    write_text(&out, "tag", tag);
    write_facts(&out, event);
    if (with_text && post->says == SAYS_POST) {
        write_name(&out, "text");
        json_write_string(&out, post->text);
    }
    write_tags(&out, event->found);
    write_links(&out, event->found);
    if (event->found->has_sentiment)
        write_text(&out, "sentiment", span_of(sentiment_names[event->found->sentiment.label]));
    write_figure(&out, "total", event->found->figures[FIGURE_TOTAL]);
    write_figure(&out, "score", event->found->figures[FIGURE_SCORE]);
    write_text(&out, "tier", event->found->tier);
    write_rules(&out, event->rules);
    write_source(&out, event->message);
    buf_char(&out, '}');
    return buf_span(&out);
}

void route_emit(const struct route *route, const struct event *event, struct outbox *out)
{
    shapes[route->shape]->emit(event, route, out);
}

bool routes_emit(const struct list *routes, const struct event *event, struct outbox *out)
{
    const struct route *route = routes->at;
    size_t before = out->records_len;

    for (size_t i = 0; i < routes->len; i++)
        if (!outbox_is_full(out) && when_matches(&route[i].when, event))
            route_emit(&route[i], event, out);
    return out->records_len > before;
}
