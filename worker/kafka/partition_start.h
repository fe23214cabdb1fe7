/* partition_start: where a partition begins that may have no committed offset, and why.
 *
 * Kafka does not tell a partition that was never read from one whose offset expired, was deleted, or went with its
 * topic. So every offset carries, as its metadata, what the group knew of the topic when it was committed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the group knows of a topic. Both numbers only grow. */
struct group_memory {
    int32_t partitions; /* that the topic had when the group began to read it; 0: not known */
    int32_t started;    /* each partition below this number has had a committed offset */
};

enum { MEMORY_BYTES = 64 };

/* As metadata of an offset; text has MEMORY_BYTES. */
void memory_write(const struct group_memory *memory, char *text);

/* Takes over what is larger in this metadata. False: it is not ours, such as that of an older worker or of a tool. */
bool memory_merge(struct group_memory *memory, const char *metadata, size_t size);

enum start_reason {
    START_COMMITTED, /* at its committed offset */
    START_EARLIEST,  /* the group never read it: as `start` says */
    START_LATEST,
    START_NEW,  /* it came to the topic after the group: at its beginning */
    START_LOST, /* its committed offset is gone: as `on_lost_offsets` says */
    START_GAP,  /* its committed offset is there, and the message is not */
    START_REASONS,
};
extern const char *const start_reasons[START_REASONS];

struct start_view {
    bool topic_has_offsets;    /* of any of its partitions */
    bool group_has_offsets;    /* of any of its topics */
    bool outputs_were_written; /* any of them; needed where the group has no offsets */
    struct group_memory memory;
};

/* Why a partition without a committed offset begins where it does; `never` is START_EARLIEST or START_LATEST. */
enum start_reason start_judge(const struct start_view *view, int32_t partition, enum start_reason never);
