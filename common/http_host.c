#include "common/http_host.h"
#include "common/address.h"

#include <strings.h>

enum { NAME_BYTES = 253 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool http_host_is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];

        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-' && c != '_' && c != '.')
            return false;
    }
    return name.len > 0 && name.len <= NAME_BYTES;
}

static struct span without_port(struct span host)
{
    size_t len = host.len;

    while (len && is_digit(host.at[len - 1]))
        len--;
    return (struct span){host.at, len && host.at[len - 1] == ':' ? len - 1 : host.len};
}

static bool is_address(struct span host)
{
    struct address unused;
    bool has_brackets = host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']';

    if (has_brackets)
        host = (struct span){host.at + 1, host.len - 2};
    return address_read(host, 0, &unused) && has_brackets == (unused.any.sa_family == AF_INET6);
}

static bool is_same_name(struct span a, struct span b)
{
    return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

bool http_host_is_served(struct span host, const struct span *names, size_t names_len)
{
    struct span name = without_port(host);

    if (is_address(name))
        return true;
    if (!http_host_is_name(name))
        return false;
    if (name.at[name.len - 1] == '.')
        name.len--; /* the root of all names may be written */
    bool is_served = is_same_name(name, SPAN("localhost"));
    for (size_t i = 0; i < names_len && !is_served; i++)
        is_served = is_same_name(name, names[i]);
    return is_served;
}
