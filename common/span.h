/* span: bytes that belong to someone else. Never NUL-terminated, never freed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct arena;

struct span {
    const char *at;
    size_t len;
};

/* A list of them; it borrows too. */
struct spans {
    struct span *at;
    size_t len;
};

#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})

/* What "%.*s" takes for a span. */
#define SPAN_ARGS(s) (int)(s).len, (s).len ? (s).at : ""

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* A C string's bytes; NULL gives an empty span. */
static inline struct span span_of(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

bool span_starts(struct span text, struct span with);
struct span span_trim(struct span text);                    /* without ASCII blanks at both ends */
bool span_strip(struct span *text, struct span prefix);     /* takes the prefix off; false: it is not there */
struct span span_take(struct span *list, char end);         /* takes off what is before the next `end`, trimmed */
int span_compare(struct span a, struct span b);             /* by bytes; the shorter of two alike first */
int span_order(const void *left, const void *right);        /* the same for qsort, of what begins with a span */
struct span span_keep(struct span text, struct arena *mem); /* a copy that lives as long as mem */
char *span_string(struct span text, struct arena *mem);     /* the same as a C string */
struct span span_format(struct arena *mem, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
/* Unlike span_format it keeps NUL bytes. */
struct span span_joined(struct arena *mem, struct span a, struct span b, struct span c);
