/* decoded: a raw post as a preset reads it, for the tests of presets. */
#pragma once

#include "tests/unit/support.h"
#include "worker/decode/decode.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"

#include <stdlib.h>

struct decoded {
    struct post post;
    enum fault fault;
    struct span why;
};

static inline int preset_index(const char *name)
{
    for (int i = 0; i < PRESET_COUNT; i++)
        if (strcmp(presets[i]->name, name) == 0)
            return i;
    abort();
}

static inline struct decoded decoded_from(const struct input *input, struct span json)
{
    static const struct limits limits = {.post_bytes = 16 << 20, .post_depth = 64};
    struct message message = {.input = input, .value = json, .timestamp_ms = TIME_UNKNOWN};
    struct decoded decoded = {0};

    decoded.fault = post_decode(&message, &limits, scratch(), &decoded.post, &decoded.why);
    return decoded;
}

/* The same of a strict input. */
static inline struct decoded decoded_strictly(const char *preset, const char *json)
{
    struct input *input = arena_zero(scratch(), sizeof *input);

    input->preset = preset_index(preset);
    input->strict = true;
    return decoded_from(input, span_of(json));
}

/* What the payload lists of a kind, each with a blank behind it; "-" if it says nothing of it. */
static inline struct span listed_in(struct decoded got, enum payload_list listing)
{
    const struct listed *listed = &got.post.listed[listing];
    struct buf out = buf_in(scratch());

    if (!listed->is_known)
        return SPAN("-");
    for (size_t i = 0; i < listed->len; i++) {
        buf_put(&out, listed->at[i]);
        buf_char(&out, ' ');
    }
    return out.len ? buf_span(&out) : SPAN("");
}

/* Whether the post has its member unknown, since what was given cannot be used. */
static inline bool is_unknown(struct decoded got, enum post_member member, enum unusable reason)
{
    return got.fault == FAULT_NONE && got.post.has_unusable && got.post.unusable[member] == 1u << reason;
}

static inline struct decoded decoded_as(const char *preset, const char *json)
{
    struct input *input = arena_zero(scratch(), sizeof *input);

    input->preset = preset_index(preset);
    return decoded_from(input, span_of(json));
}
