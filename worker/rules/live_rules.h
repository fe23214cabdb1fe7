/* live_rules: the rules at work, which may be swapped while lanes run. A lane takes them between two
 * batches; the old ones are freed when the last lane has let go of them. */
#pragma once

#include "worker/rules/ruleset.h"

struct live_rules;

/* The first rules stay the caller's and must outlive the box; those put in later are its own. */
struct live_rules *live_rules_new(const struct ruleset *rules);
void live_rules_free(struct live_rules *box); /* when no lane holds any */
void live_rules_put(struct live_rules *box, struct ruleset *rules);

/* Gives the rules at work in exchange for those that the caller holds (NULL at first). Cheap where
 * nothing was put in. NULL for the box: what is held stays. */
const struct ruleset *live_rules_swap(struct live_rules *box, const struct ruleset *held);

/* Gives back what is held. */
void live_rules_return(struct live_rules *box, const struct ruleset *held);
