#include "worker/kafka/rejected_records.h"
#include "tests/unit/test.h"

TEST(the_first_reason_of_a_refused_record_is_kept)
{
    struct refused refused = {0};

    refused_record(&refused, 2, 40, "too large");
    refused_record(&refused, 2, 40, "no key");
    CHECK_SPAN(span_of(refused_find(&refused, 2, 40)->why), SPAN("too large"));
    CHECK(!refused_find(&refused, 1, 40) && !refused_find(&refused, 2, 41));
    refused_free(&refused);
}

TEST(a_refused_dead_letter_is_counted_and_gives_its_message_no_new_fault)
{
    struct refused refused = {0};

    CHECK(refused_letter(&refused, 0, 7) == 1);
    CHECK(refused_letter(&refused, 0, 7) == 2);
    CHECK(!refused_find(&refused, 0, 7)->why);
    refused_free(&refused);
}

TEST(what_is_committed_is_forgotten)
{
    struct refused refused = {0};

    for (int64_t offset = 0; offset < 100; offset++)
        refused_record(&refused, 0, offset, "too large");
    refused_record(&refused, 1, 5, "no key");
    refused_before(&refused, 0, 99);
    CHECK(refused.len == 2);
    CHECK(refused_find(&refused, 0, 99) && refused_find(&refused, 1, 5));
    refused_free(&refused);
}
