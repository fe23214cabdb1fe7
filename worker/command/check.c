#include "worker/command/command.h"
#include "common/http.h"
#include "worker/kafka/kafka.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { CONFIG, CLUSTER, HTTP, STRICT, JSON };
enum { HTTP_ANSWER_MS = 5000 };

static const struct flag flags[] = {
    [CONFIG] = FLAG_CONFIG,
    [CLUSTER] = {"cluster", NULL, "Also ask the brokers: topics, cleanup policy, retention, limits, permissions."},
    [HTTP] = {"http", NULL,
              "Also ask the worker that runs with this config whether it is healthy: its /healthz, for probes "
              "where there is no curl."},
    [STRICT] = {"strict", NULL, "Warnings are errors: exit 2 if there is one."},
    [JSON] = {"json", NULL, "The problems as JSON on stdout: [{\"file\",\"line\",\"col\",\"severity\",\"message\"}]."},
    {0},
};

static void show_problems(struct report *report, bool as_json)
{
    struct buf out = buf_in(report->mem);

    if (!as_json) {
        report_print(report, stderr);
        return;
    }
    report_write_json(report, &out);
    fwrite(out.at, 1, out.len, stdout);
}

static bool check_cluster(const struct config *config, struct err *err)
{
    struct report *report = report_new();
    bool fine = kafka_check_cluster(config, report, err);

    report_print(report, stderr);
    if (fine && report->lacks)
        fine = report_fail(report, err);
    else if (fine && report->errors)
        fine = fail(err, ERR_CLUSTER, "%zu %s with the cluster", report->errors,
                    report->errors == 1 ? "problem" : "problems");
    report_free(report);
    return fine;
}

static bool check_http(const struct http_settings *settings, struct err *err)
{
    struct arena *mem = arena_new();
    struct buf body = buf_in(mem);
    unsigned status;
    bool fine = settings->node || fail(err, ERR_CONFIG, "the config has no http: nothing listens");

    fine = fine && http_ask(settings->address, settings->port, "/healthz", HTTP_ANSWER_MS, &status, &body, err);
    if (fine && status != HTTP_OK)
        fine = fail(err, ERR_WORK, "/healthz answers %u: %.*s", status, SPAN_ARGS(span_trim(buf_span(&body))));
    arena_free(mem);
    return fine;
}

/* Where the file is not for this machine or user, only `trends` elsewhere can tell. */
static void check_keys(struct config *config, struct report *report)
{
    const char *path = config->trends.keys_path;

    if (path && access(path, R_OK) != 0)
        report_warning(report, node_get(config->trends.node, SPAN("keys")),
                       "%s cannot be read: %s; `trends` needs it to serve", path, strerror(errno));
    else
        config_read_keys(config, report);
}

static bool read_setup(const char *path, struct setup *setup, struct report *report, struct err *err)
{
    if (!setup_read(path, setup, report, err))
        return false;
    check_keys(setup->config, report);
    if (!report->errors)
        return true;
    setup_free(setup);
    return report_fail(report, err);
}

static void say_fine(const char *path, const struct setup *setup, size_t warnings)
{
    if (warnings)
        printf("%s: %zu %s", path, warnings, warnings == 1 ? "warning" : "warnings");
    else
        printf("%s: no problem", path);
    printf("; %zu inputs, %zu routes, rules %.*s\n", setup->config->inputs.len, setup->config->routes.len,
           SPAN_ARGS(setup->rules->name));
}

static bool run_check(const char *const *values, char *const *rest, struct err *err)
{
    struct report *report = report_new();
    struct setup setup;

    (void)rest;
    bool fine = read_setup(values[CONFIG], &setup, report, err);
    size_t warnings = report->len - report->errors;
    show_problems(report, values[JSON]);
    report_free(report);
    if (!fine)
        return false;
    if (values[STRICT] && warnings)
        fine =
            fail(err, ERR_CONFIG, "%zu %s, and --strict takes none", warnings, warnings == 1 ? "warning" : "warnings");
    fine = fine && (!values[CLUSTER] || check_cluster(setup.config, err))
           && (!values[HTTP] || check_http(&setup.config->http, err));
    if (fine && !values[JSON])
        say_fine(values[CONFIG], &setup, warnings);
    setup_free(&setup);
    return fine;
}

const struct command command_check = {
    .name = "check",
    .arguments = "",
    .help = "Loads config and rules and prints every problem as file:line:col: message.",
    .flags = flags,
    .run = run_check,
};
