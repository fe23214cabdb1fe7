#include "common/decimal.h"
#include "common/json.h"
#include "worker/trends/answer.h"

enum { PUBLISHED_VERSION = 1 };

const char *const answer_sentiments[ROW_SENTIMENTS] = {"positive", "neutral", "negative", "unknown"};

/* --- members: each with a comma before it, but the first of an object --- */

static void write_name(struct buf *out, const char *name)
{
    if (out->at[out->len - 1] != '{')
        buf_char(out, ',');
    buf_char(out, '"');
    buf_put(out, span_of(name));
    buf_put(out, SPAN("\":"));
}

static void write_text(struct buf *out, const char *name, struct span text)
{
    if (!text.len)
        return;
    write_name(out, name);
    json_write_string(out, text);
}

static void write_int(struct buf *out, const char *name, int64_t value)
{
    write_name(out, name);
    buf_int(out, value);
}

static void write_known(struct buf *out, const char *name, int64_t value, int64_t unknown)
{
    if (value != unknown)
        write_int(out, name, value);
}

static void write_decimal(struct buf *out, const char *name, int128 value)
{
    write_name(out, name);
    buf_decimal(out, value);
}

static void write_strings(struct buf *out, const char *name, struct spans strings)
{
    write_name(out, name);
    json_write_strings(out, strings);
}

static void write_next(struct buf *out, const struct cursor *next)
{
    if (next->is_set)
        write_text(out, "next", cursor_write(next, out->mem));
}

/* --- trends --- */

/* One decimal always: 100.0 */
static void write_share(struct buf *out, const struct share *share)
{
    write_int(out, "posts", share->posts);
    if (share->thousandths < 0)
        return;
    write_name(out, "share");
    buf_format(out, "%lld.%lld", (long long)(share->thousandths / 10), (long long)(share->thousandths % 10));
}

static void write_sentiment(struct buf *out, const struct share *shares)
{
    write_name(out, "sentiment");
    buf_char(out, '{');
    for (int i = 0; i < ROW_SENTIMENTS; i++) {
        write_name(out, answer_sentiments[i]);
        buf_char(out, '{');
        write_share(out, &shares[i]);
        buf_char(out, '}');
    }
    buf_char(out, '}');
}

static void write_segment(struct buf *out, const struct segment_share *segment)
{
    buf_char(out, '{');
    write_text(out, "segment", segment->segment);
    write_text(out, "label", segment->label);
    write_share(out, &segment->share);
}

