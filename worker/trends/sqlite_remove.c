/* What goes: posts that were hidden or replaced, and those whose time is over. */
#include "worker/trends/sqlite_hours.h"

enum { OVER_PER_ROW = 2, ROWS_PER_SWEPT = 4, STEP_MIN = 256, STEP_MAX = 100000 };

int64_t sqlite_time_of(const struct known_post *known)
{
    return known->created_ms != TIME_UNKNOWN ? known->created_ms : known->first_as_of_ms;
}

struct tag_numbers sqlite_tags(struct span bytes)
{
    const uint32_t *at = (const uint32_t *)(const void *)bytes.at;
    size_t len = bytes.len / sizeof *at;

    if (!len)
        return (struct tag_numbers){0};
    return (struct tag_numbers){(at[0] & TAGS_GIVEN) != 0, (at[0] & HASHTAGS_GIVEN) != 0,
                                at[0] & ~(TAGS_GIVEN | HASHTAGS_GIVEN), len - 1, at + 1};
}

static int64_t int_or(struct sql_statement *row, int column, int64_t other)
{
    return sql_null_at(row, column) ? other : sql_int_at(row, column);
}

void sqlite_known(struct sql_statement *row, struct arena *mem, struct known_post *known)
{
    *known = (struct known_post){
        .post = sql_int_at(row, 0),
        .network = sql_int_at(row, 1),
        .state = sql_int_at(row, 2),
        .id = span_keep(sql_bytes_at(row, 20), mem),
        .first_as_of_ms = int_or(row, 6, TIME_UNKNOWN),
        .subject = sql_int_at(row, 12),
        .created_ms = TIME_UNKNOWN,
        .levels = (uint16_t)sql_int_at(row, 21),
    };
    if (!sql_null_at(row, 3)) {
        known->has_hide = true;
        known->hide_as_of_ms = sql_int_at(row, 3);
        known->hide_offset = sql_int_at(row, 4);
        known->hide_digest = sql_int_at(row, 5);
    }
    if (sql_null_at(row, 11))
        return;
    known->has_row = true;
    known->order = (struct row_order){sql_int_at(row, 7), sql_int_at(row, 8), sql_int_at(row, 9), sql_int_at(row, 10)};
    known->kind = (int)sql_int_at(row, 11);
    known->created_ms = int_or(row, 13, TIME_UNKNOWN);
    known->lang = sql_int_at(row, 14);
    known->sentiment = sql_int_at(row, 15);
    known->segment = sql_int_at(row, 16);
    known->author = sql_int_at(row, 17);
    known->tags = span_keep(sql_bytes_at(row, 18), mem);
    known->text_digest = sql_int_at(row, 19);
}

/* A statement that takes up to three numbers and gives nothing. */
static bool do_with(struct sqlite_store *store, enum statement_id id, int64_t a, int64_t b, int64_t c, struct err *err)
{
    struct sql_statement *statement = sqlite_do(store, id, err);

    if (!statement)
        return false;
    sql_bind_int(statement, 1, a);
    sql_bind_int(statement, 2, b);
    sql_bind_int(statement, 3, c);
    return sql_run(statement, err);
}

bool sqlite_drop_tags(struct sqlite_store *store, const struct known_post *known, struct err *err)
{
    struct tag_numbers tags = sqlite_tags(known->tags);
    int64_t time_ms = sqlite_time_of(known);

    if (!sqlite_hours_change(store, time_ms, err)
        || !do_with(store, DO_TAG_DROP, known->kind == KIND_REPOST ? TAG_REPOSTS : TAG_ALL, time_ms, known->post, err))
        return false;
    for (size_t i = 0; i < tags.len; i++)
        if (!do_with(store, DO_TAG_DROP, tags.at[i], time_ms, known->post, err))
            return false;
    return true;
}

bool sqlite_drop_names(struct sqlite_store *store, const struct known_post *known, struct err *err)
{
    struct tag_numbers tags = sqlite_tags(known->tags);

    for (size_t i = 0; i < tags.len; i++)
        if (!sqlite_name_drop_unused(store, tags.at[i], err))
            return false;
    return true;
}

/* What a post says of itself; its observations stay. */
static bool remove_content(struct sqlite_store *store, const struct known_post *known, struct err *err)
{
    post_cache_forget(store->posts, known);
    if (known->has_row && (!sqlite_drop_tags(store, known, err) || !sqlite_drop_names(store, known, err)))
        return false;
    return do_with(store, DO_TEXT_DROP, known->post, 0, 0, err)
           && do_with(store, DO_POST_CLEAR, known->post, 0, 0, err);
}

static bool get_post(struct sqlite_store *store, int64_t post, struct known_post *known, bool *found, struct err *err)
{
    struct sql_statement *get = sqlite_do(store, DO_POST_GET, err);

    if (!get)
        return false;
    sql_bind_int(get, 1, post);
    enum sql_step got = sql_step(get, err);
    *found = got == SQL_ROW;
    if (*found)
        sqlite_known(get, store->mem, known);
    sql_reset(get);
    return got != SQL_FAILED;
}

struct numbers {
    int64_t *at;
    size_t len, cap;
};

static void add_number(struct sqlite_store *store, struct numbers *posts, int64_t post)
{
    posts->at = arena_room(store->mem, posts->at, posts->len, &posts->cap, sizeof *posts->at);
    posts->at[posts->len++] = post;
}

