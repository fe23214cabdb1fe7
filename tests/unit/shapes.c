#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/line.h"
#include "worker/route/shape.h"

#define RULES                                                                                                          \
    "matched: true\nversion: 7\n"                                                                                      \
    "tags: {resources: {any: [資源]}, rare-earth: {any: [レアアース], implies: [resources]}}\n"                 \
    "engagement: {weights: {reposts: 2, likes: 1}, tiers: {by: total, hot: 1000, warm: 100}}\n"

#define FULL                                                                                                                \
    "{ \"id\": \"1996\", \"created_at\": \"2025-12-05T09:00:00+09:00\", \"observed_at\": "                                  \
    "\"2025-12-05T16:00:00+09:00\","                                                                                        \
    " \"lang\": \"ja-JP\", \"text\": \"\\\"レアアース\\\"🇯🇵\\n#南鳥島 @user $JPY https://t.co/x\", \"url\": " \
    "\"https://x.com/a/1996\","                                                                                             \
    " \"author\": {\"id\": \"77\", \"handle\": \"kaiyo\", \"followers\": 1234, \"age_band\": \"40s\", \"gender\": "         \
    "\"male\"},"                                                                                                            \
    " \"metrics\": {\"reposts\": 55, \"likes\": 200, \"replies\": 8, \"quotes\": 3, \"bookmarks\": 1, \"views\": "          \
    "9000},"                                                                                                                \
    " \"in_reply_to\": \"10\", \"quote_of\": \"12\", \"replaces\": \"13\", \"media\": [1, 2] }"

#define FACTS                                                                                                          \
    "\"network\":\"x\",\"kind\":\"quote\",\"subject\":\"1996\",\"as_of\":1764918000000,\"created\":1764892800000,"     \
    "\"lang\":\"ja\",\"author\":\"77\",\"handle\":\"kaiyo\",\"followers\":1234,\"segment\":\"40s/male\","              \
    "\"url\":\"https://x.com/a/1996\",\"in_reply_to\":\"10\",\"quote_of\":\"12\",\"replaces\":\"13\","                 \
    "\"reposts\":55,\"quotes\":3,\"replies\":8,\"likes\":200,\"bookmarks\":1,\"views\":9000"

#define ROW_LISTS  ",\"hashtags\":[\"南鳥島\"],\"links\":[\"https://t.co/x\"]"
#define TAGS       "\"tags\":[\"rare-earth\",\"resources\"],\"matched\":{\"rare-earth\":[\"レアアース\"]}"
#define SOURCE     "\"source\":{\"topic\":\"posts.x\",\"partition\":3,\"offset\":991,\"timestamp\":1764918000001}"
#define RULES_HERE "\"rules\":{\"version\":7,\"id\":\"%s\"}"

static const struct list nothing;
static const struct input x_input = {.topic = {"posts.x", 7}, .network = {"x", 1}, .key = INPUT_KEY_ID};

static struct message message_of(struct span value)
{
    return (struct message){.input = &x_input,
                            .key = SPAN("key-of-record"),
                            .value = value,
                            .partition = 3,
                            .offset = 991,
                            .timestamp_ms = 1764918000001};
}

/* What a route of this shape and key makes of the message, one record a line: "key value". */
static struct span records(const char *rules, int shape, int key, struct message message)
{
    static const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64};
    struct route route = {.topic = SPAN("out"), .shape = shape, .key = key, .text = true};
    struct list routes = {&route, 1};
    struct line line = {.limits = &limits, .rules = rules_from(rules), .routes = &routes, .skip = &nothing};
    struct outbox out = {.mem = scratch()};
    struct buf text = buf_in(scratch());

    line_carry(&line, &message, 1, &out);
    CHECK(out.dead_len == 0);
    CHECK(out.dropped[DROP_NO_ROUTE] == (out.records_len == 0));
    for (size_t i = 0; i < out.records_len; i++) {
        const struct record *record = &out.records[i];

        buf_put(&text, record->key.at ? record->key : SPAN("null"));
        buf_char(&text, ' ');
        buf_put(&text, record->value.at ? record->value : SPAN("null"));
        buf_char(&text, '\n');
    }
    return buf_span(&text);
}

