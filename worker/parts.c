#include "worker/parts.h"

#define PRESET_LINE(name) &preset_##name,
#define ENRICHER_LINE(name) &enrich_##name,
#define SHAPE_LINE(name) &shape_##name,

const struct preset *const presets[PRESET_COUNT] = {PRESETS(PRESET_LINE)};
const struct enricher *const enrichers[ENRICHER_COUNT] = {ENRICHERS(ENRICHER_LINE)};
const struct shape *const shapes[SHAPE_COUNT] = {SHAPES(SHAPE_LINE)};
