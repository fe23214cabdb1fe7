#include "worker/route/when.h"
#include "common/dict.h"
#include "worker/route/shape.h"
#include "worker/rules/ruleset.h"

#define UNSET "-1" /* no figure and no count is ever negative */

static const char *const kind_choices[] = {"update", "repost", "quote", "reply", "post", NULL};
static const struct form kind_form = {.kind = FORM_CHOICE, .choices = kind_choices};
static const struct form kinds_form = {.kind = FORM_LIST, .of = &kind_form};

_Static_assert(sizeof kind_choices / sizeof *kind_choices == KINDS + 1, "a choice for each kind, in their order");

static const char *const sentiment_choices[] = {"positive", "neutral", "negative", NULL};
static const struct form sentiment_form = {.kind = FORM_CHOICE, .choices = sentiment_choices};
static const struct form sentiments_form = {.kind = FORM_LIST, .of = &sentiment_form};

_Static_assert(sizeof sentiment_choices / sizeof *sentiment_choices == SENTIMENTS + 1,
               "a choice for each label, in their order");

static const char *const flags[] = {"any", "false", "true", NULL};
static const struct form flag_form = {.kind = FORM_CHOICE, .choices = flags};

/* Posts for some people alone: they leave on a route only if it asks for them. Mastodon's names, Pleroma's and
 * Misskey's. */
static const char *const narrow[] = {"direct", "private", "list", "limited", "followers", "specified"};

static const struct field tags_fields[] = {
    {"any", &form_texts, offsetof(struct when_tags, any), NULL, "The post has one of these tags."},
    {"all", &form_texts, offsetof(struct when_tags, all), NULL, "The post has all of these tags."},
    {"none", &form_texts, offsetof(struct when_tags, none), NULL, "The post has none of these tags."},
    {0},
};

#define BOUND(i, name)         {name, &form_decimal, offsetof(struct bounds, of[i]), UNSET, "`" name "`, where it is known."},
#define FIGURE_BOUND(id, name) BOUND(FIGURE_##id, name)
#define COUNT_BOUND(id, name)  BOUND(FIGURES + COUNT_##id, name)
static const struct field bounds_fields[] = {FIGURES_LIST(FIGURE_BOUND) COUNTS_LIST(COUNT_BOUND){0}};

static const struct form tags_form = {FORM_RECORD, .fields = tags_fields, .size = sizeof(struct when_tags)};
static const struct form bounds_form = {FORM_RECORD, .fields = bounds_fields, .size = sizeof(struct bounds)};

static const struct field fields[] = {
    {"tags", &tags_form, offsetof(struct when, tags), NULL, "Conditions on the post's tags."},
    {"lang", &form_texts, offsetof(struct when, lang), NULL, "Its language is one of these."},
    {"network", &form_texts, offsetof(struct when, network), NULL, "Its network is one of these; holds for hides too."},
    {"kind", &kinds_form, offsetof(struct when, kind), NULL, "Its kind is one of these."},
    {"sentiment", &sentiments_form, offsetof(struct when, sentiment), NULL, "Its sentiment is one of these."},
    {"tier", &form_texts, offsetof(struct when, tier), NULL, "Its tier is one of these."},
    {"visibility", &form_texts, offsetof(struct when, visibility), NULL,
     "Its visibility is one of these, as its network names it: public, unlisted, … Posts that are `direct`, `private`, "
     "`list`, `limited`, "
     "`followers` or `specified` go only where a route names that, so without this too they stay out."},
    {"sensitive", &flag_form, offsetof(struct when, sensitive), "any",
     "`true`: it is marked as sensitive; `false`: it is not, as far as is known."},
    {"bot", &flag_form, offsetof(struct when, bot), "any",
     "`true`: its author is marked as a bot; `false`: is not, as far as is known."},
    {"at_least", &bounds_form, offsetof(struct when, at_least), NULL, "Figures and counts that reach these values."},
    {"below", &bounds_form, offsetof(struct when, below), NULL, "Figures and counts below these values."},
    {0},
};

const struct form when_form = {.kind = FORM_RECORD, .fields = fields, .size = sizeof(struct when)};

static bool is_listed(const struct list *list, struct span name)
{
    for (size_t i = 0; i < list->len; i++)
        if (span_equal(((const struct span *)list->at)[i], name))
            return true;
    return false;
}

static bool fits(const struct list *list, struct span name)
{
    return !list->len || (name.len && is_listed(list, name));
}

