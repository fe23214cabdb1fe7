#include "worker/kafka/fetch_wakeup.h"
#include "common/time.h"
#include "worker/kafka/kafka_port.h"

enum {
    FIXED_FETCH = 0x02020000, /* from this version on fetch.queue.backoff.ms does it */
    FAR_BEHIND = 50,          /* messages: so few, if they are large, fill the queue */
    ANSWER_MS = 50,
    PAUSE_MS = 1000,
};

static bool is_far_behind(const struct kafka_port *kp, const struct position *position)
{
    int64_t low, high;

    return position->held && time_steady_ms() >= position->wake_at_ms
           && !rd_kafka_get_watermark_offsets(kp->consumer, position->topic, position->partition, &low, &high)
           && high - position->next > FAR_BEHIND;
}

/* In turn, since each may have another leader. */
static struct position *next_far_behind(struct kafka_port *kp)
{
    const struct positions *positions = kp->positions;

    for (size_t i = 0; i < positions->len; i++) {
        struct position *position = &positions->at[++kp->woken % positions->len];

        if (is_far_behind(kp, position))
            return position;
    }
    return NULL;
}

/* By offsets_for_times, which keeps to its time-out: 2.0.2 waits in query_watermark_offsets until a broker that does
 * not answer is back. */
bool wake_leader(rd_kafka_t *consumer, const char *topic, int32_t partition)
{
    rd_kafka_topic_partition_list_t *list;

    if (rd_kafka_version() >= FIXED_FETCH)
        return true;
    list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = EDGE_END;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(consumer, list, ANSWER_MS);
    rd_kafka_topic_partition_list_destroy(list);
    return code != RD_KAFKA_RESP_ERR__TIMED_OUT;
}

void wake_fetcher(struct kafka_port *kp)
{
    struct position *position = rd_kafka_version() < FIXED_FETCH ? next_far_behind(kp) : NULL;

    if (!position)
        return;
    if (wake_leader(kp->consumer, position->topic, position->partition))
        position->wake_pause_ms = 0;
    else
        position->wake_pause_ms = position->wake_pause_ms ? position->wake_pause_ms * 2 : ANSWER_MS;
    if (position->wake_pause_ms > PAUSE_MS)
        position->wake_pause_ms = PAUSE_MS;
    position->wake_at_ms = time_steady_ms() + position->wake_pause_ms;
}
