#include "common/dict.h"
#include "common/buf.h"
#include "tests/unit/test.h"

TEST(a_name_has_the_value_that_was_added_first)
{
    struct arena *mem = arena_new();
    struct dict *dict = dict_new(mem);
    int one = 1, two = 2;

    CHECK(!dict_find(dict, SPAN("日本")));
    CHECK(!dict_add(dict, SPAN("日本"), &one));
    CHECK(dict_add(dict, SPAN("日本"), &two) == &one);
    CHECK(dict_find(dict, SPAN("日本")) == &one);
    CHECK(!dict_find(dict, SPAN("日")) && !dict_find(dict, SPAN("")));
    CHECK(!dict_add(dict, SPAN(""), &two) && dict_find(dict, SPAN("")) == &two);
    arena_free(mem);
}

TEST(many_names_are_all_found)
{
    enum { MANY = 10000 };
    static int values[MANY];
    struct arena *mem = arena_new();
    struct dict *dict = dict_new(mem);

    for (int i = 0; i < MANY; i++)
        CHECK(!dict_add(dict, span_format(mem, "tag-%d", i), &values[i]));
    for (int i = 0; i < MANY; i++)
        CHECK(dict_find(dict, span_format(mem, "tag-%d", i)) == &values[i]);
    CHECK(!dict_find(dict, SPAN("tag-10000")));
    arena_free(mem);
}
