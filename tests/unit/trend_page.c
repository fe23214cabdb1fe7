/* The pages of trends: what they say, and that nothing in a post is markup. */
#include "tests/unit/test.h"
#include "worker/trends/page/page.h"

#include <stdlib.h>

static struct span both[] = {{"ja", 2}, {"en", 2}};
static int64_t windows[] = {TIME_HOUR_MS, 24 * (int64_t)TIME_HOUR_MS};
static const struct trend_settings settings = {
    .languages = {both, 2},
    .windows = {windows, 2},
    .retention_ms = 8 * 24 * (int64_t)TIME_HOUR_MS,
    .hide_contact = {"mailto:hide@example.jp?subject=a&b", 34},
};
static const int64_t at_ms = INT64_C(1775804400000); /* 2026-04-10 16:00 in Tokyo */

static const struct question question = {
    .kind = ASK_POSTS, .at_ms = at_ms, .window_ms = 24 * (int64_t)TIME_HOUR_MS, .sentiment = -1, .tag = {"a/b", 3}};

static struct page_context context_of(enum page_language language, enum page_links links)
{
    time_zone_set(SPAN("Asia/Tokyo"));
    return (struct page_context){.settings = &settings, .language = language, .links = links, .question = &question};
}

static bool has(const struct buf *page, const char *words)
{
    return memmem(page->at, page->len, words, strlen(words)) != NULL;
}

static struct trend trend_of(const char *tag)
{
    struct trend trend = {.tag = span_of(tag),
                          .label = span_of(tag),
                          .at_ms = at_ms,
                          .posts = 1234,
                          .authors = 1,
                          .window_ms = question.window_ms,
                          .voice = 1234,
                          .is_known = true};

    trend.sentiment[ROW_POSITIVE] = (struct share){617, 500};
    trend.sentiment[ROW_NEUTRAL] = (struct share){0, 0};
    trend.sentiment[ROW_NEGATIVE] = (struct share){617, 500};
    return trend;
}

static struct trend_post post_of(const char *id, const char *text, const char *url)
{
    struct trend_post post = {.id = span_of(id),
                              .text = span_of(text),
                              .url = span_of(url),
                              .has_text = true,
                              .created_ms = at_ms - TIME_HOUR_MS,
                              .lang = SPAN("ja"),
                              .handle = SPAN("kai"),
                              .sentiment = ROW_UNKNOWN,
                              .per_hour = -1,
                              .seen = {.as_of_ms = at_ms}};

    for (int i = 0; i < COUNTS; i++)
        post.seen.counts[i] = COUNT_UNKNOWN;
    post.seen.counts[COUNT_REPOSTS] = 55;
    return post;
}

static struct buf tag_page(struct arena *mem, enum page_language language, enum page_links links,
                           struct trend_post *post)
{
    struct page_context page = context_of(language, links);
    struct trend trend = trend_of("a/b");
    struct point point = {.from_ms = at_ms - TIME_HOUR_MS, .posts = 3, .sentiment = {1, 0, 2, 0}};
    struct series series = {
        .from_ms = at_ms - TIME_HOUR_MS, .to_ms = at_ms, .step_ms = TIME_HOUR_MS, .points = &point, .len = 1};
    struct post_list posts = {.at_ms = at_ms, .posts = post, .len = post != NULL};
    struct related_tag other = {SPAN("sea-mining"), SPAN("<海底>"), {617, 500}};
    struct related_list related = {.tags = &other, .len = 1};
    struct buf out = buf_in(mem);
    struct tag_view view = {.trend = &trend,
                            .rank = 2,
                            .series = &series,
                            .posts = &posts,
                            .related = &related,
                            .languages = {{SPAN("ja"), {900, 729}}, {{0}, {334, 271}}},
                            .languages_len = 2};

    page_tag(&out, &page, &view);
    return out;
}

TEST(the_language_is_the_one_asked_for_then_the_preferred_then_the_first)
{
    struct trend_settings english_first = {.languages = {(struct span[]){{"de", 2}, {"en", 2}, {"ja", 2}}, 3}};
    struct trend_settings others = {.languages = {(struct span[]){{"de", 2}}, 1}};

    CHECK(page_language(&settings, SPAN("en"), SPAN("ja")) == PAGE_EN);
    CHECK(page_language(&settings, SPAN("xx"), SPAN("en-GB,ja;q=0.5")) == PAGE_EN);
    CHECK(page_language(&settings, SPAN(""), SPAN("")) == PAGE_JA);
    CHECK(page_language(&english_first, SPAN(""), SPAN("fr")) == PAGE_EN);
    CHECK(page_language(&others, SPAN("ja"), SPAN("ja")) == PAGE_EN);
}

