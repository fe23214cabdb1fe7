/* yaml_remedy: what a person may have meant where libyaml finds no YAML. Looks at the text alone. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

struct yaml_remedy {
    int line, col;     /* where the mistake is rather than where the parser noticed it; from 1 */
    struct span words; /* "; …"; empty: nothing to say */
};

/* line and col are the parser's, problem is its own sentence. What it gives is in mem. */
struct yaml_remedy yaml_remedy(struct span text, int line, int col, const char *problem, struct arena *mem);
