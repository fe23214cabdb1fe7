#include "worker/kafka/partition_start.h"
#include "common/arena.h"
#include "common/json.h"

#include <stdio.h>

enum { METADATA_DEPTH = 4 };

const char *const start_reasons[START_REASONS] = {"committed", "earliest", "latest", "new-partition", "lost", "gap"};

void memory_write(const struct group_memory *memory, char *text)
{
    snprintf(text, MEMORY_BYTES, "{\"partitions\":%d,\"started\":%d}", memory->partitions, memory->started);
}

static bool take_count(const struct value *object, struct span name, int32_t *out)
{
    const struct value *value = json_get(object, name);

    if (!value || value->type != VALUE_INT || value->integer < 0 || value->integer > INT32_MAX)
        return false;
    *out = (int32_t)value->integer;
    return true;
}

static bool read_memory(struct span metadata, struct arena *mem, struct group_memory *memory)
{
    struct value root;
    struct span why;

    return metadata.len && json_read(metadata, METADATA_DEPTH, mem, &root, &why) == JSON_OK && root.type == VALUE_OBJECT
           && take_count(&root, SPAN("partitions"), &memory->partitions)
           && take_count(&root, SPAN("started"), &memory->started);
}

bool memory_merge(struct group_memory *memory, const char *metadata, size_t size)
{
    struct arena *mem = arena_new();
    struct group_memory more;
    bool ours = read_memory((struct span){metadata, size}, mem, &more);

    arena_free(mem);
    if (!ours)
        return false;
    if (more.partitions > memory->partitions)
        memory->partitions = more.partitions;
    if (more.started > memory->started)
        memory->started = more.started;
    return true;
}

enum start_reason start_judge(const struct start_view *view, int32_t partition, enum start_reason never)
{
    if (partition < view->memory.started)
        return START_LOST;
    if (!view->group_has_offsets)
        return view->outputs_were_written ? START_LOST : never;
    if (!view->topic_has_offsets || partition < view->memory.partitions)
        return never;
    return START_NEW;
}
