#include "tests/unit/decoded.h"
#include "tests/unit/test.h"

#define CONFIG(preset, mapping) \
    "input:\n  - topic: posts.raw\n    preset: " preset "\n" mapping \
    "rules: [rules.yaml]\nroutes:\n  f: {topic: f, shape: facts}\ndead_letters: dead\n"

static const struct input *input_from(const char *yaml)
{
    return config_from(yaml)->inputs.at;
}

static struct decoded with(const char *mapping, const char *json)
{
    struct span yaml = span_format(scratch(), CONFIG("mapping", "    mapping: {%s}\n"), mapping);

    return decoded_from(input_from(yaml.at), span_of(json));
}

static struct span problems_with(const char *mapping)
{
    return config_problems(span_format(scratch(), CONFIG("mapping", "    mapping: %s\n"), mapping).at);
}

TEST(pointers_are_tried_in_order)
{
    static const char id_text[] = "id: {at: [/post/id, /id], type: text-or-number}, text: [/full, /a~1b/0/~0]";
    struct decoded first = with(id_text, "{\"post\":{\"id\":7000000000000000001},\"full\":\"全文\",\"a/b\":[{\"~\":\"短い\"}]}");
    struct decoded second = with(id_text, "{\"post\":{\"id\":null},\"id\":\"i\",\"a/b\":[{\"~\":\"短い\"}]}");

    CHECK(first.fault == FAULT_NONE && second.fault == FAULT_NONE);
    CHECK_SPAN(first.post.id, SPAN("7000000000000000001"));
    CHECK_SPAN(first.post.text, SPAN("全文"));
    CHECK_SPAN(second.post.id, SPAN("i"));
    CHECK_SPAN(second.post.text, SPAN("短い"));
}

TEST(types_say_what_stands_there)
{
    struct decoded got = with("id: /id, text: {at: /html, type: html}, created_at: {at: /ms, type: unix-ms}, "
                              "observed_at: {at: /us, type: unix-us}, lang: /l/1, author: {followers: {at: /f, type: count-text}}, "
                              "metrics: {likes: /n/likes, views: {at: /v, type: count-text}}",
                              "{\"id\":\"1\",\"html\":\"<p>a<br>b</p>\",\"ms\":-1,\"us\":1777593600000999,\"l\":[\"en\",\"ja-JP\"],"
                              "\"f\":\"12\",\"n\":{\"likes\":3},\"v\":\"9007199254740991\"}");

    CHECK(got.fault == FAULT_NONE && got.post.says == SAYS_POST);
    CHECK_SPAN(got.post.text, SPAN("a\nb"));
    CHECK_SPAN(got.post.lang, SPAN("ja"));
    CHECK(got.post.created_ms == -1 && got.post.observed_ms == 1777593600000);
    CHECK(got.post.author.followers == 12 && got.post.counts[COUNT_LIKES] == 3);
    CHECK(got.post.counts[COUNT_VIEWS] == COUNT_MAX);
}

TEST(each_pointer_may_have_its_own_type)
{
    static const char mapping[] = "id: /id, text: [{at: /html, type: html}, /plain], "
                                  "created_at: [{at: [/ms, /millis], type: unix-ms}, /iso]";

    CHECK_SPAN(with(mapping, "{\"id\":\"1\",\"html\":\"a&amp;b\"}").post.text, SPAN("a&b"));
    CHECK_SPAN(with(mapping, "{\"id\":\"1\",\"plain\":\"a&amp;b\"}").post.text, SPAN("a&amp;b"));
    CHECK(with(mapping, "{\"id\":\"1\",\"plain\":\"\",\"millis\":5}").post.created_ms == 5);
    CHECK(with(mapping, "{\"id\":\"1\",\"plain\":\"\",\"iso\":\"1970-01-01T00:00:01Z\"}").post.created_ms == 1000);
}

TEST(what_is_said_is_decided_as_in_the_canonical_form)
{
    static const char mapping[] = "id: /id, text: /t, hidden: /gone, metrics: {likes: /n}";

    CHECK(with(mapping, "{\"id\":\"1\",\"t\":\"\"}").post.says == SAYS_POST);
    CHECK(with(mapping, "{\"id\":\"1\",\"n\":2}").post.says == SAYS_UPDATE);
    CHECK(with(mapping, "{\"id\":\"1\",\"gone\":true,\"t\":5,\"n\":\"x\"}").post.says == SAYS_HIDE);
    CHECK(with(mapping, "{\"id\":\"1\",\"gone\":true,\"t\":5,\"n\":\"x\"}").fault == FAULT_NONE);
    CHECK(with(mapping, "{\"id\":\"1\",\"gone\":false}").post.says == SAYS_UNHIDE);
    CHECK(with(mapping, "{\"id\":\"1\",\"gone\":false,\"t\":\"a\"}").post.says == SAYS_POST);
    CHECK(with(mapping, "{\"id\":\"1\"}").fault == FAULT_NO_TEXT);
    CHECK(with(mapping, "{\"t\":\"a\"}").fault == FAULT_NO_ID);
    CHECK(with(mapping, "{\"id\":\"1\",\"gone\":1,\"t\":\"a\"}").fault == FAULT_WRONG_TYPE);
}

