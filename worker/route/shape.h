/* shape: one form of record that a route writes. One file each in worker/route/. */
#pragma once

#include "common/buf.h"
#include "common/json.h"
#include "worker/route/event.h"
#include "worker/route/route.h"

struct shape {
    const char *name, *help;
    int key;             /* enum route_key, where the route says none */
    unsigned keys;       /* bit k: the route may be keyed by enum route_key k */
    const char *cleanup; /* cleanup.policy of a topic of such records */
    bool may_compact;
    bool has_text, has_post; /* its records depend on the route's `text`, on its `post` */
    bool needs_network;      /* where the inputs' networks differ, the key must name the network */
    int posts;               /* how often the largest record may hold the bytes of its post */
    int detail;              /* how much of a post it tells; `replay --diff` compares the most detailed one */
    const char *no_hide;     /* why a hide gives no record; NULL: it gives one on every route */
    /* What `check --cluster` says of a topic with, and without, compaction, in words behind "topic NAME is (not)
     * compacted"; NULL: nothing. */
    const char *if_compacted, *if_not_compacted;
    /* Adds the records of this message to the outbox: none, one or several. Called by route_emit alone. */
    void (*emit)(const struct event *event, const struct route *route, struct outbox *out);
};

/* Adds to the outbox what the route writes of the event, whose `when` is not asked again. */
void route_emit(const struct route *route, const struct event *event, struct outbox *out);

/* The same for each route whose `when` matches. False: none wrote anything. */
bool routes_emit(const struct list *routes, const struct event *event, struct outbox *out);

/* --- what shapes share --- */

/* The record's key on this route; at == NULL: none. `tag` is that of by-tag. */
struct span event_key(const struct event *event, const struct route *route, struct span tag, struct arena *mem);

/* Members of a JSON object in their order, each with a comma before it. What is unknown is absent, an
 * empty text too. Inline, so that the compiler knows the length of a name: an event has some forty. */
static inline void write_name(struct buf *out, const char *name)
{
    size_t len = strlen(name);

    if (out->cap - out->len < len + 4)
        buf_reserve(out, len + 4);
    char *to = out->at + out->len;
    memcpy(to, ",\"", 2);
    memcpy(to + 2, name, len);
    memcpy(to + 2 + len, "\":", 2);
    out->len += len + 4;
}

static inline void write_text(struct buf *out, const char *name, struct span text)
{
    if (!text.len)
        return;
    write_name(out, name);
    json_write_string(out, text);
}

static inline void write_time(struct buf *out, const char *name, int64_t ms)
{
    if (ms == TIME_UNKNOWN)
        return;
    write_name(out, name);
    buf_int(out, ms);
}

static inline void write_count(struct buf *out, const char *name, int64_t count)
{
    if (count == COUNT_UNKNOWN)
        return;
    write_name(out, name);
    buf_int(out, count);
}

static inline void write_figure(struct buf *out, const char *name, int128 figure)
{
    if (figure == FIGURE_UNKNOWN)
        return;
    write_name(out, name);
    buf_decimal(out, figure);
}

void write_strings(struct buf *out, const char *name, struct spans strings);
void write_facts(struct buf *out, const struct event *event); /* network … views */
void write_tags(struct buf *out, const struct found *found);  /* tags, matched */
void write_rules(struct buf *out, const struct ruleset *rules);
void write_source(struct buf *out, const struct message *message);

/* A facts row: the event's facts flat, with `tag` after id where there is one. */
struct span write_row(const struct event *event, struct span tag, bool with_text, struct arena *mem);
