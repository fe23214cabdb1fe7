/* X API v2: a post as its streams and lookups send it, {data, includes}, the bare post object, and
 * the events of the compliance streams. Members as X's data dictionary and the OpenAPI description of
 * its API v2 name them; config/PRESETS.md has the table. */
#include "common/buf.h"
#include "common/utf8.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"

struct compliance {
    const char *name;
    enum saying says;
};

static const struct compliance compliances[] = {
    {"delete", SAYS_HIDE},   {"drop", SAYS_HIDE},       {"withheld", SAYS_HIDE},
    {"undrop", SAYS_UNHIDE}, {"undelete", SAYS_UNHIDE}, {0},
};

struct metric {
    const char *name, *place;
};

static const struct metric metrics[COUNTS] = {
    [COUNT_REPOSTS] = {"retweet_count", "public_metrics.retweet_count"},
    [COUNT_QUOTES] = {"quote_count", "public_metrics.quote_count"},
    [COUNT_REPLIES] = {"reply_count", "public_metrics.reply_count"},
    [COUNT_LIKES] = {"like_count", "public_metrics.like_count"},
    [COUNT_BOOKMARKS] = {"bookmark_count", "public_metrics.bookmark_count"},
    [COUNT_VIEWS] = {"impression_count", "public_metrics.impression_count"},
};

/* The included object with this id; NULL if there is none. */
static const struct value *included(struct mapping *mapping, const struct value *includes, const char *name,
                                    enum post_member member, const char *place, struct span id)
{
    const struct value *list = includes ? map_list(mapping, includes, name, member, place) : NULL;

    for (uint32_t i = 0; list && id.len && i < list->len; i++) {
        const struct value *of = map_member(&list->items[i], "id");

        if (of && of->type == VALUE_STRING && span_equal(of->string, id))
            return &list->items[i];
    }
    return NULL;
}

/* Tools that flatten a page, such as twarc, put what is included into the post itself: the author, and the referenced
 * posts. */
static void map_author(struct mapping *mapping, const struct value *post, const struct value *includes)
{
    struct author *author = &mapping->post->author;

    map_text(mapping, post, "author_id", MEMBER_AUTHOR_ID, "author_id", &author->id);
    const struct value *user = included(mapping, includes, "users", MEMBER_AUTHOR, "includes.users", author->id);
    user = user ? user : map_object(mapping, post, "author", MEMBER_AUTHOR, "author");
    if (!user)
        return;
    map_text(mapping, user, "username", MEMBER_HANDLE, "includes.users.username", &author->handle);
    const struct value *counts =
        map_object(mapping, user, "public_metrics", MEMBER_FOLLOWERS, "includes.users.public_metrics");
    if (counts)
        map_count(mapping, counts, "followers_count", MEMBER_FOLLOWERS, "includes.users.public_metrics.followers_count",
                  &author->followers);
}

static struct span *reference_of(struct post *post, struct span type)
{
    if (span_equal(type, SPAN("retweeted")))
        return &post->repost_of;
    if (span_equal(type, SPAN("quoted")))
        return &post->quote_of;
    return span_equal(type, SPAN("replied_to")) ? &post->in_reply_to : NULL;
}

static void map_references(struct mapping *mapping, const struct value *post)
{
    const struct value *list = map_list(mapping, post, "referenced_tweets", MEMBER_REPOST_OF, "referenced_tweets");

    for (uint32_t i = 0; list && i < list->len; i++) {
        struct span type = {0};

        map_text(mapping, &list->items[i], "type", MEMBER_REPOST_OF, "referenced_tweets.type", &type);
        struct span *reference = reference_of(mapping->post, type);
        if (reference)
            map_text(mapping, &list->items[i], "id", MEMBER_REPOST_OF, "referenced_tweets.id", reference);
    }
}

/* The edits of a post are a list of ids, oldest first; each replaces the one before. */
static void map_edits(struct mapping *mapping, const struct value *post)
{
    const struct value *list =
        map_list(mapping, post, "edit_history_tweet_ids", MEMBER_REPLACES, "edit_history_tweet_ids");
    struct span before = {0};

    for (uint32_t i = 0; list && i < list->len; i++) {
        struct span id = {0};

        read_text(mapping, &list->items[i], MEMBER_REPLACES, "edit_history_tweet_ids", &id);
        if (span_equal(id, mapping->post->id)) {
            mapping->post->replaces = before;
            return;
        }
        before = id;
    }
}

/* X writes three signs of a text as references of HTML, and only these; another & is itself. */
static struct span sign_of(struct span rest, char *sign)
{
    static const struct span signs[] = {{"&amp;", 5}, {"&lt;", 4}, {"&gt;", 4}};

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (span_starts(rest, signs[i])) {
            *sign = "&<>"[i];
            return signs[i];
        }
    *sign = rest.at[0];
    return (struct span){rest.at, 1};
}

