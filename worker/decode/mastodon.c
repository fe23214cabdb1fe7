/* Mastodon: a Status, the envelope {event, payload} of its streams, or {event, object} of its webhooks. Members as the
 * documentation of Mastodon's API (entities Status, Account, Quote, ShallowQuote; method streaming) names them;
 * config/PRESETS.md has the table. Ids were whole numbers before API version 2: both are taken. */
#include "common/fold.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"
#include "worker/text/html.h"

static void map_account(struct mapping *mapping, const struct value *status)
{
    const struct value *account = map_object(mapping, status, "account", MEMBER_AUTHOR, "account");
    struct author *author = &mapping->post->author;

    if (!account)
        return;
    map_id(mapping, account, "id", MEMBER_AUTHOR_ID, "account.id", &author->id);
    map_text(mapping, account, "acct", MEMBER_HANDLE, "account.acct", &author->handle);
    map_count(mapping, account, "followers_count", MEMBER_FOLLOWERS, "account.followers_count", &author->followers);
    map_said(mapping, account, "bot", MEMBER_BOT, "account.bot", &mapping->post->bot);
}

/* --- quotes --- */

/* A quote holds the quoted status or, within another quote, only its id; neither unless it was accepted. Akkoma and
 * Fedibird have the quoted status itself there. */
static void map_quote_of(struct mapping *mapping, const struct value *quote)
{
    struct span *quote_of = &mapping->post->quote_of;

    if (!quote)
        return;
    const struct value *quoted = map_object(mapping, quote, "quoted_status", MEMBER_QUOTE_OF, "quote.quoted_status");
    if (quoted)
        map_id(mapping, quoted, "id", MEMBER_QUOTE_OF, "quote.quoted_status.id", quote_of);
    else
        map_id(mapping, quote, "quoted_status_id", MEMBER_QUOTE_OF, "quote.quoted_status_id", quote_of);
    if (!quote_of->len)
        map_id(mapping, quote, "id", MEMBER_QUOTE_OF, "quote.id", quote_of);
}

/* Where servers say it: Mastodon, Akkoma and Friendica in `quote`, Fedibird in quote_id beside it, Pleroma in an object
 * of its own. */
static void map_quote(struct mapping *mapping, const struct value *status)
{
    const struct value *pleroma = map_if(status, "pleroma", VALUE_OBJECT);
    struct span *quote_of = &mapping->post->quote_of;

    map_quote_of(mapping, map_object(mapping, status, "quote", MEMBER_QUOTE_OF, "quote"));
    if (!quote_of->len)
        map_id(mapping, status, "quote_id", MEMBER_QUOTE_OF, "quote_id", quote_of);
    if (!quote_of->len && pleroma)
        map_id(mapping, pleroma, "quote_id", MEMBER_QUOTE_OF, "pleroma.quote_id", quote_of);
}

/* --- what the text leads to --- */

/* Hashtags are compared with the first ones alone, so that a hostile status costs no square. */
enum { HASHTAGS_COMPARED = 64 };

static bool is_among(const struct span *folded, size_t len, struct span name)
{
    for (size_t i = 0; i < len; i++)
        if (span_equal(folded[i], name))
            return true;
    return false;
}

static bool has_word(struct span words, const char *word)
{
    size_t len = strlen(word);

    for (size_t at = 0; at + len <= words.len; at++)
        if (memcmp(words.at + at, word, len) == 0 && (!at || words.at[at - 1] == ' ')
            && (at + len == words.len || words.at[at + len] == ' '))
            return true;
    return false;
}

/* "#tag" without its sign; empty if the text is none. */
static struct span after_sign(struct span text, const char *sign, const char *wide)
{
    size_t len = span_starts(text, span_of(sign)) ? strlen(sign) : span_starts(text, span_of(wide)) ? strlen(wide) : 0;

    if (!len || memchr(text.at, ' ', text.len) || memchr(text.at, '\n', text.len))
        return (struct span){0};
    return (struct span){text.at + len, text.len - len};
}

/* Servers mark the links of hashtags and mentions, each in its way; all of them show the sign. */
static void map_link(struct mapping *mapping, const struct html_link *link)
{
    struct span hashtag = after_sign(link->text, "#", "＃");
    bool is_hashtag = has_word(link->class, "hashtag") || has_word(link->rel, "tag");

    if (hashtag.len || is_hashtag)
        map_listed(mapping, LISTED_HASHTAGS, hashtag);
    else if (!has_word(link->class, "mention") && !after_sign(link->text, "@", "＠").len)
        map_listed(mapping, LISTED_LINKS, link->href);
}

/* Hashtags appear in the text as they are written; the list of the status has them in its own form, and those that are
 * not shown. */
