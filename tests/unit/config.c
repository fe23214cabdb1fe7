#include "worker/config.h"
#include "common/log.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/parts.h"

#include <stdlib.h>

/* A config that is fine but for what a test puts in. */
struct draft {
    const char *input, *routes, *more;
};

static const char *yaml_of(struct draft draft)
{
    return span_format(scratch(), "input: %s\nrules: [rules.yaml]\nroutes: %s\ndead_letters: posts.dead\n%s",
                       draft.input ? draft.input : "[{topic: posts.raw}]",
                       draft.routes ? draft.routes : "{out: {topic: posts.enriched, shape: event}}",
                       draft.more ? draft.more : "")
        .at;
}

static struct span problems(struct draft draft)
{
    return config_problems(yaml_of(draft));
}

static const struct config *config_with(struct draft draft)
{
    return config_from(yaml_of(draft));
}

static const struct route *route_named(const struct config *config, struct span name)
{
    const struct route *routes = config->routes.at;

    for (size_t i = 0; i < config->routes.len; i++)
        if (span_equal(routes[i].name, name))
            return &routes[i];
    test_failed(__FILE__, __LINE__, "no route %.*s", SPAN_ARGS(name));
    return routes;
}

TEST(what_is_not_said_has_a_default)
{
    const struct config *config = config_with((struct draft){0});
    const struct input *input = config->inputs.at;
    const struct route *route = config->routes.at;

    CHECK_SPAN(config->group, SPAN("trendmill"));
    CHECK(config->delivery == DELIVERY_EXACTLY_ONCE && config->lanes == 0 && config->start == 0);
    CHECK(config->commit.interval_ms == 200 && config->commit.bytes == 32 << 20 && config->commit.posts == 20000);
    CHECK(config->limits.post_bytes == 1 << 20 && config->limits.post_depth == 64);
    CHECK(config->drain_timeout_ms == 30000 && !config->instance.len);
    CHECK(input->preset == 0 && input->key == INPUT_KEY_ANY && input->framing == FRAMING_NONE && !input->network.len);
    CHECK(route->key == ROUTE_KEY_ID && route->timestamp == TIMESTAMP_INPUT && route->text);
    CHECK_SPAN(route->cleanup, SPAN("compact,delete"));
}

TEST(what_is_said_is_taken)
{
    const struct config *config = config_with((struct draft){
        .input = "[{topic: a, network: x, key: id, framing: confluent}]",
        .routes = "{f: {topic: b, shape: facts, key: network-id, timestamp: now, text: false}, "
                  "t: {topic: c, shape: by-tag}}",
        .more = "group: g\ndelivery: at_least_once\nlanes: 3\nstart: latest\ninstance: pod-0\n"
                "commit: {interval: 1s}\nlimits: {post_bytes: 64KiB}\nkafka: {bootstrap.servers: 'b:9092'}\n"
                "kafka.producer: {linger.ms: 5}\n",
    });
    const struct input *input = config->inputs.at;
    const struct route *facts = route_named(config, SPAN("f")), *by_tag = route_named(config, SPAN("t"));

    CHECK(config->delivery == DELIVERY_AT_LEAST_ONCE && config->lanes == 3 && config->start == 1);
    CHECK(config->commit.interval_ms == 1000 && config->commit.posts == 20000 && config->limits.post_bytes == 65536);
    CHECK_SPAN(input->network, SPAN("x"));
    CHECK(input->key == INPUT_KEY_ID && input->framing == FRAMING_CONFLUENT);
    CHECK(facts->shape == SHAPE_facts && facts->key == ROUTE_KEY_NETWORK_ID && !facts->text);
    CHECK(facts->timestamp == TIMESTAMP_NOW && by_tag->key == ROUTE_KEY_TAG);
    CHECK_SPAN(facts->cleanup, SPAN("delete"));
    CHECK_SPAN(by_tag->cleanup, SPAN("delete"));
    CHECK_SPAN(config->kafka.at[0].value, SPAN("b:9092"));
    CHECK_SPAN(config->kafka_producer.at[0].name, SPAN("linger.ms"));
}

