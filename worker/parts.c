#include "worker/parts.h"

#define PRESET_LINE(part, name) &preset_##part,
#define ENRICHER_LINE(part)     &enrich_##part,
#define SHAPE_LINE(part, name)  &shape_##part,

const struct preset *const presets[PRESET_COUNT] = {PRESETS(PRESET_LINE)};
const struct enricher *const enrichers[ENRICHER_COUNT] = {ENRICHERS(ENRICHER_LINE)};
const struct shape *const shapes[SHAPE_COUNT] = {SHAPES(SHAPE_LINE)};
