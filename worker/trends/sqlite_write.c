/* How rows become the store's. Each row is merged so that the greatest wins: the order in which rows come, and how
 * often, changes nothing. */
#include "common/hash.h"
#include "worker/trends/sqlite_hours.h"

static void bind_text(struct sql_statement *statement, int at, struct span text)
{
    if (text.len)
        sql_bind_text(statement, at, text);
    else
        sql_bind_null(statement, at);
}

/* --- posts --- */

/* Its row, of what is known without a row of facts. */
static bool add_post(struct sqlite_store *store, struct known_post *known, struct err *err)
{
    struct sql_statement *add = sqlite_do(store, DO_POST_ADD, err);

    if (!known->is_new || !add)
        return !known->is_new;
    known->is_new = false;
    sql_bind_int(add, 1, known->post);
    sql_bind_int(add, 2, known->network);
    sql_bind_text(add, 3, known->id);
    sql_bind_known(add, 4, known->first_as_of_ms, TIME_UNKNOWN);
    sql_bind_known(add, 5, known->subject, 0);
    sql_bind_int(add, 6, known->levels);
    return sql_run(add, err);
}

static bool read_post(struct sqlite_store *store, int64_t network, struct span id, struct known_post *known,
                      struct err *err)
{
    struct sql_statement *find = sqlite_do(store, DO_POST_FIND, err);

    if (!find)
        return false;
    sql_bind_int(find, 1, network);
    sql_bind_text(find, 2, id);
    enum sql_step got = sql_step(find, err);
    if (got == SQL_ROW)
        sqlite_known(find, store->mem, known);
    else
        *known = (struct known_post){.post = ++store->last_post,
                                     .network = network,
                                     .id = id,
                                     .is_new = true,
                                     .first_as_of_ms = TIME_UNKNOWN,
                                     .created_ms = TIME_UNKNOWN};
    sql_reset(find);
    return got != SQL_FAILED;
}

/* The post of this id, new where there is none; it is the cache's. */
static bool find_post(struct sqlite_store *store, int64_t network, struct span id, struct known_post **known,
                      struct err *err)
{
    struct known_post read;

    *known = post_cache_find(store->posts, network, id);
    if (*known)
        return true;
    if (!read_post(store, network, id, &read, err))
        return false;
    *known = post_cache_add(store->posts, &read);
    return true;
}

static bool set_state(struct sqlite_store *store, struct known_post *known, int64_t state, struct err *err)
{
    struct sql_statement *set = sqlite_do(store, DO_POST_STATE, err);

    if (!set || !add_post(store, known, err))
        return false;
    if (known->state == state)
        return true;
    known->state = state;
    sql_bind_int(set, 1, known->post);
    sql_bind_int(set, 2, state);
    return sql_run(set, err);
}

/* --- hides and edits --- */

static bool is_greater_hide(const struct row *row, const struct known_post *known)
{
    struct row_order held = {known->hide_as_of_ms, 0, known->hide_offset, known->hide_digest};
    struct row_order given = {row->order.as_of_ms, 0, row->order.offset, row->order.digest};

    return !known->has_hide || row_compare(&given, &held) > 0;
}

static bool want_again(struct sqlite_store *store, int64_t post, struct err *err)
{
    struct sql_statement *add = sqlite_do(store, DO_AGAIN_ADD, err);

    if (!add)
        return false;
    store->has_again = true;
    sql_bind_int(add, 1, post);
    return sql_run(add, err);
}

static bool set_hide(struct sqlite_store *store, const struct row *row, struct known_post *known, int64_t state,
                     struct err *err)
{
    struct sql_statement *set = sqlite_do(store, DO_POST_HIDE, err);

    if (!set || !add_post(store, known, err))
        return false;
    post_cache_forget(store->posts, known);
    sql_bind_int(set, 1, known->post);
    sql_bind_int(set, 2, state);
    sql_bind_int(set, 3, row->order.as_of_ms);
    sql_bind_int(set, 4, row->order.offset);
    sql_bind_int(set, 5, row->order.digest);
    return sql_run(set, err);
}

