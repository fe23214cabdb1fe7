/* language_tag: the language that a tag means. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stdbool.h>

/* BCP 47's preferred primary subtag in lower case (RFC 5646, the IANA registry; ISO 639-2 and 639-3 for codes of three
 * letters): "ja" for ja-JP, ja_JP and jpn, "id" for in, "zh" for cmn. Empty where the tag names no language: und, zxx,
 * mul, mis, private use, and X's qme, qst and such; and where it is no such tag, of which *is_bad is true. What it
 * gives is static, or is in mem. */
struct span language_tag_read(struct span tag, struct arena *mem, bool *is_bad);
