#include "worker/config.h"
#include "common/http.h"
#include "common/http_host.h"
#include "common/http_keys.h"
#include "common/log.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"
#include "worker/route/shape.h"
#include "worker/text/language_tag.h"

#include <stdlib.h>

/* --- the forms --- */

static const char *const deliveries[] = {"exactly_once", "at_least_once", NULL};
static const char *const starts[] = {"earliest", "latest", NULL};
static const char *const on_losts[] = {"stop", "earliest", "latest", NULL};
static const char *const log_formats[] = {"logfmt", "json", NULL};
static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};

_Static_assert(sizeof log_levels / sizeof *log_levels == LOG_ERROR + 2, "a choice for each level");

#define CHOICE(of)                                                                                                     \
    {                                                                                                                  \
        .kind = FORM_CHOICE, .choices = of                                                                             \
    }
static const struct form delivery_form = CHOICE(deliveries), start_form = CHOICE(starts),
                         on_lost_form = CHOICE(on_losts), log_format_form = CHOICE(log_formats),
                         log_level_form = CHOICE(log_levels);

static const struct form interval_form = {.kind = FORM_DURATION, .min = 1, .max = 60000};
static const struct form commit_bytes_form = {.kind = FORM_BYTES, .min = 1024, .max = 256 << 20};
static const struct form commit_posts_form = {.kind = FORM_INT, .min = 1, .max = 1000000};
static const struct field commit_fields[] = {
    {"interval", &interval_form, offsetof(struct commit_limits, interval_ms), "200ms",
     "Maximum time; at exactly_once no longer than half of transaction.timeout.ms, which is 10s."},
    {"bytes", &commit_bytes_form, offsetof(struct commit_limits, bytes), "32MiB",
     "Maximum bytes written, checked after each batch. Memory is bounded by librdkafka's queues: see its properties."},
    {"posts", &commit_posts_form, offsetof(struct commit_limits, posts), "20000", "Maximum number of posts."},
    {0},
};

static const struct form port_form = {.kind = FORM_INT, .min = 1, .max = 65535};
static const struct field http_fields[] = {
    {"address", &form_text, offsetof(struct http_settings, address), "127.0.0.1",
     "Address that it listens on; 0.0.0.0 or :: for all. Anybody who reaches it may read figures, topics and faults."},
    {"port", &port_form, offsetof(struct http_settings, port), "9464", "Port that it listens on."},
    {"hosts", &form_texts, offsetof(struct http_settings, hosts), NULL,
     "Names that it is asked by, without ports, such as a container's; localhost and addresses in digits are always "
     "answered. Others get 421, so that no web page can point a name of its own here (DNS rebinding)."},
    {0},
};
static const struct form http_record_form = {FORM_RECORD, .fields = http_fields, .size = sizeof(struct http_settings)};
static const struct form http_form = {
    .kind = FORM_NODE,
    .says = "a port, or a map",
    .either = (const struct form *const[]){&port_form, &http_record_form, NULL},
};

static const struct form window_form = {
    .kind = FORM_DURATION, .min = TIME_MINUTE_MS, .max = INT64_C(366) * 24 * TIME_HOUR_MS};
static const struct form windows_form = {.kind = FORM_LIST, .of = &window_form};

static const struct form retention_form = {
    .kind = FORM_DURATION, .min = TIME_HOUR_MS, .max = INT64_C(3660) * 24 * TIME_HOUR_MS};

static const struct form step_form = {.kind = FORM_DURATION, .min = TIME_MINUTE_MS, .max = INT64_C(24) * TIME_HOUR_MS};
static const struct form top_form = {.kind = FORM_INT, .min = 1, .max = 1000};
static const struct field publish_fields[] = {
    {"topic", &form_text, offsetof(struct publish_settings, topic), "posts.trends",
     "Its topic, which no input, route or dead letter has; `topics --create` makes it compacted and deleting."},
    {"step", &step_form, offsetof(struct publish_settings, step_ms), "5m",
     "How often, in event time: at each multiple of it since 1970 UTC that the timestamps of rows have passed."},
    {"top", &top_form, offsetof(struct publish_settings, top), "50",
     "How many tags: the first ones of the list by posts in the last 24 hours."},
    {0},
};
static const struct form publish_form = {FORM_RECORD, .fields = publish_fields,
                                         .size = sizeof(struct publish_settings)};

/* As read; take_trends makes a struct trend_settings of it. */
struct given_trends {
    struct trend_settings trends;
    const struct node *from, *http;
};

