#include "tests/unit/decoded.h"
#include "tests/unit/test.h"

static struct decoded x(const char *json)
{
    return decoded_as("x-api-v2", json);
}

TEST(data_and_includes_give_all_facts)
{
    struct decoded got =
        x("{\"data\":{\"id\":\"20\",\"text\":\"揚泥の話\",\"created_at\":\"2026-05-01T00:00:00.000Z\",\"lang\":\"ja\","
          "\"author_id\":\"7\",\"edit_history_tweet_ids\":[\"18\",\"19\",\"20\",\"21\"],"
          "\"public_metrics\":{\"retweet_count\":1,\"reply_count\":2,\"like_count\":3,\"quote_count\":4,"
          "\"bookmark_count\":5,\"impression_count\":6},"
          "\"referenced_tweets\":[{\"type\":\"replied_to\",\"id\":\"10\"},{\"type\":\"quoted\",\"id\":\"11\"},"
          "{\"type\":\"pinned\",\"id\":\"12\"}]},"
          "\"includes\":{\"users\":[{\"id\":\"6\",\"username\":\"other\"},"
          "{\"id\":\"7\",\"username\":\"umi\",\"public_metrics\":{\"followers_count\":99}}]}}");

    CHECK(got.fault == FAULT_NONE && got.post.says == SAYS_POST);
    CHECK_SPAN(got.post.id, SPAN("20"));
    CHECK_SPAN(got.post.text, SPAN("揚泥の話"));
    CHECK_SPAN(got.post.replaces, SPAN("19"));
    CHECK_SPAN(got.post.in_reply_to, SPAN("10"));
    CHECK_SPAN(got.post.quote_of, SPAN("11"));
    CHECK_SPAN(got.post.author.handle, SPAN("umi"));
    CHECK(got.post.author.followers == 99);
    CHECK(got.post.created_ms == 1777593600000 && got.post.observed_ms == TIME_UNKNOWN);
    CHECK(got.post.counts[COUNT_REPOSTS] == 1 && got.post.counts[COUNT_REPLIES] == 2);
    CHECK(got.post.counts[COUNT_LIKES] == 3 && got.post.counts[COUNT_QUOTES] == 4);
    CHECK(got.post.counts[COUNT_BOOKMARKS] == 5 && got.post.counts[COUNT_VIEWS] == 6);
}

TEST(a_bare_post_is_read_too)
{
    struct decoded got = x("{\"id\":\"20\",\"text\":\"bare\",\"edit_history_tweet_ids\":[\"20\"]}");

    CHECK(got.fault == FAULT_NONE && got.post.says == SAYS_POST);
    CHECK_SPAN(got.post.text, SPAN("bare"));
    CHECK(got.post.replaces.len == 0);
}

TEST(a_long_text_stands_in_the_note)
{
    struct decoded got =
        x("{\"id\":\"1\",\"text\":\"短い…\",\"note_tweet\":{\"text\":\"長い R&amp;D &lt;3 &amp;lt; &quot;\"}}");

    CHECK_SPAN(got.post.text, SPAN("長い R&D <3 &lt; &quot;"));
}

TEST(links_stay_as_the_text_has_them)
{
    struct decoded got =
        x("{\"id\":\"1\",\"text\":\"見て https://t.co/Oi1nCiNE1o\",\"entities\":{\"urls\":[{\"start\":3,"
          "\"end\":26,\"url\":\"https://t.co/Oi1nCiNE1o\",\"expanded_url\":\"https://example.com/a\"}]}}");

    CHECK_SPAN(got.post.text, SPAN("見て https://t.co/Oi1nCiNE1o"));
}

#define REPOST                                                                                                          \
    "{\"data\":{\"id\":\"2\",\"text\":\"RT @umi: 長い…\",\"lang\":\"und\",\"public_metrics\":{\"retweet_count\":9," \
    "\"reply_count\":0,\"like_count\":0,\"quote_count\":0},\"referenced_tweets\":[{\"type\":\"retweeted\","             \
    "\"id\":\"1\"}]}"

