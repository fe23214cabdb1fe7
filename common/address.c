#include "common/address.h"

#include <arpa/inet.h>
#include <stdio.h>

bool address_read(struct span digits, int64_t port, struct address *out)
{
    char text[INET6_ADDRSTRLEN];
    in_port_t number = htons((uint16_t)port);
    struct address v4 = {.v4 = {.sin_family = AF_INET, .sin_port = number}, .len = sizeof v4.v4};
    struct address v6 = {.v6 = {.sin6_family = AF_INET6, .sin6_port = number}, .len = sizeof v6.v6};

    if (digits.len >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", SPAN_ARGS(digits));
    if (strlen(text) != digits.len) /* a NUL would hide what is behind it */
        return false;
    if (inet_pton(AF_INET, text, &v4.v4.sin_addr) == 1)
        *out = v4;
    else if (inet_pton(AF_INET6, text, &v6.v6.sin6_addr) == 1)
        *out = v6;
    else
        return false;
    return true;
}

static struct address mapped(const struct sockaddr_in6 *from)
{
    struct address it = {.v4 = {.sin_family = AF_INET, .sin_port = from->sin6_port}, .len = sizeof it.v4};

    memcpy(&it.v4.sin_addr, from->sin6_addr.s6_addr + 12, 4);
    return it;
}

struct address address_of(const struct sockaddr *from)
{
    struct address it = {.len = sizeof it.any};

    if (from->sa_family == AF_INET) {
        memcpy(&it.v4, from, sizeof it.v4);
        it.len = sizeof it.v4;
    } else if (from->sa_family == AF_INET6) {
        memcpy(&it.v6, from, sizeof it.v6);
        it.len = sizeof it.v6;
        if (IN6_IS_ADDR_V4MAPPED(&it.v6.sin6_addr))
            return mapped(&it.v6);
    }
    return it;
}

bool address_is_loopback(const struct address *it)
{
    if (it->any.sa_family == AF_INET)
        return ntohl(it->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return it->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&it->v6.sin6_addr);
}

uint64_t address_host(const struct address *it)
{
    uint64_t host = 0;

    if (it->any.sa_family == AF_INET)
        host = ntohl(it->v4.sin_addr.s_addr);
    else if (it->any.sa_family == AF_INET6)
        memcpy(&host, it->v6.sin6_addr.s6_addr, sizeof host);
    return host;
}
