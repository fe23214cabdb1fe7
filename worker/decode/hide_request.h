/* hide_request: a record that asks, in an input's own form, for a post to be hidden or shown again. */
#pragma once

#include "common/err.h"
#include "worker/decode/input.h"

/* Makes key and value (at == NULL: null) for the input, and reads them back as the worker will. False, kind ERR_CONFIG:
 * the id is none, or the input's form cannot say it, and err names what to do instead. What is made is in mem. */
bool hide_request_make(const struct input *input, const struct limits *limits, struct span id, bool hidden,
                       struct arena *mem, struct span *key, struct span *value, struct err *err);
