/* enrich: what is found out about a post, by a table of enrichers that share one matcher.
 *
 * An enricher has a section in the rules files. `load` reads it and registers literals with the one
 * matcher; `apply` reads the post and its hits and writes what it found: no clock, no I/O, no
 * failure; same post, same rules, same bytes. An enricher includes no other project header but this
 * one and those of common/. */
#pragma once

#include "common/dict.h"
#include "common/hash.h"
#include "common/settings.h"
#include "worker/enrich/explanation.h"
#include "worker/enrich/found.h"
#include "worker/parts.h"
#include "worker/post.h"
#include "worker/text/entity.h"
#include "worker/text/matcher.h"
#include "worker/text/regex.h"

/* What apply reads. */
struct reading {
    const struct post *post;
    int64_t as_of_ms;   /* TIME_UNKNOWN where it is not known */
    bool has_text;      /* false for an update: nothing is known of its text */
    struct span folded; /* the text as the hits are in it */
    struct hits hits;
    const struct matcher *matcher; /* for other texts of the post than its text */
    struct regexes *patterns;
};

/* What load works with. */
struct loading {
    bool lacks_lists; /* `lists` could not be read, or a section is unknown: a list that is missing follows from that */
    struct arena *mem;     /* lives as long as the ruleset */
    struct arena *scratch; /* until a file is loaded */
    struct report *report;
    struct matcher_builder *terms;
    struct regexes *regexes;
    struct dict *aliases;     /* of struct named by its folded name; its value is a struct list of spans */
    size_t longest_alias;     /* bytes of the longest of these names */
    struct hash *fingerprint; /* takes what is loaded beside the rules files, such as a list */
    const struct node *words; /* the list of known words, as it is in the rules files; NULL: none */
    const struct node *lists; /* the map of named lists of terms; NULL: none */
    struct spans loose_files; /* rules files that say accents: loose */
    bool matched;             /* the rules ask for the terms that fired */
    bool with_entities;
};

struct enricher {
    struct field section; /* name, form, fallback and help; its offset is 0: the bound
                             value is first in the settings */
    size_t settings_size;
    /* section is NULL where the rules have none. Problems go to the report. */
    void (*load)(void *settings, const struct node *section, struct loading *loading);
    void (*apply)(const void *settings, const struct reading *reading, struct found *found, struct arena *mem);
    /* Says how what apply found came about; NULL: nothing to say. */
    void (*explain)(const void *settings, const struct reading *reading, const struct found *found,
                    struct findings *out);
};

/* The literal folded, without blanks at its ends, and its variants: each name in it that has aliases replaced by each
 * of them, in every combination, and each of its first three blanks by a line break too. None if it folds to nothing,
 * which is warned about, or has too many variants, which is an error. */
struct spans literal_twins(struct loading *loading, const struct node *at, struct span literal);

/* Whether a literal may be at text[start, end): neither edge cuts a word of a script that sets
 * blanks between words (Latin, Cyrillic, …). With `whole` the same holds for every script: what
 * comes before and after is of another class (レア is not a whole word of レアアース). */
/* Where a literal's edge may be within a word. */
enum open_edges { OPEN_START = 1, OPEN_END = 2 };

/* literal_stands for a term: an edge that is open may cut any word. Beyond that the start may be behind an Arabic
 * article with or without a conjunction or preposition (ال وال بال فال كال لل), and with `whole` the end before Korean
 * particles (지진이, 지진에서는). Looks at a few code points beside the edges alone. */
bool literal_fits(struct span text, size_t start, size_t end, bool whole, unsigned open);

bool literal_cuts(struct span text, size_t at); /* whether the place is within such a word; 0 < at < text.len */
bool literal_stands(struct span text, size_t start, size_t end, bool whole);

extern const struct form lexicon_form; /* of a lexicon in YAML */

/* Languages are compared as posts have them: primary subtags in lower case. Others are reported. */
void check_langs(const struct node *list, struct report *report); /* NULL: none */

/* What the rules name, for checks and for people. settings are the enricher's own. A label
 * is the name itself where there is none: "40代/男性" for 40s/male, "レアアース" for rare-earth. */
struct spans tag_names(const void *tags);                           /* in the order of the rules */
struct spans tier_names(const void *engagement, struct arena *mem); /* the highest first */
int64_t engagement_min_age_ms(const void *engagement);              /* per_hour divides by at least this age */
bool sentiment_is_given(const void *sentiment);                     /* of any language */
struct span segment_label(const void *segments, struct span segment);
struct span tag_label(const void *tags, struct span tag, struct span lang);