static const struct form names_form = {
    .kind = FORM_NODE,
    .says = "a name, or a list of names",
    .either = (const struct form *const[]){&form_text, &form_texts, NULL},
};

#define TRENDS(member) offsetof(struct given_trends, trends.member)
static const struct field trend_fields[] = {
    {"from", &names_form, offsetof(struct given_trends, from), NULL,
     "Route of shape facts whose rows are read, or several (default facts)."},
    {"store", &form_text, TRENDS(store), "trends.db",
     "SQLite file that keeps them; the path is relative to this file."},
    {"retention", &retention_form, TRENDS(retention_ms), "8d",
     "How long posts are kept, by their own time; bursts look back 7 days and an hour."},
    {"http", &http_form, offsetof(struct given_trends, http), NULL,
     "`trends` serves pages, API, /metrics, /healthz and /readyz there: a port, on loopback alone, or address and "
     "port."},
    {"time_zone", &form_text, TRENDS(time_zone), "Asia/Tokyo",
     "Of the times on pages, as the IANA time zone database names it, or UTC; data has ms UTC."},
    {"languages", &form_texts, TRENDS(languages), NULL,
     "Languages of labels; the first one is that of data (default [ja, en]). Pages are in those of them that are ja or "
     "en."},
    {"windows", &windows_form, TRENDS(windows), NULL, "How far back pages offer to look (default [1h, 24h, 7d])."},
    {"hide_contact", &form_text, TRENDS(hide_contact), NULL,
     "Whom authors ask to have a post hidden, on every page: https:, http: or mailto:."},
    {"api_contact", &form_text, TRENDS(api_contact), NULL,
     "Whom developers ask about the data, on every page: https:, http: or mailto:."},
    {"deny", &form_texts, TRENDS(deny), NULL, "Tags and #hashtags that are never shown."},
    {"keys", &form_text, TRENDS(keys_from), NULL,
     "`file:PATH`: who may ask the API and how often, a line a key: its name, the SHA-256 of the key, requests a "
     "minute. Pages, probes and metrics need none."},
    {"publish", &publish_form, TRENDS(publish), NULL,
     "Writes trends to Kafka: a record for each of the first tags at each step of event time; {} for the defaults."},
    {0},
};
static const struct form trend_form = {FORM_RECORD, .fields = trend_fields, .size = sizeof(struct given_trends)};

static const struct field log_fields[] = {
    {"format", &log_format_form, offsetof(struct log_settings, format), "logfmt",
     "One line an event on stderr, as key=value or as a JSON object."},
    {"level", &log_level_form, offsetof(struct log_settings, level), "info", "The least level that is written."},
    {0},
};
static const struct form log_form = {FORM_RECORD, .fields = log_fields, .size = sizeof(struct log_settings)};

static const struct form commit_form = {FORM_RECORD, .fields = commit_fields, .size = sizeof(struct commit_limits)};
static const struct form lane_count_form = {.kind = FORM_INT, .min = 1, .max = 256};
static const struct form auto_form = CHOICE(((const char *const[]){"auto", NULL}));
static const struct form lanes_form = {
    .kind = FORM_NODE,
    .says = "auto, or a whole number from 1 to 256",
    .either = (const struct form *const[]){&lane_count_form, &auto_form, NULL},
};
static const struct form stuck_form = {.kind = FORM_DURATION, .min = 1000, .max = 3600000};
static const struct form drain_form = {.kind = FORM_DURATION, .min = 100, .max = 3600000};

static const struct form property_form = {
    .kind = FORM_TEXT,
    .remedy = "write a property's whole name as one key, such as bootstrap.servers; properties of one side alone are "
              "keys of kafka.producer or kafka.consumer, which are beside kafka",
};
static const struct form properties_form = {
    .kind = FORM_MAP,
    .of = &property_form,
    .remedy = "write {bootstrap.servers: …}",
};

/* As read; config_load makes a struct config of it. */
struct given {
    struct config config;
    const struct node *lanes, *http;
    struct given_trends trends;
    struct list routes, kafka, kafka_consumer, kafka_producer; /* of struct named */
    struct list skip;                                          /* of struct span */
};

