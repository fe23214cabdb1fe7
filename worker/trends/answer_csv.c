#include "common/decimal.h"
#include "worker/trends/answer.h"

/* A field as RFC 4180 has it: in quotes where it holds one, a comma or a line break. A leading = + - @ is a formula to
 * spreadsheets: such a text gets a ' before it. */
static void put_text(struct buf *out, struct span text)
{
    bool quoted = false, is_formula = text.len && strchr("=+-@\t\r", text.at[0]);

    for (size_t i = 0; i < text.len; i++)
        quoted |= text.at[i] == '"' || text.at[i] == ',' || text.at[i] == '\n' || text.at[i] == '\r';
    if (quoted)
        buf_char(out, '"');
    if (is_formula)
        buf_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"')
            buf_char(out, '"');
        buf_char(out, text.at[i]);
    }
    if (quoted)
        buf_char(out, '"');
}

static void add_text(struct buf *out, struct span text)
{
    put_text(out, text);
    buf_char(out, ',');
}

static void add_int(struct buf *out, int64_t value)
{
    buf_int(out, value);
    buf_char(out, ',');
}

static void add_known(struct buf *out, int64_t value, int64_t unknown)
{
    if (value != unknown)
        buf_int(out, value);
    buf_char(out, ',');
}

static void add_decimal(struct buf *out, int128 value, bool is_known)
{
    if (is_known)
        buf_decimal(out, value);
    buf_char(out, ',');
}

static void add_thousandths(struct buf *out, int64_t value)
{
    if (value >= 0)
        buf_format(out, "%lld.%lld", (long long)(value / 10), (long long)(value % 10));
    buf_char(out, ',');
}

/* Instead of the last comma. */
static void end_line(struct buf *out)
{
    out->len--;
    buf_put(out, SPAN("\r\n"));
}

void answer_csv_tags(struct buf *out, const struct trend *tags, size_t len)
{
    buf_put(out, SPAN("tag,label,at,window,posts,reposts,authors,authors_unknown,"
                      "positive,positive_share,neutral,neutral_share,negative,negative_share,unknown,unknown_share,"
                      "main_segment,main_segment_share,main_segment_base,burst,authors_hour,mean_day,mean_week,"
                      "share_of_voice\r\n"));
    for (size_t i = 0; i < len; i++) {
        const struct trend *it = &tags[i];
        const int64_t numbers[] = {it->at_ms, it->window_ms, it->posts, it->reposts, it->authors, it->authors_unknown};

        add_text(out, it->tag);
        add_text(out, it->label);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
            add_int(out, numbers[k]);
        for (int k = 0; k < ROW_SENTIMENTS; k++) {
            add_int(out, it->sentiment[k].posts);
            add_thousandths(out, it->sentiment[k].thousandths);
        }
        add_text(out, it->segments_len ? it->segments->segment : (struct span){0});
        add_thousandths(out, it->segments_len ? it->segments->share.thousandths : -1);
        add_int(out, it->segments_base);
        add_decimal(out, it->burst.score, it->burst.has_score);
        add_int(out, it->burst.authors_hour);
        add_decimal(out, it->burst.mean_day, true);
        add_decimal(out, it->burst.mean_week, true);
        add_decimal(out, it->voice, it->voice >= 0);
        end_line(out);
    }
}

static void add_counts(struct buf *out, const struct observation *seen)
{
    for (int i = 0; i < COUNTS; i++)
        add_known(out, seen->counts[i], COUNT_UNKNOWN);
}

static void add_list(struct buf *out, struct spans strings)
{
    struct buf joined = buf_in(out->mem);

    for (size_t i = 0; i < strings.len; i++) {
        if (i)
            buf_char(&joined, ' ');
        buf_put(&joined, strings.at[i]);
    }
    add_text(out, buf_span(&joined));
}

static void add_post(struct buf *out, const struct trend_post *post)
{
    add_text(out, post->network);
    add_text(out, post->id);
    add_known(out, post->created_ms, TIME_UNKNOWN);
    add_known(out, post->seen.as_of_ms, TIME_UNKNOWN);
    add_text(out, post->author);
    add_text(out, post->handle);
    add_text(out, post->lang);
    add_text(out, post->segment);
    add_text(out, post->sentiment == ROW_UNKNOWN ? (struct span){0} : span_of(answer_sentiments[post->sentiment]));
    add_text(out, post->url);
    add_text(out, post->text);
    add_list(out, post->tags);
    add_list(out, post->hashtags);
    add_counts(out, &post->seen);
    add_decimal(out, post->per_hour, post->per_hour >= 0);
    end_line(out);
}

void answer_csv_posts(struct buf *out, const struct post_list *list)
{
    buf_put(out, SPAN("network,id,created,as_of,author,handle,lang,segment,sentiment,url,text,tags,hashtags,"
                      "reposts,quotes,replies,likes,bookmarks,views,per_hour\r\n"));
    for (size_t i = 0; i < list->len; i++)
        add_post(out, &list->posts[i]);
}

void answer_csv_post(struct buf *out, const struct post_history *history)
{
    buf_put(out, SPAN("as_of,reposts,quotes,replies,likes,bookmarks,views\r\n"));
    for (size_t i = 0; i < history->len; i++) {
        add_int(out, history->seen[i].as_of_ms);
        add_counts(out, &history->seen[i]);
        end_line(out);
    }
}

void answer_csv_series(struct buf *out, const struct series *series)
{
    buf_put(out, SPAN("from,posts,reposts,authors,positive,neutral,negative,unknown\r\n"));
    for (size_t i = 0; i < series->len; i++) {
        const struct point *it = &series->points[i];

        add_int(out, it->from_ms);
        add_int(out, it->posts);
        add_int(out, it->reposts);
        add_int(out, it->authors);
        for (int k = 0; k < ROW_SENTIMENTS; k++)
            add_int(out, it->sentiment[k]);
        end_line(out);
    }
}

void answer_csv_related(struct buf *out, const struct related_list *list)
{
    buf_put(out, SPAN("tag,label,posts,share\r\n"));
    for (size_t i = 0; i < list->len; i++) {
        add_text(out, list->tags[i].tag);
        add_text(out, list->tags[i].label);
        add_int(out, list->tags[i].share.posts);
        add_thousandths(out, list->tags[i].share.thousandths);
        end_line(out);
    }
}
