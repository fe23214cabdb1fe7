/* metrics: what the worker counts, in one table: from it come the text that Prometheus reads, the printed
 * reference and the tests.
 *
 * Each lane counts in cells of its own, written by its thread alone; a scrape reads and sums them. So
 * nothing that asks ever holds up a lane. What is not counted is looked up when it is asked for. */
#pragma once

#include "common/buf.h"
#include "worker/config.h"
#include "worker/post.h"
#include "worker/rules/ruleset.h"

#include <stdatomic.h>
#include <stdint.h>

enum metric_source { BY_LANES, AT_SCRAPE };
enum metric_type { COUNTER, GAUGE, HISTOGRAM };

/* X(ID, source, type, label, name, help) */
/* clang-format off */
#define METRICS(X) \
    X(POSTS, BY_LANES, COUNTER, INPUT, "trendmill_posts_total", \
      "Messages read of an input and carried through the line; those of a rewound batch count again.") \
    X(POST_BYTES, BY_LANES, COUNTER, INPUT, "trendmill_post_bytes_total", "Bytes of their values.") \
    X(RECORDS, BY_LANES, COUNTER, ROUTE, "trendmill_records_total", \
      "Records made for a route; those of a rewound batch count again.") \
    X(RECORD_BYTES, BY_LANES, COUNTER, ROUTE, "trendmill_record_bytes_total", "Bytes of their values.") \
    X(DEAD, BY_LANES, COUNTER, FAULT, "trendmill_dead_letters_total", "Messages that left as dead letters.") \
    X(DROPS, BY_LANES, COUNTER, DROP, "trendmill_drops_total", \
      "Messages that no route matched, or that are not posts, such as a like.") \
    X(UNUSABLE, BY_LANES, COUNTER, MEMBER, "trendmill_unusable_members_total", \
      "Posts that gave a member in a way that cannot be used, so that it is unknown; with strict they are dead letters.") \
    X(TAGGED, BY_LANES, COUNTER, TAG, "trendmill_tagged_posts_total", \
      "Posts with a tag; of the tags of all rules since the start the first 1000, the rest as (others).") \
    X(UNKEYED, BY_LANES, COUNTER, NONE, "trendmill_unkeyed_posts_total", \
      "Messages not keyed by their post's id: the counts of one post may lose their order.") \
    X(HIDDEN, BY_LANES, COUNTER, NONE, "trendmill_hidden_posts_total", \
      "Posts that a replay sent as a hide, since they are hidden by now.") \
    X(COMMITTED, BY_LANES, COUNTER, NONE, "trendmill_committed_posts_total", \
      "Messages whose transaction was committed: each counts once.") \
    X(TRANSACTIONS, BY_LANES, COUNTER, OUTCOME, "trendmill_transactions_total", \
      "Transactions by how they ended; with at_least_once the same without a transaction, and late where the " \
      "records are there and their offsets wait for the next commit.") \
    X(PRODUCERS, BY_LANES, COUNTER, NONE, "trendmill_producers_rebuilt_total", \
      "Producers made anew after a failure, a fencing or a refused record.") \
    X(CONSUMERS, BY_LANES, COUNTER, NONE, "trendmill_consumers_rebuilt_total", \
      "Consumers made anew after a fencing.") \
    X(FENCED, BY_LANES, COUNTER, NONE, "trendmill_fenced_total", \
      "Times that the brokers fenced a lane: after a stall, or because a rival has its name.") \
    X(REBALANCES, BY_LANES, COUNTER, REBALANCE, "trendmill_rebalances_total", \
      "Changes of a lane's partitions, by kind.") \
    X(GUARDED, BY_LANES, COUNTER, GUARD, "trendmill_guarded_messages_total", \
      "Messages that the guards kept out: of partitions of another, read before, or behind a gap of a rebalance.") \
    X(GAPS, BY_LANES, COUNTER, NONE, "trendmill_offset_gaps_total", \
      "Times that the next message of a partition was gone from the log.") \
    X(LOST, BY_LANES, COUNTER, NONE, "trendmill_offsets_lost_total", \
      "Times that a partition's committed offset was gone, see on_lost_offsets.") \
    X(BATCH, BY_LANES, HISTOGRAM, NONE, "trendmill_batch_seconds", \
      "Time from a batch's poll to its delivery to the producer, commit included where it was due.") \
    X(COMMIT, BY_LANES, HISTOGRAM, NONE, "trendmill_commit_seconds", "Time that a commit took, successful or not.") \
    X(DELAY, BY_LANES, HISTOGRAM, NONE, "trendmill_delay_seconds", \
      "Time from a record's timestamp to the commit of what came of it.") \
    X(LAG, AT_SCRAPE, GAUGE, PARTITION, "trendmill_partition_lag_records", \
      "Records from the committed offset to the end of a partition, as the lane last saw it.") \
    X(OFFSET, AT_SCRAPE, GAUGE, PARTITION, "trendmill_partition_committed_offset", \
      "Offset up to which a partition is committed.") \
    X(END, AT_SCRAPE, GAUGE, PARTITION, "trendmill_partition_end_offset", "High watermark of a partition.") \
    X(STOPPED, AT_SCRAPE, GAUGE, PARTITION, "trendmill_partition_stopped", \
      "1 where a partition is read no further: its next message or its committed offset is gone, or a dead letter is " \
      "rejected in every form.") \
    X(PARTITIONS, AT_SCRAPE, GAUGE, LANE, "trendmill_lane_partitions", "Partitions that a lane owns.") \
    X(STILL, AT_SCRAPE, GAUGE, LANE, "trendmill_lane_still_seconds", \
      "Time since a lane last turned; more than 30 s is a lane that is stuck.") \
    X(LANE_READY, AT_SCRAPE, GAUGE, LANE, "trendmill_lane_ready", "1 where a lane works, 0 where it lacks something.") \
    X(READY, AT_SCRAPE, GAUGE, NONE, "trendmill_ready", "1 where /readyz says yes.") \
    X(RULES_VERSION, AT_SCRAPE, GAUGE, NONE, "trendmill_rules_version", "Version of the rules at work.") \
    X(RULES, AT_SCRAPE, GAUGE, RULES, "trendmill_rules_info", "Always 1; the labels name the rules at work.") \
    X(RELOADS, AT_SCRAPE, COUNTER, RELOAD, "trendmill_rules_reloads_total", \
      "Reloads of the rules: taken, refused for their errors, or of rules that are at work already.") \
    X(RELOADED, AT_SCRAPE, GAUGE, RELOADED, "trendmill_rules_last_reload_timestamp_seconds", \
      "When the rules were last reloaded, Unix time; the labels say what came of it and why.") \
    X(CONFIG_CHANGED, AT_SCRAPE, GAUGE, NONE, "trendmill_config_changed", \
      "1 where the last reload found worker.yaml other than at the start, which takes a restart.") \
    X(BUILD, AT_SCRAPE, GAUGE, BUILD, "trendmill_build_info", "Always 1; the labels name the versions at work.") \
    X(BROKERS, AT_SCRAPE, GAUGE, CLIENT, "trendmill_librdkafka_brokers_up", "Brokers that a client is connected to.") \
    X(SENT_BYTES, AT_SCRAPE, COUNTER, CLIENT, "trendmill_librdkafka_sent_bytes_total", "Bytes sent to brokers.") \
    X(RECEIVED_BYTES, AT_SCRAPE, COUNTER, CLIENT, "trendmill_librdkafka_received_bytes_total", \
      "Bytes received from brokers.") \
    X(REQUESTS, AT_SCRAPE, GAUGE, CLIENT, "trendmill_librdkafka_requests_waiting", \
      "Requests that wait to be sent or answered.") \
    X(QUEUED, AT_SCRAPE, GAUGE, CLIENT, "trendmill_librdkafka_queued_records", \
      "Records in a client's queues: fetched and not polled, or produced and not acknowledged.") \
    X(QUEUED_BYTES, AT_SCRAPE, GAUGE, CLIENT, "trendmill_librdkafka_queued_bytes", "Their bytes.") \
    X(BROKER_ERRORS, AT_SCRAPE, COUNTER, CLIENT_ERROR, "trendmill_librdkafka_broker_errors_total", \
      "Failures of requests to brokers, by kind.") \
    X(RTT, AT_SCRAPE, GAUGE, BROKER, "trendmill_librdkafka_broker_rtt_seconds", \
      "Mean round trip to a broker over the last statistics interval.") \
    X(RTT_WORST, AT_SCRAPE, GAUGE, BROKER, "trendmill_librdkafka_broker_rtt_p99_seconds", \
      "The round trip that 99 of 100 did not exceed.") \
    X(CPU, AT_SCRAPE, COUNTER, NONE, "process_cpu_seconds_total", "CPU time of this process, user and system.") \
    X(MEMORY, AT_SCRAPE, GAUGE, NONE, "process_resident_memory_bytes", "Resident memory of this process.") \
    X(STARTED, AT_SCRAPE, GAUGE, NONE, "process_start_time_seconds", "When this process started, Unix time.")
