#include "worker/command/command.h"
#include "worker/trends/labels.h"
#include "worker/trends/page/page.h"
#include "worker/trends/store.h"

#include <errno.h>
#include <stdio.h>

enum { CONFIG, TAG, POST, SERIES, AT, WINDOW, LANG, SEGMENT, SENTIMENT, SORT, LIMIT, AFTER, HL, JSON, CSV, OUT };

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [TAG] = {"tag", "TAG", "A tag, or a #hashtag; without it the list of all."},
    [POST] = {"post", "NETWORK/ID", "A post and its counts over time instead; - where it has no network."},
    [SERIES] = {"series", NULL, "The course of the tag instead: its figures for each step of the window."},
    [AT] = {"at", "TIME", "As of this time, RFC 3339 or ms since 1970 (default the greatest record timestamp read)."},
    [WINDOW] = {"window", "DURATION", "How far back it reaches (default 24h)."},
    [LANG] = {"lang", "LANG", "Posts of this language alone."},
    [SEGMENT] = {"segment", "SEGMENT", "Posts of this segment alone, such as 40s/male."},
    [SENTIMENT] = {"sentiment", "NAME", "Posts of this sentiment alone: positive, neutral, negative, unknown."},
    [SORT] = {"sort", "NAME",
              "Posts by reposts (default), likes, views, per_hour, newest; tags by posts (default), burst, "
              "authors, reposts."},
    [LIMIT] = {"limit", "N", "At most this many (default 100)."},
    [AFTER] = {"after", "CURSOR", "The page after: what `next` said."},
    [HL] = {"hl", "LANG", "The page in this language, ja or en (default the first of `languages` in the config)."},
    [JSON] = {"json", NULL, "As JSON."},
    [CSV] = {"csv", NULL, "As CSV: the posts of a tag, or the list."},
    [OUT] = {"out", "FILE", "Write there, not on stdout."},
    {0},
};

struct page {
    const char *const *values;
    const struct setup *setup;
    struct trend_store *store;
    struct arena *mem;
    struct buf out;
};

static bool read_question(const struct page *page, enum question_kind kind, struct question *question, struct err *err)
{
    const char *const *values = page->values;
    struct asked asked = {values[TAG],     values[POST],      values[AT],   values[WINDOW], values[LANG],
                          values[SEGMENT], values[SENTIMENT], values[SORT], values[LIMIT],  values[AFTER]};

    if (!question_read(kind, &asked, page->mem, question, err))
        return false;
    question->min_age_ms = engagement_min_age_ms(page->setup->rules->settings[ENRICHER_engagement]);
    return true;
}

static bool ask(const struct page *page, const struct question *question, struct answer *answer, struct err *err)
{
    return page->store->ops->ask(page->store, question, page->mem, answer, err);
}

static struct span language(const struct page *page)
{
    return *(const struct span *)page->setup->config->trends.languages.at;
}

static bool write_list(struct page *page, const struct question *question, struct err *err)
{
    struct answer answer;

    if (!ask(page, question, &answer, err))
        return false;
    labels_set_tags(page->setup->rules, language(page), &answer.tags);
    if (page->values[CSV])
        answer_csv_tags(&page->out, answer.tags.tags, answer.tags.len);
    else
        answer_json_tags(&page->out, &answer.tags);
    return true;
}

static bool write_tag(struct page *page, struct question *question, struct err *err)
{
    struct answer answer;

    question->kind = ASK_TAG;
    if (!ask(page, question, &answer, err))
        return false;
    if (!answer.tag.is_known && !labels_have_tag(page->setup->rules, question->tag))
        return fail(err, ERR_WORK, "neither the rules nor the store know a tag \"%.*s\"", SPAN_ARGS(question->tag));
    labels_set_tag(page->setup->rules, language(page), &answer.tag);
    question->kind = ASK_POSTS;
    question->at_ms = answer.tag.at_ms; /* both of one moment */
    if (!ask(page, question, &answer, err))
        return false;
    if (page->values[CSV]) {
        answer_csv_posts(&page->out, &answer.posts);
        return true;
    }
    buf_put(&page->out, SPAN("{\"trend\":"));
    answer_json_tag(&page->out, &answer.tag);
    buf_put(&page->out, SPAN(",\"posts\":"));
    answer_json_posts(&page->out, &answer.posts);
    buf_char(&page->out, '}');
    return true;
}

