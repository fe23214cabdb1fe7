/* tag_check: rules that can never hold, since they ask for something and rule it out. */
#pragma once

#include "worker/enrich/tag_rules.h"

/* Warns of each tag whose conditions contradict each other: languages or authors that exclude each other, a tag (or one
 * that implies it) or a term that is in `none` as well. Rules are loaded as a whole. Time and memory are linear in them
 * but for languages and lists of authors, of which a tag's first 16 are compared. Takes its memory in scratch. */
void tag_rules_check(const struct tag_rules *rules, struct loading *loading);
