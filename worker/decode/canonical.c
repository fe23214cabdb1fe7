/* The project's own form, as the README shows it. */
#include "worker/parts.h"
#include "worker/decode/preset.h"

static void map_author(struct mapping *mapping, const struct value *root)
{
    const struct value *from = map_object(mapping, root, "author", "author");
    struct author *author = &mapping->post->author;

    if (!from)
        return;
    map_text(mapping, from, "id", "author.id", &author->id);
    map_text(mapping, from, "handle", "author.handle", &author->handle);
    map_text(mapping, from, "age_band", "author.age_band", &author->age_band);
    map_text(mapping, from, "gender", "author.gender", &author->gender);
    map_count(mapping, from, "followers", "author.followers", &author->followers);
}

static void map_counts(struct mapping *mapping, const struct value *metrics)
{
    static const char *const places[COUNTS] = {
        [COUNT_REPOSTS] = "metrics.reposts", [COUNT_QUOTES] = "metrics.quotes",
        [COUNT_REPLIES] = "metrics.replies", [COUNT_LIKES] = "metrics.likes",
        [COUNT_BOOKMARKS] = "metrics.bookmarks", [COUNT_VIEWS] = "metrics.views",
    };

    for (int i = 0; i < COUNTS; i++)
        map_count(mapping, metrics, count_names[i], places[i], &mapping->post->counts[i]);
}

static void map_facts(struct mapping *mapping, const struct value *root)
{
    struct post *post = mapping->post;

    map_text(mapping, root, "lang", "lang", &post->lang);
    map_text(mapping, root, "url", "url", &post->url);
    map_text(mapping, root, "in_reply_to", "in_reply_to", &post->in_reply_to);
    map_text(mapping, root, "repost_of", "repost_of", &post->repost_of);
    map_text(mapping, root, "quote_of", "quote_of", &post->quote_of);
    map_text(mapping, root, "replaces", "replaces", &post->replaces);
    map_time(mapping, root, "created_at", "created_at", &post->created_ms);
    map_author(mapping, root);
}

/* What the record says hangs on `hidden` first, then on whether there is a text. */
static enum saying saying_of(struct mapping *mapping, const struct value *root, bool has_text,
                             bool has_metrics)
{
    const struct value *hidden = map_bool(mapping, root, "hidden", "hidden");

    if (hidden && hidden->truth)
        return SAYS_HIDE;
    if (has_text)
        return SAYS_POST;
    if (hidden)
        return SAYS_UNHIDE;
    if (!has_metrics)
        map_fault(mapping, FAULT_NO_TEXT, SPAN("neither text nor metrics is there"));
    return SAYS_UPDATE;
}

static void map(struct mapping *mapping, const struct value *root)
{
    struct post *post = mapping->post;
    const struct value *text = json_get(root, SPAN("text"));
    const struct value *metrics = json_get(root, SPAN("metrics"));
    bool has_text = text && text->type != VALUE_NULL;
    bool has_metrics = metrics && metrics->type != VALUE_NULL;

    map_text(mapping, root, "id", "id", &post->id);
    if (!post->id.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("id is missing or empty"));
    post->says = saying_of(mapping, root, has_text, has_metrics);
    map_time(mapping, root, "observed_at", "observed_at", &post->observed_ms);
    if (post->says == SAYS_HIDE || post->says == SAYS_UNHIDE)
        return;
    map_text(mapping, root, "text", "text", &post->text);
    if ((metrics = map_object(mapping, root, "metrics", "metrics")))
        map_counts(mapping, metrics);
    map_facts(mapping, root);
}

const struct preset preset_canonical = {
    .name = "canonical",
    .help = "trendmill's own form",
    .map = map,
};
