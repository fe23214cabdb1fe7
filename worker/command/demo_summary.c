#include "worker/command/demo_summary.h"
#include "common/json.h"
#include "common/term.h"
#include "common/time.h"
#include "worker/enrich/enrich.h"

#include <stdlib.h>

enum { TOP_TAGS = 12, TOP_POSTS = 5, TOP_SEGMENTS = 6, BAR = 30, DEPTH = 64, JAPAN_MINUTES = 9 * 60 };

/* One post as the rows tell it: of each kind of row the greatest (as_of, offset) holds. */
struct story {
    struct span id;
    struct span text, segment, lang, sentiment;
    struct spans tags;
    bool has_text, is_repost, hidden;
    int64_t text_as_of, text_offset, hide_as_of, hide_offset;
    int64_t reposts, reposts_as_of; /* of the subject, whoever reported them */
};

struct summary_row {
    struct span name;
    size_t count;
};

struct summary {
    const struct ruleset *rules;
    struct arena *mem;
    size_t events, dead_len;
    struct story *stories;
    size_t stories_len, stories_cap;
    struct summary_row *faults; /* with the first reason of each */
    struct span *reasons;
    size_t faults_len;
    bool colour;
};

struct summary *summary_new(const struct ruleset *rules, struct arena *mem)
{
    struct summary *summary = arena_zero(mem, sizeof *summary);

    summary->rules = rules;
    summary->mem = mem;
    summary->faults = arena_zero(mem, FAULTS * sizeof *summary->faults);
    summary->reasons = arena_zero(mem, FAULTS * sizeof *summary->reasons);
    return summary;
}

void summary_event(struct summary *summary)
{
    summary->events++;
}

void summary_dead(struct summary *summary, struct span fault, struct span why)
{
    size_t i = 0;

    summary->dead_len++;
    while (i < summary->faults_len && !span_equal(summary->faults[i].name, fault))
        i++;
    if (i == FAULTS)
        return;
    if (i == summary->faults_len) {
        summary->faults[summary->faults_len++] = (struct summary_row){span_keep(fault, summary->mem), 0};
        summary->reasons[i] = span_keep(why, summary->mem);
    }
    summary->faults[i].count++;
}

/* --- reading rows --- */

static struct story *story_of(struct summary *summary, struct span id)
{
    for (size_t i = 0; i < summary->stories_len; i++)
        if (span_equal(summary->stories[i].id, id))
            return &summary->stories[i];
    summary->stories = arena_room(summary->mem, summary->stories, summary->stories_len, &summary->stories_cap,
                                  sizeof *summary->stories);
    struct story *story = &summary->stories[summary->stories_len++];
    *story = (struct story){
        .id = id,
        .text_as_of = INT64_MIN,
        .hide_as_of = INT64_MIN,
        .reposts_as_of = INT64_MIN,
        .reposts = COUNT_UNKNOWN,
    };
    return story;
}

static struct span text_of(const struct value *row, const char *name)
{
    const struct value *value = json_get(row, span_of(name));

    return value && value->type == VALUE_STRING ? value->string : (struct span){0};
}

static int64_t int_of(const struct value *row, const char *name, int64_t otherwise)
{
    const struct value *value = row ? json_get(row, span_of(name)) : NULL;

    return value && value->type == VALUE_INT ? value->integer : otherwise;
}

static bool is_later(int64_t as_of, int64_t offset, int64_t than_as_of, int64_t than_offset)
{
    return as_of > than_as_of || (as_of == than_as_of && offset >= than_offset);
}

static struct spans tags_of(const struct value *row, struct arena *mem)
{
    const struct value *tags = json_get(row, SPAN("tags"));
    struct spans out = {0};

    if (!tags || tags->type != VALUE_LIST)
        return out;
    out.at = arena_take(mem, tags->len * sizeof *out.at);
    for (uint32_t i = 0; i < tags->len; i++)
        out.at[out.len++] = tags->items[i].string;
    return out;
}

static void take_hide(struct story *story, bool hidden, int64_t as_of, int64_t offset)
{
    if (!is_later(as_of, offset, story->hide_as_of, story->hide_offset))
        return;
    story->hidden = hidden;
    story->hide_as_of = as_of;
    story->hide_offset = offset;
}

static void take_text(struct summary *summary, struct story *story, const struct value *row, int64_t as_of,
                      int64_t offset)
{
    if (!json_get(row, SPAN("text")) || !is_later(as_of, offset, story->text_as_of, story->text_offset))
        return;
    story->has_text = true;
    story->text = text_of(row, "text");
    story->segment = text_of(row, "segment");
    story->lang = text_of(row, "lang");
    story->sentiment = text_of(row, "sentiment");
    story->tags = tags_of(row, summary->mem);
    story->is_repost = text_of(row, "repost_of").len > 0;
    story->text_as_of = as_of;
    story->text_offset = offset;
}

