/* Bad input, generated: whole records of each preset in which one value after the other is of every
 * other type, is missing, or ends the record. What comes of it is a post whose text is one that was sent, or a
 * fault that has a name, which only the members that say what a record is may cause. */
#include "common/json.h"
#include "common/utf8.h"
#include "tests/unit/decoded.h"
#include "tests/unit/test.h"

#include <inttypes.h>

#define TEXT  "海底の話 example.com/a/b... 🚢"
#define WHOLE "海底の話 https://example.com/a/bcd 🚢"

static const char canonical_post[] =
    "{\"id\":\"1\",\"created_at\":\"2026-05-01T09:00:00+09:00\",\"observed_at\":\"2026-05-01T09:00:05+09:00\","
    "\"lang\":\"ja\",\"text\":\"" TEXT "\",\"url\":\"u\",\"author\":{\"id\":\"2\",\"handle\":\"h\",\"followers\":3,"
    "\"age_band\":\"40s\",\"gender\":\"male\"},\"metrics\":{\"reposts\":1,\"likes\":2,\"replies\":3,\"quotes\":4,"
    "\"bookmarks\":5,\"views\":6},\"in_reply_to\":\"5\",\"repost_of\":\"6\",\"quote_of\":\"7\",\"replaces\":\"8\","
    "\"hidden\":false,\"more\":{\"a\":[1]}}";

#define X_COUNTS                                                                                                       \
    "\"public_metrics\":{\"retweet_count\":1,\"reply_count\":2,\"like_count\":3,\"quote_count\":4,"                    \
    "\"bookmark_count\":5,\"impression_count\":6}"
#define X_POST(id, more)                                                                                               \
    "{\"id\":\"" id "\",\"text\":\"" TEXT "\",\"note_tweet\":{\"text\":\"" TEXT "\",\"entities\":{}},"                 \
    "\"created_at\":\"2026-05-01T00:00:00Z\",\"lang\":\"ja\",\"author_id\":\"9\","                                     \
    "\"edit_history_tweet_ids\":[\"0\",\"" id "\"]," X_COUNTS more "}"
static const char x_post[] = "{\"data\":" X_POST(
    "1",
    ",\"referenced_tweets\":[{\"type\":\"retweeted\",\"id\":\"2\"},{\"type\":\"replied_to\","
    "\"id\":\"3\"},{\"type\":\"quoted\",\"id\":\"4\"}]") ",\"includes\":{\"users\":[{\"id\":\"9\",\"username\":\"u\","
                                                         "\"public_metrics\":{\"followers_count\":3}}],\"tweets\":"
                                                         "[" X_POST("2", "") "]},\"matching_rules\":[{\"id\":\"1\"}]}";
static const char x_bare[] = X_POST("1", "");
static const char x_delete[] = "{\"data\":{\"delete\":{\"event_at\":\"2026-05-01T00:00:00Z\",\"tweet\":{\"id\":\"1\","
                               "\"author_id\":\"2\"}}}}";
static const char x_user[] =
    "{\"data\":{\"user_delete\":{\"event_at\":\"2026-05-01T00:00:00Z\",\"user\":{\"id\":\"1\"}}}}";

#define STATUS(more)                                                                                                   \
    "{\"id\":\"1\",\"created_at\":\"2026-05-01T00:00:00Z\",\"edited_at\":\"2026-05-01T00:00:00Z\","                    \
    "\"in_reply_to_id\":\"2\",\"spoiler_text\":\"\",\"language\":\"ja\",\"url\":\"u\","                                \
    "\"replies_count\":1,\"reblogs_count\":2,\"favourites_count\":3,\"quotes_count\":4,"                               \
    "\"content\":\"<p>" TEXT "</p>\",\"account\":{\"id\":\"1\",\"acct\":\"a\",\"followers_count\":2},"                 \
    "\"quote\":{\"state\":\"accepted\",\"quoted_status_id\":\"3\"},\"tags\":[{\"name\":\"t\"}]" more "}"
