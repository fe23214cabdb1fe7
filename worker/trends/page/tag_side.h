/* tag_side: what stands beside the posts of a tag. */
#pragma once

#include "worker/trends/page/page.h"

/* Segments, languages and related tags as tables with bars, and the links to the data. */
void tag_side(struct buf *out, const struct page_context *page, const struct tag_view *view);
