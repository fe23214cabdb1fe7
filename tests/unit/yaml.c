#include "common/yaml.h"
#include "common/buf.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

#include <stdlib.h>

static struct span problems; /* of the last parse */

static const struct node *parse_as(struct span text, enum yaml_expand expand)
{
    struct report *report = report_new();
    const struct node *root = yaml_parse(text, "a.yaml", expand, scratch(), report);

    problems = problems_of(report);
    report_free(report);
    return root;
}

static const struct node *parse(const char *text)
{
    return parse_as(span_of(text), YAML_LITERAL);
}

static struct span problems_in(const char *text)
{
    parse(text);
    return problems;
}

/* The value of "x" with the environment put in. */
static struct span expanded(const char *text)
{
    const struct node *root = parse_as(span_of(text), YAML_ENVIRONMENT);
    const struct node *x = root ? node_get(root, SPAN("x")) : NULL;

    return x ? x->text : SPAN("nothing");
}

TEST(every_value_and_key_keeps_its_place)
{
    const struct node *root = parse("a: 1\n\nlist:\n  - x\n  - {日本: '倭国', b: 2}\n");
    const struct node *list = node_get(root, SPAN("list"));
    const struct node *alias = node_get(list->last, SPAN("日本"));

    CHECK(root->kind == NODE_MAP && root->len == 2 && root->line == 1 && root->col == 1);
    CHECK(list->kind == NODE_LIST && list->len == 2 && list->line == 4 && list->col == 3);
    CHECK(list->name->line == 3 && list->name->col == 1);
    CHECK(list->first->line == 4 && list->first->col == 5);
    CHECK(alias->line == 5 && alias->col == 10 && alias->name->col == 6);
    CHECK(node_get(list->last, SPAN("b"))->col == 19);
    CHECK_SPAN(span_of(alias->file), SPAN("a.yaml"));
}

TEST(members_stand_in_the_order_of_the_file)
{
    const struct node *root = parse("b: 1\na: 2\nc: 3\n");

    CHECK_SPAN(root->first->name->text, SPAN("b"));
    CHECK_SPAN(root->first->next->name->text, SPAN("a"));
    CHECK_SPAN(root->last->name->text, SPAN("c"));
    CHECK(!root->last->next);
}

TEST(quotes_make_a_number_a_text)
{
    const struct node *root = parse("a: 7\nb: '7'\nc: \"7\"\nd: |\n  7\n");

    CHECK(root->first->is_plain);
    CHECK(!node_get(root, SPAN("b"))->is_plain && !node_get(root, SPAN("c"))->is_plain);
    CHECK_SPAN(node_get(root, SPAN("d"))->text, SPAN("7\n"));
}

TEST(null_is_written_in_three_ways_and_in_no_quotes)
{
    const struct node *root = parse("a:\nb: ~\nc: null\nd: ''\ne: 'null'\nf: {}\n");

    CHECK(node_is_null(node_get(root, SPAN("a"))) && node_is_null(node_get(root, SPAN("b"))));
    CHECK(node_is_null(node_get(root, SPAN("c"))) && !node_is_null(node_get(root, SPAN("d"))));
    CHECK(!node_is_null(node_get(root, SPAN("e"))) && !node_is_null(node_get(root, SPAN("f"))));
}

TEST(an_empty_file_is_an_empty_map)
{
    const char *const texts[] = {"", "\n\n", "# only words\n", "---\n", "---\n...\n", "{}\n", "~\n"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct node *root = parse(texts[i]);

        if (!root || root->kind != NODE_MAP || root->len || problems.len)
            test_failed(__FILE__, __LINE__, "\"%s\"", texts[i]);
    }
}

TEST(anchors_aliases_tags_and_merge_keys_are_refused_at_their_place)
{
    CHECK_SPAN(problems_in("a: 1\nb: &x 2\n"),
               SPAN("a.yaml:2:4: YAML anchors (&name) are not supported; write a text that begins with & in quotes, "
                    "and a value out where it is used\n"));
    CHECK_SPAN(problems_in("a: [*x]\n"), SPAN("a.yaml:1:5: YAML aliases (*name) are not supported; write a text that "
                                              "begins with * in quotes, and a value out where it is used\n"));
    CHECK_SPAN(problems_in("a: !secret x\n"), SPAN("a.yaml:1:4: YAML tags (!name) are not supported; write a text that "
                                                   "begins with ! in quotes, or leave the tag out\n"));
    CHECK_SPAN(problems_in("a:\n  <<: {b: 1}\n"),
               SPAN("a.yaml:2:3: YAML merge keys (<<) are not supported; write the members out\n"));
    CHECK_HAS(problems_in("a: &x {b: 1}\n"), "a.yaml:1:4: YAML anchors");
    CHECK_HAS(problems_in("a: &x [1]\n"), "a.yaml:1:4: YAML anchors");
    CHECK_HAS(problems_in("a: !!str 1\n"), "a.yaml:1:4: YAML tags");
    CHECK_HAS(problems_in("&x a: 1\n"), "a.yaml:1:1: YAML anchors");
    CHECK_HAS(problems_in("*x : 1\n"), "a.yaml:1:1: YAML aliases");
    CHECK(!parse("a: &x 2\n") && !parse("a: !secret x\n"));
}