static const char status[] = STATUS(",\"reblog\":null");
static const char boost[] = STATUS(",\"reblog\":" STATUS(",\"quote\":{\"quoted_status\":{\"id\":\"5\"}}"));
static const char streamed[] = "{\"stream\":[\"public\"],\"event\":\"status.update\",\"payload\":" STATUS("") "}";
static const char in_string[] = "{\"stream\":[\"public\"],\"event\":\"update\",\"payload\":\"{\\\"id\\\":\\\"1\\\","
                                "\\\"content\\\":\\\"" TEXT "\\\"}\"}";
static const char streamed_delete[] = "{\"event\":\"delete\",\"payload\":\"1\"}";

static const char bluesky[] =
    "{\"did\":\"did:plc:a\",\"time_us\":1777593600000417,\"kind\":\"commit\",\"commit\":{\"rev\":\"r\",\"operation\":"
    "\"create\",\"collection\":\"app.bsky.feed.post\",\"rkey\":\"k\",\"cid\":\"c\",\"record\":{\"$type\":"
    "\"app.bsky.feed.post\",\"text\":\"" TEXT
    "\",\"createdAt\":\"2026-05-01T00:00:00Z\",\"langs\":[\"ja\"],\"facets\":["
    "{\"index\":{\"byteStart\":13,\"byteEnd\":31},\"features\":[{\"$type\":\"app.bsky.richtext.facet#link\",\"uri\":"
    "\"https://example.com/a/bcd\"}]}],\"reply\":{\"root\":{\"uri\":\"r\"},\"parent\":{\"uri\":\"p\"}},\"embed\":{"
    "\"record\":{\"record\":{\"uri\":\"at://d/app.bsky.feed.post/k\"}}}}}}";
static const char bluesky_delete[] =
    "{\"did\":\"d\",\"time_us\":1,\"kind\":\"commit\",\"commit\":{\"operation\":\"delete\","
    "\"collection\":\"app.bsky.feed.post\",\"rkey\":\"k\"}}";
static const char bluesky_like[] =
    "{\"did\":\"d\",\"time_us\":1,\"kind\":\"commit\",\"commit\":{\"operation\":\"create\","
    "\"collection\":\"app.bsky.feed.like\",\"rkey\":\"k\",\"record\":{\"subject\":{}}}}";

static const char mapped[] =
    "{\"p\":{\"id\":7,\"t\":[\"" TEXT "\"],\"h\":\"<p>" TEXT "</p>\"},\"c\":1777593600,\"o\":\"2026-05-01"
    "T00:00:00Z\",\"l\":\"ja\",\"f\":\"12\",\"n\":{\"likes\":1,\"views\":2},\"g\":false,\"a\":\"b\"}";
static const char mapping_config[] =
    "input:\n  - topic: posts.raw\n    preset: mapping\n    mapping: {id: {at: /p/id, type: text-or-number}, text: "
    "[/p/t/0, "
    "{at: /p/h, type: html}], hidden: /g, created_at: {at: /c, type: unix-s}, observed_at: /o, lang: /l, author: "
    "{handle: /a, "
    "followers: {at: /f, type: count-text}}, metrics: {likes: /n/likes, views: /n/views}}\n"
    "rules: [rules.yaml]\nroutes:\n  f: {topic: f, shape: facts}\ndead_letters: dead\n";

struct sample {
    const char *preset, *json;
};

static const struct sample samples[] = {
    {"canonical", canonical_post}, {"x-api-v2", x_post},          {"x-api-v2", x_bare},   {"x-api-v2", x_delete},
    {"x-api-v2", x_user},          {"mastodon", status},          {"mastodon", boost},    {"mastodon", streamed},
    {"mastodon", in_string},       {"mastodon", streamed_delete}, {"jetstream", bluesky}, {"jetstream", bluesky_delete},
    {"jetstream", bluesky_like},   {"mapping", mapped},
};

enum { SAMPLES = sizeof samples / sizeof *samples };

/* What is in the place of a value; NULL leaves its member or item out. */
static const char *const others[] = {
    NULL,
    "null",
    "true",
    "false",
    "0",
    "-1",
    "9007199254740992",
    "-9223372036854775808",
    "1.5",
    "1e300",
    "\"\"",
    "\"other\"",
    "\"\\u0000\"",
    "[]",
    "[null]",
    "[[[\"other\"]]]",
    "{}",
    "{\"id\":\"other\"}",
    "{\"id\":[],\"text\":{},\"uri\":7,\"tweet\":[]}",
};

