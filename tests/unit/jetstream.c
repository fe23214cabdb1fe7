#include "tests/unit/decoded.h"
#include "tests/unit/test.h"

static struct decoded event(const char *json)
{
    return decoded_as("jetstream", json);
}

/* A commit of this operation with this record's members. */
static struct decoded commit(const char *operation, const char *record)
{
    return event(span_format(scratch(),
                             "{\"did\":\"did:plc:umi\",\"time_us\":1777593600000417,\"kind\":\"commit\","
                             "\"commit\":{\"rev\":\"3l\",\"operation\":\"%s\",\"collection\":\"app.bsky.feed.post\","
                             "\"rkey\":\"3lmu\",\"record\":{\"$type\":\"app.bsky.feed.post\",%s}}}",
                             operation, record)
                     .at);
}

TEST(a_created_post_gives_all_facts)
{
    struct decoded got =
        commit("create", "\"createdAt\":\"2026-05-01T00:00:00.000Z\",\"langs\":[\"ja\",\"en\"],\"text\":\"海底\","
                         "\"reply\":{\"root\":{\"uri\":\"at://r\"},\"parent\":{\"uri\":\"at://p\",\"cid\":\"b\"}}");

    CHECK(got.fault == FAULT_NONE && got.post.says == SAYS_POST);
    CHECK_SPAN(got.post.id, SPAN("at://did:plc:umi/app.bsky.feed.post/3lmu"));
    CHECK_SPAN(got.post.author.id, SPAN("did:plc:umi"));
    CHECK_SPAN(got.post.text, SPAN("海底"));
    CHECK_SPAN(got.post.lang, SPAN("ja"));
    CHECK_SPAN(got.post.in_reply_to, SPAN("at://p"));
    CHECK(got.post.created_ms == 1777593600000 && got.post.observed_ms == 1777593600000);
    CHECK(got.post.counts[COUNT_LIKES] == COUNT_UNKNOWN && got.post.author.followers == COUNT_UNKNOWN);
}

TEST(an_edit_keeps_its_id_and_a_deletion_hides)
{
    struct decoded edit = commit("update", "\"text\":\"b\"");
    struct decoded gone = event("{\"did\":\"d\",\"time_us\":1,\"kind\":\"commit\",\"commit\":{\"operation\":\"delete\","
                                "\"collection\":\"app.bsky.feed.post\",\"rkey\":\"k\"}}");

    CHECK(edit.post.says == SAYS_POST && edit.post.replaces.len == 0);
    CHECK(gone.fault == FAULT_NONE && gone.post.says == SAYS_HIDE && gone.post.observed_ms == 0);
    CHECK_SPAN(gone.post.id, SPAN("at://d/app.bsky.feed.post/k"));
}

TEST(a_quoted_post_is_embedded_as_it_is_or_beside_pictures)
{
#define URI "at://did:plc:x/app.bsky.feed.post/3a"
    struct decoded plain = commit(
        "create", "\"text\":\"\",\"embed\":{\"$type\":\"app.bsky.embed.record\",\"record\":{\"uri\":\"" URI "\"}}");
    struct decoded media =
        commit("create", "\"text\":\"\",\"embed\":{\"$type\":\"app.bsky.embed.recordWithMedia\",\"media\":{},"
                         "\"record\":{\"$type\":\"app.bsky.embed.record\",\"record\":{\"uri\":\"" URI "\"}}}");
    struct decoded feed =
        commit("create", "\"text\":\"\",\"embed\":{\"record\":{\"uri\":\"at://x/app.bsky.feed.generator/a\"}}");
    struct decoded pictures =
        commit("create", "\"text\":\"\",\"embed\":{\"$type\":\"app.bsky.embed.images\",\"images\":[]}");

    CHECK_SPAN(plain.post.quote_of, SPAN(URI));
    CHECK_SPAN(media.post.quote_of, SPAN(URI));
    CHECK(feed.fault == FAULT_NONE && feed.post.quote_of.len == 0);
    CHECK(pictures.fault == FAULT_NONE && pictures.post.quote_of.len == 0);
}

