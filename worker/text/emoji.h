/* emoji: sequences of code points that are shown as one picture, after UTS #51. */
#pragma once

#include "common/span.h"

#include <stddef.h>

enum {
    EMOJI_KEYCAP = 0x20E3,
    EMOJI_AS_TEXT = 0xFE0E, /* variation selectors 15 and 16 */
    EMOJI_AS_EMOJI = 0xFE0F,
};

/* The byte behind the emoji that starts at byte `at` of well-formed text, `at` itself where none
 * does. One emoji is what is drawn as one: with skin tone, joined by ZWJ, a flag, a keycap. What is
 * text unless a variation selector says otherwise (©, ☺, a digit) is none without that selector. */
size_t emoji_end(struct span text, size_t at);