/* All of it goes at once. */
static bool hide(struct sqlite_store *store, const struct row *row, struct known_post *known, struct err *err)
{
    bool has_rows = known->first_as_of_ms != TIME_UNKNOWN;

    if (!sqlite_flush(store, err))
        return false;
    if (!has_rows && !sqlite_has_seen(store, known->post, &has_rows, err))
        return false;
    if (!set_hide(store, row, known, known->state | POST_HIDDEN | (has_rows ? POST_LOST : 0), err))
        return false;
    if (!has_rows || known->state & POST_HIDDEN)
        return true;
    store->must_scrub = true;
    return sqlite_remove(store, known, true, err);
}

/* Taken back: what was lost must be read again. */
static bool unhide(struct sqlite_store *store, const struct row *row, struct known_post *known, struct err *err)
{
    return set_hide(store, row, known, known->state & ~(int64_t)POST_HIDDEN, err)
           && (!(known->state & POST_LOST) || want_again(store, known->post, err));
}

static bool take_hide(struct sqlite_store *store, const struct row *row, struct known_post *known, struct err *err)
{
    if (!is_greater_hide(row, known))
        return true;
    return row->says == ROW_HIDE ? hide(store, row, known, err) : unhide(store, row, known, err);
}

static bool drop_replaced(struct sqlite_store *store, const struct row *row, int64_t network, struct err *err)
{
    struct known_post *old;

    if (!row->replaces.len || span_equal(row->replaces, row->id))
        return true;
    if (!find_post(store, network, row->replaces, &old, err))
        return false;
    if (old->state & POST_REPLACED)
        return true;
    return set_state(store, old, old->state | POST_REPLACED, err) && sqlite_remove(store, old, true, err);
}

/* --- what a row says of a post --- */

/* The numbers of all tags, each once: of tags, then of hashtags with their #. */
static bool number_tags(struct sqlite_store *store, const struct row *row, struct span *out, struct err *err)
{
    size_t most = 1 + row->tags.len + row->hashtags.len, len = 1;
    uint32_t *at = arena_take(store->mem, most * sizeof *at);

    at[0] = 0;
    for (size_t i = 0; i < row->tags.len + row->hashtags.len; i++) {
        bool is_hashtag = i >= row->tags.len;
        struct span text =
            is_hashtag ? span_joined(store->mem, SPAN("#"), row->hashtags.at[i - row->tags.len], (struct span){0})
                       : row->tags.at[i];
        int64_t name;

        if (!sqlite_name(store, text, true, &name, err))
            return false;
        at[len++] = (uint32_t)name;
        at[0] += !is_hashtag;
    }
    at[0] |= (row->has_tags ? TAGS_GIVEN : 0) | (row->has_hashtags ? HASHTAGS_GIVEN : 0);
    *out = (struct span){(const char *)at, len * sizeof *at};
    return true;
}

static bool add_tags(struct sqlite_store *store, const struct known_post *known, struct err *err)
{
    struct tag_numbers tags = sqlite_tags(known->tags);

    if (!pending_tag(store, known->kind == KIND_REPOST ? TAG_REPOSTS : TAG_ALL, known, err))
        return false;
    for (size_t i = 0; i < tags.len; i++)
        if (!pending_tag(store, tags.at[i], known, err))
            return false;
    return true;
}

static bool set_levels(struct sqlite_store *store, const struct known_post *known, struct err *err)
{
    struct sql_statement *set = sqlite_do(store, DO_POST_LEVELS, err);

    if (!set)
        return false;
    sql_bind_int(set, 1, known->post);
    sql_bind_int(set, 2, known->levels);
    return sql_run(set, err);
}

