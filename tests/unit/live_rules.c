#include "worker/rules/live_rules.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <stdatomic.h>

/* Rules that the box may free. */
static struct ruleset *own_rules(const char *yaml)
{
    struct report *report = report_new();
    struct span path = span_of(file_with("own.yaml", yaml));
    struct config config = {.rules = {&path, 1}};
    struct ruleset *rules = ruleset_load(&config.rules, NULL, report);

    CHECK(rules != NULL);
    report_free(report);
    return rules;
}

TEST(a_lane_goes_over_at_its_next_swap_and_not_before)
{
    const struct ruleset *first = rules_from("tags: {a: {any: [x]}}\n");
    struct live_rules *box = live_rules_new(first);
    const struct ruleset *held = live_rules_swap(box, NULL);

    CHECK(held == first);
    live_rules_put(box, own_rules("version: 7\n"));
    CHECK(held->version == 1);
    held = live_rules_swap(box, held);
    CHECK(held->version == 7);
    live_rules_return(box, held);
    live_rules_free(box);
}

TEST(rules_live_as_long_as_a_lane_holds_them)
{
    struct live_rules *box = live_rules_new(rules_from("tags: {}\n"));

    live_rules_put(box, own_rules("version: 2\n"));
    const struct ruleset *slow = live_rules_swap(box, NULL);
    live_rules_put(box, own_rules("version: 3\n"));
    const struct ruleset *fast = live_rules_swap(box, NULL);
    CHECK(slow->version == 2); /* the address sanitizer sees it freed too early */
    CHECK(fast->version == 3);
    live_rules_return(box, slow);
    live_rules_return(box, fast);
    live_rules_free(box);
}

TEST(no_box_keeps_what_is_held)
{
    const struct ruleset *rules = rules_from("tags: {}\n");

    CHECK(live_rules_swap(NULL, rules) == rules);
}

enum { LANES = 4, SWAPS = 200 };

struct lanes {
    struct live_rules *box;
    atomic_bool stop;
};

static void *turn(void *arg)
{
    struct lanes *lanes = arg;
    const struct ruleset *held = NULL;
    int64_t last = 0;

    while (!atomic_load(&lanes->stop)) {
        held = live_rules_swap(lanes->box, held);
        CHECK(held->version >= last);
        last = held->version;
    }
    live_rules_return(lanes->box, held);
    return NULL;
}

TEST(lanes_and_reloads_do_not_race)
{
    struct lanes lanes = {.box = live_rules_new(rules_from("tags: {}\n"))};
    pthread_t threads[LANES];

    for (int i = 0; i < LANES; i++)
        pthread_create(&threads[i], NULL, turn, &lanes);
    for (int i = 0; i < SWAPS; i++)
        live_rules_put(lanes.box, own_rules(i % 2 ? "version: 9\n" : "version: 9\nmatched: true\n"));
    atomic_store(&lanes.stop, true);
    for (int i = 0; i < LANES; i++)
        pthread_join(threads[i], NULL);
    live_rules_free(lanes.box);
}