enum { OTHERS = sizeof others / sizeof *others };

/* --- writing a tree with one value changed --- */

struct change {
    size_t at, seen; /* which value, counted from 0 as they are written */
    const char *other;
    bool did;
};

static void write(struct buf *out, const struct value *value, struct change *change);

/* True if this value is left out. */
static bool leaves_out(const struct change *change)
{
    return change->seen == change->at && !change->other;
}

static void write_members(struct buf *out, const struct value *value, struct change *change)
{
    size_t start = out->len;

    buf_char(out, '{');
    for (uint32_t i = 0; i < value->len; i++) {
        if (leaves_out(change)) {
            change->did = true;
            change->seen++;
            continue;
        }
        if (out->len > start + 1)
            buf_char(out, ',');
        json_write_string(out, value->members[i].name);
        buf_char(out, ':');
        write(out, &value->members[i].value, change);
    }
    buf_char(out, '}');
}

static void write_items(struct buf *out, const struct value *value, struct change *change)
{
    size_t start = out->len;

    buf_char(out, '[');
    for (uint32_t i = 0; i < value->len; i++) {
        if (leaves_out(change)) {
            change->did = true;
            change->seen++;
            continue;
        }
        if (out->len > start + 1)
            buf_char(out, ',');
        write(out, &value->items[i], change);
    }
    buf_char(out, ']');
}

static void write(struct buf *out, const struct value *value, struct change *change)
{
    if (change->seen++ == change->at) {
        change->did = true;
        buf_put(out, span_of(change->other ? change->other : "null"));
        return;
    }
    switch (value->type) {
    case VALUE_NULL: buf_put(out, SPAN("null")); break;
    case VALUE_BOOL: buf_put(out, value->truth ? SPAN("true") : SPAN("false")); break;
    case VALUE_INT: buf_int(out, value->integer); break;
    case VALUE_REAL: buf_format(out, "%g", value->real); break;
    case VALUE_STRING: json_write_string(out, value->string); break;
    case VALUE_LIST: write_items(out, value, change); break;
    case VALUE_OBJECT: write_members(out, value, change); break;
    }
}

/* --- what may come of it --- */

static const struct input *input_of(const char *preset)
{
    static struct input inputs[PRESET_COUNT];
    int index = preset_index(preset);

    if (strcmp(preset, "mapping") == 0 && !inputs[index].pointers)
        inputs[index] = *(const struct input *)config_from(mapping_config)->inputs.at;
    inputs[index].preset = index;
    return &inputs[index];
}

static bool is_sent(struct span text)
{
    static const struct span sent[] = {
        {TEXT, sizeof TEXT - 1},
        {WHOLE, sizeof WHOLE - 1},
        {"", 0},
        {"other", 5},
        {"\0", 1},
        {"other\n\n" TEXT, sizeof "other\n\n" TEXT - 1},
        {"\0\n\n" TEXT, sizeof "\0\n\n" TEXT - 1},
    };

    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++)
        if (span_equal(text, sent[i]))
            return true;
    return false;
}

static bool is_post(const struct post *post)
{
    const struct span texts[] = {post->id,
                                 post->text,
                                 post->lang,
                                 post->url,
                                 post->in_reply_to,
                                 post->repost_of,
                                 post->quote_of,
                                 post->replaces,
                                 post->author.id,
                                 post->author.handle,
                                 post->author.age_band,
                                 post->author.gender};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!utf8_valid(texts[i]))
            return false;
    for (int i = 0; i < COUNTS; i++)
        if (post->counts[i] < COUNT_UNKNOWN || post->counts[i] > COUNT_MAX)
            return false;
    return post->says == SAYS_NOTHING || post->says == SAYS_SEVERAL || (post->id.len && is_sent(post->text));
}

/* What the sentence of a fault may begin with: members that say what a record is. */
static bool is_strict(struct span why)
{
    static const char *const places[] = {
        "expected a JSON object",
        "id ",
        "text ",
        "neither ",
        "data ",
        "tweet",
        "a compliance event",
        "content ",
        "payload",
        "event ",
        "did ",
        "commit",
        "kind ",
        "/p/",
    };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (span_starts(why, span_of(places[i])))
            return true;
    return false;
}

