/* rules_box: the rules at work, which may be swapped while lanes run. A lane takes them between two
 * batches; the old ones are freed when the last lane has let go of them. */
#pragma once

#include "worker/rules/ruleset.h"

struct rules_box;

/* The first rules stay the caller's and must outlive the box; those put in later are its own. */
struct rules_box *rules_box_new(const struct ruleset *rules);
void rules_box_free(struct rules_box *box);                    /* when no lane holds any */
void rules_box_put(struct rules_box *box, struct ruleset *rules);

/* Gives the rules at work in exchange for those that the caller holds (NULL at first). Cheap where
 * nothing was put in. NULL for the box: what is held stays. */
const struct ruleset *rules_box_swap(struct rules_box *box, const struct ruleset *held);

/* Gives back what is held. */
void rules_box_return(struct rules_box *box, const struct ruleset *held);
