/* page_site: the pages of trends as files for any static host. */
#pragma once

#include "worker/trends/page/page.h"

/* Writes the list and about, a page of every tag of the question, which is of ASK_TAGS, and of every post that those
 * show, each with its data, in all languages of the settings: worker/trends/page/site_link.c names the files. Then
 * removes what earlier runs wrote of tags, posts and languages that are gone, so that no text of a hidden post stays.
 * Each file is replaced as a whole. Memory: that of one page at a time. *tags: how many there are. `page` says
 * settings, rules and the language of the root. */
bool page_site_write(const char *folder, const struct page_context *page, struct trend_store *store,
                     const struct question *question, size_t *tags, struct err *err);