static struct span with_signs(struct span text, struct arena *mem)
{
    const char *from = text.len ? memchr(text.at, '&', text.len) : NULL;
    struct buf out = buf_in(mem);

    if (!from)
        return text;
    const char *end = text.at + text.len;
    buf_put(&out, (struct span){text.at, (size_t)(from - text.at)});
    while (from < end) {
        char sign;

        from += sign_of((struct span){from, (size_t)(end - from)}, &sign).len;
        buf_char(&out, sign);
        const char *next = from < end ? memchr(from, '&', (size_t)(end - from)) : NULL;
        next = next ? next : end;
        buf_put(&out, (struct span){from, (size_t)(next - from)});
        from = next;
    }
    return buf_span(&out);
}

/* --- what `entities` lists --- */

/* Of a repost whose text X cut, what reaches the cut may be a half. */
static bool is_halved(const struct mapping *mapping, const struct value *entity, size_t letters)
{
    const struct value *end = map_if(entity, "end", VALUE_INT);

    return mapping->post->is_cut && end && end->integer + 1 >= (int64_t)letters;
}

/* A link as it was written, where X followed it, and its own short one if nothing else is there. A picture's is no
 * link. */
static struct span address_of(const struct value *url)
{
    struct span unwound = map_text_if(url, "unwound_url"), expanded = map_text_if(url, "expanded_url");

    if (map_if(url, "media_key", VALUE_STRING))
        return (struct span){0};
    return unwound.len ? unwound : expanded.len ? expanded : map_text_if(url, "url");
}

static void map_entities_of(struct mapping *mapping, const struct value *entities, enum payload_list listing,
                            size_t letters)
{
    static const struct {
        const char *list, *name;
    } names[LISTINGS] = {
        [LISTED_HASHTAGS] = {"hashtags", "tag"},
        [LISTED_MENTIONS] = {"mentions", "username"},
        [LISTED_LINKS] = {"urls", NULL},
    };
    const struct value *list = map_if(entities, names[listing].list, VALUE_LIST);

    if (list)
        map_knows(mapping, listing);
    for (uint32_t i = 0; list && i < list->len; i++)
        if (!is_halved(mapping, &list->items[i], letters))
            map_listed(mapping, listing,
                       names[listing].name ? map_text_if(&list->items[i], names[listing].name)
                                           : address_of(&list->items[i]));
}

static void map_entities(struct mapping *mapping, const struct value *post)
{
    const struct value *long_ones = map_if(map_if(post, "note_tweet", VALUE_OBJECT), "entities", VALUE_OBJECT);
    const struct value *entities = long_ones ? long_ones : map_if(post, "entities", VALUE_OBJECT);
    size_t letters = mapping->post->is_cut ? utf8_count(map_text_if(post, "text")) : 0;

    for (int i = 0; i < LISTINGS; i++)
        map_entities_of(mapping, entities, (enum payload_list)i, letters);
    const struct value *urls = map_if(entities, "urls", VALUE_LIST);
    for (uint32_t i = 0; urls && i < urls->len; i++) {
        map_extra(mapping, EXTRA_CARD, map_text_if(&urls->items[i], "title"));
        map_extra(mapping, EXTRA_CARD, map_text_if(&urls->items[i], "description"));
    }
}

enum { ATTACHED_MAX = 16 }; /* X has four at most; so many are looked for among the included */

static bool is_attached(const struct value *keys, struct span key)
{
    for (uint32_t i = 0; keys && i < keys->len && i < ATTACHED_MAX; i++)
        if (keys->items[i].type == VALUE_STRING && span_equal(keys->items[i].string, key))
            return true;
    return false;
}

static void map_poll(struct mapping *mapping, const struct value *poll)
{
    const struct value *options = map_if(poll, "options", VALUE_LIST);

    for (uint32_t i = 0; options && i < options->len; i++)
        map_extra(mapping, EXTRA_POLL, map_text_if(&options->items[i], "label"));
}

/* Descriptions of pictures and options of polls are in the includes, which a page has for all of its posts, or in the
 * flattened post itself. */
static void map_attachments(struct mapping *mapping, const struct value *post, const struct value *includes)
{
    const struct value *own = map_if(post, "attachments", VALUE_OBJECT);
    const struct value *flat = map_if(own, "media", VALUE_LIST), *keys = map_if(own, "media_keys", VALUE_LIST);
    const struct value *media = flat ? flat : map_if(includes, "media", VALUE_LIST);
    const struct value *polls = map_if(includes, "polls", VALUE_LIST), *ids = map_if(own, "poll_ids", VALUE_LIST);

    for (uint32_t i = 0; media && i < media->len; i++)
        if (flat || is_attached(keys, map_text_if(&media->items[i], "media_key")))
            map_extra(mapping, EXTRA_ALT, map_text_if(&media->items[i], "alt_text"));
    map_poll(mapping, map_if(own, "poll", VALUE_OBJECT));
    for (uint32_t i = 0; polls && i < polls->len; i++)
        if (is_attached(ids, map_text_if(&polls->items[i], "id")))
            map_poll(mapping, &polls->items[i]);
}

