/* Jetstream: Bluesky's events as JSON. Members as the README of Jetstream and the lexicons
 * app.bsky.feed.post, app.bsky.embed.record, app.bsky.embed.recordWithMedia and app.bsky.richtext.facet
 * name them; config/PRESETS.md has the table. */
#include "common/buf.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"

#include <stdlib.h>

#define POSTS "app.bsky.feed.post"

/* --- links that were cut short in the text --- */

struct link {
    size_t from, to;                    /* bytes of the text */
    struct span uri;
};

static const struct value *member_of(const struct value *object, const char *name, enum value_type type)
{
    const struct value *value = object ? map_member(object, name) : NULL;

    return value && value->type == type ? value : NULL;
}

static bool is_boundary(struct span text, int64_t at)
{
    return at >= 0 && (uint64_t)at <= text.len
        && ((size_t)at == text.len || ((unsigned char)text.at[at] & 0xC0) != 0x80);
}

static bool find_place(const struct value *facet, struct span text, struct link *link)
{
    const struct value *index = member_of(facet, "index", VALUE_OBJECT);
    const struct value *from = member_of(index, "byteStart", VALUE_INT);
    const struct value *to = member_of(index, "byteEnd", VALUE_INT);

    if (!from || !to || from->integer >= to->integer || !is_boundary(text, from->integer)
        || !is_boundary(text, to->integer))
        return false;
    link->from = (size_t)from->integer;
    link->to = (size_t)to->integer;
    return true;
}

static bool find_uri(const struct value *facet, struct link *link)
{
    const struct value *features = member_of(facet, "features", VALUE_LIST);

    for (uint32_t i = 0; features && i < features->len; i++) {
        const struct value *type = member_of(&features->items[i], "$type", VALUE_STRING);
        const struct value *uri = member_of(&features->items[i], "uri", VALUE_STRING);

        if (type && uri && span_equal(type->string, SPAN("app.bsky.richtext.facet#link"))) {
            link->uri = uri->string;
            return true;
        }
    }
    return false;
}

static struct span without_end(struct span text, struct span end)
{
    if (text.len >= end.len && span_equal((struct span){text.at + text.len - end.len, end.len}, end))
        text.len -= end.len;
    return text;
}

static struct span without_scheme(struct span uri)
{
    static const struct span schemes[] = {{"https://", 8}, {"http://", 7}};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (span_starts(uri, schemes[i]))
            return (struct span){uri.at + schemes[i].len, uri.len - schemes[i].len};
    return uri;
}

static bool is_printable(struct span uri)
{
    for (size_t i = 0; i < uri.len; i++)
        if ((unsigned char)uri.at[i] <= ' ' || uri.at[i] == 0x7F)
            return false;
    return true;
}

/* Whether the text is the beginning of the very address, with dots for the rest. */
static bool is_cut(struct span shown, struct span uri)
{
    struct span start = without_end(without_end(shown, SPAN("...")), SPAN("…"));

    return start.len && start.len < shown.len && is_printable(uri)
        && (span_starts(uri, start) || span_starts(without_scheme(uri), start));
}

static int compare_links(const void *a, const void *b)
{
    const struct link *left = a, *right = b;

    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    return (left->to > right->to) - (left->to < right->to);
}

static size_t find_links(const struct value *facets, struct span text, struct link *links)
{
    size_t len = 0;

    for (uint32_t i = 0; i < facets->len; i++) {
        struct link link;

        if (find_place(&facets->items[i], text, &link) && find_uri(&facets->items[i], &link)
            && is_cut((struct span){text.at + link.from, link.to - link.from}, link.uri))
            links[len++] = link;
    }
    if (len)
        qsort(links, len, sizeof *links, compare_links);
    return len;
}

/* The app shows "example.com/a/long..." and keeps the address in a facet: the text gets it back, so that
 * it is found whole. Facets only decorate, so one that is wrong in any way leaves the text alone. */
static struct span with_whole_links(struct mapping *mapping, const struct value *record, struct span text)
{
    const struct value *facets = member_of(record, "facets", VALUE_LIST);
    struct buf out = buf_in(mapping->mem);
    size_t at = 0;

    if (!facets)
        return text;
    struct link *links = arena_take(mapping->mem, facets->len * sizeof *links);
    size_t len = find_links(facets, text, links);
    for (size_t i = 0; i < len; i++) {
        if (links[i].from < at)
            continue;
        buf_put(&out, (struct span){text.at + at, links[i].from - at});
        buf_put(&out, links[i].uri);
        at = links[i].to;
    }
    if (!at)
        return text;
    buf_put(&out, (struct span){text.at + at, text.len - at});
    return buf_span(&out);
}

