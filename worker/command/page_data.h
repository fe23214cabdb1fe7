/* page_data: an answer of the trend store as JSON or CSV, and how files of answers are written. */
#pragma once

#include "worker/trends/trend_ask.h"

struct page_data {
    struct trend_asker asker; /* with rules */
    bool is_csv;
};

/* ASK_TAGS: the list. ASK_POSTS: {"trend":…,"posts":…} of the tag, or its posts as CSV. ASK_SERIES, ASK_POST: those.
 * False: err says that neither the store nor the rules know what is asked, or that the store failed. */
bool page_data_write(struct buf *out, const struct page_data *data, const struct question *question, struct err *err);

/* Writes a whole file beside the path and renames it: whoever reads sees the old file or the new one. */
bool page_file_write(const char *path, struct span bytes, struct err *err);
