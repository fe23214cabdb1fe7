#include "worker/trends/page/charts.h"
#include "worker/trends/page/markup.h"

enum { HEIGHT = 100, SLOT = 10, BAR = 8 };

void chart_patterns(struct buf *out)
{
    buf_put(out, SPAN("<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>"
                      "<pattern id=\"p2\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
                      "patternTransform=\"rotate(45)\"><rect class=\"p2a\" width=\"5\" height=\"5\"/>"
                      "<rect class=\"p2b\" width=\"2\" height=\"5\"/></pattern>"
                      "<pattern id=\"p3\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\">"
                      "<rect class=\"p3a\" width=\"4\" height=\"4\"/><circle class=\"p3b\" cx=\"2\" cy=\"2\" r=\".8\"/>"
                      "</pattern></defs></svg>\n"));
}

/* --- shares --- */

static void put_rect(struct buf *out, int kind, double x, double y, double width, double height)
{
    if (width > 0 && height > 0)
        buf_format(out, "<rect class=\"s%d\" x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" height=\"%.4g\"/>", kind, x, y, width,
                   height);
}

static struct span shares_alt(const struct page_context *page, const struct share *sentiment, struct arena *mem)
{
    struct span parts[ROW_SENTIMENTS];

    for (int i = 0; i < ROW_SENTIMENTS; i++)
        parts[i] = page_percent(sentiment[i].thousandths, mem);
    return page_saying(mem, page, WORD_SHARES_ALT, parts, ROW_SENTIMENTS);
}

void chart_shares(struct buf *out, const struct page_context *page, const struct share sentiment[ROW_SENTIMENTS])
{
    int64_t x = 0;

    if (sentiment[0].thousandths < 0)
        return;
    buf_format(out,
               "<svg class=\"shares\" role=\"img\" aria-label=\"%.*s\" viewBox=\"0 0 1000 10\" "
               "preserveAspectRatio=\"none\">",
               SPAN_ARGS(shares_alt(page, sentiment, out->mem)));
    for (int i = 0; i < ROW_SENTIMENTS; i++) {
        put_rect(out, i, (double)x, 0, (double)sentiment[i].thousandths, 10);
        x += sentiment[i].thousandths;
    }
    buf_put(out, SPAN("</svg>\n"));
}

static void put_swatch(struct buf *out, int kind)
{
    buf_format(out,
               "<svg class=\"swatch\" aria-hidden=\"true\" viewBox=\"0 0 12 12\"><rect class=\"s%d\" width=\"12\" "
               "height=\"12\"/></svg>",
               kind);
}

void chart_legend(struct buf *out, const struct page_context *page, const struct share sentiment[ROW_SENTIMENTS])
{
    if (sentiment[0].thousandths < 0)
        return;
    buf_put(out, SPAN("<ul class=\"legend\">\n"));
    for (int i = 0; i < ROW_SENTIMENTS; i++) {
        buf_format(out, "<li class=\"k%d\">", i);
        put_swatch(out, i);
        buf_format(out, "%.*s <b>%.*s</b></li>\n", SPAN_ARGS(page_sentiment(page, i)),
                   SPAN_ARGS(page_percent(sentiment[i].thousandths, out->mem)));
    }
    buf_put(out, SPAN("</ul>\n"));
}

void chart_bar(struct buf *out, int64_t thousandths)
{
    buf_format(out,
               "<svg class=\"bar\" aria-hidden=\"true\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\">"
               "<rect class=\"sb\" width=\"%lld\" height=\"10\"/></svg>",
               (long long)thousandths);
}

/* --- courses --- */

static const struct point *peak_of(const struct series *series)
{
    const struct point *peak = NULL;

    for (size_t i = 0; i < series->len; i++)
        if (series->points[i].posts && (!peak || series->points[i].posts > peak->posts))
            peak = &series->points[i];
    return peak;
}

static struct span course_alt(const struct page_context *page, const struct series *series, struct arena *mem)
{
    const struct point *peak = peak_of(series);

    if (!peak)
        return page_word(page, WORD_COURSE_NONE);
    struct span parts[] = {page_duration(page, series->step_ms, mem), page_count(peak->posts, mem),
                           page_clock(page, peak->from_ms, mem)};
    return page_saying(mem, page, WORD_COURSE_ALT, parts, 3);
}