static bool list_reposts(struct sqlite_store *store, int64_t subject, struct numbers *posts, struct err *err)
{
    struct sql_statement *list = sqlite_do(store, DO_SEEN_POSTS, err);
    enum sql_step got;

    if (!list)
        return false;
    sql_bind_int(list, 1, subject);
    while ((got = sql_step(list, err)) == SQL_ROW) {
        int64_t post = sql_int_at(list, 0);

        if (post == subject || (posts->len && posts->at[posts->len - 1] == post))
            continue;
        add_number(store, posts, post);
    }
    sql_reset(list);
    return got == SQL_DONE;
}

/* A repost carries its subject's text. */
static bool remove_reposts(struct sqlite_store *store, int64_t subject, struct err *err)
{
    struct numbers posts = {0};
    struct known_post known;
    bool found;

    if (!list_reposts(store, subject, &posts, err))
        return false;
    for (size_t i = 0; i < posts.len; i++)
        if (!get_post(store, posts.at[i], &known, &found, err)
            || (found && known.has_row && known.subject == subject && !remove_content(store, &known, err)))
            return false;
    return do_with(store, DO_SEEN_DROP_ALL, subject, 0, 0, err);
}

bool sqlite_remove(struct sqlite_store *store, const struct known_post *known, bool all, struct err *err)
{
    if (!sqlite_flush(store, err) || !remove_content(store, known, err)
        || !do_with(store, DO_SEEN_DROP, known->post, known->post, 0, err))
        return false;
    if (known->subject && known->subject != known->post
        && !do_with(store, DO_SEEN_DROP, known->subject, known->post, 0, err))
        return false;
    return !all || (do_with(store, DO_POST_LEVELS, known->post, 0, 0, err) && remove_reposts(store, known->post, err));
}

/* --- retention --- */

int64_t sqlite_floor_ms(const struct sqlite_store *store)
{
    return store->newest_ms == TIME_UNKNOWN ? INT64_MIN : store->newest_ms - store->settings->retention_ms;
}

bool sqlite_has_seen(struct sqlite_store *store, int64_t subject, bool *has, struct err *err)
{
    struct sql_statement *any = sqlite_do(store, DO_SEEN_ANY, err);

    if (!any)
        return false;
    sql_bind_int(any, 1, subject);
    enum sql_step got = sql_step(any, err);
    *has = got == SQL_ROW;
    sql_reset(any);
    return got != SQL_FAILED;
}

/* What is over goes; its number goes too, unless a repost or a hide still speaks of it. */
static bool retire(struct sqlite_store *store, const struct known_post *known, struct err *err)
{
    int64_t time_ms = sqlite_time_of(known);
    bool is_stub = time_ms == TIME_UNKNOWN, has = true;

    if (!is_stub && time_ms > sqlite_floor_ms(store))
        return true;
    post_cache_forget(store->posts, known);
    if (!is_stub
        && (!sqlite_remove(store, known, false, err) || !do_with(store, DO_POST_UNSEEN, known->post, 0, 0, err)))
        return false;
    if (known->state || known->has_hide)
        return true;
    if (!sqlite_has_seen(store, known->post, &has, err))
        return false;
    return has || do_with(store, DO_POST_DROP, known->post, 0, 0, err);
}

static bool retire_number(struct sqlite_store *store, int64_t post, struct err *err)
{
    struct known_post known;
    bool found;

    return get_post(store, post, &known, &found, err) && (!found || retire(store, &known, err));
}

static bool retire_all(struct sqlite_store *store, const struct numbers *posts, struct err *err)
{
    for (size_t i = 0; i < posts->len; i++)
        if (!retire_number(store, posts->at[i], err))
            return false;
    return true;
}

/* The oldest posts are found by their time. */
static bool retire_oldest(struct sqlite_store *store, int64_t tag, int64_t most, struct err *err)
{
    struct sql_statement *list = sqlite_do(store, DO_OVER, err);
    struct numbers posts = {0};
    enum sql_step got;

    if (!list)
        return false;
    sql_bind_int(list, 1, tag);
    sql_bind_int(list, 2, sqlite_floor_ms(store));
    sql_bind_int(list, 3, most);
    while ((got = sql_step(list, err)) == SQL_ROW)
        add_number(store, &posts, sql_int_at(list, 0));
    sql_reset(list);
    return got == SQL_DONE && retire_all(store, &posts, err);
}

/* Posts of which only a repost, an update or a hide spoke have no place by time: all posts are looked at in turn. */
static bool sweep_bare(struct sqlite_store *store, int64_t most, struct err *err)
{
    struct sql_statement *sweep = sqlite_do(store, DO_SWEEP, err);
    struct numbers posts = {0};
    int64_t looked = 0;
    enum sql_step got;

    if (!sweep)
        return false;
    sql_bind_int(sweep, 1, store->sweep_at);
    sql_bind_int(sweep, 2, sqlite_floor_ms(store));
    sql_bind_int(sweep, 3, most);
    for (; (got = sql_step(sweep, err)) == SQL_ROW; looked++) {
        store->sweep_at = sql_int_at(sweep, 0);
        if (sql_int_at(sweep, 1))
            add_number(store, &posts, store->sweep_at);
    }
    sql_reset(sweep);
    if (looked < most)
        store->sweep_at = 0;
    return got == SQL_DONE && retire_all(store, &posts, err);
}

static int64_t step_of(int64_t rows)
{
    return rows < STEP_MIN ? STEP_MIN : rows > STEP_MAX ? STEP_MAX : rows;
}

/* More posts than rows were taken: what is over does not pile up. */
bool sqlite_sweep(struct sqlite_store *store, int64_t rows, struct err *err)
{
    int64_t most = step_of(rows * OVER_PER_ROW);

    return retire_oldest(store, TAG_ALL, most, err) && retire_oldest(store, TAG_REPOSTS, most, err)
           && sweep_bare(store, step_of(rows / ROWS_PER_SWEPT), err);
}
