/* Jetstream: Bluesky's events as JSON. Members as the README of Jetstream and the lexicons
 * app.bsky.feed.post, app.bsky.embed.record, app.bsky.embed.recordWithMedia and app.bsky.richtext.facet
 * name them; config/PRESETS.md has the table. */
#include "common/buf.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"

#include <ctype.h>
#include <stdlib.h>

#define POSTS   "app.bsky.feed.post"
#define REPOSTS "app.bsky.feed.repost"
#define FACET   "app.bsky.richtext.facet"

/* --- links that were cut short in the text --- */

struct link {
    size_t from, to; /* bytes of the text */
    struct span uri;
};

static bool is_boundary(struct span text, int64_t at)
{
    return at >= 0 && (uint64_t)at <= text.len
           && ((size_t)at == text.len || ((unsigned char)text.at[at] & 0xC0) != 0x80);
}

static bool find_place(const struct value *facet, struct span text, struct link *link)
{
    const struct value *index = map_if(facet, "index", VALUE_OBJECT);
    const struct value *from = map_if(index, "byteStart", VALUE_INT);
    const struct value *to = map_if(index, "byteEnd", VALUE_INT);

    if (!from || !to || from->integer >= to->integer || !is_boundary(text, from->integer)
        || !is_boundary(text, to->integer))
        return false;
    link->from = (size_t)from->integer;
    link->to = (size_t)to->integer;
    return true;
}