static void open_course(struct buf *out, const char *class, struct span alt, size_t len)
{
    buf_format(out,
               "<svg class=\"%s\" role=\"img\" aria-label=\"%.*s\" viewBox=\"0 0 %zu %d\" "
               "preserveAspectRatio=\"none\">",
               class, SPAN_ARGS(alt), (len ? len : 1) * SLOT, HEIGHT);
}

void chart_spark(struct buf *out, const struct page_context *page, const struct series *series)
{
    const struct point *peak = peak_of(series);

    open_course(out, "spark", course_alt(page, series, out->mem), series->len);
    for (size_t i = 0; peak && i < series->len; i++) {
        int64_t posts = series->points[i].posts;
        double height = (double)posts * HEIGHT / (double)peak->posts;

        if (posts)
            buf_format(out, "<rect class=\"%s\" x=\"%zu\" y=\"%.4g\" width=\"%d\" height=\"%.4g\"/>",
                       &series->points[i] == peak ? "top" : "sb", i * SLOT, HEIGHT - height, BAR, height);
    }
    buf_put(out, SPAN("</svg>"));
}

/* The parts of a step from the ground up; scale is the height of one post. */
static void put_step(struct buf *out, const struct point *point, size_t i, double scale)
{
    double y = HEIGHT;

    for (int kind = 0; kind < ROW_SENTIMENTS; kind++) {
        double height = (double)point->sentiment[kind] * scale;

        y -= height;
        put_rect(out, kind, (double)(i * SLOT) + (SLOT - BAR) / 2.0, y, BAR, height);
    }
}

static void put_axis(struct buf *out, const struct page_context *page, const struct series *series)
{
    int64_t middle_ms = series->from_ms + (series->to_ms - series->from_ms) / 2;

    buf_format(out, "<p class=\"axis\"><span>%.*s</span><span>%.*s</span><span>%.*s</span></p>\n",
               SPAN_ARGS(page_clock(page, series->from_ms, out->mem)), SPAN_ARGS(page_clock(page, middle_ms, out->mem)),
               SPAN_ARGS(page_clock(page, series->to_ms, out->mem)));
}

static void put_caption(struct buf *out, const struct page_context *page, const struct series *series,
                        enum page_word word)
{
    struct span step = page_duration(page, series->step_ms, out->mem);

    buf_put(out, SPAN("<figcaption>"));
    page_say(out, page, word, &step, 1);
    buf_put(out, SPAN("</figcaption>\n"));
}

static void put_volume(struct buf *out, const struct page_context *page, const struct series *series)
{
    const struct point *peak = peak_of(series);
    struct span most = page_count(peak ? peak->posts : 0, out->mem);

    buf_put(out, SPAN("<figure class=\"course\">\n"));
    put_caption(out, page, series, WORD_COURSE_VOLUME);
    buf_format(out, "<p class=\"most\" aria-hidden=\"true\">%.*s</p>\n", SPAN_ARGS(most));
    open_course(out, "volume", course_alt(page, series, out->mem), series->len);
    for (size_t i = 0; peak && i < series->len; i++)
        put_step(out, &series->points[i], i, (double)HEIGHT / (double)peak->posts);
    buf_put(out, SPAN("</svg>\n"));
    put_axis(out, page, series);
    buf_put(out, SPAN("</figure>\n"));
}

static void put_parts(struct buf *out, const struct page_context *page, const struct series *series)
{
    struct span step = page_duration(page, series->step_ms, out->mem);

    if (!peak_of(series))
        return;
    buf_put(out, SPAN("<figure class=\"course\">\n"));
    put_caption(out, page, series, WORD_COURSE_SHARES);
    open_course(out, "parts", page_saying(out->mem, page, WORD_SHARES_COURSE_ALT, &step, 1), series->len);
    for (size_t i = 0; i < series->len; i++)
        if (series->points[i].posts)
            put_step(out, &series->points[i], i, (double)HEIGHT / (double)series->points[i].posts);
    buf_put(out, SPAN("</svg>\n"));
    put_axis(out, page, series);
    buf_put(out, SPAN("</figure>\n"));
}

