#include "worker/trends/page/charts.h"
#include "worker/trends/page/markup.h"

/* Rectangles are placed in percent of their drawing, so that patterns and edges are not stretched with it. */
static const double WHOLE = 100, GAP = 0.2;

enum { LINE_WIDTH = 1000, LINE_HEIGHT = 100, LINE_MARGIN = 4 };

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

struct box {
    double x, y, width, height; /* percent of the drawing */
};

static const char *const kinds[ROW_SENTIMENTS] = {"s0", "s1", "s2", "s3"};

static void put_box(struct buf *out, const char *class, struct box box)
{
    if (box.width > 0 && box.height > 0)
        buf_format(out, "<rect class=\"%s\" x=\"%.4g%%\" y=\"%.4g%%\" width=\"%.4g%%\" height=\"%.4g%%\"/>", class,
                   box.x, box.y, box.width, box.height);
}

static void open_drawing(struct buf *out, const char *class, struct span alt)
{
    buf_format(out, "<svg class=\"%s\" role=\"img\" aria-label=\"%.*s\">", class, SPAN_ARGS(alt));
}

/* --- shares --- */

static struct span shares_alt(const struct page_context *page, const struct share *sentiment, struct arena *mem)
{
    struct span parts[ROW_SENTIMENTS];

    for (int i = 0; i < ROW_SENTIMENTS; i++)
        parts[i] = page_percent(sentiment[i].thousandths, mem);
    return page_saying(mem, page, WORD_SHARES_ALT, parts, ROW_SENTIMENTS);
}

void chart_shares(struct buf *out, const struct page_context *page, const struct share sentiment[ROW_SENTIMENTS])
{
    double x = 0;

    if (sentiment[0].thousandths < 0)
        return;
    open_drawing(out, "shares", shares_alt(page, sentiment, out->mem));
    for (int i = 0; i < ROW_SENTIMENTS; i++) {
        double width = (double)sentiment[i].thousandths / 10;

        put_box(out, kinds[i], (struct box){x, 0, width, WHOLE});
        x += width;
    }
    buf_put(out, SPAN("</svg>\n"));
}

void chart_legend(struct buf *out, const struct page_context *page, const struct share sentiment[ROW_SENTIMENTS])
{
    if (sentiment[0].thousandths < 0)
        return;
    buf_put(out, SPAN("<ul class=\"legend\">\n"));
    for (int i = 0; i < ROW_SENTIMENTS; i++) {
        buf_put(out, SPAN("<li><svg class=\"swatch\" aria-hidden=\"true\">"));
        put_box(out, kinds[i], (struct box){0, 0, WHOLE, WHOLE});
        buf_format(out, "</svg>%.*s <b>%.*s</b></li>\n", SPAN_ARGS(page_sentiment(page, i)),
                   SPAN_ARGS(page_percent(sentiment[i].thousandths, out->mem)));
    }
    buf_put(out, SPAN("</ul>\n"));
}

void chart_bar(struct buf *out, int64_t thousandths)
{
    buf_put(out, SPAN("<svg class=\"bar\" aria-hidden=\"true\">"));
    put_box(out, "sb", (struct box){0, 0, (double)thousandths / 10, WHOLE});
    buf_put(out, SPAN("</svg>"));
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

/* The place of a step, with a gap to its neighbours. */
static struct box step_box(const struct series *series, size_t i)
{
    double slot = WHOLE / (double)series->len;

    return (struct box){((double)i + GAP / 2) * slot, 0, (1 - GAP) * slot, 0};
}

void chart_spark(struct buf *out, const struct page_context *page, const struct series *series)
{
    const struct point *peak = peak_of(series);

    open_drawing(out, "spark", course_alt(page, series, out->mem));
    for (size_t i = 0; peak && i < series->len; i++) {
        struct box box = step_box(series, i);

        box.height = (double)series->points[i].posts * WHOLE / (double)peak->posts;
        box.y = WHOLE - box.height;
        put_box(out, &series->points[i] == peak ? "top" : "sb", box);
    }
    buf_put(out, SPAN("</svg>"));
}

/* The parts of a step from the ground up; as many posts as `whole` fill the height. */
static void put_step(struct buf *out, const struct series *series, size_t i, int64_t whole)
{
    struct box box = step_box(series, i);

    box.y = WHOLE;
    for (int kind = 0; kind < ROW_SENTIMENTS; kind++) {
        box.height = (double)series->points[i].sentiment[kind] * WHOLE / (double)whole;
        box.y -= box.height;
        put_box(out, kinds[kind], box);
    }
}

static void put_axis(struct buf *out, const struct page_context *page, const struct series *series)
{
    int64_t middle_ms = series->from_ms + (series->to_ms - series->from_ms) / 2;

    buf_format(out, "<p class=\"axis\"><span>%.*s</span><span>%.*s</span><span>%.*s</span></p>\n",
               SPAN_ARGS(page_clock(page, series->from_ms, out->mem)), SPAN_ARGS(page_clock(page, middle_ms, out->mem)),
               SPAN_ARGS(page_clock(page, series->to_ms, out->mem)));
}

static void put_volume(struct buf *out, const struct page_context *page, const struct series *series)
{
    const struct point *peak = peak_of(series);
    struct arena *mem = out->mem;

    buf_put(out, SPAN("<figure class=\"course\">\n<figcaption>"));
    PAGE_SAY(out, page, COURSE_VOLUME, page_duration(page, series->step_ms, mem));
    if (peak) {
        buf_put(out, SPAN("<span class=\"most\">"));
        PAGE_SAY(out, page, COURSE_MOST, page_count(peak->posts, mem), page_clock(page, peak->from_ms, mem));
        buf_put(out, SPAN("</span>"));
    }
    buf_put(out, SPAN("</figcaption>\n"));
    open_drawing(out, "volume", course_alt(page, series, mem));
    for (size_t i = 0; peak && i < series->len; i++)
        put_step(out, series, i, peak->posts);
    buf_put(out, SPAN("</svg>\n"));
    put_axis(out, page, series);
    buf_put(out, SPAN("</figure>\n"));
}

static void put_parts(struct buf *out, const struct page_context *page, const struct series *series)
{
    struct span step = page_duration(page, series->step_ms, out->mem);

    if (!peak_of(series))
        return;
    buf_put(out, SPAN("<figure class=\"course\">\n<figcaption>"));
    page_say(out, page, WORD_COURSE_SHARES, &step, 1);
    buf_put(out, SPAN("</figcaption>\n"));
    open_drawing(out, "parts", page_saying(out->mem, page, WORD_SHARES_COURSE_ALT, &step, 1));
    for (size_t i = 0; i < series->len; i++)
        if (series->points[i].posts)
            put_step(out, series, i, series->points[i].posts);
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
        double x = LINE_WIDTH * part_of(seen[i].as_of_ms, seen->as_of_ms, to_ms);
        double y = LINE_HEIGHT - LINE_MARGIN
                   - (LINE_HEIGHT - 2 * LINE_MARGIN) * part_of(seen[i].counts[which], 0, range->most);

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
    buf_format(out,
               "<svg class=\"steps\" role=\"img\" aria-label=\"%.*s\" viewBox=\"0 0 %d %d\" "
               "preserveAspectRatio=\"none\">",
               SPAN_ARGS(page_saying(out->mem, page, WORD_POST_CHART, parts, 4)), LINE_WIDTH, LINE_HEIGHT);
    put_path(out, seen, len, which, &range, to_ms);
    buf_put(out, SPAN("</svg></figure>\n"));
}