/* The rows of its tags have its levels too. A post that is new has no rows yet. */
static bool raise_levels(struct sqlite_store *store, const struct row *row, struct known_post *known, struct err *err)
{
    struct tag_numbers tags = sqlite_tags(known->tags);
    uint16_t levels = levels_raise(known->levels, row->counts);

    if (levels == known->levels)
        return true;
    known->levels = levels;
    if (!known->is_new && !set_levels(store, known, err))
        return false;
    for (size_t i = 0; known->has_row && known->kind != KIND_REPOST && i < tags.len; i++)
        if (!pending_tag(store, tags.at[i], known, err))
            return false;
    return true;
}

/* Names that are in use no more go last: the new tags may be the old ones. */
static bool change_tags(struct sqlite_store *store, const struct known_post *was, const struct known_post *now,
                        struct err *err)
{
    if (!was->has_row)
        return add_tags(store, now, err);
    return sqlite_flush(store, err) && sqlite_drop_tags(store, was, err) && add_tags(store, now, err)
           && sqlite_flush(store, err) && sqlite_drop_names(store, was, err);
}

/* Most rows of a post say the same of it, but for the counts. */
static bool same_tags(const struct known_post *a, const struct known_post *b)
{
    return a->has_row && sqlite_time_of(a) == sqlite_time_of(b) && a->kind == b->kind && a->subject == b->subject
           && a->lang == b->lang && a->sentiment == b->sentiment && a->segment == b->segment && a->author == b->author
           && span_equal(a->tags, b->tags);
}

/* Distinct authors are counted by a number of network and author. */
static int64_t author_of(const struct row *row, struct arena *mem)
{
    if (!row->author.len)
        return 0;
    return (int64_t)(hash_bytes(span_joined(mem, row->network, (struct span){"", 1}, row->author)) | 1);
}

static bool set_text(struct sqlite_store *store, const struct row *row, const struct known_post *was, int64_t digest,
                     struct err *err)
{
    struct sql_statement *set = sqlite_do(store, row->has_text ? DO_TEXT_SET : DO_TEXT_DROP, err);

    if (!set)
        return false;
    if (was->has_row && was->text_digest == digest)
        return true;
    sql_bind_int(set, 1, was->post);
    if (row->has_text)
        sql_bind_text(set, 2, row->text);
    return sql_run(set, err);
}

static bool set_post(struct sqlite_store *store, const struct row *row, const struct known_post *known, struct err *err)
{
    struct sql_statement *set = sqlite_do(store, known->is_new ? DO_POST_NEW : DO_POST_SET, err);

    if (!set)
        return false;
    sql_bind_int(set, 1, known->post);
    sql_bind_int(set, 2, known->first_as_of_ms);
    sql_bind_int(set, 3, known->order.as_of_ms);
    sql_bind_int(set, 4, known->order.version);
    sql_bind_int(set, 5, known->order.offset);
    sql_bind_int(set, 6, known->order.digest);
    sql_bind_int(set, 7, known->kind);
    sql_bind_int(set, 8, known->subject);
    sql_bind_known(set, 9, known->created_ms, TIME_UNKNOWN);
    sql_bind_int(set, 10, known->lang);
    sql_bind_int(set, 11, known->sentiment);
    sql_bind_int(set, 12, known->segment);
    sql_bind_known(set, 13, known->author, 0);
    sql_bind_bytes(set, 14, known->tags);
    sql_bind_int(set, 15, known->text_digest);
    sql_bind_known(set, 16, row->followers, COUNT_UNKNOWN);
    bind_text(set, 17, row->author);
    bind_text(set, 18, row->handle);
    bind_text(set, 19, row->url);
    if (known->is_new) {
        sql_bind_int(set, 20, known->network);
        sql_bind_text(set, 21, known->id);
        sql_bind_int(set, 22, known->levels);
    }
    return sql_run(set, err);
}

static void put_word(struct buf *out, struct span word)
{
    buf_put(out, (struct span){(const char *)&word.len, sizeof word.len});
    buf_put(out, word);
}

