#include "worker/trends/answer.h"

static void write_json(struct buf *out, enum question_kind kind, const struct answer *answer)
{
    switch (kind) {
    case ASK_TAGS: answer_json_tags(out, &answer->tags); break;
    case ASK_TAG: answer_json_tag(out, &answer->tag); break;
    case ASK_POSTS: answer_json_posts(out, &answer->posts); break;
    case ASK_SERIES: answer_json_series(out, &answer->series); break;
    case ASK_POST: answer_json_post(out, &answer->post); break;
    case ASK_RELATED: answer_json_related(out, &answer->related); break;
    }
}

static void write_csv(struct buf *out, enum question_kind kind, const struct answer *answer)
{
    switch (kind) {
    case ASK_TAGS: answer_csv_tags(out, answer->tags.tags, answer->tags.len); break;
    case ASK_TAG: answer_csv_tags(out, &answer->tag, 1); break;
    case ASK_POSTS: answer_csv_posts(out, &answer->posts); break;
    case ASK_SERIES: answer_csv_series(out, &answer->series); break;
    case ASK_POST: answer_csv_post(out, &answer->post); break;
    case ASK_RELATED: answer_csv_related(out, &answer->related); break;
    }
}

void answer_write(struct buf *out, enum question_kind kind, const struct answer *answer, bool is_csv)
{
    (is_csv ? write_csv : write_json)(out, kind, answer);
}
