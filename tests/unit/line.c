#include "worker/line.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/route/route.h"
#include "worker/route/shape.h"

enum { POSTS = 5, HEAVY = 2 };

static const struct input posts_input = {.topic = {"posts.x", 7}, .network = {"x", 1}, .key = INPUT_KEY_ID};

static struct message post_at(int64_t offset, struct span text)
{
    struct buf value = buf_in(scratch());

    buf_format(&value, "{\"id\":\"%lld\",\"text\":\"", (long long)offset);
    buf_put(&value, text);
    buf_put(&value, SPAN("\"}"));
    return (struct message){.input = &posts_input,
                            .value = buf_span(&value),
                            .partition = 3,
                            .offset = offset,
                            .timestamp_ms = 1764918000001};
}

static struct span repeated(struct span word, size_t times)
{
    struct buf text = buf_in(scratch());

    for (size_t i = 0; i < times; i++)
        buf_put(&text, word);
    return buf_span(&text);
}

/* Posts of one word, and a heavy one among them. */
static void fill(struct message messages[POSTS], struct span heavy)
{
    for (int i = 0; i < POSTS; i++)
        messages[i] = post_at(i, i == HEAVY ? heavy : SPAN("深海"));
}

/* Offsets of what came of messages in their order, and those of dead letters with their faults. */
static struct span outcome_of(const struct outbox *out)
{
    struct buf text = buf_in(scratch());

    for (size_t i = 0; i < out->records_len; i++)
        buf_format(&text, "%lld ", (long long)out->records[i].from->offset);
    for (size_t i = 0; i < out->dead_len; i++)
        buf_format(&text, "%lld:%s ", (long long)out->dead[i].from->offset, fault_names[out->dead[i].fault]);
    return buf_span(&text);
}

static struct line line_to(const struct list *routes, const struct limits *limits, const struct ruleset *rules)
{
    static const struct list nothing;

    return (struct line){.limits = limits, .rules = rules, .routes = routes, .skip = &nothing};
}

static size_t carry_all(const struct line *line, const struct message *messages, size_t len, struct outbox *out)
{
    size_t turns = 0;

    for (size_t from = 0; from < len; turns++)
        from += line_carry(line, messages + from, len - from, out);
    return turns;
}

/* Carries a record of several posts in as many turns as it takes; *most is the memory of the largest. */
static size_t carry_record(const struct line *line, struct message record, struct outbox *out, size_t *most)
{
    struct arena *mem = out->mem;
    size_t turns = 0, records = 0, carried = 0;

    for (*most = 0; !carried; turns++) {
        *out = (struct outbox){.mem = mem};
        carried = line_carry(line, &record, 1, out);
        record.progress = out->progress;
        records += out->records_len;
        *most = arena_used(mem) > *most ? arena_used(mem) : *most;
        arena_reset(mem);
    }
    out->records_len = records;
    return turns;
}

static struct message record_of(struct span value)
{
    return (struct message){.input = &posts_input, .value = value, .partition = 3, .offset = 7, .timestamp_ms = 1};
}

/* A list of so many posts of these bytes. */
static struct message list_of(size_t posts, struct span post)
{
    struct buf value = buf_in(scratch());

    for (size_t i = 0; i < posts; i++) {
        buf_char(&value, i ? ',' : '[');
        buf_put(&value, post);
    }
    buf_char(&value, ']');
    return record_of(buf_span(&value));
}

static struct route facts_route = {.topic = SPAN("facts"), .shape = SHAPE_facts, .key = ROUTE_KEY_ID, .text = true};
static struct route tags_route = {.topic = SPAN("tags"), .shape = SHAPE_by_tag, .key = ROUTE_KEY_TAG};
static const struct list facts_routes = {&facts_route, 1}, tags_routes = {&tags_route, 1};

TEST(a_post_over_its_cpu_time_is_a_dead_letter_and_its_neighbours_pass)
{
    const struct limits limits = {.post_bytes = 16 << 20, .post_depth = 64, .post_cpu_ms = 20};
    const struct line line = line_to(&facts_routes, &limits, rules_from("version: 1\n"));
    struct outbox out = {.mem = scratch()};
    struct message messages[POSTS];

    fill(messages, repeated(SPAN("もっと深い海へ "), 400000));
    carry_all(&line, messages, POSTS, &out);
    CHECK_SPAN(outcome_of(&out), SPAN("0 1 3 4 2:too-costly "));
    CHECK_SPAN(out.dead[0].why, SPAN("more than 20 ms of CPU time; see limits: post_cpu"));
}