#define AT(member) offsetof(struct given, config.member)
static const struct field fields[] = {
    {"group", &form_text, AT(group), "trendmill", "Consumer group."},
    {"delivery", &delivery_form, AT(delivery), "exactly_once", "`at_least_once` is for clusters without transactions."},
    {"instance", &form_text, AT(instance), NULL,
     "A name for this process that outlives it, such as a StatefulSet's pod name: it makes transactional.id stable "
     "and the group's membership static. Two processes must never share one."},
    {"lanes", &lanes_form, offsetof(struct given, lanes), NULL,
     "Threads, each with a consumer and a producer of its own; auto (the default) fills the CPUs that the cgroup "
     "grants."},
    {"start", &start_form, AT(start), "earliest",
     "Where a partition begins that the group never read. One that comes to its topic later begins at its beginning."},
    {"on_lost_offsets", &on_lost_form, AT(on_lost), "stop",
     "Where a partition goes on whose committed offset is gone, expired or deleted: `stop` waits for a person."},
    {"drain_timeout", &drain_form, AT(drain_timeout_ms), "30s", "How long SIGTERM waits for the last commit."},
    {"start_timeout", &drain_form, AT(start_timeout_ms), "1m",
     "How long the start waits for a broker that answers; then it ends with code 3. Credentials or certificates that "
     "are "
     "refused end it at once."},
    {"stuck_timeout", &stuck_form, AT(stuck_timeout_ms), "3m",
     "A lane that hangs in one call for so long ends the process with code 1, for a service manager to start it anew; "
     "what it had open is never seen."},
    {"input", &inputs_form, AT(inputs), FIELD_REQUIRED, "Topics of raw posts."},
    {"rules", &form_texts, AT(rules), FIELD_REQUIRED,
     "Rules files, merged section by section; paths are relative to this file."},
    {"watch", &form_bool, AT(watch), "false",
     "Reloads the rules without a signal when this file or one of the rules changes, as by a ConfigMap; looked at "
     "every "
     "second, and taken when it was the same twice."},
    {"routes", &routes_form, offsetof(struct given, routes), FIELD_REQUIRED, "Where events go, by name."},
    {"dead_letters", &form_text, AT(dead_topic), FIELD_REQUIRED, "Topic of records that are no posts or were refused."},
    {"skip", &form_texts, offsetof(struct given, skip), NULL,
     "Messages that are not read but sent to the dead letters, such as one that crashes the worker: "
     "[posts.raw/3/991]."},
    {"commit", &commit_form, AT(commit), NULL, "What ends a transaction, whichever comes first."},
    {"limits", &limits_form, AT(limits), NULL, "Limits of a raw post."},
    {"http", &http_form, offsetof(struct given, http), NULL,
     "Listens there for /metrics, /healthz, /readyz and /status: a port, on loopback alone, or address and port. "
     "Nothing listens unless it is given."},
    {"trends", &trend_form, offsetof(struct given, trends), NULL,
     "The trend stage, for `trends` and `page`: facts rows in a store that answers what is said about a tag."},
    {"log", &log_form, AT(log), NULL, "What is logged, and how."},
    {"kafka", &properties_form, offsetof(struct given, kafka), NULL,
     "Any property of librdkafka; `file:PATH` as a value is read from a file."},
    {"kafka.consumer", &properties_form, offsetof(struct given, kafka_consumer), NULL, "The same for consumers alone."},
    {"kafka.producer", &properties_form, offsetof(struct given, kafka_producer), NULL, "The same for producers alone."},
    {0},
};

const struct form config_form = {.kind = FORM_RECORD, .fields = fields, .size = sizeof(struct given)};

/* --- checks --- */

struct checker {
    struct config *config;
    struct report *report;
};

/* Of a section with errors nothing is said that may follow from them. */
static bool has_errors(const struct checker *checker, const char *section)
{
    return report_has_errors(checker->report, node_get(checker->config->node, span_of(section)));
}

static bool read_lanes(struct checker *checker, const struct node *node)
{
    if (!node || (node->kind == NODE_SCALAR && span_equal(node->text, SPAN("auto"))))
        return true;
    if (node->kind != NODE_SCALAR || !node->text.len || *node->text.at < '0' || *node->text.at > '9')
        return settings_refuse(&lanes_form, node, checker->config->mem, checker->report);
    return settings_bind(&lane_count_form, node, &checker->config->lanes, checker->config->mem, checker->report);
}

/* `http: "0.0.0.0:9464"` means a map. */
static bool refuse_http(struct checker *checker, const struct node *node)
{
    struct span text = node->text;
    size_t colon = text.len;
    int64_t port;

    while (colon && text.at[colon - 1] != ':')
        colon--;
    struct span address = {text.at, colon ? colon - 1 : 0}, behind = {text.at + colon, text.len - colon};
    if (node->kind != NODE_SCALAR || !colon || !settings_number(&form_count, behind, &port))
        return settings_refuse(&http_form, node, checker->config->mem, checker->report);
    if (address.len && *address.at == '[')
        address = (struct span){address.at + 1, address.len - 2};
    return report_error(checker->report, node,
                        "expected a port, or a map, got \"%.*s\"; write {address: \"%.*s\", port: %.*s}",
                        SPAN_ARGS(text), SPAN_ARGS(address.len ? address : SPAN("0.0.0.0")), SPAN_ARGS(behind));
}

