#include "common/buf.h"
#include "common/json.h"
#include "tests/unit/decoded.h"
#include "tests/unit/test.h"

static struct decoded toot(const char *json)
{
    return decoded_as("mastodon", json);
}

/* The status as JSON in a string, as the streams send it. */
static struct decoded streamed(const char *event, const char *status)
{
    struct buf json = buf_in(scratch());

    buf_format(&json, "{\"stream\":[\"hashtag\",\"海\"],\"event\":\"%s\",\"payload\":", event);
    json_write_string(&json, span_of(status));
    buf_char(&json, '}');
    buf_char(&json, '\0');
    return toot(json.at);
}

#define STATUS                                                                                                         \
    "{\"id\":\"116\",\"created_at\":\"2026-05-01T00:00:00.000Z\",\"edited_at\":\"2026-05-01T01:00:00.000Z\","          \
    "\"language\":\"ja\",\"url\":\"https://m.example/@umi/116\",\"in_reply_to_id\":\"100\",\"spoiler_text\":\"\","     \
    "\"content\":\"<p>海底の話<br />二行目</p><p>R&amp;D</p>\",\"reblog\":null,\"reblogs_count\":1,"            \
    "\"favourites_count\":2,\"replies_count\":3,\"quotes_count\":4,\"visibility\":\"public\","                         \
    "\"account\":{\"id\":\"7\",\"acct\":\"umi@m.example\",\"followers_count\":99}}"

static void check_status(const struct decoded *got)
{
    const struct post *post = &got->post;

    CHECK(got->fault == FAULT_NONE && post->says == SAYS_POST);
    CHECK_SPAN(post->id, SPAN("116"));
    CHECK_SPAN(post->text, SPAN("海底の話\n二行目\n\nR&D"));
    CHECK_SPAN(post->lang, SPAN("ja"));
    CHECK_SPAN(post->url, SPAN("https://m.example/@umi/116"));
    CHECK_SPAN(post->in_reply_to, SPAN("100"));
    CHECK_SPAN(post->author.handle, SPAN("umi@m.example"));
    CHECK(post->author.followers == 99 && post->created_ms == 1777593600000);
    CHECK(post->counts[COUNT_REPOSTS] == 1 && post->counts[COUNT_LIKES] == 2);
    CHECK(post->counts[COUNT_REPLIES] == 3 && post->counts[COUNT_QUOTES] == 4);
    CHECK(post->counts[COUNT_VIEWS] == COUNT_UNKNOWN && post->counts[COUNT_BOOKMARKS] == COUNT_UNKNOWN);
}

TEST(a_status_reads_the_same_bare_and_streamed)
{
    struct decoded bare = toot(STATUS), update = streamed("update", STATUS), edit = streamed("status.update", STATUS);
    struct decoded object = toot("{\"event\":\"update\",\"payload\":" STATUS "}");

    check_status(&bare);
    check_status(&update);
    check_status(&edit);
    check_status(&object);
    CHECK(bare.post.observed_ms == TIME_UNKNOWN && update.post.observed_ms == TIME_UNKNOWN);
    CHECK(edit.post.observed_ms == 1777597200000);
}

TEST(a_deletion_hides)
{
    CHECK(toot("{\"event\":\"delete\",\"payload\":\"116\"}").post.says == SAYS_HIDE);
    CHECK_SPAN(toot("{\"event\":\"delete\",\"payload\":\"116\"}").post.id, SPAN("116"));
    CHECK_SPAN(toot("{\"event\":\"delete\",\"payload\":116}").post.id, SPAN("116"));
    CHECK(toot("{\"event\":\"delete\"}").fault == FAULT_NO_ID);
}

TEST(other_events_are_drops)
{
    CHECK(toot("{\"event\":\"filters_changed\"}").post.says == SAYS_NOTHING);
    CHECK(toot("{\"event\":\"notification\",\"payload\":\"{broken\"}").fault == FAULT_NONE);
    CHECK(toot("{\"event\":\"announcement.delete\",\"payload\":\"8\"}").post.says == SAYS_NOTHING);
}

TEST(a_boost_has_the_text_and_counts_of_the_boosted)
{
    struct decoded got =
        toot("{\"id\":\"200\",\"content\":\"\",\"language\":null,\"reblogs_count\":0,\"account\":{\"id\":\"8\"},"
             "\"reblog\":" STATUS "}");

    CHECK_SPAN(got.post.id, SPAN("200"));
    CHECK_SPAN(got.post.repost_of, SPAN("116"));
    CHECK_SPAN(got.post.text, SPAN("海底の話\n二行目\n\nR&D"));
    CHECK_SPAN(got.post.lang, SPAN("ja"));
    CHECK_SPAN(got.post.author.id, SPAN("8"));
    CHECK(got.post.counts[COUNT_REPOSTS] == 1 && got.post.in_reply_to.len == 0);
    CHECK(decoded_strictly("mastodon", "{\"id\":\"200\",\"reblog\":{\"content\":\"a\"}}").fault == FAULT_NO_ID);
    CHECK(is_unknown(toot("{\"id\":\"200\",\"content\":\"\",\"reblog\":{\"content\":\"a\"}}"), MEMBER_REPOST_OF,
                     UNUSABLE_VALUE));
}