static bool write_series(struct page *page, const struct question *question, struct err *err)
{
    struct answer answer;

    if (!ask(page, question, &answer, err))
        return false;
    (page->values[CSV] ? answer_csv_series : answer_json_series)(&page->out, &answer.series);
    return true;
}

static bool write_post(struct page *page, const struct question *question, struct err *err)
{
    struct answer answer;

    if (!ask(page, question, &answer, err))
        return false;
    if (!answer.post.is_known)
        return fail(err, ERR_WORK, "the store knows no post %s", page->values[POST]);
    (page->values[CSV] ? answer_csv_post : answer_json_post)(&page->out, &answer.post);
    return true;
}

static struct page_context context_of(const struct page *page, enum page_links links)
{
    const struct trend_settings *trends = &page->setup->config->trends;

    return (struct page_context){
        .settings = trends,
        .rules = page->setup->rules,
        .language = page_language(trends, span_of(page->values[HL]), (struct span){0}),
        .links = links,
        .is_past = page->values[AT] != NULL,
    };
}

static bool write_html(struct page *page, const struct question *question, struct err *err)
{
    struct page_context context = context_of(page, PAGE_FILE);
    bool is_found;

    time_zone_set(context.settings->time_zone);
    if (!page_answer(&page->out, &context, page->store, question, &is_found, err))
        return false;
    return is_found
           || fail(err, ERR_WORK, "neither the rules nor the store know %s",
                   page->values[POST] ? page->values[POST] : page->values[TAG]);
}

static bool answer_question(struct page *page, struct err *err)
{
    const char *const *values = page->values;
    enum question_kind kind = values[POST]     ? ASK_POST
                              : values[SERIES] ? ASK_SERIES
                              : values[TAG]    ? ASK_POSTS
                                               : ASK_TAGS;
    struct question question;

    if (values[SERIES] && !values[TAG])
        return fail(err, ERR_CONFIG, "--series needs --tag");
    if (!read_question(page, kind, &question, err))
        return false;
    if (!values[JSON] && !values[CSV])
        return write_html(page, &question, err);
    switch (kind) {
    case ASK_TAGS: return write_list(page, &question, err);
    case ASK_SERIES: return write_series(page, &question, err);
    case ASK_POST: return write_post(page, &question, err);
    default: return write_tag(page, &question, err);
    }
}

static bool save(struct span text, const char *path, struct err *err)
{
    FILE *file = path ? fopen(path, "w") : stdout;
    bool fine = file && fwrite(text.at, 1, text.len, file) == text.len && fflush(file) == 0;

    if (file && path && fclose(file) != 0)
        fine = false;
    return fine || fail(err, ERR_WORK, "%s cannot be written: %s", path ? path : "stdout", strerror(errno));
}

static bool run_page(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;

    (void)rest;
    if (values[JSON] && values[CSV])
        return fail(err, ERR_CONFIG, "say --json or --csv, not both");
    if (values[SERIES] && !values[JSON] && !values[CSV])
        return fail(err, ERR_CONFIG, "--series is data: say --json or --csv");
    if (!setup_load(values[CONFIG], &setup, err))
        return false;
    struct page page = {values, &setup, sqlite_store_open(&setup.config->trends, STORE_READ, err), arena_new(), {0}};
    page.out = buf_in(page.mem);
    bool fine = page.store && answer_question(&page, err);
    if (fine && values[JSON])
        buf_char(&page.out, '\n');
    fine = fine && save(buf_span(&page.out), values[OUT], err);
    if (page.store)
        page.store->ops->close(page.store);
    arena_free(page.mem);
    setup_free(&setup);
    return fine;
}

const struct command command_page = {
    .name = "page",
    .arguments = "",
    .help = "What is said about a tag as of a point in time, from the store that `trends` fills.",
    .flags = flags,
    .run = run_page,
};
