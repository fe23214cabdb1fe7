/* ruleset: the rules files, loaded, checked and frozen; const after that, for any number of lanes. */
#pragma once

#include "common/report.h"
#include "worker/enrich/enrich.h"

/* Raised whenever the same rules would give other bytes than before. */
#define ENRICHMENT_VERSION "7"

struct ruleset {
    struct arena *mem;
    int64_t version;
    char fingerprint[17]; /* of rules, enrichment and Unicode: 16 hex digits */
    struct span name;     /* "7 6f1c…": version and fingerprint, for logs and headers */
    struct matcher *matcher;
    struct regexes *regexes;
    const void *settings[ENRICHER_COUNT];
};

/* Merges the files section by section; paths is a list of struct span. named is the YAML list that names the files, for
 * the place of one that cannot be read; NULL: its path is the place. Every problem goes to the report; NULL if there is
 * an error in them. Where a file cannot be read nothing else is checked, since all else would follow from that. Free
 * with ruleset_free, which takes NULL. */
struct ruleset *ruleset_load(const struct list *paths, const struct node *named, struct report *report);
void ruleset_free(struct ruleset *rules);

/* What the rules do to a post, in this order: its text folded and looked through, and what the enrichers make of that.
 */
enum { STEP_FOLD, STEP_MATCH, STEP_ENRICH, STEPS = STEP_ENRICH + ENRICHER_COUNT };

/* A post before the first step. */
struct reading ruleset_begin(const struct ruleset *rules, const struct post *post, int64_t as_of_ms);

/* One step; found is zeroed before the first one. What it finds is in mem and borrows from the post and the rules. */
void ruleset_step(const struct ruleset *rules, int step, struct reading *reading, struct found *found,
                  struct arena *mem);

/* All of them for one post. */
struct reading ruleset_apply(const struct ruleset *rules, const struct post *post, int64_t as_of_ms,
                             struct found *found, struct arena *mem);

/* The form of a rules file, for the reference; it is in mem. */
const struct form *ruleset_form(struct arena *mem);