static void take_reposts(struct story *subject, int64_t reposts, int64_t as_of)
{
    if (reposts == COUNT_UNKNOWN || as_of < subject->reposts_as_of)
        return;
    subject->reposts = reposts;
    subject->reposts_as_of = as_of;
}

void summary_row(struct summary *summary, struct span json)
{
    struct value row;
    struct span why;

    if (json_read(json, DEPTH, summary->mem, &row, &why) != JSON_OK)
        return;
    const struct value *hidden = json_get(&row, SPAN("hidden"));
    int64_t as_of = int_of(&row, "as_of", INT64_MIN);
    int64_t offset = int_of(json_get(&row, SPAN("source")), "offset", -1);
    struct story *story = story_of(summary, text_of(&row, "id"));
    if (hidden) {
        take_hide(story, hidden->truth, as_of, offset);
        return;
    }
    take_text(summary, story, &row, as_of, offset);
    take_reposts(story_of(summary, text_of(&row, "subject")), int_of(&row, "reposts", COUNT_UNKNOWN), as_of);
}

/* --- printing --- */

static bool is_shown(const struct story *story)
{
    return story->has_text && !story->hidden;
}

static const char *paint(const struct summary *summary, const char *code)
{
    return summary->colour ? code : "";
}

#define BOLD(summary)  paint(summary, "\033[1m")
#define DIM(summary)   paint(summary, "\033[2m")
#define CYAN(summary)  paint(summary, "\033[36m")
#define RESET(summary) paint(summary, "\033[0m")

static void title(const struct summary *summary, const char *text, FILE *out)
{
    fprintf(out, "\n%s%s%s\n", BOLD(summary), text, RESET(summary));
}

static void bar(const struct summary *summary, size_t count, size_t most, FILE *out)
{
    size_t len = most ? (count * BAR + most - 1) / most : 0;

    fputs(CYAN(summary), out);
    for (size_t i = 0; i < len; i++)
        fputs("█", out);
    fputs(RESET(summary), out);
}

static void add_tally(struct summary_row *tallies, size_t *len, struct span name)
{
    size_t i = 0;

    while (i < *len && !span_equal(tallies[i].name, name))
        i++;
    if (i == *len)
        tallies[(*len)++] = (struct summary_row){name, 0};
    tallies[i].count++;
}

static int by_count(const void *left, const void *right)
{
    const struct summary_row *a = left, *b = right;

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return span_compare(a->name, b->name);
}

static void print_tallies(const struct summary *summary, struct summary_row *tallies, size_t len, size_t top,
                          struct span (*label)(const struct summary *, struct span), FILE *out)
{
    if (len)
        qsort(tallies, len, sizeof *tallies, by_count);
    for (size_t i = 0; i < len && i < top; i++) {
        fputs("  ", out);
        term_pad(term_line(label(summary, tallies[i].name), 29, summary->mem), 30, out);
        fprintf(out, "%5zu  ", tallies[i].count);
        bar(summary, tallies[i].count, tallies[0].count, out);
        fputc('\n', out);
    }
}

/* "レアアース (rare-earth)" */
static struct span label_tag(const struct summary *summary, struct span tag)
{
    struct span label = tag_label(summary->rules->settings[ENRICHER_tags], tag, SPAN("ja"));

    return span_equal(label, tag) ? tag : span_format(summary->mem, "%.*s (%.*s)", SPAN_ARGS(label), SPAN_ARGS(tag));
}

static struct span label_segment(const struct summary *summary, struct span segment)
{
    return segment_label(summary->rules->settings[ENRICHER_segments], segment);
}

static size_t tags_in(const struct summary *summary)
{
    size_t count = 0;

    for (size_t i = 0; i < summary->stories_len; i++)
        count += summary->stories[i].tags.len;
    return count;
}

static void print_tags(const struct summary *summary, FILE *out)
{
    struct summary_row *tallies = arena_zero(summary->mem, tags_in(summary) * sizeof *tallies);
    size_t len = 0;

    for (size_t i = 0; i < summary->stories_len; i++)
        for (size_t j = 0; is_shown(&summary->stories[i]) && j < summary->stories[i].tags.len; j++)
            add_tally(tallies, &len, summary->stories[i].tags.at[j]);
    title(summary, "What the posts speak of", out);
    print_tallies(summary, tallies, len, TOP_TAGS, label_tag, out);
}

