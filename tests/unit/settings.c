#include "common/settings.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

struct inner {
    const struct node *node;
    struct span name;
    int64_t size;
};

struct outer {
    const struct node *node;
    struct span text;
    bool on;
    int64_t count, bytes, wait_ms, ratio;
    int color;
    struct list names, inners, map;
    struct inner inner;
    const struct node *any;
};

static const char *const colors[] = {"red", "green", "blue", NULL};
static const struct form color_form = {.kind = FORM_CHOICE, .choices = colors};
static const struct form count_form = {.kind = FORM_INT, .min = 1, .max = 256};
static const struct form size_form = {.kind = FORM_BYTES, .min = 1024, .max = 4 << 20};
static const struct form wait_form = {.kind = FORM_DURATION, .min = 10, .max = 60000};

static const struct field inner_fields[] = {
    {"name", &form_text, offsetof(struct inner, name), FIELD_REQUIRED, "What it is called."},
    {"size", &size_form, offsetof(struct inner, size), "64KiB", "How large it is."},
    {0},
};
static const struct form inner_form = {FORM_RECORD, .fields = inner_fields, .size = sizeof(struct inner)};
static const struct form inners_form = {.kind = FORM_LIST, .of = &inner_form};
static const struct form map_form = {.kind = FORM_MAP, .of = &inner_form};

static const struct field defaulted_fields[] = {
    {"size", &size_form, offsetof(struct inner, size), "64KiB", "How large it is."},
    {0},
};
static const struct form defaulted_form = {FORM_RECORD, .fields = defaulted_fields, .size = sizeof(struct inner)};

static const struct field fields[] = {
    {"text", &form_text, offsetof(struct outer, text), "hello", "A text."},
    {"on", &form_bool, offsetof(struct outer, on), "true", "Whether."},
    {"count", &count_form, offsetof(struct outer, count), "7", "How many."},
    {"bytes", &form_bytes, offsetof(struct outer, bytes), "1MiB", "How large."},
    {"wait", &wait_form, offsetof(struct outer, wait_ms), "10s", "How long."},
    {"ratio", &form_decimal, offsetof(struct outer, ratio), "0.5", "How much."},
    {"color", &color_form, offsetof(struct outer, color), "green", "Which."},
    {"names", &form_texts, offsetof(struct outer, names), NULL, "Names."},
    {"inners", &inners_form, offsetof(struct outer, inners), NULL, "Several."},
    {"map", &map_form, offsetof(struct outer, map), NULL, "By name."},
    {"inner", &defaulted_form, offsetof(struct outer, inner), NULL, "One."},
    {"any", &form_node, offsetof(struct outer, any), NULL, "Anything."},
    {0},
};
static const struct form form = {FORM_RECORD, .fields = fields, .size = sizeof(struct outer)};

static struct span problems; /* of the last bind */
static bool fine;

static struct outer bound(const char *yaml)
{
    struct report *report = report_new();
    struct outer outer = {0};
    const struct node *root = yaml_parse(span_of(yaml), "a.yaml", YAML_LITERAL, scratch(), report);

    fine = settings_bind(&form, root, &outer, scratch(), report);
    problems = problems_of(report);
    report_free(report);
    return outer;
}

static struct span problems_in(const char *yaml)
{
    bound(yaml);
    if (fine == (problems.len > 0))
        test_failed(__FILE__, __LINE__, "%s: the answer and the report disagree", yaml);
    return problems;
}

TEST(what_is_not_given_has_its_fallback)
{
    struct outer outer = bound("");

    CHECK(fine && !problems.len);
    CHECK_SPAN(outer.text, SPAN("hello"));
    CHECK(outer.on && outer.count == 7 && outer.bytes == 1 << 20 && outer.wait_ms == 10000);
    CHECK(outer.ratio == 5000 && outer.color == 1);
    CHECK(outer.names.len == 0 && outer.inners.len == 0 && outer.map.len == 0 && !outer.any);
    CHECK(outer.inner.size == 65536 && !outer.inner.node);
}

TEST(without_a_node_all_is_fallback)
{
    struct report *report = report_new();
    struct outer outer = {0};

    CHECK(settings_bind(&form, NULL, &outer, scratch(), report));
    CHECK(outer.count == 7 && !outer.node);
    report_free(report);
}

TEST(each_form_is_bound_as_c_holds_it)
{
    struct outer outer = bound("text: 南鳥島\non: false\ncount: 256\nbytes: 3KiB\nwait: 1m\nratio: -1.25\ncolor: blue\n"
                               "names: [a, 日本]\ninner: {size: 2KiB}\nany: {x: [1]}\n");
    CHECK(fine);
    CHECK_SPAN(outer.text, SPAN("南鳥島"));
    CHECK(!outer.on && outer.count == 256 && outer.bytes == 3072 && outer.wait_ms == 60000);
    CHECK(outer.ratio == -12500 && outer.color == 2 && outer.inner.size == 2048);
    CHECK(outer.names.len == 2);
    CHECK_SPAN(((struct span *)outer.names.at)[1], SPAN("日本"));
    CHECK(outer.any && outer.any->kind == NODE_MAP);
}

