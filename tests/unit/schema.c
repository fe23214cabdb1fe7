#include "common/json.h"
#include "common/settings.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

static const struct form leaf_form;
static const struct form choice_form = {.kind = FORM_CHOICE, .choices = (const char *const[]){"red", "blue", NULL}};
static const struct form count_form = {.kind = FORM_INT, .min = 1, .max = 9};
static const struct form entry_form = {
    .kind = FORM_NODE,
    .says = "a text or a leaf",
    .either = (const struct form *const[]){&form_text, &leaf_form, NULL},
};
static const struct form entries_form = {.kind = FORM_LIST, .of = &entry_form};
static const struct field leaf_fields[] = {
    {"leaves", &entries_form, 0, NULL, "Within."},
    {0},
};
static const struct form leaf_form = {.kind = FORM_RECORD, .name = "leaf", .fields = leaf_fields};
static const struct field open_fields[] = {
    {"by", &choice_form, 0, "red", "Which."},
    {0},
};
static const struct form open_form = {
    .kind = FORM_RECORD,
    .fields = open_fields,
    .is_open = true,
    .of = &form_decimal,
    .says = "A number.",
};
static const struct field fields[] = {
    {"name", &form_text, 0, FIELD_REQUIRED, "Its name."},
    {"count", &count_form, 0, "3", "How many."},
    {"entries", &entries_form, 0, NULL, "Several."},
    {"open", &open_form, 0, NULL, "Others."},
    {0},
};
static const struct form form = {.kind = FORM_RECORD, .fields = fields};

static struct value schema_of(const struct form *of, enum yaml_expand expand)
{
    struct buf out = buf_in(scratch());
    struct value root = {0};
    struct span why;

    settings_schema(of, "test", expand, &out);
    CHECK(json_read(buf_span(&out), 64, scratch(), &root, &why) == JSON_OK);
    return root;
}

/* The value at a path of names, "a/b/c". */
static const struct value *at(const struct value *value, const char *path)
{
    struct span rest = span_of(path);

    while (value && rest.len) {
        const char *slash = memchr(rest.at, '/', rest.len);
        struct span name = {rest.at, slash ? (size_t)(slash - rest.at) : rest.len};

        value = json_get(value, name);
        rest.at += name.len + (slash != NULL);
        rest.len -= name.len + (slash != NULL);
    }
    return value;
}

TEST(a_schema_names_keys_defaults_and_limits)
{
    struct value root = schema_of(&form, YAML_LITERAL);

    CHECK(at(&root, "properties/count/default")->integer == 3);
    CHECK(at(&root, "properties/count/maximum")->integer == 9);
    CHECK_SPAN(at(&root, "properties/count/description")->string, SPAN("How many."));
    CHECK(at(&root, "required")->len == 1);
    CHECK(!at(&root, "additionalProperties")->truth);
}

TEST(a_record_within_itself_is_a_definition)
{
    struct value root = schema_of(&form, YAML_LITERAL);
    const struct value *either = at(&root, "properties/entries/items/anyOf");

    CHECK_SPAN(at(&either->items[1], "$ref")->string, SPAN("#/definitions/leaf"));
    CHECK(at(&root, "definitions/leaf/properties/leaves/items/anyOf"));
}

TEST(other_keys_of_an_open_record_have_their_form)
{
    struct value root = schema_of(&form, YAML_LITERAL);

    CHECK_SPAN(at(&root, "properties/open/additionalProperties/type")->items[0].string, SPAN("number"));
    CHECK_SPAN(at(&root, "properties/open/properties/by/default")->string, SPAN("red"));
}

TEST(files_that_are_parts_need_not_have_all)
{
    struct form part = form;

    part.in_parts = true;
    struct value root = schema_of(&part, YAML_LITERAL);
    CHECK(!at(&root, "required"));
}

TEST(a_scalar_may_come_from_the_environment)
{
    struct value root = schema_of(&form, YAML_ENVIRONMENT);

    CHECK_SPAN(at(&at(&root, "properties/count/anyOf")->items[1], "$ref")->string, SPAN("#/definitions/environment"));
    CHECK(at(&root, "definitions/environment"));
}

TEST(the_reference_prints_records_with_a_name_once)
{
    struct buf out = buf_in(scratch());

    settings_reference(&form, "file", 2, &out);
    CHECK_HAS(buf_span(&out), "## file → leaf\n");
    CHECK_HAS(buf_span(&out), "| `leaves` | a list, each a text or a leaf |");
    CHECK_HAS(buf_span(&out), "| any other | a number of at most four decimals | – | A number. |");
    const char *first = memmem(out.at, out.len, "file → leaf", 13);
    CHECK(first && !memmem(first + 1, out.len - (size_t)(first + 1 - out.at), "file → leaf", 13));
}

static struct span pretty(struct span compact)
{
    struct buf out = buf_in(scratch());

    json_write_pretty(&out, compact);
    return buf_span(&out);
}

TEST(json_for_people_keeps_short_things_on_a_line)
{
    CHECK_SPAN(pretty(SPAN("{\"a\":[1,2],\"b\":\"x: {,\\\"}\"}")), SPAN("{\"a\": [1, 2], \"b\": \"x: {,\\\"}\"}\n"));
}

TEST(json_for_people_breaks_long_things)
{
    CHECK_SPAN(pretty(SPAN(
                   "{\"a\":[\"0123456789012345678901234567890123456789\",\"0123456789012345678901234567890123456789\"],"
                   "\"b\":{}}")),
               SPAN("{\n  \"a\": [\"0123456789012345678901234567890123456789\", "
                    "\"0123456789012345678901234567890123456789\"],\n  \"b\": {}\n}\n"));
}
