#include "worker/decode/decode_simdjson.h"
#include "common/utf8.h"
#include "tests/unit/alike.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

/* What both readers make of a text. Where the fast one gives a tree it is the slow one's, and where it
 * gives none the slow one decides and finds the words: so posts and faults are alike, too. */

enum { DEPTH = 64, MUTANTS = 400, DOCUMENTS = 20000 };

static struct arena *mem;
static uint64_t state = 20251205;

static uint32_t below(uint32_t end)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16) % end;
}

/* From memory of just this size, so that reading behind its end is seen. False if it has a fault. */
static bool same(struct span json, const char *file, int line)
{
    struct value fast = {.type = VALUE_NULL}, slow = {.type = VALUE_NULL};
    struct span why, copy = {json.len ? memcpy(malloc(json.len), json.at, json.len) : NULL, json.len};
    bool taken = simdjson_read(copy, DEPTH, mem, &fast);
    bool fine = utf8_valid(json) && json_read(json, DEPTH, mem, &slow, &why) == JSON_OK;

    free((char *)(uintptr_t)copy.at);
    if (taken != fine)
        test_failed(file, line, "%.*s: only %s takes it", SPAN_ARGS(json), taken ? "simdjson" : "jansson");
    else if (!alike(&fast, &slow))
        test_failed(file, line, "%.*s: the trees differ", SPAN_ARGS(json));
    arena_reset(mem);
    return fine;
}

#define SAME(json) same(json, __FILE__, __LINE__)

static bool starts(void)
{
    struct value value;

    if (!mem)
        mem = arena_new();
    return simdjson_read(SPAN("{}"), DEPTH, mem, &value);
}

#define NEEDS_SIMDJSON()                                                                                               \
    do {                                                                                                               \
        if (!starts())                                                                                                 \
            SKIP("built without simdjson");                                                                            \
    } while (0)

TEST(what_has_no_fault_gives_the_same_tree)
{
    static const struct span texts[] = {
        SPAN("{}"),
        SPAN("[]"),
        SPAN(" \t\r\n[1, 2]\n"),
        SPAN("null"),
        SPAN("\"x\""),
        SPAN("-0"),
        SPAN("\"\""),
        SPAN("{\"\":\"\",\"a\":[{},[],null,true,false]}"),
        SPAN("{\"x\":\"a\\u0000b\"}"),
        SPAN("{\"x\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u65E5\\ud83c\\uddef\"}"),
        SPAN("{\"\\u0078\":1}"),
        SPAN("{\"x\":1,\"y\":2,\"x\":3}"),
        SPAN("{\"x\":1,\"\\u0078\":null}"),
        SPAN("{\"x\":{\"a\":1},\"x\":{\"b\":2}}"),
        SPAN("[9223372036854775807,-9223372036854775808,-0,0.0,-0.0,1e2,1E-2,1.7976931348623157e308,1e-400,5e-324]"),
        SPAN("[0.1,123456789.123456789,9007199254740993.0,2.2250738585072011e-308,1e23,8.41e21]"),
        SPAN("\"\x7F\xC2\x80\xEF\xBF\xBF\xF0\x9F\x97\xBE\""),
        SPAN("{\"x\":1}                    "),
    };

    NEEDS_SIMDJSON();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK(SAME(texts[i]));
}

