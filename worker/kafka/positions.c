#include "worker/kafka/positions.h"

#include <stdlib.h>

struct positions *positions_new(void)
{
    struct arena *mem = arena_new();
    struct positions *positions = arena_zero(mem, sizeof *positions);

    positions->mem = mem;
    return positions;
}

void positions_free(struct positions *positions)
{
    if (!positions)
        return;
    for (size_t i = 0; i < positions->len; i++)
        free(positions->at[i].metadata);
    arena_free(positions->mem);
}

static bool is_it(const struct position *position, const char *topic, int32_t partition)
{
    return position->partition == partition && strcmp(position->topic, topic) == 0;
}

struct position *positions_find(struct positions *positions, const char *topic, int32_t partition)
{
    if (positions->last < positions->len && is_it(&positions->at[positions->last], topic, partition))
        return &positions->at[positions->last];
    for (size_t i = 0; i < positions->len; i++)
        if (is_it(&positions->at[i], topic, partition)) {
            positions->last = i;
            return &positions->at[i];
        }
    return NULL;
}

static struct position *add_position(struct positions *positions)
{
    positions->at = arena_room(positions->mem, positions->at, positions->len, &positions->cap, sizeof *positions->at);
    return &positions->at[positions->len++];
}

struct position *positions_own(struct positions *positions, const char *topic, int32_t partition, int input)
{
    struct position *position = positions_find(positions, topic, partition);

    if (!position) {
        position = add_position(positions);
        *position = (struct position){.topic = span_string(span_of(topic), positions->mem), .partition = partition};
    }
    position_disown(position);
    position->input = input;
    position->owned = true;
    return position;
}

void position_disown(struct position *position)
{
    free(position->metadata);
    *position = (struct position){
        .topic = position->topic,
        .partition = position->partition,
        .input = position->input,
        .next = OFFSET_UNKNOWN,
        .before = OFFSET_UNKNOWN,
        .base = OFFSET_UNKNOWN,
        .end = OFFSET_NO_END,
    };
}

void position_start(struct position *position, int64_t offset)
{
    position->next = position->base = offset;
}

void positions_begin(struct positions *positions)
{
    for (size_t i = 0; i < positions->len; i++)
        positions->at[i].before = OFFSET_UNKNOWN;
}

static void move(struct position *position, int64_t next)
{
    if (position->before == OFFSET_UNKNOWN)
        position->before = position->next;
    position->next = next;
}

bool positions_take(struct positions *positions, struct position *position, int64_t offset, bool rebalanced)
{
    struct guarded *guarded = &positions->guarded;

    if (!position || !position->owned || !position->held) {
        guarded->not_owned++;
        return false;
    }
    if (offset < position->next) {
        guarded->behind++;
        return false;
    }
    if (rebalanced && offset != position->next) {
        guarded->after_rebalance++;
        return false;
    }
    if (offset >= position->end) {
        position_reach(position, offset);
        return false;
    }
    move(position, offset + 1);
    return true;
}

void position_reach(struct position *position, int64_t offset)
{
    if (offset >= position->end && position->next < position->end)
        move(position, position->end);
}

bool position_is_over(const struct position *position)
{
    return position->base >= position->end;
}

void positions_take_back(struct positions *positions)
{
    for (size_t i = 0; i < positions->len; i++) {
        struct position *position = &positions->at[i];

        if (position->before != OFFSET_UNKNOWN)
            position->next = position->before;
        position->before = OFFSET_UNKNOWN;
    }
}

bool position_is_dirty(const struct position *position)
{
    return position->owned && position->next != OFFSET_UNKNOWN
           && (position->next != position->base || position->unsaved);
}

bool positions_are_dirty(const struct positions *positions)
{
    for (size_t i = 0; i < positions->len; i++)
        if (position_is_dirty(&positions->at[i]))
            return true;
    return false;
}

void positions_committed(struct positions *positions)
{
    for (size_t i = 0; i < positions->len; i++) {
        struct position *position = &positions->at[i];

        if (!position_is_dirty(position))
            continue;
        position->base = position->next;
        position->unsaved = false;
    }
}

bool positions_have_unsaved(const struct positions *positions)
{
    for (size_t i = 0; i < positions->len; i++)
        if (positions->at[i].owned && positions->at[i].held && positions->at[i].unsaved)
            return true;
    return false;
}

void positions_rewind(struct positions *positions)
{
    for (size_t i = 0; i < positions->len; i++)
        positions->at[i].next = positions->at[i].base;
}

void *positions_mark(const struct positions *positions, const struct position *position, int64_t offset)
{
    uintptr_t slot = (uintptr_t)(position - positions->at);

    return (void *)(slot << OFFSET_BITS | (uintptr_t)offset);
}

struct position *positions_marked(struct positions *positions, const void *mark, int64_t *offset)
{
    size_t slot = (uintptr_t)mark >> OFFSET_BITS;

    *offset = (int64_t)((uintptr_t)mark & (((uintptr_t)1 << OFFSET_BITS) - 1));
    return slot < positions->len ? &positions->at[slot] : NULL;
}
