/* What each part of the line costs, by its own clock: `bench-parts ROUNDS CONFIG... < posts.jsonl`.
 *
 * Every post goes through the whole line as in the worker, so that each part finds the caches as the others
 * left them; the clock is read between parts, and what reading it costs is taken off. The configs take turns.
 * Prints JSON: for each config its parts, for each part the µs a post of every round. Produce and fetch are
 * no parts here: they are what the worker costs more than pipe, and the pass-through does them too. */
#include "common/buf.h"
#include "common/fold.h"
#include "worker/decode.h"
#include "worker/parts.h"
#include "worker/setup.h"
#include "worker/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DECODE, FOLD, MATCH, ENRICH, ENCODE = ENRICH + ENRICHER_COUNT, PARTS };
enum { CONFIGS_MAX = 16, ROUNDS_MAX = 64, READ_BYTES = 1 << 20, BATCH = 50 };

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

static double clock_ns(void)
{
    enum { READINGS = 1000000 };
    int64_t start = now_ns();

    for (int i = 0; i < READINGS; i++)
        now_ns();
    return (double)(now_ns() - start) / READINGS;
}

/* ruleset_apply and line_carry, with a mark between the parts. */
static void carry(struct bench *bench, const struct message *message, struct outbox *out)
{
    const struct ruleset *rules = bench->setup.rules;
    const struct list *routes = &bench->setup.config->routes;
    struct found found = {0};
    struct span why;
    struct post post;

    bench->last_ns = now_ns();
    if (post_decode(message, &bench->setup.config->limits, out->mem, &post, &why) || post.says != SAYS_POST) {
        fprintf(stderr, "bench-parts: line %lld is no post\n", (long long)message->offset);
        exit(1);
    }
    mark(bench, DECODE);
    struct reading reading = {
        .post = &post, .as_of_ms = post.observed_ms, .has_text = true, .matcher = rules->matcher, .patterns = rules->expressions,
    };
    reading.folded = fold_text(post.text, out->mem);
    mark(bench, FOLD);
    reading.hits = match_run(rules->matcher, reading.folded, out->mem);
    reading.expressions = expressions_run(rules->expressions, reading.folded, out->mem);
    mark(bench, MATCH);
    for (int i = 0; i < ENRICHER_COUNT; i++) {
        enrichers[i]->apply(rules->settings[i], &reading, &found, out->mem);
        mark(bench, ENRICH + i);
    }
    for (size_t i = 0; i < routes->len; i++) {
        const struct route *route = (const struct route *)routes->at + i;

        shapes[route->shape]->emit(&(struct event){message, &post, &found, rules, post.observed_ms}, route, out);
    }
    mark(bench, ENCODE);
}

static size_t carry_all(struct bench *bench, struct span posts)
{
    struct arena *mem = arena_new();
    struct outbox out = {.mem = mem};
    struct message message = {.input = bench->setup.config->inputs.at, .partition = -1, .timestamp_ms = TIME_UNKNOWN};

    for (const char *at = posts.at, *end = posts.at + posts.len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        message.value = (struct span){at, (size_t)((stop ? stop : end) - at)};
        message.offset++;
        carry(bench, &message, &out);
        at += message.value.len + 1;
        if (message.offset % BATCH == 0) {
            arena_reset(mem);
            out = (struct outbox){.mem = mem};
        }
    }
    arena_free(mem);
    return (size_t)message.offset;
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
    static const char *const names[] = {[DECODE] = "decode", [FOLD] = "fold", [MATCH] = "match"};

    return part == ENCODE ? "encode" : part >= ENRICH ? enrichers[part - ENRICH]->section.name : names[part];
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
    double clock = clock_ns();
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < configs; i++) {
            struct bench *bench = &benches[i];

            memset(bench->spent_ns, 0, sizeof bench->spent_ns);
            size_t count = carry_all(bench, posts);
            for (int part = 0; part < PARTS; part++)
                bench->rounds[part][round] = ((double)bench->spent_ns[part] / (double)count - clock) / 1000;
        }
    printf("{");
    for (int i = 0; i < configs; i++)
        print(&benches[i], argv[i + 2], rounds, i + 1 < configs ? "," : "}\n");
    for (int i = 0; i < configs; i++)
        setup_free(&benches[i].setup);
    arena_free(mem);
    return 0;
}
