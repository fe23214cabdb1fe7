/* trend_ask: how page, API and files ask the store: with what the rules say beside it. */
#pragma once

#include "worker/rules/ruleset.h"
#include "worker/trends/answer.h"
#include "worker/trends/store.h"

/* Who asks, and for labels in which language. */
struct trend_asker {
    struct trend_store *store;
    const struct ruleset *rules; /* their engagement.min_age and labels; NULL: neither */
    struct span lang;
};

/* The question's min_age_ms is that of the rules, and tags and segments have labels. The answer is in mem. False, kind
 * ERR_WORK: the store failed. */
bool trend_ask(const struct trend_asker *asker, const struct question *question, struct arena *mem,
               struct answer *answer, struct err *err);
