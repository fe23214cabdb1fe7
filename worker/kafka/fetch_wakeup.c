#include "worker/kafka/fetch_wakeup.h"
#include "worker/kafka/kafka_port.h"

enum {
    FIXED_FETCH = 0x02020000, /* from this version on fetch.queue.backoff.ms does it */
    FAR_BEHIND = 50,          /* messages: so few, if they are large, fill the queue */
    ANSWER_MS = 20,
};

static bool is_far_behind(const struct kafka_port *kp, const struct position *position)
{
    int64_t low, high;

    return position->held
           && !rd_kafka_get_watermark_offsets(kp->consumer, position->topic, position->partition, &low, &high)
           && high - position->next > FAR_BEHIND;
}

/* In turn, since each may have another leader. */
static const struct position *next_far_behind(struct kafka_port *kp)
{
    const struct positions *positions = kp->positions;

    for (size_t i = 0; i < positions->len; i++) {
        const struct position *position = &positions->at[++kp->woken % positions->len];

        if (is_far_behind(kp, position))
            return position;
    }
    return NULL;
}

void wake_leader(rd_kafka_t *consumer, const char *topic, int32_t partition)
{
    int64_t low, high;

    if (rd_kafka_version() < FIXED_FETCH)
        rd_kafka_query_watermark_offsets(consumer, topic, partition, &low, &high, ANSWER_MS);
}

void wake_fetcher(struct kafka_port *kp)
{
    const struct position *position = rd_kafka_version() < FIXED_FETCH ? next_far_behind(kp) : NULL;

    if (position)
        wake_leader(kp->consumer, position->topic, position->partition);
}