static bool kind_fits(const struct list *list, enum kind kind)
{
    for (size_t i = 0; i < list->len; i++)
        if (((const int *)list->at)[i] == (int)kind)
            return true;
    return !list->len;
}

static bool sentiment_fits(const struct list *list, const struct found *found)
{
    for (size_t i = 0; found->has_sentiment && i < list->len; i++)
        if (((const int *)list->at)[i] == (int)found->sentiment.label)
            return true;
    return !list->len;
}

static size_t tags_listed(const struct list *list, const struct spans *tags)
{
    size_t count = 0;

    for (size_t i = 0; i < tags->len; i++)
        count += is_listed(list, tags->at[i]);
    return count;
}

/* The first name in the list that is none of the tags; NULL: all are. */
static const struct span *first_missing(const struct list *list, const struct spans *tags)
{
    const struct list held = {tags->at, tags->len};
    const struct span *names = list->at;

    for (size_t i = 0; i < list->len; i++)
        if (!is_listed(&held, names[i]))
            return &names[i];
    return NULL;
}

static bool tags_fit(const struct when_tags *when, const struct found *found)
{
    if (!when->any.len && !when->all.len && !when->none.len)
        return true;
    return found->has_tags && (!when->any.len || tags_listed(&when->any, &found->tags))
           && !first_missing(&when->all, &found->tags) && !tags_listed(&when->none, &found->tags);
}

static int128 value_of(const struct event *event, int i)
{
    if (i < FIGURES)
        return event->found->figures[i];
    int64_t count = event->post->counts[i - FIGURES];
    return count == COUNT_UNKNOWN ? FIGURE_UNKNOWN : (int128)count * DECIMAL_ONE;
}

static bool is_narrow(struct span visibility)
{
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
        if (span_equal(visibility, span_of(narrow[i])))
            return true;
    return false;
}

static bool visibility_fits(const struct list *list, struct span visibility)
{
    return list->len ? fits(list, visibility) : !is_narrow(visibility);
}

static bool flag_fits(int flag, enum said said)
{
    return flag == FLAG_ANY || (flag == FLAG_YES) == (said == SAID_YES);
}

static bool bounds_fit(const struct when *when, const struct event *event)
{
    for (int i = 0; i < FIGURES + COUNTS; i++) {
        int128 value = value_of(event, i);

        if (when->at_least.of[i] >= 0 && value < when->at_least.of[i])
            return false;
        if (when->below.of[i] >= 0 && (value == FIGURE_UNKNOWN || value >= when->below.of[i]))
            return false;
    }
    return true;
}

bool when_matches(const struct when *when, const struct event *event)
{
    enum saying says = event->post->says;

    if (says != SAYS_HIDE && says != SAYS_UNHIDE && !visibility_fits(&when->visibility, event->post->visibility))
        return false;
    if (!when->node)
        return true;
    if (!fits(&when->network, event->message->input->network))
        return false;
    if (says == SAYS_HIDE || says == SAYS_UNHIDE)
        return true;
    /* An update may state a language, but what a route wants in one are posts. */
    return tags_fit(&when->tags, event->found) && (!when->lang.len || says == SAYS_POST)
           && fits(&when->lang, event->found->lang) && kind_fits(&when->kind, post_kind(event->post))
           && sentiment_fits(&when->sentiment, event->found) && flag_fits(when->sensitive, event->post->sensitive)
           && flag_fits(when->bot, event->post->bot) && fits(&when->tier, event->found->tier)
           && bounds_fit(when, event);
}

/* --- for people: the same conditions in the same order --- */

static struct span listed(const struct list *list, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (size_t i = 0; i < list->len; i++)
        buf_format(&out, "%s%.*s", i ? ", " : "", SPAN_ARGS(((const struct span *)list->at)[i]));
    return buf_span(&out);
}

/* "lang is ja; the route takes en, ko" */
static struct span wrong(const char *what, struct span is, struct span takes, struct arena *mem)
{
    if (!is.len)
        return span_format(mem, "%s is not known; the route takes %.*s", what, SPAN_ARGS(takes));
    return span_format(mem, "%s is %.*s; the route takes %.*s", what, SPAN_ARGS(is), SPAN_ARGS(takes));
}

