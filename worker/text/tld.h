/* tld: the names of top-level domains. */
#pragma once

#include "common/span.h"

#include <stddef.h>

/* The byte behind the longest top-level domain that starts at byte `at` of text, `at` itself where
 * none does: a name of the list in any case, or any xn-- name. A name is none if letters or digits
 * of ASCII go on behind it, or one of @ + - (then it is part of an address or of another word);
 * Japanese may follow directly. */
size_t tld_end(struct span text, size_t at);
