/* uri: the path and query of a request's target (RFC 3986), read strictly. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>

enum { URI_PARAMS = 4, URI_PAIRS = 32 };

/* The bytes that are meant, in mem: %XX once, and + as a blank where plus_is_blank. False and *out untouched where an
 * escape is not whole, or what is meant is not UTF-8 or has a NUL. */
bool uri_decode(struct span text, bool plus_is_blank, struct arena *mem, struct span *out);

/* Writes bytes so that they are one segment of a path or one value of a query: all but the unreserved are %XX. */
void uri_encode(struct buf *out, struct span bytes);

/* The parameters of a query such as a=1&b=%E6%B5%B7, decoded, in their order; without "=" the value is empty. */
struct uri_pair {
    struct span name, value;
};

struct uri_query {
    struct uri_pair *at;
    size_t len;
};

/* False: a bad escape, a name twice, or more than URI_PAIRS. */
bool uri_query_read(struct span text, struct arena *mem, struct uri_query *out);

/* The value of the parameter; at NULL: it is not given. */
struct span uri_query_get(const struct uri_query *query, const char *name);

/* The first parameter whose name is not in names, which NULL ends; NULL: all are. */
const struct uri_pair *uri_query_unknown(const struct uri_query *query, const char *const *names);

/* Whether the path is as the pattern says: /api/tags/{tag} matches /api/tags/a%2Fb with the parameter a/b. Segments are
 * compared before they are decoded, so that an escaped slash is a byte of its segment; an empty segment is no
 * parameter. A parameter may have a suffix, such as {tag}.csv. A pattern has at most URI_PARAMS of them. URI_BAD: a
 * parameter is badly escaped. */
enum uri_match { URI_NO, URI_YES, URI_BAD };
enum uri_match uri_match(const char *pattern, struct span path, struct arena *mem, struct span *params);
