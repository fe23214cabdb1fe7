#include "worker/trends/question.h"
#include "common/buf.h"
#include "common/fold.h"
#include "common/settings.h"
#include "worker/trends/row.h"

#include <stdlib.h>

#define SORT_NAME(id, name) name,
const char *const tag_sort_names[TAG_SORT_COUNT + 1] = {TAG_SORTS(SORT_NAME) NULL};
const char *const post_sort_names[POST_SORT_COUNT + 1] = {POST_SORTS(SORT_NAME) NULL};

static const char *const sentiments[] = {[ROW_POSITIVE] = "positive",
                                         [ROW_NEUTRAL] = "neutral",
                                         [ROW_NEGATIVE] = "negative",
                                         [ROW_UNKNOWN] = "unknown",
                                         NULL};

/* --- cursors --- */

/* Bytes as hexadecimal digits: the parts of a cursor may hold anything. */
static void put_hex(struct buf *out, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        buf_format(out, "%02x", (unsigned char)bytes.at[i]);
}

/* A figure may be larger than 64 bits: it is written in two parts. */
enum { HALF = 1 << 30 };

struct span cursor_write(const struct cursor *cursor, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_format(&out, "%c%d.%lld.%lld.%lld.%lld.", cursor->of_tags ? 't' : 'p', cursor->sort, (long long)cursor->at_ms,
               (long long)(cursor->figure / HALF), (long long)(cursor->figure % HALF), (long long)cursor->second);
    put_hex(&out, cursor->network);
    buf_char(&out, '.');
    put_hex(&out, cursor->name);
    return buf_span(&out);
}

/* The part up to the next point, taken off the text. */
static struct span take_part(struct span *text)
{
    const char *point = memchr(text->at, '.', text->len);
    struct span part = {text->at, point ? (size_t)(point - text->at) : text->len};

    text->at += part.len + (point != NULL);
    text->len -= part.len + (point != NULL);
    return part;
}

