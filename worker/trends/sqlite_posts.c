/* Answers: the posts of a tag, and one post's history. */
#include "worker/trends/sqlite_ask.h"
#include "common/decimal.h"

#include <stdlib.h>

/* A post that may be on the page. */
struct candidate {
    int64_t post;
    int128 figure;           /* INT64_MIN: unknown */
    int64_t time_ms;         /* likewise */
    int64_t source;          /* whose text it has: itself, or a repost of it */
    struct row_order order;  /* of that repost */
    struct span id, network; /* looked up where figures and times are alike */
};

struct candidates {
    struct asking *asking;
    struct candidate *at;
    size_t len, cap;
    struct candidate *reposts; /* a subject and one repost of it each, until they are grouped */
    size_t reposts_len, reposts_cap;
    struct err *err;
    bool failed;
};

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

/* The greatest observation up to the time; a repost without counts observes nothing, but when nothing else does. */
static bool counts_at(const struct asking *asking, int64_t subject, struct observation *seen, struct err *err)
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

static bool get_known(const struct asking *asking, int64_t post, struct known_post *known, struct err *err)
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

static bool is_over(const struct asking *asking, const struct known_post *known)
{
    return sqlite_time_of(known) <= asking->floor_ms;
}

/* --- which posts --- */

static int64_t count_of(const struct observation *seen, enum count count)
{
    return seen->counts[count] == COUNT_UNKNOWN ? INT64_MIN : seen->counts[count];
}

static bool per_hour_figure(const struct asking *asking, struct candidate *candidate, const struct observation *seen,
                            struct err *err)
{
    struct known_post known;

    if (!get_known(asking, candidate->post, &known, err))
        return false;
    int128 figure = per_hour_of(seen, known.has_row ? known.created_ms : TIME_UNKNOWN, asking->question->min_age_ms);
    candidate->figure = figure < 0 ? INT64_MIN : figure;
    return true;
}

/* The sort of a whole page asks for one count of each post: no more than it is read. */
static bool count_figure(const struct asking *asking, struct candidate *candidate, enum count count,
                         enum statement_id words, struct err *err)
{
    struct sql_statement *list = sqlite_do(asking->store, words, err);
    struct observation seen;

    if (!list)
        return false;
    sql_bind_int(list, 1, candidate->post);
    sql_bind_int(list, 2, asking->span.at_ms);
    enum sql_step got = sql_step(list, err);
    int64_t as_of_ms = got == SQL_ROW ? sql_int_at(list, 0) : 0;
    candidate->figure = got == SQL_ROW && !sql_null_at(list, 1) ? sql_int_at(list, 1) : INT64_MIN;
    if (got == SQL_ROW)
        got = sql_step(list, err);
    bool is_tie = got == SQL_ROW && sql_int_at(list, 0) == as_of_ms;
    sql_reset(list);
    if (got == SQL_FAILED || !is_tie)
        return got != SQL_FAILED;
    if (!counts_at(asking, candidate->post, &seen, err))
        return false;
    candidate->figure = count_of(&seen, count);
    return true;
}

static bool find_figure(const struct asking *asking, struct candidate *candidate, struct err *err)
{
    struct observation seen;

    switch (asking->question->sort) {
    case POSTS_BY_NEWEST: candidate->figure = candidate->time_ms; return true;
    case POSTS_BY_LIKES: return count_figure(asking, candidate, COUNT_LIKES, DO_LIKES, err);
    case POSTS_BY_VIEWS: return count_figure(asking, candidate, COUNT_VIEWS, DO_VIEWS, err);
    case POSTS_BY_PER_HOUR:
        return counts_at(asking, candidate->post, &seen, err) && per_hour_figure(asking, candidate, &seen, err);
    default: return count_figure(asking, candidate, COUNT_REPOSTS, DO_REPOSTS, err);
    }
}