static bool check_hosts(struct checker *checker, const struct http_settings *http)
{
    const struct span *hosts = http->hosts.at;
    bool fine = true;

    for (size_t i = 0; i < http->hosts.len; i++)
        if (!http_host_is_name(hosts[i]))
            fine = report_error(checker->report, node_get(http->node, SPAN("hosts")),
                                "\"%.*s\" is no host name; give it "
                                "without scheme, port and path, such as trendmill.example.com",
                                SPAN_ARGS(hosts[i]));
    return fine;
}

/* `http: 9464`, or a map. */
static bool read_http(struct checker *checker, const struct node *node, struct http_settings *http)
{
    bool is_port = node && node->kind == NODE_SCALAR;

    if (!node)
        return true;
    if (node->kind == NODE_LIST || (is_port && !settings_number(&form_count, node->text, &http->port)))
        return refuse_http(checker, node);
    if (!settings_bind(&http_record_form, is_port ? NULL : node, http, checker->config->mem, checker->report)
        || (is_port && !settings_bind(&port_form, node, &http->port, checker->config->mem, checker->report)))
        return false;
    http->node = node;
    if (!http_is_built())
        return report_error(checker->report, node,
                            "this trendmill was built without libmicrohttpd and cannot listen; "
                            "install libmicrohttpd-dev and build it again, or take http out");
    bool fine = is_port || check_hosts(checker, http);
    return http_address_is_good(http->address)
               ? fine
               : report_error(checker->report, node,
                              "\"%.*s\" is not an address; give one in digits, such as 127.0.0.1, "
                              "0.0.0.0 or ::1",
                              SPAN_ARGS(http->address));
}

bool is_topic_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_'
              || c == '-'))
            return false;
    }
    return name.len > 0 && name.len <= 249 && !span_equal(name, SPAN(".")) && !span_equal(name, SPAN(".."));
}

static bool check_topic(struct checker *checker, const struct node *at, struct span name)
{
    return is_topic_name(name)
           || report_error(checker->report, at,
                           "\"%.*s\" is not a topic name; allowed are 1 to 249 of a-z A-Z 0-9 . _ -", SPAN_ARGS(name));
}

/* A topic that is written must not be read: its records would go round for ever. */
static bool check_output(struct checker *checker, const struct node *at, struct span topic)
{
    const struct input *input = input_find(&checker->config->inputs, topic);

    if (!at || !topic.at)
        return false; /* reported where it is missing */
    if (!check_topic(checker, at, topic))
        return false;
    return !input
           || report_error(checker->report, at,
                           "topic \"%.*s\" is an input too (line %d); records would "
                           "go round for ever",
                           SPAN_ARGS(topic), input->node->line);
}

static bool check_inputs(struct checker *checker)
{
    const struct input *inputs = checker->config->inputs.at;
    bool fine = true;

    for (size_t i = 0; i < checker->config->inputs.len; i++) {
        const struct node *at = node_get(inputs[i].node, SPAN("topic"));

        if (!at || !inputs[i].topic.at)
            continue;
        fine &= check_topic(checker, at, inputs[i].topic);
        if (input_find(&checker->config->inputs, inputs[i].topic) != &inputs[i])
            fine = report_error(checker->report, at, "topic \"%.*s\" is given twice; take one of them out",
                                SPAN_ARGS(inputs[i].topic));
    }
    return fine;
}

/* The language of an input is written as posts have it, so that rules and routes that name it match. */
static bool check_language(struct checker *checker, const struct input *input)
{
    bool is_bad;

    if (!input->lang.len || span_equal(language_tag_read(input->lang, checker->config->mem, &is_bad), input->lang))
        return true;
    return report_error(checker->report, node_get(input->node, SPAN("lang")),
                        "\"%.*s\" is never the language of a post; write the "
                        "primary subtag in lower case, such as ja",
                        SPAN_ARGS(input->lang));
}

