#include "worker/decode/decode.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

static const struct limits limits = {.post_bytes = 1024, .post_depth = 4};
static const struct input any_key = {.topic = {"posts.raw", 9}, .key = INPUT_KEY_ANY};
static const struct input framed = {.topic = {"posts.raw", 9}, .framing = FRAMING_CONFLUENT};

static const struct input strict = {.topic = {"posts.raw", 9}, .strict = true};

static struct post post; /* of the last decode */
static struct span why;

static enum fault decode_from(const struct input *input, struct span key, struct span value)
{
    struct message message = {.input = input, .key = key, .value = value, .timestamp_ms = 42};

    why = (struct span){0};
    enum fault fault = post_decode(&message, &limits, scratch(), &post, &why);

    if (fault && !why.len)
        test_failed(__FILE__, __LINE__, "%.*s: no reason is given", SPAN_ARGS(value));
    return fault;
}

static enum fault decode(struct span value)
{
    return decode_from(&plain_input, (struct span){0}, value);
}

/* Of all members this one alone, for this reason alone. */
static bool is_unusable(enum post_member member, enum unusable reason)
{
    for (int i = 0; i < POST_MEMBER_COUNT; i++)
        if (post.unusable[i] != (i == (int)member ? 1u << reason : 0))
            return false;
    return post.has_unusable;
}

#define FAULT(json, name) CHECK_SPAN(span_of(fault_names[decode(SPAN(json))]), SPAN(name))
/* What only a strict input refuses: else that member alone is unknown, for that reason. */
#define STRICT(json, name, member, reason)                                                                             \
    do {                                                                                                               \
        CHECK_SPAN(span_of(fault_names[decode_from(&strict, (struct span){0}, SPAN(json))]), SPAN(name));              \
        CHECK(decode(SPAN(json)) == FAULT_NONE && is_unusable(member, reason));                                        \
    } while (0)

#define SAYS(json, what) CHECK(decode(SPAN(json)) == FAULT_NONE && post.says == (what))

TEST(every_member_is_read)
{
    CHECK(!decode(
        SPAN("{\"id\":\"1\",\"created_at\":\"2025-12-05T09:00:00+09:00\",\"observed_at\":\"2025-12-05T16:00:00+09:00\","
             "\"lang\":\"ja\",\"text\":\"レアアース\",\"url\":\"u\",\"author\":{\"id\":\"a\",\"handle\":\"h\","
             "\"followers\":1234,\"age_band\":\"40s\",\"gender\":\"male\"},\"metrics\":{\"reposts\":55,\"likes\":200,"
             "\"replies\":8,\"quotes\":3,\"bookmarks\":1,\"views\":9000},\"in_reply_to\":\"2\",\"repost_of\":\"3\","
             "\"quote_of\":\"4\",\"replaces\":\"5\"}")));
    CHECK(post.says == SAYS_POST && post.created_ms == 1764892800000 && post.observed_ms == 1764918000000);
    CHECK_SPAN(post.id, SPAN("1"));
    CHECK_SPAN(post.lang, SPAN("ja"));
    CHECK_SPAN(post.text, SPAN("レアアース"));
    CHECK_SPAN(post.url, SPAN("u"));
    CHECK_SPAN(post.author.id, SPAN("a"));
    CHECK_SPAN(post.author.handle, SPAN("h"));
    CHECK_SPAN(post.author.age_band, SPAN("40s"));
    CHECK_SPAN(post.author.gender, SPAN("male"));
    CHECK(post.author.followers == 1234);
    CHECK(post.counts[COUNT_REPOSTS] == 55 && post.counts[COUNT_LIKES] == 200 && post.counts[COUNT_REPLIES] == 8);
    CHECK(post.counts[COUNT_QUOTES] == 3 && post.counts[COUNT_BOOKMARKS] == 1 && post.counts[COUNT_VIEWS] == 9000);
    CHECK_SPAN(post.in_reply_to, SPAN("2"));
    CHECK_SPAN(post.repost_of, SPAN("3"));
    CHECK_SPAN(post.quote_of, SPAN("4"));
    CHECK_SPAN(post.replaces, SPAN("5"));
}

