#include "worker/trends/trend_ask.h"
#include "worker/trends/labels.h"

bool trend_ask(const struct trend_asker *asker, const struct question *question, struct arena *mem,
               struct answer *answer, struct err *err)
{
    struct question asked = *question;

    if (asker->rules)
        asked.min_age_ms = engagement_min_age_ms(asker->rules->settings[ENRICHER_engagement]);
    if (!asker->store->ops->ask(asker->store, &asked, mem, answer, err))
        return false;
    if (asker->rules)
        labels_set(asker->rules, asker->lang, question->kind, answer);
    return true;
}
