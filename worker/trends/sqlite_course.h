/* sqlite_course: figures for each step of a window. */
#pragma once

#include "worker/trends/sqlite_ask.h"

struct course {
    struct series *series;
    const struct tally_span *span;
    struct tally tally;
    size_t point; /* the one that posts are counted for */
};

/* Points without figures; the series is in the asking's memory. */
void course_begin(const struct asking *asking, struct span tag, struct series *series);

/* One of the window, posts by time; reposts in any order. Where two entries of one post may come, those of a tag named
 * twice, the caller gives one. */
void course_add(struct course *course, const struct entry *entry);
void course_end(struct course *course);