/* clang-format on */

/* The labels of a metric's series. Lanes count by the first ones, whose values are known beforehand. */
/* clang-format off */
#define METRIC_LABELS(X) \
    X(NONE, "") X(INPUT, "topic") X(ROUTE, "route") X(FAULT, "fault") X(DROP, "reason") X(MEMBER, "member, reason") X(TAG, "tag") \
    X(OUTCOME, "outcome") X(REBALANCE, "kind") X(GUARD, "reason") \
    X(PARTITION, "topic, partition") X(LANE, "lane") X(RULES, "version, id") X(RELOAD, "outcome") X(RELOADED, "outcome, reason") \
    X(BUILD, "version, librdkafka") X(CLIENT, "lane, client") X(CLIENT_ERROR, "lane, client, kind") \
    X(BROKER, "lane, client, broker")
/* clang-format on */

#define METRIC_INDEX(id, source, type, label, name, help) METRIC_##id,
#define METRIC_LABEL_INDEX(id, names)                     LABEL_##id,
enum metric { METRICS(METRIC_INDEX) METRIC_COUNT };
enum metric_label { METRIC_LABELS(METRIC_LABEL_INDEX) LABEL_COUNT };

enum metric_outcome { OUTCOME_COMMITTED, OUTCOME_ABORTED, OUTCOME_LATE, OUTCOMES };
enum metric_rebalance { REBALANCE_ASSIGNED, REBALANCE_REVOKED, REBALANCE_LOST, REBALANCES };
enum metric_guard { GUARD_NOT_OWNED, GUARD_BEHIND, GUARD_AFTER_REBALANCE, GUARDS };