TEST(rules_are_looked_for_beside_the_config)
{
    const struct config *config = config_with((struct draft){0});
    struct span path = *(const struct span *)config->rules.at;

    CHECK(path.len > 10 && path.at[0] == '/');
    CHECK_SPAN(((struct span){path.at + path.len - 11, 11}), SPAN("/rules.yaml"));
}

TEST(an_empty_file_misses_all_that_must_be_given)
{
    CHECK_SPAN(config_problems("# nothing\n"),
               SPAN("worker.yaml:2:1: \"input\" is missing: Topics of raw posts.\n"
                    "worker.yaml:2:1: \"rules\" is missing: Rules files, merged section by section; paths are "
                    "relative to this file.\n"
                    "worker.yaml:2:1: \"routes\" is missing: Where events go, by name.\n"
                    "worker.yaml:2:1: \"dead_letters\" is missing: Topic of records that are no posts or were "
                    "refused.\n"));
}

TEST(a_config_that_is_not_there_is_named)
{
    struct report *report = report_new();

    CHECK(!config_load("no-such.yaml", report));
    CHECK_SPAN(problems_of(report), SPAN("no-such.yaml: cannot be read: No such file or directory\n"));
    report_free(report);
}

TEST(an_input_list_without_inputs_is_refused)
{
    CHECK_SPAN(problems((struct draft){.input = "[]"}),
               SPAN("worker.yaml:1:8: \"input\" is empty; name at least one topic\n"));
}

TEST(the_language_of_an_input_is_one_that_posts_have)
{
    CHECK_SPAN(problems((struct draft){.input = "[{topic: a, lang: ja}]"}), SPAN(""));
    CHECK_HAS(problems((struct draft){.input = "[{topic: a, lang: jpn}]"}), "\"jpn\" is never the language of a post");
    CHECK_HAS(problems((struct draft){.input = "[{topic: a, lang: Japanese}]"}), "never the language of a post");
}

TEST(an_input_given_twice_is_refused_at_the_second)
{
    CHECK_SPAN(problems((struct draft){.input = "[{topic: a}, {topic: b}, {topic: a}]"}),
               SPAN("worker.yaml:1:41: topic \"a\" is given twice; take one of them out\n"));
}

TEST(a_topic_that_kafka_would_not_take_is_refused_with_what_is_allowed)
{
    CHECK_SPAN(problems((struct draft){.input = "[{topic: 生投稿}]"}),
               SPAN("worker.yaml:1:17: \"生投稿\" is not a topic name; allowed are 1 to 249 of a-z A-Z 0-9 . _ -\n"));
    CHECK_HAS(problems((struct draft){.routes = "{out: {topic: 'a b', shape: event}}"}),
              "worker.yaml:3:23: \"a b\" is not a topic name");
    CHECK_HAS(problems((struct draft){.routes = "{out: {topic: '..', shape: event}}"}), "\"..\" is not a topic name");
    CHECK_HAS(problems((struct draft){.routes = "{out: {topic: '', shape: event}}"}), "\"\" is not a topic name");
    CHECK_HAS(config_problems("input: [{topic: a}]\nrules: [r]\nroutes: {o: {topic: b, shape: event}}\n"
                              "dead_letters: a/b\n"),
              "worker.yaml:4:15: \"a/b\" is not a topic name");
}

TEST(the_longest_topic_name_is_allowed_and_one_more_is_not)
{
    char name[251];

    memset(name, 'a', 250);
    name[250] = 0;
    CHECK_HAS(problems((struct draft){.input = span_format(scratch(), "[{topic: %s}]", name).at}),
              "is not a topic name");
    CHECK_SPAN(problems((struct draft){.input = span_format(scratch(), "[{topic: %s}]", name + 1).at}), SPAN(""));
}

TEST(an_output_that_is_an_input_is_refused_with_its_line)
{
    CHECK_SPAN(
        problems((struct draft){.routes = "{out: {topic: posts.raw, shape: event}}"}),
        SPAN("worker.yaml:3:23: topic \"posts.raw\" is an input too (line 1); records would go round for ever\n"));
    CHECK_SPAN(config_problems("input: [{topic: a}]\nrules: [r]\nroutes: {o: {topic: b, shape: event}}\n"
                               "dead_letters: a\n"),
               SPAN("worker.yaml:4:15: topic \"a\" is an input too (line 1); records would go round for ever\n"));
}

