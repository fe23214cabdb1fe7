/* Gaps: the next message of a partition is not in the log. */
#include "common/log.h"
#include "worker/kafka/client_config.h"
#include "worker/kafka/group_offsets.h"
#include "worker/kafka/kafka_port.h"

static void log_gap(const struct kafka_port *kp, const struct position *position, int64_t low, int64_t high,
                    const char *then)
{
    int64_t missing = low > position->next ? low - position->next : 0;

    log_event(LOG_ERROR, "gap", "lane=%d topic=%s partition=%d next=%lld first=%lld end=%lld missing=%lld then=%s",
              kp->lane, position->topic, position->partition, (long long)position->next, (long long)low,
              (long long)high, (long long)missing, then);
}

/* No log grows shorter. */
static bool is_made_anew(struct kafka_port *kp, const struct position *position, int64_t high)
{
    if (position->end <= high)
        return false;
    port_break(kp, ERR_CLUSTER,
               "partition %d of topic %s ends at %lld and the replay at %lld: the topic was made anew; "
               "start a new replay with another --name",
               position->partition, position->topic, (long long)high, (long long)position->end);
    return true;
}

/* A replay goes on: what the log lost meanwhile cannot be replayed, and the gap is named. */
static void go_on_in_replay(struct kafka_port *kp, struct position *position, int64_t low, int64_t high)
{
    log_gap(kp, position, low, high, "first");
    position->next = low < position->end ? low : position->end;
}

static void go_on(struct kafka_port *kp, struct position *position, int64_t low, int64_t high)
{
    enum client_gap gap = client_gap(kp->config);

    if (kp->replay) {
        go_on_in_replay(kp, position, low, high);
        return;
    }
    meter_add(kp->meter, METRIC_GAPS, 0, 1);
    log_gap(kp, position, low, high, gap == GAP_STOP ? "stop" : gap == GAP_EARLIEST ? "first" : "end");
    position->reason = START_GAP;
    position->told = false;
    if (gap == GAP_STOP)
        position->stopped = STOP_GAP;
    else
        position->next = gap == GAP_EARLIEST ? low : high;
}

/* librdkafka, which gave the partition up, is told to let it go; the edges of its log are looked up beside the lane. */
static void look_behind(struct kafka_port *kp, struct position *position)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, position->topic, position->partition);
    let_partitions_go(kp, list);
    rd_kafka_topic_partition_list_destroy(list);
    position->held = false;
    position->gap = true;
    kp->settle_at_ms = 0;
}

void meet_end(struct kafka_port *kp, struct position *position, int64_t offset)
{
    if (offset >= position->end)
        position_reach(position, offset);
    else if (kp->replay && position->held)
        look_behind(kp, position);
}

void meet_gap(struct kafka_port *kp, const char *topic, int32_t partition)
{
    struct position *position = positions_find(kp->positions, topic, partition);

    if (position && position->held)
        look_behind(kp, position);
}

bool judge_gap(struct kafka_port *kp, struct position *position, int64_t first, int64_t end)
{
    position->gap = false;
    /* A log that is shorter than what was read of it went with its topic, if the committed offset did so too. Its start
     * is looked for anew, as `on_lost_offsets` says. */
    if (position->next > end && !kp->replay && offset_is_lost(kp, position)) {
        position->told = false;
        kp->settle_at_ms = 0;
        return false;
    }
    if (kp->replay && is_made_anew(kp, position, end))
        return false;
    if (position->next < first || position->next > end)
        go_on(kp, position, first, end);
    return !position->stopped;
}
