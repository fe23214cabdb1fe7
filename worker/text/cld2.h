/* cld2: the language of a text by Compact Language Detector 2, built in where the library is there. */
#pragma once

#include "common/span.h"

#ifdef TRENDMILL_HAVE_CLD2

/* The language of which CLD2 is certain, by its own code ("en", "zh-Hant", "iw"); empty if of none. It reads the first
 * 4 KiB at most, so that a text costs no more than some 0.2 ms. What it gives is static. */
struct span cld2_detect(struct span text);

const char *cld2_library_version(void);

#else

static inline struct span cld2_detect(struct span text)
{
    (void)text;
    return (struct span){0};
}

static inline const char *cld2_library_version(void)
{
    return "none";
}

#endif