TEST(a_repost_has_the_text_and_counts_of_the_original)
{
    struct decoded got =
        x(REPOST ",\"includes\":{\"tweets\":[{\"id\":\"1\",\"text\":\"長い…\",\"lang\":\"ja\",\"note_tweet\":"
                 "{\"text\":\"長い話の全部\"},\"public_metrics\":{\"retweet_count\":9,\"like_count\":40}}]}}");

    CHECK_SPAN(got.post.repost_of, SPAN("1"));
    CHECK_SPAN(got.post.text, SPAN("長い話の全部"));
    CHECK_SPAN(got.post.lang, SPAN("ja"));
    CHECK(got.post.counts[COUNT_LIKES] == 40 && got.post.counts[COUNT_REPLIES] == COUNT_UNKNOWN);
}

TEST(without_the_original_only_the_reposts_are_known)
{
    struct decoded got = x(REPOST "}");

    CHECK_SPAN(got.post.text, SPAN("RT @umi: 長い…"));
    CHECK(got.post.counts[COUNT_REPOSTS] == 9 && got.post.counts[COUNT_LIKES] == COUNT_UNKNOWN);
}

TEST(counts_without_a_text_are_an_update)
{
    struct decoded got = x("{\"data\":{\"id\":\"1\",\"public_metrics\":{\"like_count\":4}}}");

    CHECK(got.fault == FAULT_NONE && got.post.says == SAYS_UPDATE && got.post.counts[COUNT_LIKES] == 4);
    CHECK(x("{\"data\":{\"id\":\"1\"}}").fault == FAULT_NO_TEXT);
    CHECK(x("{\"data\":{\"text\":\"a\"}}").fault == FAULT_NO_ID);
}

static enum saying compliance(const char *name)
{
    struct decoded got =
        x(span_format(scratch(),
                      "{\"data\":{\"%s\":{\"tweet\":{\"id\":\"5\",\"author_id\":\"7\"},"
                      "\"event_at\":\"2026-05-01T00:00:00.000Z\",\"withheld_in_countries\":[\"JP\"]}}}",
                      name)
              .at);

    CHECK(got.fault == FAULT_NONE);
    if (got.post.says != SAYS_NOTHING) {
        CHECK_SPAN(got.post.id, SPAN("5"));
        CHECK(got.post.observed_ms == 1777593600000);
    }
    return got.post.says;
}

TEST(an_update_of_a_repost_does_not_take_the_originals_text)
{
    struct decoded got =
        x("{\"data\":{\"id\":\"2\",\"public_metrics\":{\"retweet_count\":9},\"referenced_tweets\":[{\"type\":"
          "\"retweeted\",\"id\":\"1\"}]},\"includes\":{\"tweets\":[{\"id\":\"1\",\"text\":\"長い話\","
          "\"public_metrics\":{\"like_count\":4}}]}}");

    CHECK(got.fault == FAULT_NONE && got.post.says == SAYS_UPDATE && !got.post.text.len);
    CHECK_SPAN(got.post.repost_of, SPAN("1"));
    CHECK(got.post.counts[COUNT_LIKES] == 4);
}

TEST(compliance_events_hide_and_take_back)
{
    CHECK(compliance("delete") == SAYS_HIDE);
    CHECK(compliance("drop") == SAYS_HIDE);
    CHECK(compliance("withheld") == SAYS_HIDE);
    CHECK(compliance("undrop") == SAYS_UNHIDE);
    CHECK(compliance("undelete") == SAYS_UNHIDE);
    CHECK(compliance("tweet_edit") == SAYS_NOTHING);
    CHECK(compliance("user_suspend") == SAYS_NOTHING);
    CHECK(compliance("something_new") == SAYS_NOTHING);
    CHECK(x("{\"data\":{\"delete\":{\"event_at\":\"2026-05-01T00:00:00Z\"}}}").fault == FAULT_NO_ID);
    CHECK(x("{\"data\":{\"delete\":{\"tweet\":{}}}}").fault == FAULT_NO_ID);
    CHECK(is_unknown(x("{\"data\":{\"delete\":{\"tweet\":{\"id\":\"1\"},\"event_at\":\"soon\"}}}"), MEMBER_OBSERVED,
                     UNUSABLE_TIME));
    CHECK(x("{\"errors\":[{\"title\":\"operational-disconnect\"}]}").post.says == SAYS_NOTHING);
}