/* Of all that the row says of the post but its counts and followers. */
static uint64_t digest_content(const struct row *row, struct arena *mem)
{
    struct buf out = buf_in(mem);
    const struct span words[] = {row->subject, row->lang, row->author, row->handle, row->segment, row->url, row->text};
    int64_t numbers[] = {row->kind, row->sentiment, row->created_ms,
                         row->has_text | row->has_tags << 1 | row->has_hashtags << 2, (int64_t)row->tags.len};

    buf_put(&out, (struct span){(const char *)numbers, sizeof numbers});
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        put_word(&out, words[i]);
    for (size_t i = 0; i < row->tags.len; i++)
        put_word(&out, row->tags.at[i]);
    for (size_t i = 0; i < row->hashtags.len; i++)
        put_word(&out, row->hashtags.at[i]);
    return hash_bytes(buf_span(&out));
}

/* What the row makes of the post. */
static bool describe_post(struct sqlite_store *store, const struct row *row, int64_t subject,
                          const struct known_post *was, struct known_post *now, struct err *err)
{
    *now = *was;
    now->has_row = true;
    now->order = row->order;
    now->kind = row->kind;
    now->subject = subject;
    now->created_ms = row->created_ms;
    now->sentiment = row->sentiment;
    now->author = author_of(row, store->mem);
    now->text_digest = row->has_text ? (int64_t)hash_bytes(row->text) : 0;
    if (row->order.as_of_ms < now->first_as_of_ms || now->first_as_of_ms == TIME_UNKNOWN)
        now->first_as_of_ms = row->order.as_of_ms;
    return sqlite_name(store, row->lang, true, &now->lang, err)
           && sqlite_name(store, row->segment, true, &now->segment, err) && number_tags(store, row, &now->tags, err);
}

static bool take_content(struct sqlite_store *store, const struct row *row, int64_t subject, struct known_post *known,
                         struct err *err)
{
    struct known_post was = *known, now;
    uint64_t content = digest_content(row, store->mem);

    if (was.has_row && was.content == content && !was.is_forgotten) {
        known->order = row->order;
        return pending_order(store, known, row->followers, err);
    }
    if (!describe_post(store, row, subject, &was, &now, err) || !set_text(store, row, &was, now.text_digest, err)
        || !set_post(store, row, &now, err))
        return false;
    now.is_new = false;
    now.content = content;
    post_cache_set(store->posts, known, &now);
    return same_tags(&was, known) || change_tags(store, &was, known, err);
}

/* The first time that a post was seen at is its time, where no created is known. */
static bool set_first(struct sqlite_store *store, const struct row *row, struct known_post *known, struct err *err)
{
    struct sql_statement *set = sqlite_do(store, DO_POST_FIRST, err);
    struct known_post was = *known;

    if (!set)
        return false;
    if (was.first_as_of_ms != TIME_UNKNOWN && was.first_as_of_ms <= row->order.as_of_ms)
        return true;
    known->first_as_of_ms = row->order.as_of_ms;
    sql_bind_int(set, 1, known->post);
    sql_bind_int(set, 2, known->first_as_of_ms);
    if (!sql_run(set, err))
        return false;
    return !was.has_row || same_tags(&was, known) || change_tags(store, &was, known, err);
}

static bool is_new_content(const struct row *row, const struct known_post *known)
{
    return row->kind != KIND_UPDATE && (!known->has_row || row_compare(&row->order, &known->order) > 0);
}

/* A row that must not be kept; if its post is only hidden, it is to be read again when that is taken back. */
static bool drop_row(struct sqlite_store *store, struct known_post *known, struct err *err)
{
    return !(known->state & POST_HIDDEN) || set_state(store, known, known->state | POST_LOST, err);
}

