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

static inline struct decoded decoded_as(const char *preset, const char *json)
{
    struct input *input = arena_zero(scratch(), sizeof *input);

    input->preset = preset_index(preset);
    return decoded_from(input, span_of(json));
}
