#include "tests/unit/support.h"
#include "tests/unit/test.h"

/* "hashtag:南鳥島 mention:user", with places where they are asked for. */
static struct span entities_of(const char *rules, struct span text)
{
    static const char *const kinds[ENTITY_KINDS] = {"hashtag", "mention", "url", "cashtag", "emoji"};
    const struct found *found = found_in(rules_from(rules), post_saying(text));
    struct span all = SPAN("");

    const struct entities *entities = found->has_entity_places ? &found->places : &found->entities;

    for (size_t i = 0; i < entities->len; i++) {
        const struct entity *entity = &entities->at[i];

        all = span_format(scratch(), "%.*s%s%s:%.*s", SPAN_ARGS(all), i ? " " : "", kinds[entity->kind],
                          SPAN_ARGS(entity->text));
        if (found->has_entity_places)
            all = span_format(scratch(), "%.*s@%u-%u", SPAN_ARGS(all), entity->start, entity->end);
    }
    return all;
}

#define STRINGS(text, expected) CHECK_SPAN(entities_of("version: 1\n", SPAN(text)), SPAN(expected))
#define OBJECTS(text, expected) CHECK_SPAN(entities_of("entities: objects\n", SPAN(text)), SPAN(expected))

TEST(entities_stand_in_the_texts_order_without_their_signs)
{
    STRINGS("🇯🇵 @user さん、＃南鳥島 を見て https://t.co/x $JPY #a",
            "emoji:🇯🇵 mention:user hashtag:南鳥島 url:https://t.co/x cashtag:JPY hashtag:a");
}

TEST(each_string_stands_once_where_it_is_first)
{
    STRINGS("#b #a #b @b #a 🎌 🎌", "hashtag:b hashtag:a mention:b emoji:🎌");
}

TEST(what_is_written_otherwise_is_another)
{
    STRINGS("#AI #ai #ＡＩ", "hashtag:AI hashtag:ai hashtag:ＡＩ");
}

TEST(thousands_of_the_same_are_one)
{
    struct buf text = buf_in(scratch());

    for (int i = 0; i < 20000; i++)
        buf_format(&text, "#t%d ", i % 3);
    CHECK_SPAN(entities_of("version: 1\n", buf_span(&text)), SPAN("hashtag:t0 hashtag:t1 hashtag:t2"));
}

TEST(objects_have_places_in_code_points_and_each_has_its_own)
{
    OBJECTS("🇯🇵 #レア と #レア", "emoji:🇯🇵@0-2 hashtag:レア@3-6 hashtag:レア@9-12");
    OBJECTS("＠user 👨‍👩‍👧", "mention:user@0-5 emoji:👨‍👩‍👧@6-11");
}

TEST(where_they_are_off_nothing_is_known)
{
    const struct found *found = found_in(rules_from("entities: off\n"), post_saying(SPAN("#a")));

    CHECK(!found->has_entities && found->entities.len == 0);
}

TEST(a_text_without_any_has_empty_lists)
{
    const struct found *found = found_in(rules_from("version: 1\n"), post_saying(SPAN("")));

    CHECK(found->has_entities && found->entities.len == 0);
}

TEST(nothing_is_known_of_an_updates_entities)
{
    CHECK(!found_in(rules_from("version: 1\n"), post_from("{\"id\":\"1\",\"metrics\":{}}"))->has_entities);
}

TEST(another_word_is_refused_with_what_there_is)
{
    CHECK_HAS(rules_problems("entities: object\n"),
              "rules.yaml:1:11: expected strings, objects or off, got \"object\"; did you mean \"objects\"?");
}

static const struct found *found_of(const char *rules, const char *json)
{
    return found_in(rules_from(rules), post_from(json));
}

#define LISTED                                                                                                         \
    "{\"id\":\"1\",\"text\":\"#cut @ann https://t.co/x "                                                               \
    "🚢\",\"hashtags\":[\"deep-sea\",\"Deep-Sea\",\"deep-sea\"],\"links\":[\"https://a.example/b\"]}"

TEST(what_the_payload_lists_holds_for_its_kinds)
{
    const struct found *found = found_of("version: 1\n", LISTED);

    CHECK(found->entities.len == 5); /* 2 hashtags, 1 link, and @ann and the ship of the text */
    CHECK_SPAN(found->entities.at[0].text, SPAN("deep-sea"));
    CHECK_SPAN(found->entities.at[2].text, SPAN("https://a.example/b"));
    CHECK(found->hashtags.len == 1 && found->links.len == 1);
    CHECK_SPAN(found->hashtags.at[0], SPAN("deep-sea"));
    CHECK(found_of("version: 1\n", "{\"id\":\"1\",\"text\":\"#a\",\"hashtags\":[]}")->entities.len == 0);
}

TEST(places_stay_those_of_the_text)
{
    const struct found *found = found_of("entities: objects\n", LISTED);

    CHECK(found->has_entity_places && found->places.len == 4 && found->places.at[0].end == 4);
    CHECK_SPAN(found->places.at[0].text, SPAN("cut"));
    CHECK_SPAN(found->hashtags.at[0], SPAN("deep-sea"));
}

TEST(an_entity_that_reaches_the_cut_is_left_out)
{
    struct post post = *post_saying(SPAN("RT @ann: #ok https://t.co/x #rare…"));

    post.is_cut = true;
    const struct found *found = found_in(rules_from("version: 1\n"), &post);
    CHECK(found->hashtags.len == 1 && found->links.len == 1);
    CHECK_SPAN(found->hashtags.at[0], SPAN("ok"));
}

TEST(tags_look_in_what_the_payload_lists_and_in_its_extra_text)
{
    static const char rules[] =
        "tags: {sea: {any: [\"#deep-sea\"]}, host: {in: [hosts], any: [a.example]}, alt: {in: [extra], any: [quay]}}\n";
    struct post post = *post_from(LISTED);

    post.extra = SPAN("a quay");
    const struct found *found = found_in(rules_from(rules), &post);
    CHECK(found->tags.len == 3);
    post.extra = (struct span){0};
    CHECK(found_in(rules_from(rules), &post)->tags.len == 2);
}