static void check(const struct sample *sample, struct span json)
{
    struct decoded got = decoded_from(input_of(sample->preset), json);

    if (got.fault ? !is_strict(got.why) || !utf8_valid(got.why) : !is_post(&got.post))
        test_failed(__FILE__, __LINE__, "%s: %s (%.*s), text \"%.*s\" from %.*s", sample->preset,
                    fault_names[got.fault], SPAN_ARGS(got.why), SPAN_ARGS(got.post.text), SPAN_ARGS(json));
}

TEST(every_type_in_every_place_is_a_fault_or_a_post)
{
    for (int i = 0; i < SAMPLES; i++) {
        struct value root;
        struct span why;
        bool more = true;

        CHECK(json_read(span_of(samples[i].json), 64, scratch(), &root, &why) == JSON_OK);
        for (size_t at = 0; more; at++)
            for (int other = 0; other < OTHERS; other++) {
                struct change change = {.at = at, .other = others[other]};
                struct buf out = buf_in(scratch());

                write(&out, &root, &change);
                more = change.did;
                check(&samples[i], buf_span(&out));
            }
    }
}

TEST(the_samples_are_read_without_a_fault)
{
    for (int i = 0; i < SAMPLES; i++)
        CHECK(decoded_from(input_of(samples[i].preset), span_of(samples[i].json)).fault == FAULT_NONE);
}

TEST(a_record_that_ends_early_has_a_fault)
{
    for (int i = 0; i < SAMPLES; i++)
        for (size_t len = 0; len < strlen(samples[i].json); len++) {
            struct decoded got = decoded_from(input_of(samples[i].preset), (struct span){samples[i].json, len});

            CHECK(got.fault == FAULT_NOT_JSON || got.fault == FAULT_BAD_UTF8);
        }
}

/* The same of the JSON within the string. */
TEST(a_payload_that_ends_early_has_a_fault)
{
    for (size_t len = 0; len < sizeof status - 1; len++) {
        struct buf json = buf_in(scratch());
        struct span part = {status, len};

        if (!utf8_valid(part))
            continue;
        buf_put(&json, SPAN("{\"event\":\"update\",\"payload\":"));
        json_write_string(&json, part);
        buf_char(&json, '}');
        CHECK(decoded_from(input_of("mastodon"), buf_span(&json)).fault == FAULT_NOT_JSON);
    }
}

TEST(every_pair_of_offsets_leaves_a_text_that_was_sent)
{
    for (int from = -1; from <= (int)sizeof TEXT; from++)
        for (int to = -1; to <= (int)sizeof TEXT; to++) {
            struct span json =
                span_format(scratch(),
                            "{\"did\":\"d\",\"commit\":{\"operation\":\"create\",\"collection\":"
                            "\"app.bsky.feed.post\",\"rkey\":\"k\",\"record\":{\"text\":\"" TEXT
                            "\",\"facets\":[{\"index\":{\"byteStart\":%d,"
                            "\"byteEnd\":%d},\"features\":[{\"$type\":\"app.bsky.richtext.facet#link\",\"uri\":"
                            "\"https://example.com/a/bcd\"}]}]}}}",
                            from, to);

            check(&(struct sample){"jetstream", NULL}, json);
        }
}

static void check_content(const char *open, const char *close, size_t times)
{
    struct buf json = buf_in(scratch()), content = buf_in(scratch());

    for (size_t i = 0; i < times; i++)
        buf_put(&content, span_of(open));
    buf_put(&content, SPAN(TEXT));
    for (size_t i = 0; close && i < times; i++)
        buf_put(&content, span_of(close));
    buf_put(&json, SPAN("{\"id\":\"1\",\"content\":"));
    json_write_string(&json, buf_span(&content));
    buf_char(&json, '}');
    check(&(struct sample){"mastodon", NULL}, buf_span(&json));
}

TEST(deep_markup_leaves_the_text)
{
    check_content("<span>", "</span>", 10000);
    check_content("<span>", NULL, 10000);
    check_content("<div><p>", "</p></div>", 10000);
    check_content("<a href=\"x\">", "</a>", 10000);
    check_content("<blockquote>", "</span>", 10000);
    check_content("&#10;", "&#x20;", 1 << 16);
}
