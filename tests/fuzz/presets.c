/* A record by one of the inputs of posts.yaml, which the first byte chooses: each preset, with a frame and
 * without. What comes of it, or of each post that it holds, is a fault with its reason, or a post that keeps what
 * post.h promises. */
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "worker/decode/decode.h"

const struct fuzz_limits fuzz_limits = {.base_us = 20000, .byte_ns = 40000, .base_bytes = 1 << 20, .byte_bytes = 1024};

static const struct config *config;

void fuzz_start(void)
{
    config = fuzz_config("posts.yaml");
}

static void check_post(const struct post *post)
{
    const struct span texts[] = {
        post->id,
        post->text,
        post->lang,
        post->url,
        post->in_reply_to,
        post->repost_of,
        post->quote_of,
        post->replaces,
        post->author.id,
        post->author.handle,
        post->author.age_band,
        post->author.gender,
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        FUZZ_CHECK(utf8_valid(texts[i]));
    for (int i = 0; i < COUNTS; i++)
        FUZZ_CHECK(post->counts[i] >= COUNT_UNKNOWN && post->counts[i] <= COUNT_MAX);
    FUZZ_CHECK(post->author.followers >= COUNT_UNKNOWN && post->author.followers <= COUNT_MAX);
    FUZZ_CHECK(post->says == SAYS_NOTHING || post->says == SAYS_SEVERAL || post->id.len);
    FUZZ_CHECK(post->says != SAYS_UPDATE || !post->text.len);
}

static void check_decoded(const struct message *message, struct arena *mem)
{
    struct span why = {0};
    struct post post;
    enum fault fault = post_decode(message, &config->limits, mem, &post, &why);

    if (fault)
        FUZZ_CHECK(why.len && utf8_valid(why));
    else
        check_post(&post);
    FUZZ_CHECK(!message->part || fault || post.says != SAYS_SEVERAL);
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    const struct input *inputs = config->inputs.at;
    const struct input *input = &inputs[fuzz_byte(&bytes) % config->inputs.len];
    struct message message = {.input = input, .value = bytes, .partition = 0, .timestamp_ms = TIME_UNKNOWN};
    const struct batch posts = message_posts(&message, &config->limits, mem);

    for (size_t i = 0; i < posts.len; i++)
        check_decoded(&posts.at[i], mem);
    return bytes.len;
}
