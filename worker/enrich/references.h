/* references: the links, mentions and mail addresses within a text, in which no term is looked for.
 *
 * Links are entities of the text and any ASCII signs about :// (http://localhost/japan), and with one that ends in / =
 * & _ or - what goes on behind it in letters of another script (https://ja.wikipedia.org/wiki/日本), which entities
 * leave out. A mention or a mail address is a run of ASCII letters, digits and . _ % + - @ in which another sign
 * follows an @, with the name of a list behind it (@ann/makers). They are looked for when first asked about, once a
 * text. Time and memory are linear in the text. */
#pragma once

#include "common/origin.h"
#include "worker/enrich/enrich.h"

enum reference_kind { REFERENCE_NONE, REFERENCE_LINK, REFERENCE_ADDRESS };

struct reference_list {
    struct bytes *at; /* of the folded text, in its order; they do not overlap */
    size_t len;
};

/* What there is of them in a text. */
struct reference_lists {
    bool known;                   /* they were looked for */
    struct reference_list others; /* what is about :// */
    struct reference_list links;  /* entities that are not within those: without a scheme, or beyond ASCII */
    struct reference_list addresses;
    struct bytes extent; /* from where the first begins to where the last ends; its end is 0 where there is none */
};

struct references {
    struct span text, folded;
    const struct entities *places; /* of the text; NULL: not looked for yet */
    struct arena *mem;
    struct reference_lists *lists;
};

/* Of the text of a post, with its entities where the rules have them on; looked for once for all enrichers. Everything
 * given outlives it. */
struct references references_of_post(const struct reading *reading, const struct found *found, struct arena *mem);

/* Of another text and its folded form. */
struct references references_of(struct span text, struct span folded, struct arena *mem);

/* What the bytes [start, end) of the folded text are in: they overlap a link, or begin or end within a mention or an
 * address. */
enum reference_kind references_about(struct references *references, uint32_t start, uint32_t end);

/* The folded text with U+001F for each byte of a link, a mention or an address; the text itself if it has none. */
struct span references_hidden(struct references *references);
