/* Rows of a facts topic: every fault and every bound. */
#include "common/arena.h"
#include "tests/unit/test.h"
#include "worker/trends/row.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_MAX = 100 };

static enum row_fault decode_in(struct span bytes, struct row *row, struct arena *mem)
{
    return row_decode(bytes, TIME_UNKNOWN, TEXT_MAX, mem, row);
}

static enum row_fault fault_of(const char *text)
{
    struct arena *mem = arena_new();
    struct row row;
    enum row_fault fault = decode_in(span_of(text), &row, mem);

    arena_free(mem);
    return fault;
}

/* A post with more members. */
#define POST(more) "{\"v\":1,\"id\":\"7\",\"kind\":\"post\",\"as_of\":5" more "}"
#define BIG        "9007199254740992" /* 2^53 */

#define CHECK_FAULT(text, fault)                                                                                       \
    do {                                                                                                               \
        enum row_fault got_ = fault_of(text);                                                                          \
        if (got_ != (fault))                                                                                           \
            test_failed(__FILE__, __LINE__, "%s: %s, expected %s", text, row_faults[got_].name,                        \
                        row_faults[fault].name);                                                                       \
    } while (0)

TEST(a_post_with_the_least_it_needs_is_taken)
{
    struct arena *mem = arena_new();
    struct row row;

    CHECK(decode_in(SPAN(POST("")), &row, mem) == ROW_NONE);
    CHECK(row.says == ROW_OBSERVATION && row.kind == KIND_POST && row.sentiment == ROW_UNKNOWN);
    CHECK_SPAN(row.id, SPAN("7"));
    CHECK_SPAN(row.subject, SPAN("7"));
    CHECK(!row.network.len && !row.has_text && !row.has_tags && !row.has_hashtags && !row_has_counts(&row));
    CHECK(row.created_ms == TIME_UNKNOWN && row.timestamp_ms == TIME_UNKNOWN && row.followers == COUNT_UNKNOWN);
    CHECK(row.order.as_of_ms == 5 && row.order.version == 0 && row.order.offset == -1);
    arena_free(mem);
}

TEST(all_members_are_read)
{
    struct arena *mem = arena_new();
    struct row row;

    CHECK(!decode_in(
        SPAN(POST(",\"network\":\"x\",\"created\":-3,\"lang\":\"ja\",\"author\":\"u\",\"handle\":\"kaze\","
                  "\"followers\":0,\"segment\":\"40s/male\",\"url\":\"https://x.example/7\",\"replaces\":\"6\","
                  "\"reposts\":1,\"quotes\":2,\"replies\":3,\"likes\":4,\"bookmarks\":5,\"views\":6,"
                  "\"text\":\"霧\",\"tags\":[\"a\",\"\",\"b\"],\"hashtags\":[],\"sentiment\":\"negative\","
                  "\"total\":15,\"rules\":{\"version\":9},\"source\":{\"offset\":8,\"timestamp\":7}")),
        &row, mem));
    CHECK_SPAN(row.network, SPAN("x"));
    CHECK(row.created_ms == -3 && row.followers == 0 && row.sentiment == ROW_NEGATIVE);
    CHECK_SPAN(row.author, SPAN("u"));
    CHECK_SPAN(row.segment, SPAN("40s/male"));
    CHECK_SPAN(row.replaces, SPAN("6"));
    CHECK_SPAN(row.text, SPAN("霧"));
    for (int i = 0; i < COUNTS; i++)
        CHECK(row.counts[i] == i + 1);
    CHECK(row.tags.len == 2 && row.has_tags && row.has_hashtags && row.hashtags.len == 0); /* an empty name is none */
    CHECK(row.order.version == 9 && row.order.offset == 8 && row.timestamp_ms == 7);
    arena_free(mem);
}

