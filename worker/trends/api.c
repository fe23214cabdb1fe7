#include "worker/trends/api.h"
#include "common/settings.h"
#include "worker/trends/labels.h"

#include <stddef.h>

#define PARAMETER_INFO(name, help) {#name, help},
const struct api_parameter_info api_parameters[API_PARAMETER_COUNT] = {API_PARAMETERS(PARAMETER_INFO)};

#define PARAMETER_OFFSET(name, help) offsetof(struct asked, name),
static const size_t offsets[API_PARAMETER_COUNT] = {API_PARAMETERS(PARAMETER_OFFSET)};

/* The .csv of a path comes before the path itself, whose last parameter would take the suffix. */
const struct api_operation api_operations[] = {
    {"/api/v1/tags", "tags", "The tags that people talk about, without their segments.", ASK_TAGS, false, API_LISTS,
     "Tags"},
    {"/api/v1/tags.csv", "tags_csv", "The same as CSV.", ASK_TAGS, true, API_LISTS, NULL},
    {"/api/v1/tags/{tag}.csv", "tag_csv", "A tag as CSV: one line.", ASK_TAG, true, API_FILTERS, NULL},
    {"/api/v1/tags/{tag}", "tag", "What is said about a tag, and who says it. A hashtag begins with # (%23).", ASK_TAG,
     false, API_FILTERS, "Tag"},
    {"/api/v1/tags/{tag}/posts", "posts", "The posts of a tag, the most reposted first.", ASK_POSTS, false, API_LISTS,
     "Posts"},
    {"/api/v1/tags/{tag}/posts.csv", "posts_csv", "The same as CSV.", ASK_POSTS, true, API_LISTS, NULL},
    {"/api/v1/tags/{tag}/series", "series", "The course of a tag: its figures for each step of the window.", ASK_SERIES,
     false, API_FILTERS, "Series"},
    {"/api/v1/tags/{tag}/series.csv", "series_csv", "The same as CSV.", ASK_SERIES, true, API_FILTERS, NULL},
    {"/api/v1/posts/{network}/{id}.csv", "post_csv", "The counts of a post over time as CSV.", ASK_POST, true,
     API_BIT(at), NULL},
    {"/api/v1/posts/{network}/{id}", "post", "A post, and its counts over time; the network is - where it has none.",
     ASK_POST, false, API_BIT(at), "Post"},
    {NULL, NULL, NULL, ASK_TAGS, false, 0, NULL},
};

/* --- reading a request --- */

/* The names that a query may have, ended by NULL. */
static const char *const *allowed_names(unsigned allowed, const char *beside, struct arena *mem)
{
    const char **names = arena_zero(mem, (API_PARAMETER_COUNT + 2) * sizeof *names);
    size_t len = 0;

    for (int i = 0; i < API_PARAMETER_COUNT; i++)
        if (allowed & 1u << i)
            names[len++] = api_parameters[i].name;
    names[len] = beside;
    return names;
}

static bool check_names(const struct uri_query *query, unsigned allowed, const char *beside, struct arena *mem,
                        struct err *err)
{
    const char *const *names = allowed_names(allowed, beside, mem);
    const struct uri_pair *unknown = uri_query_unknown(query, names);

    if (!unknown)
        return true;
    struct span hint = settings_hint(unknown->name, names, mem);
    return fail(err, ERR_CONFIG, "%.*s: there is no such parameter here%.*s", SPAN_ARGS(unknown->name),
                SPAN_ARGS(hint));
}

/* The parts of the path. A segment with a slash in it is one part. */
static void read_path(enum question_kind kind, const struct http_request *request, struct arena *mem,
                      struct asked *asked, struct question *question)
{
    if (kind == ASK_TAG || kind == ASK_POSTS || kind == ASK_SERIES)
        asked->tag = span_string(request->params[0], mem);
    if (kind != ASK_POST)
        return;
    question->network = span_equal(request->params[0], SPAN("-")) ? (struct span){0} : request->params[0];
    question->id = request->params[1];
}

bool api_read(enum question_kind kind, unsigned allowed, const char *beside, const struct http_request *request,
              struct arena *mem, struct question *question, struct err *err)
{
    struct asked asked = {0};
    struct question post = {0}, read;

    if (!check_names(&request->query, allowed, beside, mem, err))
        return false;
    for (int i = 0; i < API_PARAMETER_COUNT; i++) {
        struct span value = uri_query_get(&request->query, api_parameters[i].name);

        if (value.at && allowed & 1u << i)
            *(const char **)((char *)&asked + offsets[i]) = span_string(value, mem);
    }
    read_path(kind, request, mem, &asked, &post);
    if (!question_read(kind, &asked, mem, &read, err))
        return false;
    if (kind == ASK_POST) {
        read.network = post.network;
        read.id = post.id;
    }
    *question = read;
    return true;
}

/* --- answering --- */

/* Whether the store or the rules know what is asked about. A hidden post is as one that never was. */
static bool find_subject(const struct trend_asker *asker, const struct question *question, const struct answer *answer,
                         struct arena *mem, bool *is_known, struct err *err)
{
    struct question about = *question;
    struct answer tag;

    *is_known = question->kind == ASK_TAGS || (question->kind == ASK_POST && answer->post.is_known)
                || (question->kind == ASK_TAG && answer->tag.is_known)
                || (question->kind != ASK_POST && labels_have_tag(asker->rules, question->tag));
    if (*is_known || question->kind == ASK_TAG || question->kind == ASK_POST)
        return true;
    about.kind = ASK_TAG;
    if (!trend_ask(asker, &about, mem, &tag, err))
        return false;
    *is_known = tag.tag.is_known;
    return true;
}

static void reply_unknown(const struct question *question, struct arena *mem, struct http_reply *reply)
{
    struct span why =
        question->kind == ASK_POST
            ? SPAN("the store knows no such post")
            : span_format(mem, "neither the rules nor the store know a tag \"%.*s\"", SPAN_ARGS(question->tag));

    http_reply_problem(reply, HTTP_NOT_FOUND, why, mem);
}

bool api_answer(const struct api_operation *operation, const struct question *question, const struct trend_asker *asker,
                struct arena *mem, struct http_reply *reply, struct err *err)
{
    struct buf out = buf_in(mem);
    struct answer answer;
    bool is_known;

    if (!trend_ask(asker, question, mem, &answer, err) || !find_subject(asker, question, &answer, mem, &is_known, err))
        return false;
    if (!is_known) {
        reply_unknown(question, mem, reply);
        return true;
    }
    answer_write(&out, question->kind, &answer, operation->is_csv);
    *reply = (struct http_reply){.status = HTTP_OK,
                                 .type = operation->is_csv ? "text/csv; charset=utf-8" : "application/json",
                                 .body = buf_span(&out)};
    return true;
}