/* --- the post --- */

static bool has_text(const struct value *post)
{
    return map_member(post, "text") || map_if(post, "note_tweet", VALUE_OBJECT);
}

/* The text of a long post is in note_tweet; `text` holds its beginning. */
static void map_words(struct mapping *mapping, const struct value *post)
{
    const struct value *note = map_object(mapping, post, "note_tweet", MEMBER_EXTRA, "note_tweet");
    struct span text = {0};

    map_text(mapping, post, "text", MEMBER_TEXT, "text", &text);
    if (note)
        map_text(mapping, note, "text", MEMBER_EXTRA, "note_tweet.text", &text);
    if (has_text(post))
        mapping->post->text = with_signs(text, mapping->mem);
    map_text(mapping, post, "lang", MEMBER_LANG, "lang", &mapping->post->lang);
}

static void map_metrics(struct mapping *mapping, const struct value *post, int counts)
{
    const struct value *from = map_object(mapping, post, "public_metrics", MEMBER_METRICS, "public_metrics");

    for (int i = 0; from && i < counts; i++)
        map_count(mapping, from, metrics[i].name, count_member(i), metrics[i].place, &mapping->post->counts[i]);
}

/* What is included is no strict part of the post: an original whose text cannot be read is as good as none. */
static bool is_readable(const struct value *original)
{
    const struct value *text = map_member(original, "text");

    return !text || text->type == VALUE_STRING;
}

/* The post that this one repeats: included, or in its reference; NULL if it is not there. */
static const struct value *original_of(struct mapping *mapping, const struct value *post, const struct value *includes)
{
    struct span id = mapping->post->repost_of;
    const struct value *original = included(mapping, includes, "tweets", MEMBER_REPOST_OF, "includes.tweets", id);
    const struct value *list = original ? NULL : map_if(post, "referenced_tweets", VALUE_LIST);

    for (uint32_t i = 0; list && id.len && i < list->len; i++)
        if (span_equal(map_text_if(&list->items[i], "id"), id) && has_text(&list->items[i]))
            original = &list->items[i];
    return original && is_readable(original) ? original : NULL;
}

static bool is_cut(struct span text)
{
    static const struct span dots = {"…", sizeof "…" - 1};

    return text.len >= dots.len && memcmp(text.at + text.len - dots.len, dots.at, dots.len) == 0;
}

/* What a repost repeats is the original's, whose text is not cut. Of a repost's own counts the
 * reposts alone are the original's: the others are zeros of its own. */
static void map_repeated(struct mapping *mapping, const struct value *post, const struct value *includes)
{
    const struct value *original = original_of(mapping, post, includes);
    bool is_repost = mapping->post->repost_of.len > 0;

    map_words(mapping, post);
    if (original && mapping->post->says == SAYS_POST) /* an update has no text, whatever it repeats */
        map_words(mapping, original);
    mapping->post->is_cut = is_repost && !original && is_cut(mapping->post->text);
    map_entities(mapping, original ? original : post);
    map_attachments(mapping, original ? original : post, includes);
    if (original)
        map_metrics(mapping, original, COUNTS);
    else
        map_metrics(mapping, post, is_repost ? COUNT_REPOSTS + 1 : COUNTS);
}

/* X withholds a post, or all of an account, in some countries, and may send a sentence of its own in place of the text:
 * a hide, as the event of that name is. */
static bool is_withheld(const struct value *post)
{
    const struct value *withheld = map_if(post, "withheld", VALUE_OBJECT);

    return withheld && withheld->len;
}

static enum saying saying_of(struct mapping *mapping, const struct value *post)
{
    if (is_withheld(post))
        return SAYS_HIDE;
    if (has_text(post))
        return SAYS_POST;
    if (!map_member(post, "public_metrics"))
        map_fault(mapping, FAULT_NO_TEXT, SPAN("neither text nor public_metrics is there"));
    return SAYS_UPDATE;
}

static void map_id_of(struct mapping *mapping, const struct value *post)
{
    map_text(mapping, post, "id", MEMBER_ID, "id", &mapping->post->id);
    if (!mapping->post->id.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("id is missing or empty"));
}

