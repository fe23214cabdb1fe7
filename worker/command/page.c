#include "worker/command/command.h"
#include "worker/command/page_data.h"
#include "worker/command/page_site.h"
#include "worker/trends/page/page.h"
#include "worker/trends/store.h"

#include <errno.h>
#include <stdio.h>

/* clang-format off */
enum { CONFIG, TAG, POST, SERIES, RELATED, AT, WINDOW, LANG, SEGMENT, SENTIMENT, SORT, LIMIT, AFTER, HL, JSON, CSV, SITE, OUT };
/* clang-format on */

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [TAG] = {"tag", "TAG", "A tag, or a #hashtag; without it the list of all."},
    [POST] = {"post", "NETWORK/ID", "A post and its counts over time instead; - where it has no network."},
    [SERIES] = {"series", NULL, "The course of the tag instead: its figures for each step of the window."},
    [RELATED] = {"related", NULL, "The tags that the tag's posts of the window have too, most posts first, instead."},
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
    [SITE] =
        {"site", "DIR",
         "Write a site for any static host there, in all `languages` of the config: the list, each tag, the posts that "
         "are shown of it, their data, about. Files of what is gone are removed."},
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

    return question_read(kind, &asked, page->mem, question, err);
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

    if (!page_answer(&page->out, &context, page->store, question, &is_found, err))
        return false;
    return is_found
           || fail(err, ERR_WORK, "neither the rules nor the store know %s",
                   page->values[POST] ? page->values[POST] : page->values[TAG]);
}

static bool write_site(struct page *page, const struct question *question, struct err *err)
{
    struct page_context context = context_of(page, PAGE_SITE);
    size_t tags;

    if (!page_site_write(page->values[SITE], &context, page->store, question, &tags, err))
        return false;
    buf_format(&page->out, "%s/index.html leads to %zu tags\n", page->values[SITE], tags);
    return true;
}

static bool answer_question(struct page *page, struct err *err)
{
    const char *const *values = page->values;
    enum question_kind kind = values[POST]      ? ASK_POST
                              : values[SERIES]  ? ASK_SERIES
                              : values[RELATED] ? ASK_RELATED
                              : values[TAG]     ? ASK_POSTS
                                                : ASK_TAGS;
    struct question question;

    if (!read_question(page, kind, &question, err))
        return false;
    if (values[SITE])
        return write_site(page, &question, err);
    if (!values[JSON] && !values[CSV])
        return write_html(page, &question, err);
    struct span language = *(const struct span *)page->setup->config->trends.languages.at;
    struct page_data data = {{page->store, page->setup->rules, language}, values[CSV] != NULL};
    return page_data_write(&page->out, &data, &question, err);
}

static bool save(struct span text, const char *path, struct err *err)
{
    if (path)
        return page_file_write(path, text, err);
    return (fwrite(text.at, 1, text.len, stdout) == text.len && fflush(stdout) == 0)
           || fail(err, ERR_WORK, "stdout cannot be written: %s", strerror(errno));
}

static bool check_values(const char *const *values, struct err *err)
{
    bool is_data = values[JSON] || values[CSV], is_part = values[SERIES] || values[RELATED];

    if (values[JSON] && values[CSV])
        return fail(err, ERR_CONFIG, "say --json or --csv, not both");
    if (is_part && !is_data)
        return fail(err, ERR_CONFIG, "--series and --related are data: say --json or --csv");
    if (is_part && !values[TAG])
        return fail(err, ERR_CONFIG, "--series and --related need --tag");
    if (values[SITE] && (is_data || values[OUT] || values[TAG] || values[POST] || values[AFTER]))
        return fail(err, ERR_CONFIG,
                    "--site writes the list and all tags, with their data: it takes no --tag, --post, "
                    "--after, --out, --json or --csv");
    return true;
}

static bool run_page(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;

    (void)rest;
    if (!check_values(values, err) || !setup_load(values[CONFIG], &setup, err))
        return false;
    struct page page = {values, &setup, sqlite_store_open(&setup.config->trends, STORE_READ, err), arena_new(), {0}};
    page.out = buf_in(page.mem);
    time_zone_set(setup.config->trends.time_zone);
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