TEST(what_is_no_post_is_a_drop)
{
    static const char *const drops[] = {
        "{\"did\":\"d\",\"kind\":\"commit\",\"commit\":{\"operation\":\"create\",\"collection\":\"app.bsky.feed.like\"}"
        "}",
        "{\"did\":\"d\",\"kind\":\"commit\",\"commit\":{\"operation\":\"delete\",\"collection\":\"app.bsky.feed."
        "threadgate\",\"rkey\":\"k\"}}",
        "{\"did\":\"d\",\"kind\":\"commit\",\"commit\":{\"operation\":\"create\",\"collection\":\"app.bsky.graph."
        "follow\",\"record\":5}}",
        "{\"did\":\"d\",\"kind\":\"identity\",\"identity\":{\"handle\":\"x\"}}",
        "{\"did\":\"d\",\"kind\":\"account\",\"account\":{\"active\":false,\"status\":\"takendown\"}}",
        "{\"did\":\"d\",\"kind\":\"something-new\"}",
        "{\"did\":\"d\",\"kind\":\"commit\",\"commit\":{\"operation\":\"merge\",\"collection\":\"app.bsky.feed.post\","
        "\"rkey\":\"k\"}}",
    };

    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
        struct decoded got = event(drops[i]);

        CHECK(got.fault == FAULT_NONE && got.post.says == SAYS_NOTHING);
    }
}

TEST(truncated_events_have_names)
{
    CHECK(event("{}").fault == FAULT_NO_ID);
    CHECK(event("{\"did\":\"d\",\"kind\":\"commit\"}").fault == FAULT_NO_ID);
    CHECK(event("{\"did\":\"d\",\"commit\":{}}").fault == FAULT_NO_ID);
    CHECK(event("{\"commit\":{\"operation\":\"delete\",\"collection\":\"app.bsky.feed.post\",\"rkey\":\"k\"}}").fault
          == FAULT_NO_ID);
    CHECK(commit("create", "\"langs\":[]").fault == FAULT_NO_TEXT);
}

TEST(odd_members_are_unknown)
{
    CHECK(is_unknown(commit("create", "\"text\":\"a\",\"createdAt\":\"yesterday\""), MEMBER_CREATED, UNUSABLE_TIME));
    CHECK(is_unknown(commit("create", "\"text\":\"a\",\"createdAt\":\"\""), MEMBER_CREATED, UNUSABLE_TIME));
    CHECK(is_unknown(commit("create", "\"text\":\"a\",\"createdAt\":\"0001-01-01T00:00:00Z\""), MEMBER_CREATED,
                     UNUSABLE_RANGE));
    CHECK(is_unknown(
        event("{\"did\":\"d\",\"time_us\":9223372036854775807,\"commit\":{\"operation\":\"delete\",\"collection\":"
              "\"app.bsky.feed.post\",\"rkey\":\"k\"}}"),
        MEMBER_OBSERVED, UNUSABLE_RANGE));
}

TEST(what_clients_are_known_to_write_is_repaired)
{
    struct decoded got =
        commit("create", "\"text\":\"a\",\"createdAt\":\"2026-05-25T14:23:28.757\",\"langs\":\"ja-JP\"");

    CHECK(got.fault == FAULT_NONE && !got.post.has_unusable && got.post.created_ms == 1779719008757);
    CHECK_SPAN(got.post.lang, SPAN("ja"));
}

/* A post that shows "見て example.com/a/b..." (7 to 25 are the link) with one facet. */
static struct span linked(const char *from, const char *to, const char *uri)
{
    struct decoded got = commit(
        "create",
        span_format(scratch(),
                    "\"text\":\"見て example.com/a/b... ね\",\"facets\":[{\"index\":"
                    "{\"byteStart\":%s,\"byteEnd\":%s},\"features\":[{\"$type\":\"app.bsky.richtext.facet#tag\"},"
                    "{\"$type\":\"app.bsky.richtext.facet#link\",\"uri\":\"%s\"}]}]",
                    from, to, uri)
            .at);

    CHECK(got.fault == FAULT_NONE);
    return got.post.text;
}

TEST(a_link_that_was_cut_short_is_whole_again)
{
    CHECK_SPAN(linked("7", "25", "https://example.com/a/bcd?e=1"), SPAN("見て https://example.com/a/bcd?e=1 ね"));
}

TEST(any_other_link_leaves_the_text_alone)
{
    static const struct span text = {"見て example.com/a/b... ね", sizeof "見て example.com/a/b... ね" - 1};

    CHECK_SPAN(linked("7", "25", "https://elsewhere.example/a/bcd"), text);
    CHECK_SPAN(linked("7", "22", "https://example.com/a/bcd"), text);
    CHECK_SPAN(linked("7", "25", "https://example.com/a/bcd e"), text);
    CHECK_SPAN(linked("22", "25", "https://example.com/a/bcd"), text);
}

