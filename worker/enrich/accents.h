/* accents: terms that are compared without accents (`accents: loose`): ELECTRICOS finds eléctricos, and eléctricos
 * ELECTRICOS.
 *
 * Such a term is in the one matcher without its accents. Where a text has accents and the rules such a term, the text
 * is looked through once more without them, and what is found only there joins the hits, at its place in the text as it
 * is. Time and memory are linear in the text: 5 bytes for each of its bytes. */
#pragma once

#include "worker/enrich/enrich.h"

/* The bit of a hit's term that says: found without accents alone. */
enum { LOOSE_SHIFT = 31 };

static inline bool hit_is_loose(const struct hit *hit)
{
    return hit->term >> LOOSE_SHIFT;
}

static inline uint32_t hit_term(const struct hit *hit)
{
    return hit->term & ~(UINT32_C(1) << LOOSE_SHIFT);
}

/* A folded text without accents; the text itself where it has none. */
struct span accents_off(struct span folded, struct arena *mem);

/* The hits of a folded text and those that it has only without accents, by their end. */
struct hits accents_find(const struct matcher *matcher, struct span folded, struct hits hits, struct arena *mem);
