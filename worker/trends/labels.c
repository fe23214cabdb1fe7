#include "worker/trends/labels.h"

void labels_set_tag(const struct ruleset *rules, struct span lang, struct trend *trend)
{
    trend->label = tag_label(rules->settings[ENRICHER_tags], trend->tag, lang);
    for (size_t i = 0; i < trend->segments_len; i++)
        trend->segments[i].label = segment_label(rules->settings[ENRICHER_segments], trend->segments[i].segment);
}

void labels_set_tags(const struct ruleset *rules, struct span lang, struct trend_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        labels_set_tag(rules, lang, &list->tags[i]);
}

void labels_set_related(const struct ruleset *rules, struct span lang, struct related_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        list->tags[i].label = tag_label(rules->settings[ENRICHER_tags], list->tags[i].tag, lang);
}

bool labels_have_tag(const struct ruleset *rules, struct span tag)
{
    struct spans names = tag_names(rules->settings[ENRICHER_tags]);

    for (size_t i = 0; i < names.len; i++)
        if (span_equal(names.at[i], tag))
            return true;
    return false;
}
