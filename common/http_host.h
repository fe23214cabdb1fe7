/* http_host: which names a request may give in its Host header.
 *
 * A web page can have its own name point at an address within the reader's network (DNS rebinding) and then read
 * what answers there; its requests carry that name. So a name is answered only if it is listed. An address in digits
 * cannot be pointed elsewhere and is always answered. */
#pragma once

#include "common/span.h"

#include <stdbool.h>

/* A name that can be listed: letters, digits, "-", "_" and ".", without a port. */
bool http_host_is_name(struct span name);

/* The Host header (name or address, with or without a port): it is localhost, an address in digits, or one of the
 * names, in whatever case. False for anything else and for what is no host at all. */
bool http_host_is_served(struct span host, const struct span *names, size_t names_len);
