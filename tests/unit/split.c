#include "worker/decode/split.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

static const struct page_form page = {"data", "includes"};

static bool is_several(struct span bytes)
{
    return split_is_list(bytes) || split_is_page(bytes, &page) || split_is_lines(bytes);
}

/* The posts, each in <>, behind it what it shares; "one" if the bytes are no form of several. */
static struct span posts_of_at_most(struct span bytes, size_t max)
{
    struct split split = {.mem = scratch(), .page = &page, .max = max};
    struct buf out = buf_in(scratch());

    if (!is_several(bytes))
        return SPAN("one");
    split_record(&split, bytes);
    for (size_t i = 0; i < split.len; i++)
        buf_format(&out, "<%.*s>%.*s", SPAN_ARGS(split.at[i].bytes), SPAN_ARGS(split.at[i].shared));
    return out.len ? buf_span(&out) : SPAN("none");
}

#define POSTS(bytes, expected) CHECK_SPAN(posts_of_at_most(SPAN(bytes), 100), SPAN(expected))

TEST(the_items_of_a_list_are_its_posts)
{
    POSTS("[{\"id\":1},{\"id\":2}]", "<{\"id\":1}><{\"id\":2}>");
    POSTS(" [ {\"a\":[1,{}]} ,\n {\"b\":\"x,]}\"}\t]\r\n", "<{\"a\":[1,{}]}><{\"b\":\"x,]}\"}>");
    POSTS("[{\"a\":\"\\\"]\"},{\"b\":\"\\\\\"}]", "<{\"a\":\"\\\"]\"}><{\"b\":\"\\\\\"}>");
    POSTS("[{}]", "<{}>");
}

TEST(an_empty_list_has_no_posts)
{
    POSTS("[]", "none");
    POSTS(" [ \n ] ", "none");
    POSTS("{\"data\":[]}", "none");
}

TEST(a_list_without_any_object_is_no_list_of_posts)
{
    POSTS("[1,2]", "one");
    POSTS("[null]", "one");
    POSTS("[[{\"id\":1}]]", "one");
    POSTS("[\"{\"]", "one");
}

TEST(each_type_among_posts_is_one_of_them)
{
    POSTS("[{},null,true,7,-1.5e3,\"a,b\",[1,2],{}]", "<{}><null><true><7><-1.5e3><\"a,b\"><[1,2]><{}>");
}

TEST(a_broken_post_is_one_alone)
{
    POSTS("[{\"id\":1},{\"id\":2},{\"id\":},{\"id\":4}]", "<{\"id\":1}><{\"id\":2}><{\"id\":}><{\"id\":4}>");
    POSTS("[{\"id\":1},nonsense here,{\"id\":4}]", "<{\"id\":1}><nonsense here><{\"id\":4}>");
    POSTS("[{\"id\":1},,{\"id\":4},]", "<{\"id\":1}><><{\"id\":4}><>");
    POSTS("[{\"id\":1} {\"id\":2},{\"id\":3}]", "<{\"id\":1} {\"id\":2}><{\"id\":3}>");
    POSTS("[{\"id\":\"\xFF\"},{\"id\":2}]", "<{\"id\":\"\xFF\"}><{\"id\":2}>");
    POSTS("[{\"id\":],{\"id\":2}]", "<{\"id\":]><{\"id\":2}>");
}

TEST(what_is_not_in_balance_is_not_split)
{
    POSTS("[{\"id\":1},{\"id\":2}", "one");
    POSTS("[{\"id\":1},{\"id\":\"2}]", "one");
    POSTS("[{\"id\":1}]}", "one");
    POSTS("[{\"id\":1}}", "one");
    POSTS("[{\"id\":1}]]", "one");
    POSTS("[", "one");
    POSTS("]", "one");
    POSTS("", "one");
    POSTS("\"\\", "one");
}

TEST(a_page_has_its_posts_in_one_member_and_what_they_share_in_another)
{
    POSTS("{\"data\":[{\"id\":1},{\"id\":2}],\"includes\":{\"users\":[]},\"meta\":{}}",
          "<{\"id\":1}>{\"users\":[]}<{\"id\":2}>{\"users\":[]}");
    POSTS("{ \"meta\" : 1 , \"data\" : [ {\"id\":1} ] }", "<{\"id\":1}>");
    POSTS("{\"data\":[1]}", "<1>");
    POSTS("{\"data\":[{\"id\":1},{}]]}", "one");
}

TEST(an_object_without_a_list_of_posts_is_no_page)
{
    POSTS("{\"data\":{\"id\":1}}", "one");
    POSTS("{\"id\":1,\"entities\":{\"data\":[{}]}}", "one");
    POSTS("{\"datas\":[{}]}", "one");
    POSTS("{\"data\" [{}]}", "one");
    POSTS("{\"data\":[{}],\"data\":{}}", "one"); /* of duplicate names the last holds */
    CHECK(!split_is_page(SPAN("{\"data\":[{}]}"), NULL));
}

TEST(each_line_is_a_post_a_list_or_a_page)
{
    POSTS("{\"id\":1}\n{\"id\":2}", "<{\"id\":1}><{\"id\":2}>");
    POSTS("\n{\"id\":1}\r\n\r\n  {\"id\":2}\r\n", "<{\"id\":1}><{\"id\":2}>");
    POSTS("{\"data\":[{\"a\":1},{\"b\":2}],\"includes\":{}}\n[{\"c\":3},{\"data\":[4]}]\n{\"e\":5}",
          "<{\"a\":1}>{}<{\"b\":2}>{}<{\"c\":3}><4><{\"e\":5}>");
}

TEST(a_broken_line_is_one_alone)
{
    POSTS("{\"id\":1}\n{\"id\":\n{\"id\":3}", "<{\"id\":1}><{\"id\":><{\"id\":3}>");
    POSTS("nonsense\n{\"id\":2}", "<nonsense><{\"id\":2}>");
    POSTS("{\"id\":1}\nnonsense", "<{\"id\":1}><nonsense>");
}

TEST(one_text_on_several_lines_is_one)
{
    CHECK(!split_is_lines(SPAN("{\n  \"id\": 1,\n  \"text\": oops\n}\n")));
    CHECK(!split_is_lines(SPAN("{\"id\":1}\n")));
    CHECK(!split_is_lines(SPAN("\n\n{\"id\":1}")));
}

TEST(of_more_posts_than_are_allowed_one_is_taken)
{
    CHECK_SPAN(posts_of_at_most(SPAN("[{},{},{},{}]"), 2), SPAN("<{}><{}><{}>"));
    CHECK_SPAN(posts_of_at_most(SPAN("{\"data\":[1,2,3,4]}"), 2), SPAN("<1><2><3>"));
    CHECK_SPAN(posts_of_at_most(SPAN("{}\n{}\n{}\n{}"), 2), SPAN("<{}><{}><{}>"));
}
