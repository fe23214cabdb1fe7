#include "common/json.h"
#include "tests/unit/test.h"

enum { DEPTH = 64 };

static struct arena *mem;

static struct arena *fresh(void)
{
    arena_free(mem);
    return mem = arena_new();
}

/* The value of "x" in an object. */
static struct value member_x(struct span json)
{
    struct value root = {.type = VALUE_NULL};
    struct span why = {0};

    if (json_read(json, DEPTH, fresh(), &root, &why) != JSON_OK)
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", SPAN_ARGS(json), SPAN_ARGS(why));
    const struct value *x = json_get(&root, SPAN("x"));
    return x ? *x : root;
}

static enum json_fault fault_of(struct span json, unsigned depth)
{
    struct value root;
    struct span why = {0};
    enum json_fault fault = json_read(json, depth, fresh(), &root, &why);

    if (fault && !why.len)
        test_failed(__FILE__, __LINE__, "%.*s: no reason is given", SPAN_ARGS(json));
    return fault;
}

#define FAULT(json, fault) CHECK(fault_of(SPAN(json), DEPTH) == (fault))

TEST(each_type_is_read_as_itself)
{
    CHECK(member_x(SPAN("{\"x\":null}")).type == VALUE_NULL);
    CHECK(member_x(SPAN("{\"x\":true}")).truth);
    CHECK(!member_x(SPAN("{\"x\":false}")).truth);
    CHECK(member_x(SPAN("{\"x\":-7}")).integer == -7);
    CHECK(member_x(SPAN("{\"x\":0.5}")).type == VALUE_REAL);
    CHECK(member_x(SPAN("{\"x\":1.0}")).type == VALUE_REAL);
    CHECK(member_x(SPAN("{\"x\":1e2}")).type == VALUE_REAL);
    CHECK(member_x(SPAN("{\"x\":[]}")).type == VALUE_LIST);
    CHECK(member_x(SPAN("{\"x\":{}}")).type == VALUE_OBJECT);
    CHECK_SPAN(member_x(SPAN("{\"x\":\"南鳥島\"}")).string, SPAN("南鳥島"));
}

TEST(any_value_may_be_the_whole_text_with_blanks_around_it)
{
    struct value value;
    struct span why;

    CHECK(json_read(SPAN(" \t\r\n[1, 2]\n"), DEPTH, fresh(), &value, &why) == JSON_OK);
    CHECK(value.type == VALUE_LIST && value.len == 2 && value.items[1].integer == 2);
    CHECK(json_read(SPAN("\"x\""), DEPTH, fresh(), &value, &why) == JSON_OK);
    CHECK(value.type == VALUE_STRING);
}

TEST(of_duplicate_names_the_last_holds)
{
    CHECK(member_x(SPAN("{\"x\":1,\"y\":2,\"x\":3}")).integer == 3);
    CHECK(member_x(SPAN("{\"x\":1,\"\\u0078\":null}")).type == VALUE_NULL);
}

TEST(escapes_are_read)
{
    CHECK_SPAN(member_x(SPAN("{\"x\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}")).string, SPAN("\"\\/\b\f\n\r\t"));
    CHECK_SPAN(member_x(SPAN("{\"x\":\"\\u65E5\\u672c\"}")).string, SPAN("日本"));
    CHECK_SPAN(member_x(SPAN("{\"x\":\"\\ud83c\\uddef\\uD83C\\uDDF5\"}")).string, SPAN("🇯🇵"));
}

TEST(an_escaped_nul_is_kept_in_a_string)
{
    CHECK_SPAN(member_x(SPAN("{\"x\":\"a\\u0000b\"}")).string, SPAN("a\0b"));
}

/* jansson cannot hold one. */
TEST(an_escaped_nul_in_a_name_is_refused)
{
    FAULT("{\"a\\u0000b\":1,\"x\":2}", JSON_SYNTAX);
}