TEST(each_fault_has_its_name)
{
    CHECK_FAULT("", ROW_NOT_JSON);
    CHECK_FAULT("{\"v\":1,", ROW_NOT_JSON);
    CHECK_FAULT("\xff\xfe", ROW_NOT_JSON);
    CHECK_FAULT("[1]", ROW_NOT_AN_OBJECT);
    CHECK_FAULT("null", ROW_NOT_AN_OBJECT);
    CHECK_FAULT("{}", ROW_VERSION);
    CHECK_FAULT("{\"v\":2,\"id\":\"7\"}", ROW_VERSION);
    CHECK_FAULT("{\"v\":\"1\",\"id\":\"7\"}", ROW_VERSION);
    CHECK_FAULT("{\"v\":1,\"kind\":\"post\",\"as_of\":5}", ROW_NO_ID);
    CHECK_FAULT("{\"v\":1,\"id\":\"\",\"kind\":\"post\",\"as_of\":5}", ROW_NO_ID);
    CHECK_FAULT("{\"v\":1,\"id\":\"7\",\"kind\":\"post\"}", ROW_NO_AS_OF);
    CHECK_FAULT("{\"v\":1,\"id\":\"7\",\"hidden\":true}", ROW_NO_AS_OF);
    CHECK_FAULT("{\"v\":1,\"id\":7,\"kind\":\"post\",\"as_of\":5}", ROW_WRONG_TYPE);
    CHECK_FAULT("{\"v\":1,\"id\":\"7\",\"as_of\":5}", ROW_WRONG_TYPE); /* no kind */
    CHECK_FAULT("{\"v\":1,\"id\":\"7\",\"kind\":\"poem\",\"as_of\":5}", ROW_WRONG_TYPE);
    CHECK_FAULT("{\"v\":1,\"id\":\"7\",\"kind\":\"repost\",\"as_of\":5}", ROW_WRONG_TYPE);
    CHECK_FAULT("{\"v\":1,\"id\":\"7\",\"kind\":\"repost\",\"subject\":\"7\",\"as_of\":5}", ROW_WRONG_TYPE);
    CHECK_FAULT("{\"v\":1,\"id\":\"7\",\"as_of\":5,\"hidden\":1}", ROW_WRONG_TYPE);
    CHECK_FAULT("{\"v\":1,\"id\":\"7\",\"kind\":\"post\",\"as_of\":\"now\"}", ROW_WRONG_TYPE);
    CHECK_FAULT(POST(",\"sentiment\":\"angry\""), ROW_WRONG_TYPE);
    CHECK_FAULT(POST(",\"tags\":\"a\""), ROW_WRONG_TYPE);
    CHECK_FAULT(POST(",\"tags\":[\"a\",1]"), ROW_WRONG_TYPE);
    CHECK_FAULT(POST(",\"text\":[]"), ROW_WRONG_TYPE);
    CHECK_FAULT(POST(",\"views\":\"12\""), ROW_WRONG_TYPE);
    CHECK_FAULT(POST(",\"rules\":7"), ROW_WRONG_TYPE);
    CHECK_FAULT(POST(",\"source\":{\"offset\":\"8\"}"), ROW_WRONG_TYPE);
    CHECK_FAULT(POST(",\"text\":null,\"tags\":null,\"views\":null"), ROW_NONE); /* as one that is absent */
    CHECK_FAULT(POST(",\"unheard\":{\"of\":[1]}"), ROW_NONE);
}

TEST(numbers_have_bounds)
{
    CHECK_FAULT(POST(",\"likes\":-1"), ROW_NUMBER_RANGE);
    CHECK_FAULT(POST(",\"likes\":1.5"), ROW_NUMBER_RANGE);
    CHECK_FAULT(POST(",\"likes\":9007199254740991"), ROW_NONE);
    CHECK_FAULT(POST(",\"likes\":" BIG), ROW_NUMBER_RANGE);
    CHECK_FAULT(POST(",\"likes\":123456789012345678901234567890"), ROW_NUMBER_RANGE);
    CHECK_FAULT(POST(",\"followers\":-1"), ROW_NUMBER_RANGE);
    CHECK_FAULT(POST(",\"created\":-9007199254740991"), ROW_NONE);
    CHECK_FAULT(POST(",\"created\":-" BIG), ROW_NUMBER_RANGE);
    CHECK_FAULT(POST(",\"rules\":{\"version\":" BIG "}"), ROW_NUMBER_RANGE);
    CHECK_FAULT(POST(",\"source\":{\"timestamp\":" BIG "}"), ROW_NUMBER_RANGE);
}