static struct span record_of(int shape, struct span json)
{
    return records(RULES, shape, shapes[shape]->key, message_of(json));
}

/* fmt with the fingerprint of the rules. */
static struct span with_id(const char *fmt)
{
    return span_format(scratch(), fmt, rules_from(RULES)->fingerprint, rules_from(RULES)->fingerprint);
}

TEST(an_event_of_a_full_post_is_this_to_the_byte)
{
    CHECK_SPAN(record_of(SHAPE_event, SPAN(FULL)),
               with_id("1996 {\"v\":1,\"id\":\"1996\",\"facts\":{" FACTS "},\"enrichment\":{" TAGS
                       ",\"entities\":{\"hashtags\":[\"南鳥島\"],\"mentions\":[\"user\"],\"urls\":[\"https://t.co/x\"],"
                       "\"cashtags\":[\"JPY\"],\"emoji\":[\"🇯🇵\"]},\"engagement\":{\"total\":267,"
                       "\"of\":[\"reposts\",\"quotes\",\"replies\",\"likes\",\"bookmarks\"],\"score\":310,"
                       "\"rate_views\":0.0297,\"rate_followers\":0.2164,\"amplification\":0.047,\"per_hour\":38.1429,"
                       "\"tier\":\"warm\"}," RULES_HERE "},\"post\":" FULL "," SOURCE "}\n"));
}

TEST(an_event_of_a_bare_post_has_only_what_is_known)
{
    CHECK_SPAN(
        records("version: 7\n", SHAPE_event, ROUTE_KEY_ID,
                (struct message){.input = &plain_input,
                                 .value = SPAN("{\"id\":\"1\",\"text\":\"\"}"),
                                 .partition = -1,
                                 .timestamp_ms = TIME_UNKNOWN}),
        span_format(scratch(),
                    "1 {\"v\":1,\"id\":\"1\",\"facts\":{\"kind\":\"post\",\"subject\":\"1\",\"lang\":\"und\"},"
                    "\"enrichment\":{\"entities\":{\"hashtags\":[],\"mentions\":[],\"urls\":[],\"cashtags\":[],"
                    "\"emoji\":[]},\"rules\":{\"version\":7,\"id\":\"%s\"}},\"post\":{\"id\":\"1\",\"text\":\"\"}}\n",
                    rules_from("version: 7\n")->fingerprint));
}

TEST(a_facts_row_of_a_full_post_is_this_to_the_byte)
{
    CHECK_SPAN(record_of(SHAPE_facts, SPAN(FULL)),
               with_id("1996 {\"v\":1,\"id\":\"1996\"," FACTS
                       ",\"text\":\"\\\"レアアース\\\"🇯🇵\\n#南鳥島 @user $JPY https://t.co/x\"," TAGS ROW_LISTS
                       ",\"total\":267,\"score\":310,\"tier\":\"warm\"," RULES_HERE "," SOURCE "}\n"));
}

TEST(by_tag_is_a_row_without_text_for_each_tag_and_keyed_by_it)
{
    CHECK_SPAN(record_of(SHAPE_by_tag, SPAN(FULL)),
               with_id("rare-earth {\"v\":1,\"id\":\"1996\",\"tag\":\"rare-earth\"," FACTS "," TAGS ROW_LISTS
                       ",\"total\":267,\"score\":310,\"tier\":\"warm\"," RULES_HERE "," SOURCE "}\n"
                       "resources {\"v\":1,\"id\":\"1996\",\"tag\":\"resources\"," FACTS "," TAGS ROW_LISTS
                       ",\"total\":267,\"score\":310,\"tier\":\"warm\"," RULES_HERE "," SOURCE "}\n"));
}

