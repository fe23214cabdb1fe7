#include "common/address.h"
#include "tests/unit/test.h"

static struct address address(const char *digits)
{
    struct address it = {0}, copy;

    CHECK(address_read(span_of(digits), 80, &it));
    copy = address_of(&it.any);
    return copy;
}

static bool is_loopback(const char *digits)
{
    struct address it = address(digits);

    return address_is_loopback(&it);
}

static uint64_t host(const char *digits)
{
    struct address it = address(digits);

    return address_host(&it);
}

TEST(only_addresses_in_digits_are_read)
{
    struct address it;

    CHECK(address_read(SPAN("192.0.2.1"), 9464, &it) && it.any.sa_family == AF_INET && it.len == sizeof it.v4);
    CHECK(address_read(SPAN("2001:db8::1"), 0, &it) && it.any.sa_family == AF_INET6 && it.len == sizeof it.v6);
    CHECK(!address_read(SPAN("localhost"), 0, &it) && !address_read(SPAN("[::1]"), 0, &it));
    CHECK(!address_read(SPAN("127.1"), 0, &it) && !address_read(SPAN(""), 0, &it));
    CHECK(!address_read(SPAN("127.0.0.1\0x"), 0, &it));
    CHECK(!address_read(SPAN("1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"), 0, &it));
}

TEST(loopback_is_known_in_each_form)
{
    CHECK(is_loopback("127.0.0.1") && is_loopback("127.8.0.9") && is_loopback("::1")
          && is_loopback("::ffff:127.0.0.1"));
    CHECK(!is_loopback("10.0.0.1") && !is_loopback("::2") && !is_loopback("::ffff:10.0.0.1")
          && !is_loopback("0.0.0.0"));
}

TEST(one_host_is_one_address_or_one_64_of_ipv6)
{
    CHECK(host("192.0.2.1") != host("192.0.2.2"));
    CHECK(host("::ffff:192.0.2.1") == host("192.0.2.1"));
    CHECK(host("2001:db8:0:1::1") == host("2001:db8:0:1:ffff::2"));
    CHECK(host("2001:db8:0:1::1") != host("2001:db8:0:2::1"));
}