TEST(entities_are_as_the_payload_lists_them)
{
    struct decoded got =
        x("{\"data\":{\"id\":\"1\",\"text\":\"a https://t.co/1 https://t.co/2 https://t.co/3\",\"entities\":{\"urls\":["
          "{\"url\":\"https://t.co/1\",\"expanded_url\":\"https://sh.example/1\",\"unwound_url\":\"https://"
          "news.example/1\"},"
          "{\"url\":\"https://t.co/2\",\"expanded_url\":\"https://news.example/2\"},"
          "{\"url\":\"https://t.co/3\",\"expanded_url\":\"https://x.com/u/status/1/photo/1\",\"media_key\":\"3_1\"}],"
          "\"mentions\":[{\"username\":\"ann\",\"id\":\"5\"}],\"hashtags\":[{\"tag\":\"海底\"}]}}}");

    CHECK_SPAN(listed_in(got, LISTED_LINKS), SPAN("https://news.example/1 https://news.example/2 "));
    CHECK_SPAN(listed_in(got, LISTED_MENTIONS), SPAN("ann "));
    CHECK_SPAN(listed_in(got, LISTED_HASHTAGS), SPAN("海底 "));
    CHECK_SPAN(got.post.url, SPAN("https://x.com/i/status/1"));
    CHECK_SPAN(listed_in(x("{\"id\":\"1\",\"text\":\"#a\"}"), LISTED_HASHTAGS), SPAN("-"));
}

TEST(what_reaches_the_cut_of_a_repost_may_be_a_half)
{
    static const char cut[] = "{\"data\":{\"id\":\"4\",\"text\":\"RT @ann: #ok and "
                              "#rare…\",\"referenced_tweets\":[{\"type\":\"retweeted\",\"id\":\"9\"}],"
                              "\"entities\":{\"hashtags\":[{\"start\":9,\"end\":12,\"tag\":\"ok\"},{\"start\":17,"
                              "\"end\":22,\"tag\":\"rare\"}]}}}";

    CHECK(x(cut).post.is_cut);
    CHECK_SPAN(listed_in(x(cut), LISTED_HASHTAGS), SPAN("ok "));
    CHECK(!x("{\"data\":{\"id\":\"4\",\"text\":\"well…\"}}").post.is_cut);
}

TEST(a_flat_post_holds_its_author_and_what_it_repeats)
{
    struct post post = x("{\"id\":\"4\",\"text\":\"RT @ann: "
                         "whol…\",\"author_id\":\"5\",\"author\":{\"id\":\"5\",\"username\":\"bob\",\"public_metrics\":"
                         "{\"followers_count\":7}},\"referenced_tweets\":[{\"type\":\"retweeted\",\"id\":\"9\","
                         "\"text\":\"whole words\",\"public_metrics\":{\"like_count\":3}}]}")
                           .post;

    CHECK_SPAN(post.author.handle, SPAN("bob"));
    CHECK_SPAN(post.text, SPAN("whole words"));
    CHECK(post.author.followers == 7 && post.counts[COUNT_LIKES] == 3 && !post.is_cut);
}

