#include "worker/trends/page/figures.h"
#include "common/utf8.h"
#include "worker/text/html.h"
#include "worker/text/url.h"

const enum page_word figures_counts[COUNTS] = {
    [COUNT_REPOSTS] = WORD_REPOSTS, [COUNT_QUOTES] = WORD_QUOTES,       [COUNT_REPLIES] = WORD_REPLIES,
    [COUNT_LIKES] = WORD_LIKES,     [COUNT_BOOKMARKS] = WORD_BOOKMARKS, [COUNT_VIEWS] = WORD_VIEWS,
};

/* --- a trend --- */

void figures_burst(struct buf *out, const struct page_context *page, const struct burst *burst, enum page_word inputs)
{
    struct arena *mem = out->mem;
    int64_t usual = burst->mean_day > burst->mean_week ? burst->mean_day : burst->mean_week;
    bool is_short = inputs == WORD_BURST_SHORT;
    struct span parts[] = {page_count(burst->authors_hour, mem), page_figure(is_short ? usual : burst->mean_day, mem),
                           page_figure(burst->mean_week, mem)};

    if (burst->has_score)
        buf_format(out, "<span class=\"score\">%.*s <b>%.*s</b></span> ", SPAN_ARGS(page_word(page, WORD_BURST)),
                   SPAN_ARGS(page_figure(burst->score, mem)));
    buf_put(out, SPAN("<small>"));
    page_say(out, page, burst->has_score ? inputs : WORD_BURST_FEW, parts, is_short ? 2 : 3);
    buf_put(out, SPAN("</small>"));
}

void figures_segment(struct buf *out, const struct page_context *page, const struct trend *trend, enum page_word word)
{
    struct arena *mem = out->mem;

    if (!trend->segments_len) {
        buf_put(out, page_word(page, WORD_SEGMENT_UNKNOWN));
        return;
    }
    struct span parts[] = {page_segment_name(page, trend->segments, mem),
                           page_percent(trend->segments->share.thousandths, mem),
                           page_count(trend->segments_base, mem)};
    page_say(out, page, word, parts, 3);
}

static void put_data_link(struct buf *out, const struct page_context *page, enum page_target type,
                          const struct question *question, struct span name)
{
    buf_put(out, SPAN(" · "));
    page_anchor(out, page_link(page, type, question, out->mem), "", name);
}

void figures_data(struct buf *out, const struct page_context *page, int64_t at_ms)
{
    struct question shown = *page->question, course = shown;

    if (page->links == PAGE_FILE)
        return;
    shown.at_ms = course.at_ms = at_ms;
    buf_format(out, "<p class=\"data\">%.*s: ", SPAN_ARGS(page_word(page, WORD_DATA)));
    page_anchor(out, page_link(page, TO_JSON, &shown, out->mem), "", SPAN("JSON"));
    put_data_link(out, page, TO_CSV, &shown, SPAN("CSV"));
    if (shown.kind == ASK_POSTS) {
        course.kind = ASK_SERIES;
        course.sort = 0;
        course.after = (struct cursor){0};
        put_data_link(out, page, TO_CSV, &course, page_word(page, WORD_COURSE_CSV));
    }
    buf_put(out, SPAN("</p>\n"));
}

/* --- texts --- */

static bool is_web(struct span url)
{
    return span_starts(url, SPAN("https://")) || span_starts(url, SPAN("http://"));
}

static void put_link(struct buf *out, struct span url)
{
    struct span text = page_text(url, out->mem);

    buf_format(out, "<a rel=\"nofollow noopener ugc\" href=\"%.*s\">%.*s</a>", SPAN_ARGS(text), SPAN_ARGS(text));
}

/* The text as it is, with its full web addresses as links. */
static void put_linked(struct buf *out, struct span text)
{
    struct url_scan scan = {0};
    struct url url;
    size_t done = 0;

    for (size_t i = 0; i + 2 < text.len; i++) {
        if (text.at[i] != ':' || text.at[i + 1] != '/' || text.at[i + 2] != '/' || !url_find_full(text, i, &scan, &url))
            continue;
        struct span found = {text.at + url.start, url.end - url.start};
        if (url.start < done || !is_web(found))
            continue;
        html_write(out, (struct span){text.at + done, url.start - done});
        put_link(out, found);
        done = url.end;
    }
    html_write(out, (struct span){text.at + done, text.len - done});
}

static void put_text(struct buf *out, const struct page_context *page, const struct trend_post *post)
{
    size_t most = out->len < PAGE_BYTES ? PAGE_TEXT_BYTES : PAGE_CUT_BYTES;
    struct span shown = utf8_cut(post->text, most);

    if (!post->has_text) {
        buf_format(out, "<p class=\"none\">%.*s</p>\n", SPAN_ARGS(page_word(page, WORD_TEXT_UNKNOWN)));
        return;
    }
    buf_put(out, SPAN("<p class=\"text\" dir=\"auto\""));
    if (post->lang.len)
        buf_format(out, " lang=\"%.*s\"", SPAN_ARGS(page_text(post->lang, out->mem)));
    buf_char(out, '>');
    put_linked(out, shown);
    if (shown.len < post->text.len)
        buf_format(out, "…</p>\n<p class=\"none\">%.*s", SPAN_ARGS(page_word(page, WORD_TEXT_CUT)));
    buf_put(out, SPAN("</p>\n"));
}

/* --- a post --- */

