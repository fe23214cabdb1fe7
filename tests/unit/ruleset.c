#include "worker/rules/ruleset.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

static struct ruleset *load_two(const char *first, const char *second, struct report *report)
{
    struct span paths[] = {span_of(file_with("a.yaml", first)), span_of(file_with("b.yaml", second))};
    struct config config = {.rules = {paths, 2}};

    return ruleset_load(&config.rules, NULL, report);
}

static struct span problems_of_two(const char *first, const char *second)
{
    struct report *report = report_new();

    ruleset_free(load_two(first, second, report));
    struct span problems = problems_of(report);
    report_free(report);
    return problems;
}

/* Tags that both files give to a text. */
static struct span tags_of_two(const char *first, const char *second, struct span text)
{
    struct report *report = report_new();
    struct ruleset *rules = load_two(first, second, report);
    struct span tags = problems_of(report);

    if (rules)
        tags = span_keep(joined(found_in(rules, post_saying(text))->tags), scratch());
    ruleset_free(rules);
    report_free(report);
    return tags;
}

static struct span fingerprint(const char *yaml)
{
    return span_of(rules_from(yaml)->fingerprint);
}

TEST(files_are_merged_section_by_section)
{
    CHECK_SPAN(tags_of_two("version: 3\ntags:\n  b: {any: [日本]}\n",
                           "tags:\n  a: {any: [レア]}\naliases: {日本: [倭国]}\n", SPAN("倭国のレア")),
               SPAN("b a"));
}

TEST(a_tag_may_imply_one_of_another_file)
{
    CHECK_SPAN(
        tags_of_two("version: 3\ntags: {a: {any: [レア], implies: [b]}}\n", "tags: {b: {any: [無]}}\n", SPAN("レア")),
        SPAN("a b"));
}

TEST(a_name_given_twice_names_both_places)
{
    CHECK_SPAN(
        problems_of_two("version: 1\ntags:\n  rare: {any: [レア]}\n", "tags: {x: {any: [a]}, rare: {any: [b]}}\n"),
        SPAN("b.yaml:1:23: \"rare\" is given twice; first at a.yaml:3:3\n"));
    CHECK_SPAN(problems_of_two("version: 1\naliases: {日本: [倭国]}\n", "aliases: {日本: [ニッポン]}\n"),
               SPAN("b.yaml:1:11: \"日本\" is given twice; first at a.yaml:2:11\n"));
    CHECK_HAS(problems_of_two("version: 1\nengagement: {min_age: 1h}\n", "engagement: {min_age: 2h}\n"),
              "b.yaml:1:14: \"min_age\" is given twice; first at a.yaml:2:14");
}

TEST(a_section_that_is_one_value_stands_in_one_file)
{
    CHECK_SPAN(problems_of_two("version: 1\nentities: off\n", "entities: strings\n"),
               SPAN("b.yaml:1:1: \"entities\" is given twice; first at a.yaml:2:1\n"));
}

TEST(a_version_stands_in_exactly_one_file)
{
    CHECK_SPAN(problems_of_two("version: 1\n", "version: 2\n"),
               SPAN("b.yaml:1:1: \"version\" is given twice; first at a.yaml:1:1\n"));
    CHECK_HAS(problems_of_two("tags: {}\n", "aliases: {}\n"), "a.yaml:1:1: \"version\" is missing");
    CHECK(rules_from("version: 7\n")->version == 7);
}

TEST(a_version_is_a_whole_number)
{
    CHECK_HAS(rules_problems("version: 1.5\n"),
              "rules.yaml:1:10: expected a whole number, 0 to 2147483647, got \"1.5\"");
    CHECK_HAS(rules_problems("version: -1\n"), "rules.yaml:1:10: expected a whole number");
    CHECK_HAS(rules_problems("version: 3000000000\n"), "rules.yaml:1:10: 3000000000 is out of range");
}

TEST(an_unknown_section_is_named_with_the_nearest)
{
    CHECK_SPAN(rules_problems("version: 1\ntag: {}\n"),
               SPAN("rules.yaml:2:1: unknown section \"tag\"; did you mean \"tags\"?\n"));
    CHECK_SPAN(rules_problems("version: 1\nengagment: {}\n"),
               SPAN("rules.yaml:2:1: unknown section \"engagment\"; did you mean \"engagement\"?\n"));
}

