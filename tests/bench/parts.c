/* What each part of the line costs, by its own clock: `bench-parts ROUNDS CONFIG... < posts.jsonl`.
 *
 * Posts go through the whole line as in the worker, a group at a time, so that each part finds the caches as the
 * others left them; the clock is read between the parts of a group. The configs take turns.
 * Prints JSON: for each config its parts, for each part the µs a post of every round. Produce and fetch are
 * no parts here: they are what the worker costs more than pipe, and the pass-through does them too. */
#include "worker/parts.h"
#include "common/buf.h"
#include "worker/decode/decode.h"
#include "worker/route/shape.h"
#include "worker/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DECODE, FIRST_STEP, ENCODE = FIRST_STEP + STEPS, PARTS };
enum { CONFIGS_MAX = 16, ROUNDS_MAX = 64, READ_BYTES = 1 << 20, GROUP = 50 };

struct item {
    struct message message;
    struct post post;
    struct reading reading;
    struct found found;
};

struct bench {
    struct setup setup;
    double rounds[PARTS][ROUNDS_MAX];
    int64_t spent_ns[PARTS];
    int64_t last_ns;
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Everything since the last mark was this part. */
static void mark(struct bench *bench, int part)
{
    int64_t now = now_ns();

    bench->spent_ns[part] += now - bench->last_ns;
    bench->last_ns = now;
}

static void decode(const struct bench *bench, struct item *item, struct arena *mem)
{
    struct span why;

    if (post_decode(&item->message, &bench->setup.config->limits, mem, &item->post, &why) || item->post.says != SAYS_POST) {
        fprintf(stderr, "bench-parts: line %lld is no post\n", (long long)item->message.offset);
        exit(1);
    }
    item->reading = ruleset_begin(bench->setup.rules, &item->post, item->post.observed_ms);
    item->found = (struct found){0};
}

static void encode(const struct bench *bench, const struct item *item, struct outbox *out)
{
    const struct list *routes = &bench->setup.config->routes;
    const struct event event = {&item->message, &item->post, &item->found, bench->setup.rules, item->post.observed_ms};

    for (size_t i = 0; i < routes->len; i++) {
        const struct route *route = (const struct route *)routes->at + i;

        shapes[route->shape]->emit(&event, route, out);
    }
}

/* line_carry, with a mark between the parts. */
static void carry(struct bench *bench, struct item *items, size_t len, struct arena *mem)
{
    struct outbox out = {.mem = mem};

    bench->last_ns = now_ns();
    for (size_t i = 0; i < len; i++)
        decode(bench, &items[i], mem);
    mark(bench, DECODE);
    for (int step = 0; step < STEPS; step++) {
        for (size_t i = 0; i < len; i++)
            ruleset_step(bench->setup.rules, step, &items[i].reading, &items[i].found, mem);
        mark(bench, FIRST_STEP + step);
    }
    for (size_t i = 0; i < len; i++)
        encode(bench, &items[i], &out);
    mark(bench, ENCODE);
    arena_reset(mem);
}

static size_t carry_all(struct bench *bench, struct span posts)
{
    struct arena *mem = arena_new();
    struct item items[GROUP];
    size_t len = 0, count = 0;

    for (const char *at = posts.at, *end = posts.at + posts.len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct span line = {at, (size_t)((stop ? stop : end) - at)};

        items[len++].message = (struct message){.input = bench->setup.config->inputs.at, .value = line, .partition = -1,
                                                .offset = (int64_t)++count, .timestamp_ms = TIME_UNKNOWN};
        at += line.len + 1;
        if (len < GROUP && at < end)
            continue;
        carry(bench, items, len, mem);
        len = 0;
    }
    arena_free(mem);
    return count;
}

static struct span read_all(struct arena *mem)
{
    struct buf text = buf_in(mem);

    for (size_t got = 1; got;) {
        buf_reserve(&text, READ_BYTES);
        got = fread(text.at + text.len, 1, READ_BYTES, stdin);
        text.len += got;
    }
    return buf_span(&text);
}

static const char *name_of(int part)
{
    switch (part) {
    case DECODE: return "decode";
    case FIRST_STEP + STEP_FOLD: return "fold";
    case FIRST_STEP + STEP_MATCH: return "match";
    case ENCODE: return "encode";
    default: return enrichers[part - FIRST_STEP - STEP_ENRICH]->section.name;
    }
}

static void print(const struct bench *bench, const char *config, int rounds, const char *behind)
{
    printf("\"%s\":{", config);
    for (int part = 0; part < PARTS; part++) {
        printf("%s\"%s\":[", part ? "," : "", name_of(part));
        for (int i = 0; i < rounds; i++)
            printf("%s%.4f", i ? "," : "", bench->rounds[part][i]);
        printf("]");
    }
    printf("}%s", behind);
}

int main(int argc, char **argv)
{
    static struct bench benches[CONFIGS_MAX];
    struct arena *mem = arena_new();
    int rounds = argc > 2 ? atoi(argv[1]) : 0, configs = argc - 2;
    struct err err = {0};

    if (rounds < 1 || rounds > ROUNDS_MAX || configs > CONFIGS_MAX) {
        fprintf(stderr, "usage: bench-parts ROUNDS CONFIG... < posts.jsonl\n");
        return 2;
    }
    struct span posts = read_all(mem);
    for (int i = 0; i < configs; i++)
        if (!setup_load(argv[i + 2], &benches[i].setup, &err)) {
            fprintf(stderr, "bench-parts: %s\n", err.text);
            return 1;
        }
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < configs; i++) {
            struct bench *bench = &benches[i];

            memset(bench->spent_ns, 0, sizeof bench->spent_ns);
            size_t count = carry_all(bench, posts);
            for (int part = 0; part < PARTS; part++)
                bench->rounds[part][round] = (double)bench->spent_ns[part] / (double)count / 1000;
        }
    printf("{");
    for (int i = 0; i < configs; i++)
        print(&benches[i], argv[i + 2], rounds, i + 1 < configs ? "," : "}\n");
    for (int i = 0; i < configs; i++)
        setup_free(&benches[i].setup);
    arena_free(mem);
    return 0;
}
