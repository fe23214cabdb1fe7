/* Answers: one post, its counts at a time, and its history. */
#include "worker/trends/sqlite_post.h"

/* --- counts at a time --- */

static bool observes(struct sql_statement *row, int64_t subject)
{
    if (sql_int_at(row, 1) == subject)
        return true;
    for (int i = 0; i < COUNTS; i++)
        if (!sql_null_at(row, 5 + i))
            return true;
    return false;
}

static void read_seen(struct sql_statement *row, struct observation *seen, struct row_order *order)
{
    *order = (struct row_order){sql_int_at(row, 0), sql_int_at(row, 2), sql_int_at(row, 3), sql_int_at(row, 4)};
    seen->as_of_ms = order->as_of_ms;
    for (int i = 0; i < COUNTS; i++)
        seen->counts[i] = sql_null_at(row, 5 + i) ? COUNT_UNKNOWN : sql_int_at(row, 5 + i);
}

static void forget(struct observation *seen)
{
    seen->as_of_ms = TIME_UNKNOWN;
    for (int i = 0; i < COUNTS; i++)
        seen->counts[i] = COUNT_UNKNOWN;
}

bool post_counts_at(const struct asking *asking, int64_t subject, struct observation *seen, struct err *err)
{
    struct sql_statement *list = sqlite_do(asking->store, DO_COUNTS, err);
    struct row_order best, order;
    struct observation it;
    int64_t seen_ms = TIME_UNKNOWN;
    enum sql_step got;

    forget(seen);
    if (!list)
        return false;
    sql_bind_int(list, 1, subject);
    sql_bind_int(list, 2, asking->span.at_ms);
    while ((got = sql_step(list, err)) == SQL_ROW) {
        if (seen_ms == TIME_UNKNOWN)
            seen_ms = sql_int_at(list, 0);
        if (seen->as_of_ms != TIME_UNKNOWN && sql_int_at(list, 0) != seen->as_of_ms)
            break;
        if (!observes(list, subject))
            continue;
        read_seen(list, &it, &order);
        if (seen->as_of_ms == TIME_UNKNOWN || row_compare(&order, &best) > 0) {
            *seen = it;
            best = order;
        }
    }
    sql_reset(list);
    if (seen->as_of_ms == TIME_UNKNOWN)
        seen->as_of_ms = seen_ms;
    return got != SQL_FAILED;
}

bool post_get(const struct asking *asking, int64_t post, struct known_post *known, struct err *err)
{
    struct sql_statement *get = sqlite_do(asking->store, DO_POST_GET, err);

    *known = (struct known_post){0};
    if (!get)
        return false;
    sql_bind_int(get, 1, post);
    enum sql_step got = sql_step(get, err);
    if (got == SQL_ROW)
        sqlite_known(get, asking->mem, known);
    sql_reset(get);
    return got != SQL_FAILED;
}

bool post_is_over(const struct asking *asking, const struct known_post *known)
{
    return sqlite_time_of(known) <= asking->floor_ms;
}

bool post_newest_repost(const struct asking *asking, const struct candidate *reposts, size_t len, struct candidate *out,
                        struct err *err)
{
    struct known_post known;

    for (size_t i = 0; i < len; i++) {
        if (!post_get(asking, reposts[i].source, &known, err))
            return false;
        if (i && row_compare(&known.order, &out->order) <= 0)
            continue;
        *out = reposts[i];
        out->order = known.order;
    }
    return true;
}

bool post_find_id(const struct asking *asking, struct candidate *candidate, struct err *err)
{
    struct sql_statement *get = candidate->id.at ? NULL : sqlite_do(asking->store, DO_ID_GET, err);

    if (candidate->id.at)
        return true;
    if (!get)
        return false;
    sql_bind_int(get, 1, candidate->post);
    enum sql_step got = sql_step(get, err);
    int64_t network = got == SQL_ROW ? sql_int_at(get, 1) : NAME_NONE;
    if (got == SQL_ROW)
        candidate->id = span_keep(sql_bytes_at(get, 0), asking->mem);
    sql_reset(get);
    if (got == SQL_DONE)
        return fail(err, ERR_WORK, "%s: a tag names a post that is not there; start `trendmill trends` with --rebuild",
                    asking->store->path);
    return got == SQL_ROW && sqlite_name_text(asking->store, network, asking->mem, &candidate->network, err);
}

/* --- one post --- */

static bool name_tags(const struct asking *asking, const struct known_post *known, struct trend_post *post,
                      struct err *err)
{
    struct tag_numbers tags = sqlite_tags(known->tags);
    struct span *at = arena_zero(asking->mem, (tags.len + 1) * sizeof *at);

    for (size_t i = 0; i < tags.len; i++) {
        if (!sqlite_name_text(asking->store, tags.at[i], asking->mem, &at[i], err))
            return false;
        if (i >= tags.tags_len)
            at[i] = (struct span){at[i].at + 1, at[i].len - 1};
    }
    post->has_tags = tags.has_tags;
    post->has_hashtags = tags.has_hashtags;
    post->tags = (struct spans){at, tags.tags_len};
    post->hashtags = (struct spans){at + tags.tags_len, tags.len - tags.tags_len};
    return true;
}

static bool get_text(const struct asking *asking, int64_t source, struct trend_post *post, struct err *err)
{
    struct sql_statement *get = sqlite_do(asking->store, DO_TEXT_GET, err);

    if (!get)
        return false;
    sql_bind_int(get, 1, source);
    enum sql_step got = sql_step(get, err);
    post->has_text = got == SQL_ROW;
    if (post->has_text)
        post->text = span_keep(sql_bytes_at(get, 0), asking->mem);
    sql_reset(get);
    return got != SQL_FAILED;
}