TEST(a_key_that_the_shape_does_not_know_is_refused)
{
    CHECK_SPAN(problems((struct draft){.routes = "{f: {topic: b, shape: facts, key: author}}"}),
               SPAN("worker.yaml:3:43: shape facts cannot be keyed by author; it takes id, network-id\n"));
    CHECK_HAS(problems((struct draft){.routes = "{f: {topic: b, shape: facts, key: subject}}"}), "keyed by subject");
    CHECK_HAS(problems((struct draft){.routes = "{f: {topic: b, shape: facts, key: input}}"}), "keyed by input");
    CHECK_HAS(problems((struct draft){.routes = "{e: {topic: b, shape: event, key: tag}}"}),
              "event cannot be keyed by tag");
    CHECK_HAS(problems((struct draft){.routes = "{t: {topic: b, shape: by-tag, key: id}}"}),
              "by-tag cannot be keyed by id");
}

TEST(an_event_may_be_keyed_by_all_but_a_tag)
{
    const char *const keys[] = {"id", "network-id", "subject", "author", "input"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        CHECK_SPAN(problems((struct draft){
                       .input = "[{topic: a, network: x}]",
                       .routes = span_format(scratch(), "{e: {topic: b, shape: event, key: %s}}", keys[i]).at}),
                   SPAN(""));
    CHECK_SPAN(problems((struct draft){.routes = "{t: {topic: b, shape: by-tag, key: tag}}"}), SPAN(""));
}

TEST(a_key_by_network_needs_one_on_every_input)
{
    CHECK_SPAN(problems((struct draft){.input = "[{topic: a, network: x}, {topic: b}]",
                                       .routes = "{e: {topic: c, shape: event, key: network-id}}"}),
               SPAN("worker.yaml:3:43: key network-id needs a network on every input\n"));
}

TEST(what_has_to_hold_something_is_not_empty)
{
    CHECK_HAS(problems((struct draft){.routes = "{}"}), "worker.yaml:3:9: \"routes\" is empty");
    CHECK_HAS(config_problems("input: [{topic: a}]\nrules: []\nroutes: {o: {topic: b, shape: event}}\n"
                              "dead_letters: d\n"),
              "worker.yaml:2:8: \"rules\" is empty");
}

TEST(dead_letters_have_a_topic_of_their_own)
{
    CHECK_HAS(config_problems("input: [{topic: a}]\nrules: [r]\nroutes: {o: {topic: b, shape: event}}\n"
                              "dead_letters: b\n"),
              "worker.yaml:4:15: route \"o\" writes to this topic");
}

TEST(facts_of_several_networks_must_be_keyed_by_network_and_id)
{
    const char *inputs = "[{topic: a, network: x}, {topic: b, network: mastodon}]";

    CHECK_SPAN(problems((struct draft){.input = inputs, .routes = "{f: {topic: c, shape: facts}}"}),
               SPAN("worker.yaml:3:10: the inputs differ in network and ids collide between networks; "
                    "set key: network-id\n"));
    CHECK_HAS(problems((struct draft){.input = inputs, .routes = "{f: {topic: c, shape: facts, key: id}}"}),
              "worker.yaml:3:43: the inputs differ in network");
    CHECK_SPAN(problems((struct draft){.input = inputs, .routes = "{f: {topic: c, shape: facts, key: network-id}}"}),
               SPAN(""));
    CHECK_HAS(problems((struct draft){.input = "[{topic: a, network: x}, {topic: b}]",
                                      .routes = "{f: {topic: c, shape: facts}}"}),
              "differ in network");
}

TEST(events_of_several_networks_keyed_by_id_are_warned_of)
{
    CHECK_SPAN(problems((struct draft){.input = "[{topic: a, network: x}, {topic: b, network: mastodon}]"}),
               SPAN("worker.yaml:3:10: warning: the inputs differ in network and ids collide between networks; "
                    "key: network-id keeps them apart\n"));
}

TEST(inputs_of_one_network_may_be_keyed_by_id)
{
    CHECK_SPAN(problems((struct draft){.input = "[{topic: a, network: x}, {topic: b, network: x}]",
                                       .routes = "{f: {topic: c, shape: facts}}"}),
               SPAN(""));
}

TEST(a_compacted_topic_by_tag_is_refused)
{
    CHECK_SPAN(problems((struct draft){.routes = "{t: {topic: b, shape: by-tag, cleanup: compact}}"}),
               SPAN("worker.yaml:3:48: shape by-tag cannot be compacted: it would keep one post a tag; use delete\n"));
    CHECK_HAS(problems((struct draft){.routes = "{t: {topic: b, shape: by-tag, cleanup: 'compact,delete'}}"}),
              "cannot be compacted");
    CHECK_SPAN(problems((struct draft){.routes = "{t: {topic: b, shape: by-tag, cleanup: delete}}"}), SPAN(""));
    CHECK_SPAN(problems((struct draft){.routes = "{f: {topic: b, shape: facts, cleanup: compact}}"}), SPAN(""));
}

TEST(lanes_are_auto_or_a_number)
{
    CHECK(config_with((struct draft){.more = "lanes: auto\n"})->lanes == 0);
    CHECK(config_with((struct draft){.more = "lanes: 256\n"})->lanes == 256);
    CHECK_SPAN(problems((struct draft){.more = "lanes: 0\n"}),
               SPAN("worker.yaml:5:8: 0 is out of range; allowed are 1 to 256\n"));
    CHECK_HAS(problems((struct draft){.more = "lanes: all\n"}), "worker.yaml:5:8: expected ");
}

TEST(a_secret_is_read_from_its_file_beside_the_config)
{
    file_with("password", "s3cr:t パス\n");
    const struct config *config = config_with((struct draft){.more = "kafka: {sasl.password: 'file:password'}\n"});

    CHECK_SPAN(config->kafka.at[0].name, SPAN("sasl.password"));
    CHECK_SPAN(config->kafka.at[0].value, SPAN("s3cr:t パス"));
}

TEST(a_secret_loses_its_line_break_and_nothing_else)
{
    file_with("password", " blank at both ends \r\n");
    const struct config *config = config_with((struct draft){.more = "kafka: {sasl.password: 'file:password'}\n"});

    CHECK_SPAN(config->kafka.at[0].value, SPAN(" blank at both ends "));
}

TEST(a_secret_that_cannot_be_read_is_named_with_its_file)
{
    CHECK_SPAN(problems((struct draft){.more = "kafka: {sasl.password: 'file:none'}\n"}),
               SPAN("worker.yaml:5:24: none cannot be read: No such file or directory\n"));
    CHECK_HAS(problems((struct draft){.more = "kafka.consumer: {a: 'file:none'}\n"}), "worker.yaml:5:21: none cannot");
    CHECK_HAS(problems((struct draft){.more = "kafka.producer: {a: 'file:none'}\n"}), "worker.yaml:5:21: none cannot");
}

TEST(the_environment_is_put_in_before_anything_is_checked)
{
    setenv("TRENDMILL_TOPIC", "posts.env", 1);
    const struct config *config = config_with((struct draft){.input = "[{topic: '${TRENDMILL_TOPIC}'}]"});

    CHECK_SPAN(((const struct input *)config->inputs.at)->topic, SPAN("posts.env"));
    CHECK_HAS(problems((struct draft){.input = "[{topic: '${TRENDMILL_NO_TOPIC}'}]"}),
              "worker.yaml:1:17: environment variable TRENDMILL_NO_TOPIC is not set");
}

TEST(limits_have_ranges)
{
    CHECK_SPAN(problems((struct draft){.more = "limits: {post_bytes: 1, post_depth: 1}\n"}),
               SPAN("worker.yaml:5:22: 1 is out of range; allowed are 64B to 64MiB\n"
                    "worker.yaml:5:37: 1 is out of range; allowed are 2 to 1024\n"));
    CHECK_HAS(problems((struct draft){.more = "commit: {interval: 0s}\n"}), "allowed are 1ms to 1m");
}

TEST(all_problems_of_the_checks_are_listed)
{
    CHECK_SPAN(
        problems((struct draft){.input = "[{topic: a}, {topic: a}]",
                                .routes = "{e: {topic: a, shape: event, key: tag}, f: {topic: '?', shape: facts}}",
                                .more = "kafka: {x: 'file:none'}\n"}),
        SPAN("worker.yaml:1:29: topic \"a\" is given twice; take one of them out\n"
             "worker.yaml:3:21: topic \"a\" is an input too (line 1); records would go round for ever\n"
             "worker.yaml:3:43: shape event cannot be keyed by tag; it takes id, network-id, subject, author, input\n"
             "worker.yaml:3:60: \"?\" is not a topic name; allowed are 1 to 249 of a-z A-Z 0-9 . _ -\n"
             "worker.yaml:5:12: none cannot be read: No such file or directory\n"));
}

TEST(a_misspelt_key_hides_no_other_problem)
{
    struct span listed =
        problems((struct draft){.routes = "{out: {topic: posts.raw, shape: event}}", .more = "grup: g\n"});

    CHECK_HAS(listed, "worker.yaml:5:1: unknown key \"grup\"; did you mean \"group\"?");
    CHECK_HAS(listed, "worker.yaml:3:23: topic \"posts.raw\" is an input too");
}

TEST(a_skip_names_topic_partition_and_offset_of_an_input)
{
    const struct config *config = config_with((struct draft){.more = "skip: [posts.raw/3/991]\n"});
    const struct skip *skip = config->skip.at;

    CHECK(config->skip.len == 1 && skip->partition == 3 && skip->offset == 991);
    CHECK_SPAN(skip->topic, SPAN("posts.raw"));
    CHECK_SPAN(problems((struct draft){.more = "skip: [posts.raw/3]\n"}),
               SPAN("worker.yaml:5:8: expected TOPIC/PARTITION/OFFSET such as posts.raw/3/991, got \"posts.raw/3\"\n"));
    CHECK_HAS(problems((struct draft){.more = "skip: [posts.raw/x/1]\n"}), "expected TOPIC/PARTITION/OFFSET");
    CHECK_HAS(problems((struct draft){.more = "skip: [posts.raw/3000000000/1]\n"}), "expected TOPIC/PARTITION/OFFSET");
    CHECK_SPAN(problems((struct draft){.more = "skip: [other/3/1]\n"}),
               SPAN("worker.yaml:5:8: no input has the topic \"other\"\n"));
}

TEST(a_value_that_was_refused_brings_no_further_problem)
{
    CHECK_SPAN(problems((struct draft){.routes = "{t: {topic: b, shape: bytag, key: tag}}"}),
               SPAN("worker.yaml:3:31: expected event, facts or by-tag, got \"bytag\"; did you mean \"by-tag\"?\n"));
    CHECK_SPAN(problems((struct draft){.input = "posts.raw"}),
               SPAN("worker.yaml:1:8: expected a list, each a map, got \"posts.raw\"; write [{topic: …}]\n"));
}

TEST(a_single_value_where_a_map_should_be_is_named)
{
    CHECK_HAS(problems((struct draft){.input = "[posts.raw]"}), "worker.yaml:1:9: expected a map, got \"posts.raw\"");
    CHECK_HAS(problems((struct draft){.routes = "{out: posts.enriched}"}), "worker.yaml:3:15: expected a map");
    CHECK_HAS(config_problems("- input\n"), "worker.yaml:1:1: expected a map, got a list");
    CHECK_HAS(config_problems("input\n"), "worker.yaml:1:1: expected a map, got \"input\"");
}

TEST(nothing_listens_unless_it_is_given_and_then_on_loopback)
{
    CHECK(!config_with((struct draft){0})->http.node);
    const struct config *port = config_with((struct draft){.more = "http: 9000\n"});
    const struct config *both = config_with((struct draft){.more = "http: {address: \"::\"}\n"});

    CHECK(port->http.node && port->http.port == 9000);
    CHECK_SPAN(port->http.address, SPAN("127.0.0.1"));
    CHECK(both->http.port == 9464);
    CHECK_SPAN(both->http.address, SPAN("::"));
}

TEST(an_http_address_is_one_in_digits)
{
    CHECK_HAS(problems((struct draft){.more = "http: {address: localhost}\n"}),
              "worker.yaml:5:7: \"localhost\" is not an address; give one in digits");
    CHECK_HAS(problems((struct draft){.more = "http: 70000\n"}),
              "worker.yaml:5:7: 70000 is out of range; allowed are 1 to 65535");
    CHECK_HAS(problems((struct draft){.more = "http: {hosts: [\"http://trends.example.com:80\"]}\n"}),
              "is no host name");
    CHECK(!problems((struct draft){.more = "http: {hosts: [trends.example.com, worker-1]}\n"}).len);
    CHECK_HAS(problems((struct draft){.more = "http: {prot: 1}\n"}), "did you mean \"port\"?");
}

TEST(a_log_has_a_format_and_a_level)
{
    const struct config *config = config_with((struct draft){.more = "log: {format: json, level: warn}\n"});

    CHECK(config->log.format == LOG_JSON && config->log.level == LOG_WARN);
    CHECK(config_with((struct draft){0})->log.format == LOG_LOGFMT);
    CHECK(config_with((struct draft){0})->log.level == LOG_INFO);
    CHECK_HAS(problems((struct draft){.more = "log: {level: info, format: xml}\n"}), "expected logfmt or json");
}

TEST(trends_are_published_where_the_config_says_so)
{
    const char *facts = "{facts: {topic: posts.facts, shape: facts}}";
    const struct publish_settings *publish;

    publish = &config_with((struct draft){.routes = facts, .more = "trends: {time_zone: UTC}\n"})->trends.publish;
    CHECK(!publish->node);
    publish = &config_with((struct draft){.routes = facts, .more = "trends: {publish: {}}\n"})->trends.publish;
    CHECK(publish->node && publish->step_ms == 5 * TIME_MINUTE_MS && publish->top == 50);
    CHECK_SPAN(publish->topic, SPAN("posts.trends"));
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {publish: {step: 1s}}\n"}), "1m");
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {publish: {top: 0}}\n"}), "1000");
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {publish: {top: 1001}}\n"}), "1000");
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {publish: {topic: a/b}}\n"}),
              "is not a topic name");
}

