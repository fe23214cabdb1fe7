/* What a replay is asked for, checked before anything is written. */
#include "common/time.h"
#include "worker/command/replay/replay.h"
#include "worker/crash.h"
#include "worker/hides.h"
#include "worker/kafka/throttle.h"
#include "worker/line.h"

#include <stdlib.h>
#include <time.h>

enum { NAME_BYTES = 100, MEMORY_BYTES = 64 << 20 };

static const struct span dead_name = {"dead_letters", sizeof "dead_letters" - 1};

/* The value behind NAME in "a=1,b=2", or empty but not NULL in "a,b"; at == NULL: the name is not there. */
static struct span value_of(const char *list, struct span name)
{
    for (const char *at = list; at && *at;) {
        size_t len = strcspn(at, ","), until = strcspn(at, "=,");

        if (until > len)
            until = len;
        if (span_equal((struct span){at, until}, name))
            return until < len ? (struct span){at + until + 1, len - until - 1} : (struct span){at + len, 0};
        at += len + (at[len] == ',');
    }
    return (struct span){0};
}

static bool is_name_of(const struct config *config, struct span name)
{
    const struct route *routes = config->routes.at;

    for (size_t i = 0; i < config->routes.len; i++)
        if (span_equal(routes[i].name, name))
            return true;
    return span_equal(name, dead_name);
}

/* Every name in the list is a route's, and has a value where it must. */
static bool check_names(const struct config *config, const char *flag, const char *list, bool with_value,
                        struct err *err)
{
    for (const char *at = list; at && *at;) {
        size_t len = strcspn(at, ","), until = strcspn(at, "=,");
        bool has_value = until + 1 < len;

        if (!is_name_of(config, (struct span){at, until}))
            return fail(err, ERR_CONFIG, "%s: no route is named \"%.*s\"", flag, (int)until, at);
        if (has_value != with_value)
            return fail(err, ERR_CONFIG,
                        with_value ? "%s %.*s: expected ROUTE=TOPIC"
                                   : "%s %.*s: expected the name of a "
                                     "route",
                        flag, (int)len, at);
        at += len + (at[len] == ',');
    }
    return true;
}

/* --- name, range and inputs --- */