static bool take_inputs(struct checker *checker)
{
    struct input *inputs = checker->config->inputs.at;
    bool fine = true;

    for (size_t i = 0; i < checker->config->inputs.len; i++) {
        inputs[i].index = i;
        fine &= check_language(checker, &inputs[i]);
        fine &= pointers_load(&inputs[i], checker->config->mem, checker->report);
    }
    return fine;
}

static bool networks_differ(const struct config *config)
{
    const struct input *inputs = config->inputs.at;

    for (size_t i = 1; i < config->inputs.len; i++)
        if (!span_equal(inputs[i].network, inputs[0].network))
            return true;
    return false;
}

static const struct node *place_of(const struct route *route, const char *key)
{
    const struct node *at = node_get(route->node, span_of(key));

    return at ? at : route->node->name;
}

static struct span keys_of(const struct shape *shape, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (int key = 0; route_key_names[key]; key++)
        if (shape->keys & 1u << key)
            buf_format(&out, "%s%s", out.len ? ", " : "", route_key_names[key]);
    return buf_span(&out);
}

static bool has_all_networks(const struct config *config)
{
    const struct input *inputs = config->inputs.at;

    for (size_t i = 0; i < config->inputs.len; i++)
        if (!inputs[i].network.len)
            return false;
    return true;
}

static bool check_networks(struct checker *checker, const struct route *route)
{
    const struct node *at = place_of(route, "key");

    if (has_errors(checker, "input"))
        return true;
    if (route->key == ROUTE_KEY_NETWORK_ID && !has_all_networks(checker->config))
        return report_error(checker->report, at, "key network-id needs a network on every input");
    if (route->key != ROUTE_KEY_ID || !networks_differ(checker->config))
        return true;
    if (shapes[route->shape]->needs_network)
        return report_error(checker->report, at,
                            "the inputs differ in network and ids collide between networks; "
                            "set key: network-id");
    report_warning(checker->report, at,
                   "the inputs differ in network and ids collide between networks; "
                   "key: network-id keeps them apart");
    return true;
}

static bool is_bound(const struct route *route)
{
    const struct node *given = node_get(route->node, SPAN("shape"));

    return given && span_equal(given->text, span_of(shapes[route->shape]->name));
}

static bool check_key(struct checker *checker, struct route *route)
{
    const struct shape *shape = shapes[route->shape];

    if (!is_bound(route))
        return false; /* its shape was refused, or is missing */
    if (!node_get(route->node, SPAN("key")))
        route->key = shape->key;
    if (!(shape->keys & 1u << route->key))
        return report_error(checker->report, place_of(route, "key"), "shape %s cannot be keyed by %s; it takes %.*s",
                            shape->name, route_key_names[route->key], SPAN_ARGS(keys_of(shape, checker->config->mem)));
    return check_networks(checker, route);
}

static bool check_cleanup(struct checker *checker, struct route *route)
{
    const struct shape *shape = shapes[route->shape];
    const struct node *at = node_get(route->node, SPAN("cleanup"));

    route->cleanup = span_of(at ? cleanup_names[route->cleanup_given] : shape->cleanup);
    return shape->may_compact || !at || route->cleanup_given == 0
           || report_error(checker->report, at, "shape %s cannot be compacted: %s; use delete", shape->name,
                           shape->if_compacted);
}

static void check_ignored(struct checker *checker, const struct route *route, const char *option, bool has)
{
    const struct node *at = node_get(route->node, span_of(option));

    if (at && !has && is_bound(route))
        report_warning(checker->report, at, "shape %s has no use for \"%s\"; leave it out", shapes[route->shape]->name,
                       option);
}

static bool is_compacted(const struct route *route)
{
    return route->cleanup.len && memmem(route->cleanup.at, route->cleanup.len, "compact", sizeof "compact" - 1);
}

/* Of two records with one key a compacted topic keeps the later one, whatever its shape. */
static void check_shared_topic(struct checker *checker, const struct route *route, const struct route *before)
{
    if (!span_equal(route->topic, before->topic) || route->shape == before->shape)
        return;
    if (is_compacted(route) || is_compacted(before))
        report_warning(checker->report, place_of(route, "topic"),
                       "routes \"%.*s\" and \"%.*s\" write different shapes to one compacted topic, where one record "
                       "replaces the other; give each a topic of its own",
                       SPAN_ARGS(before->name), SPAN_ARGS(route->name));
}

static void check_shared_topics(struct checker *checker, const struct route *routes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        for (size_t j = 0; j < i; j++)
            check_shared_topic(checker, &routes[i], &routes[j]);
}