/* Where people read the post: by its id alone, since handles change. */
static void map_url(struct mapping *mapping)
{
    struct span id = mapping->post->id;

    for (size_t i = 0; i < id.len; i++)
        if (id.at[i] < '0' || id.at[i] > '9')
            return;
    if (id.len)
        mapping->post->url = span_format(mapping->mem, "https://x.com/i/status/%.*s", SPAN_ARGS(id));
}

static void map_post(struct mapping *mapping, const struct value *post, const struct value *includes)
{
    map_id_of(mapping, post);
    mapping->post->says = saying_of(mapping, post);
    if (mapping->post->says == SAYS_HIDE)
        return;
    map_url(mapping);
    map_time(mapping, post, "created_at", MEMBER_CREATED, "created_at", &mapping->post->created_ms);
    map_said(mapping, post, "possibly_sensitive", MEMBER_SENSITIVE, "possibly_sensitive", &mapping->post->sensitive);
    map_references(mapping, post);
    map_edits(mapping, post);
    map_author(mapping, post, includes);
    map_repeated(mapping, post, includes);
}

/* A line of a batch compliance job's result: {id, action, created_at, redacted_at, reason}. created_at is the post's.
 */
static bool is_result(const struct value *post)
{
    return map_if(post, "action", VALUE_STRING) && !has_text(post) && !map_member(post, "public_metrics");
}

static void map_result(struct mapping *mapping, const struct value *result)
{
    bool is_gone = span_equal(map_text_if(result, "action"), SPAN("delete"))
                   && !span_equal(map_text_if(result, "reason"), SPAN("scrub_geo")); /* the place of it alone is */

    map_id_of(mapping, result);
    map_time(mapping, result, "redacted_at", MEMBER_OBSERVED, "redacted_at", &mapping->post->observed_ms);
    mapping->post->says = is_gone ? SAYS_HIDE : SAYS_NOTHING;
}

/* An event of the compliance streams is an object under its name, such as "delete". */
static const struct value *event_of(const struct value *data, enum saying *says)
{
    for (uint32_t i = 0; i < data->len; i++) {
        const struct member *member = &data->members[i];
        const struct compliance *known = compliances;

        if (member->value.type != VALUE_OBJECT)
            continue;
        while (known->name && !span_equal(member->name, span_of(known->name)))
            known++;
        *says = known->name ? known->says : SAYS_NOTHING;
        if (known->name || map_member(&member->value, "event_at"))
            return &member->value;
    }
    return NULL;
}

/* A withheld post is hidden wherever it is withheld: the worker knows no readers' countries. */
static void map_event(struct mapping *mapping, const struct value *event)
{
    const struct value *post = map_object(mapping, event, "tweet", MEMBER_ID, "tweet");

    map_time(mapping, event, "event_at", MEMBER_OBSERVED, "event_at", &mapping->post->observed_ms);
    if (post)
        map_id_of(mapping, post);
    else
        map_fault(mapping, FAULT_NO_ID, SPAN("a compliance event without a tweet"));
}

/* What a stream says of itself: errors, without data; and a page without posts. */
static bool is_notice(const struct value *root)
{
    return (map_if(root, "errors", VALUE_LIST) || map_if(root, "meta", VALUE_OBJECT)) && !map_member(root, "id");
}

static const struct value *includes_of(struct mapping *mapping, const struct value *root)
{
    const struct value *own = map_object(mapping, root, "includes", MEMBER_AUTHOR, "includes");

    return own || !mapping->shared || mapping->shared->type != VALUE_OBJECT ? own : mapping->shared;
}

static void map_x_api_v2(struct mapping *mapping, const struct value *root)
{
    const struct value *data = map_object(mapping, root, "data", MEMBER_ID, "data");
    const struct value *post = data ? data : root;
    const struct value *event = map_member(post, "id") ? NULL : event_of(post, &mapping->post->says);

    if (event && mapping->post->says != SAYS_NOTHING)
        map_event(mapping, event);
    else if (!event && !data && is_notice(root))
        mapping->post->says = SAYS_NOTHING;
    else if (!event && is_result(post))
        map_result(mapping, post);
    else if (!event)
        map_post(mapping, post, includes_of(mapping, root));
}

/* A compliance event: of a drop, which X takes back by an undrop. */
static bool write_hide(const struct input *input, struct span id, bool hidden, struct buf *out)
{
    (void)input;
    buf_format(out, "{\"data\":{\"%s\":{\"tweet\":{\"id\":", hidden ? "drop" : "undrop");
    json_write_string(out, id);
    buf_put(out, SPAN("}}}}"));
    return true;
}

static const struct page_form page = {"data", "includes"};

const struct preset preset_x_api_v2 = {
    .name = "x-api-v2",
    .help = "posts and compliance events of the X API v2",
    .map = map_x_api_v2,
    .hide = write_hide,
    .page = &page,
};
