#include "worker/enrich/enrich.h"

struct weights {
    const struct node *node;
    int64_t of[COUNTS];
};

struct threshold {
    struct span name;
    int64_t at_least;
};

struct settings {
    const struct node *node;
    struct weights weights;
    int64_t min_age_ms;
    const struct node *tiers;
    int tier_by;                  /* enum figure, or FIGURES + enum count */
    struct threshold *thresholds; /* the greatest first */
    size_t thresholds_len;
};

#define WEIGHT(id, name)                                                                                               \
    {name, &form_decimal, offsetof(struct weights, of[COUNT_##id]), "0", "Weight of one of the " name "."},
static const struct field weight_fields[] = {COUNTS_LIST(WEIGHT){0}};

static const struct form weights_form = {
    .kind = FORM_RECORD,
    .also = (const char *const[]){"retweets", "reposts", "boosts", "reposts", "shares", "reposts", "favorites", "likes",
                                  "favourites", "likes", "favs", "likes", "comments", "replies", "impressions", "views",
                                  NULL},
    .fields = weight_fields,
    .size = sizeof(struct weights),
};
static const struct form age_form = {.kind = FORM_DURATION, .min = 1, .max = INT32_MAX};

#define FIGURE_OR_COUNT(id, name) name,
static const struct form by_form = {
    .kind = FORM_CHOICE,
    .choices = (const char *const[]){FIGURES_LIST(FIGURE_OR_COUNT) COUNTS_LIST(FIGURE_OR_COUNT) NULL},
};
static const struct field tier_fields[] = {
    {"by", &by_form, 0, "total", "The figure or count that tells the tiers apart."},
    {0},
};
static const struct form tier_map_form = {
    .kind = FORM_RECORD,
    .fields = tier_fields,
    .is_open = true,
    .of = &form_decimal,
    .says = "A tier, and the least value for it.",
};
static const struct form tiers_form = {
    .kind = FORM_NODE,
    .says = "a map: `by` names a figure or a count (default total), every other key is a tier with "
            "the least value for it",
    .either = (const struct form *const[]){&tier_map_form, NULL},
};

static const struct field fields[] = {
    {"weights", &weights_form, offsetof(struct settings, weights), NULL,
     "What each count weighs in `score`, which is given only where every count with a weight is known."},
    {"min_age", &age_form, offsetof(struct settings, min_age_ms), "1h", "`per_hour` divides by at least this age."},
    {"tiers", &tiers_form, offsetof(struct settings, tiers), NULL,
     "The tier is the highest whose least value is reached: {by: total, hot: 1000, warm: 100}."},
    {0},
};

static const struct form form = {.kind = FORM_RECORD, .fields = fields, .size = sizeof(struct settings)};

#define FIGURE_NAME(id, name) [FIGURE_##id] = name,
const char *const figure_names[FIGURES] = {FIGURES_LIST(FIGURE_NAME)};

static void load_tier(struct settings *settings, const struct node *tier, struct loading *loading)
{
    int64_t at_least;

    if (!settings_bind(&form_decimal, tier, &at_least, loading->mem, loading->report))
        return;
    if (at_least < 0)
        report_error(loading->report, tier, "a tier cannot start below 0; no figure does");
    size_t at = settings->thresholds_len++;
    for (; at && settings->thresholds[at - 1].at_least < at_least; at--)
        settings->thresholds[at] = settings->thresholds[at - 1];
    settings->thresholds[at] = (struct threshold){tier->name->text, at_least};
}

static void check_weights(const struct weights *weights, struct report *report)
{
    for (int i = 0; i < COUNTS; i++)
        if (weights->of[i] < 0)
            report_error(report, node_get(weights->node, span_of(count_names[i])),
                         "a weight cannot be negative; leave it out or write 0");
}

static bool has_weight(const struct weights *weights)
{
    for (int i = 0; i < COUNTS; i++)
        if (weights->of[i])
            return true;
    return false;
}

/* Where tiers go by score they say so. */
static void check_score(const struct settings *settings, struct report *report)
{
    if (settings->weights.node && !has_weight(&settings->weights)
        && (settings->tier_by != FIGURE_SCORE || !settings->thresholds_len))
        report_warning(report, settings->weights.node,
                       "no post ever has a score: no count has a weight; give one a weight, or leave weights out");
}

/* Tiers come from the highest down; the first of two alike takes every post. */
static void check_tiers(const struct settings *settings, struct report *report)
{
    const struct threshold *tiers = settings->thresholds;

    for (size_t i = 1; i < settings->thresholds_len; i++)
        if (tiers[i].at_least == tiers[i - 1].at_least)
            report_warning(report, node_get(settings->tiers, tiers[i].name),
                           "no post is ever \"%.*s\": \"%.*s\" starts at the same value; give one of them another",
                           SPAN_ARGS(tiers[i].name), SPAN_ARGS(tiers[i - 1].name));
    if (settings->tier_by == FIGURE_SCORE && settings->thresholds_len && !has_weight(&settings->weights))
        report_warning(
            report, settings->tiers,
            "no post ever has a tier: they go by score, and no count has a weight; give weights, or by: total");
}

static void load_engagement(void *into, const struct node *section, struct loading *loading)
{
    struct settings *settings = into;
    const struct node *tiers = settings->tiers;

    (void)section;
    check_weights(&settings->weights, loading->report);
    if (tiers && tiers->kind != NODE_MAP)
        report_error(loading->report, tiers, "expected a map of tiers, got %s", node_says(tiers));
    if (!tiers || tiers->kind != NODE_MAP) {
        check_score(settings, loading->report);
        return;
    }
    settings->thresholds = arena_take(loading->mem, tiers->len * sizeof *settings->thresholds);
    for (const struct node *tier = tiers->first; tier; tier = tier->next)
        if (span_equal(tier->name->text, SPAN("by")))
            settings_bind(&by_form, tier, &settings->tier_by, loading->mem, loading->report);
        else
            load_tier(settings, tier, loading);
    check_tiers(settings, loading->report);
    check_score(settings, loading->report);
}

/* Sum of the counts that are known, of those that people did; found->counted says which. */
static int64_t total(const struct post *post, struct found *found)
{
    int64_t sum = 0;

    for (int i = 0; i < COUNT_ENGAGING; i++)
        if (post->counts[i] != COUNT_UNKNOWN) {
            found->counted |= 1u << i;
            sum += post->counts[i];
        }
    return sum;
}

/* Sum of weights x counts; unknown if a count with a weight is, or if nothing has a weight. */
static int128 score(const struct weights *weights, const struct post *post)
{
    bool any = false;
    int128 sum = 0;

    for (int i = 0; i < COUNTS; i++) {
        if (!weights->of[i])
            continue;
        if (post->counts[i] == COUNT_UNKNOWN)
            return FIGURE_UNKNOWN;
        any = true;
        sum += (int128)weights->of[i] * post->counts[i];
    }
    return any ? sum : FIGURE_UNKNOWN;
}

static int128 ratio(int64_t numerator, int64_t divisor)
{
    return divisor > 0 ? decimal_ratio(numerator, divisor) : FIGURE_UNKNOWN;
}

static int128 amplification(const struct post *post)
{
    const int64_t *counts = post->counts;

    if (counts[COUNT_REPOSTS] == COUNT_UNKNOWN || counts[COUNT_QUOTES] == COUNT_UNKNOWN)
        return FIGURE_UNKNOWN;
    return ratio(counts[COUNT_REPOSTS] + counts[COUNT_QUOTES], post->author.followers);
}

static int128 per_hour(const struct settings *settings, const struct reading *reading, int64_t sum)
{
    int64_t created_ms = reading->post->created_ms;
    int128 age_ms = settings->min_age_ms;

    if (created_ms == TIME_UNKNOWN || reading->as_of_ms == TIME_UNKNOWN)
        return FIGURE_UNKNOWN;
    if ((int128)reading->as_of_ms - created_ms > age_ms)
        age_ms = (int128)reading->as_of_ms - created_ms;
    return decimal_ratio((int128)sum * TIME_HOUR_MS, age_ms);
}

static struct span tier(const struct settings *settings, const struct post *post, const struct found *found)
{
    int by = settings->tier_by;
    int128 value = by < FIGURES ? found->figures[by] : (int128)post->counts[by - FIGURES] * DECIMAL_ONE;

    for (size_t i = 0; i < settings->thresholds_len; i++)
        if (value >= settings->thresholds[i].at_least)
            return settings->thresholds[i].name;
    return (struct span){0};
}

/* Design: on a repost the figures that need the author or the time would mix two posts. */
static void apply_engagement(const void *from, const struct reading *reading, struct found *found, struct arena *mem)
{
    const struct settings *settings = from;
    const struct post *post = reading->post;
    int64_t sum = total(post, found);
    int128 *figures = found->figures;

    (void)mem;
    for (int i = 0; i < FIGURES; i++)
        figures[i] = FIGURE_UNKNOWN;
    figures[FIGURE_SCORE] = score(&settings->weights, post);
    if (found->counted) {
        figures[FIGURE_TOTAL] = (int128)sum * DECIMAL_ONE;
        figures[FIGURE_RATE_VIEWS] = ratio(sum, post->counts[COUNT_VIEWS]);
    }
    if (found->counted && !post->repost_of.len) {
        figures[FIGURE_RATE_FOLLOWERS] = ratio(sum, post->author.followers);
        figures[FIGURE_AMPLIFICATION] = amplification(post);
        figures[FIGURE_PER_HOUR] = per_hour(settings, reading, sum);
    }
    found->tier = tier(settings, post, found);
}

/* --- for people --- */

static struct span decimal(int128 value, struct arena *mem)
{
    struct buf out = buf_in(mem);

    if (value != FIGURE_UNKNOWN)
        buf_decimal(&out, value);
    return buf_span(&out);
}

static struct span say_total(const struct post *post, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (int i = 0; i < COUNT_ENGAGING; i++)
        if (post->counts[i] != COUNT_UNKNOWN)
            buf_format(&out, "%s%lld %s", out.len ? " + " : "", (long long)post->counts[i], count_names[i]);
    return out.len ? buf_span(&out) : SPAN("no count of what people did is known");
}

static struct span say_score(const struct weights *weights, const struct post *post, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (int i = 0; i < COUNTS; i++) {
        if (!weights->of[i])
            continue;
        if (post->counts[i] == COUNT_UNKNOWN)
            return span_format(mem, "%s is not known", count_names[i]);
        if (out.len)
            buf_put(&out, SPAN(" + "));
        if (weights->of[i] != DECIMAL_ONE)
            buf_format(&out, "%.*s × ", SPAN_ARGS(decimal(weights->of[i], mem)));
        buf_format(&out, "%lld %s", (long long)post->counts[i], count_names[i]);
    }
    return out.len ? buf_span(&out) : SPAN("no count has a weight");
}

static struct span say_unknown(const char *name, int64_t count, struct arena *mem)
{
    return span_format(mem, count == COUNT_UNKNOWN ? "%s is not known" : "%s is 0", name);
}

static struct span say_rate(int128 total_of, int64_t divisor, const char *name, struct arena *mem)
{
    if (divisor <= 0)
        return say_unknown(name, divisor, mem);
    return span_format(mem, "%.*s / %lld %s", SPAN_ARGS(decimal(total_of, mem)), (long long)divisor, name);
}

static struct span say_amplification(const struct post *post, struct arena *mem)
{
    const int64_t *counts = post->counts;

    for (int i = COUNT_REPOSTS; i <= COUNT_QUOTES; i++)
        if (counts[i] == COUNT_UNKNOWN)
            return say_unknown(count_names[i], counts[i], mem);
    if (post->author.followers <= 0)
        return say_unknown("followers", post->author.followers, mem);
    return span_format(mem, "(%lld reposts + %lld quotes) / %lld followers", (long long)counts[COUNT_REPOSTS],
                       (long long)counts[COUNT_QUOTES], (long long)post->author.followers);
}

static struct span hours(int128 ms, struct arena *mem)
{
    return decimal(decimal_ratio(ms < 0 ? 0 : ms, TIME_HOUR_MS), mem);
}

static struct span say_per_hour(const struct settings *settings, const struct reading *reading, int128 sum,
                                struct arena *mem)
{
    int64_t created_ms = reading->post->created_ms;

    if (created_ms == TIME_UNKNOWN)
        return SPAN("created_at is not known");
    if (reading->as_of_ms == TIME_UNKNOWN)
        return SPAN("observed_at is not known, nor a record's timestamp");
    int128 age_ms = (int128)reading->as_of_ms - created_ms;
    if (age_ms >= settings->min_age_ms)
        return span_format(mem, "%.*s / %.*s h", SPAN_ARGS(decimal(sum, mem)), SPAN_ARGS(hours(age_ms, mem)));
    return span_format(mem, "%.*s / %.*s h (min_age; it is %.*s h old)", SPAN_ARGS(decimal(sum, mem)),
                       SPAN_ARGS(hours(settings->min_age_ms, mem)), SPAN_ARGS(hours(age_ms, mem)));
}

static struct span say_figure(const struct settings *settings, const struct reading *reading, const struct found *found,
                              int figure, struct arena *mem)
{
    const struct post *post = reading->post;
    int128 sum = found->figures[FIGURE_TOTAL];
    bool mixes = post->repost_of.len && figure >= FIGURE_RATE_FOLLOWERS;

    if (figure == FIGURE_TOTAL)
        return say_total(post, mem);
    if (figure == FIGURE_SCORE)
        return say_score(&settings->weights, post, mem);
    if (mixes)
        return SPAN("a repost's counts are those of another author's post");
    if (!found->counted)
        return SPAN("total is not known");
    if (figure == FIGURE_RATE_VIEWS)
        return say_rate(sum, post->counts[COUNT_VIEWS], "views", mem);
    if (figure == FIGURE_RATE_FOLLOWERS)
        return say_rate(sum, post->author.followers, "followers", mem);
    if (figure == FIGURE_AMPLIFICATION)
        return say_amplification(post, mem);
    return say_per_hour(settings, reading, sum, mem);
}

/* "total 255 reaches 100; hot from 1000" */
static struct span say_tier(const struct settings *settings, const struct post *post, const struct found *found,
                            struct arena *mem)
{
    int by = settings->tier_by;
    const char *name = by < FIGURES ? figure_names[by] : count_names[by - FIGURES];
    int128 value = by < FIGURES ? found->figures[by] : (int128)post->counts[by - FIGURES] * DECIMAL_ONE;
    struct buf out = buf_in(mem);

    if (value < 0)
        return span_format(mem, "%s is not known", name);
    buf_format(&out, "%s %.*s", name, SPAN_ARGS(decimal(value, mem)));
    for (size_t i = settings->thresholds_len; i-- > 0;) {
        const struct threshold *threshold = &settings->thresholds[i];

        if (span_equal(threshold->name, found->tier))
            buf_format(&out, " reaches %.*s", SPAN_ARGS(decimal(threshold->at_least, mem)));
        else if (value < threshold->at_least)
            buf_format(&out, "; %.*s from %.*s", SPAN_ARGS(threshold->name),
                       SPAN_ARGS(decimal(threshold->at_least, mem)));
    }
    return buf_span(&out);
}

static void explain_engagement(const void *from, const struct reading *reading, const struct found *found,
                               struct findings *out)
{
    const struct settings *settings = from;

    for (int i = 0; i < FIGURES; i++)
        findings_add(out, (struct finding){
                              .name = span_of(figure_names[i]),
                              .value = decimal(found->figures[i], out->mem),
                              .how = say_figure(settings, reading, found, i, out->mem),
                              .is_formula = true,
                          });
    if (settings->thresholds_len)
        findings_add(out, (struct finding){
                              .name = SPAN("tier"),
                              .value = found->tier,
                              .how = say_tier(settings, reading->post, found, out->mem),
                          });
}

int64_t engagement_min_age_ms(const void *engagement)
{
    return ((const struct settings *)engagement)->min_age_ms;
}

struct spans tier_names(const void *engagement, struct arena *mem)
{
    const struct settings *settings = engagement;
    struct spans names = {arena_take(mem, settings->thresholds_len * sizeof *names.at), 0};

    for (size_t i = 0; i < settings->thresholds_len; i++)
        names.at[names.len++] = settings->thresholds[i].name;
    return names;
}

const struct enricher enrich_engagement = {
    .section = {"engagement", &form, 0, NULL, "Figures from the counts of a post."},
    .settings_size = sizeof(struct settings),
    .load = load_engagement,
    .apply = apply_engagement,
    .explain = explain_engagement,
};
