#include "worker/kafka/record_time.h"
#include "common/time.h"

int64_t record_time(const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;
    int64_t ms = rd_kafka_message_timestamp(message, &type);

    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || ms < 0 ? TIME_UNKNOWN : ms;
}