TEST(what_is_absent_or_null_is_unknown)
{
    SAYS("{\"id\":\"1\",\"text\":\"\",\"lang\":null,\"author\":null,\"created_at\":null,\"metrics\":{\"likes\":null}}",
         SAYS_POST);
    CHECK(post.created_ms == TIME_UNKNOWN && post.observed_ms == TIME_UNKNOWN
          && post.author.followers == COUNT_UNKNOWN);
    for (int i = 0; i < COUNTS; i++)
        CHECK(post.counts[i] == COUNT_UNKNOWN);
    CHECK(!post.lang.len && !post.author.id.len && !post.repost_of.len);
}

TEST(the_raw_bytes_are_kept_as_they_came)
{
    struct span json = SPAN(" { \"id\" : \"1\", \"text\":\"\\u0061\", \"media\":[1, 2] } ");

    CHECK(!decode(json));
    CHECK(post.raw.at == json.at && post.raw.len == json.len);
    CHECK_SPAN(post.text, SPAN("a"));
}

TEST(the_kind_is_the_first_that_fits)
{
    SAYS("{\"id\":\"1\",\"text\":\"a\"}", SAYS_POST);
    CHECK(post_kind(&post) == KIND_POST);
    SAYS("{\"id\":\"1\",\"text\":\"a\",\"in_reply_to\":\"2\"}", SAYS_POST);
    CHECK(post_kind(&post) == KIND_REPLY);
    SAYS("{\"id\":\"1\",\"text\":\"a\",\"in_reply_to\":\"2\",\"quote_of\":\"3\"}", SAYS_POST);
    CHECK(post_kind(&post) == KIND_QUOTE);
    SAYS("{\"id\":\"1\",\"text\":\"a\",\"quote_of\":\"3\",\"repost_of\":\"4\"}", SAYS_POST);
    CHECK(post_kind(&post) == KIND_REPOST);
    SAYS("{\"id\":\"1\",\"metrics\":{},\"repost_of\":\"4\"}", SAYS_UPDATE);
    CHECK(post_kind(&post) == KIND_UPDATE);
    CHECK_SPAN(post_subject(&post), SPAN("4"));
}

TEST(metrics_without_a_text_are_an_update)
{
    SAYS("{\"id\":\"1\",\"metrics\":{\"likes\":7}}", SAYS_UPDATE);
    SAYS("{\"id\":\"1\",\"text\":null,\"metrics\":{\"likes\":7}}", SAYS_UPDATE);
    SAYS("{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"likes\":7}}", SAYS_POST);
}

TEST(hidden_hides_whatever_else_stands_there)
{
    SAYS("{\"id\":\"1\",\"hidden\":true}", SAYS_HIDE);
    SAYS("{\"id\":\"1\",\"hidden\":true,\"text\":\"a\",\"metrics\":{\"likes\":7}}", SAYS_HIDE);
    SAYS("{\"id\":\"1\",\"hidden\":true,\"text\":7,\"lang\":7,\"created_at\":\"never\"}", SAYS_HIDE);
    SAYS("{\"id\":\"1\",\"hidden\":true,\"observed_at\":\"2025-12-05T16:00:00+09:00\"}", SAYS_HIDE);
    CHECK(post.observed_ms == 1764918000000);
}

TEST(hidden_false_takes_it_back_only_without_a_text)
{
    SAYS("{\"id\":\"1\",\"hidden\":false}", SAYS_UNHIDE);
    SAYS("{\"id\":\"1\",\"hidden\":false,\"metrics\":{\"likes\":7}}", SAYS_UNHIDE);
    SAYS("{\"id\":\"1\",\"hidden\":false,\"text\":\"a\"}", SAYS_POST);
    SAYS("{\"id\":\"1\",\"hidden\":null,\"text\":\"a\"}", SAYS_POST);
}

TEST(a_null_payload_hides_the_post_that_its_key_names)
{
    CHECK(decode_from(&plain_input, SPAN("1996"), (struct span){0}) == FAULT_NONE);
    CHECK(post.says == SAYS_HIDE && post.observed_ms == TIME_UNKNOWN);
    CHECK_SPAN(post.id, SPAN("1996"));
}

TEST(a_null_payload_whose_key_need_not_be_an_id_has_none)
{
    CHECK(decode_from(&any_key, SPAN("1996"), (struct span){0}) == FAULT_NO_ID);
    CHECK(decode_from(&plain_input, (struct span){0}, (struct span){0}) == FAULT_NO_ID);
    CHECK(decode_from(&plain_input, SPAN(""), (struct span){0}) == FAULT_NO_ID);
    CHECK(decode_from(&plain_input, SPAN("\xFF"), (struct span){0}) == FAULT_BAD_UTF8);
}

