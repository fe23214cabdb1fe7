#include "worker/enrich.h"

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

static struct span or_unknown(struct span half)
{
    return half.len ? half : SPAN("?");
}

static void apply(const void *settings, const struct reading *reading, struct found *found,
                  struct arena *mem)
{
    const struct author *author = &reading->post->author;

    (void)settings;
    if (author->age_band.len || author->gender.len)
        found->segment = span_format(mem, "%.*s/%.*s", SPAN_ARGS(or_unknown(author->age_band)),
                                     SPAN_ARGS(or_unknown(author->gender)));
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

const struct enricher enrich_segments = {
    .section = {"segments", &form, 0, NULL, "Age band and gender of the author, as given: 40s/male."},
    .settings_size = sizeof(struct settings),
    .apply = apply,
};
