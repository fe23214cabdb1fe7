#include "worker/trends/page/markup.h"
#include "common/uri.h"
#include "worker/enrich/enrich.h"
#include "worker/text/html.h"

#include <stdio.h>
#include <time.h>

/* --- words --- */

#define WORD_ROW(id, ja, en) {ja, en},
static const char *const words[PAGE_WORD_COUNT][PAGE_LANGUAGES] = {PAGE_WORDS(WORD_ROW)};

struct span page_word(const struct page_context *page, enum page_word word)
{
    return span_of(words[word][page->language]);
}

void page_say(struct buf *out, const struct page_context *page, enum page_word word, const struct span *parts,
              size_t len)
{
    for (const char *at = words[word][page->language]; *at; at++) {
        size_t part = at[0] == '{' && at[1] >= '1' && at[1] <= '4' && at[2] == '}' ? (size_t)(at[1] - '1') : len;

        if (part < len) {
            buf_put(out, parts[part]);
            at += 2;
        } else {
            buf_char(out, *at);
        }
    }
}

struct span page_saying(struct arena *mem, const struct page_context *page, enum page_word word,
                        const struct span *parts, size_t len)
{
    struct buf out = buf_in(mem);

    page_say(&out, page, word, parts, len);
    return buf_span(&out);
}

struct span page_sentiment(const struct page_context *page, int sentiment)
{
    static const enum page_word names[ROW_SENTIMENTS] = {[ROW_POSITIVE] = WORD_POSITIVE,
                                                         [ROW_NEUTRAL] = WORD_NEUTRAL,
                                                         [ROW_NEGATIVE] = WORD_NEGATIVE,
                                                         [ROW_UNKNOWN] = WORD_UNKNOWN};

    return page_word(page, names[sentiment]);
}

/* --- values --- */

struct span page_text(struct span text, struct arena *mem)
{
    struct buf out = buf_in(mem);

    html_write(&out, text);
    return buf_span(&out);
}

struct span page_name(struct span text, struct arena *mem)
{
    return span_joined(mem, SPAN("<bdi>"), page_text(text, mem), SPAN("</bdi>"));
}

/* U+2068 and U+2069: an override within ends there. */
struct span page_plain(struct span text, struct arena *mem)
{
    return span_joined(mem, SPAN("\u2068"), page_text(text, mem), SPAN("\u2069"));
}

struct span page_count(int64_t count, struct arena *mem)
{
    struct buf out = buf_in(mem);
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)count);

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            buf_char(&out, ',');
        buf_char(&out, digits[i]);
    }
    return buf_span(&out);
}

struct span page_figure(int128 decimal, struct arena *mem)
{
    int128 size = decimal < 0 ? -decimal : decimal, tenths = (size * 10 + DECIMAL_ONE / 2) / DECIMAL_ONE;
    struct span whole = page_count((int64_t)(tenths / 10), mem);

    return span_format(mem, "%s%.*s.%d", decimal < 0 && tenths ? "−" : "", SPAN_ARGS(whole), (int)(tenths % 10));
}

struct span page_percent(int64_t thousandths, struct arena *mem)
{
    if (thousandths < 0)
        return SPAN("–");
    return span_format(mem, "%lld.%lld%%", (long long)(thousandths / 10), (long long)(thousandths % 10));
}

struct span page_duration(const struct page_context *page, int64_t ms, struct arena *mem)
{
    int64_t day_ms = 24 * (int64_t)TIME_HOUR_MS;
    enum page_word word = WORD_MINUTES;
    int64_t unit_ms = TIME_MINUTE_MS;

    if (ms == TIME_HOUR_MS)
        return page_word(page, WORD_HOUR);
    if (ms % day_ms == 0 && ms > day_ms) {
        word = WORD_DAYS;
        unit_ms = day_ms;
    } else if (ms % TIME_HOUR_MS == 0) {
        word = WORD_HOURS;
        unit_ms = TIME_HOUR_MS;
    }
    return page_saying(mem, page, word, (const struct span[]){page_count(ms / unit_ms, mem)}, 1);
}

