/* A diff as a page: rows as they are in the JSON report, without a script. */
#include "worker/command/replay/compare.h"
#include "worker/text/html.h"

#include <stdio.h>

/* worker/command/replay/diff.html, made an array by CMake. */
extern const char diff_page_head[];
extern const size_t diff_page_head_len;

static const struct {
    const char *title, *help;
} sections[SECTIONS] = {
    [IN_RULES] = {"Rules", "What made the records, and what makes them now."},
    [IN_ROUTE] = {"Routes", "Records of each route; a post that is hidden by now loses its record."},
    [IN_TAG] = {"Tags", "Posts that have the tag."},
    [IN_LIST] = {"Hashtags and links", "Posts whose list is known; a change names both."},
    [IN_FIGURE] = {"Figures", "Posts that have the figure."},
    [IN_SENTIMENT] = {"Sentiment", "Posts of each label; a change names both."},
    [IN_TIER] = {"Tiers", "Posts of each tier; a change names both."},
};

/* 1234567 as 1,234,567 */
static void put_count(struct buf *out, unsigned long long count)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", count);

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            buf_char(out, ',');
        buf_char(out, digits[i]);
    }
}

/* Text in an element; `open` begins it and `shut` ends it. */
static void put_text(struct buf *out, const char *open, struct span text, const char *shut)
{
    buf_put(out, span_of(open));
    html_write(out, text);
    buf_put(out, span_of(shut));
}

/* --- the whole --- */

static void put_total(struct buf *out, const char *class, const char *name, unsigned long long count)
{
    buf_format(out, "<div><dt>%s<dd class=\"%s\">", name, class);
    put_count(out, count);
    buf_put(out, SPAN("</div>\n"));
}

static void put_share(struct buf *out, const struct diff *diff)
{
    buf_put(out, SPAN("<div id=\"share\">"));
    for (int change = 0; change < CHANGES; change++)
        buf_format(out, "<span class=\"%s\" style=\"flex:%llu\" title=\"%s\"></span>", diff_change_names[change],
                   diff->totals[change], diff_change_names[change]);
    buf_format(out, "<span style=\"flex:%llu\" title=\"without a record\"></span></div>\n", diff_without(diff));
}

static void put_losses(struct buf *out, const struct diff *diff)
{
    const char *before = "<p>Lost because: ";

    for (int i = 0; i < LOSSES; i++)
        if (diff->losses[i]) {
            buf_put(out, span_of(before));
            put_count(out, diff->losses[i]);
            buf_format(out, " %s", diff_loss_words[i]);
            before = ", ";
        }
    if (diff->totals[LOST])
        buf_char(out, '\n');
}

static void put_totals(struct buf *out, const struct diff *diff)
{
    put_text(out, "<h1>What the rules <bdi>", diff->rules, "</bdi> change</h1>\n");
    put_text(out, "<p>Range <bdi>", diff->words, "</bdi>, against what the topics hold. ");
    buf_put(out, SPAN("Tags and all below them are of the "));
    put_count(out, diff->compared);
    put_text(out, " posts that <bdi>", diff->topic, "</bdi> holds and would hold again.\n<dl>\n");
    put_total(out, "posts", "posts", diff->posts);
    for (int change = 0; change < CHANGES; change++)
        put_total(out, diff_change_names[change], diff_change_names[change], diff->totals[change]);
    put_total(out, "without", "without a record", diff_without(diff));
    buf_put(out, SPAN("</dl>\n"));
    put_share(out, diff);
    put_losses(out, diff);
}

/* --- rows --- */

static void put_examples(struct buf *out, const struct diff_row *row, enum diff_change change)
{
    for (size_t i = 0; i < row->examples_len[change]; i++) {
        const struct diff_example *example = &row->examples[change][i];

        buf_format(out, "<li><span class=\"%s\">%s</span> ", diff_change_names[change], diff_change_names[change]);
        put_text(out, "<bdi class=\"id\">", example->id, "</bdi> ");
        put_text(out, "<small><bdi class=\"place\">", example->place, "</bdi></small>");
        if (example->how.len)
            put_text(out, " <bdi class=\"how\">", example->how, "</bdi>");
        if (example->text.len)
            put_text(out, "<p><bdi class=\"text\">", example->text, "</bdi>");
        buf_char(out, '\n');
    }
}

