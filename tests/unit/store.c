#include "common/store.h"
#include "common/arena.h"
#include "tests/unit/test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

static struct span get(struct store *store, struct span key, struct arena *mem)
{
    struct span value;
    struct err err;

    CHECK(store_get(store, key, mem, &value, &err));
    return value;
}

TEST(what_was_put_last_is_found)
{
    struct err err;
    struct arena *mem = arena_new();
    struct store *store = store_open(1 << 20, &err);

    CHECK(!get(store, SPAN("a"), mem).at);
    CHECK(store_put(store, SPAN("a"), SPAN("1"), &err) && store_put(store, SPAN("a"), SPAN("2\0x"), &err));
    CHECK(store_put(store, SPAN("a\0b"), (struct span){0}, &err));
    CHECK_SPAN(get(store, SPAN("a"), mem), SPAN("2\0x"));
    CHECK(get(store, SPAN("a\0b"), mem).at && get(store, SPAN("a\0b"), mem).len == 0);
    store_close(store);
    arena_free(mem);
}

struct seen {
    char first[8], last[8];
    size_t count;
};

static bool take(struct span key, struct span value, void *context)
{
    struct seen *seen = context;

    (void)value;
    memcpy(seen->count++ ? seen->last : seen->first, key.at, key.len);
    return seen->count < 60000;
}

/* A cache of 64 KiB for some 6 MB: the rest is kept on disk. */
TEST(more_than_fits_its_memory_is_found_in_order)
{
    struct err err;
    struct arena *mem = arena_new();
    struct store *store = store_open(1 << 16, &err);
    struct seen seen = {0};
    char key[16], value[100] = "レア";

    for (int i = 59999; i >= 0; i--) {
        snprintf(key, sizeof key, "%06d", i);
        CHECK(store_put(store, (struct span){key, 6}, (struct span){value, sizeof value}, &err));
    }
    CHECK(get(store, SPAN("031415"), mem).len == sizeof value);
    CHECK(!get(store, SPAN("060000"), mem).at);
    CHECK(store_each(store, take, &seen, &err));
    CHECK(seen.count == 60000 && !memcmp(seen.first, "000000", 6) && !memcmp(seen.last, "059999", 6));
    store_close(store);
    arena_free(mem);
}

/* A limit on files means a full disk. */
TEST(a_full_disk_is_an_error_that_names_the_folder_and_the_remedy)
{
    struct rlimit before, small;
    struct err err = {0};
    struct arena *mem = arena_new();
    struct store *store = store_open(1 << 16, &err);
    char key[16], value[1000] = {0};
    bool good = true;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){1 << 20, before.rlim_max};
    setenv("TMPDIR", "/var/tmp", 1);
    setrlimit(RLIMIT_FSIZE, &small);
    for (int i = 0; good && i < 100000; i++) {
        snprintf(key, sizeof key, "%d", i * 7919 % 100000);
        good = store_put(store, span_of(key), (struct span){value, sizeof value}, &err);
    }
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(!good && err.kind == ERR_WORK);
    CHECK(strstr(err.text, "a temporary file in /var/tmp: ") && strstr(err.text, "free space there, or set TMPDIR"));
    store_close(store);
    arena_free(mem);
}