/* What a post says of its author: not to be had from a repost of it. */
static bool get_person(const struct asking *asking, int64_t source, struct trend_post *post, struct err *err)
{
    struct sql_statement *get = sqlite_do(asking->store, DO_POST_ALL, err);

    if (!get)
        return false;
    sql_bind_int(get, 1, source);
    enum sql_step got = sql_step(get, err);
    if (got == SQL_ROW) {
        post->author = span_keep(sql_bytes_at(get, 0), asking->mem);
        post->handle = span_keep(sql_bytes_at(get, 1), asking->mem);
        post->url = span_keep(sql_bytes_at(get, 2), asking->mem);
    }
    sql_reset(get);
    return got != SQL_FAILED;
}

bool post_fill(const struct asking *asking, struct candidate *candidate, struct trend_post *post, struct err *err)
{
    bool is_own = candidate->source == candidate->post;
    struct known_post known;

    *post = (struct trend_post){.created_ms = TIME_UNKNOWN, .sentiment = ROW_UNKNOWN, .per_hour = -1};
    if (!post_find_id(asking, candidate, err) || !post_counts_at(asking, candidate->post, &post->seen, err)
        || !post_get(asking, candidate->source, &known, err))
        return false;
    post->id = candidate->id;
    post->network = candidate->network;
    if (!known.has_row)
        return true;
    post->sentiment = (int)known.sentiment;
    if (is_own) {
        post->created_ms = known.created_ms;
        post->per_hour = per_hour_of(&post->seen, known.created_ms, asking->question->min_age_ms);
    }
    return sqlite_name_text(asking->store, known.lang, asking->mem, &post->lang, err)
           && (!is_own
               || (sqlite_name_text(asking->store, known.segment, asking->mem, &post->segment, err)
                   && get_person(asking, candidate->source, post, err)))
           && name_tags(asking, &known, post, err) && get_text(asking, candidate->source, post, err);
}

/* --- one post's history --- */

static bool find_post(const struct asking *asking, int64_t *post, struct err *err)
{
    struct sql_statement *find = sqlite_do(asking->store, DO_POST_BY_ID, err);
    int64_t network;

    *post = 0;
    if (!find || !sqlite_name(asking->store, asking->question->network, false, &network, err))
        return false;
    if (asking->question->network.len && network == NAME_NONE)
        return true;
    sql_bind_int(find, 1, network);
    sql_bind_text(find, 2, asking->question->id);
    enum sql_step got = sql_step(find, err);
    *post = got == SQL_ROW ? sql_int_at(find, 0) : 0;
    sql_reset(find);
    return got != SQL_FAILED;
}

struct history_reader {
    struct post_history *history;
    struct row_order best;
    size_t cap;
    const struct asking *asking;
    struct candidate *reposts; /* one each */
    size_t reposts_len, reposts_cap;
};

/* One observation a time: of several the greatest. */
static void add_seen(struct history_reader *reader, struct sql_statement *row, struct arena *mem)
{
    struct post_history *history = reader->history;
    struct row_order order;
    struct observation seen;

    read_seen(row, &seen, &order);
    bool is_same = history->len && history->seen[history->len - 1].as_of_ms == seen.as_of_ms;
    if (is_same && row_compare(&order, &reader->best) <= 0)
        return;
    if (!is_same) {
        history->seen = arena_room(mem, history->seen, history->len, &reader->cap, sizeof *history->seen);
        history->len++;
    }
    history->seen[history->len - 1] = seen;
    reader->best = order;
}

static void add_repost(struct history_reader *reader, int64_t subject, int64_t post)
{
    reader->reposts = arena_room(reader->asking->mem, reader->reposts, reader->reposts_len, &reader->reposts_cap,
                                 sizeof *reader->reposts);
    reader->reposts[reader->reposts_len++] = (struct candidate){.post = subject, .time_ms = INT64_MIN, .source = post};
}

static bool read_history(struct history_reader *reader, int64_t post, struct err *err)
{
    const struct asking *asking = reader->asking;
    struct sql_statement *list = sqlite_do(asking->store, DO_HISTORY, err);
    enum sql_step got;

    if (!list)
        return false;
    sql_bind_int(list, 1, post);
    sql_bind_int(list, 2, asking->span.at_ms);
    while ((got = sql_step(list, err)) == SQL_ROW) {
        if (sql_int_at(list, 1) != post)
            add_repost(reader, post, sql_int_at(list, 1));
        if (observes(list, post))
            add_seen(reader, list, asking->mem);
    }
    sql_reset(list);
    return got == SQL_DONE;
}

bool ask_post(struct asking *asking, struct post_history *history, struct err *err)
{
    struct history_reader reader = {.history = history, .asking = asking};
    struct candidate candidate = {0};
    struct known_post known;

    *history = (struct post_history){0};
    if (!find_post(asking, &candidate.post, err))
        return false;
    if (!candidate.post)
        return true;
    if (!post_get(asking, candidate.post, &known, err) || !read_history(&reader, candidate.post, err))
        return false;
    candidate.source = candidate.post;
    bool is_own = known.has_row && !post_is_over(asking, &known);
    if (!is_own && reader.reposts_len
        && !post_newest_repost(asking, reader.reposts, reader.reposts_len, &candidate, err))
        return false;
    history->is_known = is_own || reader.reposts_len || history->len;
    if (known.has_row && post_is_over(asking, &known) && !reader.reposts_len)
        history->is_known = false;
    return !history->is_known || post_fill(asking, &candidate, &history->post, err);
}
