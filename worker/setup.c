#include "worker/setup.h"
#include "worker/kafka/kafka.h"

struct ruleset *setup_rules(const struct config *config, struct report *report)
{
    const struct route *routes = config->routes.at;
    size_t before = report->errors;
    struct ruleset *rules = ruleset_load(&config->rules, node_get(config->node, SPAN("rules")), report);

    for (size_t i = 0; rules && i < config->routes.len; i++)
        when_check(&routes[i].when, rules, report);
    if (report->errors == before)
        return rules;
    ruleset_free(rules);
    return NULL;
}

static void check_networks(const struct config *config, struct report *report)
{
    const struct input *inputs = config->inputs.at;
    const struct route *routes = config->routes.at;
    if (report_has_errors(report, node_get(config->node, SPAN("input"))))
        return;
    struct spans networks = {arena_take(report->mem, config->inputs.len * sizeof *networks.at), 0};

    for (size_t i = 0; i < config->inputs.len; i++)
        if (inputs[i].network.len)
            networks.at[networks.len++] = inputs[i].network;
    for (size_t i = 0; i < config->routes.len; i++)
        when_check_networks(&routes[i].when, &networks, report);
}

static void keep_sources(struct setup *setup, const struct report *report)
{
    struct arena *mem = setup->config->mem;

    setup->sources = arena_take(mem, report->sources_len * sizeof *setup->sources);
    for (size_t i = 0; i < report->sources_len; i++)
        setup->sources[setup->sources_len++] =
            (struct source_file){span_string(span_of(report->sources[i].path), mem), report->sources[i].stamp};
}

bool setup_read(const char *path, struct setup *setup, struct report *report, struct err *err)
{
    *setup = (struct setup){0};
    if (!path)
        return fail(err, ERR_CONFIG, "no config; give one with -c FILE");
    setup->config = config_load(path, report);
    if (setup->config) {
        if (setup->config->rules.len) /* else what is wrong with the list is in the report */
            setup->rules = setup_rules(setup->config, report);
        check_networks(setup->config, report);
        kafka_check(setup->config, report);
    }
    if (!report->errors) {
        keep_sources(setup, report);
        return true;
    }
    setup_free(setup);
    return report_fail(report, err);
}

bool setup_load(const char *path, struct setup *setup, struct err *err)
{
    struct report *report = report_new();
    bool fine = setup_read(path, setup, report, err);

    report_print(report, stderr);
    report_free(report);
    return fine;
}

bool setup_read_keys(const struct setup *setup, struct err *err)
{
    struct report *report = report_new();
    bool fine = config_read_keys(setup->config, report) || report_fail(report, err);

    report_print(report, stderr);
    report_free(report);
    return fine;
}

bool setup_input(const struct setup *setup, const char *topic, const struct input **input, struct err *err)
{
    const struct list *inputs = &setup->config->inputs;
    const struct input *found = topic ? input_find(inputs, span_of(topic)) : inputs->at;

    if (!found)
        return fail(err, ERR_CONFIG, "no input has the topic \"%s\"", topic);
    *input = found;
    return true;
}

void setup_free(struct setup *setup)
{
    ruleset_free(setup->rules);
    config_free(setup->config);
    *setup = (struct setup){0};
}
