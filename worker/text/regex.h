/* regexes: regular regexes over folded text, all of them in one pass. The one door to
 * Vectorscan, whose time is linear in the text. A build without it takes no expression. */
#pragma once

#include "common/arena.h"
#include "common/span.h"
#include "worker/text/matcher.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct regexes;

struct regexes *regex_new(void);
void regex_free(struct regexes *all); /* takes NULL */

/* Adds one and gives its number, counted from 0. -1 where Vectorscan cannot take it; *why says the
 * reason and is in mem. ASCII letters match in either case; \b, \w and \d know ASCII alone
 * (Vectorscan takes no \b with Unicode's classes), so that ree\b ends before Japanese. */
int64_t regex_add(struct regexes *all, struct span pattern, struct arena *mem, struct span *why);

/* Freezes them; after that regex_run may be called by any number of threads. */
void regex_compile(struct regexes *all);

struct regex_hits {
    const uint32_t *at; /* numbers of those that match somewhere, each once, the lowest first */
    size_t len;
};

struct regex_hits regex_run(struct regexes *all, struct span text, struct arena *mem);

/* Where one of them is in the text, of matches that start alike the longest. It is compiled anew,
 * so this is for people who ask, not for the line. Empty where Vectorscan cannot tell. */
struct hits regex_find(struct regexes *all, uint32_t number, struct span text, struct arena *mem);

const char *regex_library_version(void); /* "none" in a build without */