TEST(a_warning_stands_before_the_text)
{
    CHECK_SPAN(toot("{\"id\":\"1\",\"spoiler_text\":\"選挙\",\"content\":\"<p>本文</p>\"}").post.text,
               SPAN("選挙\n\n本文"));
    CHECK_SPAN(toot("{\"id\":\"1\",\"spoiler_text\":\"選挙\",\"content\":\"\"}").post.text, SPAN("選挙"));
    CHECK_SPAN(toot("{\"id\":\"1\",\"spoiler_text\":{},\"content\":\"a\"}").post.text, SPAN("a"));
}

TEST(a_quote_is_known_by_its_status_or_id)
{
    const char *content = "\"content\":\"<p class=\\\"quote-inline\\\">RE: x</p><p>うん</p>\"";
    struct decoded whole = toot(span_format(scratch(),
                                            "{\"id\":\"1\",\"quote\":{\"state\":\"accepted\",\"quoted_status\":"
                                            "{\"id\":\"9\"}},%s}",
                                            content)
                                    .at);
    struct decoded shallow = toot(span_format(scratch(),
                                              "{\"id\":\"1\",\"quote\":{\"state\":\"accepted\","
                                              "\"quoted_status_id\":\"9\"},%s}",
                                              content)
                                      .at);
    struct decoded pending = toot(span_format(scratch(),
                                              "{\"id\":\"1\",\"quote\":{\"state\":\"pending\","
                                              "\"quoted_status\":null},%s}",
                                              content)
                                      .at);

    CHECK_SPAN(whole.post.quote_of, SPAN("9"));
    CHECK_SPAN(whole.post.text, SPAN("うん"));
    CHECK_SPAN(shallow.post.quote_of, SPAN("9"));
    CHECK(pending.fault == FAULT_NONE && pending.post.quote_of.len == 0);
}

TEST(broken_payloads_have_names)
{
    CHECK(toot("{\"event\":\"update\"}").fault == FAULT_NO_ID);
    CHECK(streamed("update", "{\"id\":\"1\",\"conte").fault == FAULT_NOT_JSON);
    CHECK(streamed("update", "").fault == FAULT_NOT_JSON);
    CHECK(streamed("update", "[1]").fault == FAULT_NOT_AN_OBJECT);
    CHECK(streamed("update", "{\"id\":99999999999999999999}").fault == FAULT_NUMBER_RANGE);
    CHECK(toot("{\"event\":\"update\",\"payload\":[]}").fault == FAULT_WRONG_TYPE);
    CHECK(toot("{\"event\":5,\"payload\":\"1\"}").fault == FAULT_WRONG_TYPE);
    CHECK(streamed("update", "{\"id\":\"1\"}").fault == FAULT_NO_TEXT);
    CHECK(streamed("update", "{\"id\":\"1\",\"favourites_count\":2}").post.says == SAYS_UPDATE);
    CHECK_SPAN(streamed("update", "{\"id\":\"1\",\"spoiler_text\":\"a\",\"favourites_count\":2}").post.text, SPAN(""));
}

TEST(a_payload_is_as_deep_as_a_post_may_be)
{
    struct buf deep = buf_in(scratch());

    buf_put(&deep, SPAN("{\"id\":\"1\",\"content\":\"a\",\"card\":"));
    for (int i = 0; i < 100; i++)
        buf_char(&deep, '[');
    for (int i = 0; i < 100; i++)
        buf_char(&deep, ']');
    buf_put(&deep, SPAN("}\0"));
    CHECK(streamed("update", deep.at).fault == FAULT_TOO_DEEP);
}

TEST(followers_that_a_server_hides_are_unknown)
{
    struct decoded got = toot(
        "{\"id\":\"1\",\"content\":\"<p>a</p>\",\"account\":{\"id\":\"7\",\"acct\":\"ann\",\"followers_count\":-1}}");

    CHECK(is_unknown(got, MEMBER_FOLLOWERS, UNUSABLE_RANGE));
    CHECK_SPAN(got.post.author.handle, SPAN("ann"));
    CHECK(got.post.author.followers == COUNT_UNKNOWN);
}

#define WITH(content, more)                                                                                            \
    "{\"id\":\"1\",\"content\":\"" content "\",\"account\":{\"id\":\"7\",\"acct\":\"ann\"}" more "}"

TEST(links_are_what_they_lead_to)
{
    struct decoded got = toot(WITH("<p>see <a href=\\\"https://www.umi.example/watch?v=1&amp;t=2\\\"><span "
                                   "class=\\\"invisible\\\">https://www.</span>"
                                   "<span class=\\\"ellipsis\\\">umi.example/wat</span></a>, <a "
                                   "href='https://news.example/sea'>this report</a> and "
                                   "<a href='/relative'>that</a></p>",
                                   ""));

    CHECK_SPAN(listed_in(got, LISTED_LINKS), SPAN("https://www.umi.example/watch?v=1&t=2 https://news.example/sea "));
    CHECK_SPAN(listed_in(got, LISTED_HASHTAGS), SPAN("-"));
    CHECK_SPAN(listed_in(toot(WITH("<p>words</p>", ",\"card\":{\"url\":\"https://card.example/\"}")), LISTED_LINKS),
               SPAN("https://card.example/ "));
    CHECK_SPAN(listed_in(toot(WITH("<p>words</p>", "")), LISTED_LINKS), SPAN("-"));
}