TEST(an_unknown_section_hides_no_other_problem)
{
    struct span problems = rules_problems("version: 1\ntag: {}\nengagement: {min_age: 5}\n");

    CHECK_HAS(problems, "rules.yaml:2:1: unknown section \"tag\"");
    CHECK_HAS(problems, "rules.yaml:3:23: expected a duration");
}

TEST(problems_of_all_files_are_listed)
{
    struct span problems =
        problems_of_two("version: 1\nengagement: {min_age: 5}\n", "tags: {a: {}, b: {any: [' ']}}\n");

    CHECK_HAS(problems, "a.yaml:2:23: expected a duration");
    CHECK_HAS(problems, "b.yaml:1:11: a rule without a condition; give any, all, none");
}

TEST(a_file_that_is_not_there_is_named_and_the_others_are_still_read)
{
    struct span paths[] = {SPAN("no-such.yaml"), span_of(file_with("a.yaml", "version: 1\ntgas: {}\n"))};
    struct config config = {.rules = {paths, 2}};
    struct report *report = report_new();

    CHECK(!ruleset_load(&config.rules, NULL, report));
    struct span problems = problems_of(report);
    CHECK_HAS(problems, "no-such.yaml: cannot be read: No such file or directory");
    CHECK_HAS(problems, "a.yaml:2:1: unknown section \"tgas\"");
    report_free(report);
}

TEST(a_rules_file_is_a_map)
{
    CHECK_SPAN(problems_of_two("version: 1\n", "- tags\n"),
               SPAN("b.yaml:1:1: expected a map of sections, got a list\n"));
}

TEST(rules_take_no_environment)
{
    CHECK_SPAN(joined(found_in(rules_from("tags: {a: {any: ['${HOME}']}}\n"), post_saying(SPAN("see ${home}!")))->tags),
               SPAN("a"));
}

TEST(the_fingerprint_is_sixteen_hex_digits)
{
    struct span id = fingerprint("version: 1\n");

    CHECK(id.len == 16);
    for (size_t i = 0; i < id.len; i++)
        CHECK(strchr("0123456789abcdef", id.at[i]));
}

TEST(the_fingerprint_is_unchanged_by_comments_and_formatting)
{
    struct span flow = fingerprint("version: 1\ntags: {rare: {any: [レア, ai], implies: [x]}, x: {any: [y]}}\n");
    struct span block =
        fingerprint("# shipped\nversion:    1   # raise it\n\ntags:\n    rare:\n        any:\n        - レア\n"
                    "        - ai\n        implies: [ x ]\n\n    x:\n      any: [y]   # more\n");

    CHECK_SPAN(flow, block);
}

TEST(the_fingerprint_is_the_same_however_the_rules_are_split_into_files)
{
    struct report *report = report_new();
    struct ruleset *two = load_two("version: 1\ntags: {a: {any: [x]}}\n", "tags: {b: {any: [y]}}\n", report);

    CHECK_SPAN(span_of(two->fingerprint), fingerprint("version: 1\ntags: {a: {any: [x]}, b: {any: [y]}}\n"));
    ruleset_free(two);
    report_free(report);
}

TEST(the_fingerprint_is_changed_by_whatever_changes_the_events)
{
    struct span base = fingerprint("version: 1\ntags: {a: {any: [x, y]}, b: {any: [z]}}\n");

    CHECK(!span_equal(base, fingerprint("version: 1\ntags: {a: {any: [x, w]}, b: {any: [z]}}\n")));
    CHECK(!span_equal(base, fingerprint("version: 2\ntags: {a: {any: [x, y]}, b: {any: [z]}}\n")));
    CHECK(!span_equal(base, fingerprint("version: 1\ntags: {b: {any: [z]}, a: {any: [x, y]}}\n")));
    CHECK(!span_equal(base, fingerprint("version: 1\ntags: {a: {any: [x], none: [y]}, b: {any: [z]}}\n")));
    CHECK(!span_equal(base, fingerprint("version: 1\ntags: {a: {any: [xy]}, b: {any: [z]}}\n")));
    CHECK(!span_equal(base, fingerprint("version: 1\ntags: {a: {any: [x, y]}, b: {any: [z]}}\naliases: {x: [v]}\n")));
    CHECK(!span_equal(base, fingerprint("version: 1\ntags: {a: {any: [x, y]}, b: {any: [z]}}\nmatched: true\n")));
}

