#include "worker/line.h"
#include "worker/crash.h"
#include "worker/decode/decode.h"
#include "worker/hides.h"
#include "worker/route/shape.h"

enum { GROUP_MESSAGES = 64, GROUP_BYTES = 64 * 1024 };

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

/* A message on its way, once it is known what its post says. */
struct item {
    const struct message *message;
    struct post post;
    struct reading reading;
    struct found found;
};

/* False: it has left as a dead letter or a drop. */
static bool take(const struct line *line, const struct message *message, struct item *item, struct outbox *out)
{
    struct post *post = &item->post;
    struct span why = {0};

    if (line_skips(line, message)) {
        outbox_dead(out, message, FAULT_SKIPPED, SPAN("the config's skip names it"));
        return false;
    }
    if (message->refused.len) {
        outbox_dead(out, message, FAULT_REFUSED, message->refused);
        return false;
    }
    enum fault fault = post_decode(message, line->limits, out->mem, post, &why);
    if (fault) {
        outbox_dead(out, message, fault, why);
        return false;
    }
    if (post->says == SAYS_NOTHING) {
        out->dropped[DROP_NO_POST]++;
        return false;
    }
    out->unkeyed += message->partition >= 0 && !is_keyed_by(message, post->id);
    int64_t as_of_ms = message_as_of(message, post);
    out->hidden += hide_late(line, message, post, &as_of_ms, out->mem);
    item->message = message;
    item->reading = ruleset_begin(line->rules, post, as_of_ms);
    item->found = (struct found){0};
    return true;
}

static void enrich(const struct line *line, struct item *item, int step, struct arena *mem)
{
    crash_at_hand(item->message);
    if (post_is_enriched(&item->post))
        ruleset_step(line->rules, step, &item->reading, &item->found, mem);
}

static void send(const struct line *line, const struct item *item, struct outbox *out)
{
    crash_at_hand(item->message);
    meter_tags(line->meter, &item->found);
    struct event event = {item->message, &item->post, &item->found, line->rules, item->reading.as_of_ms};
    out->dropped[DROP_NO_ROUTE] += !routes_emit(line->routes, &event, out);
}

static void carry_group(const struct line *line, const struct message *messages, size_t len, struct item *items,
                        struct outbox *out)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        crash_at_hand(&messages[i]);
        count += take(line, &messages[i], &items[count], out);
    }
    for (int step = 0; step < STEPS; step++)
        for (size_t i = 0; i < count; i++)
            enrich(line, &items[i], step, out->mem);
    for (size_t i = 0; i < count; i++)
        send(line, &items[i], out);
    crash_at_hand(NULL);
}

/* Each step is done for a whole group before the next, so that its code and its tables stay in the nearest cache; and no
 * group is so large that its posts do not. */
void line_carry(const struct line *line, const struct message *messages, size_t len, struct outbox *out)
{
    size_t most = len < GROUP_MESSAGES ? len : GROUP_MESSAGES;
    struct item *items = arena_take(out->mem, most * sizeof *items);

    for (size_t from = 0, to = 0; from < len; from = to) {
        for (size_t bytes = 0; to < len && to - from < most && bytes < GROUP_BYTES; to++)
            bytes += messages[to].value.len;
        carry_group(line, messages + from, to - from, items, out);
    }
}
