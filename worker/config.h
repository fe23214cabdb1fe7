/* config: worker.yaml as the code sees it: where posts come from, where events go, and how safely. */
#pragma once

#include "common/arena.h"
#include "common/settings.h"
#include "common/span.h"
#include "worker/route/when.h"

#include <stdbool.h>
#include <stdint.h>

struct pointers;
struct replay;
struct preset;
struct shape;

enum framing { FRAMING_NONE, FRAMING_CONFLUENT };

struct input {
    const struct node *node;
    struct span topic;
    struct span network;                /* empty: not said */
    int preset;                         /* index into presets */
    int key;                            /* enum input_key */
    int framing;                        /* enum framing */
    const struct node *mapping;         /* as written, and as preset mapping reads it */
    const struct pointers *pointers;
};

enum input_key { INPUT_KEY_ANY, INPUT_KEY_ID };

enum route_key {
    ROUTE_KEY_ID,
    ROUTE_KEY_NETWORK_ID,
    ROUTE_KEY_SUBJECT,
    ROUTE_KEY_AUTHOR,
    ROUTE_KEY_TAG,
    ROUTE_KEY_INPUT,
    ROUTE_KEY_DEFAULT,                  /* not said: the shape's own */
};

enum route_post { POST_FULL, POST_NONE };
enum route_timestamp { TIMESTAMP_INPUT, TIMESTAMP_NOW };

struct route {
    const struct node *node;            /* its name is node->name */
    struct span name;
    struct span topic;
    int shape;                          /* index into shapes */
    int key;                            /* enum route_key, never DEFAULT after loading */
    int timestamp;                      /* enum route_timestamp */
    bool text;                          /* facts rows carry the text */
    int post;                           /* enum route_post: events carry the raw post */
    struct when when;                   /* which posts it takes */
    int cleanup_given;                  /* index into the policies, where the config gives one */
    struct span cleanup;                /* cleanup.policy of the topic: delete, compact, compact,delete */
};

/* A property that librdkafka takes, with the place that it stands at. */
struct property {
    struct span name, value;
    const struct node *node;
};

struct properties {
    const struct property *at;
    size_t len;
};

/* A message that is not to be read: it leaves as a dead letter "skipped". */
struct skip {
    struct span topic;
    int32_t partition;
    int64_t offset;
};

enum delivery { DELIVERY_EXACTLY_ONCE, DELIVERY_AT_LEAST_ONCE };

struct commit_limits {
    const struct node *node;
    int64_t interval_ms, bytes, posts;  /* whichever is reached first ends a transaction */
};

/* Where people and Prometheus may ask how it goes; off unless the config says `http`. */
struct http_settings {
    const struct node *node;            /* NULL: off */
    struct span address;
    int64_t port;
};

struct log_settings {
    const struct node *node;
    int format;                         /* enum log_format */
    int level;                          /* enum log_level */
};

struct limits {
    const struct node *node;
    int64_t post_bytes, post_depth;
};

struct config {
    const struct node *node;
    struct arena *mem;
    struct span group;
    struct span instance;               /* empty: random for each process */
    int delivery;                       /* enum delivery */
    int64_t lanes;                      /* 0: as many as the process may use CPUs */
    int64_t drain_timeout_ms;
    int start;                          /* 0 earliest, 1 latest: where there is no committed offset */
    struct list inputs;                 /* of struct input */
    struct list routes;                 /* of struct route */
    struct list rules;                  /* of struct span: paths of the rules files */
    struct span dead_topic;             /* empty only in a replay that counts them */
    struct list skip;                   /* of struct skip */
    struct commit_limits commit;
    struct limits limits;
    struct http_settings http;
    struct log_settings log;
    struct properties kafka, kafka_consumer, kafka_producer;
    const struct replay *replay;        /* never read from the file: NULL but in a replay */
};

/* Reads path. Every problem goes to the report; one with errors is good for further checks alone.
 * NULL if there is nothing to check: no such file, or no YAML. Free with config_free. */
struct config *config_load(const char *path, struct report *report);
void config_free(struct config *config);

/* The input that reads the topic, of a list of struct input; NULL if none does. */
const struct input *input_find(const struct list *inputs, struct span topic);

bool is_topic_name(struct span name);                  /* as Kafka has them */

/* Has the config talk to these brokers and to no others, whatever it says; they are copied. */
void config_set_brokers(struct config *config, const char *brokers);

extern const struct form config_form;