static struct span wrong_tags(const struct when_tags *when, const struct found *found, struct arena *mem)
{
    if (!found->has_tags)
        return SPAN("it asks for tags, and there are none of an update or of rules without tags");
    if (when->any.len && !tags_listed(&when->any, &found->tags))
        return span_format(mem, "tags any: none of %.*s fired", SPAN_ARGS(listed(&when->any, mem)));
    const struct span *missing = first_missing(&when->all, &found->tags);
    if (missing)
        return span_format(mem, "tags all: %.*s did not fire", SPAN_ARGS(*missing));
    for (size_t i = 0; i < found->tags.len; i++)
        if (is_listed(&when->none, found->tags.at[i]))
            return span_format(mem, "tags none: %.*s fired", SPAN_ARGS(found->tags.at[i]));
    return SPAN("tags");
}

static struct span chosen(const struct list *list, const char *const *names, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (size_t i = 0; i < list->len; i++)
        buf_format(&out, "%s%s", i ? ", " : "", names[((const int *)list->at)[i]]);
    return buf_span(&out);
}

static struct span wrong_sentiment(const struct when *when, const struct found *found, struct arena *mem)
{
    struct span is = found->has_sentiment ? span_of(sentiment_names[found->sentiment.label]) : (struct span){0};

    return wrong("sentiment", is, chosen(&when->sentiment, sentiment_names, mem), mem);
}

static struct span decimal(int128 value, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_decimal(&out, value);
    return buf_span(&out);
}

static struct span wrong_bound(const struct when *when, const struct event *event, struct arena *mem)
{
    for (int i = 0; i < FIGURES + COUNTS; i++) {
        const char *name = i < FIGURES ? figure_names[i] : count_names[i - FIGURES];
        int128 value = value_of(event, i);
        int64_t least = when->at_least.of[i], below = when->below.of[i];

        if ((least >= 0 || below >= 0) && value == FIGURE_UNKNOWN)
            return span_format(mem, "%s: %s is not known", least >= 0 ? "at_least" : "below", name);
        if (least >= 0 && value < least)
            return span_format(mem, "at_least: %s is %.*s, not %.*s or more", name, SPAN_ARGS(decimal(value, mem)),
                               SPAN_ARGS(decimal(least, mem)));
        if (below >= 0 && value >= below)
            return span_format(mem, "below: %s is %.*s, not below %.*s", name, SPAN_ARGS(decimal(value, mem)),
                               SPAN_ARGS(decimal(below, mem)));
    }
    return SPAN("figures");
}

struct span when_explain(const struct when *when, const struct event *event, struct arena *mem)
{
    const struct post *post = event->post;
    const struct found *found = event->found;

    if (when_matches(when, event))
        return (struct span){0};
    if (!visibility_fits(&when->visibility, post->visibility) && !when->visibility.len)
        return span_format(mem, "visibility is %.*s; only a route that names it takes such posts",
                           SPAN_ARGS(post->visibility));
    if (!visibility_fits(&when->visibility, post->visibility))
        return wrong("visibility", post->visibility, listed(&when->visibility, mem), mem);
    if (!fits(&when->network, event->message->input->network))
        return wrong("network", event->message->input->network, listed(&when->network, mem), mem);
    if (!tags_fit(&when->tags, found))
        return wrong_tags(&when->tags, found, mem);
    if (when->lang.len && post->says != SAYS_POST)
        return SPAN("a condition on lang takes no update");
    if (!fits(&when->lang, found->lang))
        return wrong("lang", found->lang, listed(&when->lang, mem), mem);
    if (!kind_fits(&when->kind, post_kind(post)))
        return wrong("kind", span_of(kind_names[post_kind(post)]), chosen(&when->kind, kind_names, mem), mem);
    if (!sentiment_fits(&when->sentiment, found))
        return wrong_sentiment(when, found, mem);
    if (!fits(&when->tier, found->tier))
        return wrong("tier", found->tier.len ? found->tier : SPAN("none"), listed(&when->tier, mem), mem);
    if (!flag_fits(when->sensitive, post->sensitive))
        return span_format(mem, "the route takes sensitive: %s alone", flags[when->sensitive]);
    if (!flag_fits(when->bot, post->bot))
        return span_format(mem, "the route takes bot: %s alone", flags[when->bot]);
    return wrong_bound(when, event, mem);
}

/* --- names --- */

static void check_names(const struct node *list, const struct spans *known, const char *what, struct report *report)
{
    const char **names = arena_zero(report->mem, (known->len + 1) * sizeof *names);
    struct dict *by_name = dict_new(report->mem);

    for (size_t i = 0; i < known->len; i++) {
        names[i] = span_string(known->at[i], report->mem);
        dict_add(by_name, known->at[i], &known->at[i]);
    }
    for (const struct node *at = list && list->kind == NODE_LIST ? list->first : NULL; at; at = at->next)
        if (!dict_find(by_name, at->text))
            report_error(report, at, "no %s is named \"%.*s\"%.*s", what, SPAN_ARGS(at->text),
                         SPAN_ARGS(settings_hint(at->text, names, report->mem)));
}