static bool take_name(struct job *job, const char *given, struct err *err)
{
    char text[32];
    int64_t now_ms = time_now_ms();
    time_t now = (time_t)(now_ms / 1000);
    struct tm tm;

    if (!given) {
        gmtime_r(&now, &tm);
        strftime(text, sizeof text, "%Y%m%d-%H%M%S", &tm);
        job->name = span_format(job->mem, "%s-%03d", text, (int)(now_ms % 1000));
        return true;
    }
    job->name = span_of(given);
    if (job->name.len && job->name.len <= NAME_BYTES
        && strspn(given, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == job->name.len)
        return true;
    return fail(err, ERR_CONFIG, "--name \"%s\": expected 1 to %d of a-z A-Z 0-9 . _ -", given, NAME_BYTES);
}

static bool take_wish(struct job *job, const char *const *values, struct err *err)
{
    int64_t now_ms = time_now_ms();
    struct range_request *request = &job->request;

    if (!values[REPLAY_FROM] || !values[REPLAY_TO])
        return fail(err, ERR_CONFIG, "--from and --to say which range is meant, such as --from earliest --to latest");
    return range_bound_parse("--from", span_of(values[REPLAY_FROM]), now_ms, job->mem, &request->from, err)
           && range_bound_parse("--to", span_of(values[REPLAY_TO]), now_ms, job->mem, &request->to, err)
           && (!values[REPLAY_PARTITIONS]
               || range_request_take_partitions(request, span_of(values[REPLAY_PARTITIONS]), job->mem, err))
           && range_request_check(request, now_ms, err);
}

/* Copies: an input's index is that of the replay's own list, which is the dead-letter topic alone for dead letters. */
static void pick_inputs(struct job *job, const struct input *inputs, size_t len)
{
    struct input *picked = arena_take(job->mem, len * sizeof *picked);

    for (size_t i = 0; i < len; i++) {
        picked[i] = inputs[i];
        picked[i].index = job->replay.letters ? 0 : i;
    }
    job->picked = (struct list){picked, len};
}

/* Offsets and partitions mean those of one topic. */
static bool take_inputs(struct job *job, const char *topic, struct err *err)
{
    const struct input *input;
    bool of_one = job->request.partitions_len || job->request.from.kind == RANGE_BOUND_OFFSETS
                  || job->request.to.kind == RANGE_BOUND_OFFSETS;

    if (!setup_input(&job->setup, topic, &input, err))
        return false;
    pick_inputs(job, topic ? input : job->setup.config->inputs.at, topic ? 1 : job->setup.config->inputs.len);
    if (job->replay.letters)
        return true;
    job->config.inputs = job->picked;
    return !of_one || job->config.inputs.len == 1
           || fail(err, ERR_CONFIG, "there are several inputs: --input TOPIC says whose partitions are meant");
}

static bool take_fault(struct job *job, const char *name, struct err *err)
{
    for (int i = FAULT_NONE + 1; name && i < FAULTS; i++)
        if (!strcmp(fault_names[i], name)) {
            job->letters.fault = (enum fault)i;
            return true;
        }
    return !name || fail(err, ERR_CONFIG, "--fault: no fault is named \"%s\"", name);
}

/* The range is one of the dead letters; --input picks those of one topic. */
static bool take_letters(struct job *job, const char *const *values, struct err *err)
{
    const struct config *config = job->setup.config;

    if (!values[REPLAY_DEAD])
        return !values[REPLAY_FAULT] || fail(err, ERR_CONFIG, "--fault picks dead letters; give --dead too");
    job->dead = (struct input){.node = config->node, .topic = config->dead_topic};
    job->letters.inputs = &job->picked;
    job->config.inputs = (struct list){&job->dead, 1};
    job->replay.letters = &job->letters;
    return take_fault(job, values[REPLAY_FAULT], err);
}

/* --- targets --- */

static bool is_chosen(const struct job *job, const char *const *values, struct span name)
{
    if (job->replay.letters && span_equal(name, dead_name))
        return false; /* those that fail again are left where they are */
    if (values[REPLAY_ROUTE])
        return value_of(values[REPLAY_ROUTE], name).at != NULL;
    return !values[REPLAY_TO_TOPIC] || value_of(values[REPLAY_TO_TOPIC], name).at;
}

/* Where the records of a route go, noted as a target; at == NULL: nowhere. */
static struct span aim(struct job *job, const char *const *values, struct span name, struct span live,
                       struct span cleanup, bool keeps_time)
{
    struct span other = value_of(values[REPLAY_TO_TOPIC], name);

    if (!is_chosen(job, values, name))
        return (struct span){0};
    struct span topic = other.at ? other : live;
    job->targets[job->targets_len++] = (struct target){
        .name = name,
        .topic = span_string(topic, job->mem),
        .like = span_string(live, job->mem),
        .cleanup = span_string(cleanup, job->mem),
        .keeps_time = keeps_time,
    };
    return topic;
}

const struct target *job_target(const struct job *job, size_t output)
{
    const struct route *routes = job->config.routes.at;
    struct span name = output < job->config.routes.len ? routes[output].name : dead_name;
    const struct target *target = job->targets;

    while (!span_equal(target->name, name))
        target++;
    return target;
}

static bool check_choice(const struct job *job, const char *const *values, struct err *err)
{
    const struct config *config = job->setup.config;
    const char *moved = values[REPLAY_TO_TOPIC];

    if (!check_names(config, "--route", values[REPLAY_ROUTE], false, err)
        || !check_names(config, "--to-topic", moved, true, err))
        return false;
    for (const char *at = moved; values[REPLAY_ROUTE] && at && *at;) {
        struct span name = {at, strcspn(at, "=,")};

        if (!value_of(values[REPLAY_ROUTE], name).at)
            return fail(err, ERR_CONFIG, "--to-topic names the route \"%.*s\" and --route does not", SPAN_ARGS(name));
        at += strcspn(at, ",");
        at += *at == ',';
    }
    return true;
}

static bool take_targets(struct job *job, const char *const *values, struct err *err)
{
    const struct config *config = job->setup.config;
    const struct route *routes = config->routes.at;
    struct route *chosen = arena_take(job->mem, config->routes.len * sizeof *chosen);
    size_t len = 0;

    if (!check_choice(job, values, err))
        return false;
    job->targets = arena_zero(job->mem, (config->routes.len + 1) * sizeof *job->targets);
    for (size_t i = 0; i < config->routes.len; i++) {
        struct span topic = aim(job, values, routes[i].name, routes[i].topic, routes[i].cleanup,
                                routes[i].timestamp == TIMESTAMP_INPUT);

        if (!topic.at)
            continue;
        chosen[len] = routes[i];
        chosen[len].index = len;
        chosen[len++].topic = topic;
    }
    job->config.routes = (struct list){chosen, len};
    job->config.dead_topic = aim(job, values, dead_name, config->dead_topic, SPAN("delete"), false);
    return job->targets_len || fail(err, ERR_CONFIG, "no route is left to write: --route or --to-topic names none");
}

static bool is_live(const struct config *config, struct span topic)
{
    const struct route *routes = config->routes.at;

    for (size_t i = 0; i < config->routes.len; i++)
        if (span_equal(routes[i].topic, topic))
            return true;
    return span_equal(config->dead_topic, topic);
}

static bool check_target(const struct job *job, const struct target *target, struct err *err)
{
    struct span topic = span_of(target->topic);

    if (!is_topic_name(topic))
        return fail(err, ERR_CONFIG,
                    "--to-topic %.*s=%s: no such topic is possible; allowed are 1 to 249 of a-z A-Z 0-9 "
                    ". _ -",
                    SPAN_ARGS(target->name), target->topic);
    if (input_find(&job->setup.config->inputs, topic))
        return fail(err, ERR_CONFIG, "--to-topic %.*s=%s is an input: its records would go round for ever",
                    SPAN_ARGS(target->name), target->topic);
    if (!span_equal(target->name, dead_name) && span_equal(topic, job->config.dead_topic))
        return fail(err, ERR_CONFIG, "%s would take both the route %.*s and dead letters", target->topic,
                    SPAN_ARGS(target->name));
    if (job->in_place || !is_live(job->setup.config, topic))
        return true;
    return fail(err, ERR_CONFIG,
                "%.*s would go to %s, where the live worker writes: build a new topic beside it with "
                "--to-topic %.*s=%s.new, or allow it with --in-place",
                SPAN_ARGS(target->name), target->topic, SPAN_ARGS(target->name), target->topic);
}

static bool check_targets(const struct job *job, struct err *err)
{
    for (size_t i = 0; i < job->targets_len; i++)
        if (!check_target(job, &job->targets[i], err))
            return false;
    return true;
}

/* --- what is asked of the brokers --- */

static bool check_age(const struct job *job, const struct target *target, const struct range *range, struct err *err)
{
    const struct piece *piece;

    if (!target->keeps_time || target->retention_ms < 0)
        return true;
    if (!range_is_older(&job->config, range, time_now_ms() - target->retention_ms, &piece, err))
        return false;
    return !piece
           || fail(err, ERR_CONFIG,
                   "topic %s keeps records for %lld h, and the range holds older ones (topic %s, partition "
                   "%d, from offset %lld): they would vanish at once; %s with a longer retention.ms, or set timestamp: "
                   "now on "
                   "the route %.*s",
                   target->topic, (long long)(target->retention_ms / TIME_HOUR_MS), piece->topic, piece->partition,
                   (long long)piece->start, target->is_there ? "set it up" : "make the topic yourself",
                   SPAN_ARGS(target->name));
}

static bool check_found(const struct job *job, const struct target *target, const struct range *range, struct err *err)
{
    bool live = is_live(job->setup.config, span_of(target->topic));

    if (!live && target->holds_records && !job->in_place)
        return fail(err, ERR_CONFIG,
                    "topic %s holds records already: name a new one in --to-topic, or allow it with "
                    "--in-place",
                    target->topic);
    if (live && target->compacted && job->request.to.kind != RANGE_BOUND_LATEST)
        return fail(err, ERR_CONFIG,
                    "topic %s is compacted: an old record would take the place of a newer one; end the "
                    "range with --to latest, or use --to-topic %.*s=TOPIC",
                    target->topic, SPAN_ARGS(target->name));
    return check_age(job, target, range, err);
}

bool job_check_targets(struct job *job, const struct range *range, struct err *err)
{
    if (!kafka_targets_look(&job->config, job->targets, job->targets_len, err))
        return false;
    for (size_t i = 0; i < job->targets_len; i++)
        if (!check_found(job, &job->targets[i], range, err))
            return false;
    return true;
}

/* --- hides --- */

struct message job_message(const struct config *config, const struct kafka_record *record)
{
    const struct input *input = input_find(&config->inputs, span_of(record->topic));

    return (struct message){
        .input = input ? input : config->inputs.at,
        .key = record->key,
        .value = record->value,
        .partition = record->partition,
        .offset = record->offset,
        .timestamp_ms = record->timestamp_ms,
    };
}

bool job_take(struct job *job, const struct kafka_record *record, struct message *message)
{
    *message = job_message(&job->config, record);
    return !job->replay.letters || kafka_letter(record, job->replay.letters, message);
}

struct hide_reader {
    struct job *job;
    struct line line;
    struct err *err;
};

static void take_hide(const struct kafka_record *record, void *context)
{
    struct hide_reader *reader = context;
    const struct config *config = reader->job->setup.config;
    struct message message = job_message(config, record);

    if (reader->err->kind != ERR_NONE || line_skips(&reader->line, &message))
        return;
    crash_current(&message);
    hides_read(reader->job->hides, &message, &config->limits, reader->err);
    crash_current(NULL);
}

bool job_read_hides(struct job *job, struct err *err)
{
    const struct input *inputs = job->setup.config->inputs.at;
    struct hide_reader reader = {job, line_of(job->setup.config, job->setup.rules), err};

    job->hides = hides_open(job->memory_bytes, err);
    job->replay.hides = job->hides;
    for (size_t i = 0; job->hides && i < job->setup.config->inputs.len && err->kind == ERR_NONE; i++)
        kafka_read(job->setup.config, span_string(inputs[i].topic, job->mem), take_hide, &reader, err);
    return err->kind == ERR_NONE;
}

/* --- all of it --- */

static bool take_memory(struct job *job, const char *given, struct err *err)
{
    job->memory_bytes = MEMORY_BYTES;
    return !given || settings_number(&form_bytes, span_of(given), &job->memory_bytes)
           || fail(err, ERR_CONFIG, "--memory \"%s\": expected a size such as 64MiB", given);
}

static bool take_pace(struct job *job, const char *given, struct err *err)
{
    job->replay.throttle = given ? throttle_new(span_of(given), err) : NULL;
    return !given || job->replay.throttle;
}

/* Each of them does something else with the range. */
static bool check_mode(const char *const *values, struct err *err)
{
    int modes = (values[REPLAY_DRY_RUN] != NULL) + (values[REPLAY_VERIFY] != NULL) + (values[REPLAY_DIFF] != NULL);

    if (modes > 1)
        return fail(err, ERR_CONFIG, "of --dry-run, --verify and --diff give one");
    if (values[REPLAY_PAGE] && !values[REPLAY_DIFF])
        return fail(err, ERR_CONFIG, "--page shows a diff; give --diff too");
    if (values[REPLAY_TEXTS] && !values[REPLAY_DIFF])
        return fail(err, ERR_CONFIG, "--texts are those of a diff's examples; give --diff too");
    return !values[REPLAY_DEAD] || (!values[REPLAY_VERIFY] && !values[REPLAY_DIFF])
           || fail(err, ERR_CONFIG, "--verify and --diff look at a range of the inputs; leave --dead out");
}

static void take_words(struct job *job, const char *const *values)
{
    struct buf out = buf_in(job->mem);

    buf_format(&out, "--from %s --to %s", values[REPLAY_FROM], values[REPLAY_TO]);
    if (values[REPLAY_INPUT])
        buf_format(&out, " --input %s", values[REPLAY_INPUT]);
    if (values[REPLAY_PARTITIONS])
        buf_format(&out, " --partitions %s", values[REPLAY_PARTITIONS]);
    if (values[REPLAY_ROUTE])
        buf_format(&out, " --route %s", values[REPLAY_ROUTE]);
    if (values[REPLAY_TO_TOPIC])
        buf_format(&out, " --to-topic %s", values[REPLAY_TO_TOPIC]);
    if (values[REPLAY_DEAD])
        buf_put(&out, SPAN(" --dead"));
    if (values[REPLAY_FAULT])
        buf_format(&out, " --fault %s", values[REPLAY_FAULT]);
    if (values[REPLAY_IN_PLACE])
        buf_put(&out, SPAN(" --in-place"));
    job->words = buf_span(&out);
}

bool job_load(const char *const *values, struct job *job, struct err *err)
{
    bool dry = values[REPLAY_DRY_RUN] || values[REPLAY_VERIFY] || values[REPLAY_DIFF];

    *job = (struct job){.mem = arena_new(),
                        .in_place = values[REPLAY_IN_PLACE] != NULL || dry,
                        .report = values[REPLAY_REPORT],
                        .page = values[REPLAY_PAGE],
                        .texts = values[REPLAY_TEXTS] != NULL};
    if (!check_mode(values, err) || !setup_load(values[REPLAY_CONFIG], &job->setup, err))
        return false;
    job->config = *job->setup.config;
    if (!take_name(job, values[REPLAY_NAME], err) || !take_wish(job, values, err) || !take_letters(job, values, err)
        || !take_inputs(job, values[REPLAY_INPUT], err) || !take_targets(job, values, err) || !check_targets(job, err)
        || !take_memory(job, values[REPLAY_MEMORY], err) || !take_pace(job, values[REPLAY_RATE], err))
        return false;
    take_words(job, values);
    job->config.group =
        span_format(job->mem, "%.*s.replay.%.*s", SPAN_ARGS(job->setup.config->group), SPAN_ARGS(job->name));
    return true;
}

void job_free(struct job *job)
{
    hides_close(job->hides);
    throttle_free(job->replay.throttle);
    setup_free(&job->setup);
    arena_free(job->mem);
}
