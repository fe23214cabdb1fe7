#include "common/json.h"
#include "worker/command/explain/explain.h"

/* Members after the first of an object; an empty text is absent. */
static void write_place(struct buf *out, const struct tag_hit *hit)
{
    buf_put(out, SPAN("{\"term\":"));
    json_write_string(out, hit->term);
    write_text(out, "place", span_of(hit->place));
    write_text(out, "text", hit->text);
    if (hit->bytes.end)
        buf_format(out, ",\"bytes\":[%zu,%zu]", hit->bytes.start, hit->bytes.end);
    write_text(out, "except", hit->except);
    write_text(out, "word", hit->word);
    if (hit->within)
        write_text(out, "within", span_of(hit->within));
    buf_char(out, '}');
}

static void write_hits(struct buf *out, const char *name, const struct tag_explanation *tag, bool cancelled)
{
    size_t written = 0;

    buf_format(out, ",\"%s\":[", name);
    for (size_t i = 0; i < tag->hits_len; i++) {
        if (cancelled == tag_hit_counted(&tag->hits[i]))
            continue;
        if (written++)
            buf_char(out, ',');
        write_place(out, &tag->hits[i]);
    }
    buf_char(out, ']');
}

static void write_tag(struct buf *out, const struct tag_explanation *tag)
{
    buf_put(out, SPAN("{\"tag\":"));
    json_write_string(out, tag->name);
    buf_format(out, ",\"fires\":%s", tag->fires ? "true" : "false");
    if (tag->implied_by_len)
        write_strings(out, "implied_by", (struct spans){tag->implied_by, tag->implied_by_len});
    write_hits(out, "hits", tag, false);
    write_hits(out, "cancelled", tag, true);
    write_text(out, "missed", tag->missed);
    buf_put(out, SPAN(",\"rule\":"));
    json_write_string(out,
                      span_format(out->mem, "%s:%d:%d", tag->node->file, tag->node->name->line, tag->node->name->col));
    buf_char(out, '}');
}

/* Tags of which nothing is to be said are left out. */
static void write_tag_list(struct buf *out, const struct explanation *all)
{
    size_t written = 0;

    write_strings(out, "tags", all->found.tags);
    buf_put(out, SPAN(",\"rules\":["));
    for (size_t i = 0; i < all->tags.len; i++) {
        const struct tag_explanation *tag = &all->tags.at[i];

        if (!tag->fires && !tag->implied_by_len && !tag->hits_len)
            continue;
        if (written++)
            buf_char(out, ',');
        write_tag(out, tag);
    }
    buf_char(out, ']');
}

static void write_entities(struct buf *out, const struct entities *entities)
{
    buf_put(out, SPAN(",\"entities\":{"));
    for (int kind = 0; kind < ENTITY_KINDS; kind++) {
        size_t written = 0;

        buf_format(out, "%s\"%s\":[", kind ? "," : "", entity_names[kind]);
        for (size_t i = 0; i < entities->len; i++) {
            if (entities->at[i].kind != (enum entity_kind)kind)
                continue;
            if (written++)
                buf_char(out, ',');
            json_write_string(out, entities->at[i].text);
        }
        buf_char(out, ']');
    }
    buf_char(out, '}');
}

static void write_mood_hit(struct buf *out, const struct sentiment_hit *hit)
{
    buf_put(out, SPAN("{\"term\":"));
    json_write_string(out, hit->term);
    write_text(out, "text", hit->text);
    buf_format(out, ",\"bytes\":[%zu,%zu],\"weight\":%.*s,\"value\":%.*s", hit->bytes.start, hit->bytes.end,
               SPAN_ARGS(hit->weight), SPAN_ARGS(hit->value));
    write_strings(out, "turns", hit->turns);
    buf_char(out, '}');
}

static void write_mood(struct buf *out, const struct sentiment_explanation *scoring)
{
    if (!scoring->sum.len)
        return;
    buf_format(out, ",\"sentiment\":{\"sum\":%.*s,\"terms\":[", SPAN_ARGS(scoring->sum));
    for (size_t i = 0; i < scoring->hits_len; i++) {
        if (i)
            buf_char(out, ',');
        write_mood_hit(out, &scoring->hits[i]);
    }
    buf_put(out, SPAN("]}"));
}

static void write_accounts(struct buf *out, const struct findings *accounts)
{
    buf_put(out, SPAN(",\"found\":{"));
    for (size_t i = 0; i < accounts->len; i++) {
        const struct finding *account = &accounts->at[i];

        if (i)
            buf_char(out, ',');
        json_write_string(out, account->name);
        buf_put(out, SPAN(":{\"how\":"));
        json_write_string(out, account->how);
        if (account->is_formula && account->value.len)
            buf_format(out, ",\"value\":%.*s", SPAN_ARGS(account->value));
        else
            write_text(out, "value", account->value);
        buf_char(out, '}');
    }
    buf_char(out, '}');
}

static void write_keys(struct buf *out, const struct route_explanation *account)
{
    buf_put(out, SPAN(",\"keys\":["));
    for (size_t i = 0; i < account->records_len; i++) {
        struct span key = account->records[i].key;

        if (i)
            buf_char(out, ',');
        if (key.at)
            json_write_string(out, key);
        else
            buf_put(out, SPAN("null"));
    }
    buf_char(out, ']');
}

static void write_routes(struct buf *out, const struct explanation *all)
{
    buf_put(out, SPAN(",\"routes\":["));
    for (size_t i = 0; i < all->routes_len; i++) {
        const struct route_explanation *account = &all->routes[i];

        buf_put(out, i ? SPAN(",{\"route\":") : SPAN("{\"route\":"));
        json_write_string(out, account->route->name);
        buf_format(out, ",\"taken\":%s", account->records_len ? "true" : "false");
        write_text(out, "topic", account->route->topic);
        write_text(out, "shape", span_of(shapes[account->route->shape]->name));
        if (account->records_len)
            write_keys(out, account);
        write_text(out, "why_not", account->why_not);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void write_fault(struct buf *out, const struct explanation *all)
{
    buf_format(out, "{\"says\":\"fault\",\"fault\":\"%s\",\"message\":", fault_names[all->fault]);
    json_write_string(out, all->why);
    buf_put(out, SPAN("}\n"));
}

static void write_post(struct buf *out, const struct explanation *all)
{
    const struct post *post = &all->post;

    buf_format(out, "{\"says\":\"%s\"", explain_says(post));
    write_text(out, "id", post->id);
    if (post->says == SAYS_POST) {
        buf_put(out, SPAN(",\"text\":"));
        json_write_string(out, post->text);
    }
    if (all->found.has_tags)
        write_tag_list(out, all);
    if (all->found.has_entities)
        write_entities(out, &all->found.entities);
    write_mood(out, &all->scoring);
    write_accounts(out, &all->accounts);
    write_routes(out, all);
    buf_put(out, SPAN("}\n"));
}

void explain_json(const struct explanation *all, FILE *out, struct arena *mem)
{
    struct buf text = buf_in(mem);

    if (all->fault)
        write_fault(&text, all);
    else
        write_post(&text, all);
    fwrite(text.at, 1, text.len, out);
}