TEST(an_empty_text_is_written_and_without_tags_there_is_no_row_by_tag)
{
    struct span json = SPAN("{\"id\":\"1\",\"text\":\"\"}");

    CHECK_HAS(record_of(SHAPE_facts, json),
              ",\"text\":\"\",\"tags\":[],\"matched\":{},\"hashtags\":[],\"links\":[],\"rules\":");
    CHECK_SPAN(record_of(SHAPE_by_tag, json), SPAN(""));
}

TEST(a_row_has_its_hashtags_folded_and_its_links_each_once)
{
    struct span json = SPAN(
        "{\"id\":\"1\",\"text\":\"#ﾚｱｱｰｽ https://t.co/b #Mining ＃レアアース #MINING https://t.co/a https://t.co/b\"}");

    CHECK_HAS(record_of(SHAPE_facts, json),
              ",\"hashtags\":[\"レアアース\",\"mining\"],\"links\":[\"https://t.co/b\",\"https://t.co/a\"]");
}

TEST(where_the_rules_turn_entities_off_a_row_says_nothing_of_hashtags_and_links)
{
    struct message message = message_of(SPAN("{\"id\":\"1\",\"text\":\"#Mining https://t.co/a\"}"));
    struct span row = records("version: 7\nentities: off\n", SHAPE_facts, ROUTE_KEY_ID, message);

    CHECK(row.len && !memmem(row.at, row.len, "hashtags", 8) && !memmem(row.at, row.len, "links", 5));
}

TEST(a_row_may_be_without_its_text)
{
    static const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64};
    struct route route = {.topic = SPAN("out"), .shape = SHAPE_facts, .key = ROUTE_KEY_ID, .text = false};
    struct list routes = {&route, 1};
    struct line line = {.limits = &limits, .rules = rules_from(RULES), .routes = &routes, .skip = &nothing};
    struct message message = message_of(SPAN(FULL));
    struct outbox out = {.mem = scratch()};

    line_carry(&line, &message, 1, &out);
    CHECK(out.records_len == 1);
    CHECK(!memmem(out.records[0].value.at, out.records[0].value.len, "\"text\"", 6));
}

TEST(as_of_is_the_records_timestamp_where_the_post_does_not_say)
{
    CHECK_HAS(record_of(SHAPE_facts, SPAN("{\"id\":\"1\",\"text\":\"\"}")), "\"as_of\":1764918000001,");
    CHECK_HAS(record_of(SHAPE_facts, SPAN("{\"id\":\"1\",\"hidden\":true}")), "\"as_of\":1764918000001,");
}

TEST(an_update_is_a_row_of_facts_and_nothing_else)
{
    struct span json =
        SPAN("{\"id\":\"1\",\"observed_at\":\"1970-01-01T00:00:01Z\",\"metrics\":{\"reposts\":60,\"likes\":50}}");

    CHECK_SPAN(record_of(SHAPE_facts, json),
               with_id("1 {\"v\":1,\"id\":\"1\",\"network\":\"x\",\"kind\":\"update\",\"subject\":\"1\",\"as_of\":1000,"
                       "\"reposts\":60,\"likes\":50,\"total\":110,\"score\":170,\"tier\":\"warm\"," RULES_HERE
                       "," SOURCE "}\n"));
    CHECK_SPAN(record_of(SHAPE_event, json), SPAN(""));
    CHECK_SPAN(record_of(SHAPE_by_tag, json), SPAN(""));
}

TEST(a_hide_is_a_tombstone_on_events_by_id_and_by_network_and_id)
{
    struct message message = message_of(SPAN("{\"id\":\"1\",\"hidden\":true,\"text\":\"レアアース\"}"));

    CHECK_SPAN(records(RULES, SHAPE_event, ROUTE_KEY_ID, message), SPAN("1 null\n"));
    CHECK_SPAN(records(RULES, SHAPE_event, ROUTE_KEY_NETWORK_ID, message), SPAN("x:1 null\n"));
    CHECK_SPAN(records(RULES, SHAPE_event, ROUTE_KEY_SUBJECT, message), SPAN(""));
    CHECK_SPAN(records(RULES, SHAPE_event, ROUTE_KEY_AUTHOR, message), SPAN(""));
    CHECK_SPAN(records(RULES, SHAPE_event, ROUTE_KEY_INPUT, message), SPAN(""));
}

