#include "common/fold.h"
#include "common/http.h"
#include "common/json.h"
#include "common/settings.h"
#include "common/sql.h"
#include "common/yaml.h"
#include "worker/command/command.h"
#include "worker/decode/decode_simdjson.h"
#include "worker/kafka/kafka.h"
#include "worker/text/cld2.h"
#include "worker/text/regex.h"

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMAND_LINE(name) &command_##name,
static const struct command *const commands[] = {COMMANDS(COMMAND_LINE) NULL};

static void print_commands(FILE *out)
{
    fputs("trendmill reads raw social posts from Kafka, enriches them, and publishes events.\n\nusage: "
          "trendmill COMMAND [OPTIONS]\n\n",
          out);
    for (const struct command *const *command = commands; *command; command++)
        fprintf(out, "  %-10s %s\n", (*command)->name, (*command)->help);
    fputs("\ntrendmill COMMAND --help lists the options of a command; trendmill --version the libraries.\n"
          "Exit codes: 0 done, 1 work failed, 2 usage or config, 3 cluster.\n",
          out);
}

static const char *short_name(const char *flag)
{
    return !strcmp(flag, "config") ? "-c, " : !strcmp(flag, "out") ? "-o, " : "";
}

static void print_command(const struct command *command, FILE *out)
{
    fprintf(out, "usage: trendmill %s [OPTIONS] %s\n%s\n\n", command->name, command->arguments, command->help);
    for (const struct flag *flag = command->flags; flag->name; flag++) {
        int len = fprintf(out, "  %s--%s%s%s", short_name(flag->name), flag->name, flag->value ? " " : "",
                          flag->value ? flag->value : "");

        fprintf(out, "%*s %s\n", len < 26 ? 26 - len : 1, "", flag->help);
    }
}

static void print_version(void)
{
    printf("trendmill %s\nlibrdkafka %s (built against %s)\njansson %s\nsimdjson %s\nlibyaml %s\n"
           "utf8proc %s, Unicode %s\nVectorscan %s\nCLD2 %s\nSQLite %s\nlibmicrohttpd %s\n",
           TRENDMILL_VERSION, kafka_version_running(), kafka_version_built(), json_library_version(),
           simdjson_library_version(), yaml_library_version(), fold_library_version(), fold_unicode_version(),
           regex_library_version(), cld2_library_version(), sql_library_version(), http_library_version());
}

/* getopt's own table of a command's flags, with --help at its end. */
static void fill_options(const struct command *command, struct option *options)
{
    int i = 0;

    for (; command->flags[i].name; i++)
        options[i] = (struct option){command->flags[i].name, command->flags[i].value ? required_argument : no_argument,
                                     NULL, 1000 + i};
    options[i] = (struct option){"help", no_argument, NULL, 'h'};
}

/* The short flags: -c of --config, -o of --out; -1 where the command has none. */
static int short_flag(const struct command *command, int letter)
{
    const char *name = letter == 'c' ? "config" : letter == 'o' ? "out" : "";

    for (int i = 0; command->flags[i].name; i++)
        if (!strcmp(command->flags[i].name, name))
            return 1000 + i;
    return -1;
}

/* "; did you mean …?" where the command has a flag of a name near to what was written. */
static struct span flag_hint(const struct command *command, const char *written, struct arena *mem)
{
    const char *names[FLAGS_MAX + 2] = {0};
    int len = 0;

    for (; command->flags[len].name; len++)
        names[len] = span_format(mem, "--%s", command->flags[len].name).at;
    names[len] = "--help";
    return settings_hint(span_of(written), names, mem);
}

/* The flag that getopt means by optopt: its number of a long one, the letter of a short one. */
static const struct flag *flag_meant(const struct command *command)
{
    return &command->flags[(optopt < 1000 ? short_flag(command, optopt) : optopt) - 1000];
}

