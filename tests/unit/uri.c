#include "common/uri.h"
#include "tests/unit/test.h"

static struct arena *mem;

static struct span decoded(const char *text)
{
    struct span out = SPAN("(bad)");

    mem = mem ? mem : arena_new();
    uri_decode(span_of(text), true, mem, &out);
    return out;
}

TEST(escapes_are_read_once)
{
    CHECK_SPAN(decoded("rare-earth"), SPAN("rare-earth"));
    CHECK_SPAN(decoded("%e6%B5%b7+1"), SPAN("海 1"));
    CHECK_SPAN(decoded("100%2525"), SPAN("100%25"));
    CHECK(decoded("").len == 0);
}

TEST(bad_escapes_are_refused)
{
    static const char *const bad[] = {"%",     "%4",  "a%",     "%zz",    "%4g",      "%00",
                                      "a%00b", "%ff", "%e6%b5", "%c0%af", "%ed%a0%80"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_SPAN(decoded(bad[i]), SPAN("(bad)"));
}

TEST(a_query_is_a_list_of_names_and_values)
{
    struct uri_query query;

    decoded("");
    CHECK(uri_query_read(SPAN("window=24h&tag=%23%E5%8D%97%E9%B3%A5%E5%B3%B6&&csv&a=b=c&"), mem, &query)
          && query.len == 4);
    CHECK_SPAN(uri_query_get(&query, "window"), SPAN("24h"));
    CHECK_SPAN(uri_query_get(&query, "tag"), SPAN("#南鳥島"));
    CHECK(uri_query_get(&query, "csv").at && uri_query_get(&query, "csv").len == 0);
    CHECK_SPAN(uri_query_get(&query, "a"), SPAN("b=c"));
    CHECK(!uri_query_get(&query, "at").at);
    CHECK(uri_query_read(SPAN(""), mem, &query) && query.len == 0);
}

TEST(a_query_that_says_two_things_is_refused)
{
    struct uri_query query;
    char many[URI_PAIRS * 4 + 8] = "";

    decoded("");
    CHECK(!uri_query_read(SPAN("at=1&at=2"), mem, &query) && !uri_query_read(SPAN("at=%"), mem, &query));
    for (int i = 0; i < URI_PAIRS; i++)
        memcpy(many + 4 * i, (char[]){'p', (char)('0' + i / 10), (char)('0' + i % 10), '&'}, 4);
    CHECK(uri_query_read(span_of(many), mem, &query) && query.len == URI_PAIRS);
    memcpy(many + (size_t)4 * URI_PAIRS, "x", 2);
    CHECK(!uri_query_read(span_of(many), mem, &query));
}

TEST(parameters_that_nobody_knows_are_found)
{
    static const char *const names[] = {"at", "window", NULL};
    struct uri_query query;

    decoded("");
    uri_query_read(SPAN("at=1&windwo=24h"), mem, &query);
    const struct uri_pair *unknown = uri_query_unknown(&query, names);
    CHECK(unknown);
    CHECK_SPAN(unknown->name, SPAN("windwo"));
    uri_query_read(SPAN("window=24h"), mem, &query);
    CHECK(!uri_query_unknown(&query, names));
}

static enum uri_match match(const char *pattern, const char *path, struct span *params)
{
    decoded("");
    return uri_match(pattern, span_of(path), mem, params);
}

TEST(paths_are_matched_segment_by_segment)
{
    struct span params[URI_PARAMS] = {0};

    CHECK(match("/api/v1/tags", "/api/v1/tags", params) == URI_YES && match("/", "/", params) == URI_YES);
    CHECK(match("/api/v1/tags/{tag}", "/api/v1/tags/rare-earth", params) == URI_YES);
    CHECK_SPAN(params[0], SPAN("rare-earth"));
    CHECK(match("/posts/{network}/{id}", "/posts/x/1996", params) == URI_YES);
    CHECK_SPAN(params[1], SPAN("1996"));
    CHECK(match("/tags/{tag}/posts", "/tags/a%2Fb+c/posts", params) == URI_YES);
    CHECK_SPAN(params[0], SPAN("a/b+c"));
    CHECK(match("/tags/{tag}.csv", "/tags/v1.2.csv", params) == URI_YES);
    CHECK_SPAN(params[0], SPAN("v1.2"));
    CHECK(match("/tags/{tag}", "/tags/%ff", params) == URI_BAD);
}

TEST(other_paths_do_not_match)
{
    struct span params[URI_PARAMS];

    CHECK(match("/tags/{tag}", "/tags/", params) == URI_NO && match("/tags/{tag}", "/tags", params) == URI_NO);
    CHECK(match("/tags/{tag}", "/tags/a/b", params) == URI_NO && match("/tags", "/tags/", params) == URI_NO);
    CHECK(match("/tags/{tag}.csv", "/tags/.csv", params) == URI_NO
          && match("/tags/{tag}.csv", "/tags/a", params) == URI_NO);
    CHECK(match("/tags", "//tags", params) == URI_NO && match("/tags", "/Tags", params) == URI_NO);
    CHECK(match("/tags/{tag}/posts", "/tags/%ff/series", params) == URI_NO && match("/tags", "", params) == URI_NO);
}

TEST(what_is_encoded_decodes_to_the_same_bytes)
{
    mem = mem ? mem : arena_new();
    struct buf out = buf_in(mem);
    struct span back;

    uri_encode(&out, SPAN("a/b +%~ 海"));
    CHECK_SPAN(buf_span(&out), SPAN("a%2Fb%20%2B%25~%20%E6%B5%B7"));
    CHECK(uri_decode(buf_span(&out), true, mem, &back));
    CHECK_SPAN(back, SPAN("a/b +%~ 海"));
}