TEST(dead_letters_keep_the_order_of_their_messages_beside_one_that_is_too_costly)
{
    const struct limits limits = {.post_bytes = 16 << 20, .post_depth = 64, .post_cpu_ms = 20};
    const struct line line = line_to(&facts_routes, &limits, rules_from("version: 1\n"));
    struct outbox out = {.mem = scratch()};
    struct message messages[POSTS];

    fill(messages, repeated(SPAN("もっと深い海へ "), 400000));
    messages[1].value = SPAN("[1]");
    messages[4].value = SPAN("{");
    carry_all(&line, messages, POSTS, &out);
    CHECK_SPAN(outcome_of(&out), SPAN("0 3 1:not-an-object 2:too-costly 4:not-json "));
}

TEST(without_a_limit_of_cpu_time_no_post_is_too_costly)
{
    const struct limits limits = {.post_bytes = 16 << 20, .post_depth = 64};
    const struct line line = line_to(&facts_routes, &limits, rules_from("version: 1\n"));
    struct outbox out = {.mem = scratch()};
    struct message messages[POSTS];

    fill(messages, repeated(SPAN("もっと深い海へ "), 100000));
    carry_all(&line, messages, POSTS, &out);
    CHECK_SPAN(outcome_of(&out), SPAN("0 1 2 3 4 "));
}

/* Each of many tags has a row with all hashtags: a product, which no limit of the post's own bytes bounds. */
static struct span many_tags(size_t tags, struct span *text)
{
    struct buf rules = buf_in(scratch()), words = buf_in(scratch());

    buf_put(&rules, SPAN("version: 1\ntags:\n"));
    for (size_t i = 0; i < tags; i++) {
        buf_format(&rules, "  t%zu: {any: [w%zu]}\n", i, i);
        buf_format(&words, "w%zu ", i);
    }
    for (size_t i = 0; i < 1000; i++)
        buf_format(&words, "#h%zu ", i);
    buf_char(&rules, 0);
    *text = buf_span(&words);
    return buf_span(&rules);
}

TEST(a_post_over_its_memory_is_a_dead_letter_and_its_neighbours_pass)
{
    const struct limits limits = {.post_bytes = 16 << 10, .post_depth = 64, .post_cpu_ms = 60000};
    struct arena *mem = arena_new();
    struct span heavy, rules = many_tags(1000, &heavy);
    const struct line line = line_to(&tags_routes, &limits, rules_from(rules.at));
    struct outbox out = {.mem = mem};
    struct message messages[POSTS];

    fill(messages, heavy);
    for (int i = 0; i < POSTS; i++)
        if (i != HEAVY)
            messages[i] = post_at(i, SPAN("w7"));
    carry_all(&line, messages, POSTS, &out);
    CHECK_SPAN(outcome_of(&out), SPAN("0 1 3 4 2:too-costly "));
    CHECK_SPAN(out.dead[0].why, SPAN("more than 2097152 bytes of memory; see limits: post_bytes"));
    CHECK(arena_bytes(mem) < 5u << 20); /* and there is no more of it than it may have */
    arena_free(mem);
}

TEST(what_came_of_large_posts_goes_before_the_next_are_carried)
{
    enum { LARGE = 20 };
    const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64, .post_cpu_ms = 60000};
    const struct line line = line_to(&facts_routes, &limits, rules_from("version: 1\n"));
    struct span text = repeated(SPAN("."), 900000);
    struct message messages[LARGE];
    struct arena *mem = arena_new();
    size_t most = 0, from = 0, turns = 0;

    for (int i = 0; i < LARGE; i++)
        messages[i] = post_at(i, text);
    for (; from < LARGE; turns++) {
        struct outbox out = {.mem = mem};
        size_t carried = line_carry(&line, messages + from, LARGE - from, &out);

        CHECK(carried > 0 && out.records_len == carried && out.records[0].from == &messages[from]);
        most = arena_used(mem) > most ? arena_used(mem) : most;
        from += carried;
        arena_reset(mem);
    }
    CHECK(turns > LARGE / 5);
    CHECK(most < 70u << 20); /* one of them, however many there are */
    arena_free(mem);
}

static const struct limits several_limits = {
    .post_bytes = 1 << 20, .post_depth = 64, .post_cpu_ms = 60000, .record_posts = 10000};