TEST(what_has_a_fault_is_left_to_jansson)
{
    static const struct span texts[] = {
        SPAN(""),
        SPAN("  "),
        SPAN("{\"x\":1"),
        SPAN("{\"x\":1,}"),
        SPAN("[1,]"),
        SPAN("{x:1}"),
        SPAN("{'x':1}"),
        SPAN("{\"x\":01}"),
        SPAN("{\"x\":+1}"),
        SPAN("{\"x\":1.}"),
        SPAN("{\"x\":.5}"),
        SPAN("{\"x\":NaN}"),
        SPAN("-"),
        SPAN("{\"x\":True}"),
        SPAN("nullx"),
        SPAN("tru"),
        SPAN("{\"x\":\"a\nb\"}"),
        SPAN("{\"x\":\"\\x41\"}"),
        SPAN("{\"x\":\"\\u00\"}"),
        SPAN("{\"x\":1} {\"x\":2}"),
        SPAN("{\"x\":1}x"),
        SPAN("[1 2]"),
        SPAN("{\"x\" 1}"),
        SPAN("\xEF\xBB\xBF{\"x\":1}"),
        SPAN("{\"x\":\"\xE3\x83\"}"),
        SPAN("{\"x\":\"\xED\xA0\x80\"}"),
        SPAN("{\"\xFF\":1}"),
        SPAN("{\"x\":\"a\0b\"}"),
        SPAN("{\"x\":1}\0"),
        SPAN("\0{\"x\":1}"),
        SPAN("{\0\"x\":1}"),
        SPAN("[1\0]"),
        SPAN("1\0"),
        SPAN("\"\\ud83c\""),
        SPAN("\"\\ud83c\\u0041\""),
        SPAN("\"\\ud83c\\ud83c\""),
        SPAN("\"\\uddef\\ud83c\""),
        SPAN("\"\\udc00\""),
        SPAN("[9223372036854775808]"),
        SPAN("[18446744073709551615]"),
        SPAN("[18446744073709551616]"),
        SPAN("[-9223372036854775809]"),
        SPAN("[1e400]"),
        SPAN("[-1e400]"),
        SPAN("{\"a\\u0000b\":1}"),
        SPAN("1e"),
        SPAN("[1.8e308]"),
        SPAN("\"\\"),
        SPAN("\"a"),
        SPAN("[[[["),
        SPAN("]"),
        SPAN("{\"a\":1,\"b\"}"),
        SPAN("[\"a\",\"b\"}"),
    };

    NEEDS_SIMDJSON();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK(!SAME(texts[i]));
}

static struct span nested(int levels)
{
    char *at = arena_take(scratch(), (size_t)levels * 2);

    memset(at, '[', (size_t)levels);
    memset(at + levels, ']', (size_t)levels);
    return (struct span){at, (size_t)levels * 2};
}

TEST(the_depth_that_is_allowed_is_the_same)
{
    NEEDS_SIMDJSON();
    CHECK(SAME(nested(DEPTH)));
    CHECK(!SAME(nested(DEPTH + 1)));
    CHECK(!SAME(nested(5000)));
}

static struct span object_of(int members)
{
    struct buf out = buf_in(scratch());

    buf_char(&out, '{');
    for (int i = 0; i < members; i++)
        buf_format(&out, "%s\"m%d\":%d", i ? "," : "", i % 100, i);
    buf_char(&out, '}');
    return buf_span(&out);
}

/* Its way to find duplicates is for objects as posts have them; jansson has a hash table. */
TEST(an_object_of_very_many_members_is_left_to_jansson)
{
    struct value value;

    NEEDS_SIMDJSON();
    CHECK(SAME(object_of(128)));
    CHECK(!simdjson_read(object_of(129), DEPTH, mem, &value));
}

TEST(a_text_of_some_megabytes_gives_the_same_tree_and_the_next_one_too)
{
    struct buf out = buf_in(scratch());

    NEEDS_SIMDJSON();
    buf_char(&out, '[');
    for (int i = 0; i < 300000; i++)
        buf_put(&out, SPAN("\"レア\","));
    buf_put(&out, SPAN("0]"));
    CHECK(SAME(buf_span(&out)));
    CHECK(SAME(SPAN("{\"x\":[1,\"レア\"]}")));
}

/* --- documents by chance: whatever a post may hold, and duplicates --- */

static void put_any(struct buf *out, int level);

static void put_text(struct buf *out)
{
    static const char *const pieces[] = {
        "a",       "id", "レアアース", "\\n",  "\\u0000", "\\u65e5", "\\ud83c\\uddef",
        "\\ud83c", "🗻",  "\\\"",       "\\\\", " ",       "x\\/y",   "\\udfff",
        "{",       "}",  ",",          ":",    "é",
    };
    uint32_t count = below(4);

    buf_char(out, '"');
    for (uint32_t i = 0; i < count; i++)
        buf_put(out, span_of(pieces[below(below(8) ? 7 : sizeof pieces / sizeof *pieces)]));
    buf_char(out, '"');
}

