/* labels: what people read for tags and segments, from the rules. */
#pragma once

#include "worker/rules/ruleset.h"
#include "worker/trends/answer.h"

/* Puts labels into the part of an answer that the question's kind says is filled: of tags in the language, or as they
 * are written where the rules have none. */
void labels_set(const struct ruleset *rules, struct span lang, enum question_kind kind, struct answer *answer);

bool labels_have_tag(const struct ruleset *rules, struct span tag); /* the rules name it */