TEST(posts_of_a_record_have_their_places_in_records_and_dead_letters)
{
    const struct line line = line_to(&facts_routes, &several_limits, rules_from("version: 1\n"));
    struct outbox out = {.mem = scratch()};
    const struct message record = record_of(SPAN(
        "[{\"id\":\"1\",\"text\":\"海\"},{\"id\":\"2\"},7,{\"id\":\"4\",\"text\":},{\"id\":\"5\",\"text\":\"\"}]"));

    CHECK(line_carry(&line, &record, 1, &out) == 1 && out.posts == 5 && !out.progress.posts);
    CHECK(out.records_len == 2 && out.records[0].from->part == 1 && out.records[1].from->part == 5);
    CHECK(strstr(span_string(out.records[0].value, scratch()), "\"offset\":7,\"index\":0,\"timestamp\":1}"));
    CHECK(strstr(span_string(out.records[1].value, scratch()), "\"offset\":7,\"index\":4,\"timestamp\":1}"));
    CHECK_SPAN(outcome_of(&out), SPAN("7 7 7:no-text 7:not-an-object 7:not-json "));
    CHECK(out.dead[0].from->part == 2 && out.dead[1].from->part == 3 && out.dead[2].from->part == 4);
    CHECK_SPAN(out.dead[2].from->value, SPAN("{\"id\":\"4\",\"text\":}"));
}

TEST(a_record_of_several_posts_keeps_its_place_among_others)
{
    const struct line line = line_to(&facts_routes, &several_limits, rules_from("version: 1\n"));
    struct outbox out = {.mem = scratch()};
    struct message messages[POSTS];

    fill(messages, SPAN("海"));
    messages[HEAVY].value = SPAN("{\"id\":\"7\",\"text\":\"\"}\n{\"id\":\"8\",\"text\":\"\"}");
    CHECK(carry_all(&line, messages, POSTS, &out) == 3);
    CHECK_SPAN(outcome_of(&out), SPAN("0 1 2 2 3 4 "));
    CHECK(out.posts == POSTS + 1);
}

TEST(a_record_without_posts_is_a_drop_and_one_of_too_many_a_dead_letter)
{
    const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64, .record_posts = 2};
    const struct line line = line_to(&facts_routes, &limits, rules_from("version: 1\n"));
    struct outbox out = {.mem = scratch()};
    const struct message messages[] = {record_of(SPAN("[]")), list_of(2, SPAN("{}")), list_of(3, SPAN("{}"))};

    CHECK(carry_all(&line, messages, 3, &out) == 3);
    CHECK(out.dropped[DROP_NO_POST] == 1 && out.posts == 4);
    CHECK_SPAN(outcome_of(&out), SPAN("7:no-id 7:no-id 7:too-large "));
    CHECK_SPAN(out.dead[2].why, SPAN("more than 2 posts; see limits: record_posts"));
    CHECK(!out.dead[2].from->part);
}

TEST(many_small_posts_of_one_record_are_carried_in_turns_of_little_memory)
{
    struct arena *mem = arena_new();
    const struct line line = line_to(&facts_routes, &several_limits, rules_from("version: 1\n"));
    struct outbox out = {.mem = mem};
    size_t most;
    const struct message record =
        list_of(10000, SPAN("{\"id\":\"1\",\"text\":\"深い海の底から今日も元気に報告します。また明日ね。\"}"));

    size_t turns = carry_record(&line, record, &out, &most);
    CHECK(out.records_len == 10000);
    CHECK(turns > 1 && turns < 10);
    CHECK(most < 12u << 20);
    arena_free(mem);
}

TEST(the_rest_of_a_record_that_took_too_long_are_dead_letters)
{
    const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64, .post_cpu_ms = 20, .record_posts = 10};
    const struct line line = line_to(&facts_routes, &limits, rules_from("version: 1\n"));
    struct outbox out = {.mem = scratch()};
    struct message record = list_of(3, SPAN("{\"id\":\"1\",\"text\":\"\"}"));

    record.progress = (struct record_progress){1, 20001};
    CHECK(line_carry(&line, &record, 1, &out) == 1 && out.posts == 2);
    CHECK_SPAN(outcome_of(&out), SPAN("7:too-costly 7:too-costly "));
    CHECK_SPAN(out.dead[0].why, SPAN("the posts of its record took more than 20 ms of CPU time; see limits: post_cpu"));
}