static bool check_route(struct checker *checker, struct route *route)
{
    bool fine = check_output(checker, place_of(route, "topic"), route->topic);

    fine &= check_key(checker, route);
    check_ignored(checker, route, "text", shapes[route->shape]->has_text);
    check_ignored(checker, route, "post", shapes[route->shape]->has_post);
    return fine & check_cleanup(checker, route);
}

static bool check_dead_topic(struct checker *checker)
{
    const struct config *config = checker->config;
    const struct node *at = node_get(config->node, SPAN("dead_letters"));
    const struct route *routes = config->routes.at;
    bool fine = check_output(checker, at, config->dead_topic);

    for (size_t i = 0; at && i < config->routes.len; i++)
        if (span_equal(routes[i].topic, config->dead_topic))
            fine = report_error(checker->report, at,
                                "route \"%.*s\" writes to this topic; give dead letters one of "
                                "their own",
                                SPAN_ARGS(routes[i].name));
    return fine;
}

/* A list or map that has to hold something. */
static bool check_not_empty(struct checker *checker, const char *key, const char *remedy)
{
    const struct node *node = node_get(checker->config->node, span_of(key));

    return !node || node->kind == NODE_SCALAR || node->len
           || report_error(checker->report, node, "\"%s\" is empty; %s", key, remedy);
}

static bool take_routes(struct checker *checker, const struct list *given)
{
    const struct named *members = given->at;
    struct config *config = checker->config;
    struct route *routes = arena_take(config->mem, given->len * sizeof *routes);
    bool fine = true;

    for (size_t i = 0; i < given->len; i++) {
        routes[i] = *(const struct route *)members[i].value;
        routes[i].name = members[i].name;
        routes[i].index = i;
        fine &= check_route(checker, &routes[i]);
    }
    config->routes = (struct list){routes, given->len};
    check_shared_topics(checker, routes, given->len);
    return fine;
}

/* "file:PATH" means what the file holds, without the line break at its end: secrets. */
static bool take_secret(struct checker *checker, struct property *property)
{
    struct config *config = checker->config;
    struct span path = property->value;

    if (!span_strip(&path, SPAN("file:")))
        return true;
    const char *from = path_beside(property->node->file, path, config->mem);
    struct span bytes = file_read(from, config->mem);
    if (!bytes.at)
        return report_unreadable(checker->report, property->node, from);
    if (bytes.len && bytes.at[bytes.len - 1] == '\n')
        bytes.len--;
    if (bytes.len && bytes.at[bytes.len - 1] == '\r')
        bytes.len--;
    property->value = bytes;
    return true;
}

static bool take_properties(struct checker *checker, const struct list *given, struct properties *out)
{
    const struct named *members = given->at;
    struct property *properties = arena_take(checker->config->mem, given->len * sizeof *properties);
    bool fine = true;

    for (size_t i = 0; i < given->len; i++) {
        properties[i] = (struct property){members[i].name, *(const struct span *)members[i].value, members[i].node};
        fine &= take_secret(checker, &properties[i]);
    }
    *out = (struct properties){properties, given->len};
    return fine;
}

/* Takes the number behind the last slash off the text; -1 if there is none. */
static int64_t take_number(struct span *text)
{
    size_t at = text->len;
    int64_t value = 0;

    while (at && text->at[at - 1] != '/')
        at--;
    if (!at || at == text->len || text->len - at > 18)
        return -1;
    for (size_t i = at; i < text->len; i++) {
        if (text->at[i] < '0' || text->at[i] > '9')
            return -1;
        value = value * 10 + (text->at[i] - '0');
    }
    text->len = at - 1;
    return value;
}

bool place_read(struct span text, struct skip *out)
{
    int64_t offset = take_number(&text);
    int64_t partition = offset < 0 ? -1 : take_number(&text);

    if (partition < 0 || partition > INT32_MAX || !text.len)
        return false;
    *out = (struct skip){.topic = text, .partition = (int32_t)partition, .offset = offset};
    return true;
}

static bool take_skip(struct checker *checker, const struct node *at, struct skip *skip)
{
    if (!place_read(at->text, skip))
        return report_error(checker->report, at,
                            "expected TOPIC/PARTITION/OFFSET such as posts.raw/3/991, got \"%.*s\"",
                            SPAN_ARGS(at->text));
    return input_find(&checker->config->inputs, skip->topic) || has_errors(checker, "input")
           || report_error(checker->report, at, "no input has the topic \"%.*s\"", SPAN_ARGS(skip->topic));
}