TEST(offsets_that_are_wrong_leave_the_text_alone)
{
    static const char *const offsets[][2] = {
        {"1", "25"},
        {"7", "28"},
        {"7", "27"},
        {"25", "7"},
        {"7", "7"},
        {"-1", "25"},
        {"7", "30"},
        {"7", "9223372036854775807"},
        {"-9223372036854775808", "9223372036854775807"},
        {"\"7\"", "25"},
        {"7.5", "25"},
        {"null", "25"},
        {"{}", "[]"},
        {"0", "0"},
        {"29", "29"},
        {"29", "30"},
    };

    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
        CHECK_SPAN(linked(offsets[i][0], offsets[i][1], "https://example.com/a/bcd"),
                   SPAN("見て example.com/a/b... ね"));
}

TEST(links_that_overlap_are_taken_once)
{
#define LINK(from, to, uri)                                                                                            \
    "{\"index\":{\"byteStart\":" #from ",\"byteEnd\":" #to "},\"features\":[{\"$type\":"                               \
    "\"app.bsky.richtext.facet#link\",\"uri\":\"" uri "\"}]}"
    struct decoded got = commit(
        "create", "\"text\":\"a.example/1... b.example/2…\",\"facets\":[" LINK(15, 29, "http://b.example/22") "," LINK(
                      0, 14, "https://a.example/11") "," LINK(2, 14, "https://example/11") ",7,{}]");

    CHECK_SPAN(got.post.text, SPAN("https://a.example/11 http://b.example/22"));
}

TEST(facets_tags_and_cards_are_what_the_post_lists)
{
    struct decoded got =
        commit("create", "\"text\":\"by @ann.example.com #deep-sea x\",\"tags\":[\"mining\"],\"facets\":["
                         "{\"index\":{\"byteStart\":3,\"byteEnd\":19},\"features\":[{\"$type\":\"app.bsky.richtext."
                         "facet#mention\",\"did\":\"did:plc:b\"}]},"
                         "{\"index\":{\"byteStart\":20,\"byteEnd\":29},\"features\":[{\"$type\":\"app.bsky.richtext."
                         "facet#tag\",\"tag\":\"deep-sea\"}]},"
                         "{\"index\":{\"byteStart\":30,\"byteEnd\":31},\"features\":[{\"$type\":\"app.bsky.richtext."
                         "facet#link\",\"uri\":\"https://a.example/b\"}]}],"
                         "\"embed\":{\"$type\":\"app.bsky.embed.external\",\"external\":{\"uri\":\"https://"
                         "card.example/c\",\"title\":\"t\"}}");

    CHECK_SPAN(listed_in(got, LISTED_MENTIONS), SPAN("ann.example.com "));
    CHECK_SPAN(listed_in(got, LISTED_HASHTAGS), SPAN("deep-sea mining "));
    CHECK_SPAN(listed_in(got, LISTED_LINKS), SPAN("https://a.example/b https://card.example/c "));
    CHECK_SPAN(listed_in(commit("create", "\"text\":\"@ann.example.com\",\"facets\":[]"), LISTED_MENTIONS), SPAN(""));
    CHECK_SPAN(listed_in(commit("create", "\"text\":\"@ann.example.com\""), LISTED_MENTIONS), SPAN("-"));
}

TEST(a_repost_is_a_record_without_a_text)
{
    static const char repost[] =
        "{\"did\":\"did:plc:a\",\"time_us\":1777593600000417,\"commit\":{\"operation\":\"%s\",\"collection\":\"app."
        "bsky.feed.repost\","
        "\"rkey\":\"r\",\"record\":{\"createdAt\":\"2026-05-01T00:00:00Z\",\"subject\":{\"uri\":\"%s\"}}}}";
    struct decoded got = event(span_format(scratch(), repost, "create", "at://did:plc:b/app.bsky.feed.post/k").at);

    CHECK(got.fault == FAULT_NONE && got.post.says == SAYS_POST && !got.post.text.len
          && post_kind(&got.post) == KIND_REPOST);
    CHECK_SPAN(got.post.id, SPAN("at://did:plc:a/app.bsky.feed.repost/r"));
    CHECK_SPAN(got.post.repost_of, SPAN("at://did:plc:b/app.bsky.feed.post/k"));
    CHECK(event(span_format(scratch(), repost, "delete", "").at).post.says == SAYS_HIDE);
    CHECK(event(span_format(scratch(), repost, "create", "").at).fault == FAULT_NO_ID);
}

TEST(the_address_of_a_post_is_made_of_its_ids)
{
    CHECK(commit("create", "\"text\":\"a\"").post.url.len > 0);
    CHECK(span_starts(commit("create", "\"text\":\"a\"").post.url, SPAN("https://bsky.app/profile/did:plc:")));
}
