/* What all pages have around their content, and the rows of links that choose what is shown. */
#include "common/http_accept.h"
#include "worker/trends/page/charts.h"
#include "worker/trends/page/markup.h"

#include <stdlib.h>

/* worker/trends/page/page.css, made an array by CMake. */
extern const char page_style[];
extern const size_t page_style_len;

static const struct span languages[PAGE_LANGUAGES] = {[PAGE_JA] = {"ja", 2}, [PAGE_EN] = {"en", 2}};
static const char *const language_names[PAGE_LANGUAGES] = {[PAGE_JA] = "日本語", [PAGE_EN] = "English"};

struct span page_language_name(enum page_language language)
{
    return languages[language];
}

/* --- which language --- */

size_t page_languages(const struct trend_settings *settings, enum page_language found[PAGE_LANGUAGES])
{
    const struct span *listed = settings->languages.at;
    size_t len = 0;

    for (size_t i = 0; i < settings->languages.len; i++)
        for (int k = 0; k < PAGE_LANGUAGES && len < PAGE_LANGUAGES; k++)
            if (span_equal(listed[i], languages[k]) && !(len && found[0] == (enum page_language)k))
                found[len++] = (enum page_language)k;
    if (!len)
        found[len++] = PAGE_EN;
    return len;
}

enum page_language page_language(const struct trend_settings *settings, struct span hl, struct span accept_language)
{
    enum page_language offers[PAGE_LANGUAGES];
    struct span names[PAGE_LANGUAGES];
    size_t len = page_languages(settings, offers);

    for (size_t i = 0; i < len; i++) {
        names[i] = languages[offers[i]];
        if (span_equal(hl, names[i]))
            return offers[i];
    }
    return offers[http_language(accept_language, names, len)];
}

/* --- head --- */

/* PAGE_STYLE_SHA256 is made by CMake of page.css. */
#define POLICY                                                                                                         \
    "default-src 'none'; style-src 'sha256-" PAGE_STYLE_SHA256 "'; img-src data:; base-uri 'none'; form-action 'none'"

const char page_csp[] = POLICY "; frame-ancestors 'none'";

static void put_icon(struct buf *out)
{
    buf_put(out, SPAN("<link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' "
                      "viewBox='0 0 16 16'%3E%3Cg fill='%23176f8f'%3E%3Cpath d='M1 9h4v6H1zM6 5h4v10H6zM11 1h4v14h-4z'"
                      "/%3E%3C/g%3E%3C/svg%3E\">\n"));
}

static void put_head(struct buf *out, const struct page_context *page, struct span title)
{
    buf_format(out, "<!doctype html>\n<html lang=\"%.*s\">\n<head>\n<meta charset=\"utf-8\">\n",
               SPAN_ARGS(page_language_name(page->language)));
    buf_put(out, SPAN("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"));
    if (page->links != PAGE_SERVED)
        buf_put(out, SPAN("<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"));
    buf_put(out, SPAN("<meta name=\"referrer\" content=\"no-referrer\">\n"));
    buf_format(out, "<title>%.*s</title>\n", SPAN_ARGS(title));
    put_icon(out);
    buf_put(out, SPAN("<style>"));
    buf_put(out, (struct span){page_style, page_style_len});
    buf_put(out, SPAN("</style>\n</head>\n<body>\n"));
}

static void put_language_links(struct buf *out, const struct page_context *page, enum page_target self)
{
    enum page_language offers[PAGE_LANGUAGES];
    size_t len = page_languages(page->settings, offers);

    if (page->links == PAGE_FILE)
        return;
    for (size_t i = 0; i < len; i++) {
        struct span href = page_language_link(page, offers[i], self, out->mem), name = languages[offers[i]];

        if (offers[i] != page->language)
            buf_format(out, "<a lang=\"%.*s\" hreflang=\"%.*s\" href=\"%.*s\">%s</a>\n", SPAN_ARGS(name),
                       SPAN_ARGS(name), SPAN_ARGS(href), language_names[offers[i]]);
    }
}

static struct question list_question(const struct page_context *page)
{
    struct question again = page_again(page);

    again.kind = ASK_TAGS;
    again.sort = 0;
    again.segment = again.lang = (struct span){0};
    again.sentiment = -1;
    return again;
}

static void put_site_links(struct buf *out, const struct page_context *page, enum page_target self)
{
    struct question list = list_question(page);

    buf_put(out, SPAN("<header class=\"site\">\n<nav class=\"brand\">"));
    page_anchor(out, page_link(page, TO_LIST, &list, out->mem), "", page_word(page, WORD_SITE));
    buf_put(out, SPAN("</nav>\n<nav class=\"more\" aria-label=\""));
    buf_put(out, page_word(page, WORD_MORE));
    buf_put(out, SPAN("\">\n"));
    list.window_ms = QUESTION_WINDOW_MS;
    if (self != TO_ABOUT && page->links != PAGE_FILE)
        page_anchor(out, page_link(page, TO_ABOUT, &list, out->mem), "", page_word(page, WORD_ABOUT));
    put_language_links(out, page, self);
    buf_put(out, SPAN("</nav>\n</header>\n"));
}