TEST(an_empty_payload_is_not_null)
{
    FAULT("", "not-json");
}

TEST(each_fault_has_its_name)
{
    FAULT("{\"id\":\"1\",", "not-json");
    FAULT("{\"id\":\"1\",\"text\":\"a\0b\"}", "not-json");
    FAULT("{\"id\":\"1\",\"text\":\"\\ud83c\"}", "not-json");
    FAULT("{\"id\":\"1\",\"text\":\"\",\"x\":1e999}", "number-range");
    FAULT("{\"id\":\"1\",\"text\":\"\",\"x\":18446744073709551616}", "number-range");
    FAULT("[\"id\",\"text\"]", "not-an-object");
    FAULT("null", "not-an-object");
    FAULT("7", "not-an-object");
    FAULT("{\"text\":\"a\"}", "no-id");
    FAULT("{\"id\":\"\",\"text\":\"a\"}", "no-id");
    FAULT("{\"id\":null,\"text\":\"a\"}", "no-id");
    FAULT("{\"hidden\":true}", "no-id");
    FAULT("{\"id\":\"1\"}", "no-text");
    FAULT("{\"id\":\"1\",\"text\":null,\"metrics\":null}", "no-text");
    FAULT("{\"id\":1996,\"text\":\"a\"}", "wrong-type");
    FAULT("{\"id\":\"1\",\"text\":7}", "wrong-type");
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"metrics\":[]}", "wrong-type", MEMBER_METRICS, UNUSABLE_TYPE);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"author\":\"me\"}", "wrong-type", MEMBER_AUTHOR, UNUSABLE_TYPE);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"author\":{\"handle\":7}}", "wrong-type", MEMBER_HANDLE, UNUSABLE_TYPE);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"lang\":[]}", "wrong-type", MEMBER_LANG, UNUSABLE_TYPE);
    FAULT("{\"id\":\"1\",\"text\":\"\xE3\x83\"}", "bad-utf8");
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"created_at\":\"yesterday\"}", "bad-time", MEMBER_CREATED, UNUSABLE_TIME);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"observed_at\":\"2025-12-05\"}", "bad-time", MEMBER_OBSERVED, UNUSABLE_TIME);
    STRICT("{\"id\":\"1\",\"hidden\":true,\"observed_at\":\"2025-12-05\"}", "bad-time", MEMBER_OBSERVED, UNUSABLE_TIME);
    FAULT("{\"id\":\"1\",\"text\":\"a\",\"x\":[[[[]]]]}", "too-deep");
}

TEST(hidden_that_is_no_bool_hides_nothing)
{
    FAULT("{\"id\":\"1\",\"hidden\":\"true\"}", "no-text");
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"hidden\":\"true\"}", "wrong-type", MEMBER_HIDDEN, UNUSABLE_TYPE);
    CHECK(post.says == SAYS_POST);
}

TEST(a_time_comes_in_the_forms_that_tell_themselves)
{
    static const char *const times[] = {
        "2026-05-25T14:23:29Z",           "2026-05-25T23:23:29+0900",        "2026-05-25T14:23:29.0004+00",
        "Mon May 25 14:23:29 +0000 2026", "Mon, 25 May 2026 23:23:29 +0900", "25 May 2026 14:23:29 GMT",
    };

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        CHECK(decode(span_format(scratch(), "{\"id\":\"1\",\"text\":\"\",\"created_at\":\"%s\"}", times[i]))
              == FAULT_NONE);
        CHECK(!post.has_unusable && post.created_ms == 1779719009000);
    }
}

TEST(a_time_that_was_never_set_is_unknown)
{
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"created_at\":\"0001-01-01T00:00:00Z\"}", "bad-time", MEMBER_CREATED,
           UNUSABLE_RANGE);
    CHECK(post.created_ms == TIME_UNKNOWN);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"created_at\":\"\"}", "bad-time", MEMBER_CREATED, UNUSABLE_TIME);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"created_at\":\"2026-05-25T14:23:29\"}", "bad-time", MEMBER_CREATED,
           UNUSABLE_TIME);
}

