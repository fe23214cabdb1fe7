#include "worker/trends/labels.h"

static void set_tag(const struct ruleset *rules, struct span lang, struct trend *trend)
{
    trend->label = tag_label(rules->settings[ENRICHER_tags], trend->tag, lang);
    for (size_t i = 0; i < trend->segments_len; i++)
        trend->segments[i].label = segment_label(rules->settings[ENRICHER_segments], trend->segments[i].segment);
}

static void set_tags(const struct ruleset *rules, struct span lang, struct trend_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        set_tag(rules, lang, &list->tags[i]);
}

static void set_related(const struct ruleset *rules, struct span lang, struct related_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        list->tags[i].label = tag_label(rules->settings[ENRICHER_tags], list->tags[i].tag, lang);
}

void labels_set(const struct ruleset *rules, struct span lang, enum question_kind kind, struct answer *answer)
{
    if (kind == ASK_TAGS)
        set_tags(rules, lang, &answer->tags);
    if (kind == ASK_TAG)
        set_tag(rules, lang, &answer->tag);
    if (kind == ASK_RELATED)
        set_related(rules, lang, &answer->related);
}

bool labels_have_tag(const struct ruleset *rules, struct span tag)
{
    struct spans names = tag_names(rules->settings[ENRICHER_tags]);

    for (size_t i = 0; i < names.len; i++)
        if (span_equal(names.at[i], tag))
            return true;
    return false;
}
