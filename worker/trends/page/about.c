/* What the figures mean, how to have a post hidden; and the page of an answer that is none. */
#include "worker/trends/definitions.h"
#include "worker/trends/page/markup.h"

#include "common/http.h"

static void put_heading(struct buf *out, const struct page_context *page, enum page_word word)
{
    buf_format(out, "<h2>%.*s</h2>\n", SPAN_ARGS(page_word(page, word)));
}

static void put_paragraph(struct buf *out, const struct page_context *page, enum page_word word)
{
    buf_format(out, "<p>%.*s</p>\n", SPAN_ARGS(page_word(page, word)));
}

static void put_figures(struct buf *out, const struct page_context *page)
{
    static const enum page_word before[] = {WORD_ABOUT_POSTS,  WORD_ABOUT_AUTHORS,  WORD_ABOUT_COUNTS,
                                            WORD_ABOUT_SHARES, WORD_ABOUT_SEGMENTS, WORD_ABOUT_VOICE};
    struct arena *mem = out->mem;

    put_heading(out, page, WORD_ABOUT_FIGURES);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        put_paragraph(out, page, before[i]);
    buf_put(out, SPAN("<p>"));
    PAGE_SAY(out, page, ABOUT_BURST, SPAN("1"), page_count(BURST_DAY_HOURS, mem), page_count(BURST_WEEK_DAYS, mem),
             page_count(BURST_AUTHORS_MIN, mem));
    buf_put(out, SPAN("</p>\n"));
}

static void put_hiding(struct buf *out, const struct page_context *page)
{
    struct span contact = page->settings->hide_contact;

    put_heading(out, page, WORD_ABOUT_HIDE);
    buf_put(out, SPAN("<p>"));
    if (contact.len) {
        page_anchor(out, page_text(contact, out->mem), "rel=\"noopener\"", page_word(page, WORD_HIDE_CONTACT));
        buf_put(out, SPAN(" – "));
    }
    buf_put(out, page_word(page, contact.len ? WORD_ABOUT_HIDE_ASK : WORD_ABOUT_HIDE_NONE));
    buf_put(out, SPAN("</p>\n"));
    put_paragraph(out, page, WORD_ABOUT_HIDE_SAYS);
}

void page_about(struct buf *out, const struct page_context *page)
{
    page_begin(out, page, page_word(page, WORD_ABOUT_TITLE), TO_ABOUT);
    buf_format(out, "<article class=\"prose\">\n<h1>%.*s</h1>\n", SPAN_ARGS(page_word(page, WORD_ABOUT_TITLE)));
    put_figures(out, page);
    put_heading(out, page, WORD_ABOUT_UNKNOWN);
    put_paragraph(out, page, WORD_ABOUT_UNKNOWN_SAYS);
    put_hiding(out, page);
    put_heading(out, page, WORD_ABOUT_KEPT);
    buf_put(out, SPAN("<p>"));
    PAGE_SAY(out, page, ABOUT_KEPT_SAYS, page_duration(page, page->settings->retention_ms, out->mem));
    buf_put(out, SPAN("</p>\n</article>\n"));
    page_end(out, page);
}

void page_error(struct buf *out, const struct page_context *page, unsigned status, struct span sentence)
{
    enum page_word title = status == HTTP_NOT_FOUND ? WORD_NOT_FOUND : status < 500 ? WORD_BAD_QUESTION : WORD_FAILED;
    struct question list = {.kind = ASK_TAGS, .at_ms = TIME_UNKNOWN, .window_ms = QUESTION_WINDOW_MS, .sentiment = -1};

    page_begin(out, page, page_word(page, title), TO_ABOUT);
    buf_format(out, "<article class=\"prose\">\n<h1>%.*s</h1>\n<p>", SPAN_ARGS(page_word(page, title)));
    if (sentence.len)
        buf_put(out, page_name(sentence, out->mem));
    else if (status == HTTP_NOT_FOUND)
        buf_put(out, page_word(page, WORD_NOT_FOUND_SAYS));
    buf_put(out, SPAN("</p>\n<p>"));
    page_anchor(out, page_link(page, TO_LIST, &list, out->mem), "", page_word(page, WORD_BACK));
    buf_put(out, SPAN("</p>\n</article>\n"));
    page_end(out, page);
}