/* The figure that the posts are sorted by, where it is a count; else reposts. */
static void put_figure(struct buf *out, const struct page_context *page, const struct trend_post *post)
{
    int sort = page->question->kind == ASK_POST ? POSTS_BY_REPOSTS : page->question->sort;
    enum count which = sort == POSTS_BY_LIKES ? COUNT_LIKES : sort == POSTS_BY_VIEWS ? COUNT_VIEWS : COUNT_REPOSTS;
    struct span unit = page_word(page, which == COUNT_REPOSTS ? WORD_RP : figures_counts[which]);
    struct span value =
        post->seen.counts[which] == COUNT_UNKNOWN ? SPAN("–") : page_count(post->seen.counts[which], out->mem);

    if (sort == POSTS_BY_PER_HOUR && post->per_hour >= 0) {
        value = page_figure(post->per_hour, out->mem);
        unit = page_word(page, WORD_SORT_PER_HOUR);
    }
    if (post->seen.as_of_ms == TIME_UNKNOWN || post->seen.counts[which] == COUNT_UNKNOWN)
        buf_format(out, "<p class=\"figure\"><b>–</b> %.*s <span class=\"hidden\">%.*s</span></p>\n", SPAN_ARGS(unit),
                   SPAN_ARGS(page_word(page, WORD_UNKNOWN)));
    else
        buf_format(out, "<p class=\"figure\"><b>%.*s</b>%.*s</p>\n", SPAN_ARGS(value), SPAN_ARGS(unit));
}

static void put_by(struct buf *out, const struct page_context *page, const struct trend_post *post)
{
    struct arena *mem = out->mem;

    buf_put(out, SPAN("<p class=\"by\">"));
    if (post->handle.len)
        buf_format(out, "<b class=\"author\"><bdi>@%.*s</bdi></b>", SPAN_ARGS(page_text(post->handle, mem)));
    else if (post->author.len)
        buf_format(out, "<b class=\"author\">%.*s</b>", SPAN_ARGS(page_name(post->author, mem)));
    else
        buf_put(out, page_word(page, WORD_AUTHOR_UNKNOWN));
    buf_put(out, SPAN(" <span class=\"at\">"));
    buf_put(out, post->created_ms == TIME_UNKNOWN ? page_word(page, WORD_CREATED_UNKNOWN)
                                                  : page_time(page, post->created_ms, mem));
    buf_put(out, SPAN("</span></p>\n"));
}

static void put_counts(struct buf *out, const struct page_context *page, const struct trend_post *post)
{
    static const enum count shown[] = {COUNT_LIKES, COUNT_REPLIES, COUNT_QUOTES, COUNT_VIEWS};
    struct arena *mem = out->mem;

    buf_put(out, SPAN("<ul class=\"facts\">\n"));
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (post->seen.as_of_ms != TIME_UNKNOWN && post->seen.counts[shown[i]] > 0)
            buf_format(out, "<li>%.*s %.*s</li>\n", SPAN_ARGS(page_word(page, figures_counts[shown[i]])),
                       SPAN_ARGS(page_count(post->seen.counts[shown[i]], mem)));
    buf_format(out, "<li class=\"k%d\">%.*s</li>\n", post->sentiment,
               SPAN_ARGS(post->sentiment == ROW_UNKNOWN ? page_word(page, WORD_SENTIMENT_NONE)
                                                        : page_sentiment(page, post->sentiment)));
    if (post->seen.as_of_ms != TIME_UNKNOWN) {
        buf_put(out, SPAN("<li>"));
        PAGE_SAY(out, page, SEEN_AT, page_clock(page, post->seen.as_of_ms, mem));
        buf_put(out, SPAN("</li>\n"));
    }
    buf_put(out, SPAN("</ul>\n"));
}

static struct span host_of(struct span url)
{
    const char *start = memchr(url.at, '/', url.len);
    struct span host = {start + 2, url.len - (size_t)(start + 2 - url.at)};

    for (size_t i = 0; i < host.len; i++)
        if (strchr("/?#", host.at[i]))
            host.len = i;
    return utf8_cut(host, 60);
}

static void put_links(struct buf *out, const struct page_context *page, const struct trend_post *post, bool is_own)
{
    struct question of_post = page_again(page);
    struct arena *mem = out->mem;

    of_post.kind = ASK_POST;
    of_post.network = post->network;
    of_post.id = post->id;
    buf_put(out, SPAN("<ul class=\"links\">\n"));
    if (is_web(post->url)) {
        struct span host = page_name(host_of(post->url), mem);
        buf_format(out, "<li><a rel=\"nofollow noopener ugc\" href=\"%.*s\">", SPAN_ARGS(page_text(post->url, mem)));
        PAGE_SAY(out, page, OPEN, host);
        buf_put(out, SPAN("</a></li>\n"));
    }
    if (!is_own && page->links != PAGE_FILE)
        page_option(out, page_link(page, TO_POST, &of_post, mem), page_word(page, WORD_HISTORY), false);
    if (page->settings->hide_contact.len)
        page_option(out, page_text(page->settings->hide_contact, mem), page_word(page, WORD_HIDE), false);
    buf_put(out, SPAN("</ul>\n"));
}

void figures_post(struct buf *out, const struct page_context *page, const struct trend_post *post, bool is_own)
{
    buf_put(out, SPAN("<article class=\"post\">\n"));
    put_figure(out, page, post);
    buf_put(out, SPAN("<div class=\"body\">\n"));
    put_by(out, page, post);
    put_text(out, page, post);
    put_counts(out, page, post);
    put_links(out, page, post, is_own);
    buf_put(out, SPAN("</div>\n</article>\n"));
}