struct span page_instant(int64_t ms, struct arena *mem)
{
    int64_t of_second = (ms % 1000 + 1000) % 1000;
    time_t seconds = (time_t)((ms - of_second) / 1000);
    struct tm tm = {0};

    gmtime_r(&seconds, &tm);
    struct span second = span_format(mem, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                                     tm.tm_hour, tm.tm_min, tm.tm_sec);
    return of_second ? span_format(mem, "%.*s.%03dZ", SPAN_ARGS(second), (int)of_second)
                     : span_format(mem, "%.*sZ", SPAN_ARGS(second));
}

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const weekdays[PAGE_LANGUAGES][7] = {{"日", "月", "火", "水", "木", "金", "土"},
                                                        {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}};

struct span page_moment(const struct page_context *page, int64_t ms, struct arena *mem)
{
    struct tm tm = time_local(ms);
    const char *weekday = weekdays[page->language][tm.tm_wday];

    if (page->language == PAGE_JA)
        return span_format(mem, "%d年%d月%d日(%s) %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, weekday,
                           tm.tm_hour, tm.tm_min);
    return span_format(mem, "%s %d %s %d, %02d:%02d", weekday, tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
                       tm.tm_hour, tm.tm_min);
}

struct span page_clock(const struct page_context *page, int64_t ms, struct arena *mem)
{
    struct tm tm = time_local(ms);

    if (page->language == PAGE_JA)
        return span_format(mem, "%d月%d日 %02d:%02d", tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
    return span_format(mem, "%d %s %02d:%02d", tm.tm_mday, months[tm.tm_mon], tm.tm_hour, tm.tm_min);
}

struct span page_time(const struct page_context *page, int64_t ms, struct arena *mem)
{
    return span_format(mem, "<time datetime=\"%.*s\">%.*s</time>", SPAN_ARGS(page_instant(ms, mem)),
                       SPAN_ARGS(page_moment(page, ms, mem)));
}

void page_unit(struct buf *out, const struct page_context *page, int64_t count, enum page_word one, enum page_word many)
{
    struct span unit = page_word(page, count == 1 ? one : many);

    buf_format(out, "<span class=\"unit\"><b>%.*s</b> %.*s</span>", SPAN_ARGS(page_count(count, out->mem)),
               SPAN_ARGS(unit));
}

/* "20s/?" with the word for what is not known. */
static struct span without_marks(const struct page_context *page, struct span segment, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (size_t i = 0; i < segment.len; i++)
        buf_put(&out, segment.at[i] == '?' ? page_word(page, WORD_UNKNOWN) : (struct span){segment.at + i, 1});
    return buf_span(&out);
}

/* Labels of segments are in the first language of the settings; names are readable in any. */
struct span page_segment_name(const struct page_context *page, const struct segment_share *segment, struct arena *mem)
{
    const struct span *languages = page->settings->languages.at;
    bool is_first = page->settings->languages.len && span_equal(languages[0], page_language_name(page->language));

    if (is_first && !span_equal(segment->label, segment->segment))
        return page_name(segment->label, mem);
    return page_name(without_marks(page, segment->segment, mem), mem);
}

/* --- links --- */

struct query {
    struct buf out;
    bool has_any;
};

static void put_parameter(struct query *query, const char *name, struct span value)
{
    if (!value.len)
        return;
    buf_format(&query->out, "%s%s=", query->has_any ? "&amp;" : "?", name);
    uri_encode(&query->out, value);
    query->has_any = true;
}

static struct span sort_of(const struct question *question, enum page_target target)
{
    bool of_tags = target == TO_LIST || question->kind == ASK_TAGS;

    if (!question->sort)
        return (struct span){0};
    return span_of(of_tags ? tag_sort_names[question->sort] : post_sort_names[question->sort]);
}

static struct span window_of(const struct question *question, struct arena *mem)
{
    int64_t minutes = question->window_ms / TIME_MINUTE_MS, day = 24 * 60;

