#include "worker/kafka/dead_letters.h"
#include "tests/unit/test.h"
#include "worker/kafka/output_topics.h"

#include <stdlib.h>

enum { ENOUGH = 1048588, VALUE = 5000 };

static const struct message message = {
    .key = {"1996", 4},
    .value = {"{\"id\":", 6},
    .partition = 3,
    .offset = 991,
    .timestamp_ms = 1764918000000,
};

static struct span header(const struct letter *letter, const char *name)
{
    const void *value;
    size_t len;

    if (rd_kafka_header_get_last(letter->headers, name, &value, &len))
        return (struct span){0};
    return (struct span){value, len};
}

static struct letter written(const struct message *from, int64_t max_bytes, struct arena *mem)
{
    const struct dead dead = {from, FAULT_NOT_JSON, SPAN("ends within an object")};

    return letter_write(&dead, "posts.raw", SPAN("7/abc"), max_bytes, mem);
}

TEST(a_dead_letter_is_the_record_with_what_was_wrong_in_headers)
{
    struct arena *mem = arena_new();
    struct letter letter = written(&message, ENOUGH, mem);

    CHECK_SPAN(letter.key, message.key);
    CHECK_SPAN(letter.value, message.value);
    CHECK_SPAN(header(&letter, "trendmill.fault"), SPAN("not-json"));
    CHECK_SPAN(header(&letter, "trendmill.message"), SPAN("ends within an object"));
    CHECK_SPAN(header(&letter, "trendmill.topic"), SPAN("posts.raw"));
    CHECK_SPAN(header(&letter, "trendmill.partition"), SPAN("3"));
    CHECK_SPAN(header(&letter, "trendmill.offset"), SPAN("991"));
    CHECK_SPAN(header(&letter, "trendmill.timestamp"), SPAN("1764918000000"));
    CHECK_SPAN(header(&letter, "trendmill.rules"), SPAN("7/abc"));
    CHECK(!header(&letter, "trendmill.cut").at);
    rd_kafka_headers_destroy(letter.headers);
    arena_free(mem);
}

TEST(null_stays_null_and_what_is_not_known_is_not_said)
{
    struct arena *mem = arena_new();
    const struct message bare = {.timestamp_ms = TIME_UNKNOWN};
    struct letter letter = written(&bare, ENOUGH, mem);

    CHECK(!letter.key.at && !letter.value.at);
    CHECK(!header(&letter, "trendmill.timestamp").at);
    rd_kafka_headers_destroy(letter.headers);
    arena_free(mem);
}

/* A message with that many bytes of key and value. */
static struct message large(size_t key, size_t value, struct arena *mem)
{
    struct message from = message;

    from.key = (struct span){memset(arena_take(mem, key), 'k', key), key};
    from.value = (struct span){memset(arena_take(mem, value), 'v', value), value};
    return from;
}

static int64_t bytes_of(const struct letter *letter)
{
    return record_bytes(letter->key.len, letter->value.len, headers_bytes(letter->headers));
}

TEST(a_letter_that_is_too_large_keeps_the_first_bytes_of_its_value_and_says_so)
{
    struct arena *mem = arena_new();
    struct message from = large(10, VALUE, mem);
    struct letter letter = written(&from, 3000, mem);

    CHECK_SPAN(letter.key, from.key);
    CHECK(letter.value.len > 2000 && letter.value.len < VALUE);
    CHECK(bytes_of(&letter) <= 3000);
    CHECK_SPAN(header(&letter, "trendmill.cut"), span_format(mem, "value: %zu of 5000 bytes", letter.value.len));
    rd_kafka_headers_destroy(letter.headers);
    arena_free(mem);
}

TEST(a_key_that_is_too_large_is_cut_last)
{
    struct arena *mem = arena_new();
    struct message from = large(VALUE, VALUE, mem);
    struct letter letter = written(&from, 3000, mem);

    CHECK(letter.value.len == 0);
    CHECK(letter.key.len > 2000 && letter.key.len < VALUE);
    CHECK(bytes_of(&letter) <= 3000);
    CHECK(header(&letter, "trendmill.cut").at);
    rd_kafka_headers_destroy(letter.headers);
    arena_free(mem);
}

TEST(a_bare_letter_has_nothing_of_the_record_but_its_place)
{
    struct arena *mem = arena_new();
    struct message from = large(10, VALUE, mem);
    const struct dead dead = {&from, FAULT_REFUSED, SPAN("the topic refuses it")};
    struct letter letter = letter_bare(&dead, "posts.raw", SPAN("7/abc"), mem);

    CHECK(letter.value.len == 0 && letter.key.len > 0);
    CHECK_SPAN(header(&letter, "trendmill.offset"), SPAN("991"));
    CHECK(header(&letter, "trendmill.cut").at);
    rd_kafka_headers_destroy(letter.headers);
    arena_free(mem);
}