static void put_row(struct buf *out, const struct page_context *page, const struct point *point)
{
    int64_t figures[3 + ROW_SENTIMENTS] = {point->posts, point->reposts, point->authors};

    for (int i = 0; i < ROW_SENTIMENTS; i++)
        figures[3 + i] = point->sentiment[i];
    buf_format(out, "<tr><th scope=\"row\">%.*s</th>", SPAN_ARGS(page_clock(page, point->from_ms, out->mem)));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        buf_format(out, "<td>%.*s</td>", SPAN_ARGS(page_count(figures[i], out->mem)));
    buf_put(out, SPAN("</tr>\n"));
}

static void put_course_table(struct buf *out, const struct page_context *page, const struct series *series)
{
    static const enum page_word columns[] = {WORD_FROM,     WORD_SORT_POSTS, WORD_REPOSTS,  WORD_SORT_AUTHORS,
                                             WORD_POSITIVE, WORD_NEUTRAL,    WORD_NEGATIVE, WORD_UNKNOWN};

    buf_format(out,
               "<details><summary>%.*s</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
               "aria-label=\"%.*s\"><table>\n<thead><tr>",
               SPAN_ARGS(page_word(page, WORD_TABLE)), SPAN_ARGS(page_word(page, WORD_TABLE)));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        buf_format(out, "<th scope=\"col\">%.*s</th>", SPAN_ARGS(page_word(page, columns[i])));
    buf_put(out, SPAN("</tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < series->len; i++)
        put_row(out, page, &series->points[i]);
    buf_put(out, SPAN("</tbody></table></div></details>\n"));
}

void chart_course(struct buf *out, const struct page_context *page, const struct series *series)
{
    put_volume(out, page, series);
    put_parts(out, page, series);
    put_course_table(out, page, series);
}

/* --- a count --- */

static double part_of(int64_t value, int64_t from, int64_t to)
{
    return to > from ? (double)(value - from) / (double)(to - from) : 0;
}

struct range_of_count {
    const struct observation *first, *last; /* of the known ones */
    int64_t most;
};

static struct range_of_count range_of(const struct observation *seen, size_t len, enum count which)
{
    struct range_of_count range = {0};

    for (size_t i = 0; i < len; i++)
        if (seen[i].counts[which] != COUNT_UNKNOWN) {
            range.first = range.first ? range.first : &seen[i];
            range.last = &seen[i];
            if (seen[i].counts[which] > range.most)
                range.most = seen[i].counts[which];
        }
    return range;
}

static void put_path(struct buf *out, const struct observation *seen, size_t len, enum count which,
                     const struct range_of_count *range, int64_t to_ms)
{
    bool is_open = false;

    buf_put(out, SPAN("<path class=\"line\" d=\""));
    for (size_t i = 0; i < len; i++) {
        if (seen[i].counts[which] == COUNT_UNKNOWN)
            continue;
        double x = 1000 * part_of(seen[i].as_of_ms, seen->as_of_ms, to_ms);
        double y = HEIGHT - 4 - (HEIGHT - 8) * part_of(seen[i].counts[which], 0, range->most);

        buf_format(out, is_open ? "H%.4gV%.4g" : "M%.4g %.4g", x, y);
        is_open = true;
    }
    buf_put(out, SPAN("H1000\"/>"));
}

void chart_count(struct buf *out, const struct page_context *page, const struct observation *seen, size_t len,
                 enum count which, struct span name)
{
    struct range_of_count range = range_of(seen, len, which);

    if (!range.first)
        return;
    int64_t to_ms = seen[len - 1].as_of_ms;
    struct span last = page_count(range.last->counts[which], out->mem);
    struct span parts[] = {name, page_clock(page, range.first->as_of_ms, out->mem),
                           page_count(range.first->counts[which], out->mem), last};
    buf_format(out, "<figure class=\"count\"><figcaption>%.*s <b>%.*s</b></figcaption>", SPAN_ARGS(name),
               SPAN_ARGS(last));
    open_course(out, "steps", page_saying(out->mem, page, WORD_POST_CHART, parts, 4), 1000 / SLOT);
    put_path(out, seen, len, which, &range, to_ms);
    buf_put(out, SPAN("</svg></figure>\n"));
}