/* No figure and no count is negative, so such a bound would let all through, or none. */
static void check_bounds(const struct node *bounds, struct report *report)
{
    for (const struct node *at = bounds && bounds->kind == NODE_MAP ? bounds->first : NULL; at; at = at->next)
        if (at->text.len && *at->text.at == '-')
            report_error(report, at, "no figure is below 0; leave this out");
}

static const char *bound_name(size_t i)
{
    return i < FIGURES ? figure_names[i] : count_names[i - FIGURES];
}

/* A figure that has to be below 0, or below what it has to be at least. */
static void check_ranges(const struct when *when, struct report *report)
{
    for (size_t i = 0; when->below.node && i < FIGURES + COUNTS; i++) {
        const struct node *at = node_get(when->below.node, span_of(bound_name(i)));
        int64_t most = when->below.of[i], least = when->at_least.node ? when->at_least.of[i] : -1;

        if (at && (most == 0 || (most > 0 && least >= most)))
            report_warning(report, at, "no post is taken: no %s is below this%s", bound_name(i),
                           most ? " and at least what at_least says" : "");
    }
}

/* What is unknown of an update. */
static void check_updates(const struct when *when, struct report *report)
{
    bool is_update = when->kind.len == 1 && *(const int *)when->kind.at == KIND_UPDATE;

    if (is_update && (when->tags.node || when->sentiment.len))
        report_warning(report, node_get(when->node, SPAN("kind")),
                       "no post is taken: an update of counts has no text, and so no tags and no sentiment");
}

/* Tags that are asked for and ruled out at once. */
static void check_contradiction(const struct when_tags *tags, struct report *report)
{
    const struct span *any = tags->any.at;
    bool any_left = !tags->any.len;

    for (const struct node *at = node_get(tags->node, SPAN("all")) ? node_get(tags->node, SPAN("all"))->first : NULL;
         at; at = at->next)
        if (is_listed(&tags->none, at->text))
            report_warning(report, at, "no post is taken: \"%.*s\" is in all and in none; take it out of one",
                           SPAN_ARGS(at->text));
    for (size_t i = 0; i < tags->any.len; i++)
        any_left |= !is_listed(&tags->none, any[i]);
    if (!any_left)
        report_warning(report, node_get(tags->node, SPAN("any")),
                       "no post is taken: every tag of any is in none; take one out of none");
}

void when_check(const struct when *when, const struct ruleset *rules, struct report *report)
{
    static const char *const groups[] = {"any", "all", "none"};

    if (!when->node)
        return;
    check_langs(node_get(when->node, SPAN("lang")), report);
    check_bounds(node_get(when->node, SPAN("at_least")), report);
    check_bounds(node_get(when->node, SPAN("below")), report);
    struct spans tags = tag_names(rules->settings[ENRICHER_tags]);
    for (size_t i = 0; when->tags.node && i < sizeof groups / sizeof *groups; i++)
        check_names(node_get(when->tags.node, span_of(groups[i])), &tags, "tag", report);
    check_ranges(when, report);
    check_updates(when, report);
    if (when->tags.node)
        check_contradiction(&when->tags, report);
    if (when->sentiment.len && !sentiment_is_given(rules->settings[ENRICHER_sentiment]))
        report_error(report, node_get(when->node, SPAN("sentiment")),
                     "the rules have no sentiment, so this matches no "
                     "post; give them a section with lexicons");
    struct spans tiers = tier_names(rules->settings[ENRICHER_engagement], report->mem);
    check_names(node_get(when->node, SPAN("tier")), &tiers, "tier", report);
}

void when_check_networks(const struct when *when, const struct spans *networks, struct report *report)
{
    const struct list known = {networks->at, networks->len};
    const char **names = arena_zero(report->mem, (networks->len + 1) * sizeof *names);
    const struct node *list = when->node ? node_get(when->node, SPAN("network")) : NULL;

    for (size_t i = 0; i < networks->len; i++)
        names[i] = span_string(networks->at[i], report->mem);
    for (const struct node *at = list && list->kind == NODE_LIST ? list->first : NULL; at; at = at->next)
        if (!is_listed(&known, at->text))
            report_warning(report, at, "no input has the network \"%.*s\"%.*s", SPAN_ARGS(at->text),
                           SPAN_ARGS(settings_hint(at->text, names, report->mem)));
}
