/* Answers: the figures of one tag, and their course. */
#include "worker/trends/sqlite_course.h"

#include <stdlib.h>

struct counting {
    struct tally tally;
    const struct tally_span *span;
};

static bool count_entry(const struct entry *entry, void *context)
{
    struct counting *counting = context;

    tally_add(&counting->tally, counting->span, entry);
    return true;
}

size_t asking_reach(const struct asking *asking, struct reach reach[BURST_WEEK_DAYS])
{
    int64_t at_ms = asking->span.at_ms, from_ms = at_ms - (BURST_DAY_HOURS + 1) * (int64_t)TIME_HOUR_MS;
    size_t len = 0;

    if (asking->span.from_ms < from_ms)
        from_ms = asking->span.from_ms;
    reach[len++] = (struct reach){from_ms, at_ms};
    for (int day = 2; day <= BURST_WEEK_DAYS; day++) {
        int64_t to_ms = at_ms - day * 24 * (int64_t)TIME_HOUR_MS, start_ms = to_ms - TIME_HOUR_MS;

        if (to_ms > from_ms)
            to_ms = from_ms;
        if (start_ms < to_ms)
            reach[len++] = (struct reach){start_ms, to_ms};
    }
    return len;
}

static bool scan_reach(const struct asking *asking, int64_t tag, struct counting *counting, struct err *err)
{
    struct reach reach[BURST_WEEK_DAYS];
    size_t len = asking_reach(asking, reach);

    if (!asking_keep(asking, tag, reach[0].from_ms, reach[0].to_ms, err))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!asking_scan(asking, tag, reach[i].from_ms, reach[i].to_ms, count_entry, counting, err))
            return false;
    return true;
}

static int by_segment_size(const void *left, const void *right)
{
    const struct segment_share *a = left, *b = right;

    if (a->share.posts != b->share.posts)
        return a->share.posts > b->share.posts ? -1 : 1;
    return span_compare(a->segment, b->segment);
}

bool asking_name_segments(const struct asking *asking, const struct tally *tally, struct trend *trend, struct err *err)
{
    size_t len = tally->segments_len;

    trend->segments = arena_zero(asking->mem, (len + 1) * sizeof *trend->segments);
    trend->segments_len = len;
    for (size_t i = 0; i < len; i++) {
        if (!sqlite_name_text(asking->store, tally->segments[i].segment, asking->mem, &trend->segments[i].segment, err))
            return false;
        trend->segments[i].label = trend->segments[i].segment;
        trend->segments[i].share.posts = tally->segments[i].posts;
    }
    qsort(trend->segments, len, sizeof *trend->segments, by_segment_size);
    shares_of(&trend->segments->share, len, sizeof *trend->segments);
    return true;
}

void asking_begin_trend(const struct asking *asking, struct span tag, struct trend *trend)
{
    *trend =
        (struct trend){.tag = tag, .label = tag, .at_ms = asking->span.at_ms, .window_ms = asking->question->window_ms};
}

bool ask_tag(struct asking *asking, struct trend *trend, struct err *err)
{
    struct counting counting = {{.mem = asking->mem}, &asking->span};
    int64_t tag, all;

    asking_begin_trend(asking, asking->question->tag, trend);
    if (!asking_tag(asking, &tag, err) || !asking_count_posts(asking, &all, err))
        return false;
    if (tag != NAME_NONE && !asking->matches_none && !scan_reach(asking, tag, &counting, err))
        return false;
    tally_trend(&counting.tally, trend);
    trend->voice = voice_of(trend->posts, all);
    trend->is_known = tag != NAME_NONE;
    if (asking->question->is_ranked && tag != NAME_NONE && !asking_rank(asking, tag, &trend->rank, err))
        return false;
    return asking_name_segments(asking, &counting.tally, trend, err);
}

/* --- the course of a tag --- */

static void end_point(struct course *course)
{
    struct point *point = &course->series->points[course->point];

    point->posts = course->tally.posts;
    point->authors = tally_distinct(&course->tally, &course->tally.authors);
    memcpy(point->sentiment, course->tally.sentiment, sizeof point->sentiment);
    tally_clear(&course->tally);
}

void course_begin(const struct asking *asking, struct span tag, struct series *series)
{
    int64_t window_ms = asking->question->window_ms, step_ms = series_step(window_ms);

    *series = (struct series){.tag = tag,
                              .from_ms = asking->span.from_ms,
                              .to_ms = asking->span.to_ms,
                              .step_ms = step_ms,
                              .len = (size_t)((window_ms + step_ms - 1) / step_ms)};
    series->points = arena_zero(asking->mem, series->len * sizeof *series->points);
    for (size_t i = 0; i < series->len; i++)
        series->points[i].from_ms = series->from_ms + (int64_t)i * step_ms;
}

void course_add(struct course *course, const struct entry *entry)
{
    size_t point = (size_t)((entry->time_ms - course->series->from_ms - 1) / course->series->step_ms);

    if (!tally_wants(course->span, entry))
        return;
    if (entry->kind == KIND_REPOST) {
        course->series->points[point].reposts++;
        return;
    }
    if (point != course->point) {
        end_point(course);
        course->point = point;
    }
    tally_add(&course->tally, course->span, entry);
}

void course_end(struct course *course)
{
    end_point(course);
}

static bool add_to_course(const struct entry *entry, void *context)
{
    course_add(context, entry);
    return true;
}

bool ask_series(struct asking *asking, struct series *series, struct err *err)
{
    struct course course = {series, &asking->span, {.mem = asking->mem}, 0};
    int64_t tag;

    if (!asking_tag(asking, &tag, err))
        return false;
    course_begin(asking, asking->question->tag, series);
    if (tag != NAME_NONE && !asking->matches_none
        && (!asking_keep(asking, tag, series->from_ms, series->to_ms, err)
            || !asking_scan(asking, tag, series->from_ms, series->to_ms, add_to_course, &course, err)))
        return false;
    course_end(&course);
    return true;
}
