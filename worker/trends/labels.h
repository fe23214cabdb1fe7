/* labels: what people read for tags and segments, from the rules. */
#pragma once

#include "worker/rules/ruleset.h"
#include "worker/trends/answer.h"

/* Puts labels into an answer: of tags in the language, or as they are written where the rules have none. */
void labels_set_tag(const struct ruleset *rules, struct span lang, struct trend *trend);
void labels_set_tags(const struct ruleset *rules, struct span lang, struct trend_list *list);
void labels_set_related(const struct ruleset *rules, struct span lang, struct related_list *list);

bool labels_have_tag(const struct ruleset *rules, struct span tag); /* the rules name it */