static void map_tags(struct mapping *mapping, const struct value *tags)
{
    const struct listed *shown = &mapping->post->listed[LISTED_HASHTAGS];
    size_t len = shown->len < HASHTAGS_COMPARED ? shown->len : HASHTAGS_COMPARED;
    struct span folded[HASHTAGS_COMPARED];

    if (!tags)
        return;
    map_knows(mapping, LISTED_HASHTAGS);
    for (size_t i = 0; i < len; i++)
        folded[i] = fold_text(shown->at[i], mapping->mem);
    for (uint32_t i = 0; i < tags->len; i++) {
        struct span name = map_text_if(&tags->items[i], "name");

        if (name.len && !is_among(folded, len, fold_text(name, mapping->mem)))
            map_listed(mapping, LISTED_HASHTAGS, name);
    }
}

static void map_lists(struct mapping *mapping, const struct value *status, const struct html_links *links)
{
    const struct value *mentions = map_list(mapping, status, "mentions", MEMBER_MENTIONS, "mentions");
    const struct value *card = map_if(status, "card", VALUE_OBJECT);

    for (size_t i = 0; i < links->len; i++)
        map_link(mapping, &links->at[i]);
    map_tags(mapping, map_list(mapping, status, "tags", MEMBER_HASHTAGS, "tags"));
    if (mentions)
        map_knows(mapping, LISTED_MENTIONS);
    map_listed_all(mapping, LISTED_MENTIONS, mentions, "acct");
    if (!mapping->post->listed[LISTED_LINKS].len)
        map_listed(mapping, LISTED_LINKS, map_text_if(card, "url"));
}

/* --- texts --- */

static void map_extras(struct mapping *mapping, const struct value *status)
{
    const struct value *media = map_if(status, "media_attachments", VALUE_LIST);
    const struct value *options = map_if(map_if(status, "poll", VALUE_OBJECT), "options", VALUE_LIST);
    const struct value *card = map_if(status, "card", VALUE_OBJECT);

    for (uint32_t i = 0; media && i < media->len; i++)
        map_extra(mapping, EXTRA_ALT, map_text_if(&media->items[i], "description"));
    for (uint32_t i = 0; options && i < options->len; i++)
        map_extra(mapping, EXTRA_POLL, map_text_if(&options->items[i], "title"));
    map_extra(mapping, EXTRA_CARD, map_text_if(card, "title"));
    map_extra(mapping, EXTRA_CARD, map_text_if(card, "description"));
}

/* The warning is read first, so it precedes the text. Where the quote is known, its fallback
 * link in the text is not shown. */
static struct span map_words(struct mapping *mapping, const struct value *status)
{
    struct span warning = {0}, content = {0};
    struct html_links links = {0};

    map_text(mapping, status, "spoiler_text", MEMBER_EXTRA, "spoiler_text", &warning);
    map_text(mapping, status, "content", MEMBER_TEXT, "content", &content);
    content = html_text(content, mapping->post->quote_of.len ? SPAN("quote-inline") : SPAN(""), &links, mapping->mem);
    map_lists(mapping, status, &links);
    map_extra(mapping, EXTRA_WARNING, warning);
    map_extras(mapping, status);
    if (map_wants(mapping, EXTRA_WARNING) || !warning.len)
        return content;
    return content.len ? span_joined(mapping->mem, warning, SPAN("\n\n"), content) : warning;
}

static bool has_media(const struct value *status)
{
    const struct value *media = map_if(status, "media_attachments", VALUE_LIST);

    return (media && media->len) || map_if(status, "poll", VALUE_OBJECT);
}

static bool has_counts(const struct value *status)
{
    return map_member(status, "reblogs_count") || map_member(status, "favourites_count")
           || map_member(status, "replies_count") || map_member(status, "quotes_count");
}

/* What is said, and how much it was answered: of the status itself, or of the one that it boosts. */
static void map_statement(struct mapping *mapping, const struct value *status)
{
    struct post *post = mapping->post;
    bool has_text = map_member(status, "content") || has_media(status);

    if (!has_text && !has_counts(status))
        map_fault(mapping, FAULT_NO_TEXT, SPAN("neither content nor a count is there"));
    post->says = has_text ? SAYS_POST : SAYS_UPDATE;
    if (has_text)
        post->text = map_words(mapping, status);
    map_text(mapping, status, "visibility", MEMBER_VISIBILITY, "visibility", &post->visibility);
    map_said(mapping, status, "sensitive", MEMBER_SENSITIVE, "sensitive", &post->sensitive);
    map_text(mapping, status, "language", MEMBER_LANG, "language", &post->lang);
    map_count(mapping, status, "reblogs_count", MEMBER_REPOSTS, "reblogs_count", &post->counts[COUNT_REPOSTS]);
    map_count(mapping, status, "quotes_count", MEMBER_QUOTES, "quotes_count", &post->counts[COUNT_QUOTES]);
    map_count(mapping, status, "replies_count", MEMBER_REPLIES, "replies_count", &post->counts[COUNT_REPLIES]);
    map_count(mapping, status, "favourites_count", MEMBER_LIKES, "favourites_count", &post->counts[COUNT_LIKES]);
}

