#include "worker/line.h"
#include "common/time.h"
#include "worker/crash.h"
#include "worker/decode/decode.h"
#include "worker/hides.h"
#include "worker/route/shape.h"

enum {
    GROUP_MESSAGES = 64,
    GROUP_BYTES = 64 * 1024,
    CARRY_BYTES = 4 << 20,      /* where more came of the posts carried, they are delivered before the next */
    POST_MEMORY_BASE = 1 << 20, /* what may come of a post: this, and so many bytes for each byte allowed to it */
    POST_MEMORY_FACTOR = 64,
};

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
        key = (struct span){key.at + key.len - id.len, id.len}; /* network:id */
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
    return (struct line){.limits = &config->limits, .rules = rules, .routes = &config->routes, .skip = &config->skip};
}

/* A message on its way, once it is known what its post says. */
struct item {
    const struct message *message;
    struct post post;
    struct reading reading;
    struct found found;
};

/* True: it has left as a dead letter, for what is known of it without reading it. */
static bool leaves_unread(const struct line *line, const struct message *message, struct outbox *out)
{
    if (line_skips(line, message))
        outbox_dead(out, message, FAULT_SKIPPED, SPAN("the config's skip names it"));
    else if (message->costly.len)
        outbox_dead(out, message, FAULT_TOO_COSTLY, message->costly);
    else if (message->refused.len)
        outbox_dead(out, message, FAULT_REFUSED, message->refused);
    else
        return false;
    return true;
}

static void count_unusable(const struct post *post, struct outbox *out)
{
    out->has_unusable |= post->has_unusable;
    for (int member = 0; post->has_unusable && member < POST_MEMBER_COUNT; member++)
        for (int reason = 0; reason < UNUSABLES; reason++)
            out->unusable[member][reason] += post->unusable[member] >> reason & 1;
}

/* What became of a message that was decoded. */
enum taken {
    TAKEN_ITEM,    /* its post goes on */
    TAKEN_LEFT,    /* it has left as a dead letter or a drop */
    TAKEN_SEVERAL, /* it holds several posts and is carried alone */
};

static enum taken take_message(const struct line *line, const struct message *message, struct item *item,
                               struct outbox *out)
{
    struct post *post = &item->post;
    struct span why = {0};

    if (leaves_unread(line, message, out))
        return TAKEN_LEFT;
    enum fault fault = post_decode(message, line->limits, out->mem, post, &why);
    if (fault) {
        outbox_dead(out, message, fault, why);
        return TAKEN_LEFT;
    }
    if (post->says == SAYS_SEVERAL)
        return TAKEN_SEVERAL;
    count_unusable(post, out);
    if (post->says == SAYS_NOTHING) {
        out->dropped[DROP_NO_POST]++;
        return TAKEN_LEFT;
    }
    out->unkeyed += message->partition >= 0 && !is_keyed_by(message, post->id);
    int64_t as_of_ms = message_as_of(message, post);
    out->hidden += hide_late(line, message, post, &as_of_ms, out->mem);
    item->message = message;
    item->reading = ruleset_begin(line->rules, post, as_of_ms);
    item->found = (struct found){0};
    return TAKEN_ITEM;
}

static void enrich(const struct line *line, struct item *item, int step, struct arena *mem)
{
    crash_current(item->message);
    if (post_is_enriched(&item->post))
        ruleset_step(line->rules, step, &item->reading, &item->found, mem);
}

static void send(const struct line *line, const struct item *item, struct outbox *out)
{
    crash_current(item->message);
    struct event event = {item->message, &item->post, &item->found, line->rules, item->reading.as_of_ms};
    out->dropped[DROP_NO_ROUTE] += !routes_emit(line->routes, &event, out);
}

/* What a group has more of than one post may have. */
enum excess { EXCESS_NONE, EXCESS_CPU, EXCESS_MEMORY };

/* When a group was begun. */
struct budget {
    int64_t cpu_limit_us;
    int64_t since_us, cpu_us; /* the steady clock, and the thread's CPU time */
};

