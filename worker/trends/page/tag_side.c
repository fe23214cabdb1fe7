#include "worker/trends/page/tag_side.h"
#include "worker/trends/page/charts.h"
#include "worker/trends/page/figures.h"

/* --- a table of parts, each with its bar --- */

static void open_part(struct buf *out, const struct page_context *page, const char *id, enum page_word title)
{
    buf_format(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%.*s</h2>\n", id, id,
               SPAN_ARGS(page_word(page, title)));
}

static void put_note(struct buf *out, struct span note)
{
    buf_format(out, "<p class=\"note\">%.*s</p>\n", SPAN_ARGS(note));
}

static void open_table(struct buf *out, const struct page_context *page, enum page_word name)
{
    buf_format(out,
               "<table class=\"parts-of\"><thead class=\"hidden\"><tr><th scope=\"col\">%.*s</th><td></td>"
               "<th scope=\"col\">%.*s</th><th scope=\"col\">%.*s</th></tr></thead><tbody>\n",
               SPAN_ARGS(page_word(page, name)), SPAN_ARGS(page_word(page, WORD_SHARE)),
               SPAN_ARGS(page_word(page, WORD_POSTS)));
}

/* `href` empty: the name leads nowhere. */
static void put_row(struct buf *out, struct span href, struct span name, struct share share)
{
    buf_put(out, SPAN("<tr><th scope=\"row\">"));
    page_anchor(out, href, "", name);
    buf_put(out, SPAN("</th><td class=\"bars\">"));
    chart_bar(out, share.thousandths < 0 ? 0 : share.thousandths);
    buf_format(out, "</td><td>%.*s</td><td>%.*s</td></tr>\n", SPAN_ARGS(page_percent(share.thousandths, out->mem)),
               SPAN_ARGS(page_count(share.posts, out->mem)));
}

static void close_table(struct buf *out)
{
    buf_put(out, SPAN("</tbody></table>\n"));
}

/* A link that narrows what is shown; there is none where pages are files. */
static struct span narrow_link(const struct page_context *page, const struct question *question, struct arena *mem)
{
    return page->links == PAGE_SERVED ? page_link(page, TO_TAG, question, mem) : (struct span){0};
}

/* --- segments, languages, related tags --- */

static void put_segments(struct buf *out, const struct page_context *page, const struct trend *trend)
{
    struct question only = page_again(page);
    struct span counts[] = {page_count(trend->segments_base, out->mem), page_count(trend->posts, out->mem)};

    open_part(out, page, "segments", WORD_SEGMENT);
    if (!trend->segments_len) {
        put_note(out, page_word(page, WORD_SEGMENT_UNKNOWN));
        buf_put(out, SPAN("</section>\n"));
        return;
    }
    put_note(out, page_saying(out->mem, page, WORD_SEGMENT_BASE, counts, 2));
    open_table(out, page, WORD_SEGMENT_COLUMN);
    for (size_t i = 0; i < trend->segments_len; i++) {
        only.segment = trend->segments[i].segment;
        put_row(out, narrow_link(page, &only, out->mem), page_segment_name(page, &trend->segments[i], out->mem),
                trend->segments[i].share);
    }
    close_table(out);
    buf_put(out, SPAN("</section>\n"));
}

static struct span language_name(const struct page_context *page, struct span lang, struct arena *mem)
{
    static const struct {
        const char *lang;
        enum page_word word;
    } names[] = {{"ja", WORD_JAPANESE}, {"en", WORD_ENGLISH}, {"ko", WORD_KOREAN}, {"zh", WORD_CHINESE}};

    if (!lang.len)
        return page_word(page, WORD_OTHERS);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_equal(lang, span_of(names[i].lang)))
            return page_word(page, names[i].word);
    return page_name(lang, mem);
}

static void put_languages(struct buf *out, const struct page_context *page, const struct tag_view *view)
{
    struct question only = page_again(page);

    if (!view->languages_len)
        return;
    open_part(out, page, "languages", WORD_LANGUAGES);
    open_table(out, page, WORD_LANGUAGES);
    for (size_t i = 0; i < view->languages_len; i++) {
        only.lang = view->languages[i].lang;
        put_row(out, only.lang.len ? narrow_link(page, &only, out->mem) : (struct span){0},
                language_name(page, only.lang, out->mem), view->languages[i].share);
    }
    close_table(out);
    buf_put(out, SPAN("</section>\n"));
}

static void put_related(struct buf *out, const struct page_context *page, const struct related_list *related)
{
    struct question other = page_again(page);

    if (!related || !related->len)
        return;
    open_part(out, page, "related", WORD_RELATED);
    put_note(out, page_word(page, WORD_RELATED_SAYS));
    open_table(out, page, WORD_TAGS);
    for (size_t i = 0; i < related->len && i < PAGE_RELATED; i++) {
        other.tag = related->tags[i].tag;
        put_row(out, page_link(page, TO_TAG, &other, out->mem), page_name(related->tags[i].label, out->mem),
                related->tags[i].share);
    }
    close_table(out);
    buf_put(out, SPAN("</section>\n"));
}

void tag_side(struct buf *out, const struct page_context *page, const struct tag_view *view)
{
    buf_format(out, "<aside aria-label=\"%.*s\">\n", SPAN_ARGS(page_word(page, WORD_MORE_FIGURES)));
    put_segments(out, page, view->trend);
    put_languages(out, page, view);
    put_related(out, page, view->related);
    figures_data(out, page, view->trend->at_ms);
    buf_put(out, SPAN("</aside>\n"));
}
