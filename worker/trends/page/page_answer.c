/* All that a page needs, asked of a store as of one moment. */
#include "worker/trends/definitions.h"
#include "worker/trends/labels.h"
#include "worker/trends/page/page.h"
#include "worker/trends/trend_ask.h"

struct asker {
    struct trend_store *store;
    struct page_context page;
    struct question question; /* of the page, at the moment of its answer */
    struct arena *mem;
    struct buf *out;
    struct err *err;
};

static bool ask(const struct asker *asker, const struct question *question, struct answer *answer)
{
    const struct trend_asker with = {asker->store, asker->page.rules, page_language_name(asker->page.language)};

    return trend_ask(&with, question, asker->mem, answer, asker->err);
}

static bool ask_course(const struct asker *asker, struct span tag, struct series *series)
{
    struct question question = asker->question;
    struct answer answer;

    question.kind = ASK_SERIES;
    question.tag = tag;
    question.after = (struct cursor){0};
    if (!ask(asker, &question, &answer))
        return false;
    *series = answer.series;
    return true;
}

static bool answer_list(struct asker *asker)
{
    struct answer answer;

    asker->question.with_courses = true;
    if (!ask(asker, &asker->question, &answer))
        return false;
    asker->question.at_ms = answer.tags.at_ms;
    page_list(asker->out, &asker->page, &answer.tags, answer.tags.courses);
    return true;
}

static bool ask_related(const struct asker *asker, struct answer *answer)
{
    struct question question = asker->question;

    question.kind = ASK_RELATED;
    question.limit = PAGE_RELATED;
    question.after = (struct cursor){0};
    return ask(asker, &question, answer);
}

/* From its course, which costs less than its figures: those count all posts of the store too. */
static bool add_language(const struct asker *asker, struct span lang, struct tag_view *view, int64_t *left)
{
    struct question question = asker->question;
    struct answer answer;
    int64_t posts = 0;

    question.kind = ASK_SERIES;
    question.lang = lang;
    if (!ask(asker, &question, &answer))
        return false;
    for (size_t i = 0; i < answer.series.len; i++)
        posts += answer.series.points[i].posts;
    view->languages[view->languages_len++] = (struct language_share){lang, {posts, 0}};
    *left -= posts;
    return true;
}

/* The languages of the settings by name; nothing where the answer is of one language alone. */
static bool ask_languages(const struct asker *asker, struct tag_view *view)
{
    const struct list *named = &asker->page.settings->languages;
    int64_t left = view->trend->posts;

    if (asker->question.lang.len || !left)
        return true;
    for (size_t i = 0; i < named->len && i < PAGE_NAMED_LANGUAGES; i++)
        if (!add_language(asker, ((const struct span *)named->at)[i], view, &left))
            return false;
    view->languages[view->languages_len++].share.posts = left;
    shares_of(&view->languages->share, view->languages_len, sizeof *view->languages);
    return true;
}

/* All but the tag itself, as of its moment. */
static bool ask_view(struct asker *asker, struct tag_view *view)
{
    struct answer *posts = arena_zero(asker->mem, sizeof *posts), *related = arena_zero(asker->mem, sizeof *related);
    struct series *course = arena_zero(asker->mem, sizeof *course);

    asker->question.at_ms = view->trend->at_ms;
    asker->question.kind = ASK_POSTS;
    view->posts = &posts->posts;
    view->related = &related->related;
    view->series = course;
    view->rank = asker->page.rank ? asker->page.rank : (size_t)view->trend->rank;
    return ask(asker, &asker->question, posts) && ask_course(asker, asker->question.tag, course)
           && ask_related(asker, related) && ask_languages(asker, view);
}

static bool answer_tag(struct asker *asker, bool *is_found)
{
    struct answer tag;
    struct tag_view view = {.trend = &tag.tag};

    asker->question.kind = ASK_TAG;
    asker->question.is_ranked = !asker->page.rank;
    if (!ask(asker, &asker->question, &tag))
        return false;
    *is_found = tag.tag.is_known || (asker->page.rules && labels_have_tag(asker->page.rules, asker->question.tag));
    if (!*is_found)
        return true;
    if (!ask_view(asker, &view))
        return false;
    page_tag(asker->out, &asker->page, &view);
    return true;
}

static bool answer_post(struct asker *asker, bool *is_found)
{
    struct answer answer;

    if (!ask(asker, &asker->question, &answer))
        return false;
    *is_found = answer.post.is_known;
    if (*is_found)
        page_post(asker->out, &asker->page, &answer.post);
    return true;
}

bool page_answer(struct buf *out, const struct page_context *page, struct trend_store *store,
                 const struct question *question, bool *is_found, struct err *err)
{
    struct asker asker = {store, *page, *question, out->mem, out, err};
    int64_t most = question->kind == ASK_TAGS ? PAGE_TAGS : PAGE_POSTS;

    asker.page.question = &asker.question;
    if (asker.question.limit > most)
        asker.question.limit = most;
    *is_found = true;
    switch (question->kind) {
    case ASK_TAGS: return answer_list(&asker);
    case ASK_POST: return answer_post(&asker, is_found);
    default: return answer_tag(&asker, is_found);
    }
}
