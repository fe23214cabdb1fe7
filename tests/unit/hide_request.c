#include "worker/decode/hide_request.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

static const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64};

/* The value that hides the post in an input of these settings; the error where there is none. */
static struct span made(const char *settings, const char *id, bool hidden)
{
    struct span yaml = span_format(scratch(),
                                   "input:\n  - {topic: posts.raw, %s}\nrules: [rules.yaml]\n"
                                   "routes:\n  f: {topic: f, shape: facts}\ndead_letters: dead\n",
                                   settings);
    const struct input *input = config_from(yaml.at)->inputs.at;
    struct span key, value;
    struct err err = {0};

    if (!hide_request_make(input, &limits, span_of(id), hidden, scratch(), &key, &value, &err))
        return span_keep(span_of(err.text), scratch());
    CHECK_SPAN(key, span_of(id));
    return value.at ? value : SPAN("null");
}

static bool says(struct span error, const char *words)
{
    return strstr(span_string(error, scratch()), words) != NULL;
}

TEST(each_preset_says_a_hide_in_its_own_form)
{
    CHECK_SPAN(made("preset: canonical", "7\"あ", true), SPAN("{\"id\":\"7\\\"あ\",\"hidden\":true}"));
    CHECK_SPAN(made("preset: x-api-v2", "7", true), SPAN("{\"data\":{\"drop\":{\"tweet\":{\"id\":\"7\"}}}}"));
    CHECK_SPAN(made("preset: mastodon", "7", true), SPAN("{\"event\":\"delete\",\"payload\":\"7\"}"));
    CHECK_SPAN(made("preset: jetstream", "at://did:plc:a/app.bsky.feed.post/k", true),
               SPAN("{\"did\":\"did:plc:a\",\"kind\":\"commit\",\"commit\":{\"operation\":\"delete\",\"collection\":"
                    "\"app.bsky.feed.post\",\"rkey\":\"k\"}}"));
    CHECK_SPAN(made("preset: mapping, mapping: {id: /post/id, text: /t, hidden: /post/state/gone}", "7", true),
               SPAN("{\"post\":{\"id\":\"7\",\"state\":{\"gone\":true}}}"));
    CHECK_SPAN(made("preset: mapping, mapping: {id: /id, text: /t, hidden: {at: /op, is: delete}}", "7", true),
               SPAN("{\"id\":\"7\",\"op\":\"delete\"}"));
}

TEST(the_key_alone_says_it_where_the_value_cannot)
{
    CHECK_SPAN(made("preset: mapping, key: id, mapping: {id: /id, text: /t}", "7", true), SPAN("null"));
    CHECK_SPAN(made("preset: canonical, framing: confluent, key: id", "7", true), SPAN("null"));
}

TEST(what_can_be_taken_back_is)
{
    CHECK_SPAN(made("preset: canonical", "7", false), SPAN("{\"id\":\"7\",\"hidden\":false}"));
    CHECK_SPAN(made("preset: x-api-v2", "7", false), SPAN("{\"data\":{\"undrop\":{\"tweet\":{\"id\":\"7\"}}}}"));
    CHECK_SPAN(made("preset: mapping, mapping: {id: /id, text: /t, hidden: /h}", "7", false),
               SPAN("{\"id\":\"7\",\"h\":false}"));
}

TEST(a_form_that_cannot_say_it_names_what_can)
{
    CHECK(says(made("preset: mastodon, key: id", "7", false),
               "(preset mastodon) cannot say that a hide is taken back; add an input of preset canonical"));
    CHECK(says(made("preset: jetstream", "at://d/app.bsky.feed.post/k", false), "add an input of preset canonical"));
    CHECK(says(made("preset: mapping, mapping: {id: /id, text: /t}", "7", true), "or say key: id"));
    CHECK(says(made("preset: mapping, mapping: {id: /id, text: /t, hidden: {at: /op, is: d}}", "7", false),
               "cannot say that"));
    CHECK(says(made("preset: canonical, framing: confluent", "7", true), "framed by a schema registry"));
}

TEST(an_id_that_is_none_is_refused)
{
    CHECK(says(made("preset: canonical", "", true), "empty"));
    CHECK(says(made("preset: canonical", "7\n", true), "blank"));
    CHECK(says(made("preset: canonical", "\xff", true), "not UTF-8"));
    CHECK(says(made("preset: jetstream", "7", true), "\"7\" cannot be the id of a post of topic posts.raw: "));
    CHECK(says(made("preset: jetstream", "at://d/app.bsky.feed.like/k", true), "cannot be the id of a post"));
}
