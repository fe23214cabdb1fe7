#include "worker/post.h"

const char *const fault_names[FAULTS] = {
    [FAULT_NONE] = "none",
    [FAULT_NOT_JSON] = "not-json",
    [FAULT_NUMBER_RANGE] = "number-range",
    [FAULT_NOT_AN_OBJECT] = "not-an-object",
    [FAULT_NO_ID] = "no-id",
    [FAULT_NO_TEXT] = "no-text",
    [FAULT_WRONG_TYPE] = "wrong-type",
    [FAULT_BAD_UTF8] = "bad-utf8",
    [FAULT_BAD_TIME] = "bad-time",
    [FAULT_TOO_LARGE] = "too-large",
    [FAULT_TOO_DEEP] = "too-deep",
    [FAULT_BAD_FRAMING] = "bad-framing",
    [FAULT_SKIPPED] = "skipped",
    [FAULT_REFUSED] = "refused",
};

const char *const count_names[COUNTS] = {
    [COUNT_REPOSTS] = "reposts", [COUNT_QUOTES] = "quotes",       [COUNT_REPLIES] = "replies",
    [COUNT_LIKES] = "likes",     [COUNT_BOOKMARKS] = "bookmarks", [COUNT_VIEWS] = "views",
};

const char *const kind_names[KINDS] = {
    [KIND_UPDATE] = "update", [KIND_REPOST] = "repost", [KIND_QUOTE] = "quote",
    [KIND_REPLY] = "reply",   [KIND_POST] = "post",
};

void post_clear(struct post *post)
{
    *post = (struct post){.created_ms = TIME_UNKNOWN, .observed_ms = TIME_UNKNOWN};
    post->author.followers = COUNT_UNKNOWN;
    for (int i = 0; i < COUNTS; i++)
        post->counts[i] = COUNT_UNKNOWN;
}

enum kind post_kind(const struct post *post)
{
    if (post->says == SAYS_UPDATE)
        return KIND_UPDATE;
    if (post->repost_of.len)
        return KIND_REPOST;
    if (post->quote_of.len)
        return KIND_QUOTE;
    return post->in_reply_to.len ? KIND_REPLY : KIND_POST;
}

struct span post_subject(const struct post *post)
{
    return post->repost_of.len ? post->repost_of : post->id;
}

bool post_is_enriched(const struct post *post)
{
    return post->says == SAYS_POST || post->says == SAYS_UPDATE;
}