TEST(a_quoted_merge_key_is_a_key_like_others)
{
    CHECK(parse("'<<': 1\n") && !problems.len);
}

TEST(a_key_given_twice_names_both_places)
{
    CHECK_SPAN(problems_in("a: 1\nb: 2\na: 3\n"), SPAN("a.yaml:3:1: key \"a\" is given twice; first at line 1\n"));
    CHECK_SPAN(problems_in("t: {レア: 1, レア: 2}\n"),
               SPAN("a.yaml:1:12: key \"レア\" is given twice; first at line 1\n"));
}

TEST(a_key_given_twice_is_found_in_a_map_of_many)
{
    struct buf text = buf_in(scratch());

    for (int i = 0; i < 100; i++)
        buf_format(&text, "key%d: %d\n", i, i);
    CHECK_SPAN(node_get(parse(span_string(buf_span(&text), scratch())), SPAN("key99"))->text, SPAN("99"));
    buf_format(&text, "key0: 0\nkey50: 0\n");
    CHECK_SPAN(problems_in(span_string(buf_span(&text), scratch())),
               SPAN("a.yaml:101:1: key \"key0\" is given twice; first at line 1\n"
                    "a.yaml:102:1: key \"key50\" is given twice; first at line 51\n"));
}

TEST(all_keys_given_twice_are_listed)
{
    CHECK_SPAN(problems_in("a: 1\na: 2\na: 3\n"), SPAN("a.yaml:2:1: key \"a\" is given twice; first at line 1\n"
                                                       "a.yaml:3:1: key \"a\" is given twice; first at line 1\n"));
}

TEST(a_second_document_is_refused)
{
    CHECK_SPAN(problems_in("a: 1\n---\nb: 2\n"),
               SPAN("a.yaml:2:1: a second document (---) in the file; only one is read\n"));
    CHECK(parse("---\na: 1\n...\n") && !problems.len);
}

TEST(a_key_must_be_text)
{
    CHECK_SPAN(problems_in("[a, b]: 1\n"), SPAN("a.yaml:1:1: a key must be text, not a list or a map\n"));
    CHECK_HAS(problems_in("? {a: 1}\n: 2\n"), "a.yaml:1:3: a key must be text");
}

TEST(trees_are_equal_by_their_values_wherever_they_are)
{
    CHECK(node_equal(parse("a: [1, {b: c}]\n"), parse("# 語\na:\n  - 1\n  - b: c\n")));
    CHECK(!node_equal(parse("a: [1, {b: c}]\n"), parse("a: [1, {c: c}]\n")));
    CHECK(!node_equal(parse("a: [1, 2]\n"), parse("a: [1]\n")));
    CHECK(!node_equal(parse("a: [1]\n"), parse("a: '1'\n")));
}

TEST(a_comment_in_place_of_a_value_is_kept)
{
    const struct node *list = parse("- #tag\n- 語\n- # a remark\n-\n- #次 of #two\n");
    const struct node *item = list->first;

    CHECK_SPAN(item->comment, SPAN("#tag"));
    item = item->next->next;
    CHECK(!item->comment.len);
    item = item->next;
    CHECK(!item->comment.len);
    CHECK_SPAN(item->next->comment, SPAN("#次"));
}

TEST(broken_yaml_is_named_with_its_place)
{
    CHECK_HAS(problems_in("a: [1, 2\nb: 3\n"), "a.yaml:1:4: no valid YAML: ");
    CHECK_HAS(problems_in("a:\n\t- b\n"), "a.yaml:2:1: no valid YAML: ");
    CHECK_HAS(problems_in("a: 'x\n"), "a.yaml:1:4: no valid YAML: ");
    CHECK_HAS(problems_in("語: [\"[\", '#x', a, #b]\n"), "a.yaml:1:19: no valid YAML: ");
    CHECK(!parse("a: }\n"));
}

TEST(bytes_that_yaml_does_not_allow_are_named_with_their_line)
{
    CHECK_HAS(problems_in("a: 1\nb: 2\nc: \xFF\n"), "a.yaml:3:");
    CHECK_HAS(problems_in("a: 1\nb: \x01\n"), "a.yaml:2:");
}

TEST(a_byte_order_mark_is_no_part_of_the_file)
{
    const struct node *root = parse("\xEF\xBB\xBF"
                                    "a: 1\nb: 2\n");

    CHECK(root && root->len == 2 && !problems.len);
}

