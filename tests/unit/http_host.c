#include "common/http_host.h"
#include "tests/unit/test.h"

static const struct span names[] = {{"worker-1", 8}, {"trends.example.com", 18}};

static bool is_served(const char *host)
{
    return http_host_is_served(span_of(host), names, sizeof names / sizeof *names);
}

TEST(localhost_and_addresses_are_always_served)
{
    CHECK(is_served("localhost") && is_served("LocalHost:9464") && is_served("127.0.0.1:9464"));
    CHECK(is_served("10.1.2.3") && is_served("[::1]:9464") && is_served("[2001:db8::7]"));
}

TEST(listed_names_are_served_with_any_port_and_case)
{
    CHECK(is_served("worker-1:9464") && is_served("Trends.Example.COM") && is_served("trends.example.com.:80"));
}

TEST(other_names_are_not_served)
{
    CHECK(!is_served("evil.example") && !is_served("localhost.evil.example") && !is_served("127.0.0.1.evil.example"));
    CHECK(!is_served("worker-2:9464") && !is_served("xworker-1") && !is_served("worker-1x"));
}

TEST(what_is_no_host_is_not_served)
{
    CHECK(!is_served("") && !is_served(":80") && !is_served(".") && !is_served("a b") && !is_served("localhost/"));
    CHECK(!is_served("user@localhost") && !is_served("[::1") && !is_served("::1") && !is_served("[127.0.0.1]"));
    CHECK(!is_served("localhost:80:80") && !is_served("http://localhost"));
}

TEST(names_are_listed_without_ports_and_schemes)
{
    CHECK(http_host_is_name(SPAN("worker-1")) && http_host_is_name(SPAN("a_b.example.com")));
    CHECK(!http_host_is_name(SPAN("worker-1:80")) && !http_host_is_name(SPAN("http://x"))
          && !http_host_is_name(SPAN("")));
}
