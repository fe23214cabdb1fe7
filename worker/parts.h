/* parts: the tables that the line is put together from. A new preset, enricher or shape is one file
 * and one line here (and one in CMakeLists.txt). */
#pragma once

struct enricher;
struct preset;
struct shape;

/* clang-format off */
#define PRESETS(X) \
    X(canonical, "canonical") X(x_api_v2, "x-api-v2") X(mastodon, "mastodon") X(jetstream, "jetstream") X(mapping, "mapping")
/* clang-format on */
#define ENRICHERS(X) X(language) X(entities) X(tags) X(sentiment) X(engagement) X(segments)
#define SHAPES(X)    X(event, "event") X(facts, "facts") X(by_tag, "by-tag")

#define PART_COUNT(part, ...) +1
enum {
    PRESET_COUNT = PRESETS(PART_COUNT),
    ENRICHER_COUNT = ENRICHERS(PART_COUNT),
    SHAPE_COUNT = SHAPES(PART_COUNT),
};

#define ENRICHER_INDEX(part)    ENRICHER_##part,
#define SHAPE_INDEX(part, name) SHAPE_##part,
enum { ENRICHERS(ENRICHER_INDEX) };
enum { SHAPES(SHAPE_INDEX) };

#define PRESET_DECLARE(part, name) extern const struct preset preset_##part;
#define ENRICHER_DECLARE(part)     extern const struct enricher enrich_##part;
#define SHAPE_DECLARE(part, name)  extern const struct shape shape_##part;
PRESETS(PRESET_DECLARE)
ENRICHERS(ENRICHER_DECLARE)
SHAPES(SHAPE_DECLARE)

/* In the order of the lines above; enrichers work in this order too. */
extern const struct preset *const presets[PRESET_COUNT];
extern const struct enricher *const enrichers[ENRICHER_COUNT];
extern const struct shape *const shapes[SHAPE_COUNT];
