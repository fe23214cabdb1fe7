#include "worker/command/replay/output_scan.h"
#include "common/json.h"

#include <string.h>

enum { SOURCE_DEPTH = 4, SOURCE_BYTES = 512 };

/* Where a message came from, as its record says. */
struct source {
    struct span topic;
    int64_t partition, offset;
    size_t part;
};

/* The last member of every record is its source, an object without objects: what follows the last
 * such name is nothing else. NULL: none. */
static const char *find_source(struct span value)
{
    static const char name[] = ",\"source\":{";
    size_t from = value.len > SOURCE_BYTES ? value.len - SOURCE_BYTES : 0;
    const char *found = NULL, *at = value.at + from;

    while ((at = memmem(at, (size_t)(value.at + value.len - at), name, sizeof name - 1))) {
        at += sizeof name - 2;
        found = at;
    }
    return found;
}

static bool take_int(const struct value *object, const char *name, int64_t *out)
{
    const struct value *value = json_get(object, span_of(name));

    if (!value || value->type != VALUE_INT)
        return false;
    *out = value->integer;
    return true;
}

static bool source_of_record(struct span value, struct arena *mem, struct source *source)
{
    const char *at = value.len ? find_source(value) : NULL;
    struct value root;
    struct span why;
    int64_t index = -1;

    if (!at || json_read((struct span){at, (size_t)(value.at + value.len - at) - 1}, SOURCE_DEPTH, mem, &root, &why))
        return false;
    const struct value *topic = json_get(&root, SPAN("topic"));
    if (!topic || topic->type != VALUE_STRING)
        return false;
    source->topic = topic->string;
    take_int(&root, "index", &index);
    source->part = (size_t)(index + 1);
    return take_int(&root, "partition", &source->partition) && take_int(&root, "offset", &source->offset);
}

static bool source_of_letter(const struct kafka_record *record, struct source *source)
{
    int64_t index;

    source->topic = kafka_header(record, "trendmill.topic");
    source->part =
        settings_number(&form_count, kafka_header(record, "trendmill.index"), &index) ? (size_t)index + 1 : 0;
    return source->topic.at
           && settings_number(&form_count, kafka_header(record, "trendmill.partition"), &source->partition)
           && settings_number(&form_count, kafka_header(record, "trendmill.offset"), &source->offset);
}

struct span output_place(const struct piece *piece, const struct message *message, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_format(&out, "%s/%d/%lld", piece->topic, message->partition, (long long)message->offset);
    if (message->part)
        buf_format(&out, "[%zu]", message->part - 1);
    return buf_span(&out);
}

bool output_in_range(const struct output_record *landed)
{
    const struct piece *piece = landed->piece;

    return piece && landed->offset >= piece->start && landed->offset < piece->end;
}

struct landing {
    const struct job *job;
    const struct range *range;
    size_t output;
    bool (*take)(const struct output_record *landed, void *context, struct err *err);
    void *context;
    struct err *err;
    struct arena *mem;
};

static void take_record(const struct kafka_record *record, void *context)
{
    struct landing *landing = context;
    bool is_letter = landing->output == landing->job->config.routes.len;
    struct output_record landed = {.output = landing->output, .offset = -1, .record = record};
    struct source source;

    if (landing->err->kind != ERR_NONE)
        return;
    if (is_letter ? source_of_letter(record, &source) : source_of_record(record->value, landing->mem, &source)) {
        landed.piece = range_find(landing->range, source.topic, source.partition);
        landed.offset = source.offset;
        landed.part = source.part;
    }
    landing->take(&landed, landing->context, landing->err);
    arena_reset(landing->mem);
}

size_t output_output(const struct job *job, const struct route *route)
{
    const struct route *routes = job->config.routes.at;
    size_t i = 0;

    while (!span_equal(routes[i].topic, route->topic))
        i++;
    return i;
}

bool output_each(const struct job *job, const struct range *range,
                 bool (*take)(const struct output_record *landed, void *context, struct err *err), void *context,
                 struct err *err)
{
    const struct config *config = &job->config;
    const struct route *routes = config->routes.at;
    struct landing landing = {
        .job = job, .range = range, .take = take, .context = context, .err = err, .mem = arena_new()};

    for (size_t i = 0; i < config->routes.len && err->kind == ERR_NONE; i++) {
        landing.output = i;
        if (output_output(job, &routes[i]) == i)
            kafka_read(config, span_string(routes[i].topic, job->mem), take_record, &landing, err);
    }
    landing.output = config->routes.len;
    if (config->dead_topic.len && err->kind == ERR_NONE)
        kafka_read(config, span_string(config->dead_topic, job->mem), take_record, &landing, err);
    arena_free(landing.mem);
    return err->kind == ERR_NONE;
}

/* The first such member is the record's own: what comes before it are facts and lists of texts, in which
 * quotes are escaped. */
bool output_is_by(struct span value, const struct ruleset *rules)
{
    static const char name[] = "\"rules\":{\"version\":";
    const char *at = value.len ? memmem(value.at, value.len, name, sizeof name - 1) : NULL;
    char own[64];

    if (!at)
        return true;
    at += sizeof name - 1;
    size_t left = (size_t)(value.at + value.len - at);
    int len = snprintf(own, sizeof own, "%lld,\"id\":\"%s\"}", (long long)rules->version, rules->fingerprint);
    return left >= (size_t)len && memcmp(at, own, (size_t)len) == 0;
}
