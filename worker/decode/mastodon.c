/* Mastodon: a Status, or the envelope {event, payload} of its streams. Members as the documentation of
 * Mastodon's API (entities Status, Account, Quote, ShallowQuote; method streaming) names them;
 * config/PRESETS.md has the table. Ids were whole numbers before API version 2: both are taken. */
#include "common/buf.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"
#include "worker/text/html.h"

static void map_account(struct mapping *mapping, const struct value *status)
{
    const struct value *account = map_object(mapping, status, "account", "account");
    struct author *author = &mapping->post->author;

    if (!account)
        return;
    map_id(mapping, account, "id", "account.id", &author->id);
    map_text(mapping, account, "acct", "account.acct", &author->handle);
    map_count(mapping, account, "followers_count", "account.followers_count", &author->followers);
}

/* A quote holds the quoted status or, within another quote, only its id; neither unless it was
 * accepted. */
static void map_quote(struct mapping *mapping, const struct value *status)
{
    const struct value *quote = map_object(mapping, status, "quote", "quote");
    struct span *quote_of = &mapping->post->quote_of;

    if (!quote)
        return;
    const struct value *quoted = map_object(mapping, quote, "quoted_status", "quote.quoted_status");
    if (quoted)
        map_id(mapping, quoted, "id", "quote.quoted_status.id", quote_of);
    else
        map_id(mapping, quote, "quoted_status_id", "quote.quoted_status_id", quote_of);
}

/* The warning is read first, so it stands before the text. Where the quote is known, its fallback
 * link in the text is not shown. */
static struct span words_of(struct mapping *mapping, const struct value *status)
{
    struct span warning = {0}, content = {0};
    struct buf text = buf_in(mapping->mem);

    map_text(mapping, status, "spoiler_text", "spoiler_text", &warning);
    map_text(mapping, status, "content", "content", &content);
    content = html_text(content, map_member(status, "quote") ? SPAN("quote-inline") : SPAN(""), mapping->mem);
    if (!warning.len || !content.len)
        return warning.len ? warning : content;
    buf_put(&text, warning);
    buf_put(&text, SPAN("\n\n"));
    buf_put(&text, content);
    return buf_span(&text);
}

static bool has_counts(const struct value *status)
{
    return map_member(status, "reblogs_count") || map_member(status, "favourites_count")
        || map_member(status, "replies_count") || map_member(status, "quotes_count");
}

/* What is said, and how much it was answered: of the status itself, or of the one that it boosts. */
static void map_said(struct mapping *mapping, const struct value *status)
{
    struct post *post = mapping->post;
    bool has_text = map_member(status, "content") != NULL;

    if (!has_text && !has_counts(status))
        map_fault(mapping, FAULT_NO_TEXT, SPAN("neither content nor a count is there"));
    post->says = has_text ? SAYS_POST : SAYS_UPDATE;
    post->text = words_of(mapping, status);
    map_text(mapping, status, "language", "language", &post->lang);
    map_count(mapping, status, "reblogs_count", "reblogs_count", &post->counts[COUNT_REPOSTS]);
    map_count(mapping, status, "quotes_count", "quotes_count", &post->counts[COUNT_QUOTES]);
    map_count(mapping, status, "replies_count", "replies_count", &post->counts[COUNT_REPLIES]);
    map_count(mapping, status, "favourites_count", "favourites_count", &post->counts[COUNT_LIKES]);
}

static void map_id_of(struct mapping *mapping, const struct value *object, const char *name,
                      const char *place, struct span *out)
{
    map_id(mapping, object, name, place, out);
    if (!out->len)
        map_fault(mapping, FAULT_NO_ID, span_format(mapping->mem, "%s is missing or empty", place));
}

static void map_status(struct mapping *mapping, const struct value *status)
{
    const struct value *boosted = map_object(mapping, status, "reblog", "reblog");
    struct post *post = mapping->post;

    map_id_of(mapping, status, "id", "id", &post->id);
    map_time(mapping, status, "created_at", "created_at", &post->created_ms);
    map_text(mapping, status, "url", "url", &post->url);
    map_id(mapping, status, "in_reply_to_id", "in_reply_to_id", &post->in_reply_to);
    map_account(mapping, status);
    map_quote(mapping, status);
    if (boosted)
        map_id_of(mapping, boosted, "id", "reblog.id", &post->repost_of);
    map_said(mapping, boosted ? boosted : status);
}

/* The status that a payload holds: as JSON in a string, or as it is. */
static const struct value *payload_status(struct mapping *mapping, const struct value *envelope)
{
    const struct value *payload = map_member(envelope, "payload");
    struct value *status = arena_take(mapping->mem, sizeof *status);

    if (payload && payload->type == VALUE_STRING)
        return read_json(mapping, payload->string, "payload", status) ? status : NULL;
    payload = map_object(mapping, envelope, "payload", "payload");
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
        map_time(mapping, status, "edited_at", "edited_at", &mapping->post->observed_ms);
}

static void map_envelope(struct mapping *mapping, const struct value *envelope)
{
    struct span event = {0};

    map_text(mapping, envelope, "event", "event", &event);
    if (span_equal(event, SPAN("update"))) {
        map_payload(mapping, envelope, false);
    } else if (span_equal(event, SPAN("status.update"))) {
        map_payload(mapping, envelope, true);
    } else if (span_equal(event, SPAN("delete"))) {
        mapping->post->says = SAYS_HIDE;
        map_id_of(mapping, envelope, "payload", "payload", &mapping->post->id);
    } else {
        mapping->post->says = SAYS_NOTHING;
    }
}

static void map(struct mapping *mapping, const struct value *root)
{
    if (map_member(root, "event"))
        map_envelope(mapping, root);
    else
        map_status(mapping, root);
}

const struct preset preset_mastodon = {
    .name = "mastodon",
    .help = "statuses of Mastodon, bare or as its streams send them",
    .map = map,
};