/* Known of a post whose only rows are updates, too: its observations are found by it when it goes. */
static bool set_subject(struct sqlite_store *store, struct known_post *known, int64_t subject, struct err *err)
{
    struct sql_statement *set = sqlite_do(store, DO_POST_SUBJECT, err);

    if (known->has_row || known->subject == subject)
        return true;
    if (!set)
        return false;
    known->subject = subject;
    sql_bind_int(set, 1, known->post);
    sql_bind_int(set, 2, subject);
    return sql_run(set, err);
}

/* A row that says nothing of the post but that it was there. */
static bool take_glimpse(struct sqlite_store *store, const struct row *row, int64_t subject, struct known_post *known,
                         struct err *err)
{
    if (!known->is_new)
        return set_subject(store, known, subject, err) && set_first(store, row, known, err);
    known->subject = subject;
    known->first_as_of_ms = row->order.as_of_ms;
    return add_post(store, known, err);
}

static bool find_subject(struct sqlite_store *store, const struct row *row, struct known_post *known,
                         struct known_post **subject, struct err *err)
{
    *subject = known;
    return !row_is_repost(row) || find_post(store, known->network, row->subject, subject, err);
}

static bool take_observation(struct sqlite_store *store, const struct row *row, struct known_post *known,
                             struct err *err)
{
    struct known_post *subject;

    if (!drop_replaced(store, row, known->network, err))
        return false;
    if (known->state & (POST_HIDDEN | POST_REPLACED))
        return drop_row(store, known, err);
    if (!find_subject(store, row, known, &subject, err))
        return false;
    if (subject->state & (POST_HIDDEN | POST_REPLACED))
        return drop_row(store, subject, err);
    if ((subject != known && !add_post(store, subject, err)) || !raise_levels(store, row, subject, err)
        || !pending_seen(store, row, subject->post, known->post, err))
        return false;
    return is_new_content(row, known) ? take_content(store, row, subject->post, known, err)
                                      : take_glimpse(store, row, subject->post, known, err);
}

/* --- batches --- */

static bool is_wanted(struct sqlite_store *store, int64_t post, bool *wanted, struct err *err)
{
    struct sql_statement *find = sqlite_do(store, DO_AGAIN_FIND, err);

    if (!find)
        return false;
    sql_bind_int(find, 1, post);
    enum sql_step got = sql_step(find, err);
    *wanted |= got == SQL_ROW;
    sql_reset(find);
    return got != SQL_FAILED;
}

/* Of a second reading. */
static bool take_again(struct sqlite_store *store, const struct row *row, struct known_post *known, struct err *err)
{
    struct known_post *subject;
    bool wanted = false;

    if (!find_subject(store, row, known, &subject, err))
        return false;
    if (!is_wanted(store, known->post, &wanted, err) || !is_wanted(store, subject->post, &wanted, err))
        return false;
    return !wanted || row->says != ROW_OBSERVATION || take_observation(store, row, known, err);
}

/* Between two rows, since posts that a row speaks of are the cache's. */
static bool make_room(struct sqlite_store *store, struct err *err)
{
    if (!post_cache_is_full(store->posts))
        return true;
    if (!sqlite_flush(store, err))
        return false;
    post_cache_turn(store->posts);
    return true;
}

static bool take_row(struct sqlite_store *store, const struct row *row, bool again, struct err *err)
{
    struct known_post *known;
    int64_t network;

    if (!make_room(store, err) || !sqlite_name(store, row->network, true, &network, err)
        || !find_post(store, network, row->id, &known, err))
        return false;
    if (again)
        return take_again(store, row, known, err);
    return row->says == ROW_OBSERVATION ? take_observation(store, row, known, err) : take_hide(store, row, known, err);
}

static bool set_places(struct sqlite_store *store, const struct row_batch *batch, struct err *err)
{
    struct sql_statement *set = sqlite_do(store, DO_PLACE_SET, err);

    for (size_t i = 0; set && i < batch->places_len; i++) {
        sql_bind_text(set, 1, batch->places[i].topic);
        sql_bind_int(set, 2, batch->places[i].partition);
        sql_bind_int(set, 3, batch->places[i].offset);
        if (!sql_run(set, err))
            return false;
    }
    return set != NULL;
}

