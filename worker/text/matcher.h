/* match: every occurrence of many literals in one pass over a text.
 *
 * An Aho-Corasick automaton (Aho and Corasick, CACM 18, 1975) as a double array (Aoe, IEEE TSE 15,
 * 1989) over dense symbols: each code point that is in a literal gets a number of its own, all
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
    const struct hit *at; /* by end; of those that end alike the longest first */
    size_t len;
};

/* Collects literals. */
struct matcher_builder;

struct matcher_builder *matcher_builder_new(void);
void matcher_builder_free(struct matcher_builder *builder);

/* Gives the literal's number, counted from 0 in the order of first appearance; the same literal
 * has the same number. `literal` is well-formed UTF-8 and not empty; it is copied. */
uint32_t matcher_add(struct matcher_builder *builder, struct span literal);

uint32_t matcher_count(const struct matcher_builder *builder); /* literals so far */

/* The frozen automaton; may be read by any number of threads. The builder stays the caller's. */
struct matcher;

struct matcher *matcher_compile(const struct matcher_builder *builder);
void matcher_free(struct matcher *matcher);

struct span matcher_literal(const struct matcher *matcher, uint32_t term);

/* All occurrences in `text`, which is well-formed UTF-8 of less than 4 GiB. The hits are in mem. */
struct hits matcher_run(const struct matcher *matcher, struct span text, struct arena *mem);
