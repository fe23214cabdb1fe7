/* figures: what several pages say of a trend or a post in the same words. */
#pragma once

#include "worker/trends/page/markup.h"

/* With its inputs in words: WORD_BURST_SHORT or WORD_BURST_INPUTS. */
void figures_burst(struct buf *out, const struct page_context *page, const struct burst *burst, enum page_word inputs);

/* The main segment in the words given (its name, share and base), or that it is not known. */
void figures_segment(struct buf *out, const struct page_context *page, const struct trend *trend, enum page_word word);

/* Links to the data of the question as of at_ms. */
void figures_data(struct buf *out, const struct page_context *page, int64_t at_ms);

/* A post: its figure, author, time, text as written, counts and links. is_own: it is the post that the page is about.
 */
void figures_post(struct buf *out, const struct page_context *page, const struct trend_post *post, bool is_own);

extern const enum page_word figures_counts[COUNTS]; /* the word of each count */