TEST(results_of_compliance_jobs_and_withheld_posts_hide)
{
    struct decoded result = x("{\"id\":\"1170\",\"action\":\"delete\",\"created_at\":\"2026-05-25T17:25:54.667Z\","
                              "\"redacted_at\":\"2026-05-01T00:00:00Z\",\"reason\":\"deleted\"}");

    CHECK(result.fault == FAULT_NONE && result.post.says == SAYS_HIDE && result.post.observed_ms == 1777593600000);
    CHECK_SPAN(result.post.id, SPAN("1170"));
    CHECK(x("{\"id\":\"1170\",\"action\":\"scrub_geo\"}").post.says == SAYS_NOTHING);
    CHECK(x("{\"id\":\"1170\",\"action\":\"delete\",\"reason\":\"scrub_geo\"}").post.says == SAYS_NOTHING);
    CHECK(x("{\"data\":{\"id\":\"10\",\"text\":\"@ann's account has been "
            "withheld\",\"withheld\":{\"country_codes\":[\"IN\"]}}}")
              .post.says
          == SAYS_HIDE);
    CHECK(x("{\"data\":{\"id\":\"10\",\"text\":\"a\",\"withheld\":{}}}").post.says == SAYS_POST);
}

static struct span extra_of(const char *json)
{
    static int asked[] = {EXTRA_ALT, EXTRA_POLL};
    const struct input input = {.preset = preset_index("x-api-v2"), .extra = {asked, 2}};

    return decoded_from(&input, span_of(json)).post.extra;
}

#define INCLUDES                                                                                                       \
    "\"includes\":{\"media\":[{\"media_key\":\"3_1\",\"alt_text\":\"a quay\"},{\"media_key\":\"3_2\",\"alt_text\":"    \
    "\"a buoy\"},7],\"polls\":[{\"id\":\"5\",\"options\":[{\"label\":\"yes\"},{\"label\":\"no\"}]}],\"tweets\":[{"     \
    "\"id\":\"9\",\"text\":\"b\",\"attachments\":{\"media_keys\":[\"3_1\"]}}]}}"

TEST(extra_texts_are_those_of_what_the_post_has_attached)
{
    CHECK_SPAN(extra_of("{\"data\":{\"id\":\"1\",\"text\":\"a\",\"attachments\":{\"media_keys\":[\"3_2\"]}}," INCLUDES),
               SPAN("a buoy"));
    CHECK_SPAN(extra_of("{\"data\":{\"id\":\"1\",\"text\":\"a\",\"attachments\":{\"poll_ids\":[\"5\"]}}," INCLUDES),
               SPAN("yes\x1Fno"));
    CHECK_SPAN(extra_of("{\"data\":{\"id\":\"1\",\"text\":\"a\",\"referenced_tweets\":[{\"type\":\"retweeted\",\"id\":"
                        "\"9\"}]}," INCLUDES),
               SPAN("a quay"));
    CHECK_SPAN(extra_of("{\"data\":{\"id\":\"1\",\"text\":\"a\",\"attachments\":{\"media_keys\":\"3_1\"}}," INCLUDES),
               SPAN(""));
    CHECK_SPAN(
        extra_of("{\"id\":\"1\",\"text\":\"a\",\"attachments\":{\"media_keys\":[\"3_1\"],\"media\":[{\"alt_text\":"
                 "\"flat\"}],\"poll\":{\"options\":[{\"label\":\"maybe\"}]}}}"),
        SPAN("flat\x1F"
             "maybe"));
}

TEST(an_odd_member_beside_the_text_does_not_cost_the_post)
{
    CHECK_SPAN(x("{\"data\":{\"id\":\"1\",\"text\":\"begun…\",\"note_tweet\":7}}").post.text, SPAN("begun…"));
    CHECK_SPAN(x("{\"data\":{\"id\":\"1\",\"text\":\"begun…\",\"note_tweet\":{\"text\":[]}}}").post.text,
               SPAN("begun…"));
    CHECK(x("{\"data\":{\"id\":\"1\",\"note_tweet\":7}}").fault == FAULT_NO_TEXT);
    CHECK_SPAN(x("{\"data\":{\"id\":\"1\",\"text\":\"RT @a: "
                 "b\",\"referenced_tweets\":[{\"type\":\"retweeted\",\"id\":\"9\"}]},"
                 "\"includes\":{\"tweets\":[{\"id\":\"9\",\"text\":7}]}}")
                   .post.text,
               SPAN("RT @a: b"));
}
