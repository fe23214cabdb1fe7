/* html: markup as the plain text that a reader sees, after the HTML Standard (whatwg.org) and what
 * Mastodon's pages do with it; and text as markup. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "common/span.h"

/* A link that is seen. */
struct html_link {
    struct span href, class, rel; /* of its tag; references are their characters */
    struct span text;             /* as it is shown, without blanks at its ends */
};

struct html_links {
    struct html_link *at; /* in the text's order */
    size_t len, cap;
};

/* The text of a piece of HTML, which is well-formed UTF-8. Paragraphs, lists, quotations and such
 * are separated by a blank line, other blocks and <br> begin a line; runs of white space are one blank,
 * but not in <pre>; a <span class="invisible"> is not seen, a <span class="ellipsis"> ends in "…";
 * tags, comments, scripts and styles are gone, character references are what they mean.
 * A p, div or span of class `unseen` is left out too, if one is named. Adds its links to *links, which may be NULL.
 * Never fails, whatever the markup; takes time and memory in proportion to it. The text and the links are in mem. */
struct span html_text(struct span html, struct span unseen, struct html_links *links, struct arena *mem);

/* The text with its character references as what they mean (by the rules for attributes), and nothing else changed; it
 * may be text itself. */
struct span html_references(struct span text, struct arena *mem);

/* Writes text so that it appears in a page as it is, between tags or in a quoted attribute: no byte of it is
 * markup. Control characters, which no page may hold, are U+FFFD; tab and line feed stay. */
void html_write(struct buf *out, struct span text);