TEST(trends_have_a_topic_of_their_own)
{
    const char *facts = "{facts: {topic: posts.facts, shape: facts}}";

    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {publish: {topic: posts.facts}}\n"}),
              "worker.yaml:5:27: route \"facts\" writes to this topic; give trends one of their own");
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {publish: {topic: posts.raw}}\n"}),
              "is an input too");
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {publish: {topic: posts.dead}}\n"}),
              "dead letters go to this topic");
}

TEST(pages_have_a_zone_windows_and_contacts)
{
    const char *facts = "{facts: {topic: posts.facts, shape: facts}}";
    const struct trend_settings *trends = &config_with((struct draft){.routes = facts})->trends;

    CHECK_SPAN(trends->time_zone, SPAN("Asia/Tokyo"));
    CHECK(trends->windows.len == 3 && ((const int64_t *)trends->windows.at)[0] == TIME_HOUR_MS);
    trends = &config_with((struct draft){.routes = facts,
                                         .more = "trends: {time_zone: UTC, windows: [30m], "
                                                 "hide_contact: mailto:a@example.com}\n"})
                  ->trends;
    CHECK_SPAN(trends->hide_contact, SPAN("mailto:a@example.com"));
    CHECK(trends->windows.len == 1 && ((const int64_t *)trends->windows.at)[0] == 30 * TIME_MINUTE_MS);
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {time_zone: Tokyo}\n"}),
              "worker.yaml:5:21: the system has no time zone \"Tokyo\"");
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {api_contact: javascript:x}\n"}),
              "expected https://…, http://… or mailto:…, got \"javascript:x\"");
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {windows: [1s]}\n"}), "1m");
    CHECK_HAS(problems((struct draft){.routes = facts, .more = "trends: {timezone: UTC}\n"}),
              "did you mean \"time_zone\"");
}
