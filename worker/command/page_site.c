#include "worker/command/page_site.h"
#include "worker/command/page_data.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct site {
    const char *folder;
    struct page_context page;
    struct trend_store *store;
    struct question question;
    enum page_language languages[PAGE_LANGUAGES]; /* that of the root first */
    size_t languages_len;
    struct timespec begun; /* by the clock of the file system */
    size_t tags;
    struct err *err;
};

static bool make_folder(const char *path, struct err *err)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST
           || fail(err, ERR_WORK, "%s cannot be made: %s", path, strerror(errno));
}

static bool is_older(const struct stat *file, const struct timespec *than)
{
    if (file->st_mtim.tv_sec != than->tv_sec)
        return file->st_mtim.tv_sec < than->tv_sec;
    return file->st_mtim.tv_nsec < than->tv_nsec;
}

static const char *path_of(const struct site *site, const struct page_context *page, struct span name,
                           struct arena *mem)
{
    struct span language = page_language_name(page->language);

    if (page->language == page->site_language)
        return span_format(mem, "%s/%.*s", site->folder, SPAN_ARGS(name)).at;
    return span_format(mem, "%s/%.*s/%.*s", site->folder, SPAN_ARGS(language), SPAN_ARGS(name)).at;
}

static bool write_data(const struct site *site, const struct page_context *page, const struct question *question,
                       enum page_target type)
{
    struct arena *mem = arena_new();
    struct page_data data = {{site->store, page->rules, page_language_name(page->site_language)}, type == TO_CSV};
    struct buf out = buf_in(mem);
    const char *path = path_of(site, &site->page, page_site_path(page, type, question, mem), mem);
    bool fine = page_data_write(&out, &data, question, site->err) && page_file_write(path, buf_span(&out), site->err);

    arena_free(mem);
    return fine;
}

static bool write_page(const struct site *site, const struct page_context *page, const struct question *question,
                       enum page_target self)
{
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);
    struct span name = page_site_path(page, self, question, mem);
    bool is_found = true, fine = true;

    if (self == TO_ABOUT)
        page_about(&out, page);
    else
        fine = page_answer(&out, page, site->store, question, &is_found, site->err);
    fine = fine && (is_found || fail(site->err, ERR_WORK, "the store changed: %.*s is gone", SPAN_ARGS(name)));
    fine = fine && page_file_write(path_of(site, page, name, mem), buf_span(&out), site->err);
    arena_free(mem);
    return fine;
}

/* The page in each language, and its data. */
static bool write_all(const struct site *site, struct page_context page, const struct question *question,
                      enum page_target self)
{
    page.question = question;
    page.is_below = self == TO_TAG || self == TO_POST;
    for (size_t i = 0; i < site->languages_len; i++) {
        page.language = site->languages[i];
        if (!write_page(site, &page, question, self))
            return false;
    }
    return self == TO_ABOUT
           || (write_data(site, &page, question, TO_JSON) && write_data(site, &page, question, TO_CSV));
}

/* Posts of several tags are written once. */
static bool is_written(const struct site *site, const struct question *question)
{
    struct arena *mem = arena_new();
    struct stat file;
    const char *path = path_of(site, &site->page, page_site_path(&site->page, TO_CSV, question, mem), mem);
    bool is_new = stat(path, &file) == 0 && !is_older(&file, &site->begun);

    arena_free(mem);
    return is_new;
}

/* Those that the page of the tag shows. */
static bool write_posts(const struct site *site, const struct question *of_tag)
{
    struct arena *mem = arena_new();
    struct question question = *of_tag;
    struct answer answer;
    bool fine = site->store->ops->ask(site->store, of_tag, mem, &answer, site->err);

    question.kind = ASK_POST;
    for (size_t i = 0; fine && i < answer.posts.len; i++) {
        question.network = answer.posts.posts[i].network;
        question.id = answer.posts.posts[i].id;
        fine = is_written(site, &question) || write_all(site, site->page, &question, TO_POST);
    }
    arena_free(mem);
    return fine;
}

static bool write_tag(struct site *site, struct span tag)
{
    struct question question = site->question;
    struct page_context page = site->page;

    question.kind = ASK_POSTS;
    question.tag = tag;
    question.sort = 0;
    question.after = (struct cursor){0};
    page.rank = ++site->tags;
    if (!write_posts(site, &question) || !write_all(site, page, &question, TO_TAG))
        return false;
    question.kind = ASK_SERIES;
    return write_data(site, &page, &question, TO_CSV);
}

/* A part of the list and the tags in it. *next: where the part after it begins. */
static bool write_part(struct site *site, size_t part, struct cursor *next, struct arena *mem)
{
    struct page_context page = site->page;
    struct answer answer;

    page.part = part;
    if (!site->store->ops->ask(site->store, &site->question, mem, &answer, site->err))
        return false;
    site->question.at_ms = answer.tags.at_ms;
    for (size_t i = 0; i < answer.tags.len; i++)
        if (!write_tag(site, answer.tags.tags[i].tag))
            return false;
    *next = answer.tags.next;
    return write_all(site, page, &site->question, TO_LIST);
}