static bool take_skips(struct checker *checker, const struct list *given)
{
    const struct node *list = node_get(checker->config->node, SPAN("skip"));
    struct skip *skips = arena_zero(checker->config->mem, given->len * sizeof *skips);
    bool fine = true;
    size_t i = 0;

    if (!given->len)
        return true;
    for (const struct node *at = list->first; at; at = at->next, i++)
        fine &= at->kind != NODE_SCALAR || take_skip(checker, at, &skips[i]);
    checker->config->skip = (struct list){skips, given->len};
    return fine;
}

/* --- trends --- */

static const struct route *route_named(const struct config *config, struct span name)
{
    const struct route *routes = config->routes.at;

    for (size_t i = 0; i < config->routes.len; i++)
        if (span_equal(routes[i].name, name))
            return &routes[i];
    return NULL;
}

static bool take_source(struct checker *checker, const struct node *at, struct span *name)
{
    const struct route *route = route_named(checker->config, *name);

    if (has_errors(checker, "routes"))
        return false;
    if (!route)
        return report_error(checker->report, at, "no route is named \"%.*s\"", SPAN_ARGS(*name));
    if (route->shape != SHAPE_facts)
        return report_error(checker->report, at, "route \"%.*s\" is not of shape facts", SPAN_ARGS(*name));
    *name = route->topic;
    return true;
}

/* The routes that are read, as their topics. */
static bool take_sources(struct checker *checker, const struct node *from, struct list *out)
{
    bool is_list = from && from->kind == NODE_LIST, fine = true;
    struct span *one = arena_zero(checker->config->mem, sizeof *one);
    struct list names = {one, 1};

    *one = from && !is_list ? from->text : SPAN("facts");
    if (is_list && !settings_bind(&form_texts, from, &names, checker->config->mem, checker->report))
        return false;
    const struct node *at = is_list ? from->first : from ? from : checker->config->trends.node;
    for (size_t i = 0; i < names.len; i++, at = is_list ? at->next : at)
        fine &= take_source(checker, at, (struct span *)names.at + i);
    *out = names;
    return fine;
}

/* Where the keys of the API are. */
static bool take_keys(struct checker *checker, struct trend_settings *trends)
{
    const struct node *at = node_get(trends->node, SPAN("keys"));

    if (!at)
        return true;
    if (!span_strip(&trends->keys_from, SPAN("file:")))
        return report_error(checker->report, at, "give the file that has the keys, as file:PATH");
    trends->keys_path = path_beside(at->file, trends->keys_from, checker->config->mem);
    return true;
}

static bool check_contact(struct checker *checker, const char *name, struct span contact)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (!contact.len || (span_starts(contact, span_of(schemes[i])) && contact.len > strlen(schemes[i])))
            return true;
    return report_error(checker->report, node_get(checker->config->trends.node, span_of(name)),
                        "expected https://…, http://… or mailto:…, got \"%.*s\"", SPAN_ARGS(contact));
}

/* The default zone is not checked: a system without the database can still run a worker. */
static bool check_zone(struct checker *checker, struct span zone)
{
    const struct node *node = node_get(checker->config->trends.node, SPAN("time_zone"));

    return !node || time_zone_is_known(zone)
           || report_error(checker->report, node,
                           "the system has no time zone \"%.*s\"; expected a name such as Asia/Tokyo, or UTC",
                           SPAN_ARGS(zone));
}

static void default_trends(struct trend_settings *trends)
{
    static struct span languages[] = {{"ja", 2}, {"en", 2}};
    static int64_t windows[] = {TIME_HOUR_MS, INT64_C(24) * TIME_HOUR_MS, INT64_C(168) * TIME_HOUR_MS};

    if (!trends->languages.len)
        trends->languages = (struct list){languages, 2};
    if (!trends->windows.len)
        trends->windows = (struct list){windows, sizeof windows / sizeof *windows};
    if (!trends->time_zone.len)
        trends->time_zone = SPAN("Asia/Tokyo");
}

/* Its topic is nobody else's: what reads the others would take its records for posts, events or rows. */
static bool check_publish(struct checker *checker, const struct publish_settings *publish)
{
    const struct config *config = checker->config;
    const struct route *routes = config->routes.at;
    const struct node *given = publish->node ? node_get(publish->node, SPAN("topic")) : NULL;
    const struct node *at = given ? given : publish->node;

    if (!at)
        return true;
    bool fine = check_output(checker, at, publish->topic);
    for (size_t i = 0; i < config->routes.len; i++)
        if (span_equal(routes[i].topic, publish->topic))
            fine =
                report_error(checker->report, at, "route \"%.*s\" writes to this topic; give trends one of their own",
                             SPAN_ARGS(routes[i].name));
    if (span_equal(config->dead_topic, publish->topic))
        fine = report_error(checker->report, at, "dead letters go to this topic; give trends one of their own");
    return fine;
}

