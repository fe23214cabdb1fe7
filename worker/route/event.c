/* Everything about one post, with its raw bytes. */
#include "worker/route/shape.h"

static void write_place(struct buf *out, const struct entity *entity)
{
    buf_put(out, SPAN("{\"text\":"));
    json_write_string(out, entity->text);
    buf_put(out, SPAN(",\"start\":"));
    buf_int(out, entity->start);
    buf_put(out, SPAN(",\"end\":"));
    buf_int(out, entity->end);
    buf_char(out, '}');
}

static void write_entities_of(struct buf *out, const struct found *found, enum entity_kind kind)
{
    const struct entities *all = found->has_entity_places ? &found->places : &found->entities;
    size_t written = 0;

    buf_char(out, '"');
    buf_put(out, span_of(entity_names[kind]));
    buf_put(out, SPAN("\":["));
    for (size_t i = 0; i < all->len; i++) {
        if (all->at[i].kind != kind)
            continue;
        if (written++)
            buf_char(out, ',');
        if (found->has_entity_places)
            write_place(out, &all->at[i]);
        else
            json_write_string(out, all->at[i].text);
    }
    buf_char(out, ']');
}

static void write_entities(struct buf *out, const struct found *found)
{
    if (!found->has_entities)
        return;
    buf_put(out, SPAN(",\"entities\":{"));
    for (int kind = 0; kind < ENTITY_KINDS; kind++) {
        if (kind)
            buf_char(out, ',');
        write_entities_of(out, found, (enum entity_kind)kind);
    }
    buf_char(out, '}');
}

static void write_counted(struct buf *out, unsigned counted)
{
    struct span names[COUNTS];
    struct spans of = {names, 0};

    for (int i = 0; i < COUNT_ENGAGING; i++)
        if (counted & 1u << i)
            names[of.len++] = span_of(count_names[i]);
    if (of.len)
        write_strings(out, "of", of);
}

static void write_sentiment(struct buf *out, const struct found *found)
{
    if (!found->has_sentiment)
        return;
    buf_put(out, SPAN(",\"sentiment\":{\"label\":\""));
    buf_put(out, span_of(sentiment_names[found->sentiment.label]));
    buf_put(out, SPAN("\",\"score\":"));
    buf_decimal(out, found->sentiment.score);
    buf_put(out, SPAN(",\"positive\":"));
    buf_int(out, found->sentiment.positive);
    buf_put(out, SPAN(",\"negative\":"));
    buf_int(out, found->sentiment.negative);
    buf_char(out, '}');
}

/* Members each begin with a comma; the first of an object has none. */
static void close_object(struct buf *out, size_t start)
{
    if (out->len > start)
        out->at[start] = '{';
    else
        buf_char(out, '{');
    buf_char(out, '}');
}

static void write_engagement(struct buf *out, const struct found *found)
{
    size_t before = out->len;

    buf_put(out, SPAN(",\"engagement\":"));
    size_t start = out->len;
    write_figure(out, "total", found->figures[FIGURE_TOTAL]);
    write_counted(out, found->counted);
    for (int i = FIGURE_SCORE; i < FIGURES; i++)
        write_figure(out, figure_names[i], found->figures[i]);
    write_text(out, "tier", found->tier);
    if (out->len == start)
        out->len = before; /* nothing is known */
    else
        close_object(out, start);
}

static void write_enrichment(struct buf *out, const struct event *event)
{
    buf_put(out, SPAN(",\"enrichment\":"));
    size_t start = out->len;
    write_tags(out, event->found);
    write_entities(out, event->found);
    write_sentiment(out, event->found);
    write_engagement(out, event->found);
    write_rules(out, event->rules);
    close_object(out, start);
}

static struct span write(const struct event *event, const struct route *route, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_reserve(&out, event->post->raw.len * 2 + 512);
    buf_put(&out, SPAN("{\"v\":1,\"id\":"));
    json_write_string(&out, event->post->id);
    buf_put(&out, SPAN(",\"facts\":"));
    size_t start = out.len;
    write_facts(&out, event);
    close_object(&out, start);
    write_enrichment(&out, event);
    if (route->post == POST_FULL) {
        buf_put(&out, SPAN(",\"post\":"));
        buf_put(&out, event->post->raw);
    }
    write_source(&out, event->message);
    buf_char(&out, '}');
    return buf_span(&out);
}

/* A hide has no tags and no text: where the topic is compacted by id, a tombstone removes the post. */
static void emit_event(const struct event *event, const struct route *route, struct outbox *out)
{
    struct record record = {event->message, route, event_key(event, route, (struct span){0}, out->mem), {0}};
    bool by_id = route->key == ROUTE_KEY_ID || route->key == ROUTE_KEY_NETWORK_ID;

    if (event->post->says == SAYS_POST)
        record.value = write(event, route, out->mem);
    else if (event->post->says != SAYS_HIDE || !by_id)
        return;
    outbox_record(out, record);
}

const struct shape shape_event = {
    .name = "event",
    .help = "everything about a post, with its raw bytes; a hide is a tombstone",
    .key = ROUTE_KEY_ID,
    .keys = 1u << ROUTE_KEY_ID | 1u << ROUTE_KEY_NETWORK_ID | 1u << ROUTE_KEY_SUBJECT | 1u << ROUTE_KEY_AUTHOR
            | 1u << ROUTE_KEY_INPUT,
    .cleanup = "compact,delete",
    .may_compact = true,
    .has_post = true,
    .posts = 2, /* as it came, and in its parts */
    .detail = 2,
    .no_hide = "a hide needs a key that is the post's id or network-id",
    .if_not_compacted = "a hide's tombstone does not remove the event",
    .emit = emit_event,
};
