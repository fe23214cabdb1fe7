#include "tests/unit/support.h"
#include "tests/unit/test.h"

static struct span segment_of(const char *author)
{
    const char *json = span_format(scratch(), "{\"id\":\"1\",\"text\":\"\",\"author\":%s}", author).at;

    return found_in(rules_from("version: 1\n"), post_from(json))->segment;
}

TEST(a_segment_is_age_band_and_gender_as_given)
{
    CHECK_SPAN(segment_of("{\"age_band\":\"40s\",\"gender\":\"male\"}"), SPAN("40s/male"));
    CHECK_SPAN(segment_of("{\"age_band\":\"４０代\",\"gender\":\"♂\"}"), SPAN("４０代/♂"));
}

TEST(an_unknown_half_is_a_question_mark)
{
    CHECK_SPAN(segment_of("{\"age_band\":\"40s\"}"), SPAN("40s/?"));
    CHECK_SPAN(segment_of("{\"gender\":\"female\",\"age_band\":\"\"}"), SPAN("?/female"));
}

TEST(without_both_halves_there_is_no_segment)
{
    CHECK_SPAN(segment_of("{\"id\":\"7\"}"), SPAN(""));
    CHECK_SPAN(segment_of("null"), SPAN(""));
}

TEST(a_nul_within_a_half_is_kept)
{
    CHECK_SPAN(segment_of("{\"age_band\":\"40\\u0000s\",\"gender\":\"male\"}"), SPAN("40\0s/male"));
}

TEST(a_segments_label_is_for_people_and_else_its_name)
{
    const struct ruleset *rules = rules_from("segments: {labels: {40s/male: 40代/男性}}\n");
    const void *segments = rules->settings[ENRICHER_segments];

    CHECK_SPAN(segment_label(segments, SPAN("40s/male")), SPAN("40代/男性"));
    CHECK_SPAN(segment_label(segments, SPAN("50s/male")), SPAN("50s/male"));
}

TEST(labels_are_texts)
{
    CHECK_HAS(rules_problems("segments: {labels: {40s/male: [a]}}\n"), "rules.yaml:1:31: expected text, got a list");
}
