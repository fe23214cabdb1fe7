/* The page of a tag. */
#include "worker/trends/page/charts.h"
#include "worker/trends/page/figures.h"
#include "worker/trends/page/tag_side.h"

static void put_title(struct buf *out, const struct page_context *page, const struct trend *trend, size_t rank)
{
    struct arena *mem = out->mem;

    buf_put(out, SPAN("<div class=\"name\">\n"));
    if (rank) {
        struct span count = page_count((int64_t)rank, mem);
        buf_put(out, SPAN("<p class=\"rank\">"));
        page_say(out, page, WORD_RANK_ALL, &count, 1);
        buf_put(out, SPAN("</p>\n"));
    }
    buf_format(out, "<h1>%.*s</h1>\n<p class=\"lead\">", SPAN_ARGS(page_name(trend->label, mem)));
    PAGE_SAY(out, page, TAG_LEAD, page_duration(page, trend->window_ms, mem), page_time(page, trend->at_ms, mem));
    buf_put(out, SPAN("</p>\n"));
}

static void put_sizes(struct buf *out, const struct page_context *page, const struct trend *trend)
{
    struct arena *mem = out->mem;

    buf_put(out, SPAN("<p class=\"many\">"));
    page_unit(out, page, trend->posts, WORD_POST_ONE, WORD_POSTS);
    buf_put(out, SPAN("</p>\n<p class=\"less\">"));
    page_unit(out, page, trend->authors, WORD_AUTHOR_ONE, WORD_AUTHORS);
    page_unit(out, page, trend->reposts, WORD_REPOST_ONE, WORD_REPOSTS);
    if (trend->voice >= 0) {
        struct span voice = span_format(mem, "<b>%.*s%%</b>", SPAN_ARGS(page_figure((int128)trend->voice * 100, mem)));
        buf_put(out, SPAN("<span class=\"unit\">"));
        page_say(out, page, WORD_VOICE, &voice, 1);
        buf_put(out, SPAN("</span>"));
    }
    buf_put(out, SPAN("</p>\n"));
}

static void put_tone(struct buf *out, const struct page_context *page, const struct trend *trend)
{
    buf_format(out, "<section class=\"tone\" aria-labelledby=\"tone\">\n<h2 id=\"tone\">%.*s</h2>\n",
               SPAN_ARGS(page_word(page, WORD_SENTIMENT)));
    chart_shares(out, page, trend->sentiment);
    chart_legend(out, page, trend->sentiment);
    buf_put(out, SPAN("<p class=\"who\">"));
    figures_segment(out, page, trend, WORD_SEGMENT_MAIN);
    buf_put(out, SPAN("</p>\n</section>\n"));
}

static void put_course(struct buf *out, const struct page_context *page, const struct series *series)
{
    buf_format(out, "<section class=\"courses\" aria-labelledby=\"course\">\n<h2 id=\"course\">%.*s</h2>\n",
               SPAN_ARGS(page_word(page, WORD_COURSE)));
    chart_course(out, page, series);
    buf_put(out, SPAN("</section>\n"));
}

static void put_orders(struct buf *out, const struct page_context *page)
{
    static const enum page_word names[POST_SORT_COUNT] = {[POSTS_BY_REPOSTS] = WORD_SORT_REPOSTS,
                                                          [POSTS_BY_LIKES] = WORD_SORT_LIKES,
                                                          [POSTS_BY_VIEWS] = WORD_SORT_VIEWS,
                                                          [POSTS_BY_PER_HOUR] = WORD_SORT_PER_HOUR,
                                                          [POSTS_BY_NEWEST] = WORD_SORT_NEWEST};
    struct question again = page_again(page);

    if (page->links != PAGE_SERVED)
        return;
    page_options_begin(out, page, WORD_SORT);
    for (int i = 0; i < POST_SORT_COUNT; i++) {
        again.sort = i;
        page_option(out, page_link(page, TO_TAG, &again, out->mem), page_word(page, names[i]),
                    i == page->question->sort);
    }
    page_options_end(out);
}

static void put_post_items(struct buf *out, const struct page_context *page, const struct post_list *list)
{
    if (!list->len) {
        buf_format(out, "<p class=\"none\">%.*s</p>\n", SPAN_ARGS(page_word(page, WORD_POSTS_NONE)));
        return;
    }
    buf_put(out, SPAN("<ol>\n"));
    for (size_t i = 0; i < list->len && i < PAGE_POSTS; i++) {
        buf_put(out, SPAN("<li>"));
        figures_post(out, page, &list->posts[i], false);
        buf_put(out, SPAN("</li>\n"));
    }
    buf_put(out, SPAN("</ol>\n"));
}

static void put_posts(struct buf *out, const struct page_context *page, const struct post_list *list)
{
    struct question next = page_again(page);

    buf_format(out,
               "<section class=\"posts\" aria-labelledby=\"posts\">\n<h2 id=\"posts\">%.*s</h2>\n"
               "<p class=\"note\">%.*s</p>\n",
               SPAN_ARGS(page_word(page, WORD_POPULAR)), SPAN_ARGS(page_word(page, WORD_NOTE_COUNTS)));
    put_orders(out, page);
    put_post_items(out, page, list);
    next.after = list->next;
    if (list->next.is_set && page->links == PAGE_SERVED) {
        buf_put(out, SPAN("<p class=\"next\">"));
        page_anchor(out, page_link(page, TO_TAG, &next, out->mem), "rel=\"next\"", page_word(page, WORD_NEXT));
        buf_put(out, SPAN("</p>\n"));
    }
    buf_put(out, SPAN("</section>\n"));
}

void page_tag(struct buf *out, const struct page_context *page, const struct tag_view *view)
{
    page_begin(out, page, page_plain(view->trend->label, out->mem), TO_TAG);
    buf_put(out, SPAN("<header class=\"head tag\">\n"));
    put_title(out, page, view->trend, view->rank);
    put_sizes(out, page, view->trend);
    buf_put(out, SPAN("<p class=\"burst\">"));
    figures_burst(out, page, &view->trend->burst, WORD_BURST_INPUTS);
    buf_put(out, SPAN("</p>\n</div>\n"));
    put_tone(out, page, view->trend);
    put_course(out, page, view->series);
    buf_put(out, SPAN("</header>\n<div class=\"choices\">"));
    page_windows(out, page, TO_TAG);
    page_times(out, page, TO_TAG, view->trend->at_ms);
    page_filters(out, page, TO_TAG);
    buf_put(out, SPAN("</div>\n<div class=\"columns\">\n"));
    put_posts(out, page, view->posts);
    tag_side(out, page, view);
    buf_put(out, SPAN("</div>\n"));
    page_end(out, page);
}