static size_t post_memory(const struct limits *limits)
{
    return POST_MEMORY_BASE + (size_t)limits->post_bytes * POST_MEMORY_FACTOR;
}

/* The thread's CPU time costs a system call, and it is never more than the time that passed. */
static bool is_late(const struct budget *budget)
{
    return budget->cpu_limit_us && time_steady_us() - budget->since_us > budget->cpu_limit_us
           && time_cpu_us() - budget->cpu_us > budget->cpu_limit_us;
}

static enum excess excess_of(const struct budget *budget, const struct outbox *out)
{
    return outbox_is_full(out) ? EXCESS_MEMORY : is_late(budget) ? EXCESS_CPU : EXCESS_NONE;
}

/* Decodes the messages of a group, which ends before one that holds several posts. Returns how many items they gave. */
static size_t take_group(const struct line *line, const struct message *messages, size_t *len, struct item *items,
                         struct outbox *out)
{
    size_t count = 0;

    for (size_t i = 0; i < *len; i++) {
        crash_current(&messages[i]);
        switch (take_message(line, &messages[i], &items[count], out)) {
        case TAKEN_ITEM: count++; break;
        case TAKEN_LEFT: break;
        case TAKEN_SEVERAL: *len = i; break;
        }
    }
    return count;
}

/* Each step is done for the whole group before the next, so that its code and its tables stay in the nearest cache. It
 * ends early where the group has an excess; what came of it is of no use then. */
static enum excess carry_group(const struct line *line, const struct message *messages, size_t *len, struct item *items,
                               struct outbox *out)
{
    const struct budget budget = {line->limits->post_cpu_ms * 1000, time_steady_us(), time_cpu_us()};
    size_t count = take_group(line, messages, len, items, out);
    enum excess excess = excess_of(&budget, out);

    for (int step = 0; step < STEPS && !excess; step++) {
        for (size_t i = 0; i < count; i++)
            enrich(line, &items[i], step, out->mem);
        excess = excess_of(&budget, out);
    }
    for (size_t i = 0; i < count && !excess; i++)
        send(line, &items[i], out);
    crash_current(NULL);
    if (!excess)
        excess = excess_of(&budget, out);
    for (size_t i = 0; i < count && !excess; i++)
        meter_tags(line->meter, &items[i].found);
    return excess;
}

/* As if the group had never been carried where it has an excess. *len becomes less where it ends before a record of
 * several posts. */
static enum excess try_group(const struct line *line, const struct message *messages, size_t *len, struct item *items,
                             struct outbox *out)
{
    struct arena_place mark = arena_mark(out->mem);
    struct outbox before = *out;

    out->full_bytes = arena_used(out->mem) + post_memory(line->limits);
    enum excess excess = carry_group(line, messages, len, items, out);
    if (!excess)
        return excess;
    arena_back(out->mem, mark);
    *out = before;
    return excess;
}

static void bury_costly(const struct line *line, const struct message *message, enum excess excess, struct outbox *out)
{
    const struct limits *limits = line->limits;

    outbox_dead(out, message, FAULT_TOO_COSTLY,
                excess == EXCESS_CPU ? span_format(out->mem, "more than %lld ms of CPU time; see limits: post_cpu",
                                                   (long long)limits->post_cpu_ms)
                                     : span_format(out->mem, "more than %zu bytes of memory; see limits: post_bytes",
                                                   post_memory(limits)));
}

/* One by one: which of a group is too costly is seen only where each is alone. Returns how many were carried: it ends
 * where they took long, so that the port is asked again in time. */
static size_t carry_each(const struct line *line, const struct message *messages, size_t len, struct item *items,
                         size_t full_bytes, struct outbox *out)
{
    const int64_t since_ms = time_steady_ms();
    size_t i = 0, one = 1;

    do {
        enum excess excess = try_group(line, &messages[i], &one, items, out);

        if (excess)
            bury_costly(line, &messages[i], excess, out);
    } while (++i < len && arena_used(out->mem) < full_bytes && time_steady_ms() - since_ms < line->limits->post_cpu_ms);
    return i;
}