/* What getopt refuses is the argument before optind; of short ones in one word it is the letter. */
static void say_flag(const struct command *command, int got, char *const *argv)
{
    const char *written = argv[optind - 1];
    const char *equals = strchr(written, '=');
    struct arena *mem = arena_new();

    if (got == ':')
        fprintf(stderr, "trendmill %s: --%s needs a value: --%s %s\n", command->name, flag_meant(command)->name,
                flag_meant(command)->name, flag_meant(command)->value);
    else if (optopt && strncmp(written, "--", 2) != 0)
        fprintf(stderr, "trendmill %s: unknown option \"-%c\"\n", command->name, optopt);
    else if (optopt && equals)
        fprintf(stderr, "trendmill %s: %.*s takes no value; leave %s out\n", command->name, (int)(equals - written),
                written, equals);
    else
        fprintf(stderr, "trendmill %s: unknown option \"%s\"%.*s\n", command->name, written,
                SPAN_ARGS(flag_hint(command, written, mem)));
    arena_free(mem);
}

/* A config is given by a flag; a bare one is what people try first. */
static void say_argument(const struct command *command, const char *written)
{
    struct span text = span_of(written);
    bool is_config = !strcmp(command->flags[0].name, "config") && memmem(text.at, text.len, ".y", 2);

    fprintf(stderr, "trendmill %s: unexpected argument \"%s\"", command->name, written);
    if (is_config)
        fprintf(stderr, "; a config is given with -c: trendmill %s -c %s", command->name, written);
    fputc('\n', stderr);
}

static int usage(const struct command *command)
{
    fprintf(stderr, "trendmill %s --help lists what it takes\n", command->name);
    return ERR_CONFIG;
}

/* What was printed may still be on its way to a full disk. */
static int end_of_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "trendmill: the output cannot be written: %s\n", strerror(errno));
    return ERR_WORK;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct option options[FLAGS_MAX + 2] = {0};
    const char *values[FLAGS_MAX] = {0};
    struct err err = {0};
    int got;

    fill_options(command, options);
    opterr = 0; /* what is wrong is said here, with a hint */
    while ((got = getopt_long(argc, argv, ":c:o:h", options, NULL)) != -1) {
        if (got == 'h') {
            print_command(command, stdout);
            return end_of_output();
        }
        int at = got < 1000 ? short_flag(command, got) : got;
        if (at < 1000) {
            optopt = got == '?' || got == ':' ? optopt : got; /* a short one that this command has not */
            say_flag(command, got, argv);
            return usage(command);
        }
        got = at;
        values[got - 1000] = optarg ? optarg : "";
    }
    if (argc - optind > command->rest_max) {
        say_argument(command, argv[optind + command->rest_max]);
        return usage(command);
    }
    if (command->run(values, argv + optind, &err))
        return end_of_output();
    if (*err.text)
        fprintf(stderr, "trendmill %s: %s\n", command->name, err.text);
    return (int)err.kind;
}

static int say_command(const char *written)
{
    const char *names[sizeof commands / sizeof *commands] = {0};
    struct arena *mem = arena_new();

    for (size_t i = 0; commands[i]; i++)
        names[i] = commands[i]->name;
    struct span hint = memmem(written, strlen(written), ".y", 2)
                           ? SPAN("; a config is given to one with -c, such as trendmill check -c worker.yaml")
                           : settings_hint(span_of(written), names, mem);
    fprintf(stderr, "trendmill: no command \"%s\"%.*s\ntrendmill --help lists them\n", written, SPAN_ARGS(hint));
    arena_free(mem);
    return ERR_CONFIG;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "--help";

    signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of the write */
    mallopt(M_ARENA_MAX, 2);  /* memory: two lanes have some 25 threads of librdkafka */
    if (!strcmp(name, "--version")) {
        print_version();
        return end_of_output();
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_commands(argc > 1 ? stdout : stderr);
        return argc > 1 ? end_of_output() : ERR_CONFIG;
    }
    for (const struct command *const *command = commands; *command; command++)
        if (!strcmp((*command)->name, name))
            return run_command(*command, argc - 1, argv + 1);
    return say_command(name);
}