enum { METRIC_TAGS_MAX = 1000 };

/* The cells of one lane. NULL wherever nobody counts, as in `pipe`: every call takes that. */
struct meter {
    _Atomic uint64_t *cells;
    const size_t *first; /* of each metric, its first cell */
    const struct metrics *metrics;
    struct tag_cells *tags;  /* of the current rules */
    _Atomic uint64_t *again; /* of each total, what was counted and then rewound */
    uint64_t *marked;        /* of each total, the count at the last commit or rewind */
    int64_t *open_ms;        /* timestamps of what is delivered and not committed */
    size_t open_len, open_cap;
    struct arena *mem;
};

struct metrics;

/* Cells for so many lanes, as the config and these rules need them; config must outlive them. */
struct metrics *metrics_new(const struct config *config, const struct ruleset *rules, int lanes);
void metrics_free(struct metrics *metrics); /* takes NULL */
struct meter *metrics_meter(struct metrics *metrics, int lane);

/* Makes room for tags that these rules have and no earlier ones had, before a lane takes the rules.
 * From one thread alone. */
void metrics_add_tags(struct metrics *metrics, const struct ruleset *rules);

/* --- for a lane --- */

static inline void meter_add(struct meter *meter, enum metric metric, size_t which, uint64_t more)
{
    if (!meter)
        return;
    _Atomic uint64_t *cell = &meter->cells[meter->first[metric] + which];
    atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + more, memory_order_relaxed);
}

void meter_observe(struct meter *meter, enum metric histogram, int64_t us);

void meter_use_rules(struct meter *meter, const struct ruleset *rules); /* whose posts come next */
void meter_tags(struct meter *meter, const struct found *found);

/* A message was delivered; its delay is known when its transaction is committed, and forgotten when it
 * is rewound. */
void meter_delivered(struct meter *meter, int64_t timestamp_ms);
void meter_committed(struct meter *meter);
void meter_rewound(struct meter *meter);

/* --- for those who ask --- */

struct metric_info {
    const char *name, *help;
    enum metric_source source;
    enum metric_type type;
    enum metric_label label;
};
extern const struct metric_info metric_infos[METRIC_COUNT];

size_t metric_series(const struct metrics *metrics, enum metric metric); /* of one that lanes count */
struct span metric_series_name(const struct metrics *metrics, enum metric metric, size_t which);
uint64_t metric_value(const struct metrics *metrics, enum metric metric, size_t which); /* over all lanes */
uint64_t metric_sum(const struct metrics *metrics, enum metric metric);                 /* over all series too */

/* Totals leave out what was counted and then rewound, since it was given out and counted again. */
enum total { TOTAL_POSTS, TOTAL_RECORDS, TOTAL_DEAD, TOTAL_DROPPED, TOTAL_HIDDEN, TOTALS };
unsigned long long metrics_total_of_lane(const struct metrics *metrics, enum total total, int lane);
unsigned long long metrics_total(const struct metrics *metrics, enum total total); /* over all lanes */

/* One figure that was looked up. Its labels are given as text: lane="0",client="producer". */
struct sample {
    enum metric metric;
    struct span labels;
    double value;
};

struct samples {
    struct arena *mem;
    struct sample *at;
    size_t len, cap;
};

void samples_add(struct samples *samples, enum metric metric, struct span labels, double value);

/* name="value" with \ " and line breaks of the value escaped; after a comma where labels has some. */
void metric_write_label(struct buf *labels, const char *name, struct span value);

/* All of it in Prometheus' text format, version 0.0.4. */
void metrics_write(const struct metrics *metrics, const struct samples *samples, struct buf *out);

void metrics_reference(struct buf *out); /* as Markdown */
