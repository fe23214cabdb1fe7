/* match: every occurrence of many literals in one pass over a text.
 *
 * An Aho-Corasick automaton (Aho and Corasick, CACM 18, 1975) as a double array (Aoe, IEEE TSE 15,
 * 1989) over dense symbols: each code point that stands in a literal gets a number of its own, all
 * others share one that no literal has. Both the literals and the text are UTF-8 and folded
 * (common/fold.h); the matcher itself compares code points and knows nothing of words. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stdint.h>

/* One occurrence: literal number `term` is the bytes [start, end) of the text. */
struct hit {
    uint32_t term;
    uint32_t start, end;
};

struct hits {
    const struct hit *at;       /* by end; of those that end alike the longest first */
    size_t len;
};

/* Collects literals. */
struct match_builder;

struct match_builder *match_builder_new(void);
void match_builder_free(struct match_builder *builder);

/* Gives the literal's number, counted from 0 in the order of first appearance; the same literal
 * has the same number. `literal` is well-formed UTF-8 and not empty; it is copied. */
uint32_t match_add(struct match_builder *builder, struct span literal);

uint32_t match_count(const struct match_builder *builder);   /* literals so far */

/* The frozen automaton; may be read by any number of threads. The builder stays the caller's. */
struct matcher;

struct matcher *match_compile(const struct match_builder *builder);
void match_free(struct matcher *matcher);

struct span match_literal(const struct matcher *matcher, uint32_t term);

/* All occurrences in `text`, which is well-formed UTF-8 of less than 4 GiB. The hits lie in mem. */
struct hits match_run(const struct matcher *matcher, struct span text, struct arena *mem);