TEST(a_raw_nul_byte_is_no_json_wherever_it_stands)
{
    FAULT("{\"x\":\"a\0b\"}", JSON_SYNTAX);
    FAULT("{\"x\":1}\0", JSON_SYNTAX);
    FAULT("{\"x\":1\0}", JSON_SYNTAX);
    FAULT("\0{\"x\":1}", JSON_SYNTAX);
    FAULT("{\0\"x\":1}", JSON_SYNTAX);
}

TEST(broken_texts_are_no_json)
{
    FAULT("", JSON_SYNTAX);
    FAULT("  ", JSON_SYNTAX);
    FAULT("{\"x\":1", JSON_SYNTAX);
    FAULT("{\"x\":1,}", JSON_SYNTAX);
    FAULT("[1,]", JSON_SYNTAX);
    FAULT("{x:1}", JSON_SYNTAX);
    FAULT("{'x':1}", JSON_SYNTAX);
    FAULT("{\"x\":01}", JSON_SYNTAX);
    FAULT("{\"x\":+1}", JSON_SYNTAX);
    FAULT("{\"x\":1.}", JSON_SYNTAX);
    FAULT("{\"x\":.5}", JSON_SYNTAX);
    FAULT("{\"x\":NaN}", JSON_SYNTAX);
    FAULT("{\"x\":True}", JSON_SYNTAX);
    FAULT("{\"x\":\"a\nb\"}", JSON_SYNTAX);
    FAULT("{\"x\":\"\\x41\"}", JSON_SYNTAX);
    FAULT("{\"x\":\"\\u00\"}", JSON_SYNTAX);
    FAULT("{\"x\":1} {\"x\":2}", JSON_SYNTAX);
    FAULT("{\"x\":1}x", JSON_SYNTAX);
    FAULT("\xEF\xBB\xBF{\"x\":1}", JSON_SYNTAX);
}

TEST(a_lone_surrogate_is_no_json)
{
    FAULT("{\"x\":\"\\ud83c\"}", JSON_SYNTAX);
    FAULT("{\"x\":\"\\ud83c\\u0041\"}", JSON_SYNTAX);
    FAULT("{\"x\":\"\\ud83c\\ud83c\"}", JSON_SYNTAX);
    FAULT("{\"x\":\"\\uddef\\ud83c\"}", JSON_SYNTAX);
}

TEST(numbers_are_read_up_to_the_ends_of_their_range)
{
    CHECK(member_x(SPAN("{\"x\":9223372036854775807}")).integer == INT64_MAX);
    CHECK(member_x(SPAN("{\"x\":-9223372036854775808}")).integer == INT64_MIN);
    CHECK(member_x(SPAN("{\"x\":-0}")).integer == 0);
    CHECK(member_x(SPAN("{\"x\":1e308}")).type == VALUE_REAL);
    CHECK(member_x(SPAN("{\"x\":1e-400}")).type == VALUE_REAL);
}

TEST(numbers_beyond_are_out_of_range)
{
    FAULT("{\"x\":9223372036854775808}", JSON_RANGE);
    FAULT("{\"x\":-9223372036854775809}", JSON_RANGE);
    FAULT("{\"x\":123456789012345678901234567890}", JSON_RANGE);
    FAULT("{\"x\":1e400}", JSON_RANGE);
    FAULT("{\"x\":-1e400}", JSON_RANGE);
}

TEST(bytes_that_are_not_utf8_are_named_so)
{
    FAULT("{\"x\":\"\xE3\x83\"}", JSON_UTF8);
    FAULT("{\"x\":\"\xED\xA0\x80\"}", JSON_UTF8);
    FAULT("{\"\xFF\":1}", JSON_UTF8);
}

TEST(so_many_levels_are_allowed_and_no_more)
{
    CHECK(fault_of(SPAN("{\"x\":1}"), 1) == JSON_OK);
    CHECK(fault_of(SPAN("{\"x\":[1]}"), 1) == JSON_DEPTH);
    CHECK(fault_of(SPAN("{\"x\":[1]}"), 2) == JSON_OK);
    CHECK(fault_of(SPAN("[[],[[]]]"), 3) == JSON_OK);
    CHECK(fault_of(SPAN("[[],[[]]]"), 2) == JSON_DEPTH);
}