/* The most changed row of a section shows its examples at once. */
static void put_row(struct buf *out, const struct diff_row *row, bool is_first)
{
    put_text(out, "<tr><th scope=\"row\"><span class=\"name\">", row->name, "</span>");
    if (row->label.len)
        put_text(out, " <small><bdi class=\"label\">", row->label, "</bdi></small>");
    if (diff_row_changes(row)) {
        buf_format(out, "<details%s><summary>examples</summary><ul>\n", is_first ? " open" : "");
        for (int change = 0; change < SAME; change++)
            put_examples(out, row, (enum diff_change)change);
        buf_put(out, SPAN("</ul></details>"));
    }
    for (int change = 0; change < CHANGES; change++) {
        buf_format(out, "<td class=\"%s\">", row->counts[change] ? diff_change_names[change] : "zero");
        put_count(out, row->counts[change]);
    }
    buf_char(out, '\n');
}

static void put_table(struct buf *out, const struct diff_row *rows, size_t len)
{
    const char *section = diff_section_names[rows->section];

    buf_format(out, "<table class=\"%s\">\n<thead><tr><th>%s", section, section);
    for (int change = 0; change < CHANGES; change++)
        buf_format(out, "<th>%s", diff_change_names[change]);
    buf_put(out, SPAN("\n<tbody>\n"));
    for (size_t i = 0; i < len; i++)
        put_row(out, &rows[i], i == 0 && rows->section != IN_RULES);
    buf_put(out, SPAN("</table>\n"));
}

/* Rows of one section. What is as it was is folded up: of many tags few change. */
static void put_section(struct buf *out, const struct diff_row *rows, size_t len)
{
    size_t changed = 0;

    while (changed < len && diff_row_changes(&rows[changed]))
        changed++;
    buf_format(out, "<section>\n<h2>%s</h2>\n<p>%s\n", sections[rows->section].title, sections[rows->section].help);
    if (changed)
        put_table(out, rows, changed);
    if (changed < len) {
        buf_format(out, "<details><summary>%zu without a change</summary>\n", len - changed);
        put_table(out, rows + changed, len - changed);
        buf_put(out, SPAN("</details>\n"));
    }
    buf_put(out, SPAN("</section>\n"));
}

static void put_sections(struct buf *out, const struct diff *diff)
{
    for (size_t from = 0, to = 0; from < diff->rows_len; from = to) {
        while (to < diff->rows_len && diff->rows[to].section == diff->rows[from].section)
            to++;
        put_section(out, &diff->rows[from], to - from);
    }
}

static void put_range(struct buf *out, const struct range *range)
{
    buf_put(out, SPAN("<section>\n<h2>Range</h2>\n<p>Offsets from the first on, and before the second.\n"
                      "<table class=\"range\">\n"
                      "<thead><tr><th>partition<th>from<th>to\n<tbody>\n"));
    for (size_t i = 0; i < range->len; i++) {
        const struct piece *piece = &range->at[i];

        put_text(out, "<tr><th scope=\"row\"><span class=\"name\">", span_of(piece->topic), "");
        buf_format(out, "/%d</span><td>", piece->partition);
        put_count(out, (unsigned long long)piece->start);
        buf_put(out, SPAN("<td>"));
        put_count(out, (unsigned long long)piece->end);
        buf_char(out, '\n');
    }
    buf_put(out, SPAN("</table>\n</section>\n"));
}

void diff_write_page(const struct diff *diff, struct buf *out)
{
    buf_put(out, (struct span){diff_page_head, diff_page_head_len});
    put_totals(out, diff);
    buf_put(out, SPAN("<main>\n"));
    put_sections(out, diff);
    put_range(out, &diff->range);
    buf_put(out, SPAN("</main>\n</html>\n"));
}
