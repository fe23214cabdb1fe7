/* One record through the whole line, by the shipped rules and many routes, twice: each of its posts leaves as records,
 * as a dead letter or as a drop; what is written is JSON; the same bytes each time; and explain says the same.
 *
 * The first byte chooses the input, and with its highest bit whether the rest is a whole record or a text that is
 * repeated in one, so often as the second byte says. */
#include "common/buf.h"
#include "common/json.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "worker/command/explain/explanation.h"
#include "worker/decode/decode.h"
#include "worker/line.h"

enum { TEXT_BIT = 128, DEPTH = 256 };

/* Three times through the line, with sanitizers: of a plain text a byte takes less than 10 us. */
const struct fuzz_limits fuzz_limits = {.base_us = 50000, .byte_ns = 80000, .base_bytes = 6 << 20, .byte_bytes = 3072};

static const struct config *config;
static struct line line;

void fuzz_start(void)
{
    config = fuzz_config("posts.yaml");
    line = line_of(config, fuzz_rules(config));
}

/* A record of the first input, which is canonical. */
static struct span record_of(struct span text, struct arena *mem)
{
    struct buf json = buf_in(mem);

    buf_put(&json, SPAN("{\"id\":\"1\",\"created_at\":\"2026-05-01T09:00:00+09:00\",\"text\":"));
    json_write_string(&json, text);
    buf_char(&json, '}');
    return buf_span(&json);
}

static struct message message_of(struct span bytes, struct arena *mem)
{
    const struct input *inputs = config->inputs.at;
    unsigned choice = fuzz_byte(&bytes);
    struct message message = {.input = &inputs[choice % TEXT_BIT % config->inputs.len],
                              .key = SPAN("1"),
                              .value = bytes,
                              .offset = 7,
                              .timestamp_ms = 1777593600000};

    if (choice < TEXT_BIT)
        return message;
    unsigned times = fuzz_byte(&bytes);
    message.input = inputs;
    message.value = record_of(fuzz_repeated(fuzz_utf8(bytes, mem), times, mem), mem);
    return message;
}

static struct outbox carried(const struct message *message, struct arena *mem)
{
    struct outbox out = {.mem = mem, .rules = line.rules->name};

    line_carry(&line, message, 1, &out);
    return out;
}

static void check_json(struct span bytes, struct arena *mem)
{
    struct value value;
    struct span why = {0};

    FUZZ_CHECK(utf8_valid(bytes));
    FUZZ_CHECK(json_read(bytes, DEPTH, mem, &value, &why) == JSON_OK && value.type == VALUE_OBJECT);
}

static void check_exit(const struct outbox *out, size_t posts, struct arena *mem)
{
    size_t ended = out->dead_len;

    for (int i = 0; i < DROPS; i++)
        ended += out->dropped[i];
    FUZZ_CHECK(ended <= posts && (ended == posts) == (out->records_len == 0));
    for (size_t i = 0; i < out->dead_len; i++)
        FUZZ_CHECK(out->dead[i].fault != FAULT_NONE && out->dead[i].why.len && utf8_valid(out->dead[i].why));
    for (size_t i = 0; i < out->records_len; i++)
        if (out->records[i].value.at)
            check_json(out->records[i].value, mem);
}

static void check_same(const struct outbox *a, const struct outbox *b)
{
    FUZZ_CHECK(a->records_len == b->records_len && a->dead_len == b->dead_len);
    for (size_t i = 0; i < a->records_len; i++) {
        FUZZ_CHECK(a->records[i].route == b->records[i].route);
        FUZZ_CHECK(span_equal(a->records[i].key, b->records[i].key));
        FUZZ_CHECK(span_equal(a->records[i].value, b->records[i].value));
    }
}

/* Of one post; its records begin at this one. Returns where they end. */
static size_t check_routes(const struct explanation *explained, const struct outbox *out, size_t records)
{
    for (size_t i = 0; i < explained->routes_len; i++)
        for (size_t j = 0; j < explained->routes[i].records_len; j++, records++)
            FUZZ_CHECK(records < out->records_len
                       && span_equal(explained->routes[i].records[j].value, out->records[records].value));
    return records;
}

static void check_explained(const struct batch *posts, const struct outbox *out, struct arena *mem)
{
    size_t records = 0, dead = 0;

    for (size_t i = 0; i < posts->len; i++) {
        const struct explanation *explained = explain_message(&line, &posts->at[i], mem);

        if (explained->fault)
            FUZZ_CHECK(dead < out->dead_len && out->dead[dead++].fault == explained->fault);
        records = check_routes(explained, out, records);
    }
    FUZZ_CHECK(records == out->records_len && dead == out->dead_len);
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    struct message message = message_of(bytes, mem);
    const struct batch posts = message_posts(&message, &config->limits, mem);
    struct outbox first = carried(&message, mem), second = carried(&message, mem);

    check_exit(&first, posts.len, mem);
    check_same(&first, &second);
    check_explained(&posts, &first, mem);
    return message.value.len;
}
