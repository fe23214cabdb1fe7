#include "worker/line.h"
#include "worker/crash.h"
#include "worker/decode.h"
#include "worker/hides.h"
#include "worker/shape.h"

static void route_all(const struct line *line, const struct event *event, struct outbox *out)
{
    const struct route *routes = line->routes->at;
    size_t before = out->records_len;

    for (size_t i = 0; i < line->routes->len; i++)
        if (when_matches(&routes[i].when, event))
            shapes[routes[i].shape]->emit(event, &routes[i], out);
    out->dropped[DROP_NO_ROUTE] += out->records_len == before;
}

bool line_skips(const struct line *line, const struct message *message)
{
    const struct skip *skips = line->skip->at;

    for (size_t i = 0; i < line->skip->len; i++)
        if (skips[i].offset == message->offset && skips[i].partition == message->partition
            && span_equal(skips[i].topic, message->input->topic))
            return true;
    return false;
}

/* Only records keyed by post id keep one post's order over partitions. */
static bool is_keyed_by(const struct message *message, struct span id)
{
    struct span key = message->key;

    if (key.len > id.len && key.at[key.len - id.len - 1] == ':')
        key = (struct span){key.at + key.len - id.len, id.len};        /* network:id */
    return span_equal(key, id);
}

/* A post that is hidden by now leaves as a hide, whatever was said of it meanwhile. */
static bool hide_late(const struct line *line, const struct message *message, struct post *post, int64_t *as_of_ms,
                      struct arena *mem)
{
    int64_t hidden_ms;

    if (!line->hides || (post->says != SAYS_POST && post->says != SAYS_UNHIDE)
        || !hides_find(line->hides, message->input->network, post->id, mem, &hidden_ms))
        return false;
    post->says = SAYS_HIDE;
    *as_of_ms = hidden_ms;
    return true;
}

struct line line_of(const struct config *config, const struct ruleset *rules)
{
    return (struct line){
        .limits = &config->limits, .rules = rules, .routes = &config->routes, .skip = &config->skip};
}

static void carry(const struct line *line, const struct message *message, struct outbox *out)
{
    struct post post;
    struct found found = {0};
    struct span why = {0};

    if (line_skips(line, message)) {
        outbox_dead(out, message, FAULT_SKIPPED, SPAN("the config's skip names it"));
        return;
    }
    if (message->refused.len) {
        outbox_dead(out, message, FAULT_REFUSED, message->refused);
        return;
    }
    enum fault fault = post_decode(message, line->limits, out->mem, &post, &why);
    if (fault) {
        outbox_dead(out, message, fault, why);
        return;
    }
    if (post.says == SAYS_NOTHING) {
        out->dropped[DROP_NO_POST]++;
        return;
    }
    out->unkeyed += message->partition >= 0 && !is_keyed_by(message, post.id);
    int64_t as_of_ms = post.observed_ms != TIME_UNKNOWN ? post.observed_ms : message->timestamp_ms;
    out->hidden += hide_late(line, message, &post, &as_of_ms, out->mem);
    if (post.says == SAYS_POST || post.says == SAYS_UPDATE)
        ruleset_apply(line->rules, &post, as_of_ms, &found, out->mem);
    meter_tags(line->meter, &found);
    route_all(line, &(struct event){message, &post, &found, line->rules, as_of_ms}, out);
}

void line_carry(const struct line *line, const struct message *message, struct outbox *out)
{
    crash_at_hand(message);
    carry(line, message, out);
    crash_at_hand(NULL);
}