TEST(an_odd_member_costs_no_other)
{
    SAYS("{\"id\":\"1\",\"text\":\"a\",\"created_at\":\"x\",\"url\":7,\"author\":{\"handle\":\"ann\",\"followers\":-1},"
         "\"metrics\":{\"likes\":-4,\"reposts\":2}}",
         SAYS_POST);
    CHECK_SPAN(post.author.handle, SPAN("ann"));
    CHECK(post.author.followers == COUNT_UNKNOWN && post.counts[COUNT_LIKES] == COUNT_UNKNOWN);
    CHECK(post.counts[COUNT_REPOSTS] == 2 && !post.url.len && post.created_ms == TIME_UNKNOWN);
    CHECK(post.unusable[MEMBER_URL] && post.unusable[MEMBER_FOLLOWERS] && post.unusable[MEMBER_LIKES]);
}

TEST(a_time_that_is_no_text_has_the_wrong_type)
{
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"created_at\":1764918000}", "wrong-type", MEMBER_CREATED, UNUSABLE_TYPE);
}

TEST(counts_are_whole_numbers_that_a_double_holds)
{
    SAYS("{\"id\":\"1\",\"text\":\"a\",\"metrics\":{\"likes\":9007199254740991,\"views\":0}}", SAYS_POST);
    CHECK(post.counts[COUNT_LIKES] == COUNT_MAX && post.counts[COUNT_VIEWS] == 0);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"metrics\":{\"likes\":9007199254740992}}", "wrong-type", MEMBER_LIKES,
           UNUSABLE_RANGE);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"metrics\":{\"likes\":-1}}", "wrong-type", MEMBER_LIKES, UNUSABLE_RANGE);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"metrics\":{\"likes\":1.0}}", "wrong-type", MEMBER_LIKES, UNUSABLE_TYPE);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"metrics\":{\"likes\":\"7\"}}", "wrong-type", MEMBER_LIKES, UNUSABLE_TYPE);
    STRICT("{\"id\":\"1\",\"text\":\"a\",\"author\":{\"followers\":-1}}", "wrong-type", MEMBER_FOLLOWERS,
           UNUSABLE_RANGE);
}

TEST(a_fault_names_the_place_and_what_was_expected)
{
    decode_from(&strict, (struct span){0}, SPAN("{\"id\":\"1\",\"text\":\"a\",\"author\":{\"handle\":7}}"));
    CHECK_SPAN(why, SPAN("author.handle is a whole number; expected text"));
    decode_from(&strict, (struct span){0}, SPAN("{\"id\":\"1\",\"text\":\"a\",\"metrics\":{\"likes\":-1}}"));
    CHECK_SPAN(why, SPAN("metrics.likes is -1; a count is a whole number from 0 to 2^53 - 1"));
    decode_from(&strict, (struct span){0}, SPAN("{\"id\":\"1\",\"text\":\"a\",\"created_at\":\"x\"}"));
    CHECK_SPAN(why, SPAN("created_at is no time in a form that is read here (rfc3339, rfc2822, x-v1), such as "
                         "2026-04-10T09:00:00+09:00"));
    decode(SPAN("[]"));
    CHECK_SPAN(why, SPAN("expected a JSON object, got a list"));
}

TEST(so_many_bytes_are_allowed_and_no_more)
{
    char bytes[1025];

    memset(bytes, ' ', sizeof bytes);
    memcpy(bytes, "{\"id\":\"1\",\"text\":\"a\"}", 21);
    CHECK(decode((struct span){bytes, 1024}) == FAULT_NONE);
    CHECK(decode((struct span){bytes, 1025}) == FAULT_TOO_LARGE);
    CHECK_SPAN(why, SPAN("1025 bytes; limits: post_bytes allows 1024"));
}

TEST(of_duplicate_members_the_last_holds)
{
    SAYS("{\"id\":\"1\",\"text\":\"a\",\"id\":\"2\"}", SAYS_POST);
    CHECK_SPAN(post.id, SPAN("2"));
}

TEST(a_nul_within_a_text_is_kept)
{
    SAYS("{\"id\":\"1\",\"text\":\"a\\u0000b\"}", SAYS_POST);
    CHECK_SPAN(post.text, SPAN("a\0b"));
}

