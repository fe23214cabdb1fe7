/* parts: the tables that the line is put together from. A new preset, enricher or shape is one file
 * and one line here (and one in CMakeLists.txt). */
#pragma once

struct enricher;
struct preset;
struct shape;

#define PRESETS(X) X(canonical) X(x_api_v2) X(mastodon) X(jetstream) X(mapping)
#define ENRICHERS(X) X(language) X(entities) X(tags) X(sentiment) X(engagement) X(segments)
#define SHAPES(X) X(event) X(facts) X(by_tag)

#define PART_COUNT(name) +1
enum {
    PRESET_COUNT = PRESETS(PART_COUNT),
    ENRICHER_COUNT = ENRICHERS(PART_COUNT),
    SHAPE_COUNT = SHAPES(PART_COUNT),
};

#define ENRICHER_INDEX(name) ENRICHER_##name,
#define SHAPE_INDEX(name) SHAPE_##name,
enum { ENRICHERS(ENRICHER_INDEX) };
enum { SHAPES(SHAPE_INDEX) };

#define PRESET_DECLARE(name) extern const struct preset preset_##name;
#define ENRICHER_DECLARE(name) extern const struct enricher enrich_##name;
#define SHAPE_DECLARE(name) extern const struct shape shape_##name;
PRESETS(PRESET_DECLARE)
ENRICHERS(ENRICHER_DECLARE)
SHAPES(SHAPE_DECLARE)

/* In the order of the lines above; enrichers work in this order too. */
extern const struct preset *const presets[PRESET_COUNT];
extern const struct enricher *const enrichers[ENRICHER_COUNT];
extern const struct shape *const shapes[SHAPE_COUNT];