TEST(a_ruleset_is_named_by_version_and_fingerprint)
{
    const struct ruleset *rules = rules_from("version: 12\n");

    CHECK_SPAN(rules->name, span_format(scratch(), "12 %s", rules->fingerprint));
}

TEST(an_alias_of_nothing_is_refused)
{
    CHECK_HAS(rules_problems("version: 1\naliases: {'\u200B': [倭国]}\n"),
              "rules.yaml:2:11: the name is empty once folded");
}

TEST(an_alias_that_folds_to_nothing_is_refused)
{
    CHECK_HAS(rules_problems("version: 1\naliases: {日本: ['\u200B']}\ntags: {a: {any: [日本]}}\n"), "rules.yaml:2:");
}

TEST(without_sections_all_enrichers_have_their_defaults)
{
    const struct found *found = found_in(rules_from("version: 1\n"), post_saying(SPAN("#レア かな")));

    CHECK_SPAN(found->lang, SPAN("ja"));
    CHECK(found->has_entities && !found->has_entity_places && found->entities.len == 1);
    CHECK(!found->has_tags && !found->has_matched);
}

TEST(the_shipped_rules_have_no_problem)
{
    struct span path = SPAN("config/rules.yaml");
    struct config config = {.rules = {&path, 1}};
    struct report *report = report_new();
    struct ruleset *rules = ruleset_load(&config.rules, NULL, report);

    CHECK(rules);
    CHECK_SPAN(problems_of(report), SPAN(""));
    ruleset_free(rules);
    report_free(report);
}

TEST(the_form_of_a_rules_file_has_every_section)
{
    const struct form *form = ruleset_form(scratch());
    size_t len = 0;

    while (form->fields[len].name)
        len++;
    CHECK(len == 6 + ENRICHER_COUNT);
    CHECK_SPAN(span_of(form->fields[0].name), SPAN("version"));
}

TEST(an_alias_of_nothing_does_no_harm_to_the_terms)
{
    CHECK_HAS(rules_problems("version: 1\naliases: {'': [倭国]}\ntags: {a: {any: [日本]}}\n"),
              "rules.yaml:2:11: the name is empty once folded");
}

static int64_t cost_of_load(int tags)
{
    struct buf yaml = buf_in(scratch());

    buf_put(&yaml, SPAN("version: 1\nentities: strings\naliases:\n"));
    for (int i = 0; i < tags / 20; i++)
        buf_format(&yaml, "  name%d: [other%d]\n", i, i);
    buf_put(&yaml, SPAN("tags:\n"));
    for (int i = 0; i < tags; i++)
        buf_format(&yaml, "  t%d: {any: [term%d, 言葉%d, name%d], implies: [t%d]}\n", i, i, i, i / 20,
                   i % 20 ? i / 20 * 20 : tags);
    buf_format(&yaml, "  t%d: {any: [x]}\n", tags);
    const char *text = span_string(buf_span(&yaml), scratch());
    int64_t start = spent_ns();
    rules_from(text);
    return spent_ns() - start;
}

TEST(rules_load_in_a_time_that_is_linear_in_the_number_of_tags)
{
    enum { FEW = 2000, TIMES = 8, MOST = 3 * TIMES, TRIES = 4 };
    int64_t growth = INT64_MAX;

    for (int i = 0; i < TRIES && growth > MOST; i++) {
        int64_t few = cost_of_load(FEW), many = cost_of_load(FEW * TIMES);

        growth = many / few < growth ? many / few : growth;
    }
    if (growth > MOST)
        test_failed(__FILE__, __LINE__, "%d times as many tags: %lld times the cost", TIMES, (long long)growth);
}
