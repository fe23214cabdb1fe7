/* origin: where in a text the bytes of its folded form come from. Slow, since it folds again and
 * again: for people who ask why, not for the line. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

struct origin;

struct bytes {
    size_t start, end;
};

/* `text` is well-formed UTF-8 and outlives the origin, which is in mem. */
struct origin *origin_new(struct span text, struct arena *mem);

/* The shortest bytes of the text, whole code points, whose folded form holds folded[start, end). */
struct bytes origin_of(const struct origin *origin, size_t start, size_t end);
