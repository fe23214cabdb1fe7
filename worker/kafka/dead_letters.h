/* dead_letters: the original record byte for byte with what was wrong in headers. */
#pragma once

#include "common/arena.h"
#include "worker/kafka/replay_options.h"
#include "worker/port.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

struct letter {
    struct span key, value;      /* borrowed from the message, or its first bytes */
    rd_kafka_headers_t *headers; /* owned; never NULL */
};

/* One that would be larger than max_bytes keeps what fits, the value's first bytes before headers and
 * key, and says so in the header trendmill.cut. */
struct letter letter_write(const struct dead *dead, const char *topic, struct span rules, int64_t max_bytes,
                           struct arena *mem);

/* The same with nothing of the original: for a record that a topic refuses for an unknown reason. */
struct letter letter_bare(const struct dead *dead, const char *topic, struct span rules, struct arena *mem);

/* Makes the message of a letter the one that it was: its input, place and timestamp; key, value and origin
 * stay. False: it is left, and counted so. */
bool letter_read(const rd_kafka_message_t *letter, struct letters *letters, struct message *message);

/* Takes out of headers what letter_write put there. */
void letter_strip(rd_kafka_headers_t *headers);

/* Bytes that headers take in a record at most; NULL: none. */
size_t headers_bytes(const rd_kafka_headers_t *headers);