static void add_repost(struct candidates *all, const struct entry *entry)
{
    all->reposts =
        arena_room(all->asking->mem, all->reposts, all->reposts_len, &all->reposts_cap, sizeof *all->reposts);
    all->reposts[all->reposts_len++] =
        (struct candidate){.post = entry->subject, .time_ms = INT64_MIN, .source = entry->post};
}

static bool take_entry(const struct entry *entry, void *context)
{
    struct candidates *all = context;

    if (!tally_wants(&all->asking->span, entry))
        return true;
    if (entry->kind == KIND_REPOST) {
        add_repost(all, entry);
        return true;
    }
    all->at = arena_room(all->asking->mem, all->at, all->len, &all->cap, sizeof *all->at);
    all->at[all->len++] = (struct candidate){.post = entry->post, .time_ms = entry->time_ms, .source = entry->post};
    return true;
}

static int by_subject(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;

    return a->post != b->post ? (a->post < b->post ? -1 : 1) : a->source < b->source ? -1 : a->source > b->source;
}

/* The newest of the reposts of one subject. */
static bool newest_repost(const struct asking *asking, const struct candidate *reposts, size_t len,
                          struct candidate *out, struct err *err)
{
    struct known_post known;

    for (size_t i = 0; i < len; i++) {
        if (!get_known(asking, reposts[i].source, &known, err))
            return false;
        if (i && row_compare(&known.order, &out->order) <= 0)
            continue;
        *out = reposts[i];
        out->order = known.order;
    }
    return true;
}

/* Subjects that are known only by their reposts are posts of the page too. */
static bool add_subjects(struct candidates *all, struct err *err)
{
    struct known_post known;
    size_t end;

    if (all->reposts_len)
        qsort(all->reposts, all->reposts_len, sizeof *all->reposts, by_subject);
    for (size_t start = 0; start < all->reposts_len; start = end) {
        for (end = start + 1; end < all->reposts_len && all->reposts[end].post == all->reposts[start].post; end++)
            continue;
        if (!get_known(all->asking, all->reposts[start].post, &known, err))
            return false;
        if (known.has_row && !is_over(all->asking, &known))
            continue;
        all->at = arena_room(all->asking->mem, all->at, all->len, &all->cap, sizeof *all->at);
        if (!newest_repost(all->asking, &all->reposts[start], end - start, &all->at[all->len], err))
            return false;
        all->len++;
    }
    return true;
}

/* --- their order --- */

static bool find_id(const struct asking *asking, struct candidate *candidate, struct err *err)
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

/* Ids are looked up only where figures and times are alike. */
static int order_posts(struct candidates *all, struct candidate *a, struct candidate *b)
{
    int order = order_figures(a->figure, a->time_ms, b->figure, b->time_ms);

    if (order || all->failed)
        return order;
    if (!find_id(all->asking, a, all->err) || !find_id(all->asking, b, all->err)) {
        all->failed = true;
        return 0;
    }
    order = span_compare(a->id, b->id);
    return order ? order : span_compare(a->network, b->network);
}

static int order_for_sort(const void *left, const void *right, void *context)
{
    /* qsort_r gives its elements as const; an id that is looked up is kept in them. */
    return order_posts(context, (struct candidate *)(uintptr_t)left, (struct candidate *)(uintptr_t)right);
}

