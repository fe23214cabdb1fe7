/* One flat row an observation, for SQL and stream engines. */
#include "worker/route/shape.h"

/* A hide's row is never null: engines skip nulls. */
static struct span write_hidden(const struct event *event, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_put(&out, SPAN("{\"v\":1,\"id\":"));
    json_write_string(&out, event->post->id);
    write_text(&out, "network", event->message->input->network);
    write_time(&out, "as_of", event->as_of_ms);
    buf_put(&out, event->post->says == SAYS_HIDE ? SPAN(",\"hidden\":true") : SPAN(",\"hidden\":false"));
    write_source(&out, event->message);
    buf_char(&out, '}');
    return buf_span(&out);
}

static void emit_facts(const struct event *event, const struct route *route, struct outbox *out)
{
    struct span value = post_is_enriched(event->post) ? write_row(event, (struct span){0}, route->text, out->mem)
                                                      : write_hidden(event, out->mem);

    outbox_record(out, (struct record){
                           event->message,
                           route,
                           event_key(event, route, (struct span){0}, out->mem),
                           value,
                       });
}

const struct shape shape_facts = {
    .name = "facts",
    .help = "one flat row an observation: posts, count updates, hides",
    .key = ROUTE_KEY_ID,
    .keys = 1u << ROUTE_KEY_ID | 1u << ROUTE_KEY_NETWORK_ID,
    .cleanup = "delete",
    .may_compact = true,
    .has_text = true,
    .needs_network = true,
    .posts = 1,
    .detail = 1,
    .if_compacted = "only the newest observation of a post stays",
    .emit = emit_facts,
};
