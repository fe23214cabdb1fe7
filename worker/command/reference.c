#include "worker/command.h"
#include "worker/preset.h"
#include "worker/shape.h"

#include <stdio.h>

static const struct flag flags[] = {{0}};

static const char *const fault_help[FAULTS] = {
    [FAULT_NOT_JSON] = "no JSON (RFC 8259); a raw NUL byte and a lone surrogate too",
    [FAULT_NUMBER_RANGE] = "a number beyond 64-bit integers or doubles",
    [FAULT_NOT_AN_OBJECT] = "JSON, but no object",
    [FAULT_NO_ID] = "no id, or a null payload whose key is not known to be one",
    [FAULT_NO_TEXT] = "neither text nor metrics",
    [FAULT_WRONG_TYPE] = "a member of another type, or a count beyond 0 to 2^53 - 1",
    [FAULT_BAD_UTF8] = "bytes that are not UTF-8",
    [FAULT_BAD_TIME] = "a time that RFC 3339 does not know",
    [FAULT_TOO_LARGE] = "longer than limits: post_bytes",
    [FAULT_TOO_DEEP] = "nested deeper than limits: post_depth",
    [FAULT_BAD_FRAMING] = "no schema registry's frame where the input says there is one",
    [FAULT_SKIPPED] = "the config's skip names the message",
    [FAULT_REFUSED] = "what came of the post was refused by the broker for good",
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
            buf_format(out, "- `--%s%s%s`: %s\n", flag->name, flag->value ? " " : "",
                       flag->value ? flag->value : "", flag->help);
    }
    buf_put(out, SPAN("\nExit codes: 0 done, 1 work failed, 2 usage or config, 3 cluster not reachable, not "
                      "permitted, or not as the config needs it.\n"));
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

static bool run(const char *const *values, char *const *rest, struct err *err)
{
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);

    (void)values;
    (void)rest;
    buf_put(&out, SPAN("# Reference\n\nPrinted by `trendmill reference` from the tables that the code reads.\n"));
    write_commands(&out);
    settings_reference(&config_form, "worker.yaml", 2, &out);
    settings_reference(ruleset_form(mem), "rules files", 2, &out);
    write_parts(&out);
    fwrite(out.at, 1, out.len, stdout);
    arena_free(mem);
    return fflush(stdout) == 0 || fail(err, ERR_WORK, "the output cannot be written");
}

const struct command command_reference = {
    .name = "reference",
    .arguments = "",
    .help = "All keys, shapes and faults, printed from the tables that the code reads.",
    .flags = flags,
    .run = run,
};
