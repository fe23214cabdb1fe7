#include "worker/rules/live_rules.h"
#include "common/err.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* One set of rules and who holds it. */
struct held {
    const struct ruleset *rules;
    struct ruleset *own; /* the same, to be freed; NULL: somebody else's */
    int holders;
    struct held *older;
};

struct live_rules {
    pthread_mutex_t lock;
    struct held *newest;
    _Atomic(const struct ruleset *) current;
};

static struct held *held_new(const struct ruleset *rules, struct ruleset *own, struct held *older)
{
    struct held *held = malloc(sizeof *held);

    if (!held)
        out_of_memory();
    *held = (struct held){rules, own, 0, older};
    return held;
}

struct live_rules *live_rules_new(const struct ruleset *rules)
{
    struct live_rules *box = calloc(1, sizeof *box);

    if (!box || pthread_mutex_init(&box->lock, NULL) != 0)
        out_of_memory();
    box->newest = held_new(rules, NULL, NULL);
    atomic_store(&box->current, rules);
    return box;
}

/* Frees what nobody holds and nobody will take. */
static void sweep(struct live_rules *box)
{
    for (struct held **at = &box->newest->older; *at;) {
        struct held *held = *at;

        if (held->holders) {
            at = &held->older;
            continue;
        }
        *at = held->older;
        ruleset_free(held->own);
        free(held);
    }
}

void live_rules_free(struct live_rules *box)
{
    if (!box)
        return;
    sweep(box);
    ruleset_free(box->newest->own);
    free(box->newest);
    pthread_mutex_destroy(&box->lock);
    free(box);
}

void live_rules_put(struct live_rules *box, struct ruleset *rules)
{
    pthread_mutex_lock(&box->lock);
    box->newest = held_new(rules, rules, box->newest);
    atomic_store(&box->current, rules);
    sweep(box);
    pthread_mutex_unlock(&box->lock);
}

static void let_go(struct live_rules *box, const struct ruleset *rules)
{
    struct held *held = box->newest;

    while (rules && held->rules != rules)
        held = held->older;
    if (rules)
        held->holders--;
}

const struct ruleset *live_rules_swap(struct live_rules *box, const struct ruleset *held)
{
    if (!box || atomic_load(&box->current) == held)
        return held;
    pthread_mutex_lock(&box->lock);
    let_go(box, held);
    box->newest->holders++;
    const struct ruleset *taken = box->newest->rules;
    sweep(box);
    pthread_mutex_unlock(&box->lock);
    return taken;
}

void live_rules_return(struct live_rules *box, const struct ruleset *held)
{
    pthread_mutex_lock(&box->lock);
    let_go(box, held);
    pthread_mutex_unlock(&box->lock);
}