TEST(a_hide_is_a_row_of_facts_and_never_null)
{
    struct message message =
        message_of(SPAN("{\"id\":\"1\",\"hidden\":true,\"observed_at\":\"1970-01-01T00:00:01Z\"}"));

    CHECK_SPAN(records(RULES, SHAPE_facts, ROUTE_KEY_ID, message),
               SPAN("1 {\"v\":1,\"id\":\"1\",\"network\":\"x\",\"as_of\":1000,\"hidden\":true," SOURCE "}\n"));
    CHECK_HAS(records(RULES, SHAPE_facts, ROUTE_KEY_NETWORK_ID, message), "x:1 {");
    CHECK_SPAN(records(RULES, SHAPE_by_tag, ROUTE_KEY_TAG, message), SPAN(""));
}

TEST(a_hide_by_null_payload_goes_where_any_hide_goes)
{
    struct message message = message_of((struct span){0});

    CHECK_SPAN(records(RULES, SHAPE_event, ROUTE_KEY_ID, message), SPAN("key-of-record null\n"));
    CHECK_SPAN(records(RULES, SHAPE_facts, ROUTE_KEY_ID, message),
               SPAN("key-of-record {\"v\":1,\"id\":\"key-of-record\",\"network\":\"x\",\"as_of\":1764918000001,"
                    "\"hidden\":true," SOURCE "}\n"));
}

TEST(a_hide_taken_back_is_a_row_of_facts_alone)
{
    struct message message = message_of(SPAN("{\"id\":\"1\",\"hidden\":false}"));

    CHECK_SPAN(
        records(RULES, SHAPE_facts, ROUTE_KEY_ID, message),
        SPAN("1 {\"v\":1,\"id\":\"1\",\"network\":\"x\",\"as_of\":1764918000001,\"hidden\":false," SOURCE "}\n"));
    CHECK_SPAN(records(RULES, SHAPE_event, ROUTE_KEY_ID, message), SPAN(""));
    CHECK_SPAN(records(RULES, SHAPE_event, ROUTE_KEY_NETWORK_ID, message), SPAN(""));
    CHECK_SPAN(records(RULES, SHAPE_by_tag, ROUTE_KEY_TAG, message), SPAN(""));
}

static struct span key_of(int key, struct message message)
{
    struct span record = records(RULES, SHAPE_event, key, message);
    const char *end = memmem(record.at, record.len, " {", 2);

    return end ? (struct span){record.at, (size_t)(end - record.at)} : SPAN("no record");
}

TEST(each_key_is_what_its_name_says)
{
    struct message repost =
        message_of(SPAN("{\"id\":\"1\",\"text\":\"\",\"repost_of\":\"9\",\"author\":{\"id\":\"77\"}}"));
    struct message post = message_of(SPAN("{\"id\":\"1\",\"text\":\"\"}"));
    struct message without_key = post;

    without_key.key = (struct span){0};
    CHECK_SPAN(key_of(ROUTE_KEY_ID, repost), SPAN("1"));
    CHECK_SPAN(key_of(ROUTE_KEY_NETWORK_ID, repost), SPAN("x:1"));
    CHECK_SPAN(key_of(ROUTE_KEY_SUBJECT, repost), SPAN("9"));
    CHECK_SPAN(key_of(ROUTE_KEY_SUBJECT, post), SPAN("1"));
    CHECK_SPAN(key_of(ROUTE_KEY_AUTHOR, repost), SPAN("77"));
    CHECK_SPAN(key_of(ROUTE_KEY_AUTHOR, post), SPAN("1"));
    CHECK_SPAN(key_of(ROUTE_KEY_INPUT, post), SPAN("key-of-record"));
    CHECK_SPAN(key_of(ROUTE_KEY_INPUT, without_key), SPAN("null"));
}

