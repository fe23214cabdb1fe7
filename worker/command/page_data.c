#include "worker/command/page_data.h"
#include "worker/trends/labels.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static bool ask(const struct buf *out, const struct page_data *data, const struct question *question,
                struct answer *answer, struct err *err)
{
    return data->store->ops->ask(data->store, question, out->mem, answer, err);
}

static bool write_list(struct buf *out, const struct page_data *data, const struct question *question, struct err *err)
{
    struct answer answer;

    if (!ask(out, data, question, &answer, err))
        return false;
    labels_set_tags(data->rules, data->language, &answer.tags);
    if (data->is_csv)
        answer_csv_tags(out, answer.tags.tags, answer.tags.len);
    else
        answer_json_tags(out, &answer.tags);
    return true;
}

static bool write_tag(struct buf *out, const struct page_data *data, struct question question, struct err *err)
{
    struct answer tag, posts;

    question.kind = ASK_TAG;
    if (!ask(out, data, &question, &tag, err))
        return false;
    if (!tag.tag.is_known && !labels_have_tag(data->rules, question.tag))
        return fail(err, ERR_WORK, "neither the rules nor the store know a tag \"%.*s\"", SPAN_ARGS(question.tag));
    labels_set_tag(data->rules, data->language, &tag.tag);
    question.kind = ASK_POSTS;
    question.at_ms = tag.tag.at_ms; /* both of one moment */
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

static bool write_series(struct buf *out, const struct page_data *data, const struct question *question,
                         struct err *err)
{
    struct answer answer;

    if (!ask(out, data, question, &answer, err))
        return false;
    (data->is_csv ? answer_csv_series : answer_json_series)(out, &answer.series);
    return true;
}

static bool write_related(struct buf *out, const struct page_data *data, const struct question *question,
                          struct err *err)
{
    struct answer answer;

    if (!ask(out, data, question, &answer, err))
        return false;
    labels_set_related(data->rules, data->language, &answer.related);
    (data->is_csv ? answer_csv_related : answer_json_related)(out, &answer.related);
    return true;
}

static bool write_post(struct buf *out, const struct page_data *data, const struct question *question, struct err *err)
{
    struct span network = question->network.len ? question->network : SPAN("-");
    struct answer answer;

    if (!ask(out, data, question, &answer, err))
        return false;
    if (!answer.post.is_known)
        return fail(err, ERR_WORK, "the store knows no post %.*s/%.*s", SPAN_ARGS(network), SPAN_ARGS(question->id));
    (data->is_csv ? answer_csv_post : answer_json_post)(out, &answer.post);
    return true;
}

bool page_data_write(struct buf *out, const struct page_data *data, const struct question *question, struct err *err)
{
    switch (question->kind) {
    case ASK_TAGS: return write_list(out, data, question, err);
    case ASK_SERIES: return write_series(out, data, question, err);
    case ASK_RELATED: return write_related(out, data, question, err);
    case ASK_POST: return write_post(out, data, question, err);
    default: return write_tag(out, data, *question, err);
    }
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
