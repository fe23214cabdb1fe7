#include "worker/command/test_cases.h"
#include "worker/command/command.h"
#include "worker/command/log_events.h"
#include "worker/decode/preset.h"
#include "worker/kafka/kafka.h"
#include "worker/monitor/metrics.h"
#include "worker/route/shape.h"
#include "worker/status.h"
#include "worker/trends/api.h"
#include "worker/trends/trend_status.h"

#include <stdio.h>

static const struct flag flags[] = {
    {"schema", "NAME",
     "Print a JSON Schema instead, for editors: worker, rules, lexicon or tests, the YAML files that people edit."},
    {0},
};

static void write_commands(struct buf *out)
{
#define COMMAND_LINE(name) &command_##name,
    static const struct command *const commands[] = {COMMANDS(COMMAND_LINE) NULL};

    buf_put(out, SPAN("\n## Commands\n"));
    for (const struct command *const *command = commands; *command; command++) {
        buf_format(out, "\n`trendmill %s %s`: %s\n", (*command)->name, (*command)->arguments, (*command)->help);
        if ((*command)->flags->name)
            buf_char(out, '\n');
        for (const struct flag *flag = (*command)->flags; flag->name; flag++)
            buf_format(out, "- `--%s%s%s`: %s\n", flag->name, flag->value ? " " : "", flag->value ? flag->value : "",
                       flag->help);
    }
}

static void write_exits(struct buf *out)
{
    static const char *const exits[][2] = {
        {"0", "Done; a worker was stopped and has drained."},
        {"1",
         "The work failed and may succeed at the next try, or its result is no: a lane failed or did not drain in "
         "time; "
         "threads, memory, file descriptors or disk are lacking; the output cannot be written; a test failed, a replay "
         "stopped before its end or does not verify, `check --http` was told no."},
        {"2",
         "A person has to change the command line or the config: it fails again until then. A supervisor should not "
         "try again."},
        {"3",
         "The cluster cannot be reached, does not permit it, or is not as the config needs it (a topic is missing)."},
    };

    buf_put(out, SPAN("\n| exit code | when |\n|---|---|\n"));
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        buf_format(out, "| %s | %s |\n", exits[i][0], exits[i][1]);
    buf_put(
        out,
        SPAN("\nA process that a signal ends (a crash is logged as `event=crash`, with the post that the lane was at) "
             "has "
             "no code of these. Memory that runs out is `event=out-of-memory` and 1; what was not committed is read "
             "again.\n"));
}

static void write_log_events(struct buf *out)
{
    buf_put(out, SPAN("\n## Log events\n\nOne line each on stderr: `time`, `level`, `event` and what belongs to it, as "
                      "key=value or "
                      "JSON. Events of one kind that repeat are limited; the next line says how many were left out.\n\n"
                      "| event | level | meaning |\n|---|---|---|\n"));
    for (const struct log_event_help *event = log_events; event->name; event++)
        buf_format(out, "| `%s` | %s | %s |\n", event->name, event->level, event->help);
}

static void write_parts(struct buf *out)
{
    buf_put(out, SPAN("\n## Presets\n\n"));
    for (int i = 0; i < PRESET_COUNT; i++)
        buf_format(out, "- `%s`: %s\n", presets[i]->name, presets[i]->help);
    buf_put(out, SPAN("\n## Shapes\n\n"));
    for (int i = 0; i < SHAPE_COUNT; i++)
        buf_format(out, "- `%s`: %s (cleanup.policy %s)\n", shapes[i]->name, shapes[i]->help, shapes[i]->cleanup);
    buf_put(out, SPAN("\n## Faults\n\nThe header `trendmill.fault` of a dead letter:\n\n"));
    for (int i = FAULT_NONE + 1; i < FAULTS; i++)
        buf_format(out, "- `%s`: %s\n", fault_names[i], fault_help[i]);
}

static void write_paths(struct buf *out)
{
    buf_put(out, SPAN("\n## HTTP\n\nAnswered where the config says `http`, to GET and HEAD:\n\n"));
    for (const struct http_route *it = status_routes; it->path; it++)
        buf_format(out, "- `%s`: %s\n", it->path, it->help);
    buf_put(
        out,
        SPAN(
            "\nA request has to name `localhost`, an address in digits or one of `http.hosts` in its Host header, else "
            "it gets 421: a web page could otherwise point a name of its own here and read along. `/healthz` and "
            "`/readyz` answer to any Host; their reasons are for those that are served.\n"));
    buf_format(
        out,
        "\nBounds: %d connections, %d of them for loopback alone, %d for one address (one /64 of IPv6); where "
        "there is no place, the one that has waited longest without a whole request makes room. %d KiB of headers, "
        "%d KiB of path and query, %d MiB of answers on their way (more get 503), %d s until a request is there as a "
        "whole, %d s for a connection.\n",
        HTTP_CONNECTIONS, HTTP_LOOPBACK_CONNECTIONS, HTTP_HOST_CONNECTIONS, HTTP_CONNECTION_BYTES >> 10,
        HTTP_TARGET_BYTES >> 10, HTTP_ANSWERS_BYTES >> 20, HTTP_REQUEST_MS / 1000, HTTP_LIFE_MS / 1000);
}

static bool write_schema(const char *name, struct buf *out, struct err *err)
{
    if (!strcmp(name, "worker"))
        settings_schema(&config_form, "trendmill worker.yaml", YAML_ENVIRONMENT, out);
    else if (!strcmp(name, "rules"))
        settings_schema(ruleset_form(out->mem), "trendmill rules", YAML_LITERAL, out);
    else if (!strcmp(name, "lexicon"))
        settings_schema(&lexicon_form, "trendmill lexicon", YAML_LITERAL, out);
    else if (!strcmp(name, "tests"))
        settings_schema(&cases_form, "trendmill tests", YAML_LITERAL, out);
    else
        return fail(err, ERR_CONFIG, "no schema is named \"%s\"; there are worker, rules, lexicon and tests", name);
    return true;
}

static void write_reference(struct buf *out)
{
    buf_put(out, SPAN("# Reference\n\nPrinted by `trendmill reference` from the tables that the code reads.\n"));
    write_commands(out);
    write_exits(out);
    settings_reference(&config_form, "worker.yaml", 2, out);
    kafka_reference(out);
    settings_reference(ruleset_form(out->mem), "rules files", 2, out);
    settings_reference(&lexicon_form, "lexicon files", 2, out);
    settings_reference(&cases_form, "test files", 2, out);
    write_parts(out);
    write_paths(out);
    metrics_reference(out);
    api_reference(out);
    trend_metrics_reference(out);
    write_log_events(out);
}

static bool run_reference(const char *const *values, char *const *rest, struct err *err)
{
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);
    bool fine = true;

    (void)rest;
    if (values[0])
        fine = write_schema(values[0], &out, err);
    else
        write_reference(&out);
    fwrite(out.at, 1, out.len, stdout);
    arena_free(mem);
    if (!fine)
        return false;
    return fflush(stdout) == 0 || fail(err, ERR_WORK, "the output cannot be written");
}

const struct command command_reference = {
    .name = "reference",
    .arguments = "",
    .help = "All keys, shapes, faults and metrics, printed from the tables that the code reads.",
    .flags = flags,
    .run = run_reference,
};
