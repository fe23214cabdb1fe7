#include "worker/post.h"

#define FAULT_NAME(id, name, help) [FAULT_##id] = name,
#define FAULT_HELP(id, name, help) [FAULT_##id] = help,
const char *const fault_names[FAULTS] = {[FAULT_NONE] = "none", FAULTS_LIST(FAULT_NAME)};
const char *const fault_help[FAULTS] = {FAULTS_LIST(FAULT_HELP)};

#define COUNT_NAME(id, name) [COUNT_##id] = name,
const char *const count_names[COUNTS] = {COUNTS_LIST(COUNT_NAME)};

const char *const kind_names[KINDS] = {
    [KIND_UPDATE] = "update", [KIND_REPOST] = "repost", [KIND_QUOTE] = "quote",
    [KIND_REPLY] = "reply",   [KIND_POST] = "post",
};

#define POST_MEMBER_NAME(id, name) [MEMBER_##id] = name,
const char *const member_names[POST_MEMBER_COUNT] = {POST_MEMBERS(POST_MEMBER_NAME)};

const char *const unusable_names[UNUSABLES] = {
    [UNUSABLE_TYPE] = "wrong-type",
    [UNUSABLE_RANGE] = "out-of-range",
    [UNUSABLE_TIME] = "bad-time",
    [UNUSABLE_VALUE] = "bad-value",
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
