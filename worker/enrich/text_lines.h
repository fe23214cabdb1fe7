/* text_lines: a text file that rules name as `file:PATH`, one entry a line. */
#pragma once

#include "worker/enrich/enrich.h"

/* Warns where an entry is the path of a text file that is there and lacks its `file:`: it is looked for as it is. */
void text_lines_check_bare(struct loading *loading, const struct node *at);

/* The entries as scalars with their places, the first of them linked by `next`; NULL where there are none or the file
 * cannot be read, which is reported at `at`, the node that names it. Blanks at both ends go; so do empty lines and
 * comments, which run from a # that is followed by a blank or ends its line (so that #tag is an entry), at the start of
 * a line or behind a blank. The entries are part of the fingerprint. */
struct node *text_lines_read(struct loading *loading, const struct node *at, struct span path);