TEST(a_nul_within_an_id_is_kept_in_every_key)
{
    struct message message = message_of(SPAN("{\"id\":\"1\\u00002\",\"text\":\"\"}"));

    CHECK_SPAN(key_of(ROUTE_KEY_ID, message), SPAN("1\0002"));
    CHECK_SPAN(key_of(ROUTE_KEY_NETWORK_ID, message), SPAN("x:1\0002"));
}

TEST(entities_as_objects_have_their_places)
{
    CHECK_HAS(records("version: 7\nentities: objects\n", SHAPE_event, ROUTE_KEY_ID,
                      message_of(SPAN("{\"id\":\"1\",\"text\":\"🇯🇵 ＃南鳥島\"}"))),
              "\"entities\":{\"hashtags\":[{\"text\":\"南鳥島\",\"start\":3,\"end\":7}],\"mentions\":[],\"urls\":[],"
              "\"cashtags\":[],\"emoji\":[{\"text\":\"🇯🇵\",\"start\":0,\"end\":2}]}");
}

TEST(what_is_off_or_not_asked_for_is_absent)
{
    CHECK_HAS(records("version: 7\nentities: off\n", SHAPE_event, ROUTE_KEY_ID,
                      message_of(SPAN("{\"id\":\"1\",\"text\":\"\"}"))),
              "\"enrichment\":{\"rules\":{\"version\":7,");
    CHECK_HAS(records("version: 7\ntags: {a: {any: [x]}}\n", SHAPE_event, ROUTE_KEY_ID,
                      message_of(SPAN("{\"id\":\"1\",\"text\":\"x\"}"))),
              "\"enrichment\":{\"tags\":[\"a\"],\"entities\":");
}

TEST(a_tier_alone_is_a_whole_object)
{
    CHECK_HAS(records("version: 7\nengagement: {tiers: {by: views, seen: 1}}\n", SHAPE_event, ROUTE_KEY_ID,
                      message_of(SPAN("{\"id\":\"1\",\"text\":\"\",\"metrics\":{\"views\":5}}"))),
              "\"engagement\":{\"tier\":\"seen\"},");
}

TEST(the_posts_bytes_are_copied_and_never_written_anew)
{
    CHECK_HAS(record_of(SHAPE_event, SPAN("{\"id\":\"1\",\"text\":\"\\u0041\\/\", \"x\":1e2,\"x\":1.50}")),
              "\"post\":{\"id\":\"1\",\"text\":\"\\u0041\\/\", \"x\":1e2,\"x\":1.50},\"source\"");
}

TEST(a_message_that_was_refused_before_is_a_dead_letter)
{
    static const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64};
    struct list routes = {0};
    struct line line = {.limits = &limits, .rules = rules_from(RULES), .routes = &routes, .skip = &nothing};
    struct message message = message_of(SPAN(FULL));
    struct outbox out = {.mem = scratch()};

    message.refused = SPAN("the broker does not take it");
    line_carry(&line, &message, 1, &out);
    CHECK(out.records_len == 0 && out.dead_len == 1 && out.dead[0].fault == FAULT_REFUSED);
    CHECK_SPAN(out.dead[0].why, SPAN("the broker does not take it"));
}

TEST(the_same_post_gives_the_same_bytes_again)
{
    CHECK_SPAN(record_of(SHAPE_event, SPAN(FULL)), record_of(SHAPE_event, SPAN(FULL)));
}

/* All that comes of messages, as text: who it came of, key, value, fault. */
static struct span outcome_of(const struct outbox *out, const struct message *first)
{
    struct buf text = buf_in(scratch());

