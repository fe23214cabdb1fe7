#include "worker/command/command.h"
#include "worker/decode/hide_request.h"
#include "worker/decode/preset.h"
#include "worker/kafka/kafka.h"
#include "worker/parts.h"

#include <stdio.h>

enum { CONFIG, ID, NETWORK, UNDO };

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [ID] = {"id", "ID", "The post's id, as its events have it."},
    [NETWORK] = {"network", "NETWORK", "The post's network, where the inputs have several."},
    [UNDO] = {"undo", NULL, "Take the hide back."},
    {0},
};

struct hiding {
    const struct config *config;
    const struct input *input;
    struct arena *mem;
    struct span id;
    bool hidden;
};

/* --- which input --- */

static bool is_canonical(const struct input *input)
{
    return presets[input->preset] == &preset_canonical && input->framing == FRAMING_NONE;
}

static struct span networks_of(const struct config *config, struct arena *mem)
{
    const struct input *inputs = config->inputs.at;
    struct buf out = buf_in(mem);

    for (size_t i = 0; i < config->inputs.len; i++)
        buf_format(&out, "%s%.*s", i ? ", " : "",
                   SPAN_ARGS(inputs[i].network.len ? inputs[i].network : SPAN("none (--network -)")));
    return buf_span(&out);
}

/* The input of the post's network; of several one in canonical form, which can say all. */
static bool find_input(struct hiding *hiding, const char *network, struct err *err)
{
    const struct input *inputs = hiding->config->inputs.at;
    struct span wanted = network && strcmp(network, "-") != 0 ? span_of(network) : (struct span){0};

    for (size_t i = 0; i < hiding->config->inputs.len; i++) {
        const struct input *it = &inputs[i];

        if (!network && !span_equal(it->network, inputs->network))
            return fail(err, ERR_CONFIG, "say the post's --network; the inputs have %.*s",
                        SPAN_ARGS(networks_of(hiding->config, hiding->mem)));
        if (network && !span_equal(it->network, wanted))
            continue;
        if (!hiding->input || (is_canonical(it) && !is_canonical(hiding->input)))
            hiding->input = it;
    }
    return hiding->input
           || fail(err, ERR_CONFIG, "no input has the network \"%s\"; they have %.*s", network,
                   SPAN_ARGS(networks_of(hiding->config, hiding->mem)));
}

/* --- writing it --- */

/* A topic that is not there would be made by many brokers, and nobody would read it. */
static bool check_topic(const struct hiding *hiding, struct err *err)
{
    struct topics topics;

    if (!kafka_topics(hiding->config, hiding->mem, &topics, err))
        return false;
    for (size_t i = 0; i < topics.len; i++)
        if (span_equal(topics.at[i].name, hiding->input->topic) && topics.at[i].is_there)
            return true;
    return fail(err, ERR_CLUSTER, "topic %.*s is not there; trendmill topics --create makes it",
                SPAN_ARGS(hiding->input->topic));
}

static bool write_request(const struct hiding *hiding, struct span key, struct span value, struct err *err)
{
    const char *topic = span_string(hiding->input->topic, hiding->mem);
    struct kafka_writer *writer = kafka_writer_open(hiding->config, err);
    struct err ignored;

    if (!writer)
        return false;
    bool fine = kafka_write(writer, topic, key, value, TIME_UNKNOWN, err);
    return kafka_writer_close(writer, fine ? err : &ignored) && fine;
}

static bool hide(const struct hiding *hiding, struct err *err)
{
    struct span key, value;

    if (!hide_request_make(hiding->input, &hiding->config->limits, hiding->id, hiding->hidden, hiding->mem, &key,
                           &value, err)
        || !check_topic(hiding, err) || !write_request(hiding, key, value, err))
        return false;
    printf("written to %.*s: key %.*s, value %.*s\n", SPAN_ARGS(hiding->input->topic), SPAN_ARGS(key),
           SPAN_ARGS(value.at ? value : SPAN("null")));
    return true;
}

static bool run_hide(const char *const *values, char *const *rest, struct err *err)
{
    struct setup setup;

    (void)rest;
    if (!values[ID])
        return fail(err, ERR_CONFIG, "which post? give its --id");
    if (!setup_load(values[CONFIG], &setup, err))
        return false;
    struct hiding hiding = {
        .config = setup.config, .mem = arena_new(), .id = span_of(values[ID]), .hidden = !values[UNDO]};
    bool fine = find_input(&hiding, values[NETWORK], err) && hide(&hiding, err);
    arena_free(hiding.mem);
    setup_free(&setup);
    return fine;
}

const struct command command_hide = {
    .name = "hide",
    .arguments = "",
    .help = "Asks for a post to be hidden everywhere: writes a hide request to the topic of raw posts.",
    .flags = flags,
    .run = run_hide,
};
