/* settings_remedy: what to write instead of a value that a form refuses. */
#pragma once

#include "common/settings.h"

/* "; write 4MiB" for 4MB, "; write [a]" where a list of one was meant; "" where there is nothing to say. Is in mem. */
struct span settings_remedy(const struct form *form, const struct node *node, struct arena *mem);

/* What to write instead of a key that the record does not have: a name that is near or means the same, else the names
 * that it has. Is in mem. */
struct span settings_key_remedy(const struct form *form, struct span written, struct arena *mem);