TEST(a_tag_says_its_rank_size_time_shares_and_posts)
{
    struct arena *mem = arena_new();
    struct trend_post post = post_of("1", "一行目\n二行目", "https://x.example/kai/1");
    struct buf page = tag_page(mem, PAGE_JA, PAGE_SERVED, &post);

    CHECK(has(&page, "<p class=\"rank\">2位</p>"));
    CHECK(has(&page, "<b>1,234</b> ポスト"));
    CHECK(has(&page, "<time datetime=\"2026-04-10T07:00:00Z\">2026年4月10日(金) 16:00</time>"));
    CHECK(has(&page, "ポジティブ <b>50.0%</b>"));
    CHECK(has(&page, "投稿者層は不明"));
    CHECK(has(&page, "href=\"/tags/a%2Fb?lang=ja\">日本語</a>") && has(&page, ">その他・不明</th>"));
    CHECK(has(&page, "href=\"/tags/sea-mining\"><bdi>&lt;海底&gt;</bdi></a>")
          && has(&page, "<td>50.0%</td><td>617</td>"));
    CHECK(has(&page, "<b>55</b>RP"));
    CHECK(has(&page, "lang=\"ja\">一行目\n二行目</p>"));
    CHECK(has(&page, "<a rel=\"nofollow noopener ugc\" href=\"https://x.example/kai/1\">"));
    CHECK(has(&page, "href=\"mailto:hide@example.jp?subject=a&amp;b\""));
    CHECK(has(&page, "href=\"/api/v1/tags/a%2Fb/posts.csv?at=2026-04-10T07%3A00%3A00Z\""));
    arena_free(mem);
}

TEST(english_pages_have_no_japanese_words)
{
    struct arena *mem = arena_new();
    struct buf page = tag_page(mem, PAGE_EN, PAGE_FILE, NULL);

    CHECK(has(&page, "<html lang=\"en\">"));
    CHECK(has(&page, "<b>1</b> author<"));
    CHECK(has(&page, "Fri 10 Apr 2026, 16:00"));
    CHECK(!has(&page, "ポスト") && !has(&page, "{1}"));
    arena_free(mem);
}

TEST(nothing_in_a_post_is_markup)
{
    struct arena *mem = arena_new();
    struct trend_post post =
        post_of("\"><script>", "<script>alert(1)</script> \u202Eevil & \"q\"", "javascript:alert(1)");

    post.handle = SPAN("<b>");
    post.lang = SPAN("\"onload=x");
    post.network = SPAN("a b/c");
    struct buf page = tag_page(mem, PAGE_EN, PAGE_SERVED, &post);
    CHECK(!has(&page, "<script") && !has(&page, "javascript:") && !has(&page, "\"onload"));
    CHECK(has(&page, "&lt;script&gt;alert(1)"));
    CHECK(has(&page, "href=\"/posts/a%20b%2Fc/%22%3E%3Cscript%3E\""));
    CHECK(has(&page, "<bdi>@&lt;b&gt;</bdi>"));
    arena_free(mem);
}

TEST(addresses_in_a_text_are_links_and_the_text_stays)
{
    struct arena *mem = arena_new();
    struct trend_post post = post_of("1", "読む→https://t.co/a?b=1&c=2 と ftp://x.example/", "");
    struct buf page = tag_page(mem, PAGE_JA, PAGE_FILE, &post);

    CHECK(has(&page, "読む→<a rel=\"nofollow noopener ugc\" href=\"https://t.co/a?b=1&amp;c=2\">"
                     "https://t.co/a?b=1&amp;c=2</a> と ftp://x.example/"));
    CHECK(!has(&page, "で見る"));
    arena_free(mem);
}

TEST(what_is_unknown_is_said_and_never_0)
{
    struct arena *mem = arena_new();
    struct trend_post post = post_of("1", "", "");

    post.has_text = false;
    post.handle = (struct span){0};
    post.created_ms = TIME_UNKNOWN;
    post.seen.counts[COUNT_REPOSTS] = COUNT_UNKNOWN;
    struct buf page = tag_page(mem, PAGE_EN, PAGE_FILE, &post);
    CHECK(has(&page, "author unknown") && has(&page, "time unknown") && has(&page, "The text is unknown."));
    CHECK(has(&page, "<b>–</b> reposts <span class=\"hidden\">unknown</span>"));
    arena_free(mem);
}

