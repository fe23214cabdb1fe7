/* markup: what the pages are made of. Functions that give a span make HTML in mem, good between tags and in quoted
 * attributes unless they say otherwise. */
#pragma once

#include "common/decimal.h"
#include "worker/trends/page/page.h"
#include "worker/trends/page/words.h"

/* --- words and values --- */

/* The word in the page's language, with {1} to {4} as the parts given. */
#define PAGE_SAY(out, page, word, ...)                                                                                 \
    page_say((out), (page), WORD_##word, (const struct span[]){__VA_ARGS__},                                           \
             sizeof((const struct span[]){__VA_ARGS__}) / sizeof(struct span))
struct span page_word(const struct page_context *page, enum page_word word);
void page_say(struct buf *out, const struct page_context *page, enum page_word word, const struct span *parts,
              size_t len);
struct span page_saying(struct arena *mem, const struct page_context *page, enum page_word word,
                        const struct span *parts, size_t len);

struct span page_text(struct span text, struct arena *mem);       /* escaped */
struct span page_name(struct span text, struct arena *mem);       /* escaped, isolated by <bdi>: not for attributes */
struct span page_plain(struct span text, struct arena *mem);      /* escaped, isolated by characters */
struct span page_count(int64_t count, struct arena *mem);         /* 1,234 */
struct span page_figure(int128 decimal, struct arena *mem);       /* a decimal with one place */
struct span page_percent(int64_t thousandths, struct arena *mem); /* 12.3%, – where it is -1 */
struct span page_duration(const struct page_context *page, int64_t ms, struct arena *mem);
struct span page_instant(int64_t ms, struct arena *mem);                                 /* RFC 3339, UTC */
struct span page_moment(const struct page_context *page, int64_t ms, struct arena *mem); /* with its date, no markup */
struct span page_clock(const struct page_context *page, int64_t ms, struct arena *mem);  /* without its year */
struct span page_time(const struct page_context *page, int64_t ms, struct arena *mem); /* <time>: not for attributes */

struct span page_sentiment(const struct page_context *page, int sentiment); /* the word for an enum row_sentiment */

/* "12 posts": a number and its unit in their classes; `one` is the unit of 1. */
void page_unit(struct buf *out, const struct page_context *page, int64_t count, enum page_word one,
               enum page_word many);

struct span page_segment_name(const struct page_context *page, const struct segment_share *segment,
                              struct arena *mem); /* isolated */

/* --- links --- */

/* The address of a page that answers the question, escaped; empty where this kind of page has no such link. `at` of the
 * question is written where it is known. Of TO_JSON and TO_CSV the question's kind says what is linked. */
struct span page_link(const struct page_context *page, enum page_target target, const struct question *question,
                      struct arena *mem);

/* The same page in another language. */
struct span page_language_link(const struct page_context *page, enum page_language language, enum page_target self,
                               struct arena *mem);

/* The link of a site, where page_link and page_language_link are of PAGE_SITE. */
struct span site_link(const struct page_context *page, enum page_target target, const struct question *question,
                      struct arena *mem);
struct span site_language_link(const struct page_context *page, enum page_language language, enum page_target self,
                               struct arena *mem);

/* The question of the page, for links that differ in a member: without cursor, and with `at` only where it was asked.
 */
struct question page_again(const struct page_context *page);

/* <a class="…">, or the content alone where there is no link. */
void page_anchor(struct buf *out, struct span href, const char *attributes, struct span content);

/* --- the frame --- */

/* Up to the content of <main>: `title` has no markup, `self` says which page it is. */
void page_begin(struct buf *out, const struct page_context *page, struct span title, enum page_target self);
void page_end(struct buf *out, const struct page_context *page);

/* --- options: a row of links of which one is current --- */

void page_options_begin(struct buf *out, const struct page_context *page, enum page_word name);
void page_option(struct buf *out, struct span href, struct span content, bool is_current);
void page_options_end(struct buf *out);
void page_windows(struct buf *out, const struct page_context *page, enum page_target target);
void page_times(struct buf *out, const struct page_context *page, enum page_target target, int64_t at_ms);
/* What the answer is filtered by, each with a link that takes it away. */
void page_filters(struct buf *out, const struct page_context *page, enum page_target target);