static void map_id_of(struct mapping *mapping, const struct value *object, const char *name)
{
    map_id(mapping, object, name, MEMBER_ID, name, &mapping->post->id);
    if (!mapping->post->id.len)
        map_fault(mapping, FAULT_NO_ID, span_format(mapping->mem, "%s is missing or empty", name));
}

/* The status that this one boosts; NULL if it boosts none, or one without an id. */
static const struct value *map_boosted(struct mapping *mapping, const struct value *status)
{
    const struct value *boosted = map_object(mapping, status, "reblog", MEMBER_REPOST_OF, "reblog");

    if (!boosted)
        return NULL;
    map_id(mapping, boosted, "id", MEMBER_REPOST_OF, "reblog.id", &mapping->post->repost_of);
    if (mapping->post->repost_of.len)
        return boosted;
    if (!map_unusable(mapping, MEMBER_REPOST_OF, UNUSABLE_VALUE))
        map_fault(mapping, FAULT_NO_ID, SPAN("reblog.id is missing or empty"));
    return NULL;
}

static void map_status(struct mapping *mapping, const struct value *status)
{
    struct post *post = mapping->post;

    map_id_of(mapping, status, "id");
    map_time(mapping, status, "created_at", MEMBER_CREATED, "created_at", &post->created_ms);
    map_text(mapping, status, "url", MEMBER_URL, "url", &post->url);
    map_id(mapping, status, "in_reply_to_id", MEMBER_IN_REPLY_TO, "in_reply_to_id", &post->in_reply_to);
    map_account(mapping, status);
    map_quote(mapping, status);
    const struct value *boosted = map_boosted(mapping, status);
    map_statement(mapping, boosted ? boosted : status);
    map_text(mapping, status, "visibility", MEMBER_VISIBILITY, "visibility", &post->visibility);
}

/* The status that a payload holds: as JSON in a string, or as it is. A webhook has it in `object`. */
static const struct value *payload_status(struct mapping *mapping, const struct value *envelope)
{
    const struct value *object = map_if(envelope, "object", VALUE_OBJECT);

    const struct value *payload = map_member(envelope, "payload");
    if (object && !payload)
        return object;
    struct value *status = arena_take(mapping->mem, sizeof *status);

    if (payload && payload->type == VALUE_STRING)
        return read_json(mapping, payload->string, "payload", status) ? status : NULL;
    payload = map_object(mapping, envelope, "payload", MEMBER_ID, "payload");
    if (!payload)
        map_fault(mapping, FAULT_NO_ID, SPAN("payload is missing"));
    return payload;
}

/* An edit keeps its id and is seen when it is made: its time puts it behind what it replaces. A
 * status that was fetched is seen later than its last edit, so there edited_at says nothing. */
static void map_payload(struct mapping *mapping, const struct value *envelope, bool is_edit)
{
    const struct value *status = payload_status(mapping, envelope);

    if (!status)
        return;
    map_status(mapping, status);
    if (is_edit)
        map_time(mapping, status, "edited_at", MEMBER_OBSERVED, "edited_at", &mapping->post->observed_ms);
}

static void map_envelope(struct mapping *mapping, const struct value *envelope)
{
    struct span event = {0};

    map_text(mapping, envelope, "event", MEMBER_ID, "event", &event);
    if (span_equal(event, SPAN("update")) || span_equal(event, SPAN("status.created"))) {
        map_payload(mapping, envelope, false);
    } else if (span_equal(event, SPAN("status.update")) || span_equal(event, SPAN("status.updated"))) {
        map_payload(mapping, envelope, true);
    } else if (span_equal(event, SPAN("delete"))) {
        mapping->post->says = SAYS_HIDE;
        map_id_of(mapping, envelope, "payload");
    } else {
        mapping->post->says = SAYS_NOTHING;
    }
}

static void map_mastodon(struct mapping *mapping, const struct value *root)
{
    if (map_member(root, "event"))
        map_envelope(mapping, root);
    else
        map_status(mapping, root);
}

/* A deletion, as its streams send it; there is none that takes it back. */
static bool write_hide(const struct input *input, struct span id, bool hidden, struct buf *out)
{
    (void)input;
    buf_put(out, SPAN("{\"event\":\"delete\",\"payload\":"));
    json_write_string(out, id);
    buf_char(out, '}');
    return hidden;
}

const struct preset preset_mastodon = {
    .name = "mastodon",
    .help = "statuses of Mastodon, bare or as its streams send them",
    .map = map_mastodon,
    .hide = write_hide,
};
