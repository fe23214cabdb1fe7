#include "worker/trends/answer_cache.h"
#include "tests/unit/test.h"

static struct arena *mem;

static struct answer_cache *fresh_cache(size_t bytes)
{
    arena_free(mem);
    mem = arena_new();
    return answer_cache_new(bytes);
}

static void keep(struct answer_cache *cache, int64_t version, const char *key, const char *body)
{
    struct http_reply reply = {.status = 200, .type = "text/csv", .body = span_of(body), .etag = SPAN("\"e\"")};

    http_reply_field(&reply, "Vary", SPAN("Accept-Language"));
    answer_cache_put(cache, version, span_of(key), &reply);
}

static bool has(struct answer_cache *cache, int64_t version, const char *key, const char *body)
{
    struct http_reply reply;

    return answer_cache_get(cache, version, span_of(key), mem, &reply) && span_equal(reply.body, span_of(body));
}

TEST(a_kept_answer_is_the_one_that_was_given)
{
    struct answer_cache *cache = fresh_cache(1 << 20);
    struct http_reply reply;

    keep(cache, 1, "a", "body of a");
    keep(cache, 1, "b", "body of b");
    CHECK(answer_cache_get(cache, 1, SPAN("a"), mem, &reply) && reply.status == 200 && reply.fields_len == 1);
    CHECK_SPAN(reply.body, SPAN("body of a"));
    CHECK_SPAN(reply.etag, SPAN("\"e\""));
    CHECK_SPAN(reply.fields[0].value, SPAN("Accept-Language"));
    CHECK(has(cache, 1, "b", "body of b") && !has(cache, 1, "c", ""));
    keep(cache, 1, "a", "anew");
    CHECK(has(cache, 1, "a", "anew"));
    answer_cache_free(cache);
}

TEST(a_newer_version_drops_all_answers)
{
    struct answer_cache *cache = fresh_cache(1 << 20);

    keep(cache, 1, "a", "old");
    CHECK(!has(cache, 2, "a", "old"));
    keep(cache, 1, "a", "late"); /* asked before, made after */
    CHECK(!has(cache, 2, "a", "late") && !has(cache, 1, "a", "late"));
    keep(cache, 3, "a", "ahead"); /* the store is further than was known */
    CHECK(has(cache, 2, "a", "ahead") && has(cache, 3, "a", "ahead"));
    answer_cache_free(cache);
}

TEST(the_answers_that_nobody_asks_for_make_room)
{
    enum { ANSWERS = 1000, BYTES = 64 * 1024 };
    struct answer_cache *cache = fresh_cache(BYTES);
    static char large[BYTES];
    char key[16];

    memset(large, 'x', sizeof large - 1);
    keep(cache, 1, "asked", "for always");
    for (int i = 0; i < ANSWERS; i++) {
        snprintf(key, sizeof key, "k%d", i);
        keep(cache, 1, key, "some body of an answer");
        CHECK(has(cache, 1, "asked", "for always"));
    }
    CHECK(has(cache, 1, "k999", "some body of an answer") && !has(cache, 1, "k0", "some body of an answer"));
    keep(cache, 1, "large", large);
    CHECK(!has(cache, 1, "large", large) && has(cache, 1, "asked", "for always"));
    answer_cache_free(cache);
}
