#include "common/http_reply.h"
#include "tests/unit/test.h"

TEST(a_problem_is_a_document_of_rfc_9457)
{
    struct arena *mem = arena_new();
    struct http_reply reply;

    http_reply_problem(&reply, 404, SPAN("no tag \"レアアース\""), mem);
    CHECK(reply.status == 404);
    CHECK_SPAN(span_of(reply.type), SPAN("application/problem+json"));
    CHECK_SPAN(reply.body, SPAN("{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
                                "\"detail\":\"no tag \\\"レアアース\\\"\"}\n"));
    http_reply_problem(&reply, 418, SPAN(""), mem);
    CHECK(strstr(span_string(reply.body, mem), "\"title\":\"Error\""));
    arena_free(mem);
}

TEST(an_entity_tag_stands_for_its_bytes)
{
    struct arena *mem = arena_new();
    struct span one = http_etag(SPAN("a"), mem);

    CHECK(one.len == 18 && one.at[0] == '"' && one.at[17] == '"');
    CHECK(span_equal(one, http_etag(SPAN("a"), mem)) && !span_equal(one, http_etag(SPAN("b"), mem)));
    arena_free(mem);
}

TEST(headers_beyond_the_bound_are_left_out)
{
    struct http_reply reply;

    http_reply_text(&reply, 200, SPAN("ok"));
    for (int i = 0; i < HTTP_FIELDS + 2; i++)
        http_reply_field(&reply, "X", SPAN("y"));
    CHECK(reply.fields_len == HTTP_FIELDS);
}