/* The tags first: no list leads to a page that is not there. */
static bool write_parts(struct site *site)
{
    struct arena *mem = arena_new(), *last = arena_new();
    struct cursor next = {.is_set = true};
    bool fine = true;

    for (size_t part = 1; fine && next.is_set; part++) {
        struct arena *spare = last;

        next = (struct cursor){0};
        fine = write_part(site, part, &next, mem);
        site->question.after = next; /* in mem, which lives until the part after it is written */
        last = mem;
        mem = spare;
        arena_reset(mem);
    }
    arena_free(mem);
    arena_free(last);
    return fine;
}

/* --- what earlier runs wrote --- */

static bool is_ours(const char *name)
{
    const char *end = strrchr(name, '.');

    return end && (!strcmp(end, ".html") || !strcmp(end, ".json") || !strcmp(end, ".csv") || !strcmp(end, ".tmp"));
}

static bool remove_older(const char *path, const struct timespec *than, const char *prefix, struct err *err)
{
    DIR *folder = opendir(path);
    struct stat file;
    bool fine = folder != NULL;

    for (struct dirent *it = fine ? readdir(folder) : NULL; it; it = readdir(folder))
        if (!strncmp(it->d_name, prefix, strlen(prefix)) && is_ours(it->d_name)
            && fstatat(dirfd(folder), it->d_name, &file, 0) == 0 && is_older(&file, than))
            fine &= unlinkat(dirfd(folder), it->d_name, 0) == 0;
    if (folder)
        closedir(folder);
    return fine || fail(err, ERR_WORK, "%s: files of tags that are gone cannot be removed: %s", path, strerror(errno));
}

/* Of one language, whether it is written still or not. `list` begins the names of its lists. */
static bool remove_gone(const struct site *site, const char *folder, const char *list)
{
    struct arena *mem = arena_new();
    const char *tags = span_format(mem, "%s/tags", folder).at, *posts = span_format(mem, "%s/posts", folder).at;
    bool fine = (access(folder, F_OK) != 0 || remove_older(folder, &site->begun, list, site->err))
                && (access(tags, F_OK) != 0 || remove_older(tags, &site->begun, "", site->err))
                && (access(posts, F_OK) != 0 || remove_older(posts, &site->begun, "", site->err));

    arena_free(mem);
    return fine;
}

static bool remove_all_gone(const struct site *site)
{
    struct arena *mem = arena_new();
    bool fine = remove_gone(site, site->folder, "index-");

    for (int i = 0; fine && i < PAGE_LANGUAGES; i++) {
        struct span name = page_language_name((enum page_language)i);
        const char *folder = span_format(mem, "%s/%.*s", site->folder, SPAN_ARGS(name)).at;

        fine = remove_gone(site, folder, "index")
               && (access(folder, F_OK) != 0 || remove_older(folder, &site->begun, "about", site->err));
    }
    arena_free(mem);
    return fine;
}

static bool make_folders(const struct site *site, const char *root, struct arena *mem)
{
    return make_folder(root, site->err) && make_folder(span_format(mem, "%s/tags", root).at, site->err)
           && make_folder(span_format(mem, "%s/posts", root).at, site->err);
}

/* That of the root first, then those that the settings have beside it. */
static void take_languages(struct site *site)
{
    enum page_language offers[PAGE_LANGUAGES];
    size_t len = page_languages(site->page.settings, offers);

    site->page.site_language = site->page.language;
    site->languages[site->languages_len++] = site->page.language;
    for (size_t i = 0; i < len; i++)
        if (offers[i] != site->page.language)
            site->languages[site->languages_len++] = offers[i];
}

/* Takes the file system's time from a file that it writes. Hosts that build pages leave names with _ out without
 * .nojekyll. */
static bool begin(struct site *site, struct arena *mem)
{
    const char *mark = span_format(mem, "%s/.nojekyll", site->folder).at;
    struct stat file;
    bool fine = make_folders(site, site->folder, mem) && page_file_write(mark, SPAN(""), site->err);

    take_languages(site);
    for (size_t i = 1; fine && i < site->languages_len; i++) {
        struct span name = page_language_name(site->languages[i]);
        fine = make_folders(site, span_format(mem, "%s/%.*s", site->folder, SPAN_ARGS(name)).at, mem);
    }
    if (fine && stat(mark, &file) != 0)
        return fail(site->err, ERR_WORK, "%s cannot be read: %s", mark, strerror(errno));
    site->begun = fine ? file.st_mtim : (struct timespec){0};
    return fine;
}

bool page_site_write(const char *folder, const struct page_context *page, struct trend_store *store,
                     const struct question *question, size_t *tags, struct err *err)
{
    struct site site = {.folder = folder, .page = *page, .store = store, .question = *question, .err = err};
    struct arena *mem = arena_new();

    site.question.limit = PAGE_TAGS;
    bool fine = begin(&site, mem) && write_parts(&site) && write_all(&site, site.page, &site.question, TO_ABOUT)
                && remove_all_gone(&site);
    arena_free(mem);
    *tags = site.tags;
    return fine;
}