TEST(a_value_of_another_type_is_named_by_its_pointer)
{
    struct decoded got = with("id: /u/id, text: /t", "{\"u\":{\"id\":5},\"t\":\"a\"}");

    CHECK(got.fault == FAULT_WRONG_TYPE);
    CHECK_SPAN(got.why, SPAN("/u/id is a whole number; expected text"));
    CHECK(with("id: /id, text: {at: /t, type: html}", "{\"id\":\"1\",\"t\":[]}").fault == FAULT_WRONG_TYPE);
    CHECK(with("id: /id, text: /t, created_at: {at: /c, type: unix-s}", "{\"id\":\"1\",\"t\":\"\",\"c\":1.5}").fault == FAULT_WRONG_TYPE);
    CHECK(with("id: /id, text: /t, created_at: {at: /c, type: unix-s}", "{\"id\":\"1\",\"t\":\"\",\"c\":253402300800}").fault == FAULT_BAD_TIME);
    CHECK(with("id: /id, text: /t, created_at: /c", "{\"id\":\"1\",\"t\":\"\",\"c\":\"monday\"}").fault == FAULT_BAD_TIME);
    CHECK(with("id: /id, metrics: {likes: {at: /n, type: count-text}}", "{\"id\":\"1\",\"n\":\"1e3\"}").fault == FAULT_WRONG_TYPE);
    CHECK(with("id: /id, metrics: {likes: {at: /n, type: count-text}}", "{\"id\":\"1\",\"n\":\"\"}").fault == FAULT_WRONG_TYPE);
    CHECK(with("id: /id, metrics: {likes: {at: /n, type: count-text}}", "{\"id\":\"1\",\"n\":\"9007199254740992\"}").fault == FAULT_WRONG_TYPE);
    CHECK(with("id: /id, metrics: {likes: {at: /n, type: count-text}}", "{\"id\":\"1\",\"n\":\"99999999999999999999\"}").fault == FAULT_WRONG_TYPE);
}

TEST(indexes_are_those_of_rfc_6901)
{
    static const char json[] = "{\"id\":\"1\",\"l\":[\"a\",\"b\"],\"o\":{\"0\":\"c\",\"01\":\"d\",\"\":\"e\"}}";

    CHECK_SPAN(with("id: /id, text: /l/1", json).post.text, SPAN("b"));
    CHECK_SPAN(with("id: /id, text: /o/0", json).post.text, SPAN("c"));
    CHECK_SPAN(with("id: /id, text: /o/01", json).post.text, SPAN("d"));
    CHECK_SPAN(with("id: /id, text: /o/", json).post.text, SPAN("e"));
    CHECK(with("id: /id, text: /l/01", json).fault == FAULT_NO_TEXT);
    CHECK(with("id: /id, text: /l/-", json).fault == FAULT_NO_TEXT);
    CHECK(with("id: /id, text: /l/2", json).fault == FAULT_NO_TEXT);
    CHECK(with("id: /id, text: /l/4294967296", json).fault == FAULT_NO_TEXT);
    CHECK(with("id: /id, text: /id/0", json).fault == FAULT_NO_TEXT);
}

TEST(a_bad_mapping_has_its_line)
{
    CHECK_HAS(problems_with("{id: id, text: /t}"), "worker.yaml:4:19: \"id\" is no JSON Pointer to a member");
    CHECK_HAS(problems_with("{id: /a~2, text: /t}"), "~ is followed by 0");
    CHECK_HAS(problems_with("{id: /a~, text: /t}"), "~ is followed by 0");
    CHECK_HAS(problems_with("{id: \"\", text: /t}"), "no JSON Pointer to a member");
    CHECK_HAS(problems_with("{id: ~, text: /t}"), "expected a JSON Pointer");
    CHECK_HAS(problems_with("{id: [], text: /t}"), "an empty list");
    CHECK_HAS(problems_with("{id: [/a, {at: b}], text: /t}"), "worker.yaml:4:29: \"b\" is no JSON Pointer");
    CHECK_HAS(problems_with("{id: /id, text: {at: /t, type: count}}"), "expected text, text-or-number or html, got \"count\"");
    CHECK_HAS(problems_with("{id: /id, text: {type: html}}"), "\"at\" is missing");
    CHECK_HAS(problems_with("{id: /id, txt: /t}"), "a post has no \"txt\"; did you mean \"text\"?");
    CHECK_HAS(problems_with("{id: /id, text: /t, author: {name: /n}}"), "a post has no \"name\"");
    CHECK_HAS(problems_with("{id: /id, text: /t, metrics: /n}"), "expected a map of members to JSON Pointers");
    CHECK_HAS(problems_with("{text: /t}"), "a mapping needs id");
    CHECK_HAS(problems_with("{id: /id}"), "a mapping needs id, and text");
    CHECK_HAS(problems_with("[/id]"), "expected a map");
    CHECK_HAS(config_problems(CONFIG("mapping", "")), "worker.yaml:3:13: preset mapping needs a mapping beside it");
    CHECK_HAS(config_problems(CONFIG("mastodon", "    mapping: {id: /id, text: /t}\n")), "only preset mapping reads a mapping");
}
