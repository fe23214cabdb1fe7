#include "tests/unit/decoded.h"
#include "tests/unit/test.h"

#define CONFIG(preset, mapping)                                                                                        \
    "input:\n  - topic: posts.raw\n    preset: " preset "\n" mapping                                                   \
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

/* The same where the input is strict. */
static struct decoded strictly(const char *mapping, const char *json)
{
    struct span yaml = span_format(scratch(), CONFIG("mapping", "    strict: true\n    mapping: {%s}\n"), mapping);

    return decoded_from(input_from(yaml.at), span_of(json));
}

static struct span problems_with(const char *mapping)
{
    return config_problems(span_format(scratch(), CONFIG("mapping", "    mapping: %s\n"), mapping).at);
}

TEST(pointers_are_tried_in_order)
{
    static const char id_text[] = "id: {at: [/post/id, /id], type: text-or-number}, text: [/full, /a~1b/0/~0]";
    struct decoded first =
        with(id_text, "{\"post\":{\"id\":7000000000000000001},\"full\":\"全文\",\"a/b\":[{\"~\":\"短い\"}]}");
    struct decoded second = with(id_text, "{\"post\":{\"id\":null},\"id\":\"i\",\"a/b\":[{\"~\":\"短い\"}]}");

    CHECK(first.fault == FAULT_NONE && second.fault == FAULT_NONE);
    CHECK_SPAN(first.post.id, SPAN("7000000000000000001"));
    CHECK_SPAN(first.post.text, SPAN("全文"));
    CHECK_SPAN(second.post.id, SPAN("i"));
    CHECK_SPAN(second.post.text, SPAN("短い"));
}

TEST(types_say_what_stands_there)
{
    struct decoded got =
        with("id: /id, text: {at: /html, type: html}, created_at: {at: /ms, type: unix-ms}, "
             "observed_at: {at: /us, type: unix-us}, lang: /l/1, author: {followers: {at: /f, type: count-text}}, "
             "metrics: {likes: /n/likes, views: {at: /v, type: count-text}}",
             "{\"id\":\"1\",\"html\":\"<p>a<br>b</p>\",\"ms\":1,\"us\":1777593600000999,\"l\":[\"en\",\"ja-JP\"],"
             "\"f\":\"12\",\"n\":{\"likes\":3},\"v\":\"9007199254740991\"}");

    CHECK(got.fault == FAULT_NONE && got.post.says == SAYS_POST);
    CHECK_SPAN(got.post.text, SPAN("a\nb"));
    CHECK_SPAN(got.post.lang, SPAN("ja"));
    CHECK(got.post.created_ms == 1 && got.post.observed_ms == 1777593600000);
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
    CHECK(with(mapping, "{\"id\":\"1\",\"gone\":1,\"t\":\"a\"}").post.says == SAYS_POST);
    CHECK(strictly(mapping, "{\"id\":\"1\",\"gone\":1,\"t\":\"a\"}").fault == FAULT_WRONG_TYPE);
}

TEST(a_value_of_another_type_is_named_by_its_pointer)
{
    struct decoded got = with("id: /u/id, text: /t", "{\"u\":{\"id\":5},\"t\":\"a\"}");

    CHECK(got.fault == FAULT_WRONG_TYPE);
    CHECK_SPAN(got.why, SPAN("/u/id is a whole number; expected text"));
    CHECK(with("id: /id, text: {at: /t, type: html}", "{\"id\":\"1\",\"t\":[]}").fault == FAULT_WRONG_TYPE);
    CHECK(strictly("id: /id, text: /t, created_at: {at: /c, type: unix-s}", "{\"id\":\"1\",\"t\":\"\",\"c\":[]}").fault
          == FAULT_WRONG_TYPE);
    CHECK(strictly("id: /id, text: /t, created_at: {at: /c, type: unix-s}",
                   "{\"id\":\"1\",\"t\":\"\",\"c\":253402300800}")
              .fault
          == FAULT_BAD_TIME);
    CHECK(strictly("id: /id, text: /t, created_at: /c", "{\"id\":\"1\",\"t\":\"\",\"c\":\"monday\"}").fault
          == FAULT_BAD_TIME);
    CHECK(strictly("id: /id, metrics: {likes: {at: /n, type: count-text}}", "{\"id\":\"1\",\"n\":\"1e3\"}").fault
          == FAULT_WRONG_TYPE);
    CHECK(strictly("id: /id, metrics: {likes: {at: /n, type: count-text}}", "{\"id\":\"1\",\"n\":\"\"}").fault
          == FAULT_WRONG_TYPE);
    CHECK(strictly("id: /id, metrics: {likes: {at: /n, type: count-text}}", "{\"id\":\"1\",\"n\":\"9007199254740992\"}")
              .fault
          == FAULT_WRONG_TYPE);
    CHECK(strictly("id: /id, metrics: {likes: {at: /n, type: count-text}}",
                   "{\"id\":\"1\",\"n\":\"99999999999999999999\"}")
              .fault
          == FAULT_WRONG_TYPE);
}

