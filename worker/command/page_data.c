#include "worker/command/page_data.h"
#include "worker/trends/labels.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* What neither the store nor the rules know has no data. */
static bool check_known(const struct page_data *data, const struct question *question, const struct answer *answer,
                        struct err *err)
{
    struct span network = question->network.len ? question->network : SPAN("-");

    if (question->kind == ASK_TAG && !answer->tag.is_known && !labels_have_tag(data->asker.rules, question->tag))
        return fail(err, ERR_WORK, "neither the rules nor the store know a tag \"%.*s\"", SPAN_ARGS(question->tag));
    if (question->kind == ASK_POST && !answer->post.is_known)
        return fail(err, ERR_WORK, "the store knows no post %.*s/%.*s", SPAN_ARGS(network), SPAN_ARGS(question->id));
    return true;
}

static bool ask(const struct buf *out, const struct page_data *data, const struct question *question,
                struct answer *answer, struct err *err)
{
    return trend_ask(&data->asker, question, out->mem, answer, err) && check_known(data, question, answer, err);
}

/* With its posts, both of one moment. */
static bool write_tag(struct buf *out, const struct page_data *data, struct question question, struct err *err)
{
    struct answer tag, posts;

    question.kind = ASK_TAG;
    if (!ask(out, data, &question, &tag, err))
        return false;
    question.kind = ASK_POSTS;
    question.at_ms = tag.tag.at_ms;
    if (!ask(out, data, &question, &posts, err))
        return false;
    if (data->is_csv) {
        answer_csv_posts(out, &posts.posts);
        return true;
    }
    buf_put(out, SPAN("{\"trend\":"));
    answer_json_tag(out, &tag.tag);
    buf_put(out, SPAN(",\"posts\":"));
    answer_json_posts(out, &posts.posts);
    buf_char(out, '}');
    return true;
}

bool page_data_write(struct buf *out, const struct page_data *data, const struct question *question, struct err *err)
{
    struct answer answer;

    if (question->kind == ASK_POSTS)
        return write_tag(out, data, *question, err);
    if (!ask(out, data, question, &answer, err))
        return false;
    answer_write(out, question->kind, &answer, data->is_csv);
    return true;
}

static bool write_all(const char *path, struct span bytes)
{
    FILE *file = fopen(path, "w");
    bool fine = file && fwrite(bytes.at, 1, bytes.len, file) == bytes.len;

    return file && fclose(file) == 0 && fine;
}

bool page_file_write(const char *path, struct span bytes, struct err *err)
{
    struct arena *mem = arena_new();
    const char *beside = span_format(mem, "%s.%d.tmp", path, (int)getpid()).at;
    bool fine = write_all(beside, bytes) && rename(beside, path) == 0;

    if (!fine) {
        fail(err, ERR_WORK, "%s cannot be written: %s", path, strerror(errno));
        unlink(beside);
    }
    arena_free(mem);
    return fine;
}