void page_begin(struct buf *out, const struct page_context *page, struct span title, enum page_target self)
{
    put_head(out, page, title);
    buf_format(out, "<a class=\"skip\" href=\"#main\">%.*s</a>\n", SPAN_ARGS(page_word(page, WORD_SKIP)));
    chart_patterns(out);
    put_site_links(out, page, self);
    buf_put(out, SPAN("<main id=\"main\" tabindex=\"-1\">\n"));
}

/* --- foot --- */

static void put_contact(struct buf *out, const struct page_context *page, struct span contact, enum page_word word)
{
    if (!contact.len)
        return;
    buf_put(out, SPAN("<li>"));
    page_anchor(out, page_text(contact, out->mem), "rel=\"noopener\"", page_word(page, word));
    buf_put(out, SPAN("</li>\n"));
}

void page_end(struct buf *out, const struct page_context *page)
{
    struct tm now = time_local(page->question->at_ms == TIME_UNKNOWN ? 0 : page->question->at_ms);
    struct span zone = span_format(out->mem, "%s (UTC%c%02ld:%02ld)", now.tm_zone, now.tm_gmtoff < 0 ? '-' : '+',
                                   labs(now.tm_gmtoff) / 3600, labs(now.tm_gmtoff) / 60 % 60);

    buf_put(out, SPAN("</main>\n<footer>\n<ul>\n"));
    put_contact(out, page, page->settings->hide_contact, WORD_HIDE_CONTACT);
    put_contact(out, page, page->settings->api_contact, WORD_API_CONTACT);
    buf_put(out, SPAN("</ul>\n<p>"));
    PAGE_SAY(out, page, TIMES_ARE, zone);
    buf_put(out, SPAN("</p>\n</footer>\n</body>\n</html>\n"));
}

/* --- options --- */

void page_options_begin(struct buf *out, const struct page_context *page, enum page_word name)
{
    struct span said = page_word(page, name);

    buf_format(out, "<nav class=\"options\" aria-label=\"%.*s\"><span class=\"name\">%.*s</span>\n<ul>\n",
               SPAN_ARGS(said), SPAN_ARGS(said));
}

void page_option(struct buf *out, struct span href, struct span content, bool is_current)
{
    buf_put(out, SPAN("<li>"));
    page_anchor(out, href, is_current ? "aria-current=\"true\"" : "", content);
    buf_put(out, SPAN("</li>\n"));
}

void page_options_end(struct buf *out)
{
    buf_put(out, SPAN("</ul></nav>\n"));
}

void page_windows(struct buf *out, const struct page_context *page, enum page_target target)
{
    const int64_t *windows = page->settings->windows.at;
    struct question again = page_again(page);

    if (page->links != PAGE_SERVED || !page->settings->windows.len)
        return;
    page_options_begin(out, page, WORD_WINDOW);
    for (size_t i = 0; i < page->settings->windows.len; i++) {
        again.window_ms = windows[i];
        struct span name =
            windows[i] == TIME_HOUR_MS ? page_word(page, WORD_ONE_HOUR) : page_duration(page, windows[i], out->mem);
        page_option(out, page_link(page, target, &again, out->mem), name, windows[i] == page->question->window_ms);
    }
    page_options_end(out);
}

void page_times(struct buf *out, const struct page_context *page, enum page_target target, int64_t at_ms)
{
    static const struct {
        enum page_word word;
        int hours;
    } steps[] = {{WORD_DAY_EARLIER, -24}, {WORD_HOUR_EARLIER, -1}, {WORD_HOUR_LATER, 1}, {WORD_DAY_LATER, 24}};
    struct question again = page_again(page);

    if (page->links != PAGE_SERVED)
        return;
    page_options_begin(out, page, WORD_TIME);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        again.at_ms = at_ms + steps[i].hours * (int64_t)TIME_HOUR_MS;
        if (steps[i].hours < 0 || page->is_past)
            page_option(out, page_link(page, target, &again, out->mem), page_word(page, steps[i].word), false);
    }
    again.at_ms = TIME_UNKNOWN;
    page_option(out, page_link(page, target, &again, out->mem), page_word(page, WORD_NOW), !page->is_past);
    page_options_end(out);
}

static void put_filter(struct buf *out, const struct page_context *page, enum page_target target,
                       const struct question *without, struct span name)
{
    struct span says = page_saying(out->mem, page, WORD_FILTER_OFF, &name, 1);

    buf_format(out, "<li><b>%.*s</b> ", SPAN_ARGS(name));
    if (page->links == PAGE_SERVED)
        page_anchor(out, page_link(page, target, without, out->mem), "", says);
    buf_put(out, SPAN("</li>\n"));
}

void page_filters(struct buf *out, const struct page_context *page, enum page_target target)
{
    const struct question *asked = page->question;
    struct question no_lang = page_again(page), no_segment = no_lang, no_sentiment = no_lang;

    if (!asked->lang.len && !asked->segment.len && asked->sentiment < 0)
        return;
    no_lang.lang = no_segment.segment = (struct span){0};
    no_sentiment.sentiment = -1;
    page_options_begin(out, page, WORD_FILTER);
    if (asked->lang.len)
        put_filter(out, page, target, &no_lang, page_name(asked->lang, out->mem));
    if (asked->segment.len)
        put_filter(out, page, target, &no_segment, page_name(asked->segment, out->mem));
    if (asked->sentiment >= 0)
        put_filter(out, page, target, &no_sentiment, page_sentiment(page, asked->sentiment));
    page_options_end(out);
}