static bool find_uri(const struct value *facet, struct link *link)
{
    const struct value *features = map_if(facet, "features", VALUE_LIST);

    for (uint32_t i = 0; features && i < features->len; i++) {
        const struct value *type = map_if(&features->items[i], "$type", VALUE_STRING);
        const struct value *uri = map_if(&features->items[i], "uri", VALUE_STRING);

        if (type && uri && span_equal(type->string, SPAN(FACET "#link"))) {
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
    const struct value *facets = map_if(record, "facets", VALUE_LIST);
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

/* --- what facets, tags and cards list --- */

static bool is_of_type(const struct value *feature, const char *type)
{
    return span_equal(map_text_if(feature, "$type"), span_of(type));
}

/* The handle that a mention shows: facets have the account's id alone. */
static struct span handle_in(struct span text, const struct value *facet)
{
    struct link place;

    if (!find_place(facet, text, &place) || place.to - place.from < 2 || text.at[place.from] != '@')
        return (struct span){0};
    return (struct span){text.at + place.from + 1, place.to - place.from - 1};
}

static void map_facet(struct mapping *mapping, const struct value *facet, struct span text)
{
    const struct value *features = map_if(facet, "features", VALUE_LIST);

    for (uint32_t i = 0; features && i < features->len; i++) {
        const struct value *feature = &features->items[i];

        if (is_of_type(feature, FACET "#tag"))
            map_listed(mapping, LISTED_HASHTAGS, map_text_if(feature, "tag"));
        else if (is_of_type(feature, FACET "#mention"))
            map_listed(mapping, LISTED_MENTIONS, handle_in(text, facet));
        else if (is_of_type(feature, FACET "#link"))
            map_listed(mapping, LISTED_LINKS, map_text_if(feature, "uri"));
    }
}

/* Without a facet nobody is mentioned, whatever the text looks like. */
static void map_lists(struct mapping *mapping, const struct value *record, struct span text)
{
    const struct value *facets = map_if(record, "facets", VALUE_LIST);
    const struct value *embed = map_if(record, "embed", VALUE_OBJECT);
    const struct value *media = map_if(embed, "media", VALUE_OBJECT);
    const struct value *card = map_if(media ? media : embed, "external", VALUE_OBJECT);

    if (facets)
        map_knows(mapping, LISTED_MENTIONS);
    for (uint32_t i = 0; facets && i < facets->len; i++)
        map_facet(mapping, &facets->items[i], text);
    map_listed_all(mapping, LISTED_HASHTAGS, map_list(mapping, record, "tags", MEMBER_HASHTAGS, "tags"), NULL);
    map_listed(mapping, LISTED_LINKS, map_text_if(card, "uri"));
    map_extra(mapping, EXTRA_CARD, map_text_if(card, "title"));
    map_extra(mapping, EXTRA_CARD, map_text_if(card, "description"));
    const struct value *images = map_if(media ? media : embed, "images", VALUE_LIST);
    for (uint32_t i = 0; images && i < images->len; i++)
        map_extra(mapping, EXTRA_ALT, map_text_if(&images->items[i], "alt"));
    map_extra(mapping, EXTRA_ALT, map_text_if(media ? media : embed, "alt"));
}

/* --- the post --- */

/* What authors say of their own posts (com.atproto.label.defs): a few of the labels warn of what is seen. */
static void map_labels(struct mapping *mapping, const struct value *record)
{
    static const char *const warn[] = {"porn", "sexual", "nudity", "graphic-media"};
    const struct value *values = map_if(map_if(record, "labels", VALUE_OBJECT), "values", VALUE_LIST);

    for (uint32_t i = 0; values && i < values->len; i++)
        for (size_t j = 0; j < sizeof warn / sizeof *warn; j++)
            if (span_equal(map_text_if(&values->items[i], "val"), span_of(warn[j])))
                mapping->post->sensitive = SAID_YES;
}

static void map_reply(struct mapping *mapping, const struct value *record)
{
    const struct value *reply = map_object(mapping, record, "reply", MEMBER_IN_REPLY_TO, "reply");
    const struct value *parent =
        reply ? map_object(mapping, reply, "parent", MEMBER_IN_REPLY_TO, "reply.parent") : NULL;

    if (parent)
        map_text(mapping, parent, "uri", MEMBER_IN_REPLY_TO, "reply.parent.uri", &mapping->post->in_reply_to);
}

/* A record is embedded as it is, or one level deeper beside pictures. Feeds and lists are embedded
 * too, and are no posts. */
static void map_quote(struct mapping *mapping, const struct value *post)
{
    const struct value *embed = map_object(mapping, post, "embed", MEMBER_QUOTE_OF, "embed");
    const struct value *record = embed ? map_object(mapping, embed, "record", MEMBER_QUOTE_OF, "embed.record") : NULL;
    const struct value *within =
        record ? map_object(mapping, record, "record", MEMBER_QUOTE_OF, "embed.record.record") : NULL;
    struct span uri = {0};

    if (!record)
        return;
    map_text(mapping, within ? within : record, "uri", MEMBER_QUOTE_OF, "embed.record.uri", &uri);
    if (uri.len && memmem(uri.at, uri.len, "/" POSTS "/", sizeof "/" POSTS "/" - 1))
        mapping->post->quote_of = uri;
}

/* Clients may leave the offset out: Bluesky's own services read UTC then (normalizeDatetime of @atproto/syntax). */
static void map_created(struct mapping *mapping, const struct value *record)
{
    read_time(mapping, map_member(record, "createdAt"), MEMBER_CREATED, "createdAt",
              TIME_FORMS_CLEAR | 1 << TIME_RFC3339_UTC, &mapping->post->created_ms);
}

/* A list by the lexicon; some clients write the language alone. */
static void map_language(struct mapping *mapping, const struct value *record)
{
    const struct value *alone = map_if(record, "langs", VALUE_STRING);
    const struct value *langs = alone ? NULL : map_list(mapping, record, "langs", MEMBER_LANG, "langs");

    if (alone)
        mapping->post->lang = alone->string;
    else if (langs && langs->len)
        read_text(mapping, &langs->items[0], MEMBER_LANG, "langs", &mapping->post->lang);
}

static void map_record(struct mapping *mapping, const struct value *commit)
{
    const struct value *record = map_object(mapping, commit, "record", MEMBER_TEXT, "commit.record");
    struct post *post = mapping->post;

    if (!record || !map_member(record, "text")) {
        map_fault(mapping, FAULT_NO_TEXT, SPAN("commit.record.text is missing"));
        return;
    }
    map_text(mapping, record, "text", MEMBER_TEXT, "text", &post->text);
    map_lists(mapping, record, post->text);
    map_labels(mapping, record);
    post->text = with_whole_links(mapping, record, post->text);
    map_created(mapping, record);
    map_language(mapping, record);
    map_reply(mapping, record);
    map_quote(mapping, record);
}

/* A repost is a record of its own, without a text. */
static void map_repost(struct mapping *mapping, const struct value *commit)
{
    const struct value *record = map_object(mapping, commit, "record", MEMBER_TEXT, "commit.record");
    const struct value *subject = record ? map_object(mapping, record, "subject", MEMBER_ID, "subject") : NULL;

    if (subject)
        map_text(mapping, subject, "uri", MEMBER_ID, "subject.uri", &mapping->post->repost_of);
    if (mapping->post->repost_of.len)
        map_created(mapping, record);
    else
        map_fault(mapping, FAULT_NO_ID, SPAN("commit.record.subject.uri is missing or empty"));
}

/* A post's id is its address: repository, collection and key. An edit keeps it. */
static struct span address(struct span did, const char *collection, struct span key, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_put(&out, SPAN("at://"));
    buf_put(&out, did);
    buf_char(&out, '/');
    buf_put(&out, span_of(collection));
    buf_char(&out, '/');
    buf_put(&out, key);
    return buf_span(&out);
}

static bool is_safe(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.at[i]) && !strchr(".-_:~", name.at[i]))
            return false;
    return name.len > 0;
}

/* Where the app shows a post, by its ids. */
static void map_url(struct mapping *mapping, struct span did, struct span key)
{
    if (is_safe(did) && is_safe(key))
        mapping->post->url =
            span_format(mapping->mem, "https://bsky.app/profile/%.*s/post/%.*s", SPAN_ARGS(did), SPAN_ARGS(key));
}

static void map_commit(struct mapping *mapping, const struct value *root, const struct value *commit,
                       const char *collection)
{
    struct span did = {0}, operation = {0}, key = {0};
    struct post *post = mapping->post;
    bool is_repost = strcmp(collection, REPOSTS) == 0;

    map_text(mapping, root, "did", MEMBER_ID, "did", &did);
    map_text(mapping, commit, "rkey", MEMBER_ID, "commit.rkey", &key);
    map_text(mapping, commit, "operation", MEMBER_ID, "commit.operation", &operation);
    if (!did.len || !key.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("did or commit.rkey is missing or empty"));
    post->id = address(did, collection, key, mapping->mem);
    post->author.id = did;
    read_time(mapping, map_member(root, "time_us"), MEMBER_OBSERVED, "time_us", 1 << TIME_UNIX_US, &post->observed_ms);
    if (span_equal(operation, SPAN("delete"))) {
        post->says = SAYS_HIDE;
    } else if (!span_equal(operation, SPAN("create")) && !span_equal(operation, SPAN("update"))) {
        post->says = SAYS_NOTHING;
    } else if (is_repost) {
        map_repost(mapping, commit);
    } else {
        map_url(mapping, did, key);
        map_record(mapping, commit);
    }
}

static void map_of_collection(struct mapping *mapping, const struct value *root, const struct value *commit)
{
    struct span collection = {0};

    map_text(mapping, commit, "collection", MEMBER_ID, "commit.collection", &collection);
    if (!collection.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("commit.collection is missing or empty"));
    if (span_equal(collection, SPAN(POSTS)))
        map_commit(mapping, root, commit, POSTS);
    else if (span_equal(collection, SPAN(REPOSTS)))
        map_commit(mapping, root, commit, REPOSTS);
    else
        mapping->post->says = SAYS_NOTHING;
}

static void map_jetstream_event(struct mapping *mapping, const struct value *root)
{
    const struct value *commit = map_object(mapping, root, "commit", MEMBER_ID, "commit");
    struct span kind = SPAN("commit");

    map_text(mapping, root, "kind", MEMBER_ID, "kind", &kind);
    if (!span_equal(kind, SPAN("commit")))
        mapping->post->says = SAYS_NOTHING;
    else if (commit)
        map_of_collection(mapping, root, commit);
    else
        map_fault(mapping, FAULT_NO_ID, SPAN("commit is missing"));
}

/* The next part of an address, up to a slash or its end. */
static struct span take_part(struct span *address)
{
    const char *slash = address->len ? memchr(address->at, '/', address->len) : NULL;
    struct span part = {address->at, slash ? (size_t)(slash - address->at) : address->len};

    *address = (struct span){part.at + part.len + (slash != NULL), address->len - part.len - (slash != NULL)};
    return part;
}

/* A deletion of at://REPOSITORY/COLLECTION/KEY; there is none that takes it back. */
static bool write_hide(const struct input *input, struct span id, bool hidden, struct buf *out)
{
    struct span scheme = SPAN("at://"), left = id;

    (void)input;
    if (span_starts(id, scheme))
        left = (struct span){id.at + scheme.len, id.len - scheme.len};
    struct span did = take_part(&left), collection = take_part(&left);
    buf_put(out, SPAN("{\"did\":"));
    json_write_string(out, did);
    buf_put(out, SPAN(",\"kind\":\"commit\",\"commit\":{\"operation\":\"delete\",\"collection\":"));
    json_write_string(out, collection);
    buf_put(out, SPAN(",\"rkey\":"));
    json_write_string(out, left);
    buf_put(out, SPAN("}}"));
    return hidden;
}

const struct preset preset_jetstream = {
    .name = "jetstream",
    .help = "posts of Bluesky, as Jetstream sends them",
    .map = map_jetstream_event,
    .hide = write_hide,
};
