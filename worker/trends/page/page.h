/* page: what people see of the trend store, as HTML without scripts. The writers are pure functions of an answer; only
 * page_answer asks a store.
 *
 * Bounds: a list shows at most PAGE_TAGS tags, a tag PAGE_POSTS posts, a post PAGE_SEEN observations. Texts are shown
 * whole up to PAGE_TEXT_BYTES each and until the page has PAGE_BYTES; those that follow are cut to PAGE_CUT_BYTES, and
 * say so. Time and memory are in proportion to the answer. */
#pragma once

#include "common/buf.h"
#include "common/err.h"
#include "worker/config.h"
#include "worker/rules/ruleset.h"
#include "worker/trends/answer.h"
#include "worker/trends/question.h"
#include "worker/trends/store.h"

enum {
    PAGE_TAGS = 50,
    PAGE_POSTS = 50,
    PAGE_SEEN = 200,
    PAGE_RELATED = 12,
    PAGE_NAMED_LANGUAGES = 4,
    PAGE_TEXT_BYTES = 32 * 1024,
    PAGE_BYTES = 2 << 20,
    PAGE_CUT_BYTES = 512,
};

enum page_language { PAGE_JA, PAGE_EN, PAGE_LANGUAGES };

/* How pages refer to each other. */
enum page_links {
    PAGE_SERVED, /* paths: /, /tags/{tag}, /posts/{network}/{id}, /about, and /api/v1/… for the data */
    PAGE_SITE,   /* names of files, each relative to the page's own: see site_link.c */
    PAGE_FILE,   /* not at all: one file by itself */
};

enum page_target { TO_LIST, TO_TAG, TO_POST, TO_ABOUT, TO_JSON, TO_CSV };

struct page_context {
    const struct trend_settings *settings;
    const struct ruleset *rules; /* for labels; NULL: names are shown */
    enum page_language language;
    enum page_links links;
    const struct question *question;  /* what was asked: links keep its window, order and filters */
    bool keeps_language;              /* `hl` was asked for: links keep it */
    bool is_past;                     /* `at` was asked for: links keep it, and do not follow the newest */
    size_t rank;                      /* of the tag, where it is known; 0: page_answer asks for it */
    size_t part;                      /* of a list in PAGE_SITE: which file, from 1 */
    enum page_language site_language; /* of PAGE_SITE: whose pages are at its root, the others in a folder each */
    bool is_below;                    /* of PAGE_SITE: the file is in a folder below its language's index */
};

/* The language of a page: what `hl` says, where it is one of pages; else what Accept-Language prefers; else the first
 * one of the settings that pages have; else English. */
enum page_language page_language(const struct trend_settings *settings, struct span hl, struct span accept_language);
struct span page_language_name(enum page_language language); /* "ja", for `lang` and Content-Language */

/* Content-Security-Policy of every page. */
extern const char page_csp[];

/* Posts of a language, and their part of all of the tag; an empty language: all others and unknown ones. */
struct language_share {
    struct span lang;
    struct share share;
};

/* All that is shown of a tag. */
struct tag_view {
    const struct trend *trend;
    size_t rank; /* its place in the list by posts; 0: not known */
    const struct series *series;
    const struct post_list *posts;
    const struct related_list *related; /* NULL: not asked */
    struct language_share languages[PAGE_NAMED_LANGUAGES + 1];
    size_t languages_len;
};

/* Each writes a whole document. `courses` has the course of each tag of the list, or is NULL. */
void page_list(struct buf *out, const struct page_context *page, const struct trend_list *list,
               const struct series *courses);
void page_tag(struct buf *out, const struct page_context *page, const struct tag_view *view);
void page_post(struct buf *out, const struct page_context *page, const struct post_history *history);
void page_about(struct buf *out, const struct page_context *page);

/* The document of an answer that is none, such as 404: its status and a sentence, empty where the status says all. */
void page_error(struct buf *out, const struct page_context *page, unsigned status, struct span sentence);

/* Asks all that the page of a question needs and writes it: ASK_TAGS the list, ASK_POSTS (or ASK_TAG) the page of a
 * tag, ASK_POST that of a post; page->question is not read. *is_found is false where neither the store nor the rules
 * know the tag or the post: nothing is written then. False, kind ERR_WORK: the store failed. What is asked is in mem of
 * *out. */
bool page_answer(struct buf *out, const struct page_context *page, struct trend_store *store,
                 const struct question *question, bool *is_found, struct err *err);

/* The languages of the settings that pages have, in the order of the settings; English where there is none. How many.
 */
size_t page_languages(const struct trend_settings *settings, enum page_language found[PAGE_LANGUAGES]);

/* The name of a tag's or a post's files in a site without extension: [a-z0-9-] as they are, other bytes as _XX; of a
 * long one its beginning and a hash. In mem. */
struct span page_file_name(struct span name, struct arena *mem);

/* The path of the file that a link of a site leads to, from the root of the page's language, or of the site for data;
 * of TO_LIST it is the page's own part. */
struct span page_site_path(const struct page_context *page, enum page_target target, const struct question *question,
                           struct arena *mem);