static void print_segments(const struct summary *summary, FILE *out)
{
    struct summary_row *tallies = arena_zero(summary->mem, summary->stories_len * sizeof *tallies);
    size_t len = 0;

    for (size_t i = 0; i < summary->stories_len; i++)
        if (is_shown(&summary->stories[i]) && summary->stories[i].segment.len)
            add_tally(tallies, &len, summary->stories[i].segment);
    title(summary, "Who writes", out);
    print_tallies(summary, tallies, len, TOP_SEGMENTS, label_segment, out);
}

/* "21 positive (35%), …": shares of the posts that have a sentiment, a repost being no post of its own. */
static void print_sentiment(const struct summary *summary, FILE *out)
{
    size_t counts[SENTIMENTS] = {0}, all = 0;

    for (size_t i = 0; i < summary->stories_len; i++)
        for (int j = 0; is_shown(&summary->stories[i]) && !summary->stories[i].is_repost && j < SENTIMENTS; j++) {
            bool is = span_equal(summary->stories[i].sentiment, span_of(sentiment_names[j]));

            counts[j] += is;
            all += is;
        }
    title(summary, "How they speak", out);
    for (int j = 0; j < SENTIMENTS; j++) {
        fprintf(out, "  %-10s %5zu  %3zu%%  ", sentiment_names[j], counts[j],
                all ? (counts[j] * 100 + all / 2) / all : 0);
        bar(summary, counts[j], all, out);
        fputc('\n', out);
    }
}

static int by_reposts(const void *left, const void *right)
{
    const struct story *a = *(const struct story *const *)left, *b = *(const struct story *const *)right;

    if (a->reposts != b->reposts)
        return a->reposts < b->reposts ? 1 : -1;
    return span_compare(a->id, b->id);
}

static void print_post(const struct summary *summary, const struct story *story, FILE *out)
{
    fprintf(out, "  %s%6lld RP%s  %.*s\n", BOLD(summary), (long long)story->reposts, RESET(summary),
            SPAN_ARGS(term_line(story->text, TERM_WIDTH - 13, summary->mem)));
    fprintf(out, "             %sas of %.*s, post %.*s%s\n", DIM(summary),
            SPAN_ARGS(time_format(story->reposts_as_of, JAPAN_MINUTES, summary->mem)), SPAN_ARGS(story->id),
            RESET(summary));
}

static void print_posts(const struct summary *summary, FILE *out)
{
    const struct story **ranked = arena_take(summary->mem, summary->stories_len * sizeof *ranked);
    size_t len = 0;

    for (size_t i = 0; i < summary->stories_len; i++) {
        const struct story *story = &summary->stories[i];

        if (is_shown(story) && !story->is_repost && story->reposts > 0)
            ranked[len++] = story;
    }
    if (len)
        qsort(ranked, len, sizeof *ranked, by_reposts);
    title(summary, "Most reposted (counts hold at the time shown, Japan's)", out);
    for (size_t i = 0; i < len && i < TOP_POSTS; i++)
        print_post(summary, ranked[i], out);
}

static void print_dead(const struct summary *summary, FILE *out)
{
    title(summary, "Dead letters", out);
    for (size_t i = 0; i < summary->faults_len; i++)
        fprintf(out, "  %-14.*s %3zu  %s%.*s%s\n", SPAN_ARGS(summary->faults[i].name), summary->faults[i].count,
                DIM(summary), SPAN_ARGS(term_line(summary->reasons[i], TERM_WIDTH - 22, summary->mem)), RESET(summary));
}

static size_t hidden_in(const struct summary *summary)
{
    size_t count = 0;

    for (size_t i = 0; i < summary->stories_len; i++)
        count += summary->stories[i].hidden;
    return count;
}

void summary_print(struct summary *summary, struct summary_run run, FILE *out)
{
    summary->colour = term_has_colour(out);
    print_tags(summary, out);
    print_posts(summary, out);
    print_sentiment(summary, out);
    print_segments(summary, out);
    print_dead(summary, out);
    fprintf(out, "\nRead, enriched and committed exactly once by %d %s in %.2f s: %.0f posts a second.\n", run.lanes,
            run.lanes == 1 ? "lane" : "lanes", (double)run.took_ms / 1000,
            (double)run.posts * 1000 / (double)(run.took_ms ? run.took_ms : 1));
    fprintf(out, "%zu posts, %zu events, %zu dead letters, %zu hidden\n", run.posts, summary->events, summary->dead_len,
            hidden_in(summary));
}
