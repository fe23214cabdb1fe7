/* The cache of posts: what it may forget, and what it must. */
#include "common/arena.h"
#include "tests/unit/test.h"
#include "worker/trends/sqlite_store.h"

#include <stdio.h>

static struct known_post *find(struct post_cache *cache, int number)
{
    char id[16];

    snprintf(id, sizeof id, "%d", number);
    return post_cache_find(cache, 1, span_of(id));
}

static void add(struct post_cache *cache, int number)
{
    char id[16];

    snprintf(id, sizeof id, "%d", number);
    post_cache_add(cache, &(struct known_post){.post = number, .network = 1, .id = span_of(id)});
}

static int fill(struct post_cache *cache, int from)
{
    while (!post_cache_is_full(cache))
        add(cache, from++);
    post_cache_turn(cache);
    return from;
}

TEST(posts_that_are_used_stay_when_the_cache_turns)
{
    struct post_cache *cache = post_cache_new();
    int next = fill(cache, 1);

    CHECK(next > 10000 && find(cache, 1) && find(cache, 1)->post == 1);
    next = fill(cache, next);
    CHECK(find(cache, 1) && !find(cache, 2) && find(cache, next - 1));
    CHECK(!post_cache_find(cache, 2, SPAN("1"))); /* of another network */
    post_cache_free(cache);
}

TEST(a_post_that_is_forgotten_is_found_in_neither_half)
{
    struct post_cache *cache = post_cache_new();

    fill(cache, 1);
    struct known_post old = *find(cache, 7);
    post_cache_forget(cache, &old);
    CHECK(!find(cache, 7) && find(cache, 8));
    add(cache, 7);
    CHECK(find(cache, 7));
    post_cache_clear(cache);
    CHECK(!find(cache, 7) && !find(cache, 8));
    post_cache_free(cache);
}

/* Ids and tags are copies: a post keeps them whatever comes of the bytes that it was added with. */
TEST(what_is_set_stays)
{
    struct post_cache *cache = post_cache_new();
    uint32_t numbers[] = {TAGS_GIVEN | 1, 42};
    char id[] = "5";
    struct known_post post = {.post = 5, .network = 1, .id = span_of(id)};
    struct known_post *held = post_cache_add(cache, &post);

    post.tags = (struct span){(const char *)numbers, sizeof numbers};
    post.kind = 4;
    post_cache_set(cache, held, &post);
    numbers[1] = 0;
    id[0] = '6';
    CHECK(find(cache, 5) == held && held->kind == 4 && sqlite_tags(held->tags).at[0] == 42);
    post_cache_free(cache);
}