TEST(hashtags_are_as_written_and_mentions_whole)
{
    struct decoded got = toot(
        WITH("<p><a href='https://m.example/tags/deepsea' class='mention hashtag' rel='tag'>#<span>DeepSea</span></a> "
             "<a href='https://p.example/tag/x' rel='tag'>#海底</a> <a href='https://b.example/@ann' class='u-url "
             "mention'>@<span>ann</span></a></p>",
             ",\"tags\":[{\"name\":\"deepsea\"},{\"name\":\"hidden\"}],\"mentions\":[{\"acct\":\"ann@b.example\"}]"));

    CHECK_SPAN(listed_in(got, LISTED_HASHTAGS), SPAN("DeepSea 海底 hidden "));
    CHECK_SPAN(listed_in(got, LISTED_MENTIONS), SPAN("ann@b.example "));
    CHECK_SPAN(listed_in(got, LISTED_LINKS), SPAN("-"));
}

TEST(a_quote_is_known_as_other_servers_send_it)
{
    CHECK_SPAN(toot(WITH("a<span class='quote-inline'><br>RE: b</span>", ",\"quote\":{\"id\":\"q9\"}")).post.quote_of,
               SPAN("q9"));
    CHECK_SPAN(toot(WITH("a<span class='quote-inline'><br>RE: b</span>", ",\"quote\":{\"id\":\"q9\"}")).post.text,
               SPAN("a"));
    CHECK_SPAN(toot(WITH("a", ",\"quote_id\":9")).post.quote_of, SPAN("9"));
    CHECK_SPAN(toot(WITH("a", ",\"pleroma\":{\"quote_id\":\"q8\"}")).post.quote_of, SPAN("q8"));
    CHECK_SPAN(
        toot(WITH("a<span class='quote-inline'><br>RE: b</span>", ",\"quote\":{\"state\":\"pending\"}")).post.text,
        SPAN("a\nRE: b"));
}

TEST(a_picture_without_words_is_a_post)
{
    static const char picture[] =
        "{\"id\":\"1\",\"content\":null,\"favourites_count\":2,\"media_attachments\":[{\"type\":\"image\"}]}";

    CHECK(toot(picture).fault == FAULT_NONE && toot(picture).post.says == SAYS_POST);
    CHECK(toot("{\"id\":\"1\",\"content\":null,\"favourites_count\":2,\"media_attachments\":[]}").post.says
          == SAYS_UPDATE);
}

TEST(a_webhook_has_its_status_in_object)
{
    struct decoded made = toot("{\"event\":\"status.created\",\"object\":{\"id\":\"1\",\"content\":\"<p>海</"
                               "p>\",\"edited_at\":\"2026-05-01T00:00:00Z\"}}");
    struct decoded edited = toot("{\"event\":\"status.updated\",\"object\":{\"id\":\"1\",\"content\":\"<p>海</"
                                 "p>\",\"edited_at\":\"2026-05-01T00:00:00Z\"}}");

    CHECK(made.fault == FAULT_NONE && made.post.observed_ms == TIME_UNKNOWN
          && edited.post.observed_ms == 1777593600000);
    CHECK_SPAN(made.post.text, SPAN("海"));
    CHECK(toot("{\"event\":\"report.created\",\"object\":{\"id\":\"1\"}}").post.says == SAYS_NOTHING);
}

TEST(who_may_see_it_and_what_it_warns_of_is_read)
{
    struct post post = toot("{\"id\":\"1\",\"content\":\"a\",\"visibility\":\"direct\",\"sensitive\":true,\"account\":{"
                            "\"id\":\"7\",\"bot\":false}}")
                           .post;

    CHECK_SPAN(post.visibility, SPAN("direct"));
    CHECK(post.sensitive == SAID_YES && post.bot == SAID_NO);
}

TEST(extra_texts_are_those_that_the_input_asks_for)
{
    static int asked[] = {EXTRA_ALT, EXTRA_POLL, EXTRA_WARNING};
    struct input input = {.preset = preset_index("mastodon"), .extra = {asked, 3}};
    struct decoded got = decoded_from(
        &input,
        SPAN("{\"id\":\"1\",\"content\":\"a\",\"spoiler_text\":\"cw\",\"media_attachments\":[{\"description\":\"a "
             "quay\"}],"
             "\"poll\":{\"options\":[{\"title\":\"yes\"},{\"title\":\"no\"}]},\"card\":{\"title\":\"not asked\"}}"));

    CHECK_SPAN(got.post.extra, SPAN("cw\x1F"
                                    "a quay\x1Fyes\x1Fno"));
    CHECK_SPAN(got.post.text, SPAN("a"));
}
