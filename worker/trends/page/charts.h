/* charts: small SVG drawings in a page. Each has a text alternative; kinds of sentiment differ by pattern, not by
 * colour alone. Times and figures stand beside them as text. */
#pragma once

#include "worker/trends/page/page.h"

void chart_patterns(struct buf *out); /* once a page, before the first chart */

/* The four shares as one bar, and as a list with what each part means. Nothing where there are no posts. */
void chart_shares(struct buf *out, const struct page_context *page, const struct share sentiment[ROW_SENTIMENTS]);
void chart_legend(struct buf *out, const struct page_context *page, const struct share sentiment[ROW_SENTIMENTS]);

void chart_spark(struct buf *out, const struct page_context *page, const struct series *series); /* posts, as bars */

/* Posts of each step with their sentiment, the shares of each step, and the figures as a table. */
void chart_course(struct buf *out, const struct page_context *page, const struct series *series);

/* A count over time as steps: each value holds until the next one. `which` is an enum count; nothing where it was never
 * known. */
void chart_count(struct buf *out, const struct page_context *page, const struct observation *seen, size_t len,
                 enum count which, struct span name);

/* A bar of so many thousandths of the width. Decoration: the figure stands beside it. */
void chart_bar(struct buf *out, int64_t thousandths);
