/* X API v2: a post as its streams and lookups send it, {data, includes}, the bare post object, and
 * the events of the compliance streams. Members as X's data dictionary and the OpenAPI description of
 * its API v2 name them; config/PRESETS.md has the table. */
#include "common/buf.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"

struct compliance {
    const char *name;
    enum saying says;
};

static const struct compliance compliances[] = {
    {"delete", SAYS_HIDE},    {"drop", SAYS_HIDE},        {"withheld", SAYS_HIDE},
    {"undrop", SAYS_UNHIDE},  {"undelete", SAYS_UNHIDE},  {0},
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
static const struct value *included(struct mapping *mapping, const struct value *includes,
                                    const char *name, const char *place, struct span id)
{
    const struct value *list = includes ? map_list(mapping, includes, name, place) : NULL;

    for (uint32_t i = 0; list && id.len && i < list->len; i++) {
        const struct value *of = map_member(&list->items[i], "id");

        if (of && of->type == VALUE_STRING && span_equal(of->string, id))
            return &list->items[i];
    }
    return NULL;
}

static void map_author(struct mapping *mapping, const struct value *post, const struct value *includes)
{
    struct author *author = &mapping->post->author;

    map_text(mapping, post, "author_id", "author_id", &author->id);
    const struct value *user = included(mapping, includes, "users", "includes.users", author->id);
    if (!user)
        return;
    map_text(mapping, user, "username", "includes.users.username", &author->handle);
    const struct value *counts = map_object(mapping, user, "public_metrics", "includes.users.public_metrics");
    if (counts)
        map_count(mapping, counts, "followers_count", "includes.users.public_metrics.followers_count",
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
    const struct value *list = map_list(mapping, post, "referenced_tweets", "referenced_tweets");

    for (uint32_t i = 0; list && i < list->len; i++) {
        struct span type = {0};

        map_text(mapping, &list->items[i], "type", "referenced_tweets.type", &type);
        struct span *reference = reference_of(mapping->post, type);
        if (reference)
            map_text(mapping, &list->items[i], "id", "referenced_tweets.id", reference);
    }
}

/* The edits of a post are a list of ids, oldest first; each replaces the one before. */
static void map_edits(struct mapping *mapping, const struct value *post)
{
    const struct value *list = map_list(mapping, post, "edit_history_tweet_ids", "edit_history_tweet_ids");
    struct span before = {0};

    for (uint32_t i = 0; list && i < list->len; i++) {
        struct span id = {0};

        read_text(mapping, &list->items[i], "edit_history_tweet_ids", &id);
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

static bool has_text(const struct value *post)
{
    return map_member(post, "text") || map_member(post, "note_tweet");
}

/* The text of a long post stands in note_tweet; `text` holds its beginning. */
static void map_words(struct mapping *mapping, const struct value *post)
{
    const struct value *note = map_object(mapping, post, "note_tweet", "note_tweet");
    struct span text = {0};

    map_text(mapping, post, "text", "text", &text);
    if (note)
        map_text(mapping, note, "text", "note_tweet.text", &text);
    if (has_text(post))
        mapping->post->text = with_signs(text, mapping->mem);
    map_text(mapping, post, "lang", "lang", &mapping->post->lang);
}

static void map_metrics(struct mapping *mapping, const struct value *post, int counts)
{
    const struct value *from = map_object(mapping, post, "public_metrics", "public_metrics");

    for (int i = 0; from && i < counts; i++)
        map_count(mapping, from, metrics[i].name, metrics[i].place, &mapping->post->counts[i]);
}

/* What a repost repeats is the original's, whose text is not cut. Of a repost's own counts the
 * reposts alone are the original's: the others are zeros of its own. */
static void map_repeated(struct mapping *mapping, const struct value *post, const struct value *includes)
{
    struct span original_id = mapping->post->repost_of;
    const struct value *original = included(mapping, includes, "tweets", "includes.tweets", original_id);

    map_words(mapping, post);
    if (original && mapping->post->says == SAYS_POST)   /* an update has no text, whatever it repeats */
        map_words(mapping, original);
    if (original)
        map_metrics(mapping, original, COUNTS);
    else
        map_metrics(mapping, post, original_id.len ? COUNT_REPOSTS + 1 : COUNTS);
}

static enum saying saying_of(struct mapping *mapping, const struct value *post)
{
    if (has_text(post))
        return SAYS_POST;
    if (!map_member(post, "public_metrics"))
        map_fault(mapping, FAULT_NO_TEXT, SPAN("neither text nor public_metrics is there"));
    return SAYS_UPDATE;
}

static void map_id_of(struct mapping *mapping, const struct value *post)
{
    map_text(mapping, post, "id", "id", &mapping->post->id);
    if (!mapping->post->id.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("id is missing or empty"));
}

static void map_post(struct mapping *mapping, const struct value *post, const struct value *includes)
{
    map_id_of(mapping, post);
    mapping->post->says = saying_of(mapping, post);
    map_time(mapping, post, "created_at", "created_at", &mapping->post->created_ms);
    map_references(mapping, post);
    map_edits(mapping, post);
    map_author(mapping, post, includes);
    map_repeated(mapping, post, includes);
}

/* An event of the compliance streams is an object that stands by its name, such as "delete". */
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
    const struct value *post = map_object(mapping, event, "tweet", "tweet");

    map_time(mapping, event, "event_at", "event_at", &mapping->post->observed_ms);
    if (post)
        map_id_of(mapping, post);
    else
        map_fault(mapping, FAULT_NO_ID, SPAN("a compliance event without a tweet"));
}

/* What a stream says of itself: errors, without data. */
static bool is_notice(const struct value *root)
{
    const struct value *errors = map_member(root, "errors");

    return errors && errors->type == VALUE_LIST && !map_member(root, "id");
}

static void map(struct mapping *mapping, const struct value *root)
{
    const struct value *data = map_object(mapping, root, "data", "data");
    const struct value *post = data ? data : root;
    const struct value *event = map_member(post, "id") ? NULL : event_of(post, &mapping->post->says);

    if (event && mapping->post->says != SAYS_NOTHING)
        map_event(mapping, event);
    else if (!event && !data && is_notice(root))
        mapping->post->says = SAYS_NOTHING;
    else if (!event)
        map_post(mapping, post, map_object(mapping, root, "includes", "includes"));
}

const struct preset preset_x_api_v2 = {
    .name = "x-api-v2",
    .help = "posts and compliance events of the X API v2",
    .map = map,
};
