/* entity: hashtags, mentions, URLs, cashtags and emoji of a text.
 *
 * After the published rules of twitter-text 3.1.0 (https://github.com/twitter/twitter-text, its
 * regular regexes as documented there), with a TLD list for domains without a protocol
 * (url.h says where it differs); emoji after UTS #51 (emoji sequences: ZWJ, flags, skin tones,
 * keycaps count as one each). Of two that overlap the one that starts first stays. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stddef.h>
#include <stdint.h>

enum entity_kind {
    ENTITY_HASHTAG,
    ENTITY_MENTION,
    ENTITY_URL,
    ENTITY_CASHTAG,
    ENTITY_EMOJI,
    ENTITY_KINDS,
};

extern const char *const entity_names[ENTITY_KINDS]; /* "hashtags", "mentions"… */

struct entity {
    enum entity_kind kind;
    struct span text;    /* in the given text, as written, without # @ $; "user/list" for a list */
    uint32_t start, end; /* code points of the given text; the sign (# @ $) is within */
};

struct entities {
    const struct entity *at; /* in the text's order; they never overlap */
    size_t len;
};

/* `text` is well-formed UTF-8 of less than 4 GiB. The list is in mem. Time is linear in the text. */
struct entities entities_find(struct span text, struct arena *mem);
