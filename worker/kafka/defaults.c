#include "worker/kafka/defaults.h"
#include "worker/kafka/kafka.h"

const struct setting defaults_common[] = {
    {"socket.keepalive.enable", "true", "a connection that was dropped on its way is noticed"},
    {"socket.nagle.disable", "true", "the small requests of a commit are not held back"},
    {0},
};

const struct setting defaults_watched[] = {
    {"statistics.interval.ms", "5000", "librdkafka's figures in /metrics and /status"},
    {0},
};

const struct setting defaults_consumer[] = {
    {"queued.max.messages.kbytes", "4096", "bounds what is prefetched, and so a lane's memory"},
    {"queued.min.messages", "4000", "the next fetch begins where fewer are prefetched"},
    {"fetch.message.max.bytes", "1048576", "of one partition in a fetch: few and large ones in catching up"},
    {"fetch.max.bytes", "2097152", "of all partitions in a fetch, and so beside the prefetched ones in memory"},
    {"fetch.queue.backoff.ms", "10",
     "a full queue is looked at again after 10 ms, not a second; from librdkafka 2.2.0"},
    {"max.poll.interval.ms", "120000", "a lane that hangs loses its partitions then"},
    {"allow.auto.create.topics", "false", "a misspelt topic is an error"},
    {"auto.offset.reset", "error",
     "where a committed offset is gone: error stops the partition, earliest and latest go on; "
     "where none was ever committed `start` decides"},
    {0},
};

/* One of them alone would mean something else than it says: a long wait for many bytes, many bytes of few. */
const char *const gathered_names[] = {
    "fetch.min.bytes", "fetch.wait.max.ms", "fetch.message.max.bytes", "max.partition.fetch.bytes", NULL,
};
const struct setting defaults_gathered[] = {
    {"fetch.min.bytes", "65536", "waits for so much, since posts that are fetched one by one cost three times the CPU"},
    {"fetch.wait.max.ms", "50", "but no longer than that"},
    {0},
};

/* With KIP-848 the broker decides these, and librdkafka refuses them. */
const struct setting defaults_classic[] = {
    {"session.timeout.ms", "10000", "the partitions of a lost worker move then"},
    {"partition.assignment.strategy", "cooperative-sticky", "a rebalance stops only the partitions that move"},
    {0},
};

const struct setting defaults_producer[] = {
    {"queue.buffering.max.kbytes", "8192", "bounds what is not acknowledged, and so a lane's memory"},
    {"queue.buffering.max.messages", "20000", "the same in records"},
    {"batch.size", "262144", "few and large requests; less where a topic takes less"},
    {"linger.ms", "10", "records wait so long for others to go with them; a commit ends the wait"},
    {"compression.codec", "lz4", "a half to three quarters less to send and to keep"},
    {"topic.metadata.propagation.max.ms", "5000", "a topic that is gone is noticed then"},
    {0},
};

const struct setting defaults_transactional[] = {
    {"transaction.timeout.ms", "10000",
     "what a killed worker had open holds readers up no longer, but for the brokers' own scan"},
    {0},
};

const struct setting defaults_idempotent[] = {
    {"message.timeout.ms", "60000",
     "a record that nobody acknowledges fails then, and is sent again from the last commit"},
    {0},
};

static const struct law laws[] = {
    {"group.id", NULL, "set group: instead"},
    {"group.instance.id", NULL, "set instance: instead"},
    {"transactional.id", NULL, "it is made of group:, instance: and the lane; set instance: to make it stable"},
    {"enable.auto.commit", "false", "offsets are committed with the records; leave it out"},
    {"enable.auto.offset.store", "false", "offsets are committed with the records; leave it out"},
    {"auto.commit.enable", "false", "offsets are committed with the records; leave it out"},
    {"isolation.level", "read_committed", "aborted records must not be read; leave it out"},
    {"enable.partition.eof", "false", "the worker does not need it; leave it out"},
    {"enable.idempotence", "true", "delivery: chooses exactly_once or at_least_once; leave it out"},
    {"acks", "all", "every replica in sync must have a record; leave it out"},
    {"request.required.acks", "all", "every replica in sync must have a record; leave it out"},
    {"partitioner", "murmur2_random", "keys must land where Java's clients put them; leave it out"},
    {"partition.assignment.strategy", "cooperative-sticky",
     "all workers of a group must agree on it; leave it out, or set group.protocol: consumer"},
    {"log.queue", "false", "the worker logs for it; leave it out"},
    {"consume.callback.max.messages", "0", "the worker does not use it; leave it out"},
};

const struct law *law_of(struct span name)
{
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        if (span_equal(name, span_of(laws[i].name)))
            return &laws[i];
    return NULL;
}

static void write_defaults(const struct setting *defaults, const char *of, struct buf *out)
{
    for (; defaults->name; defaults++)
        buf_format(out, "| `%s` | `%s` | %s | %s |\n", defaults->name, defaults->value, of, defaults->why);
}

void kafka_reference(struct buf *out)
{
    buf_put(out,
            SPAN("\n## Properties of librdkafka\n\nAny may be under `kafka`, `kafka.consumer` or `kafka.producer`. "
                 "The worker's own, where the config has none:\n\n"
                 "| property | value | of | why |\n|---|---|---|---|\n"));
    write_defaults(defaults_common, "both", out);
    write_defaults(defaults_watched, "both, with `http`", out);
    write_defaults(defaults_consumer, "consumers", out);
    write_defaults(defaults_gathered, "consumers, unless either or `fetch.message.max.bytes` is given", out);
    write_defaults(defaults_classic, "consumers, unless `group.protocol` is consumer", out);
    write_defaults(defaults_producer, "producers", out);
    write_defaults(defaults_transactional, "producers, exactly_once", out);
    write_defaults(defaults_idempotent, "producers, at_least_once", out);
    buf_put(out, SPAN("\nThese belong to the delivery guarantee, and another value stops the start:\n\n"
                      "| property | value | instead |\n|---|---|---|\n"));
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        buf_format(out, "| `%s` | %s | %s |\n", laws[i].name, laws[i].allowed ? laws[i].allowed : "–", laws[i].remedy);
}
