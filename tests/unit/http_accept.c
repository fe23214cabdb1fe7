#include "common/http_accept.h"
#include "tests/unit/test.h"

static const struct span languages[] = {{"ja", 2}, {"en", 2}};
static const struct span types[] = {{"application/json", 16}, {"text/html", 9}, {"text/csv", 8}};

static size_t language(const char *header)
{
    return http_language(span_of(header), languages, 2);
}

static size_t type(const char *header)
{
    return http_media_type(span_of(header), types, 3);
}

TEST(the_language_with_the_greatest_weight_is_taken)
{
    CHECK(language("en") == 1 && language("en-GB,en;q=0.9,ja;q=0.8") == 1 && language("en;q=0.5, JA-jp;q=0.7") == 0);
    CHECK(language("de, fr;q=0.9, en;q=0.1") == 1 && language("en, ja") == 1 && language("*;q=0.2, en;q=0.1") == 0);
}

TEST(without_a_wish_that_is_offered_the_first_language_is_taken)
{
    CHECK(language("") == 0 && language("de") == 0 && language("*") == 0 && language("en;q=0") == 0);
    CHECK(language("english") == 0 && language("en;q=2") == 0 && language("en;q=0.1x") == 0
          && language(",;,,;q=") == 0);
}

TEST(the_media_type_with_the_greatest_weight_is_taken)
{
    CHECK(type("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8") == 1);
    CHECK(type("*/*") == 0 && type("") == 0 && type("application/json") == 0 && type("image/png") == 0);
    CHECK(type("text/*") == 1 && type("text/*, text/html;q=0.1") == 2 && type("TEXT/CSV; charset=utf-8") == 2);
    CHECK(type("text/html;q=0, */*;q=0.1") == 0);
}

TEST(an_entity_tag_is_found_in_a_list)
{
    struct span etag = SPAN("\"a1\"");

    CHECK(http_has_etag(SPAN("\"a1\""), etag) && http_has_etag(SPAN("\"b\", W/\"a1\""), etag)
          && http_has_etag(SPAN("*"), etag));
    CHECK(!http_has_etag(SPAN("\"a\""), etag) && !http_has_etag(SPAN("a1"), etag) && !http_has_etag(SPAN(""), etag));
    CHECK(!http_has_etag(SPAN("*"), (struct span){0}));
}