static struct span long_post(const char *member, const char *piece, int times, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_format(&out, "{\"v\":1,\"id\":\"7\",\"kind\":\"post\",\"as_of\":5,%s", member);
    for (int i = 0; i < times; i++)
        buf_format(&out, piece, i ? "," : "");
    return buf_span(&out);
}

static enum row_fault fault_of_long(const char *member, const char *piece, int times, const char *end)
{
    struct arena *mem = arena_new();
    struct row row;
    enum row_fault fault =
        decode_in(span_joined(mem, long_post(member, piece, times, mem), span_of(end), (struct span){0}), &row, mem);

    arena_free(mem);
    return fault;
}

TEST(texts_and_lists_have_bounds)
{
    CHECK(fault_of_long("\"text\":\"", "a%.0s", TEXT_MAX, "\"}") == ROW_NONE);
    CHECK(fault_of_long("\"text\":\"", "a%.0s", TEXT_MAX + 1, "\"}") == ROW_TOO_LARGE);
    CHECK(fault_of_long("\"text\":\"", "\\u0061%.0s", TEXT_MAX, "\"}")
          == ROW_NONE); /* bytes of the text, not of the JSON */
    CHECK(fault_of_long("\"tags\":[", "%s\"a\"", ROW_TAGS_MAX, "]}") == ROW_NONE);
    CHECK(fault_of_long("\"tags\":[", "%s\"a\"", ROW_TAGS_MAX + 1, "]}") == ROW_TOO_MANY_TAGS);
    CHECK(fault_of_long("\"hashtags\":[\"b\"],\"tags\":[", "%s\"a\"", ROW_TAGS_MAX, "]}") == ROW_TOO_MANY_TAGS);
    CHECK(fault_of_long("\"deep\":", "[%.0s", 20, "}") == ROW_NOT_JSON);
}

/* A day is 86400000 ms. */
#define AT(as_of, more) SPAN("{\"v\":1,\"id\":\"7\",\"as_of\":" as_of ",\"source\":{\"timestamp\":1000}" more "}")

TEST(a_clock_that_is_a_day_ahead_is_set_aside)
{
    struct arena *mem = arena_new();
    struct row row;

    CHECK(decode_in(AT("86401000", ",\"kind\":\"post\""), &row, mem) == ROW_NONE);
    CHECK(decode_in(AT("86401001", ",\"kind\":\"post\""), &row, mem) == ROW_AHEAD && row.order.as_of_ms == 86401001);
    CHECK(row_decode(SPAN(POST("")), 4, TEXT_MAX, mem, &row) == ROW_NONE && row.timestamp_ms == 4); /* its record's */
    CHECK(row_decode(SPAN(POST("")), 5 - 86400001, TEXT_MAX, mem, &row) == ROW_AHEAD);
    arena_free(mem);
}

TEST(a_hide_by_a_clock_that_is_ahead_holds_as_of_its_record)
{
    struct arena *mem = arena_new();
    struct row row;

    CHECK(decode_in(AT("86401000", ",\"hidden\":true"), &row, mem) == ROW_NONE);
    CHECK(row.says == ROW_HIDE && row.order.as_of_ms == 86401000);
    CHECK(decode_in(AT("86401001", ",\"hidden\":true"), &row, mem) == ROW_NONE);
    CHECK(row.says == ROW_HIDE && row.order.as_of_ms == 1000);
    CHECK(decode_in(AT("9007199254740991", ",\"hidden\":false"), &row, mem) == ROW_NONE);
    CHECK(row.says == ROW_UNHIDE && row.order.as_of_ms == 1000);
    arena_free(mem);
}

TEST(the_greater_row_is_decided_member_by_member)
{
    struct row_order least = {1, 1, 1, 1};

    CHECK(row_compare(&least, &least) == 0);
    CHECK(row_compare(&(struct row_order){2, 0, 0, 0}, &least) > 0
          && row_compare(&least, &(struct row_order){2, 0, 0, 0}) < 0);
    CHECK(row_compare(&(struct row_order){1, 2, 0, 0}, &least) > 0);
    CHECK(row_compare(&(struct row_order){1, 1, 2, 0}, &least) > 0);
    CHECK(row_compare(&(struct row_order){1, 1, 1, 2}, &least) > 0);
}
