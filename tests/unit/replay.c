#include "worker/kafka/replay.h"
#include "tests/unit/test.h"

static bool has_end(const char *metadata, int64_t *end)
{
    return replay_end(metadata, strlen(metadata), end);
}

TEST(the_end_travels_in_the_metadata_of_an_offset)
{
    int64_t end = 0;

    CHECK(has_end("{\"replay\":\"--from earliest --to latest\",\"start\":5,\"end\":1234,\"partitions\":6}", &end));
    CHECK(end == 1234);
}

TEST(metadata_of_others_have_no_end)
{
    int64_t end = 7;

    CHECK(!has_end("", &end) && !has_end("end=5", &end) && !has_end("{\"end\":5}", &end) && !has_end("[]", &end));
    CHECK(end == 7);
}