TEST(lists_and_maps_hold_records_with_their_places)
{
    struct outer outer = bound("inners:\n  - {name: a}\n  - {name: b, size: 1MiB}\nmap:\n  日本: {name: c}\n");
    const struct inner *inners = outer.inners.at;
    const struct named *named = outer.map.at;

    CHECK(fine && outer.inners.len == 2 && outer.map.len == 1);
    CHECK(inners[0].size == 65536 && inners[1].size == 1 << 20);
    CHECK(inners[1].node->line == 3 && inners[1].node->col == 5);
    CHECK_SPAN(inners[1].name, SPAN("b"));
    CHECK_SPAN(named[0].name, SPAN("日本"));
    CHECK_SPAN(((const struct inner *)named[0].value)->name, SPAN("c"));
}

TEST(sizes_and_durations_have_units)
{
    CHECK(bound("bytes: 17").bytes == 17);
    CHECK(bound("bytes: 17B").bytes == 17);
    CHECK(bound("bytes: 2GiB").bytes == (int64_t)2 << 30);
    CHECK(bound("wait: 250ms").wait_ms == 250);
    CHECK(bound("wait: 2s").wait_ms == 2000);
}

TEST(a_duration_without_a_unit_is_refused)
{
    CHECK_SPAN(problems_in("wait: 10\n"), SPAN("a.yaml:1:7: expected a duration such as 100ms, 10s or 1h, 10ms to 1m, "
                                               "got \"10\"; add a unit: 10ms or 10s\n"));
}

TEST(numbers_out_of_range_are_refused_with_the_range)
{
    CHECK_SPAN(problems_in("count: 0\n"), SPAN("a.yaml:1:8: 0 is out of range; allowed are 1 to 256\n"));
    CHECK_SPAN(problems_in("count: 257\n"), SPAN("a.yaml:1:8: 257 is out of range; allowed are 1 to 256\n"));
    CHECK_SPAN(problems_in("wait: 2m\n"), SPAN("a.yaml:1:7: 2m is out of range; allowed are 10ms to 1m\n"));
    CHECK_SPAN(problems_in("inner: {size: 5MiB}\n"),
               SPAN("a.yaml:1:15: 5MiB is out of range; allowed are 1KiB to 4MiB\n"));
    CHECK(bound("count: 1").count == 1 && bound("count: 256").count == 256);
}

TEST(numbers_that_are_none_or_do_not_fit_are_refused)
{
    CHECK_HAS(problems_in("count: 1.5\n"), "expected a whole number, 1 to 256, got \"1.5\"");
    CHECK_HAS(problems_in("count: -1\n"), "expected a whole number, 1 to 256, got \"-1\"");
    CHECK_HAS(problems_in("count: seven\n"), "got \"seven\"");
    CHECK_HAS(problems_in("count: ''\n"), "got \"\"");
    CHECK_HAS(problems_in("bytes: 99999999999999999999\n"), "expected a size such as 64KiB or 4MiB");
    CHECK_HAS(problems_in("bytes: 9223372036854775807KiB\n"), "expected a size");
    CHECK_HAS(problems_in("bytes: 1MB\n"), "expected a size");
    CHECK_HAS(problems_in("ratio: 0.12345\n"), "expected a number of at most four decimals");
}

TEST(a_value_of_another_form_is_refused_with_what_it_is)
{
    CHECK_SPAN(problems_in("text: [a]\n"),
               SPAN("a.yaml:1:7: expected text, got a list; give one, without [ ] or \"- \"\n"));
    CHECK_SPAN(problems_in("text: {a: 1}\n"), SPAN("a.yaml:1:7: expected text, got a map\n"));
    CHECK_SPAN(problems_in("text:\n"), SPAN("a.yaml:1:6: expected text, got nothing\n"));
    CHECK_SPAN(problems_in("names: a\n"), SPAN("a.yaml:1:8: expected a list, each text, got \"a\"; write [a]\n"));
    CHECK_SPAN(problems_in("map: [a]\n"),
               SPAN("a.yaml:1:6: expected a map, each a map, got a list; write NAME: before each, and no \"- \"\n"));
    CHECK_SPAN(problems_in("inner: 7\n"), SPAN("a.yaml:1:8: expected a map, got \"7\"; its keys are size\n"));
    CHECK_SPAN(problems_in("color: [red]\n"), SPAN("a.yaml:1:8: expected red, green or blue, got a list\n"));
}

TEST(only_true_and_false_are_truths)
{
    CHECK_SPAN(problems_in("on: yes\n"),
               SPAN("a.yaml:1:5: expected true or false, got \"yes\"; write true without quotes\n"));
    CHECK_HAS(problems_in("on: 'true'\n"), "expected true or false");
    CHECK_HAS(problems_in("on: True\n"), "expected true or false");
}

