#include "common/report.h"
#include "common/yaml.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

TEST(problems_are_printed_in_the_order_of_files_lines_and_columns)
{
    struct report *report = report_new();

    report_at(report, "worker.yaml", 12, 3, "last");
    report_at(report, "worker.yaml", 2, 9, "third");
    report_at(report, "rules.yaml", 100, 1, "first");
    report_at(report, "worker.yaml", 2, 1, "second");
    CHECK_SPAN(problems_of(report), SPAN("rules.yaml:100:1: first\n"
                                         "worker.yaml:2:1: second\n"
                                         "worker.yaml:2:9: third\n"
                                         "worker.yaml:12:3: last\n"));
    report_free(report);
}

TEST(a_problem_of_a_whole_file_has_no_line)
{
    struct report *report = report_new();

    report_at(report, "rules.yaml", 0, 0, "cannot be read: %s", "no such file");
    CHECK_SPAN(problems_of(report), SPAN("rules.yaml: cannot be read: no such file\n"));
    report_free(report);
}

TEST(warnings_are_marked_and_are_no_errors)
{
    struct report *report = report_new();
    struct node at = {.file = "rules.yaml", .line = 4, .col = 7};

    report_warning(report, &at, "\"%s\" can never fire", "レア");
    CHECK_SPAN(problems_of(report), SPAN("rules.yaml:4:7: warning: \"レア\" can never fire\n"));
    CHECK(report->errors == 0 && report->len == 1);
    CHECK(!report_error(report, &at, "no"));
    CHECK(report->errors == 1 && report->len == 2);
    report_free(report);
}

TEST(the_last_word_counts_the_errors)
{
    struct report *report = report_new();
    struct err err = {0};

    report_at(report, "worker.yaml", 1, 1, "one");
    CHECK(!report_fail(report, &err));
    CHECK(err.kind == ERR_CONFIG);
    CHECK_SPAN(span_of(err.text), SPAN("1 problem in the config"));
    report_at(report, "worker.yaml", 1, 1, "two");
    report_fail(report, &err);
    CHECK_SPAN(span_of(err.text), SPAN("2 problems in the config"));
    report_free(report);
}

TEST(many_problems_are_all_kept)
{
    struct report *report = report_new();

    for (int i = 1000; i; i--)
        report_at(report, "rules.yaml", i, 1, "problem %d", i);
    struct span printed = problems_of(report);
    CHECK(report->errors == 1000);
    CHECK(span_starts(printed, SPAN("rules.yaml:1:1: problem 1\nrules.yaml:2:1: problem 2\n")));
    report_free(report);
}

TEST(nothing_wrong_prints_nothing)
{
    struct report *report = report_new();

    CHECK_SPAN(problems_of(report), SPAN(""));
    report_free(report);
    report_free(NULL);
}

TEST(an_err_is_cut_between_code_points)
{
    struct err err = {0};
    char text[2 * sizeof err.text + 1];

    memset(text, 0, sizeof text);
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "日", 3);
    CHECK(!fail(&err, ERR_WORK, "x%s", text));
    CHECK((strlen(err.text) - 1) % 3 == 0);
    CHECK(strlen(err.text) > sizeof err.text - 8);
    CHECK(!fail(&err, ERR_CLUSTER, "lane 3: %s", "the broker is away"));
    CHECK(err.kind == ERR_CLUSTER);
    CHECK_SPAN(span_of(err.text), SPAN("lane 3: the broker is away"));
}

TEST(an_err_may_be_put_before_its_own_text)
{
    struct err err = {0};

    fail(&err, ERR_WORK, "away");
    fail(&err, ERR_WORK, "lane 3: %s", err.text);
    CHECK_SPAN(span_of(err.text), SPAN("lane 3: away"));
}
