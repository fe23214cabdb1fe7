#include "worker/enrich/enrich.h"

#include <string.h>

struct settings {
    const struct node *node;
    struct list labels;
};

static const struct field fields[] = {
    {"labels", &form_text_map, offsetof(struct settings, labels), NULL,
     "What people read for a segment: {40s/male: 40代/男性}."},
    {0},
};

static const struct form form = {.kind = FORM_RECORD, .fields = fields, .size = sizeof(struct settings)};

/* "40s/male", "40s/?": two halves, not both unknown. */
static bool is_segment(struct span name)
{
    const char *slash = memchr(name.at, '/', name.len);

    return slash && slash > name.at && slash + 1 < name.at + name.len && !span_equal(name, SPAN("?/?"))
           && !memchr(slash + 1, '/', (size_t)(name.at + name.len - slash - 1));
}

/* 110s, 45s: a number with s behind it that is no decade of a life. */
static bool is_odd_decade(struct span band)
{
    enum { DECADES_END = 110 };
    int years = 0;

    if (band.len < 2 || band.at[band.len - 1] != 's')
        return false;
    for (size_t i = 0; i + 1 < band.len; i++) {
        if (band.at[i] < '0' || band.at[i] > '9')
            return false;
        years = years < DECADES_END ? years * 10 + (band.at[i] - '0') : years;
    }
    return years % 10 || years >= DECADES_END;
}

/* Inputs give male, female and 40s in lower case. */
static bool is_capitalized(struct span half)
{
    static const char *const known[] = {"male", "female"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!span_equal(half, span_of(known[i])) && half.len == strlen(known[i])
            && strncasecmp(half.at, known[i], half.len) == 0)
            return true;
    return false;
}

static void check_halves(const struct node *at, struct span name, struct loading *loading)
{
    const char *slash = memchr(name.at, '/', name.len);
    struct span band = {name.at, (size_t)(slash - name.at)}, gender = {slash + 1, name.len - band.len - 1};

    if (is_odd_decade(band))
        report_warning(loading->report, at, "\"%.*s\" is never a segment: age bands are 0s, 10s, 20s up to 100s",
                       SPAN_ARGS(name));
    if (is_capitalized(gender))
        report_warning(loading->report, at,
                       "\"%.*s\" is no segment of posts that say it in lower case; did you mean \"%.*s/%s\"?",
                       SPAN_ARGS(name), SPAN_ARGS(band), gender.len == 4 ? "male" : "female");
}

static void load_segments(void *into, const struct node *section, struct loading *loading)
{
    const struct settings *settings = into;
    const struct named *labels = settings->labels.at;

    (void)section;
    for (size_t i = 0; i < settings->labels.len; i++)
        if (is_segment(labels[i].name))
            check_halves(labels[i].node->name, labels[i].name, loading);
        else
            report_warning(
                loading->report, labels[i].node->name,
                "\"%.*s\" is never a segment; write age band and gender as the posts have them, such as 40s/male, or ? "
                "for the one that is not known",
                SPAN_ARGS(labels[i].name));
}

static struct span or_unknown(struct span half)
{
    return half.len ? half : SPAN("?");
}

static void apply_segments(const void *settings, const struct reading *reading, struct found *found, struct arena *mem)
{
    const struct author *author = &reading->post->author;

    (void)settings;
    if (author->age_band.len || author->gender.len)
        found->segment = span_joined(mem, or_unknown(author->age_band), SPAN("/"), or_unknown(author->gender));
}

struct span segment_label(const void *segments, struct span segment)
{
    const struct settings *settings = segments;
    const struct named *labels = settings->labels.at;

    for (size_t i = 0; i < settings->labels.len; i++)
        if (span_equal(labels[i].name, segment))
            return *(const struct span *)labels[i].value;
    return segment;
}

static void explain_segments(const void *settings, const struct reading *reading, const struct found *found,
                             struct findings *out)
{
    const struct author *author = &reading->post->author;
    struct span label = segment_label(settings, found->segment);
    struct finding account = {.name = SPAN("segment"), .value = found->segment};

    if (!found->segment.len)
        account.how = SPAN("neither age_band nor gender is known");
    else
        account.how = span_format(out->mem, "age_band %.*s, gender %.*s%s%.*s", SPAN_ARGS(or_unknown(author->age_band)),
                                  SPAN_ARGS(or_unknown(author->gender)),
                                  span_equal(label, found->segment) ? "" : "; people read ",
                                  SPAN_ARGS(span_equal(label, found->segment) ? SPAN("") : label));
    findings_add(out, account);
}

const struct enricher enrich_segments = {
    .section = {"segments", &form, 0, NULL, "Age band and gender of the author, as given: 40s/male."},
    .settings_size = sizeof(struct settings),
    .load = load_segments,
    .apply = apply_segments,
    .explain = explain_segments,
};