static bool take_trends(struct checker *checker, const struct given_trends *given, const char *path)
{
    struct trend_settings *trends = &checker->config->trends;

    *trends = given->trends;
    trends->store =
        span_of(path_beside(path, trends->store.len ? trends->store : SPAN("trends.db"), checker->config->mem));
    default_trends(trends);
    if (!trends->node) {
        const struct route *facts = route_named(checker->config, SPAN("facts"));

        if (facts && facts->shape == SHAPE_facts)
            trends->from = (struct list){(void *)(uintptr_t)&facts->topic, 1};
        return true;
    }
    bool fine = read_http(checker, given->http, &trends->http);
    fine &= check_zone(checker, trends->time_zone);
    fine &= check_contact(checker, "hide_contact", trends->hide_contact);
    fine &= check_contact(checker, "api_contact", trends->api_contact);
    fine &= take_keys(checker, trends);
    fine &= check_publish(checker, &trends->publish);
    return take_sources(checker, given->from, &trends->from) && fine;
}

static void take_paths(struct config *config, const char *path)
{
    struct span *rules = config->rules.at;

    for (size_t i = 0; i < config->rules.len; i++)
        rules[i] = span_of(path_beside(path, rules[i], config->mem));
}

static bool check(struct checker *checker, struct given *given, const char *path)
{
    struct config *config = checker->config;
    bool fine = read_lanes(checker, given->lanes);

    fine &= read_http(checker, given->http, &config->http);
    fine &= check_not_empty(checker, "input", "name at least one topic");
    fine &= check_not_empty(checker, "routes", "without one every post would be dropped");
    fine &= check_not_empty(checker, "rules", "name at least one file");
    fine &= check_inputs(checker);
    fine &= take_inputs(checker);
    fine &= take_routes(checker, &given->routes);
    fine &= check_dead_topic(checker);
    fine &= take_skips(checker, &given->skip);
    fine &= take_properties(checker, &given->kafka, &config->kafka);
    fine &= take_properties(checker, &given->kafka_consumer, &config->kafka_consumer);
    fine &= take_properties(checker, &given->kafka_producer, &config->kafka_producer);
    fine &= take_trends(checker, &given->trends, path);
    take_paths(config, path);
    return fine;
}

struct config *config_load(const char *path, struct report *report)
{
    struct arena *mem = arena_new();
    struct given *given = arena_zero(mem, sizeof *given);
    struct config *config = &given->config;
    struct node *root = yaml_read(path, YAML_ENVIRONMENT, mem, report);

    config->mem = mem;
    if (!root) {
        arena_free(mem);
        return NULL;
    }
    /* Values that could not be bound are empty; the checks go on, so that one run shows all. */
    settings_bind(&config_form, root, given, mem, report);
    check(&(struct checker){config, report}, given, path);
    return config;
}

bool config_read_keys(struct config *config, struct report *report)
{
    struct trend_settings *trends = &config->trends;

    if (!trends->keys_path)
        return true;
    struct span text = file_read(trends->keys_path, config->mem);
    return text.at ? http_keys_read(text, trends->keys_path, config->mem, report, &trends->keys)
                   : report_unreadable(report, node_get(trends->node, SPAN("keys")), trends->keys_path);
}

static struct properties without_brokers(struct config *config, struct properties from, size_t room)
{
    struct property *kept = arena_take(config->mem, (from.len + room) * sizeof *kept);
    size_t len = 0;

    for (size_t i = 0; i < from.len; i++)
        if (!span_equal(from.at[i].name, SPAN("bootstrap.servers"))
            && !span_equal(from.at[i].name, SPAN("metadata.broker.list")))
            kept[len++] = from.at[i];
    return (struct properties){kept, len};
}

void config_set_brokers(struct config *config, const char *brokers)
{
    struct property own = {SPAN("bootstrap.servers"), span_keep(span_of(brokers), config->mem), config->node};

    config->kafka = without_brokers(config, config->kafka, 1);
    config->kafka_consumer = without_brokers(config, config->kafka_consumer, 0);
    config->kafka_producer = without_brokers(config, config->kafka_producer, 0);
    ((struct property *)(uintptr_t)config->kafka.at)[config->kafka.len++] = own;
}

void config_free(struct config *config)
{
    if (config)
        arena_free(config->mem);
}