static void write_segments(struct buf *out, const struct trend *trend)
{
    write_name(out, "segments");
    buf_char(out, '[');
    for (size_t i = 0; i < trend->segments_len; i++) {
        if (i)
            buf_char(out, ',');
        write_segment(out, &trend->segments[i]);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void write_burst(struct buf *out, const struct burst *burst)
{
    write_name(out, "burst");
    buf_char(out, '{');
    if (burst->has_score)
        write_decimal(out, "score", burst->score);
    write_int(out, "authors_hour", burst->authors_hour);
    write_decimal(out, "mean_day", burst->mean_day);
    write_decimal(out, "mean_week", burst->mean_week);
    buf_char(out, '}');
}

static void write_trend(struct buf *out, const struct trend *trend, bool with_segments)
{
    buf_char(out, '{');
    write_text(out, "tag", trend->tag);
    write_text(out, "label", trend->label);
    write_int(out, "at", trend->at_ms);
    write_int(out, "window", trend->window_ms);
    write_int(out, "posts", trend->posts);
    write_int(out, "reposts", trend->reposts);
    write_int(out, "authors", trend->authors);
    write_int(out, "authors_unknown", trend->authors_unknown);
    write_sentiment(out, trend->sentiment);
    if (with_segments)
        write_segments(out, trend);
    if (trend->segments_len) {
        write_name(out, "main_segment");
        write_segment(out, trend->segments);
        write_int(out, "base", trend->segments_base);
        buf_char(out, '}');
    }
    write_burst(out, &trend->burst);
    if (trend->voice >= 0)
        write_decimal(out, "share_of_voice", trend->voice);
    buf_char(out, '}');
}

void answer_json_tag(struct buf *out, const struct trend *trend)
{
    write_trend(out, trend, true);
}

void answer_json_tags(struct buf *out, const struct trend_list *list)
{
    buf_char(out, '{');
    write_int(out, "at", list->at_ms);
    write_int(out, "window", list->window_ms);
    write_text(out, "sort", span_of(tag_sort_names[list->sort]));
    write_name(out, "tags");
    buf_char(out, '[');
    for (size_t i = 0; i < list->len; i++) {
        if (i)
            buf_char(out, ',');
        write_trend(out, &list->tags[i], false);
    }
    buf_char(out, ']');
    write_next(out, &list->next);
    buf_char(out, '}');
}

/* --- posts --- */

static void write_counts(struct buf *out, const struct observation *seen)
{
    for (int i = 0; i < COUNTS; i++)
        write_known(out, count_names[i], seen->counts[i], COUNT_UNKNOWN);
}

/* Without its last brace. */
static void write_post(struct buf *out, const struct trend_post *post)
{
    buf_char(out, '{');
    write_text(out, "network", post->network);
    write_text(out, "id", post->id);
    write_known(out, "created", post->created_ms, TIME_UNKNOWN);
    write_known(out, "as_of", post->seen.as_of_ms, TIME_UNKNOWN);
    write_text(out, "author", post->author);
    write_text(out, "handle", post->handle);
    write_text(out, "lang", post->lang);
    write_text(out, "segment", post->segment);
    if (post->sentiment != ROW_UNKNOWN)
        write_text(out, "sentiment", span_of(answer_sentiments[post->sentiment]));
    write_text(out, "url", post->url);
    if (post->has_text) {
        write_name(out, "text");
        json_write_string(out, post->text);
    }
    if (post->has_tags)
        write_strings(out, "tags", post->tags);
    if (post->has_hashtags)
        write_strings(out, "hashtags", post->hashtags);
    write_counts(out, &post->seen);
    if (post->per_hour >= 0)
        write_decimal(out, "per_hour", post->per_hour);
}

void answer_json_posts(struct buf *out, const struct post_list *list)
{
    buf_char(out, '{');
    write_text(out, "tag", list->tag);
    write_int(out, "at", list->at_ms);
    write_int(out, "window", list->window_ms);
    write_text(out, "sort", span_of(post_sort_names[list->sort]));
    write_name(out, "posts");
    buf_char(out, '[');
    for (size_t i = 0; i < list->len; i++) {
        if (i)
            buf_char(out, ',');
        write_post(out, &list->posts[i]);
        buf_char(out, '}');
    }
    buf_char(out, ']');
    write_next(out, &list->next);
    buf_char(out, '}');
}

void answer_json_post(struct buf *out, const struct post_history *history)
{
    write_post(out, &history->post);
    write_name(out, "seen");
    buf_char(out, '[');
    for (size_t i = 0; i < history->len; i++) {
        if (i)
            buf_char(out, ',');
        buf_char(out, '{');
        write_int(out, "as_of", history->seen[i].as_of_ms);
        write_counts(out, &history->seen[i]);
        buf_char(out, '}');
    }
    buf_put(out, SPAN("]}"));
}

/* --- the course of a tag --- */

static void write_point(struct buf *out, const struct point *point)
{
    buf_char(out, '{');
    write_int(out, "from", point->from_ms);
    write_int(out, "posts", point->posts);
    write_int(out, "reposts", point->reposts);
    write_int(out, "authors", point->authors);
    for (int i = 0; i < ROW_SENTIMENTS; i++)
        write_int(out, answer_sentiments[i], point->sentiment[i]);
    buf_char(out, '}');
}

void answer_json_series(struct buf *out, const struct series *series)
{
    buf_char(out, '{');
    write_text(out, "tag", series->tag);
    write_int(out, "from", series->from_ms);
    write_int(out, "to", series->to_ms);
    write_int(out, "step", series->step_ms);
    write_name(out, "points");
    buf_char(out, '[');
    for (size_t i = 0; i < series->len; i++) {
        if (i)
            buf_char(out, ',');
        write_point(out, &series->points[i]);
    }
    buf_put(out, SPAN("]}"));
}

/* --- related tags --- */

static void write_related(struct buf *out, const struct related_tag *tag)
{
    buf_char(out, '{');
    write_text(out, "tag", tag->tag);
    write_text(out, "label", tag->label);
    write_share(out, &tag->share);
    buf_char(out, '}');
}

void answer_json_related(struct buf *out, const struct related_list *list)
{
    buf_char(out, '{');
    write_text(out, "tag", list->tag);
    write_int(out, "at", list->at_ms);
    write_int(out, "window", list->window_ms);
    write_int(out, "posts", list->posts);
    write_name(out, "related");
    buf_char(out, '[');
    for (size_t i = 0; i < list->len; i++) {
        if (i)
            buf_char(out, ',');
        write_related(out, &list->tags[i]);
    }
    buf_put(out, SPAN("]}"));
}

/* --- the record of a tag and a step --- */

static void write_id(struct buf *out, const struct trend_post *post)
{
    buf_char(out, '{');
    write_text(out, "network", post->network);
    write_text(out, "id", post->id);
    buf_char(out, '}');
}

void answer_json_published(struct buf *out, const struct trend *trend, size_t rank, const struct post_list *posts)
{
    buf_char(out, '{');
    write_int(out, "v", PUBLISHED_VERSION);
    write_text(out, "tag", trend->tag);
    write_text(out, "label", trend->label);
    write_int(out, "at", trend->at_ms);
    write_int(out, "window", trend->window_ms);
    write_int(out, "rank", (int64_t)rank);
    write_int(out, "posts", trend->posts);
    write_int(out, "reposts", trend->reposts);
    write_int(out, "authors", trend->authors);
    write_int(out, "authors_unknown", trend->authors_unknown);
    write_sentiment(out, trend->sentiment);
    write_burst(out, &trend->burst);
    if (trend->voice >= 0)
        write_decimal(out, "share_of_voice", trend->voice);
    write_name(out, "ids");
    buf_char(out, '[');
    for (size_t i = 0; i < posts->len; i++) {
        if (i)
            buf_char(out, ',');
        write_id(out, &posts->posts[i]);
    }
    buf_put(out, SPAN("]}"));
}