/* Drops what comes up to the cursor. */
static void drop_before(struct candidates *all)
{
    const struct cursor *after = &all->asking->question->after;
    struct candidate last = {
        .figure = after->figure, .time_ms = after->second, .id = after->name, .network = after->network};
    size_t kept = 0;

    for (size_t i = 0; after->is_set && i < all->len; i++)
        if (order_posts(all, &all->at[i], &last) > 0)
            all->at[kept++] = all->at[i];
    if (after->is_set)
        all->len = kept;
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

static bool fill_post(const struct asking *asking, struct candidate *candidate, struct trend_post *post,
                      struct err *err)
{
    bool is_own = candidate->source == candidate->post;
    struct known_post known;

    *post = (struct trend_post){.created_ms = TIME_UNKNOWN, .sentiment = ROW_UNKNOWN, .per_hour = -1};
    if (!find_id(asking, candidate, err) || !counts_at(asking, candidate->post, &post->seen, err)
        || !get_known(asking, candidate->source, &known, err))
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

/* --- a page of posts --- */

static bool find_candidates(struct candidates *all, int64_t tag, struct err *err)
{
    const struct tally_span *span = &all->asking->span;

    if (tag == NAME_NONE || all->asking->matches_none)
        return true;
    if (!asking_scan(all->asking, tag, span->from_ms, span->to_ms, take_entry, all, err) || !add_subjects(all, err))
        return false;
    for (size_t i = 0; i < all->len; i++)
        if (!find_figure(all->asking, &all->at[i], err))
            return false;
    drop_before(all);
    if (all->len)
        qsort_r(all->at, all->len, sizeof *all->at, order_for_sort, all);
    return !all->failed;
}

static bool fill_list(struct candidates *all, struct post_list *list, struct err *err)
{
    size_t limit = (size_t)all->asking->question->limit;

    list->len = all->len < limit ? all->len : limit;
    list->posts = arena_zero(all->asking->mem, (list->len + 1) * sizeof *list->posts);
    for (size_t i = 0; i < list->len; i++)
        if (!fill_post(all->asking, &all->at[i], &list->posts[i], err))
            return false;
    if (all->len > limit) {
        const struct candidate *last = &all->at[limit - 1];

        list->next =
            (struct cursor){true, false, list->sort, list->at_ms, last->figure, last->time_ms, last->id, last->network};
    }
    return true;
}

bool ask_posts(struct asking *asking, struct post_list *list, struct err *err)
{
    struct candidates all = {.asking = asking, .err = err};
    int64_t tag;

    *list = (struct post_list){.tag = asking->question->tag,
                               .at_ms = asking->span.at_ms,
                               .window_ms = asking->question->window_ms,
                               .sort = asking->question->sort};
    return asking_tag(asking, &tag, err) && find_candidates(&all, tag, err) && fill_list(&all, list, err);
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
    struct candidates reposts;
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

static bool read_history(struct history_reader *reader, int64_t post, struct err *err)
{
    const struct asking *asking = reader->reposts.asking;
    struct sql_statement *list = sqlite_do(asking->store, DO_HISTORY, err);
    enum sql_step got;

    if (!list)
        return false;
    sql_bind_int(list, 1, post);
    sql_bind_int(list, 2, asking->span.at_ms);
    while ((got = sql_step(list, err)) == SQL_ROW) {
        if (sql_int_at(list, 1) != post)
            add_repost(&reader->reposts, &(struct entry){.subject = post, .post = sql_int_at(list, 1)});
        if (observes(list, post))
            add_seen(reader, list, asking->mem);
    }
    sql_reset(list);
    return got == SQL_DONE;
}

bool ask_post(struct asking *asking, struct post_history *history, struct err *err)
{
    struct history_reader reader = {.history = history, .reposts = {.asking = asking, .err = err}};
    struct candidate candidate = {0};
    struct known_post known;

    *history = (struct post_history){0};
    if (!find_post(asking, &candidate.post, err))
        return false;
    if (!candidate.post)
        return true;
    if (!get_known(asking, candidate.post, &known, err) || !read_history(&reader, candidate.post, err))
        return false;
    candidate.source = candidate.post;
    bool is_own = known.has_row && !is_over(asking, &known);
    if (!is_own && reader.reposts.reposts_len
        && !newest_repost(asking, reader.reposts.reposts, reader.reposts.reposts_len, &candidate, err))
        return false;
    history->is_known = is_own || reader.reposts.reposts_len || history->len;
    if (known.has_row && is_over(asking, &known) && !reader.reposts.reposts_len)
        history->is_known = false;
    return !history->is_known || fill_post(asking, &candidate, &history->post, err);
}