TEST(a_value_that_cannot_be_used_is_unknown)
{
    static const char times[] = "id: /id, text: /t, created_at: {at: /c, type: unix-s}";
    static const char counts[] = "id: /id, text: /t, metrics: {likes: /n, views: {at: /v, type: count-text}}";

    CHECK(is_unknown(with(times, "{\"id\":\"1\",\"t\":\"\",\"c\":253402300800}"), MEMBER_CREATED, UNUSABLE_RANGE));
    CHECK(is_unknown(with(times, "{\"id\":\"1\",\"t\":\"\",\"c\":-1}"), MEMBER_CREATED, UNUSABLE_RANGE));
    CHECK(is_unknown(with(times, "{\"id\":\"1\",\"t\":\"\",\"c\":\"1779719009.\"}"), MEMBER_CREATED, UNUSABLE_TIME));
    CHECK(is_unknown(with(times, "{\"id\":\"1\",\"t\":\"\",\"c\":{}}"), MEMBER_CREATED, UNUSABLE_TYPE));
    CHECK(is_unknown(with(counts, "{\"id\":\"1\",\"t\":\"\",\"n\":-3}"), MEMBER_LIKES, UNUSABLE_RANGE));
    CHECK(is_unknown(with(counts, "{\"id\":\"1\",\"t\":\"\",\"v\":\"-3\"}"), MEMBER_VIEWS, UNUSABLE_VALUE));
}

static int64_t created(const char *type, const char *json)
{
    struct span mapping = span_format(scratch(), "id: /id, text: /id, created_at: {at: /c, type: %s}", type);
    struct decoded got = with(mapping.at, span_format(scratch(), "{\"id\":\"1\",\"c\":%s}", json).at);

    return got.fault || got.post.has_unusable ? -1 : got.post.created_ms;
}