static bool take_number(struct span *text, int64_t *out)
{
    struct span part = take_part(text);
    char digits[24], *end;

    if (!part.len || part.len >= sizeof digits)
        return false;
    memcpy(digits, part.at, part.len);
    digits[part.len] = 0;
    *out = strtoll(digits, &end, 10);
    return !*end;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *sort_name(const struct cursor *cursor)
{
    return cursor->of_tags ? tag_sort_names[cursor->sort] : post_sort_names[cursor->sort];
}

/* t0 or p3: of tags or posts, and by what. */
static bool take_order(struct span *text, struct cursor *out)
{
    struct span part = take_part(text);

    if (part.len != 2 || (part.at[0] != 't' && part.at[0] != 'p') || !is_digit(part.at[1]))
        return false;
    out->of_tags = part.at[0] == 't';
    out->sort = part.at[1] - '0';
    return out->sort < (out->of_tags ? (int)TAG_SORT_COUNT : (int)POST_SORT_COUNT);
}

static int digit_of(char c)
{
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(struct span *text, struct arena *mem, struct span *out)
{
    struct span part = take_part(text);
    char *bytes = arena_take(mem, part.len / 2 + 1);

    if (part.len % 2)
        return false;
    for (size_t i = 0; i < part.len; i += 2) {
        int high = digit_of(part.at[i]), low = digit_of(part.at[i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i / 2] = (char)(high * 16 + low);
    }
    *out = (struct span){bytes, part.len / 2};
    return true;
}

bool cursor_read(struct span text, struct arena *mem, struct cursor *out)
{
    struct cursor cursor = {.is_set = true};
    int64_t high, low;

    if (!take_order(&text, &cursor) || !take_number(&text, &cursor.at_ms) || !take_number(&text, &high)
        || !take_number(&text, &low) || !take_number(&text, &cursor.second) || !take_hex(&text, mem, &cursor.network)
        || !take_hex(&text, mem, &cursor.name) || text.len || cursor.at_ms < 0 || cursor.at_ms > COUNT_MAX)
        return false;
    cursor.figure = (int128)high * HALF + low;
    *out = cursor;
    return true;
}

/* --- parameters --- */

struct question_reader {
    struct arena *mem;
    struct question *question;
    struct err *err;
};

static bool read_tag(const struct question_reader *reader, const char *text)
{
    struct span tag = span_of(text), folded = fold_text(tag, reader->mem);

    if (!tag.len)
        return fail(reader->err, ERR_CONFIG, "the tag is empty");
    reader->question->tag = span_starts(folded, SPAN("#")) ? folded : tag;
    return true;
}

/* NETWORK/ID; a network of "-" is none. */
static bool read_post(const struct question_reader *reader, const char *text)
{
    const char *slash = strchr(text, '/');

    if (!slash || slash == text || !slash[1])
        return fail(reader->err, ERR_CONFIG, "post: expected NETWORK/ID (- where there is no network), got \"%s\"",
                    text);
    reader->question->network = (struct span){text, (size_t)(slash - text)};
    reader->question->id = span_of(slash + 1);
    if (span_equal(reader->question->network, SPAN("-")))
        reader->question->network = (struct span){0};
    return true;
}

static bool read_at(const struct question_reader *reader, const char *text)
{
    char *end;
    long long ms = strtoll(text, &end, 10);

    if (time_parse(span_of(text), &reader->question->at_ms))
        return true;
    reader->question->at_ms = ms;
    return (*text && !*end && ms >= 0 && ms <= COUNT_MAX)
           || fail(reader->err, ERR_CONFIG,
                   "at: expected a time such as 2026-11-30T16:00:00+09:00, or ms since 1970, got \"%s\"", text);
}

static const struct form window_form = {.kind = FORM_DURATION, .min = TIME_MINUTE_MS, .max = 366LL * 24 * TIME_HOUR_MS};
static const struct form limit_form = {.kind = FORM_INT, .min = 1, .max = QUESTION_LIMIT_MAX};

static bool read_number(const struct form *form, const char *text, int64_t *out)
{
    return settings_number(form, span_of(text), out) && *out >= form->min && *out <= form->max;
}

static bool read_window(const struct question_reader *reader, const char *text)
{
    return read_number(&window_form, text, &reader->question->window_ms)
           || fail(reader->err, ERR_CONFIG, "window: expected 1m to 366d, such as 24h, got \"%s\"", text);
}

static bool read_limit(const struct question_reader *reader, const char *text)
{
    return read_number(&limit_form, text, &reader->question->limit)
           || fail(reader->err, ERR_CONFIG, "limit: expected 1 to %d, got \"%s\"", QUESTION_LIMIT_MAX, text);
}

static bool read_lang(const struct question_reader *reader, const char *text)
{
    reader->question->lang = span_of(text);
    return true;
}

static bool read_segment(const struct question_reader *reader, const char *text)
{
    reader->question->segment = span_of(text);
    return true;
}

static bool read_choice(const struct question_reader *reader, const char *name, const char *text,
                        const char *const *choices, int *out)
{
    struct buf list = buf_in(reader->mem);

    for (int i = 0; choices[i]; i++) {
        if (!strcmp(choices[i], text)) {
            *out = i;
            return true;
        }
        buf_format(&list, "%s%s", i ? ", " : "", choices[i]);
    }
    return fail(reader->err, ERR_CONFIG, "%s: expected one of %.*s, got \"%s\"", name, SPAN_ARGS(buf_span(&list)),
                text);
}

static bool read_sentiment(const struct question_reader *reader, const char *text)
{
    return read_choice(reader, "sentiment", text, sentiments, &reader->question->sentiment);
}

static bool read_sort(const struct question_reader *reader, const char *text)
{
    bool of_tags = reader->question->kind == ASK_TAGS;

    return read_choice(reader, "sort", text, of_tags ? tag_sort_names : post_sort_names, &reader->question->sort);
}

static bool read_after(const struct question_reader *reader, const char *text)
{
    struct question *question = reader->question;

    if (!cursor_read(span_of(text), reader->mem, &question->after))
        return fail(reader->err, ERR_CONFIG, "after: \"%s\" is not a cursor; take what `next` says", text);
    return (question->after.of_tags == (question->kind == ASK_TAGS) && question->after.sort == question->sort)
           || fail(reader->err, ERR_CONFIG,
                   "after: this cursor belongs to a list of %s by %s; ask with that sort, or leave it out",
                   question->after.of_tags ? "tags" : "posts", sort_name(&question->after));
}

struct parameter {
    size_t offset; /* in struct asked */
    bool (*read)(const struct question_reader *reader, const char *text);
};

static const struct parameter parameters[] = {
    {offsetof(struct asked, tag), read_tag},
    {offsetof(struct asked, post), read_post},
    {offsetof(struct asked, at), read_at},
    {offsetof(struct asked, window), read_window},
    {offsetof(struct asked, lang), read_lang},
    {offsetof(struct asked, segment), read_segment},
    {offsetof(struct asked, sentiment), read_sentiment},
    {offsetof(struct asked, sort), read_sort},
    {offsetof(struct asked, limit), read_limit},
    {offsetof(struct asked, after), read_after},
};

bool question_read(enum question_kind kind, const struct asked *asked, struct arena *mem, struct question *out,
                   struct err *err)
{
    struct question question = {.kind = kind,
                                .at_ms = TIME_UNKNOWN,
                                .window_ms = QUESTION_WINDOW_MS,
                                .sentiment = -1,
                                .limit = QUESTION_LIMIT,
                                .min_age_ms = TIME_HOUR_MS};
    struct question_reader reader = {mem, &question, err};

    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
        const char *text = *(const char *const *)((const char *)asked + parameters[i].offset);

        if (text && !parameters[i].read(&reader, text))
            return false;
    }
    if (question.after.is_set && question.at_ms == TIME_UNKNOWN)
        question.at_ms = question.after.at_ms;
    *out = question;
    return true;
}

int64_t series_step(int64_t window_ms)
{
    static const int64_t minutes[] = {1, 5, 15, 60, 180, 360, 720};
    int64_t day_ms = 24 * (int64_t)TIME_HOUR_MS;

    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++)
        if (window_ms <= minutes[i] * TIME_MINUTE_MS * QUESTION_POINTS_MAX)
            return minutes[i] * TIME_MINUTE_MS;
    return (window_ms + QUESTION_POINTS_MAX * day_ms - 1) / (QUESTION_POINTS_MAX * day_ms) * day_ms;
}