TEST(a_hundred_thousand_levels_are_too_many_and_do_no_harm)
{
    enum { LEVELS = 100000 };
    struct buf deep = buf_in(arena_new());

    for (int i = 0; i < LEVELS; i++)
        buf_char(&deep, '[');
    for (int i = 0; i < LEVELS; i++)
        buf_char(&deep, ']');
    CHECK(fault_of(buf_span(&deep), 1024) == JSON_DEPTH);
    arena_free(deep.mem);
}

TEST(a_fault_says_where_and_quotes_nothing_of_the_post)
{
    struct value value = {.type = VALUE_BOOL};
    struct span why = {0};

    CHECK(json_read(SPAN("{\"x\": secret}"), DEPTH, fresh(), &value, &why) == JSON_SYNTAX);
    CHECK(!memmem(why.at, why.len, "secret", 6));
    CHECK(memmem(why.at, why.len, "at byte ", 8));
    CHECK(value.type == VALUE_BOOL);
}

TEST(the_tree_borrows_nothing_from_the_bytes)
{
    char bytes[] = "{\"x\":\"レア\"}";
    struct value root;
    struct span why;

    CHECK(json_read((struct span){bytes, sizeof bytes - 1}, DEPTH, fresh(), &root, &why) == JSON_OK);
    memset(bytes, 0, sizeof bytes);
    const struct value *x = json_get(&root, SPAN("x"));
    CHECK(x && span_equal(x->string, SPAN("レア")));
}

TEST(what_is_not_there_is_not_found)
{
    struct value root = {.type = VALUE_INT};

    CHECK(!json_get(&root, SPAN("x")));
    root = member_x(SPAN("{\"y\":1}"));
    CHECK(root.type == VALUE_OBJECT && !json_get(&root, SPAN("")));
}

static struct span string_of(struct span text)
{
    struct buf out = buf_in(fresh());

    json_write_string(&out, text);
    return buf_span(&out);
}

TEST(strings_are_written_with_nothing_escaped_that_need_not_be)
{
    CHECK_SPAN(string_of(SPAN("")), SPAN("\"\""));
    CHECK_SPAN(string_of(SPAN("南鳥島 🇯🇵 </a> \x7F\u2028é")), SPAN("\"南鳥島 🇯🇵 </a> \x7F\u2028é\""));
    CHECK_SPAN(string_of(SPAN("a\"b\\c")), SPAN("\"a\\\"b\\\\c\""));
    CHECK_SPAN(string_of(SPAN("\b\f\n\r\t")), SPAN("\"\\b\\f\\n\\r\\t\""));
    CHECK_SPAN(string_of(SPAN("\0\x01\x1F"
                              "0")),
               SPAN("\"\\u0000\\u0001\\u001f0\""));
}

TEST(what_is_to_be_escaped_is_found_wherever_it_stands)
{
    struct span around = SPAN("! and #more~\x7F]^ long enough for some words of eight");

    for (size_t at = 0; at < around.len; at++)
        for (int c = 0; c < 128; c++) {
            struct buf json = buf_in(fresh());
            struct span text = span_keep(around, json.mem);

            ((char *)(uintptr_t)text.at)[at] = (char)c;
            json_write_string(&json, text);
            bool is_escaped = c < 0x20 || c == '"' || c == '\\';
            CHECK((json.at[1 + at] == '\\') == is_escaped && (json.len > around.len + 2) == is_escaped);
        }
}

TEST(written_strings_are_read_back_as_they_were)
{
    struct buf json = buf_in(arena_new());
    char all[128];

    for (int i = 0; i < 128; i++)
        all[i] = (char)i;
    buf_put(&json, SPAN("{\"x\":"));
    json_write_string(&json, (struct span){all, 128});
    buf_char(&json, '}');
    CHECK_SPAN(member_x(buf_span(&json)).string, ((struct span){all, 128}));
    arena_free(json.mem);
}

TEST(an_unknown_text_is_written_as_an_empty_string)
{
    CHECK_SPAN(string_of((struct span){0}), SPAN("\"\""));
    fresh();
}