TEST(a_time_comes_in_many_forms)
{
    CHECK(created("any", "\"2026-04-18T14:00:00+0000\"") == 1776520800000);
    CHECK(created("any", "\"Mon May 25 14:23:29 +0000 2026\"") == 1779719009000);
    CHECK(created("any", "\"Mon, 25 May 2026 14:23:29 GMT\"") == 1779719009000);
    CHECK(created("any", "1779719009") == -1); /* of what unit is not said */
    CHECK(created("rfc3339", "\"2026-05-25T14:23:29\"") == -1);
    CHECK(created("rfc3339-utc", "\"2026-05-25T14:23:29\"") == 1779719009000);
    CHECK(created("rfc3339-utc", "\"2026-05-25T23:23:29+09\"") == 1779719009000);
    CHECK(created("rfc2822", "\"Mon May 25 14:23:29 +0000 2026\"") == -1);
    CHECK(created("x-v1", "\"Mon May 25 14:23:29 +0000 2026\"") == 1779719009000);
    CHECK(created("unix-s", "1779719009") == 1779719009000 && created("unix-s", "\"1779719009\"") == 1779719009000);
    CHECK(created("unix-s", "1779719009.0") == 1779719009000 && created("unix-s", "1779719009.757") == 1779719009757);
    CHECK(created("unix-s", "\"1779719009.7574\"") == 1779719009757
          && created("unix-ms", "\"1779719009757\"") == 1779719009757);
    CHECK(created("unix-ms", "1.779719009757e12") == 1779719009757
          && created("unix-us", "1779719009757999") == 1779719009757);
    CHECK(created("unix-s", "1e300") == -1 && created("unix-s", "-0.5") == -1 && created("unix-s", "\"\"") == -1);
    CHECK(created("unix-s", "\"99999999999999999999\"") == -1 && created("unix-s", "\".5\"") == -1);
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

TEST(a_text_is_joined_of_parts)
{
    static const char mapping[] =
        "id: /id, text: [{join: [/title, {at: /self, type: html}]}, /body], lang: {at: /map, type: key}";

    CHECK_SPAN(with(mapping, "{\"id\":\"1\",\"title\":\"a\",\"self\":\"<p>b</p>\",\"map\":{\"ja\":\"x\",\"en\":\"y\"}}")
                   .post.text,
               SPAN("a\n\nb"));
    CHECK_SPAN(with(mapping, "{\"id\":\"1\",\"title\":\"a\",\"self\":\"<p>b</p>\",\"map\":{\"ja\":\"x\",\"en\":\"y\"}}")
                   .post.lang,
               SPAN("ja"));
    CHECK_SPAN(with(mapping, "{\"id\":\"1\",\"title\":\"a\",\"self\":\"\"}").post.text, SPAN("a"));
    CHECK_SPAN(with(mapping, "{\"id\":\"1\",\"body\":\"c\"}").post.text, SPAN("c"));
    CHECK(with(mapping, "{\"id\":\"1\",\"title\":7}").fault == FAULT_WRONG_TYPE);
    CHECK(is_unknown(with(mapping, "{\"id\":\"1\",\"body\":\"c\",\"map\":{}}"), MEMBER_LANG, UNUSABLE_TYPE));
}

TEST(markup_may_keep_its_lines_or_be_references_alone)
{
    static const char json[] = "{\"id\":\"1\",\"t\":\"R&amp;D one\\n<b>two</b> &lt;3\"}";

    CHECK_SPAN(with("id: /id, text: {at: /t, type: entities}", json).post.text, SPAN("R&D one\n<b>two</b> <3"));
    CHECK_SPAN(with("id: /id, text: {at: /t, type: html-lines}", json).post.text, SPAN("R&D one\ntwo <3"));
    CHECK_SPAN(with("id: /id, text: {at: /t, type: html}", json).post.text, SPAN("R&D one two <3"));
}

TEST(a_value_may_hide)
{
    static const char mapping[] = "id: /id, text: /t, hidden: {at: /action, is: delete}";

    CHECK(with(mapping, "{\"id\":\"1\",\"action\":\"delete\"}").post.says == SAYS_HIDE);
    CHECK(with(mapping, "{\"id\":\"1\",\"action\":\"make\",\"t\":\"a\"}").post.says == SAYS_POST);
    CHECK(with(mapping, "{\"id\":\"1\",\"action\":\"make\"}").fault == FAULT_NO_TEXT);
}

TEST(lists_are_those_of_the_post)
{
    struct decoded got =
        with("id: /id, text: /t, hashtags: /tags, mentions: {each: /who, at: /name}, links: {each: /u, at: /long}, "
             "visibility: /v, sensitive: /s, author: {bot: {at: /kind, is: robot}}, extra: {join: [/alt]}",
             "{\"id\":\"1\",\"t\":\"a\",\"tags\":[\"x\",7,\"y\"],\"who\":[{\"name\":\"ann\"},{}],\"u\":[{\"long\":"
             "\"https://a.example\"},"
             "{\"long\":\"no address\"}],\"v\":\"direct\",\"s\":true,\"kind\":\"robot\",\"alt\":\"a quay\"}");

    CHECK(got.fault == FAULT_NONE && got.post.sensitive == SAID_YES && got.post.bot == SAID_YES);
    CHECK_SPAN(listed_in(got, LISTED_HASHTAGS), SPAN("x y "));
    CHECK_SPAN(listed_in(got, LISTED_MENTIONS), SPAN("ann "));
    CHECK_SPAN(listed_in(got, LISTED_LINKS), SPAN("https://a.example "));
    CHECK_SPAN(got.post.visibility, SPAN("direct"));
    CHECK_SPAN(got.post.extra, SPAN("a quay"));
}

TEST(signs_before_what_is_listed_are_no_part_of_it)
{
    struct decoded got =
        with("id: /id, text: /t, hashtags: {each: /tag, at: /name}, mentions: /who",
             "{\"id\":\"1\",\"t\":\"a\",\"tag\":[{\"name\":\"#sea\"},{\"name\":\"＃海\"},{\"name\":\"#\"}],"
             "\"who\":[\"@ann@a.example\",\"＠ben\"]}");

    CHECK_SPAN(listed_in(got, LISTED_HASHTAGS), SPAN("sea 海 "));
    CHECK_SPAN(listed_in(got, LISTED_MENTIONS), SPAN("ann@a.example ben "));
}

TEST(what_repeats_something_that_is_no_id_is_no_repost)
{
    static const char mapping[] = "id: /id, text: /object/content, repost_of: /object";

    CHECK(with(mapping, "{\"id\":\"1\",\"object\":\"2\"}").post.says == SAYS_POST);
    CHECK(with(mapping, "{\"id\":\"1\",\"object\":{\"content\":\"\"}}").fault == FAULT_NONE);
    CHECK(with(mapping, "{\"id\":\"1\",\"object\":{\"type\":\"Announce\"}}").fault == FAULT_NO_TEXT);
    CHECK(with(mapping, "{\"id\":\"1\",\"object\":[7]}").fault == FAULT_NO_TEXT);
}

TEST(types_of_a_time_are_tried_in_turn)
{
    CHECK(created("[rfc3339-utc, unix-s]", "\"2026-05-25T14:23:29\"") == 1779719009000);
    CHECK(created("[rfc3339-utc, unix-s]", "1779719009") == 1779719009000);
    CHECK(created("[unix-ms]", "\"2026-05-25T14:23:29Z\"") == -1);
    CHECK_HAS(problems_with("{id: /id, text: /t, created_at: {at: /c, type: [monday]}}"), "expected any, rfc3339");
}

TEST(a_bad_mapping_has_its_line)
{
    CHECK_HAS(problems_with("{id: id, text: /t}"), "worker.yaml:4:19: \"id\" is not a JSON Pointer to a member");
    CHECK_HAS(problems_with("{id: /a~2, text: /t}"), "~ is followed by 0");
    CHECK_HAS(problems_with("{id: /a~, text: /t}"), "~ is followed by 0");
    CHECK_HAS(problems_with("{id: \"\", text: /t}"), "not a JSON Pointer to a member");
    CHECK_HAS(problems_with("{id: ~, text: /t}"), "expected a JSON Pointer");
    CHECK_HAS(problems_with("{id: [], text: /t}"), "an empty list");
    CHECK_HAS(problems_with("{id: [/a, {at: b}], text: /t}"), "worker.yaml:4:29: \"b\" is not a JSON Pointer");
    CHECK_HAS(problems_with("{id: /id, text: {at: /t, type: count}}"),
              "expected text, text-or-number, html, html-lines, entities or key, got \"count\"");
    CHECK_HAS(problems_with("{id: /id, text: {type: html}}"), "\"at\" is missing");
    CHECK_HAS(problems_with("{id: /id, txt: /t}"), "a post has no \"txt\"; did you mean \"text\"?");
    CHECK_HAS(problems_with("{id: /id, text: /t, author: {name: /n}}"), "a post has no \"name\"");
    CHECK_HAS(problems_with("{id: /id, text: /t, metrics: /n}"), "expected a map of members to JSON Pointers");
    CHECK_HAS(problems_with("{id: /id, text: {at: /t, join: [/a]}}"), "at and join cannot both be given");
    CHECK_HAS(problems_with("{id: /id, text: {join: /a}}"), "expected a list of JSON Pointers");
    CHECK_HAS(problems_with("{id: /id, text: /t, links: {each: /u}}"), "each and at are one JSON Pointer each");
    CHECK_HAS(problems_with("{text: /t}"), "a mapping needs id");
    CHECK_HAS(problems_with("{id: /id}"), "a mapping needs id, and text");
    CHECK_HAS(problems_with("[/id]"), "expected a map");
    CHECK_HAS(config_problems(CONFIG("mapping", "")), "worker.yaml:3:13: preset mapping needs a mapping beside it");
    CHECK_HAS(config_problems(CONFIG("mastodon", "    mapping: {id: /id, text: /t}\n")),
              "only preset mapping reads a mapping");
}