static bool set_number(struct sqlite_store *store, struct span name, int64_t value, struct err *err)
{
    struct sql_statement *set = sqlite_do(store, DO_STATE_SET, err);

    if (!set)
        return false;
    sql_bind_text(set, 1, name);
    sql_bind_int(set, 2, value);
    return sql_run(set, err);
}

/* The posts whose rows were read again have what they had. */
static bool end_again(struct sqlite_store *store, struct err *err)
{
    store->has_again = false;
    post_cache_clear(store->posts);
    return sql_exec(store->sql,
                    "UPDATE post SET state = state & ~4 WHERE post IN (SELECT post FROM again)"
                    " AND state & 1 = 0; DELETE FROM again",
                    err);
}

static bool take_rows(struct sqlite_store *store, const struct row_batch *batch, struct err *err)
{
    if (batch->timestamp_ms != TIME_UNKNOWN && batch->timestamp_ms > store->newest_ms)
        store->newest_ms = batch->timestamp_ms;
    for (size_t i = 0; i < batch->len; i++)
        if (!take_row(store, &batch->rows[i], batch->again, err))
            return false;
    store->open_rows += (int64_t)batch->len;
    return true;
}

static bool end_transaction(struct sqlite_store *store, const struct row_batch *batch, struct err *err)
{
    return sqlite_flush(store, err) && (!batch->again_ends || end_again(store, err))
           && sqlite_sweep(store, store->open_rows, err) && sqlite_hours_pack(store, store->open_rows, err)
           && set_places(store, batch, err) && set_number(store, SPAN("newest"), store->newest_ms, err)
           && set_number(store, SPAN("version"), store->version + 1, err)
           && set_number(store, SPAN("sweep"), store->sweep_at, err) && sql_exec(store->sql, "COMMIT", err);
}

/* Puts what was deleted out of the write-ahead log too, and out of the pages in memory, which later batches write
 * again. Readers may be in the way for a moment: then the next batch does it. */
static bool scrub(struct sqlite_store *store, struct err *err)
{
    int64_t busy = 0;

    if (!store->must_scrub)
        return true;
    if (!sql_int(store->sql, "PRAGMA wal_checkpoint(TRUNCATE)", &busy, err))
        return sql_failure(store->sql) == SQL_BUSY;
    store->must_scrub = busy != 0;
    return busy || sql_exec(store->sql, "PRAGMA shrink_memory", err);
}

static bool begin_transaction(struct sqlite_store *store, struct err *err)
{
    if (store->is_open)
        return true;
    store->committed = (struct committed){store->newest_ms, store->sweep_at, store->has_again};
    store->open_rows = 0;
    store->is_open = sql_exec(store->sql, "BEGIN IMMEDIATE", err);
    return store->is_open;
}

/* The store is as it was before the transaction. */
static void undo_transaction(struct sqlite_store *store)
{
    struct err ignored;

    if (store->is_open)
        sql_exec(store->sql, "ROLLBACK", &ignored);
    store->is_open = false;
    name_cache_clear(store->names);
    post_cache_clear(store->posts);
    pending_clear(store->pending);
    sqlite_hours_load(store, &ignored);
    store->newest_ms = store->committed.newest_ms;
    store->sweep_at = store->committed.sweep_at;
    store->has_again = store->committed.has_again;
}

bool sqlite_take(struct trend_store *base, const struct row_batch *batch, struct err *err)
{
    struct sqlite_store *store = (struct sqlite_store *)base;

    bool fine = begin_transaction(store, err) && take_rows(store, batch, err)
                && (batch->goes_on || end_transaction(store, batch, err));
    arena_reset(store->mem);
    if (!fine)
        undo_transaction(store);
    if (!fine || batch->goes_on)
        return fine;
    store->is_open = false;
    store->version++;
    store->rows += store->open_rows;
    return scrub(store, err);
}
