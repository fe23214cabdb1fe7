#include "worker/text/regex.h"
#include "common/err.h"

#ifdef TRENDMILL_HAVE_HS

#include <hs.h>
#include <pthread.h>
#include <stdlib.h>

enum { FLAGS = HS_FLAG_UTF8 | HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH };

/* Working memory of the library; one run needs one. */
struct spare {
    hs_scratch_t *scratch;
    struct spare *next;
};

struct regexes {
    struct arena *mem;
    const char **patterns;
    size_t len, cap;
    hs_database_t *database; /* NULL where there are none */
    hs_scratch_t *model;     /* what the spares are copies of */
    pthread_mutex_t lock;
    struct spare *spares;
};

struct regexes *regex_new(void)
{
    struct arena *mem = arena_new();
    struct regexes *all = arena_zero(mem, sizeof *all);

    all->mem = mem;
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

void regex_free(struct regexes *all)
{
    if (!all)
        return;
    for (struct spare *spare = all->spares, *next; spare; spare = next) {
        next = spare->next;
        hs_free_scratch(spare->scratch);
        free(spare);
    }
    hs_free_scratch(all->model);
    hs_free_database(all->database);
    pthread_mutex_destroy(&all->lock);
    arena_free(all->mem);
}

static void keep_pattern(struct regexes *all, const char *pattern)
{
    all->patterns = arena_room(all->mem, all->patterns, all->len, &all->cap, sizeof *all->patterns);
    all->patterns[all->len++] = pattern;
}

/* The library's words for what people write most, and what to write instead. */
static struct span in_words(const char *message, struct arena *mem)
{
    static const struct {
        const char *message, *words;
    } known[] = {
        {"matches empty buffer", "it matches the empty text and so every post; write + for *, or a letter that must be "
                                 "there"},
        {"Zero-width assertions", "(?=…), (?!…), (?<=…) and (?<!…) are not supported; say what must not be there by "
                                  "except or none"},
        {"Back-references", "references such as \\1 are not supported; write the alternatives out: (aa|bb)"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(message, known[i].message))
            return span_of(known[i].words);
    return span_format(mem, "%.*s; \\ before a sign means the sign itself", (int)strcspn(message, "."), message);
}

int64_t regex_add(struct regexes *all, struct span pattern, struct arena *mem, struct span *why)
{
    const char *text = span_string(pattern, all->mem);
    hs_database_t *alone;
    hs_compile_error_t *error;

    if (memchr(pattern.at, 0, pattern.len)) {
        *why = SPAN("it holds a NUL byte");
        return -1;
    }
    if (hs_compile(text, FLAGS, HS_MODE_BLOCK, NULL, &alone, &error) != HS_SUCCESS) {
        *why = in_words(error->message, mem);
        hs_free_compile_error(error);
        return -1;
    }
    hs_free_database(alone);
    keep_pattern(all, text);
    return (int64_t)all->len - 1;
}

void regex_compile(struct regexes *all)
{
    unsigned *flags = arena_take(all->mem, all->len * sizeof *flags);
    unsigned *ids = arena_take(all->mem, all->len * sizeof *ids);
    hs_compile_error_t *error;

    for (unsigned i = 0; i < all->len; i++) {
        flags[i] = FLAGS;
        ids[i] = i;
    }
    if (!all->len)
        return;
    /* Each of them compiled alone: what fails here is memory. */
    if (hs_compile_multi(all->patterns, flags, ids, (unsigned)all->len, HS_MODE_BLOCK, NULL, &all->database, &error)
            != HS_SUCCESS
        || hs_alloc_scratch(all->database, &all->model) != HS_SUCCESS)
        out_of_memory();
}

static struct spare *take_spare(struct regexes *all)
{
    pthread_mutex_lock(&all->lock);
    struct spare *spare = all->spares;
    if (spare)
        all->spares = spare->next;
    pthread_mutex_unlock(&all->lock);
    if (spare)
        return spare;
    spare = calloc(1, sizeof *spare);
    if (!spare || hs_clone_scratch(all->model, &spare->scratch) != HS_SUCCESS)
        out_of_memory();
    return spare;
}

static void give_spare(struct regexes *all, struct spare *spare)
{
    pthread_mutex_lock(&all->lock);
    spare->next = all->spares;
    all->spares = spare;
    pthread_mutex_unlock(&all->lock);
}

struct fired {
    struct arena *mem;
    uint32_t *ids;
    size_t len, cap;
};

/* Each expression once: HS_FLAG_SINGLEMATCH. */
static int keep_id(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    struct fired *fired = context;

    (void)from;
    (void)to;
    (void)flags;
    fired->ids = arena_room(fired->mem, fired->ids, fired->len, &fired->cap, sizeof *fired->ids);
    fired->ids[fired->len++] = id;
    return 0;
}

static int by_id(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

struct regex_hits regex_run(struct regexes *all, struct span text, struct arena *mem)
{
    struct fired fired = {.mem = mem};

    if (!all->database)
        return (struct regex_hits){0};
    struct spare *spare = take_spare(all);
    if (hs_scan(all->database, text.len ? text.at : "", (unsigned)text.len, 0, spare->scratch, keep_id, &fired)
        != HS_SUCCESS)
        abort();
    give_spare(all, spare);
    if (fired.len > 1)
        qsort(fired.ids, fired.len, sizeof *fired.ids, by_id);
    return (struct regex_hits){fired.ids, fired.len};
}

enum { PLACES_MAX = 1024 };

struct finding {
    struct hit *at;
    size_t len;
};

static int keep_place(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    struct finding *finding = context;
    struct hit *last = finding->len ? &finding->at[finding->len - 1] : NULL;

    (void)flags;
    if (last && last->start == from)
        last->end = (uint32_t)to;
    else if (finding->len < PLACES_MAX)
        finding->at[finding->len++] = (struct hit){id, (uint32_t)from, (uint32_t)to};
    return 0;
}

struct hits regex_find(struct regexes *all, uint32_t number, struct span text, struct arena *mem)
{
    unsigned flags = (FLAGS & ~(unsigned)HS_FLAG_SINGLEMATCH) | HS_FLAG_SOM_LEFTMOST;
    struct finding finding = {arena_take(mem, PLACES_MAX * sizeof *finding.at), 0};
    hs_database_t *alone = NULL;
    hs_scratch_t *scratch = NULL;
    hs_compile_error_t *error = NULL;

    if (hs_compile(all->patterns[number], flags, HS_MODE_BLOCK, NULL, &alone, &error) == HS_SUCCESS
        && hs_alloc_scratch(alone, &scratch) == HS_SUCCESS)
        hs_scan(alone, text.len ? text.at : "", (unsigned)text.len, 0, scratch, keep_place, &finding);
    hs_free_compile_error(error);
    hs_free_scratch(scratch);
    hs_free_database(alone);
    return (struct hits){finding.at, finding.len};
}

const char *regex_library_version(void)
{
    return hs_version();
}

#else

struct regexes {
    struct arena *mem;
};

struct regexes *regex_new(void)
{
    struct arena *mem = arena_new();
    struct regexes *all = arena_zero(mem, sizeof *all);

    all->mem = mem;
    return all;
}

void regex_free(struct regexes *all)
{
    if (all)
        arena_free(all->mem);
}

int64_t regex_add(struct regexes *all, struct span pattern, struct arena *mem, struct span *why)
{
    (void)all;
    (void)pattern;
    (void)mem;
    *why = SPAN("this build has no Vectorscan; on Debian: apt-get install libvectorscan-dev, and build again");
    return -1;
}

void regex_compile(struct regexes *all)
{
    (void)all;
}

struct regex_hits regex_run(struct regexes *all, struct span text, struct arena *mem)
{
    (void)all;
    (void)text;
    (void)mem;
    return (struct regex_hits){0};
}

struct hits regex_find(struct regexes *all, uint32_t number, struct span text, struct arena *mem)
{
    (void)all;
    (void)number;
    (void)text;
    (void)mem;
    return (struct hits){0};
}

const char *regex_library_version(void)
{
    return "none";
}

#endif