TEST(a_page_is_bounded_whatever_its_texts)
{
    struct arena *mem = arena_new();
    struct page_context page = context_of(PAGE_EN, PAGE_FILE);
    char *text = malloc(PAGE_TEXT_BYTES * 2 + 1);
    struct trend_post posts[PAGE_POSTS];
    struct post_list list = {.posts = posts, .len = PAGE_POSTS};
    struct series series = {.step_ms = 1};
    struct trend trend = trend_of("long");
    struct buf out = buf_in(mem);

    memset(text, '"', PAGE_TEXT_BYTES * 2);
    text[PAGE_TEXT_BYTES * 2] = 0;
    for (int i = 0; i < PAGE_POSTS; i++)
        posts[i] = post_of("1", text, "");
    page_tag(&out, &page, &(struct tag_view){.trend = &trend, .series = &series, .posts = &list});
    CHECK(out.len < PAGE_BYTES + 12 * PAGE_TEXT_BYTES);
    CHECK(has(&out, "it is shown up to here"));
    free(text);
    arena_free(mem);
}

TEST(file_names_of_tags_are_safe_and_distinct)
{
    struct arena *mem = arena_new();
    char longest[1000], other[1000];

    memset(longest, 'x', sizeof longest);
    memset(other, 'x', sizeof other);
    other[999] = 'y';
    CHECK_SPAN(page_file_name(SPAN("rare-earth"), mem), SPAN("rare-earth"));
    CHECK_SPAN(page_file_name(SPAN("../A b"), mem), SPAN("_2E_2E_2F_41_20b"));
    struct span a = page_file_name((struct span){longest, 1000}, mem),
                b = page_file_name((struct span){other, 1000}, mem);
    CHECK(a.len < 160 && !span_equal(a, b));
    arena_free(mem);
}

TEST(pages_of_a_site_refer_to_each_other_by_file)
{
    struct arena *mem = arena_new();
    struct page_context page = context_of(PAGE_EN, PAGE_SITE);
    struct trend trend = trend_of("a/b");
    struct trend_list list = {.at_ms = at_ms, .window_ms = question.window_ms, .tags = &trend, .len = 1};
    struct buf out = buf_in(mem);

    page_list(&out, &page, &list, NULL);
    CHECK(has(&out, "href=\"tags/a_2Fb.html\"") && has(&out, "href=\"about.html\""));
    CHECK(!has(&out, "href=\"/") && has(&out, "http-equiv=\"Content-Security-Policy\""));
    arena_free(mem);
}

TEST(data_of_a_site_is_there_once_for_all_languages)
{
    struct arena *mem = arena_new();
    struct page_context page = context_of(PAGE_EN, PAGE_SITE);
    struct trend trend = trend_of("a/b");
    struct series series = {0};
    struct trend_post post = post_of("1/2", "text", "");
    struct post_list list = {.posts = &post, .len = 1};
    struct buf out = buf_in(mem);

    page.site_language = PAGE_JA;
    page.is_below = true;
    page_tag(&out, &page, &(struct tag_view){.trend = &trend, .series = &series, .posts = &list});
    CHECK(has(&out, "href=\"../../tags/a_2Fb.csv\"") && has(&out, "href=\"../../tags/a_2Fb.series.csv\""));
    CHECK(has(&out, "href=\"../index.html\"") && has(&out, "href=\"../../tags/a_2Fb.html\">日本語"));
    CHECK(has(&out, "href=\"../posts/x_2F1_2F2.html\"") || has(&out, "href=\"../posts/-_2F1_2F2.html\""));
    arena_free(mem);
}

TEST(the_policy_allows_the_style_by_its_hash_and_nothing_else)
{
    CHECK(strstr(page_csp, "default-src 'none'; style-src 'sha256-") == page_csp);
    CHECK(!strstr(page_csp, "unsafe"));
}

TEST(errors_are_pages_too)
{
    struct arena *mem = arena_new();
    struct page_context page = context_of(PAGE_EN, PAGE_SERVED);
    struct buf out = buf_in(mem);

    page_error(&out, &page, 404, SPAN(""));
    CHECK(has(&out, "Not found") && has(&out, "href=\"/\""));
    page_error(&out, &page, 400, SPAN("window: expected <1m>"));
    CHECK(has(&out, "&lt;1m&gt;"));
    arena_free(mem);
}