/* --- the post --- */

static void map_reply(struct mapping *mapping, const struct value *record)
{
    const struct value *reply = map_object(mapping, record, "reply", "reply");
    const struct value *parent = reply ? map_object(mapping, reply, "parent", "reply.parent") : NULL;

    if (parent)
        map_text(mapping, parent, "uri", "reply.parent.uri", &mapping->post->in_reply_to);
}

/* A record is embedded as it is, or one level deeper beside pictures. Feeds and lists are embedded
 * too, and are no posts. */
static void map_quote(struct mapping *mapping, const struct value *post)
{
    const struct value *embed = map_object(mapping, post, "embed", "embed");
    const struct value *record = embed ? map_object(mapping, embed, "record", "embed.record") : NULL;
    const struct value *within = record ? map_object(mapping, record, "record", "embed.record.record") : NULL;
    struct span uri = {0};

    if (!record)
        return;
    map_text(mapping, within ? within : record, "uri", "embed.record.uri", &uri);
    if (uri.len && memmem(uri.at, uri.len, "/" POSTS "/", sizeof "/" POSTS "/" - 1))
        mapping->post->quote_of = uri;
}

static void map_language(struct mapping *mapping, const struct value *record)
{
    const struct value *langs = map_list(mapping, record, "langs", "langs");

    if (langs && langs->len)
        read_text(mapping, &langs->items[0], "langs", &mapping->post->lang);
}

static void map_record(struct mapping *mapping, const struct value *commit)
{
    const struct value *record = map_object(mapping, commit, "record", "commit.record");
    struct post *post = mapping->post;

    if (!record || !map_member(record, "text")) {
        map_fault(mapping, FAULT_NO_TEXT, SPAN("commit.record.text is missing"));
        return;
    }
    map_text(mapping, record, "text", "text", &post->text);
    post->text = with_whole_links(mapping, record, post->text);
    map_time(mapping, record, "createdAt", "createdAt", &post->created_ms);
    map_language(mapping, record);
    map_reply(mapping, record);
    map_quote(mapping, record);
}

/* A post's id is its address: repository, collection and key. An edit keeps it. */
static struct span address(struct span did, struct span key, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_put(&out, SPAN("at://"));
    buf_put(&out, did);
    buf_put(&out, SPAN("/" POSTS "/"));
    buf_put(&out, key);
    return buf_span(&out);
}

static void map_commit(struct mapping *mapping, const struct value *root, const struct value *commit)
{
    struct span did = {0}, operation = {0}, key = {0};
    struct post *post = mapping->post;

    map_text(mapping, root, "did", "did", &did);
    map_text(mapping, commit, "rkey", "commit.rkey", &key);
    map_text(mapping, commit, "operation", "commit.operation", &operation);
    if (!did.len || !key.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("did or commit.rkey is missing or empty"));
    post->id = address(did, key, mapping->mem);
    post->author.id = did;
    read_unix(mapping, map_member(root, "time_us"), "time_us", 1000000, &post->observed_ms);
    if (span_equal(operation, SPAN("delete")))
        post->says = SAYS_HIDE;
    else if (span_equal(operation, SPAN("create")) || span_equal(operation, SPAN("update")))
        map_record(mapping, commit);
    else
        post->says = SAYS_NOTHING;
}

static void map_of_collection(struct mapping *mapping, const struct value *root, const struct value *commit)
{
    struct span collection = {0};

    map_text(mapping, commit, "collection", "commit.collection", &collection);
    if (!collection.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("commit.collection is missing or empty"));
    if (span_equal(collection, SPAN(POSTS)))
        map_commit(mapping, root, commit);
    else
        mapping->post->says = SAYS_NOTHING;
}

static void map(struct mapping *mapping, const struct value *root)
{
    const struct value *commit = map_object(mapping, root, "commit", "commit");
    struct span kind = SPAN("commit");

    map_text(mapping, root, "kind", "kind", &kind);
    if (!span_equal(kind, SPAN("commit")))
        mapping->post->says = SAYS_NOTHING;
    else if (commit)
        map_of_collection(mapping, root, commit);
    else
        map_fault(mapping, FAULT_NO_ID, SPAN("commit is missing"));
}

const struct preset preset_jetstream = {
    .name = "jetstream",
    .help = "posts of Bluesky, as Jetstream sends them",
    .map = map,
};