static void put_number(struct buf *out)
{
    switch (below(6)) {
    case 0: buf_int(out, (int64_t)state); break;
    case 1: buf_format(out, "%u%u", below(4000000000), below(4000000000)); break;
    case 2: buf_format(out, "%d.%ue%d", (int)below(20) - 10, below(4000000000), (int)below(700) - 350); break;
    case 3: buf_format(out, "%.17g", (double)(int64_t)state / 1e7); break;
    default: buf_int(out, below(3000)); break;
    }
}

static void put_list(struct buf *out, int level)
{
    uint32_t len = below(5);

    buf_char(out, '[');
    for (uint32_t i = 0; i < len; i++) {
        buf_put(out, i ? SPAN(", ") : SPAN(""));
        put_any(out, level + 1);
    }
    buf_char(out, ']');
}

static void put_object(struct buf *out, int level)
{
    uint32_t len = below(7);

    buf_char(out, '{');
    for (uint32_t i = 0; i < len; i++) {
        buf_put(out, i ? SPAN(",") : SPAN(" "));
        put_text(out);
        buf_put(out, SPAN(":"));
        put_any(out, level + 1);
    }
    buf_char(out, '}');
}

static void put_any(struct buf *out, int level)
{
    static const char *const atoms[] = {"null", "true", "false"};

    switch (below(level > 8 ? 4 : 7)) {
    case 0: buf_put(out, span_of(atoms[below(3)])); break;
    case 1: put_number(out); break;
    case 2:
    case 3: put_text(out); break;
    case 4: put_list(out, level); break;
    default: put_object(out, level); break;
    }
}

TEST(documents_by_chance_give_the_same_tree)
{
    struct arena *documents;
    int fine = 0;

    NEEDS_SIMDJSON();
    documents = arena_new();
    for (int i = 0; i < DOCUMENTS; i++) {
        struct buf out = buf_in(documents);

        put_object(&out, 0);
        fine += SAME(buf_span(&out));
        arena_reset(documents);
    }
    arena_free(documents);
    printf("decode: %d documents, %d without a fault\n", DOCUMENTS, fine);
    CHECK(fine > DOCUMENTS / 4 && fine < DOCUMENTS);
}

/* --- posts of the golden tests, as they are and broken in places --- */

static struct span mutant_of(struct span post, struct arena *into)
{
    static const char signs[] = "\"\\{}[]:,0123456789eE+-.tfn \n\0\x80\xC3\xEF\xFF";
    char *at = arena_take(into, post.len);
    uint32_t changes = 1 + below(2);
    size_t len = post.len;

    memcpy(at, post.at, post.len);
    for (uint32_t i = 0; i < changes && len; i++) {
        size_t place = below((uint32_t)len);

        if (below(3)) {
            at[place] = signs[below(sizeof signs - 1)];
        } else {
            memmove(at + place, at + place + 1, len - place - 1);
            len--;
        }
    }
    return (struct span){at, len};
}

static size_t check_post(struct span post)
{
    struct arena *mutants = arena_new();
    size_t fine = 0;

    SAME(post);
    for (int i = 0; i < MUTANTS; i++)
        fine += SAME(mutant_of(post, mutants));
    arena_free(mutants);
    return fine;
}

TEST(posts_and_their_mutants_give_the_same_tree)
{
    size_t fine = 0, posts = 0, room = 0;
    char *line = NULL;
    glob_t files;

    NEEDS_SIMDJSON();
    CHECK(glob("tests/golden/*/posts*.jsonl", 0, NULL, &files) == 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        FILE *in = fopen(files.gl_pathv[i], "r");
        ssize_t len;

        for (; in && (len = getline(&line, &room, in)) > 0; posts++)
            fine += check_post((struct span){line, (size_t)len});
        if (in)
            fclose(in);
    }
    free(line);
    globfree(&files);
    printf("decode: %zu posts, of their %zu mutants %zu without a fault\n", posts, posts * MUTANTS, fine);
    CHECK(posts > 50 && fine > posts * MUTANTS / 10);
}
