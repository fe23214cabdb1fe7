#include "worker/trends/publish.h"

enum { DEPTH_MAX = 8 };

int64_t publish_step_of(int64_t time_ms, int64_t step_ms)
{
    return (time_ms / step_ms + (time_ms % step_ms > 0)) * step_ms;
}

int64_t publish_first_step(int64_t newest_ms, int64_t written_ms, int64_t step_ms, bool is_whole)
{
    int64_t own_ms = newest_ms == TIME_UNKNOWN ? TIME_UNKNOWN : publish_step_of(newest_ms, step_ms);

    if (written_ms == TIME_UNKNOWN)
        return own_ms;
    int64_t after_ms = publish_step_of(written_ms + is_whole, step_ms);
    return own_ms > after_ms ? own_ms : after_ms;
}

static bool ask_ids(const struct trend_asker *asker, const struct trend *trend, struct arena *mem,
                    struct answer *answer, struct err *err)
{
    const struct question question = {
        .kind = ASK_POSTS,
        .tag = trend->tag,
        .at_ms = trend->at_ms,
        .window_ms = trend->window_ms,
        .sentiment = -1,
        .sort = POSTS_BY_REPOSTS,
        .limit = PUBLISH_IDS,
    };

    return trend_ask(asker, &question, mem, answer, err);
}

/* What answers take goes after each tag; its record stays. */
static bool add_record(const struct trend_asker *asker, const struct trend *trend, size_t rank, struct arena *mem,
                       struct publication *out, struct err *err)
{
    struct arena *once = arena_new();
    struct buf value = buf_in(once);
    struct answer answer = {0};
    bool fine = ask_ids(asker, trend, once, &answer, err);

    if (fine)
        answer_json_published(&value, trend, rank, &answer.posts);
    if (fine && value.len > PUBLISH_RECORD_MAX)
        out->too_large++;
    else if (fine)
        out->records[out->len++] =
            (struct published){span_keep(trend->tag, mem), span_keep(buf_span(&value), mem), trend->burst};
    arena_free(once);
    return fine;
}

bool publish_make(const struct trend_asker *asker, const struct publish_settings *settings, int64_t at_ms,
                  struct arena *mem, struct publication *out, struct err *err)
{
    const struct question question = {
        .kind = ASK_TAGS,
        .at_ms = at_ms,
        .window_ms = QUESTION_WINDOW_MS,
        .sentiment = -1,
        .sort = TAGS_BY_POSTS,
        .limit = settings->top,
    };
    struct answer answer = {0};

    if (!trend_ask(asker, &question, mem, &answer, err))
        return false;
    *out =
        (struct publication){.at_ms = at_ms, .records = arena_zero(mem, (answer.tags.len + 1) * sizeof *out->records)};
    for (size_t i = 0; i < answer.tags.len; i++)
        if (!add_record(asker, &answer.tags.tags[i], i + 1, mem, out, err))
            return false;
    return true;
}

int64_t publish_step_in(struct span value, struct arena *mem)
{
    struct value tree;
    struct span why;

    if (!value.at || json_read(value, DEPTH_MAX, mem, &tree, &why) != JSON_OK)
        return TIME_UNKNOWN;
    const struct value *at = json_get(&tree, SPAN("at"));
    return at && at->type == VALUE_INT && json_get(&tree, SPAN("rank")) ? at->integer : TIME_UNKNOWN;
}
