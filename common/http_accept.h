/* http_accept: what a client says that it prefers (RFC 9110, 12) and has already (13). */
#pragma once

#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>

/* Which of the offered languages ("ja", "en") an Accept-Language header prefers: the one with the greatest q; of equal
 * ones the one that the client names first. A tag matches by its primary subtag, "ja-JP" the offer "ja"; "*" matches
 * any. The first offer where the header is empty, unreadable or wants none of them. */
size_t http_language(struct span accept_language, const struct span *offers, size_t offers_len);

/* Which of the offered media types ("text/html") an Accept header prefers: the greatest q, of equal ones the earlier
 * offer. The most specific range that matches an offer gives its q. The first offer where the header is empty or wants
 * none. */
size_t http_media_type(struct span accept, const struct span *offers, size_t offers_len);

/* Whether an If-None-Match header has the entity tag ("…", with its quotes), compared weakly; "*" has any. */
bool http_has_etag(struct span if_none_match, struct span etag);
