/* The page of a post, with its counts over time. */
#include "worker/trends/page/charts.h"
#include "worker/trends/page/figures.h"

static void put_charts(struct buf *out, const struct page_context *page, const struct post_history *history)
{
    struct span ends[] = {page_clock(page, history->seen->as_of_ms, out->mem),
                          page_clock(page, history->seen[history->len - 1].as_of_ms, out->mem)};

    buf_put(out, SPAN("<p class=\"note\">"));
    page_say(out, page, WORD_POST_SPAN, ends, 2);
    buf_put(out, SPAN("</p>\n<div class=\"counts\">\n"));
    for (int i = 0; i < COUNTS; i++)
        chart_count(out, page, history->seen, history->len, (enum count)i, page_word(page, figures_counts[i]));
    buf_put(out, SPAN("</div>\n"));
}

static void put_row(struct buf *out, const struct page_context *page, const struct observation *seen)
{
    buf_format(out, "<tr><th scope=\"row\">%.*s</th>", SPAN_ARGS(page_clock(page, seen->as_of_ms, out->mem)));
    for (int i = 0; i < COUNTS; i++) {
        struct span value =
            seen->counts[i] == COUNT_UNKNOWN ? page_word(page, WORD_UNKNOWN) : page_count(seen->counts[i], out->mem);
        buf_format(out, "<td>%.*s</td>", SPAN_ARGS(value));
    }
    buf_put(out, SPAN("</tr>\n"));
}

/* Of many observations every n-th, and the last one. */
static void put_table(struct buf *out, const struct page_context *page, const struct post_history *history)
{
    size_t step = (history->len + PAGE_SEEN - 1) / PAGE_SEEN;

    buf_format(out,
               "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%.*s\"><table>\n<thead><tr><th "
               "scope=\"col\">%.*s</th>",
               SPAN_ARGS(page_word(page, WORD_TABLE)), SPAN_ARGS(page_word(page, WORD_AS_OF)));
    for (int i = 0; i < COUNTS; i++)
        buf_format(out, "<th scope=\"col\">%.*s</th>", SPAN_ARGS(page_word(page, figures_counts[i])));
    buf_put(out, SPAN("</tr></thead>\n<tbody>\n"));
    for (size_t i = (history->len - 1) % step; i < history->len; i += step)
        put_row(out, page, &history->seen[i]);
    buf_put(out, SPAN("</tbody></table></div>\n"));
    if (step > 1) {
        struct span parts[] = {page_count((int64_t)history->len, out->mem),
                               page_count((int64_t)((history->len - 1) / step + 1), out->mem)};
        buf_put(out, SPAN("<p class=\"note\">"));
        page_say(out, page, WORD_POST_THINNED, parts, 2);
        buf_put(out, SPAN("</p>\n"));
    }
}

static struct span tag_name_of(const struct page_context *page, struct span tag, struct arena *mem)
{
    struct span lang = page_language_name(page->language);

    return page_name(page->rules ? tag_label(page->rules->settings[ENRICHER_tags], tag, lang) : tag, mem);
}

static void put_tags(struct buf *out, const struct page_context *page, struct spans tags, const char *mark)
{
    struct question again = page_again(page);

    again.kind = ASK_POSTS;
    for (size_t i = 0; i < tags.len && i < PAGE_TAGS; i++) {
        again.tag = span_joined(out->mem, span_of(mark), tags.at[i], (struct span){0});
        page_option(out, page_link(page, TO_TAG, &again, out->mem), tag_name_of(page, again.tag, out->mem), false);
    }
}

static void put_tag_list(struct buf *out, const struct page_context *page, const struct trend_post *post)
{
    if (!post->tags.len && !post->hashtags.len)
        return;
    page_options_begin(out, page, WORD_TAGS);
    put_tags(out, page, post->tags, "");
    put_tags(out, page, post->hashtags, "#");
    page_options_end(out);
}

static struct span title_of(const struct page_context *page, const struct trend_post *post, struct arena *mem)
{
    if (!post->handle.len)
        return page_word(page, WORD_POST_TITLE);
    struct span handle = page_plain(span_joined(mem, SPAN("@"), post->handle, (struct span){0}), mem);
    return page_saying(mem, page, WORD_POST_BY, &handle, 1);
}

void page_post(struct buf *out, const struct page_context *page, const struct post_history *history)
{
    page_begin(out, page, title_of(page, &history->post, out->mem), TO_POST);
    buf_format(out, "<header class=\"head\"><h1>%.*s</h1></header>\n", SPAN_ARGS(page_word(page, WORD_POST_TITLE)));
    figures_post(out, page, &history->post, true);
    put_tag_list(out, page, &history->post);
    buf_format(out, "<section class=\"history\" aria-labelledby=\"history\">\n<h2 id=\"history\">%.*s</h2>\n",
               SPAN_ARGS(page_word(page, WORD_COURSE)));
    if (history->len) {
        put_charts(out, page, history);
        put_table(out, page, history);
    } else {
        buf_format(out, "<p class=\"none\">%.*s</p>\n", SPAN_ARGS(page_word(page, WORD_POST_NEVER)));
    }
    buf_put(out, SPAN("</section>\n"));
    figures_data(out, page, page->question->at_ms);
    page_end(out, page);
}
