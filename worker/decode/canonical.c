/* The project's own form, as the README shows it. */
#include "worker/parts.h"
#include "worker/decode/preset.h"

static void map_author(struct mapping *mapping, const struct value *root)
{
    const struct value *from = map_object(mapping, root, "author", MEMBER_AUTHOR, "author");
    struct author *author = &mapping->post->author;

    if (!from)
        return;
    map_text(mapping, from, "id", MEMBER_AUTHOR_ID, "author.id", &author->id);
    map_text(mapping, from, "handle", MEMBER_HANDLE, "author.handle", &author->handle);
    map_text(mapping, from, "age_band", MEMBER_AGE_BAND, "author.age_band", &author->age_band);
    map_text(mapping, from, "gender", MEMBER_GENDER, "author.gender", &author->gender);
    map_said(mapping, from, "bot", MEMBER_BOT, "author.bot", &mapping->post->bot);
    map_count(mapping, from, "followers", MEMBER_FOLLOWERS, "author.followers", &author->followers);
}

static void map_counts(struct mapping *mapping, const struct value *metrics)
{
    static const char *const places[COUNTS] = {
        [COUNT_REPOSTS] = "metrics.reposts",     [COUNT_QUOTES] = "metrics.quotes",
        [COUNT_REPLIES] = "metrics.replies",     [COUNT_LIKES] = "metrics.likes",
        [COUNT_BOOKMARKS] = "metrics.bookmarks", [COUNT_VIEWS] = "metrics.views",
    };

    for (int i = 0; i < COUNTS; i++)
        map_count(mapping, metrics, count_names[i], count_member(i), places[i], &mapping->post->counts[i]);
}

static void map_lists(struct mapping *mapping, const struct value *root)
{
    static const struct {
        const char *name;
        enum post_member member;
    } lists[LISTINGS] = {
        [LISTED_HASHTAGS] = {"hashtags", MEMBER_HASHTAGS},
        [LISTED_MENTIONS] = {"mentions", MEMBER_MENTIONS},
        [LISTED_LINKS] = {"links", MEMBER_LINKS},
    };

    for (int i = 0; i < LISTINGS; i++) {
        const struct value *list = map_list(mapping, root, lists[i].name, lists[i].member, lists[i].name);

        if (list)
            map_knows(mapping, (enum payload_list)i);
        map_listed_all(mapping, (enum payload_list)i, list, NULL);
    }
}

static void map_facts(struct mapping *mapping, const struct value *root)
{
    struct post *post = mapping->post;

    map_text(mapping, root, "lang", MEMBER_LANG, "lang", &post->lang);
    map_text(mapping, root, "url", MEMBER_URL, "url", &post->url);
    map_text(mapping, root, "in_reply_to", MEMBER_IN_REPLY_TO, "in_reply_to", &post->in_reply_to);
    map_text(mapping, root, "repost_of", MEMBER_REPOST_OF, "repost_of", &post->repost_of);
    map_text(mapping, root, "quote_of", MEMBER_QUOTE_OF, "quote_of", &post->quote_of);
    map_text(mapping, root, "replaces", MEMBER_REPLACES, "replaces", &post->replaces);
    map_time(mapping, root, "created_at", MEMBER_CREATED, "created_at", &post->created_ms);
    map_text(mapping, root, "visibility", MEMBER_VISIBILITY, "visibility", &post->visibility);
    map_said(mapping, root, "sensitive", MEMBER_SENSITIVE, "sensitive", &post->sensitive);
    map_author(mapping, root);
    map_lists(mapping, root);
}

/* What the record says hangs on `hidden` first, then on whether there is a text. */
static enum saying saying_of(struct mapping *mapping, const struct value *root, bool has_text, bool has_metrics)
{
    const struct value *hidden = map_bool(mapping, root, "hidden", MEMBER_HIDDEN, "hidden");

    if (hidden && hidden->truth)
        return SAYS_HIDE;
    if (has_text)
        return SAYS_POST;
    if (hidden)
        return SAYS_UNHIDE;
    if (!has_metrics && map_text_if(root, "repost_of").len)
        return SAYS_POST; /* a repost need not repeat the text */
    if (!has_metrics)
        map_fault(mapping, FAULT_NO_TEXT, SPAN("neither text nor metrics is there"));
    return SAYS_UPDATE;
}

static void map_canonical(struct mapping *mapping, const struct value *root)
{
    struct post *post = mapping->post;
    const struct value *text = json_get(root, SPAN("text"));
    const struct value *metrics = json_get(root, SPAN("metrics"));
    bool has_text = text && text->type != VALUE_NULL;
    bool has_metrics = metrics && metrics->type != VALUE_NULL;

    map_text(mapping, root, "id", MEMBER_ID, "id", &post->id);
    if (!post->id.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("id is missing or empty"));
    post->says = saying_of(mapping, root, has_text, has_metrics);
    map_time(mapping, root, "observed_at", MEMBER_OBSERVED, "observed_at", &post->observed_ms);
    if (post->says == SAYS_HIDE || post->says == SAYS_UNHIDE)
        return;
    map_text(mapping, root, "text", MEMBER_TEXT, "text", &post->text);
    if ((metrics = map_object(mapping, root, "metrics", MEMBER_METRICS, "metrics")))
        map_counts(mapping, metrics);
    map_facts(mapping, root);
}

static bool write_hide(const struct input *input, struct span id, bool hidden, struct buf *out)
{
    (void)input;
    buf_put(out, SPAN("{\"id\":"));
    json_write_string(out, id);
    buf_format(out, ",\"hidden\":%s}", hidden ? "true" : "false");
    return true;
}

const struct preset preset_canonical = {
    .name = "canonical",
    .help = "trendmill's own form",
    .map = map_canonical,
    .hide = write_hide,
};