TEST(nesting_has_an_end)
{
    char deep[1001];

    memset(deep, '[', 500);
    memset(deep + 500, ']', 500);
    deep[1000] = 0;
    CHECK(!parse(deep));
    CHECK_HAS(problems, "nested too deep; at most 64 levels");
}

TEST(the_environment_stands_in_for_its_names)
{
    setenv("TRENDMILL_TEST", "broker-1:9092", 1);
    unsetenv("TRENDMILL_TEST_NONE");
    setenv("TRENDMILL_TEST_EMPTY", "", 1);
    CHECK_SPAN(expanded("x: ${TRENDMILL_TEST}\n"), SPAN("broker-1:9092"));
    CHECK_SPAN(expanded("x: 'a${TRENDMILL_TEST}b${TRENDMILL_TEST}'\n"), SPAN("abroker-1:9092bbroker-1:9092"));
    CHECK_SPAN(expanded("x: ${TRENDMILL_TEST:-other}\n"), SPAN("broker-1:9092"));
    CHECK_SPAN(expanded("x: ${TRENDMILL_TEST_NONE:-localhost:9092}\n"), SPAN("localhost:9092"));
    CHECK_SPAN(expanded("x: ${TRENDMILL_TEST_EMPTY:-other}\n"), SPAN("other"));
    CHECK_SPAN(expanded("x: \"${TRENDMILL_TEST_NONE:-}\"\n"), SPAN(""));
    setenv("TRENDMILL_TEST", "null", 1);
    CHECK_SPAN(expanded("x: ${TRENDMILL_TEST}\n"), SPAN("null"));
    CHECK(!node_is_null(node_get(parse_as(SPAN("x: ${TRENDMILL_TEST}\n"), YAML_ENVIRONMENT), SPAN("x"))));
}

TEST(a_dollar_alone_is_a_dollar)
{
    CHECK_SPAN(expanded("x: $HOME\n"), SPAN("$HOME"));
    CHECK_SPAN(expanded("x: 100$\n"), SPAN("100$"));
    CHECK_SPAN(expanded("x: $${NAME}\n"), SPAN("${NAME}"));
    CHECK_SPAN(expanded("x: a$${b\n"), SPAN("a${b"));
}

TEST(a_name_that_is_not_set_is_named_with_its_place_and_a_remedy)
{
    expanded("y: 1\nx: ${TRENDMILL_TEST_NONE}\n");
    CHECK_SPAN(problems, SPAN("a.yaml:2:4: environment variable TRENDMILL_TEST_NONE is not set; "
                              "set it, or give a default: ${TRENDMILL_TEST_NONE:-…}\n"));
    expanded("x: 'a ${'\n");
    CHECK_HAS(problems, "a.yaml:1:4: \"${\" without a name and \"}\"; write ${NAME} or ${NAME:-default}");
    expanded("x: ${9LIVES}\n");
    CHECK_HAS(problems, "without a name");
}

TEST(rules_are_taken_as_they_are_written)
{
    CHECK_SPAN(node_get(parse("x: ${HOME} $${x\n"), SPAN("x"))->text, SPAN("${HOME} $${x"));
}

TEST(a_nul_within_a_value_is_kept)
{
    CHECK_SPAN(node_get(parse("x: \"a\\0b\"\n"), SPAN("x"))->text, SPAN("a\0b"));
}

TEST(a_file_that_cannot_be_read_is_named_with_the_reason)
{
    struct report *report = report_new();

    CHECK(!yaml_read("no-such-file.yaml", YAML_LITERAL, scratch(), report));
    CHECK_SPAN(problems_of(report), SPAN("no-such-file.yaml: cannot be read: No such file or directory\n"));
    report_free(report);
    report = report_new();
    CHECK(!yaml_read("/", YAML_LITERAL, scratch(), report));
    CHECK_SPAN(problems_of(report), SPAN("/: cannot be read: Is a directory\n"));
    report_free(report);
}

TEST(a_whole_file_is_read)
{
    CHECK_SPAN(file_read(file_with("some.txt", "一\n二\n"), scratch()), SPAN("一\n二\n"));
    CHECK(file_read(file_with("empty.txt", ""), scratch()).at != NULL);
    CHECK(!file_read("no-such-file", scratch()).at);
}

TEST(a_path_in_a_file_is_relative_to_that_file)
{
    CHECK_SPAN(span_of(path_beside("config/worker.yaml", SPAN("rules.yaml"), scratch())), SPAN("config/rules.yaml"));
    CHECK_SPAN(span_of(path_beside("worker.yaml", SPAN("rules.yaml"), scratch())), SPAN("rules.yaml"));
    CHECK_SPAN(span_of(path_beside("/etc/t/worker.yaml", SPAN("/rules.yaml"), scratch())), SPAN("/rules.yaml"));
    CHECK_SPAN(span_of(path_beside("a/b/w.yaml", SPAN("../r.yaml"), scratch())), SPAN("a/b/../r.yaml"));
}
