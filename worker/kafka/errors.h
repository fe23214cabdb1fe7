/* codes: what librdkafka's error codes mean for a lane. */
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* The broker, or librdkafka itself, will never take this record. */
bool code_is_refusal(rd_kafka_resp_err_t code);

/* One of these that a smaller batch may avoid. */
bool code_is_size(rd_kafka_resp_err_t code);

/* Trying again is of no use until somebody fixes the cluster's permissions or settings. */
bool code_is_forbidden(rd_kafka_resp_err_t code);

/* A member of KIP-848 whose instance id another one still has. */
bool code_is_place_held(rd_kafka_resp_err_t code);

/* Another producer took our transactional id, or the coordinator gave us up. */
bool code_is_fenced(rd_kafka_resp_err_t code);

/* An output topic is not there. */
bool code_is_no_topic(rd_kafka_resp_err_t code);
