/* refused: messages of which something was refused for good, until their offsets are committed. */
#pragma once

#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct refusal {
    size_t slot;            /* of the partition, in the positions */
    int64_t offset;
    char *why;              /* of its records; NULL: only its dead letter was refused */
    int letters;            /* how often its dead letter was refused */
};

struct refused {
    struct refusal *at;
    size_t len, cap;
};

void refused_free(struct refused *refused);
struct refusal *refused_find(const struct refused *refused, size_t slot, int64_t offset);

/* Notes that a record of the message was refused; the first reason is kept. */
void refused_record(struct refused *refused, size_t slot, int64_t offset, const char *why);

/* Notes that its dead letter was refused; returns how often it was. */
int refused_letter(struct refused *refused, size_t slot, int64_t offset);

/* Forgets those of the slot before the offset. */
void refused_before(struct refused *refused, size_t slot, int64_t offset);
