#include "worker/kafka/partition_start.h"
#include "tests/unit/test.h"

#include <string.h>

/* A group that began with 6 partitions and has read the first 4 of them. */
static const struct start_view running = {
    .topic_has_offsets = true,
    .group_has_offsets = true,
    .outputs_were_written = true,
    .memory = {6, 4},
};

TEST(what_the_group_knows_passes_through_an_offsets_metadata)
{
    struct group_memory memory = {12, 8}, found = {0};
    char text[MEMORY_BYTES];

    memory_write(&memory, text);
    CHECK(memory_merge(&found, text, strlen(text)));
    CHECK(found.partitions == 12 && found.started == 8);
}

TEST(knowledge_only_grows_and_other_metadata_are_no_knowledge)
{
    struct group_memory memory = {6, 6};
    const char *less = "{\"partitions\":4,\"started\":2}",
               *replay = "{\"replay\":\"x\",\"start\":1,\"end\":2,\"partitions\":9}";

    CHECK(memory_merge(&memory, less, strlen(less)));
    CHECK(!memory_merge(&memory, replay, strlen(replay)));
    CHECK(!memory_merge(&memory, "offsets reset by hand", 21) && !memory_merge(&memory, NULL, 0));
    CHECK(!memory_merge(&memory, "{\"partitions\":-1,\"started\":99999999999}", 38));
    CHECK(memory.partitions == 6 && memory.started == 6);
}

TEST(a_partition_that_had_an_offset_and_has_none_lost_it)
{
    CHECK(start_judge(&running, 0, START_LATEST) == START_LOST);
    CHECK(start_judge(&running, 3, START_EARLIEST) == START_LOST);
}

TEST(one_that_was_there_at_the_groups_start_and_is_not_read_yet_begins_as_configured)
{
    CHECK(start_judge(&running, 4, START_LATEST) == START_LATEST);
    CHECK(start_judge(&running, 5, START_EARLIEST) == START_EARLIEST);
}

TEST(one_that_came_later_begins_at_its_beginning)
{
    struct start_view older = running;

    CHECK(start_judge(&running, 6, START_LATEST) == START_NEW);
    older.memory = (struct group_memory){0}; /* offsets of an older worker, without metadata */
    CHECK(start_judge(&older, 2, START_LATEST) == START_NEW);
}

TEST(a_group_without_offsets_is_new_only_where_nothing_was_ever_written)
{
    struct start_view empty = {0};

    CHECK(start_judge(&empty, 0, START_LATEST) == START_LATEST);
    empty.outputs_were_written = true;
    CHECK(start_judge(&empty, 0, START_LATEST) == START_LOST);
}

TEST(an_input_that_was_added_begins_as_configured)
{
    struct start_view added = {.group_has_offsets = true, .outputs_were_written = true};

    CHECK(start_judge(&added, 3, START_LATEST) == START_LATEST);
}
