#include "worker/command/explain/explain.h"
#include "common/yaml.h"
#include "worker/command/command.h"
#include "worker/decode/decode.h"
#include "worker/kafka/kafka.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { CONFIG, JSON, INPUT, PLACE };

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [JSON] = {"json", NULL,
              "Print one JSON document: says, id, text, fault and message; tags; rules of tags that were hit, each "
              "with hits, cancelled (bytes of the text) and missed, the one condition that failed; entities; "
              "sentiment, with "
              "the sum of its terms, each with weight, turns and value; found, by name, each with value and how; "
              "routes with taken, keys or why_not."},
    [INPUT] = FLAG_INPUT,
    [PLACE] = {"at", "TOPIC/PARTITION/OFFSET",
               "Fetch the post from Kafka, such as posts.raw/0/58, as the `source` of an event names it."},
    {0},
};

static bool read_stdin(struct arena *mem, struct span *out, struct err *err)
{
    struct buf text = buf_in(mem);
    ssize_t got;

    do {
        buf_reserve(&text, 65536);
        got = read(STDIN_FILENO, text.at + text.len, 65536);
        text.len += got > 0 ? (size_t)got : 0;
    } while (got > 0 || (got < 0 && errno == EINTR));
    *out = buf_span(&text);
    return got == 0 || fail(err, ERR_WORK, "the input cannot be read: %s", strerror(errno));
}

static bool read_post(const char *path, struct arena *mem, struct span *out, struct err *err)
{
    if (!path || !strcmp(path, "-"))
        return read_stdin(mem, out, err);
    *out = file_read(path, mem);
    return out->at || fail(err, ERR_WORK, "%s cannot be read: %s", path, strerror(errno));
}

static bool explain_posts(const struct setup *setup, const struct message *message, bool as_json, struct arena *mem,
                          struct err *err)
{
    const struct config *config = setup->config;
    struct line line = line_of(config, setup->rules);
    const struct batch posts = message_posts(message, &config->limits, mem);

    for (size_t i = 0; i < posts.len; i++) {
        const struct explanation *all = explain_message(&line, &posts.at[i], mem);

        if (i && !as_json)
            putchar('\n');
        if (as_json)
            explain_json(all, stdout, mem);
        else
            explain_words(all, stdout, mem);
    }
    return fflush(stdout) == 0 || fail(err, ERR_WORK, "the output cannot be written: %s", strerror(errno));
}

/* A post in a file or on stdin, which is nowhere in Kafka. */
static bool take_file(const struct setup *setup, const char *topic, const char *path, struct arena *mem,
                      struct message *out, struct err *err)
{
    *out = (struct message){.partition = -1, .offset = 1, .timestamp_ms = TIME_UNKNOWN};
    return setup_input(setup, topic, &out->input, err) && read_post(path, mem, &out->value, err);
}

static bool take_place(const struct setup *setup, const char *text, struct arena *mem, struct message *out,
                       struct err *err)
{
    struct kafka_record record;
    struct skip place;

    if (!place_read(span_of(text), &place))
        return fail(err, ERR_CONFIG, "--at \"%s\": expected TOPIC/PARTITION/OFFSET such as posts.raw/3/991", text);
    const struct input *input = input_find(&setup->config->inputs, place.topic);
    if (!input)
        return fail(err, ERR_CONFIG, "--at: no input has the topic \"%.*s\"", SPAN_ARGS(place.topic));
    if (!kafka_fetch(setup->config, &place, mem, &record, err))
        return false;
    *out = (struct message){
        .input = input,
        .key = record.key,
        .value = record.value,
        .partition = record.partition,
        .offset = record.offset,
        .timestamp_ms = record.timestamp_ms,
    };
    return record.value.at
           || fail(err, ERR_CONFIG, "--at: %s is a tombstone, a key without a value: nothing comes of it", text);
}

static bool run_explain(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;
    struct message message;
    const char *place = values[PLACE];

    if (place && (rest[0] || values[INPUT]))
        return fail(err, ERR_CONFIG, "--at names post and input; leave %s out", rest[0] ? rest[0] : "--input");
    if (!setup_load(values[CONFIG], &setup, err))
        return false;
    struct arena *mem = arena_new();
    bool fine = place ? take_place(&setup, place, mem, &message, err)
                      : take_file(&setup, values[INPUT], rest[0], mem, &message, err);
    fine = fine && explain_posts(&setup, &message, values[JSON] != NULL, mem, err);
    arena_free(mem);
    setup_free(&setup);
    return fine;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[FILE]",
    .help = "One post in (FILE, stdin or --at a place in Kafka), or several as a record may hold them, one after "
            "another: which rules fired "
            "on which bytes, which just did not, each figure with "
            "its formula, and where it would go.",
    .flags = flags,
    .rest_max = 1,
    .run = run_explain,
};
