#include "worker/command/explain/explain.h"
#include "common/yaml.h"
#include "worker/command/command.h"
#include "worker/decode/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { CONFIG, JSON, INPUT };

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [JSON] = {"json", NULL,
              "Print one JSON document: says, id, text, fault and message; tags; rules of tags that were hit, each "
              "with hits, cancelled (bytes of the text) and missed, the one condition that failed; entities; "
              "sentiment, with "
              "the sum of its terms, each with weight, turns and value; found, by name, each with value and how; "
              "routes with taken, keys or why_not."},
    [INPUT] = FLAG_INPUT,
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

static bool explain_posts(const struct setup *setup, const struct input *input, struct span bytes, bool as_json,
                          struct arena *mem, struct err *err)
{
    const struct config *config = setup->config;
    struct line line = line_of(config, setup->rules);
    struct message message = {
        .input = input,
        .value = bytes,
        .partition = -1,
        .offset = 1,
        .timestamp_ms = TIME_UNKNOWN,
    };
    const struct batch posts = message_posts(&message, &config->limits, mem);

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

static bool run_explain(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;
    const struct input *input;
    struct span bytes;
    bool fine = false;

    if (!setup_load(values[CONFIG], &setup, err))
        return false;
    struct arena *mem = arena_new();
    if (!setup_input(&setup, values[INPUT], &input, err) || !read_post(rest[0], mem, &bytes, err))
        goto out;
    fine = explain_posts(&setup, input, bytes, values[JSON] != NULL, mem, err);
out:
    arena_free(mem);
    setup_free(&setup);
    return fine;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[FILE]",
    .help = "One post in (FILE or stdin), or several as a record may hold them, one after another: which rules fired "
            "on which bytes, which just did not, each figure with "
            "its formula, and where it would go.",
    .flags = flags,
    .rest_max = 1,
    .run = run_explain,
};