TEST(a_language_is_its_primary_subtag_in_lower_case)
{
    SAYS("{\"id\":\"1\",\"text\":\"\",\"lang\":\"ja-JP\"}", SAYS_POST);
    CHECK_SPAN(post.lang, SPAN("ja"));
    SAYS("{\"id\":\"1\",\"text\":\"\",\"lang\":\"ZH_Hant_TW\"}", SAYS_POST);
    CHECK_SPAN(post.lang, SPAN("zh"));
    SAYS("{\"id\":\"1\",\"text\":\"\",\"lang\":\"\"}", SAYS_POST);
    CHECK_SPAN(post.lang, SPAN(""));
}

TEST(a_registrys_frame_is_taken_off)
{
    CHECK(decode_from(&framed, (struct span){0}, SPAN("\0\0\0\0\x2A{\"id\":\"1\",\"text\":\"a\"}")) == FAULT_NONE);
    CHECK_SPAN(post.raw, SPAN("{\"id\":\"1\",\"text\":\"a\"}"));
}

TEST(a_byte_order_mark_is_passed_over)
{
    CHECK(decode_from(&plain_input, (struct span){0}, SPAN("\xEF\xBB\xBF{\"id\":\"1\",\"text\":\"a\"}")) == FAULT_NONE);
    CHECK_SPAN(post.raw, SPAN("{\"id\":\"1\",\"text\":\"a\"}"));
    CHECK(decode_from(&plain_input, (struct span){0}, SPAN("\xEF\xBB\xBF")) == FAULT_NOT_JSON);
    CHECK(decode_from(&framed, (struct span){0}, SPAN("\0\0\0\0\x2A\xEF\xBB\xBF{\"id\":\"1\",\"text\":\"a\"}"))
          == FAULT_NONE);
    CHECK_SPAN(post.raw, SPAN("{\"id\":\"1\",\"text\":\"a\"}"));
}

TEST(what_has_no_registrys_frame_is_named_so)
{
    CHECK(decode_from(&framed, (struct span){0}, SPAN("{\"id\":\"1\",\"text\":\"a\"}")) == FAULT_BAD_FRAMING);
    CHECK(decode_from(&framed, (struct span){0}, SPAN("\0\0\0\0")) == FAULT_BAD_FRAMING);
    CHECK(decode_from(&framed, (struct span){0}, SPAN("")) == FAULT_BAD_FRAMING);
    CHECK(decode_from(&framed, (struct span){0}, SPAN("\0\0\0\0\x2A")) == FAULT_NOT_JSON);
}

static struct span lang_of(const char *tag)
{
    CHECK(decode(span_format(scratch(), "{\"id\":\"1\",\"text\":\"\",\"lang\":\"%s\"}", tag)) == FAULT_NONE);
    return post.lang;
}

TEST(a_language_is_what_its_code_means)
{
    CHECK_SPAN(lang_of("in"), SPAN("id"));
    CHECK_SPAN(lang_of("iw-IL"), SPAN("he"));
    CHECK_SPAN(lang_of("ji"), SPAN("yi"));
    CHECK_SPAN(lang_of("mo"), SPAN("ro"));
    CHECK_SPAN(lang_of("eng"), SPAN("en"));
    CHECK_SPAN(lang_of("ger"), SPAN("de"));
    CHECK_SPAN(lang_of("CMN-Hans"), SPAN("zh"));
    CHECK_SPAN(lang_of("ceb"), SPAN("ceb"));
    CHECK(!post.has_unusable);
}

TEST(a_code_of_no_language_is_unknown)
{
    static const char *const none[] = {"und", "zxx", "mul", "qme", "qst", "qaa-x-y", "art"};

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK(!lang_of(none[i]).len && !post.has_unusable);
    STRICT("{\"id\":\"1\",\"text\":\"\",\"lang\":\"jp\"}", "wrong-type", MEMBER_LANG, UNUSABLE_VALUE);
    STRICT("{\"id\":\"1\",\"text\":\"\",\"lang\":\"Japanese\"}", "wrong-type", MEMBER_LANG, UNUSABLE_VALUE);
    STRICT("{\"id\":\"1\",\"text\":\"\",\"lang\":\"日本\"}", "wrong-type", MEMBER_LANG, UNUSABLE_VALUE);
}

TEST(a_repost_need_not_repeat_the_text)
{
    SAYS("{\"id\":\"1\",\"repost_of\":\"2\"}", SAYS_POST);
    SAYS("{\"id\":\"1\",\"repost_of\":\"2\",\"metrics\":{\"likes\":1}}", SAYS_UPDATE);
}
