#include "worker/kafka/rejected_records.h"
#include "tests/unit/test.h"

TEST(a_message_that_failed_without_others_is_the_one_that_was_rejected)
{
    struct refused refused = {0};

    refused_fail(&refused, 2, 40, false, "too large");
    const struct refusal *found = refused_judge(&refused);
    CHECK(found && found->slot == 2 && found->offset == 40);
    CHECK_SPAN(span_of(found->why), SPAN("too large"));
    CHECK(!refused_find(&refused, 1, 40) && !refused_find(&refused, 2, 41));
    CHECK(!refused_judge(&refused));
    refused_free(&refused);
}

TEST(several_records_of_one_message_may_have_failed_for_their_common_batch)
{
    struct refused refused = {0};

    for (int i = 0; i < 3; i++)
        refused_fail(&refused, 2, 40, false, "too large");
    CHECK(!refused_judge(&refused) && refused_find(&refused, 2, 40)->alone);
    refused_fail(&refused, 2, 40, false, "too large");
    refused_fail(&refused, 2, 40, false, "no key");
    CHECK(refused_judge(&refused));
    CHECK_SPAN(span_of(refused_find(&refused, 2, 40)->why), SPAN("too large"));
    refused_free(&refused);
}

TEST(of_several_that_failed_together_each_goes_alone_and_none_is_rejected)
{
    struct refused refused = {0};

    for (int64_t offset = 20; offset > 0; offset--)
        refused_fail(&refused, 1, offset, false, "too large");
    refused_fail(&refused, 0, 7, false, "too large");
    CHECK(!refused_judge(&refused));
    for (int64_t offset = 1; offset <= 20; offset++)
        CHECK(refused_find(&refused, 1, offset)->alone && !refused_find(&refused, 1, offset)->why);
    refused_fail(&refused, 1, 13, false, "too large");
    CHECK(refused_judge(&refused) == refused_find(&refused, 1, 13));
    CHECK(refused_find(&refused, 1, 13)->why && !refused_find(&refused, 1, 12)->why);
    refused_free(&refused);
}

TEST(a_rejected_dead_letter_is_counted_and_gives_its_message_no_new_fault)
{
    struct refused refused = {0};

    for (int times = 1; times < 3; times++) {
        refused_fail(&refused, 0, 7, true, "too large");
        CHECK(refused_judge(&refused)->letters == times);
    }
    CHECK(!refused_find(&refused, 0, 7)->why);
    refused_free(&refused);
}

TEST(what_is_committed_is_forgotten)
{
    struct refused refused = {0};

    for (int64_t offset = 0; offset < 100; offset++)
        refused_fail(&refused, 0, offset, false, "too large");
    refused_fail(&refused, 1, 5, false, "no key");
    refused_before(&refused, 0, 99);
    CHECK(refused.len == 2);
    CHECK(refused_find(&refused, 0, 99) && refused_find(&refused, 1, 5));
    refused_free(&refused);
}

TEST(a_raised_limit_gives_a_rejected_message_another_try_but_not_one_whose_letter_failed)
{
    struct refused refused = {0};

    refused_fail(&refused, 0, 1, false, "too large");
    refused_judge(&refused);
    refused_fail(&refused, 0, 2, false, "too large");
    refused_judge(&refused);
    refused_fail(&refused, 0, 2, true, "too large");
    refused_judge(&refused);
    CHECK(refused_retry(&refused) == 1);
    CHECK(!refused_find(&refused, 0, 1)->why && refused_find(&refused, 0, 1)->alone);
    CHECK(refused_find(&refused, 0, 2)->why);
    refused_free(&refused);
}
