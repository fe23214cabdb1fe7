/* Answers: any question, as of one moment of the store. */
#include "worker/trends/sqlite_ask.h"

int order_figures(int128 figure_a, int64_t second_a, int128 figure_b, int64_t second_b)
{
    if (figure_a != figure_b)
        return figure_a > figure_b ? -1 : 1;
    return second_a != second_b ? (second_a > second_b ? -1 : 1) : 0;
}

bool asking_denies(const struct asking *asking, struct span tag)
{
    const struct span *deny = asking->store->settings->deny.at;

    for (size_t i = 0; i < asking->store->settings->deny.len; i++)
        if (span_equal(deny[i], tag))
            return true;
    return false;
}

bool asking_tag(const struct asking *asking, int64_t *tag, struct err *err)
{
    *tag = NAME_NONE;
    return asking_denies(asking, asking->question->tag)
           || sqlite_name(asking->store, asking->question->tag, false, tag, err);
}

/* --- any question --- */

/* A filter by a name; one that was never seen matches nothing. */
static bool find_filter(struct asking *asking, struct span text, int64_t *out, struct err *err)
{
    *out = -1;
    if (!text.len)
        return true;
    if (!sqlite_name(asking->store, text, false, out, err))
        return false;
    asking->matches_none |= *out == NAME_NONE;
    return true;
}

static bool begin_asking(struct asking *asking, struct err *err)
{
    const struct question *question = asking->question;
    int64_t at_ms = question->at_ms != TIME_UNKNOWN ? question->at_ms : asking->store->newest_ms;

    if (at_ms == TIME_UNKNOWN)
        at_ms = 0;
    asking->floor_ms = sqlite_floor_ms(asking->store);
    asking->span = (struct tally_span){
        .from_ms = at_ms - question->window_ms, .to_ms = at_ms, .at_ms = at_ms, .sentiment = question->sentiment};
    return find_filter(asking, question->lang, &asking->span.lang, err)
           && find_filter(asking, question->segment, &asking->span.segment, err);
}

static bool answer_one(struct asking *asking, struct answer *answer, struct err *err)
{
    switch (asking->question->kind) {
    case ASK_TAGS: return ask_tags(asking, &answer->tags, err);
    case ASK_TAG: return ask_tag(asking, &answer->tag, err);
    case ASK_POSTS: return ask_posts(asking, &answer->posts, err);
    case ASK_SERIES: return ask_series(asking, &answer->series, err);
    case ASK_POST: return ask_post(asking, &answer->post, err);
    case ASK_RELATED: return ask_related(asking, &answer->related, err);
    }
    return false;
}

/* What a writer of another process has committed since is seen from here on, and no more of it until the answer is
 * there. */
static bool refresh(struct sqlite_store *store, struct err *err)
{
    if (store->lock >= 0)
        return true;
    if (!sql_int(store->sql, "SELECT coalesce(max(value), -9223372036854775808) FROM state WHERE name = 'newest'",
                 &store->newest_ms, err)
        || !sql_int(store->sql, "SELECT value FROM state WHERE name = 'version'", &store->version, err))
        return false;
    if (store->names_version != store->version)
        name_cache_clear(store->names);
    store->names_version = store->version;
    return true;
}

bool sqlite_ask(struct trend_store *base, const struct question *question, struct arena *mem, struct answer *answer,
                struct err *err)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct asking asking = {.store = store, .question = question, .mem = mem};
    struct err ignored;

    sqlite_follow(store);
    bool fine = sql_exec(store->sql, "BEGIN", err);
    if (!fine)
        return false;
    fine = refresh(store, err) && begin_asking(&asking, err) && answer_one(&asking, answer, err);
    sql_exec(store->sql, "COMMIT", &ignored);
    return fine;
}