/* So few that the posts of a group stay in the CPU's caches. */
static size_t group_of(const struct message *messages, size_t len)
{
    size_t count = 0;

    for (size_t bytes = 0; count < len && count < GROUP_MESSAGES && bytes < GROUP_BYTES; count++)
        bytes += messages[count].value.len;
    return count;
}

/* Up to a record that holds several posts. Returns how many were carried, none where that is the first. */
static size_t carry_messages(const struct line *line, const struct message *messages, size_t len, struct item *items,
                             struct outbox *out)
{
    const size_t full_bytes = arena_used(out->mem) + CARRY_BYTES;
    size_t from = 0;

    do {
        const size_t tried = group_of(messages + from, len - from);
        size_t count = tried;
        enum excess excess = try_group(line, messages + from, &count, items, out);

        if (!count)
            return from;
        if (excess && tried > 1)
            return from + carry_each(line, messages + from, count, items, full_bytes, out);
        if (excess)
            bury_costly(line, messages + from, excess, out);
        from += count;
    } while (from < len && arena_used(out->mem) < full_bytes);
    return from;
}

static void count_posts(const struct line *line, const struct message *messages, size_t len, struct outbox *out)
{
    out->posts += len;
    for (size_t i = 0; i < len; i++)
        meter_add(line->meter, METRIC_POSTS, messages[i].input->index, 1);
}

/* A record is read again as long as it is not committed: its posts may take as much time together as one may. */
static void bury_rest(const struct line *line, const struct message *posts, size_t len, struct outbox *out)
{
    struct span why = span_format(out->mem,
                                  "the posts of its record took more than %lld ms of CPU time; see limits: "
                                  "post_cpu",
                                  (long long)line->limits->post_cpu_ms);

    for (size_t i = 0; i < len; i++)
        outbox_dead(out, &posts[i], FAULT_TOO_COSTLY, why);
}

/* As many of the record's posts, from the first that was not carried before, as memory and time allow at once. */
static size_t carry_posts(const struct line *line, const struct message *record, const struct batch *posts,
                          struct item *items, struct outbox *out)
{
    const int64_t limit_us = line->limits->post_cpu_ms * 1000, since_us = time_cpu_us();
    const struct message *rest = posts->at + record->progress.posts;
    size_t len = posts->len - record->progress.posts;

    if (limit_us && record->progress.cpu_us > limit_us)
        bury_rest(line, rest, len, out);
    else
        len = carry_messages(line, rest, len, items, out);
    count_posts(line, rest, len, out);
    out->progress =
        (struct record_progress){record->progress.posts + len, record->progress.cpu_us + time_cpu_us() - since_us};
    return out->progress.posts;
}

/* True: all of the record's posts are carried, or it left as a whole. */
static bool carry_record(const struct line *line, const struct message *record, struct item *items, struct outbox *out)
{
    struct batch posts = {0};
    struct span why;

    crash_current(record);
    if (!posts_split(record, line->limits, out->mem, &posts, &why))
        outbox_dead(out, record, FAULT_TOO_LARGE, why);
    else if (!posts.len)
        out->dropped[DROP_NO_POST]++;
    else if (carry_posts(line, record, &posts, items, out) < posts.len)
        return false;
    else
        out->progress = (struct record_progress){0};
    if (!posts.len)
        count_posts(line, record, 1, out);
    crash_current(NULL);
    return true;
}

size_t line_carry(const struct line *line, const struct message *messages, size_t len, struct outbox *out)
{
    struct item *items = arena_take(out->mem, GROUP_MESSAGES * sizeof *items);
    size_t carried = carry_messages(line, messages, len, items, out);

    count_posts(line, messages, carried, out);
    return carried || !len ? carried : carry_record(line, messages, items, out);
}
