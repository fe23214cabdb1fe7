/* split: the posts of a record that holds several: a JSON list, one a line, or a page of a network's API.
 *
 * The bytes are split by brackets and strings alone, so that a post that is no JSON spoils none of its neighbours. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stdbool.h>

/* A page: the members of an object that hold the posts, and what several of them share. */
struct page_form {
    const char *posts, *shared;
};

/* One of the posts, and what its page shares (at == NULL: nothing); both borrow from the record. */
struct split_post {
    struct span bytes, shared;
};

struct split {
    struct arena *mem;
    const struct page_form *page; /* NULL: there are none */
    size_t max;
    struct split_post *at;
    size_t len, cap; /* len is max + 1 where there are more */
};

/* Whether the bytes are in one of the forms: a list with an object in it, or an empty one. Linear. Lines are not looked
 * for in what one JSON text fills: the caller has not been able to read it as such. */
bool split_is_list(struct span bytes);
bool split_is_page(struct span bytes, const struct page_form *page);
bool split_is_lines(struct span bytes);

/* Adds the posts of bytes in one of these forms. Lines may hold lists and pages, and lists pages. */
void split_record(struct split *split, struct span bytes);
