#include "worker/command/replay/compare.h"
#include "common/json.h"
#include "worker/route/shape.h"

#include <stdio.h>
#include <stdlib.h>

const char *const diff_section_names[SECTIONS] = {"rules", "route", "tag", "list", "figure", "sentiment", "tier"};
const char *const diff_change_names[CHANGES] = {"gained", "lost", "changed", "same"};

#define LOSS_NAME(id, name, words)  name,
#define LOSS_WORDS(id, name, words) words,
const char *const diff_loss_names[LOSSES] = {DIFF_LOSSES(LOSS_NAME)};
const char *const diff_loss_words[LOSSES] = {DIFF_LOSSES(LOSS_WORDS)};

/* --- order --- */

unsigned long long diff_row_changes(const struct diff_row *row)
{
    return row->counts[GAINED] + row->counts[LOST] + row->counts[CHANGED];
}

unsigned long long diff_without(const struct diff *diff)
{
    unsigned long long with = 0;

    for (int change = 0; change < CHANGES; change++)
        with += diff->totals[change];
    return diff->posts - with;
}

static int higher_first(unsigned long long a, unsigned long long b)
{
    return (a < b) - (a > b);
}

static int compare_rows(const void *left, const void *right)
{
    const struct diff_row *a = left, *b = right;
    int order = (int)a->section - (int)b->section;

    if (!order)
        order = higher_first(diff_row_changes(a), diff_row_changes(b));
    if (!order)
        order = higher_first(a->counts[SAME], b->counts[SAME]);
    return order ? order : span_compare(a->name, b->name);
}

void diff_sort(struct diff *diff)
{
    if (diff->rows_len)
        qsort(diff->rows, diff->rows_len, sizeof *diff->rows, compare_rows);
}

/* --- for a terminal --- */

static void print_examples(const struct diff_row *row, enum diff_change change)
{
    for (size_t i = 0; i < row->examples_len[change]; i++)
        printf("%s%.*s%s%.*s%s", i ? ", " : "", SPAN_ARGS(row->examples[change][i].id),
               row->examples[change][i].how.len ? " (" : "", SPAN_ARGS(row->examples[change][i].how),
               row->examples[change][i].how.len ? ")" : "");
}

static void print_row(const struct diff_row *row)
{
    printf("  %-32.*s %9llu %9llu %9llu %9llu", SPAN_ARGS(row->name), row->counts[GAINED], row->counts[LOST],
           row->counts[CHANGED], row->counts[SAME]);
    for (int change = 0; change < SAME; change++)
        if (row->counts[change]) {
            printf("  %s: ", diff_change_names[change]);
            print_examples(row, (enum diff_change)change);
        }
    putchar('\n');
}

/* The lost posts by reason, in one line. */
static void print_losses(const struct diff *diff)
{
    const char *before = "lost because: ";

    for (int i = 0; i < LOSSES; i++)
        if (diff->losses[i]) {
            printf("%s%llu %s", before, diff->losses[i], diff_loss_words[i]);
            before = ", ";
        }
    if (diff->totals[LOST])
        putchar('\n');
}

void diff_print(const struct diff *diff)
{
    printf("%llu posts through the rules %.*s, %llu of them compared with what %.*s holds\n", diff->posts,
           SPAN_ARGS(diff->rules), diff->compared, SPAN_ARGS(diff->topic));
    printf("%-34s %9s %9s %9s %9s\n", "", "gained", "lost", "changed", "same");
    printf("%-34s %9llu %9llu %9llu %9llu\n", "posts", diff->totals[GAINED], diff->totals[LOST], diff->totals[CHANGED],
           diff->totals[SAME]);
    print_losses(diff);
    for (size_t i = 0; i < diff->rows_len; i++) {
        if (!i || diff->rows[i].section != diff->rows[i - 1].section)
            puts(diff_section_names[diff->rows[i].section]);
        print_row(&diff->rows[i]);
    }
}

/* --- JSON --- */

static void write_examples(struct buf *out, const struct diff_row *row, enum diff_change change)
{
    buf_format(out, ",\"%s_examples\":[", diff_change_names[change]);
    for (size_t i = 0; i < row->examples_len[change]; i++) {
        buf_put(out, i ? SPAN(",{\"id\":") : SPAN("{\"id\":"));
        json_write_string(out, row->examples[change][i].id);
        write_text(out, "place", row->examples[change][i].place);
        write_text(out, "how", row->examples[change][i].how);
        write_text(out, "text", row->examples[change][i].text);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void write_counts(struct buf *out, const unsigned long long *counts)
{
    for (int change = 0; change < CHANGES; change++)
        buf_format(out, "\"%s\":%llu,", diff_change_names[change], counts[change]);
    out->len--;
}

static void write_losses(struct buf *out, const struct diff *diff)
{
    for (int i = 0; i < LOSSES; i++)
        buf_format(out, "%s\"%s\":%llu", i ? "," : "", diff_loss_names[i], diff->losses[i]);
}

static void write_diff_row(struct buf *out, const struct diff_row *row)
{
    buf_format(out, "{\"section\":\"%s\",\"name\":", diff_section_names[row->section]);
    json_write_string(out, row->name);
    write_text(out, "label", row->label);
    buf_char(out, ',');
    write_counts(out, row->counts);
    for (int change = 0; change < SAME; change++)
        write_examples(out, row, (enum diff_change)change);
    buf_char(out, '}');
}

static void write_range(struct buf *out, const struct range *range)
{
    buf_put(out, SPAN(",\"partitions\":["));
    for (size_t i = 0; i < range->len; i++) {
        const struct piece *piece = &range->at[i];

        buf_put(out, i ? SPAN(",{\"topic\":") : SPAN("{\"topic\":"));
        json_write_string(out, span_of(piece->topic));
        buf_format(out, ",\"partition\":%d,\"start\":%lld,\"end\":%lld}", piece->partition, (long long)piece->start,
                   (long long)piece->end);
    }
    buf_char(out, ']');
}

void diff_write_json(const struct diff *diff, struct buf *out)
{
    buf_put(out, SPAN("{\"rules\":"));
    json_write_string(out, diff->rules);
    write_text(out, "wish", diff->words);
    write_text(out, "topic", diff->topic);
    write_range(out, &diff->range);
    buf_format(out, ",\"posts\":%llu,\"compared\":%llu,\"totals\":{", diff->posts, diff->compared);
    write_counts(out, diff->totals);
    buf_format(out, ",\"without\":%llu},\"lost_because\":{", diff_without(diff));
    write_losses(out, diff);
    buf_put(out, SPAN("},\"rows\":["));
    for (size_t i = 0; i < diff->rows_len; i++) {
        if (i)
            buf_char(out, ',');
        write_diff_row(out, &diff->rows[i]);
    }
    buf_put(out, SPAN("]}\n"));
}
