/* The facts row without text, once for each tag and keyed by it. Hides have no tags: readers join
 * those of the facts. */
#include "worker/route/shape.h"

static void emit_by_tag(const struct event *event, const struct route *route, struct outbox *out)
{
    const struct spans *tags = &event->found->tags;

    for (size_t i = 0; i < tags->len && !outbox_is_full(out); i++) /* tags times row: the only product */
        outbox_record(out, (struct record){
                               event->message,
                               route,
                               event_key(event, route, tags->at[i], out->mem),
                               write_row(event, tags->at[i], false, out->mem),
                           });
}

const struct shape shape_by_tag = {
    .name = "by-tag",
    .help = "the facts row without text, once for each tag",
    .key = ROUTE_KEY_TAG,
    .keys = 1u << ROUTE_KEY_TAG,
    .cleanup = "delete",
    .may_compact = false,
    .posts = 1,
    .no_hide = "a hide has no tags: it is a row of facts",
    .if_compacted = "it would keep one post a tag",
    .emit = emit_by_tag,
};