    for (size_t i = 0; i < out->records_len; i++) {
        const struct record *record = &out->records[i];

        buf_format(&text, "%zd %.*s ", record->from - first, SPAN_ARGS(record->key));
        buf_put(&text, record->value.at ? record->value : SPAN("null"));
        buf_char(&text, '\n');
    }
    for (size_t i = 0; i < out->dead_len; i++)
        buf_format(&text, "%zd %s %.*s\n", out->dead[i].from - first, fault_names[out->dead[i].fault],
                   SPAN_ARGS(out->dead[i].why));
    buf_format(&text, "%zu %zu %zu", out->dropped[DROP_NO_ROUTE], out->dropped[DROP_NO_POST], out->unkeyed);
    return buf_span(&text);
}

/* A bit of everything, and every seventh a post that is longer than a group. */
static struct span message_text(int i)
{
    struct buf text = buf_in(scratch());

    buf_format(&text, "{\"id\":\"%d\",\"observed_at\":\"2025-12-05T16:00:00Z\"", i);
    if (i % 7 == 0) {
        buf_put(&text, SPAN(",\"text\":\""));
        for (int j = 0; j < 10000; j++)
            buf_put(&text, SPAN("資源 と "));
        buf_put(&text, SPAN("\""));
    } else if (i % 5 == 0) {
        buf_put(&text, SPAN(",\"hidden\":true"));
    } else if (i % 3 == 0) {
        buf_put(&text, SPAN(",\"metrics\":{\"reposts\":55}"));
    } else if (i % 11 != 0) {
        buf_format(&text, ",\"text\":\"レアアース %d @user\"", i);
    }
    buf_put(&text, i % 13 == 0 ? SPAN("") : SPAN("}"));
    return buf_span(&text);
}

TEST(messages_that_are_carried_together_come_out_as_if_alone)
{
    enum { COUNT = 200 };
    static const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64};
    struct skip skip = {.topic = x_input.topic, .partition = 3, .offset = 40};
    struct list skips = {&skip, 1};
    struct route route_list[] = {{.topic = SPAN("out"), .shape = SHAPE_event, .key = ROUTE_KEY_ID, .text = true},
                                 {.topic = SPAN("tags"), .shape = SHAPE_by_tag, .key = ROUTE_KEY_TAG, .text = true}};
    struct list routes = {route_list, 2};
    struct line line = {.limits = &limits, .rules = rules_from(RULES), .routes = &routes, .skip = &skips};
    struct outbox together = {.mem = scratch()}, alone = {.mem = scratch()};
    struct message messages[COUNT];

    for (int i = 0; i < COUNT; i++) {
        messages[i] = message_of(message_text(i));
        messages[i].offset = i;
    }
    for (size_t from = 0; from < COUNT;)
        from += line_carry(&line, messages + from, COUNT - from, &together);
    for (int i = 0; i < COUNT; i++)
        line_carry(&line, &messages[i], 1, &alone);
    CHECK(together.records_len > COUNT && together.dead_len > COUNT / 13);
    CHECK_SPAN(outcome_of(&together, messages), outcome_of(&alone, messages));
    CHECK(line_carry(&line, messages, 0, &together) == 0);
}

TEST(members_that_cannot_be_used_are_counted)
{
    static const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64};
    struct line line = {.limits = &limits, .rules = rules_from(RULES), .routes = &nothing, .skip = &nothing};
    struct message messages[] = {
        message_of(SPAN("{\"id\":\"1\",\"text\":\"a\",\"author\":{\"followers\":-1},\"created_at\":\"\"}")),
        message_of(SPAN("{\"id\":\"2\",\"text\":\"a\",\"author\":{\"followers\":-1}}")),
        message_of(SPAN("{\"id\":\"3\",\"text\":\"a\"}")),
    };
    struct outbox out = {.mem = scratch()};

    line_carry(&line, messages, 3, &out);
    CHECK(out.dead_len == 0 && out.has_unusable);
    CHECK(out.unusable[MEMBER_FOLLOWERS][UNUSABLE_RANGE] == 2 && out.unusable[MEMBER_CREATED][UNUSABLE_TIME] == 1);
    CHECK(out.unusable[MEMBER_CREATED][UNUSABLE_TYPE] == 0);
}
