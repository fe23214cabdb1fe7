/* What a port tells those who watch it: what it lacks, where its partitions are, and what librdkafka
 * says of itself. */
#include "common/time.h"
#include "worker/kafka/kafka_port.h"

#include <stdio.h>

enum { TELL_MS = 500, PROBE_MS = 2000, UNCOMMITTED_MS = 30000, REWINDS_MANY = 3 };

static const char *const stop_words[] = {
    [STOP_GAP] = "its next message is gone",
    [STOP_LOST] = "the group's committed offset is gone: see on_lost_offsets",
    [STOP_LETTER] = "its dead letter is rejected in every form",
};

static const struct position *first_stopped(const struct positions *positions)
{
    for (size_t i = 0; i < positions->len; i++)
        if (positions->at[i].owned && positions->at[i].stopped > STOP_OVER)
            return &positions->at[i];
    return NULL;
}

/* Why nothing is committed though there is something to commit. Rewinds now and then are normal: a rebalance, a stall.
 */
static void say_uncommitted(const struct kafka_port *kp, char what[LANE_STATUS_WORDS])
{
    const struct commit_health *health = &kp->health;
    int64_t now_ms = time_steady_ms(), bound_ms = UNCOMMITTED_MS;

    if (bound_ms < 3 * kp->config->commit.interval_ms)
        bound_ms = 3 * kp->config->commit.interval_ms;
    if (health->rewinds >= REWINDS_MANY)
        snprintf(what, LANE_STATUS_WORDS, "rewinds repeat, %u in %lld s: %.120s", health->rewinds,
                 (long long)(now_ms - health->rewound_since_ms) / TIME_SECOND_MS, health->reason);
    else if (health->uncommitted_since_ms && now_ms - health->uncommitted_since_ms > bound_ms)
        snprintf(what, LANE_STATUS_WORDS, "nothing was committed for %lld s%s%.120s",
                 (long long)(now_ms - health->uncommitted_since_ms) / TIME_SECOND_MS, *health->reason ? ": " : "",
                 health->reason);
}

static void tell_lack(struct kafka_port *kp)
{
    const struct position *stopped = first_stopped(kp->positions);
    char what[LANE_STATUS_WORDS] = "";

    if (outage_say(&kp->outage, what, sizeof what))
        ; /* all else comes of that */
    else if (kp->lacking)
        snprintf(what, sizeof what, "topic %s is not there", kp->lacking);
    else if (!kp->ready)
        snprintf(what, sizeof what, "%.190s", *kp->unready ? kp->unready : "the producer is not initialized");
    else if (kp->input_missing)
        snprintf(what, sizeof what, "a topic of the inputs is not there");
    else if (kp->held_since_ms)
        snprintf(what, sizeof what,
                 "its place in the group is held by another member of this instance: one that was killed, until its "
                 "session ends, or a rival");
    else if (!kp->is_assigned)
        snprintf(what, sizeof what, "no partitions are assigned: %s",
                 kp->was_assigned ? "they were lost" : "the group has not assigned them yet");
    else if (stopped)
        snprintf(what, sizeof what, "partition %d of topic %.60s waits for a person: %s", stopped->partition,
                 stopped->topic, stop_words[stopped->stopped]);
    else
        say_uncommitted(kp, what);
    lane_status_lack(kp->status, what);
}

static void tell_partition(struct kafka_port *kp, const struct position *position)
{
    const struct input *inputs = kp->config->inputs.at;
    int64_t low, high = -1;
    bool known = rd_kafka_get_watermark_offsets(kp->consumer, position->topic, position->partition, &low, &high) == 0;

    lane_status_partition(kp->status, (struct lane_status_partition){
                                          .topic = inputs[position->input].topic,
                                          .partition = position->partition,
                                          .is_stopped = position->stopped,
                                          .committed = position->base,
                                          /* Before the first answer only the offset is known that we start from. */
                                          .end = known && high > position->next ? high : position->next,
                                      });
}

static void ask_brokers(struct kafka_port *kp, int64_t now_ms)
{
    rd_kafka_topic_partition_list_t *none;

    if (!outage_is_on(&kp->outage) || now_ms < kp->probe_at_ms || !lookup_is_free(kp->lookup))
        return;
    none = rd_kafka_topic_partition_list_new(0);
    lookup_ask(kp->lookup, none, false, kp->assignment);
    rd_kafka_topic_partition_list_destroy(none);
    kp->probe_at_ms = now_ms + PROBE_MS;
}

void observe_port(struct kafka_port *kp)
{
    int64_t now_ms = time_steady_ms();

    ask_brokers(kp, now_ms);
    if (!kp->status)
        return;
    tell_lack(kp);
    if (now_ms - kp->told_ms < TELL_MS)
        return;
    kp->told_ms = now_ms;
    if (kp->producer)
        rd_kafka_poll(kp->producer, 0); /* its statistics come even where nothing is sent */
    lane_status_no_partitions(kp->status);
    for (size_t i = 0; i < kp->positions->len; i++)
        if (kp->positions->at[i].owned)
            tell_partition(kp, &kp->positions->at[i]);
}

int statistics_callback(rd_kafka_t *handle, char *json, size_t len, void *opaque)
{
    const struct kafka_port *kp = opaque;

    if (!kp->closing) /* who is told may be freed while a close that hangs goes on alone */
        lane_status_statistics(kp->status, rd_kafka_type(handle) == RD_KAFKA_PRODUCER, json, len);
    return 0;
}
