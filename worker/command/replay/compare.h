/* diff: what the present rules would change in a range, as figures with examples, and the reports of it. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "worker/kafka/range.h"

/* What may differ between two records of one post. */
enum diff_section { IN_RULES, IN_ROUTE, IN_TAG, IN_LIST, IN_FIGURE, IN_SENTIMENT, IN_TIER, SECTIONS };
enum diff_change { GAINED, LOST, CHANGED, SAME, CHANGES };

enum { DIFF_EXAMPLES = 3 };

struct diff_example {
    struct span id;    /* of the post */
    struct span place; /* "posts.raw/3/991" */
    struct span how;   /* "12 -> 15"; empty where the change says all */
    struct span text;  /* the first bytes of the post's; empty: not asked for, or the post is hidden by now */
};

enum { DIFF_TEXT_BYTES = 600 };

/* Why posts have no records any more; X(ID, name, words). */
/* clang-format off */
#define DIFF_LOSSES(X)                                                                                                 \
    X(HIDDEN, "hidden", "hidden by now")                                                                               \
    X(DEAD, "dead-letter", "dead letters now")                                                                         \
    X(NO_ROUTE, "no-route", "no route takes them now")                                                                 \
    X(NO_POST, "no-post", "no posts, such as a like")                                                                  \
    X(NO_ROW, "no-row", "a route takes them and writes nothing, as by-tag without a tag")
/* clang-format on */
#define DIFF_LOSS_ID(id, name, words) LOSS_##id,
enum diff_loss { DIFF_LOSSES(DIFF_LOSS_ID) LOSSES };

/* One line of the reports. */
struct diff_row {
    enum diff_section section;
    struct span name;
    struct span label; /* the tag's in the rules; empty: none */
    unsigned long long counts[CHANGES];
    struct diff_example examples[SAME][DIFF_EXAMPLES]; /* the first ones, each of another post */
    size_t examples_len[SAME];
};

struct diff {
    struct span rules; /* the present ones */
    struct span words; /* the range as it was asked for */
    struct span topic; /* whose records are compared in their parts */
    struct range range;
    struct diff_row *rows;
    size_t rows_len, rows_cap;
    unsigned long long posts;
    unsigned long long totals[CHANGES]; /* posts by what becomes of their records; the others have none */
    unsigned long long losses[LOSSES];  /* of the lost ones, by reason */
    unsigned long long compared;        /* posts with a record of that topic before and after */
};

/* The order of all reports: section by section, the most changed first. */
void diff_sort(struct diff *diff);

unsigned long long diff_row_changes(const struct diff_row *row);

/* Posts without a record before and after: dropped, or dead letters. */
unsigned long long diff_without(const struct diff *diff);

extern const char *const diff_loss_names[LOSSES];
extern const char *const diff_loss_words[LOSSES];
extern const char *const diff_section_names[SECTIONS];
extern const char *const diff_change_names[CHANGES];

void diff_print(const struct diff *diff); /* for a terminal */
void diff_write_json(const struct diff *diff, struct buf *out);
void diff_write_page(const struct diff *diff, struct buf *out); /* HTML that needs nothing else */
