/* page_site: the pages of trends as files for any static host. */
#pragma once

#include "worker/trends/page/page.h"

/* Writes index.html (and index-2.html… beyond PAGE_TAGS tags), about.html, and tags/NAME.html, .json and .csv of every
 * tag of the question, which is of ASK_TAGS; then removes what earlier runs wrote of tags that are gone, so that no
 * text of a hidden post stays. Each file is replaced as a whole. Memory: that of one page at a time. *tags: how many
 * there are. `page` says settings, rules and language. */
bool page_site_write(const char *folder, const struct page_context *page, struct trend_store *store,
                     const struct question *question, size_t *tags, struct err *err);
