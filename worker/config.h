/* config: worker.yaml as the code sees it: where posts come from, where events go, and how safely. */
#pragma once

#include "common/arena.h"
#include "common/settings.h"
#include "common/span.h"
#include "worker/decode/input.h"
#include "worker/route/route.h"

#include <stdbool.h>
#include <stdint.h>

/* A property that librdkafka takes, with the place that it is at. */
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
    int64_t interval_ms, bytes, posts; /* whichever is reached first ends a transaction */
};

/* Where people and Prometheus may ask how it goes; off unless the config says `http`. */
struct http_settings {
    const struct node *node; /* NULL: off */
    struct span address;
    int64_t port;
    struct list hosts; /* of struct span: names that requests may give as their Host */
};

/* What the trend stage writes to Kafka: the first tags of its list at each step of event time; off unless given. */
struct publish_settings {
    const struct node *node; /* NULL: off */
    struct span topic;
    int64_t step_ms, top;
};

/* The trend stage: which facts it reads, where it keeps them, and what it shows. */
struct trend_settings {
    const struct node *node; /* NULL: the config has none */
    struct list from;        /* of struct span: routes of shape facts; their topics after loading */
    struct span store;       /* path of a SQLite file */
    int64_t retention_ms;
    struct http_settings http;
    struct span time_zone;                 /* of the times on pages */
    struct list languages;                 /* of struct span: of labels, the first one where none is asked for */
    struct list windows;                   /* of int64_t, ms: what pages offer */
    struct span hide_contact, api_contact; /* URLs; empty: none */
    struct list deny;                      /* of struct span: tags that are never shown */
    struct span keys_from;                 /* as the config has it */
    const char *keys_path;                 /* NULL: the API asks for no key */
    struct list keys;                      /* of struct http_key, once config_read_keys read them */
    struct publish_settings publish;
};

struct log_settings {
    const struct node *node;
    int format; /* enum log_format */
    int level;  /* enum log_level */
};

enum on_lost { ON_LOST_STOP, ON_LOST_EARLIEST, ON_LOST_LATEST };

struct config {
    const struct node *node;
    struct arena *mem;
    struct span group;
    struct span instance; /* empty: random for each process */
    int delivery;         /* enum delivery */
    int64_t lanes;        /* 0: as many as the process may use CPUs */
    int64_t drain_timeout_ms;
    int64_t start_timeout_ms; /* no broker answers for so long: the start fails */
    int64_t stuck_timeout_ms; /* a lane that hangs for so long ends the process */
    int start;                /* 0 earliest, 1 latest: where the group never committed an offset */
    int on_lost;              /* enum on_lost: where it did, and the offset is gone */
    struct list inputs;       /* of struct input */
    struct list routes;       /* of struct route */
    struct list rules;        /* of struct span: paths of the rules files */
    bool watch;               /* reload when a file changes */
    struct span dead_topic;   /* empty only in a replay that counts them */
    struct list skip;         /* of struct skip */
    struct commit_limits commit;
    struct limits limits;
    struct http_settings http;
    struct trend_settings trends;
    struct log_settings log;
    struct properties kafka, kafka_consumer, kafka_producer;
};

/* Reads path. Every problem goes to the report; one with errors is good for further checks alone.
 * NULL if there is nothing to check: no such file, or no YAML. Free with config_free. */
struct config *config_load(const char *path, struct report *report);
void config_free(struct config *config);

/* Reads the keys of the API, if there are any: only who serves it needs them. False: problems are in the report. */
bool config_read_keys(struct config *config, struct report *report);

bool is_topic_name(struct span name);

/* TOPIC/PARTITION/OFFSET, such as posts.raw/3/991. False: it is none; *out is untouched. */
bool place_read(struct span text, struct skip *out); /* as Kafka has them */

/* Has the config talk to these brokers and to no others, whatever it says; they are copied. */
void config_set_brokers(struct config *config, const char *brokers);

extern const struct form config_form;
