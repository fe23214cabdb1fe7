#include "common/http_keys.h"
#include "common/buf.h"
#include "tests/unit/test.h"

static struct arena *mem;

static const char *digest_of(const char *key)
{
    unsigned char digest[SHA256_BYTES];
    struct buf out = buf_in(mem);

    sha256(span_of(key), digest);
    for (int i = 0; i < SHA256_BYTES; i++)
        buf_format(&out, "%02x", digest[i]);
    return span_string(buf_span(&out), mem);
}

static struct list read_keys(const char *text, struct report **report)
{
    struct list keys = {0};

    *report = report_new();
    http_keys_read(span_of(text), "keys", mem, *report, &keys);
    return keys;
}

TEST(digests_are_those_of_the_standard)
{
    mem = arena_new();
    CHECK(strcmp(digest_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0);
    CHECK(strcmp(digest_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 0);
    arena_free(mem);
}

TEST(each_bad_line_is_named_with_its_place)
{
    struct report *report;

    mem = arena_new();
    struct buf text = buf_in(mem);
    buf_format(&text,
               "# keys\n\n  press %s 60\r\npress %s 60\nother %s 60\nshort abc 60\nnone %s\nmany %s 60 more\n"
               "over %s 1000001\n",
               digest_of("a"), digest_of("b"), digest_of("a"), digest_of("c"), digest_of("d"), digest_of("e"));
    buf_char(&text, 0);
    struct list keys = read_keys(text.at, &report);
    CHECK(keys.len == 1 && report->errors == 6);
    const struct problem *at = report->at;
    CHECK(at[0].line == 4 && at[0].col == 1 && strstr(span_string(at[0].text, mem), "given twice"));
    CHECK(at[1].line == 5 && strstr(span_string(at[1].text, mem), "another name"));
    CHECK(at[2].line == 6 && at[2].col == 7 && strstr(span_string(at[2].text, mem), "64 hexadecimal"));
    CHECK(at[3].line == 7 && strstr(span_string(at[3].text, mem), "requests a minute"));
    CHECK(at[4].line == 8 && strstr(span_string(at[4].text, mem), "nothing more"));
    CHECK(at[5].line == 9);
    report_free(report);
    read_keys("# none\n", &report);
    CHECK(report->errors == 1);
    report_free(report);
    arena_free(mem);
}

TEST(a_key_asks_as_often_as_its_line_says)
{
    struct report *report;
    int64_t wait_s = 0;

    mem = arena_new();
    struct span text = span_format(mem, "press %s 3\nother %s 60\n", digest_of("secret"), digest_of("b"));
    struct list keys = read_keys(span_string(text, mem), &report);
    struct http_quota *quota = http_quota_new(&keys);
    struct span press = SPAN("Bearer secret");

    CHECK(http_quota_take(quota, SPAN(""), 5, &wait_s) == HTTP_NO_KEY);
    CHECK(http_quota_take(quota, SPAN("Basic c2VjcmV0"), 5, &wait_s) == HTTP_NO_KEY);
    CHECK(http_quota_take(quota, SPAN("Bearer secre"), 5, &wait_s) == HTTP_UNKNOWN_KEY);
    for (int i = 0; i < 3; i++)
        CHECK(http_quota_take(quota, press, 5, &wait_s) == HTTP_ADMITTED);
    CHECK(http_quota_take(quota, press, 5, &wait_s) == HTTP_OVER_QUOTA && wait_s == 20);
    CHECK(http_quota_take(quota, SPAN("bearer b"), 5, &wait_s) == HTTP_ADMITTED);
    CHECK(http_quota_take(quota, press, 5 + 19000, &wait_s) == HTTP_OVER_QUOTA && wait_s == 1);
    CHECK(http_quota_take(quota, press, 5 + 20000, &wait_s) == HTTP_ADMITTED);
    CHECK(http_quota_take(quota, press, 5 + 20000, &wait_s) == HTTP_OVER_QUOTA);
    for (int i = 0; i < 3; i++)
        CHECK(http_quota_take(quota, press, INT64_C(1) << 40, &wait_s) == HTTP_ADMITTED);
    CHECK(http_quota_take(quota, press, INT64_C(1) << 40, &wait_s) == HTTP_OVER_QUOTA);
    http_quota_free(quota);
    report_free(report);
    arena_free(mem);
}
