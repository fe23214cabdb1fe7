#include "worker/kafka/positions.h"
#include "tests/unit/test.h"

#include <stdlib.h>

/* A partition of ours that starts at `offset`. */
static struct position *ours(struct positions *positions, int32_t partition, int64_t offset)
{
    struct position *position = positions_own(positions, "posts.raw", partition, 0);

    position_start(position, offset);
    position->held = true;
    return position;
}

TEST(messages_are_taken_in_their_order_and_move_next)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    CHECK(positions_take(positions, position, 100, false));
    CHECK(positions_take(positions, position, 101, false));
    CHECK(position->next == 102);
    CHECK(position->base == 100);
    positions_free(positions);
}

TEST(a_message_of_a_partition_that_is_not_ours_is_dropped)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    CHECK(!positions_take(positions, NULL, 100, false));
    position_disown(position);
    CHECK(!positions_take(positions, position, 100, false));
    CHECK(positions->guarded.not_owned == 2);
    positions_free(positions);
}

TEST(a_message_that_was_taken_before_is_dropped)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    CHECK(!positions_take(positions, position, 99, false));
    CHECK(positions->guarded.behind == 1);
    CHECK(position->next == 100);
    positions_free(positions);
}

TEST(a_gap_is_legal_but_for_the_call_in_which_a_rebalance_ran)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    CHECK(!positions_take(positions, position, 105, true));
    CHECK(positions->guarded.after_rebalance == 1);
    CHECK(positions_take(positions, position, 105, false));
    CHECK(positions_take(positions, position, 106, true));
    CHECK(position->next == 107);
    positions_free(positions);
}

TEST(a_commit_moves_base_and_a_rewind_goes_back_to_it)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    CHECK(!positions_are_dirty(positions));
    positions_take(positions, position, 100, false);
    CHECK(positions_are_dirty(positions));
    positions_committed(positions);
    CHECK(position->base == 101 && !positions_are_dirty(positions));
    positions_take(positions, position, 101, false);
    positions_rewind(positions);
    CHECK(position->next == 101 && !positions_are_dirty(positions));
    positions_free(positions);
}

TEST(a_start_that_was_never_committed_is_to_be_committed_once)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    position->unsaved = true;
    CHECK(position_is_dirty(position));
    positions_committed(positions);
    CHECK(!position_is_dirty(position));
    positions_free(positions);
}

TEST(a_batch_that_is_taken_back_is_taken_again)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    positions_begin(positions);
    positions_take(positions, position, 100, false);
    positions_take(positions, position, 104, false);
    positions_take_back(positions);
    CHECK(position->next == 100);
    CHECK(positions_take(positions, position, 100, false));
    CHECK(positions_take(positions, position, 104, false));
    positions_begin(positions);
    positions_take_back(positions);
    CHECK(position->next == 105);
    positions_free(positions);
}

/* Of a batch with one post that a topic refuses: what the guards kept out stays out, and is not gone past. */
TEST(messages_that_are_given_out_again_get_the_same_answers)
{
    struct positions *positions = positions_new();
    struct position *first = ours(positions, 0, 10), *second;

    ours(positions, 1, 10);
    first = positions_find(positions, "posts.raw", 0);
    second = positions_find(positions, "posts.raw", 1);
    positions_begin(positions);
    for (int pass = 0; pass < 2; pass++) {
        CHECK(!positions_take(positions, first, 5, true));
        CHECK(positions_take(positions, first, 10, true));
        CHECK(!positions_take(positions, second, 15, true));
        CHECK(first->next == 11 && second->next == 10);
        positions_take_back(positions);
        CHECK(first->next == 10 && second->next == 10);
    }
    positions_free(positions);
}

TEST(an_end_that_was_reached_is_taken_back_too)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    position->end = 102;
    positions_begin(positions);
    positions_take(positions, position, 100, false);
    position_reach(position, 102);
    CHECK(position->next == 102);
    positions_take_back(positions);
    CHECK(position->next == 100);
    positions_free(positions);
}

TEST(a_partition_that_comes_back_starts_anew_in_its_old_slot)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    position->metadata = strdup("end=7");
    position->stopped = true;
    position_disown(position);
    CHECK(positions_own(positions, "posts.raw", 3, 1) == position);
    CHECK(position->next == OFFSET_UNKNOWN && !position->metadata && !position->stopped && !position->held);
    CHECK(positions->len == 1 && position->input == 1);
    positions_free(positions);
}

TEST(many_partitions_of_several_topics_are_told_apart)
{
    struct positions *positions = positions_new();

    for (int32_t i = 0; i < 200; i++)
        position_start(positions_own(positions, i % 2 ? "posts.raw" : "posts.old", i / 2, i % 2), i);
    for (int32_t i = 0; i < 200; i++) {
        struct position *position = positions_find(positions, i % 2 ? "posts.raw" : "posts.old", i / 2);

        CHECK(position && position->next == i && position->input == i % 2);
    }
    CHECK(!positions_find(positions, "posts.new", 0));
    CHECK(!positions_find(positions, "posts.raw", 100));
    positions_free(positions);
}

TEST(a_mark_holds_partition_and_offset)
{
    struct positions *positions = positions_new();
    int64_t offset = 0;

    ours(positions, 0, 0);
    ours(positions, 7, 0);
    void *mark = positions_mark(positions, &positions->at[1], 281474976710655);
    CHECK(positions_marked(positions, mark, &offset) == &positions->at[1]);
    CHECK(offset == 281474976710655);
    positions_free(positions);
}

TEST(nothing_is_taken_from_the_end_on_and_what_lies_behind_it_says_that_it_is_reached)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    position->end = 110;
    CHECK(positions_take(positions, position, 105, false) && !position_is_over(position));
    CHECK(!positions_take(positions, position, 117, false));
    CHECK(position->next == 110 && position_is_dirty(position));
    CHECK(!position_is_over(position)); /* it may still be rewound */
    positions_rewind(positions);
    CHECK(position->next == 100);
    CHECK(positions_take(positions, position, 109, false));
    positions_committed(positions);
    CHECK(position_is_over(position));
    positions_free(positions);
}

TEST(an_end_is_not_reached_over_messages_that_a_rebalance_swallowed)
{
    struct positions *positions = positions_new();
    struct position *position = ours(positions, 3, 100);

    position->end = 110;
    CHECK(!positions_take(positions, position, 117, true));
    CHECK(position->next == 100);
    position_reach(position, 109);
    CHECK(position->next == 100);
    position_reach(position, 110);
    CHECK(position->next == 110);
    positions_free(positions);
}
