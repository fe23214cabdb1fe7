/* The list of trends. */
#include "worker/trends/page/charts.h"
#include "worker/trends/page/figures.h"
#include "worker/trends/page/markup.h"

static void put_orders(struct buf *out, const struct page_context *page)
{
    static const enum page_word names[TAG_SORT_COUNT] = {[TAGS_BY_POSTS] = WORD_SORT_POSTS,
                                                         [TAGS_BY_BURST] = WORD_SORT_BURST,
                                                         [TAGS_BY_AUTHORS] = WORD_SORT_AUTHORS,
                                                         [TAGS_BY_REPOSTS] = WORD_SORT_REPOSTS};
    struct question again = page_again(page);

    if (page->links != PAGE_SERVED)
        return;
    page_options_begin(out, page, WORD_SORT);
    for (int i = 0; i < TAG_SORT_COUNT; i++) {
        again.sort = i;
        page_option(out, page_link(page, TO_LIST, &again, out->mem), page_word(page, names[i]),
                    i == page->question->sort);
    }
    page_options_end(out);
}

static void put_head(struct buf *out, const struct page_context *page, const struct trend_list *list)
{
    struct span window = page_duration(page, list->window_ms, out->mem), at = page_time(page, list->at_ms, out->mem);

    buf_format(out, "<header class=\"head\">\n<h1>%.*s</h1>\n<p class=\"lead\">",
               SPAN_ARGS(page_word(page, WORD_LIST_TITLE)));
    PAGE_SAY(out, page, LIST_LEAD, window, at);
    buf_put(out, SPAN("</p>\n</header>\n<div class=\"choices\">"));
    page_windows(out, page, TO_LIST);
    put_orders(out, page);
    page_times(out, page, TO_LIST, list->at_ms);
    page_filters(out, page, TO_LIST);
    buf_put(out, SPAN("</div>\n"));
}

static void put_name(struct buf *out, const struct page_context *page, const struct trend *trend, size_t rank)
{
    struct question again = page_again(page);

    again.kind = ASK_POSTS;
    again.tag = trend->tag;
    again.sort = 0;
    if (rank)
        buf_format(out, "<p class=\"rank\"><span class=\"hidden\">%.*s </span>%zu</p>\n",
                   SPAN_ARGS(page_word(page, WORD_RANK)), rank);
    buf_put(out, SPAN("<h2>"));
    page_anchor(out, page_link(page, TO_TAG, &again, out->mem), "", page_name(trend->label, out->mem));
    buf_put(out, SPAN("</h2>\n"));
}

static void put_trend(struct buf *out, const struct page_context *page, const struct trend *trend, size_t rank,
                      const struct series *course)
{
    buf_put(out, SPAN("<li>\n"));
    put_name(out, page, trend, rank);
    buf_put(out, SPAN("<p class=\"many\">"));
    page_unit(out, page, trend->posts, WORD_POST_ONE, WORD_POSTS);
    buf_put(out, SPAN("</p>\n<p class=\"less\">"));
    page_unit(out, page, trend->authors, WORD_AUTHOR_ONE, WORD_AUTHORS);
    page_unit(out, page, trend->reposts, WORD_REPOST_ONE, WORD_REPOSTS);
    buf_put(out, SPAN("<span class=\"unit\">"));
    figures_segment(out, page, trend, WORD_SEGMENT_SHORT);
    buf_put(out, SPAN("</span></p>\n<div class=\"when\">"));
    if (course)
        chart_spark(out, page, course);
    buf_put(out, SPAN("</div>\n<p class=\"burst\">"));
    figures_burst(out, page, &trend->burst, WORD_BURST_SHORT);
    buf_put(out, SPAN("</p>\n<div class=\"tone\">"));
    chart_shares(out, page, trend->sentiment);
    chart_legend(out, page, trend->sentiment);
    buf_put(out, SPAN("</div>\n</li>\n"));
}

static struct span next_link(const struct page_context *page, const struct trend_list *list, struct arena *mem)
{
    struct question next = page_again(page);

    if (!list->next.is_set)
        return (struct span){0};
    if (page->links == PAGE_SITE)
        return span_format(mem, "index-%zu.html", page->part + 1);
    next.after = list->next;
    return page_link(page, TO_LIST, &next, mem);
}

static void put_foot(struct buf *out, const struct page_context *page, const struct trend_list *list)
{
    struct span next = next_link(page, list, out->mem);

    if (next.len) {
        buf_put(out, SPAN("<p class=\"next\">"));
        page_anchor(out, next, "rel=\"next\"", page_word(page, WORD_NEXT));
        buf_put(out, SPAN("</p>\n"));
    }
    figures_data(out, page, list->at_ms);
}

/* The rank of the first one; 0 where a cursor says only what comes before it. */
static size_t first_rank(const struct page_context *page)
{
    if (page->links == PAGE_SITE && page->part)
        return (page->part - 1) * PAGE_TAGS + 1;
    return !page->question->after.is_set;
}

void page_list(struct buf *out, const struct page_context *page, const struct trend_list *list,
               const struct series *courses)
{
    size_t rank = first_rank(page);

    page_begin(out, page, page_word(page, WORD_LIST_TITLE), TO_LIST);
    put_head(out, page, list);
    if (!list->len)
        buf_format(out, "<p class=\"none\">%.*s</p>\n", SPAN_ARGS(page_word(page, WORD_LIST_EMPTY)));
    buf_put(out, list->len ? SPAN("<ol class=\"trends\">\n") : SPAN(""));
    for (size_t i = 0; i < list->len && i < PAGE_TAGS; i++)
        put_trend(out, page, &list->tags[i], rank ? rank + i : 0, courses ? &courses[i] : NULL);
    buf_put(out, list->len ? SPAN("</ol>\n") : SPAN(""));
    put_foot(out, page, list);
    page_end(out, page);
}
