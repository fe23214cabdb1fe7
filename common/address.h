/* address: an IP address in digits with a port, for sockets. */
#pragma once

#include "common/span.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t len;
};

/* Reads IPv4 or IPv6 in digits, without brackets; port is 0 to 65535. False: it is neither. */
bool address_read(struct span digits, int64_t port, struct address *out);

/* A copy of an IPv4 or IPv6 socket address. An IPv4 address written as IPv6 (::ffff:192.0.2.1) becomes IPv4;
 * another family gives an address that is equal to no host's. */
struct address address_of(const struct sockaddr *from);

bool address_is_loopback(const struct address *it); /* 127.0.0.0/8, ::1 */

/* Equal for addresses that one host can have: of IPv6 the first 64 bits count, since a host usually has all
 * addresses behind them (RFC 6177). */
uint64_t address_host(const struct address *it);