TEST(a_choice_is_named_with_its_alternatives_and_the_nearest)
{
    CHECK_SPAN(problems_in("color: gren\n"),
               SPAN("a.yaml:1:8: expected red, green or blue, got \"gren\"; did you mean \"green\"?\n"));
    CHECK_SPAN(problems_in("color: mauve-ish\n"), SPAN("a.yaml:1:8: expected red, green or blue, got \"mauve-ish\"\n"));
}

TEST(an_unknown_key_is_named_at_its_place_with_the_nearest)
{
    CHECK_SPAN(problems_in("text: a\nwiat: 1s\n"), SPAN("a.yaml:2:1: unknown key \"wiat\"; did you mean \"wait\"?\n"));
    CHECK_SPAN(problems_in("inners: [{name: a, sise: 1}]\n"),
               SPAN("a.yaml:1:20: unknown key \"sise\"; did you mean \"size\"?\n"));
    CHECK_HAS(problems_in("レア: 1\n"), "a.yaml:1:1: unknown key \"レア\"; known are text, on, count,");
    char endless[200];
    memset(endless, 'k', sizeof endless);
    struct span key = {endless, sizeof endless}; /* so long that a third of it may differ */
    CHECK_HAS(problems_in(span_format(scratch(), "%.*s: 1\n", SPAN_ARGS(key)).at),
              span_format(scratch(), "a.yaml:1:1: unknown key \"%.*s\"; known are text", SPAN_ARGS(key)).at);
}

TEST(an_open_record_leaves_the_keys_of_others_alone)
{
    struct form open = inner_form;
    struct inner inner = {0};
    struct report *report = report_new();

    open.is_open = true;
    CHECK(settings_bind(&open, yaml_parse(SPAN("name: a\nother: 7\n"), "a.yaml", YAML_LITERAL, scratch(), report),
                        &inner, scratch(), report));
    CHECK_SPAN(inner.name, SPAN("a"));
    CHECK_SPAN(problems_of(report), SPAN(""));
    report_free(report);
}

TEST(what_must_be_given_is_missed_at_its_record)
{
    CHECK_SPAN(problems_in("inners:\n  - {size: 1KiB}\n"),
               SPAN("a.yaml:2:5: \"name\" is missing: What it is called.\n"));
}

TEST(all_problems_are_listed)
{
    CHECK_SPAN(problems_in("count: 0\nwiat: 1s\non: yes\ninners: [{}, {name: [a]}, {name: b, size: 1}]\n"),
               SPAN("a.yaml:1:8: 0 is out of range; allowed are 1 to 256\n"
                    "a.yaml:2:1: unknown key \"wiat\"; did you mean \"wait\"?\n"
                    "a.yaml:3:5: expected true or false, got \"yes\"; write true without quotes\n"
                    "a.yaml:4:10: \"name\" is missing: What it is called.\n"
                    "a.yaml:4:21: expected text, got a list; give one, without [ ] or \"- \"\n"
                    "a.yaml:4:43: 1 is out of range; allowed are 1KiB to 4MiB\n"));
}

TEST(a_hint_is_given_only_where_a_name_is_near)
{
    static const char *const names[] = {"tags", "aliases", "engagement", NULL};

    CHECK_SPAN(settings_hint(SPAN("engagment"), names, scratch()), SPAN("; did you mean \"engagement\"?"));
    CHECK_SPAN(settings_hint(SPAN("tag"), names, scratch()), SPAN("; did you mean \"tags\"?"));
    CHECK_SPAN(settings_hint(SPAN("routes"), names, scratch()), SPAN(""));
    CHECK_SPAN(settings_hint(SPAN("x"), (const char *const[]){NULL}, scratch()), SPAN(""));
    CHECK_SPAN(settings_hint(SPAN("a-name-that-is-longer-than-any-key-of-any-config"), names, scratch()), SPAN(""));
}

TEST(the_reference_names_every_key_with_form_default_and_meaning)
{
    struct buf out = buf_in(scratch());

    settings_reference(&form, "worker", 2, &out);
    CHECK_HAS(buf_span(&out), "\n## worker\n\n| key | value | default | meaning |\n");
    CHECK_HAS(buf_span(&out), "| `count` | a whole number, 1 to 256 | `7` | How many. |\n");
    CHECK_HAS(buf_span(&out), "| `color` | red, green or blue | `green` | Which. |\n");
    CHECK_HAS(buf_span(&out), "| `inners` | a list, each a map | – | Several. |\n");
    CHECK_HAS(buf_span(&out), "| `name` | text | must be given | What it is called. |\n");
    CHECK_HAS(buf_span(&out), "| `size` | a size such as 64KiB or 4MiB, 1KiB to 4MiB | `64KiB` | How large it is. |\n");
}
