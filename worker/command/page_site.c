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
    struct timespec begun; /* by the clock of the file system */
    size_t tags;
    struct err *err;
};

static bool make_folder(const char *path, struct err *err)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST
           || fail(err, ERR_WORK, "%s cannot be made: %s", path, strerror(errno));
}

static bool write_data(const struct site *site, const char *name, const struct question *question, bool is_csv)
{
    struct arena *mem = arena_new();
    struct page_data data = {{site->store, site->page.rules, page_language_name(site->page.language)}, is_csv};
    struct buf out = buf_in(mem);
    const char *path = span_format(mem, "%s/%s.%s", site->folder, name, is_csv ? "csv" : "json").at;
    bool fine = page_data_write(&out, &data, question, site->err) && page_file_write(path, buf_span(&out), site->err);

    arena_free(mem);
    return fine;
}

static bool write_page(const struct site *site, const char *name, const struct page_context *page,
                       const struct question *question)
{
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);
    bool is_found, fine = page_answer(&out, page, site->store, question, &is_found, site->err);

    fine = fine && (is_found || fail(site->err, ERR_WORK, "the store changed: %s is gone", name));
    fine = fine && page_file_write(span_format(mem, "%s/%s.html", site->folder, name).at, buf_span(&out), site->err);
    arena_free(mem);
    return fine;
}

static bool write_tag(struct site *site, struct span tag)
{
    struct question question = site->question;
    struct page_context page = site->page;
    struct arena *mem = arena_new();

    question.kind = ASK_POSTS;
    question.tag = tag;
    question.sort = 0;
    question.after = (struct cursor){0};
    page.is_below = true;
    page.rank = ++site->tags;
    const char *name = span_format(mem, "tags/%.*s", SPAN_ARGS(page_file_name(tag, mem))).at;
    bool fine = write_page(site, name, &page, &question) && write_data(site, name, &question, false)
                && write_data(site, name, &question, true);
    arena_free(mem);
    return fine;
}

static const char *part_name(size_t part, struct arena *mem)
{
    return part > 1 ? span_format(mem, "index-%zu", part).at : "index";
}

/* A part of the list and the tags in it. *next: where the part after it begins. */
static bool write_part(struct site *site, size_t part, struct cursor *next, struct arena *mem)
{
    struct page_context page = site->page;
    const char *name = part_name(part, mem);
    struct answer answer;

    page.part = part;
    if (!site->store->ops->ask(site->store, &site->question, mem, &answer, site->err))
        return false;
    site->question.at_ms = answer.tags.at_ms;
    for (size_t i = 0; i < answer.tags.len; i++)
        if (!write_tag(site, answer.tags.tags[i].tag))
            return false;
    *next = answer.tags.next;
    return write_page(site, name, &page, &site->question) && write_data(site, name, &site->question, false)
           && write_data(site, name, &site->question, true);
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

static bool write_about(const struct site *site)
{
    struct page_context page = site->page;
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);

    page.question = &site->question;
    page_about(&out, &page);
    bool fine = page_file_write(span_format(mem, "%s/about.html", site->folder).at, buf_span(&out), site->err);
    arena_free(mem);
    return fine;
}

/* --- what earlier runs wrote --- */

static bool is_ours(const char *name)
{
    const char *end = strrchr(name, '.');

    return end && (!strcmp(end, ".html") || !strcmp(end, ".json") || !strcmp(end, ".csv") || !strcmp(end, ".tmp"));
}

static bool is_older(const struct stat *file, const struct timespec *than)
{
    if (file->st_mtim.tv_sec != than->tv_sec)
        return file->st_mtim.tv_sec < than->tv_sec;
    return file->st_mtim.tv_nsec < than->tv_nsec;
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

/* Takes the file system's time from a file that it writes. */
static bool begin(struct site *site, struct arena *mem)
{
    const char *tags = span_format(mem, "%s/tags", site->folder).at;
    const char *mark = span_format(mem, "%s/.begun", tags).at;
    struct stat file;

    if (!make_folder(site->folder, site->err) || !make_folder(tags, site->err)
        || !page_file_write(mark, SPAN(""), site->err))
        return false;
    if (stat(mark, &file) != 0)
        return fail(site->err, ERR_WORK, "%s cannot be read: %s", mark, strerror(errno));
    site->begun = file.st_mtim;
    unlink(mark);
    return true;
}

bool page_site_write(const char *folder, const struct page_context *page, struct trend_store *store,
                     const struct question *question, size_t *tags, struct err *err)
{
    struct site site = {folder, *page, store, *question, .err = err};
    struct arena *mem = arena_new();

    site.question.limit = PAGE_TAGS;
    bool fine = begin(&site, mem) && write_parts(&site) && write_about(&site)
                && remove_older(span_format(mem, "%s/tags", folder).at, &site.begun, "", err)
                && remove_older(folder, &site.begun, "index-", err);
    arena_free(mem);
    *tags = site.tags;
    return fine;
}