    if (question->window_ms == QUESTION_WINDOW_MS || !minutes)
        return (struct span){0};
    if (minutes % day == 0)
        return span_format(mem, "%lldd", (long long)(minutes / day));
    return minutes % 60 ? span_format(mem, "%lldm", (long long)minutes)
                        : span_format(mem, "%lldh", (long long)(minutes / 60));
}

static void put_query(struct query *query, const struct page_context *page, enum page_target target,
                      const struct question *question)
{
    struct arena *mem = query->out.mem;

    if (question->at_ms != TIME_UNKNOWN)
        put_parameter(query, "at", page_instant(question->at_ms, mem));
    if (target != TO_POST && target != TO_ABOUT) {
        put_parameter(query, "window", window_of(question, mem));
        put_parameter(query, "sort", sort_of(question, target));
        put_parameter(query, "lang", question->lang);
        put_parameter(query, "segment", question->segment);
        if (question->sentiment >= 0)
            put_parameter(query, "sentiment", span_of(answer_sentiments[question->sentiment]));
    }
    if (page->keeps_language && target != TO_JSON && target != TO_CSV)
        put_parameter(query, "hl", page_language_name(page->language));
    if (question->after.is_set)
        put_parameter(query, "after", cursor_write(&question->after, mem));
}

static void put_post_path(struct buf *out, const struct question *question)
{
    buf_put(out, SPAN("/posts/"));
    uri_encode(out, question->network.len ? question->network : SPAN("-"));
    buf_char(out, '/');
    uri_encode(out, question->id);
}

static void put_tag_path(struct buf *out, const struct question *question)
{
    buf_put(out, SPAN("/tags/"));
    uri_encode(out, question->tag);
}

static void put_data_path(struct buf *out, const struct question *question)
{
    buf_put(out, SPAN("/api/v1"));
    switch (question->kind) {
    case ASK_TAGS: buf_put(out, SPAN("/tags")); break;
    case ASK_POST: put_post_path(out, question); break;
    case ASK_TAG: put_tag_path(out, question); break;
    default: put_tag_path(out, question); buf_put(out, question->kind == ASK_SERIES ? SPAN("/series") : SPAN("/posts"));
    }
}

static struct span served_link(const struct page_context *page, enum page_target target,
                               const struct question *question, struct arena *mem)
{
    struct query query = {buf_in(mem), false};

    switch (target) {
    case TO_LIST: buf_char(&query.out, '/'); break;
    case TO_TAG: put_tag_path(&query.out, question); break;
    case TO_POST: put_post_path(&query.out, question); break;
    case TO_ABOUT: buf_put(&query.out, SPAN("/about")); break;
    default: put_data_path(&query.out, question);
    }
    if (target == TO_CSV)
        buf_put(&query.out, SPAN(".csv"));
    put_query(&query, page, target, question);
    return buf_span(&query.out);
}

struct span page_link(const struct page_context *page, enum page_target target, const struct question *question,
                      struct arena *mem)
{
    switch (page->links) {
    case PAGE_SERVED: return served_link(page, target, question, mem);
    case PAGE_SITE: return site_link(page, target, question, mem);
    default: return (struct span){0};
    }
}

struct span page_language_link(const struct page_context *page, enum page_language language, enum page_target self,
                               struct arena *mem)
{
    struct page_context other = *page;
    struct question again = page_again(page);

    if (page->links == PAGE_SITE)
        return site_language_link(page, language, self, mem);
    other.language = language;
    other.keeps_language = true;
    return page_link(&other, self, &again, mem);
}

struct question page_again(const struct page_context *page)
{
    struct question again = *page->question;

    again.after = (struct cursor){0};
    if (!page->is_past)
        again.at_ms = TIME_UNKNOWN;
    return again;
}

void page_anchor(struct buf *out, struct span href, const char *attributes, struct span content)
{
    if (!href.len) {
        buf_put(out, content);
        return;
    }
    buf_format(out, "<a %s href=\"%.*s\">%.*s</a>", attributes, SPAN_ARGS(href), SPAN_ARGS(content));
}
