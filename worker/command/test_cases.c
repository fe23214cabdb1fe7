#include "worker/command/test_cases.h"
#include "common/json.h"
#include "worker/text/language_tag.h"

/* --- the forms --- */

const char *const case_kinds[] = {"post", "reply", "quote", "repost", "update", "hide", "unhide", "nothing", NULL};

static const char *const faults[] = {
    "none",     "not-json", "number-range", "not-an-object", "no-id",       "no-text", "wrong-type",
    "bad-utf8", "bad-time", "too-large",    "too-deep",      "bad-framing", NULL,
};
_Static_assert(sizeof faults / sizeof *faults == FAULT_BAD_FRAMING + 2, "each fault of a post, in their order");

static const char *const answers[] = {"yes", "no", NULL};
static const char *const unknowns[] = {"unknown", NULL};

static const struct form kind_form = {.kind = FORM_CHOICE, .choices = case_kinds};
static const struct form fault_form = {.kind = FORM_CHOICE, .choices = faults};
static const struct form answer_form = {.kind = FORM_CHOICE, .choices = answers};
static const struct form unknown_form = {.kind = FORM_CHOICE, .choices = unknowns};
static const struct form answers_form = {.kind = FORM_MAP, .of = &answer_form};

static const struct field some_fields[] = {
    {"has", &form_texts, offsetof(struct wanted, has), NULL, "Each of these is among them."},
    {"lacks", &form_texts, offsetof(struct wanted, lacks), NULL, "None of these is."},
    {0},
};
static const struct form some_form = {
    .kind = FORM_RECORD,
    .name = "has-and-lacks",
    .fields = some_fields,
    .size = sizeof(struct wanted),
};
static const struct form names_form = {
    .kind = FORM_NODE,
    .says = "a list that is exactly so in any order, or {has: […], lacks: […]}",
    .either = (const struct form *const[]){&form_texts, &some_form, NULL},
};
static const struct form figure_form = {
    .kind = FORM_NODE,
    .says = "a number, or unknown",
    .either = (const struct form *const[]){&form_decimal, &unknown_form, NULL},
};
static const struct form any_map_form = {.kind = FORM_MAP, .of = &form_node};
static const struct form json_form = {
    .kind = FORM_NODE,
    .says = "a map, or the post's JSON as a text",
    .either = (const struct form *const[]){&form_text, &any_map_form, NULL},
};

struct given_figures {
    const struct node *node, *of[FIGURES];
};

#define FIGURE_FIELD(id, name)                                                                                         \
    {name, &figure_form, offsetof(struct given_figures, of[FIGURE_##id]), NULL, "The figure `" name "`."},
static const struct field figure_fields[] = {FIGURES_LIST(FIGURE_FIELD){0}};

struct given_entities {
    const struct node *node, *of[ENTITY_KINDS];
};

#define ENTITY(i, name)                                                                                                \
    {                                                                                                                  \
        name, &names_form, offsetof(struct given_entities, of[i]), NULL, "The " name ", without # @ $."                \
    }
static const struct field entity_fields[] = {
    ENTITY(ENTITY_HASHTAG, "hashtags"), ENTITY(ENTITY_MENTION, "mentions"), ENTITY(ENTITY_URL, "urls"),
    ENTITY(ENTITY_CASHTAG, "cashtags"), ENTITY(ENTITY_EMOJI, "emoji"),      {0},
};

static const struct form scoring_form = {
    .kind = FORM_CHOICE,
    .choices = (const char *const[]){"positive", "neutral", "negative", "none", NULL},
};

struct given_expect {
    const struct node *node, *tags;
    int fault, kind, sentiment;
    struct span lang, segment, tier;
    struct given_entities entities;
    struct given_figures figures;
    struct list routes;
};

static const struct form entities_form = {FORM_RECORD, .fields = entity_fields, .size = sizeof(struct given_entities)};
static const struct form figures_form = {FORM_RECORD, .fields = figure_fields, .size = sizeof(struct given_figures)};

#define AT(member) offsetof(struct given_expect, member)
static const struct field expect_fields[] = {
    {"tags", &names_form, AT(tags), NULL, "The post's tags, parents too."},
    {"lang", &form_text, AT(lang), NULL, "Its language."},
    {"segment", &form_text, AT(segment), NULL, "The author's segment, such as 40s/male; none: there is none."},
    {"sentiment", &scoring_form, AT(sentiment), NULL,
     "Its sentiment; none: no lexicon of its language is loaded, and it has no sign of any language."},
    {"tier", &form_text, AT(tier), NULL, "Its tier; none: there is none."},
    {"entities", &entities_form, AT(entities), NULL, "What is in its text."},
    {"figures", &figures_form, AT(figures), NULL, "Figures of engagement."},
    {"kind", &kind_form, AT(kind), NULL, "What the record says."},
    {"fault", &fault_form, AT(fault), "none", "Why it is no post."},
    {"routes", &answers_form, AT(routes), NULL, "Whether a route writes anything: {enriched: yes, by-tag: no}."},
    {0},
};
static const struct form expect_form = {FORM_RECORD, .fields = expect_fields, .size = sizeof(struct given_expect)};

struct given_case {
    const struct node *node, *post;
    struct span name, text, input, lang, network;
    struct given_expect expect;
};

#undef AT
#define AT(member) offsetof(struct given_case, member)
static const struct field case_fields[] = {
    {"name", &form_text, AT(name), FIELD_REQUIRED, "What it shows."},
    {"text", &form_text, AT(text), NULL, "A post of which this text is all that is known, whatever the input's form."},
    {"lang", &form_text, AT(lang), NULL, "With `text`: the language that the post says it has; else it says none."},
    {"network", &form_text, AT(network), NULL, "With `text`: its network; by default its input's."},
    {"post", &json_form, AT(post), NULL, "Instead of `text` the raw post, in the form of its input."},
    {"input", &form_text, AT(input), NULL, "The topic of its input; by default the first."},
    {"expect", &expect_form, AT(expect), FIELD_REQUIRED, "What must come of it; what is not named may be anything."},
    {0},
};
static const struct form case_form = {FORM_RECORD, .fields = case_fields, .size = sizeof(struct given_case)};
static const struct form cases_list_form = {.kind = FORM_LIST, .of = &case_form};

struct given_file {
    const struct node *node;
    struct list tests;
};

static const struct field file_fields[] = {
    {"tests", &cases_list_form, offsetof(struct given_file, tests), FIELD_REQUIRED,
     "Posts, and what must come of them."},
    {0},
};

const struct form cases_form = {.kind = FORM_RECORD, .fields = file_fields, .size = sizeof(struct given_file)};

/* --- the post --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(struct span text, size_t at)
{
    size_t start = at;

    while (at < text.len && is_digit(text.at[at]))
        at++;
    return at - start;
}

/* A number as JSON writes it (RFC 8259, section 6). */
static bool is_number(struct span text)
{
    size_t at = text.len && text.at[0] == '-', len = digits(text, at);

    if (!len || (len > 1 && text.at[at] == '0'))
        return false;
    at += len;
    if (at < text.len && text.at[at] == '.') {
        if (!(len = digits(text, at + 1)))
            return false;
        at += 1 + len;
    }
    if (at < text.len && (text.at[at] == 'e' || text.at[at] == 'E')) {
        at += at + 1 < text.len && (text.at[at + 1] == '+' || text.at[at + 1] == '-') ? 2 : 1;
        if (!(len = digits(text, at)))
            return false;
        at += len;
    }
    return at == text.len;
}

static void write_scalar(const struct node *node, struct buf *out)
{
    bool is_bool = span_equal(node->text, SPAN("true")) || span_equal(node->text, SPAN("false"));

    if (node_is_null(node))
        buf_put(out, SPAN("null"));
    else if (node->is_plain && (is_bool || is_number(node->text)))
        buf_put(out, node->text);
    else
        json_write_string(out, node->text);
}

static void write_node(const struct node *node, struct buf *out)
{
    if (node->kind == NODE_SCALAR) {
        write_scalar(node, out);
        return;
    }
    buf_char(out, node->kind == NODE_MAP ? '{' : '[');
    for (const struct node *child = node->first; child; child = child->next) {
        if (child != node->first)
            buf_char(out, ',');
        if (child->name) {
            json_write_string(out, child->name->text);
            buf_char(out, ':');
        }
        write_node(child, out);
    }
    buf_char(out, node->kind == NODE_MAP ? '}' : ']');
}

/* --- loading --- */

struct loader {
    const struct config *config;
    const struct ruleset *rules;
    struct arena *mem;
    struct report *report;
};

static bool is_known(struct loader *loader, const struct node *at, struct span name, struct spans names,
                     const char *what)
{
    const char **known = arena_zero(loader->mem, (names.len + 1) * sizeof *known);

    for (size_t i = 0; i < names.len; i++) {
        if (span_equal(names.at[i], name))
            return true;
        known[i] = span_string(names.at[i], loader->mem);
    }
    return report_error(loader->report, at, "no %s is named \"%.*s\"%.*s", what, SPAN_ARGS(name),
                        SPAN_ARGS(settings_hint(name, known, loader->mem)));
}

static void load_names(struct loader *loader, const struct node *node, struct wanted *out)
{
    if (!node)
        return;
    if (node->kind == NODE_LIST) {
        out->is_exact = settings_bind(&form_texts, node, &out->is, loader->mem, loader->report);
    } else if (node->kind == NODE_MAP) {
        settings_bind(&some_form, node, out, loader->mem, loader->report);
    } else {
        report_error(loader->report, node, "expected %s, got \"%.*s\"", names_form.says, SPAN_ARGS(node->text));
        return;
    }
    out->node = node;
}

static void check_tags(struct loader *loader, const struct node *list)
{
    struct spans names = tag_names(loader->rules->settings[ENRICHER_tags]);

    for (const struct node *at = list && list->kind == NODE_LIST ? list->first : NULL; at; at = at->next)
        is_known(loader, at, at->text, names, "tag");
}

static void load_tags(struct loader *loader, const struct node *node, struct wanted *out)
{
    load_names(loader, node, out);
    check_tags(loader, node);
    if (node && node->kind == NODE_MAP) {
        check_tags(loader, node_get(node, SPAN("has")));
        check_tags(loader, node_get(node, SPAN("lacks")));
    }
}

static void load_figure(struct loader *loader, const struct node *node, struct wanted_figure *out)
{
    if (!node)
        return;
    out->node = node;
    out->is_unknown = node->kind == NODE_SCALAR && span_equal(node->text, SPAN("unknown"));
    if (!out->is_unknown && (node->kind != NODE_SCALAR || !decimal_parse(node->text, &out->value)))
        report_error(loader->report, node, "expected a number of at most four decimals, or unknown");
}

static struct spans route_names(const struct config *config, struct arena *mem)
{
    const struct route *routes = config->routes.at;
    struct spans names = {arena_take(mem, config->routes.len * sizeof *names.at), 0};

    for (size_t i = 0; i < config->routes.len; i++)
        names.at[names.len++] = routes[i].name;
    return names;
}

static void load_routes(struct loader *loader, const struct list *given, struct expected *out)
{
    const struct named *members = given->at;

    out->routes = arena_take(loader->mem, given->len * sizeof *out->routes);
    for (size_t i = 0; i < given->len; i++) {
        is_known(loader, members[i].node->name, members[i].name, route_names(loader->config, loader->mem), "route");
        out->routes[out->routes_len++] = (struct wanted_route){members[i].name, *(int *)members[i].value == 0};
    }
}

static void load_expected(struct loader *loader, const struct given_expect *given, struct expected *out)
{
    const struct node *node = given->node, *tier = node_get(node, SPAN("tier"));

    out->node = node;
    out->fault = given->fault;
    out->kind = node_get(node, SPAN("kind")) ? given->kind : -1;
    if (node_get(node, SPAN("sentiment")))
        out->sentiment = span_of(scoring_form.choices[given->sentiment]);
    out->lang = given->lang;
    out->segment = given->segment;
    out->tier = given->tier;
    if (tier && !span_equal(given->tier, SPAN("none")))
        is_known(loader, tier, given->tier, tier_names(loader->rules->settings[ENRICHER_engagement], loader->mem),
                 "tier");
    load_tags(loader, given->tags, &out->tags);
    for (int i = 0; i < ENTITY_KINDS; i++)
        load_names(loader, given->entities.of[i], &out->entities[i]);
    for (int i = 0; i < FIGURES; i++)
        load_figure(loader, given->figures.of[i], &out->figures[i]);
    load_routes(loader, &given->routes, out);
}

static const struct input *input_of(struct loader *loader, const struct given_case *given)
{
    const struct input *inputs = loader->config->inputs.at;

    if (!given->input.len)
        return inputs;
    for (size_t i = 0; i < loader->config->inputs.len; i++)
        if (span_equal(inputs[i].topic, given->input))
            return &inputs[i];
    report_error(loader->report, node_get(given->node, SPAN("input")), "no input has the topic \"%.*s\"",
                 SPAN_ARGS(given->input));
    return inputs;
}

/* A text alone is a post in the canonical form, whatever form the input has. */
static void load_text(struct loader *loader, const struct given_case *given, struct test_case *out)
{
    struct input *input = arena_take(loader->mem, sizeof *input);
    struct buf json = buf_in(loader->mem);

    *input = *out->input;
    input->preset = 0; /* canonical, the first of the table */
    input->framing = FRAMING_NONE;
    out->input = input;
    if (given->network.len)
        input->network = given->network;
    buf_put(&json, SPAN("{\"id\":\"1\",\"text\":"));
    json_write_string(&json, given->text);
    if (given->lang.len) {
        buf_put(&json, SPAN(",\"lang\":"));
        json_write_string(&json, given->lang);
    }
    buf_char(&json, '}');
    out->post = buf_span(&json);
}

static void load_post(struct loader *loader, const struct node *post, struct test_case *out)
{
    struct buf json = buf_in(loader->mem);

    if (out->input->framing != FRAMING_NONE)
        buf_put(&json, SPAN("\0\0\0\0\1"));
    if (post->kind == NODE_SCALAR)
        buf_put(&json, post->text);
    else
        write_node(post, &json);
    out->post = buf_span(&json);
}

/* A language or network that no post could have would test nothing. */
static bool check_beside(struct loader *loader, const struct given_case *given, bool has_text)
{
    const struct node *lang = node_get(given->node, SPAN("lang")), *network = node_get(given->node, SPAN("network"));
    const struct input *inputs = loader->config->inputs.at;
    struct spans networks = {arena_take(loader->mem, loader->config->inputs.len * sizeof *networks.at), 0};
    bool is_bad = false;

    if (!has_text && (lang || network))
        return report_error(loader->report, lang ? lang : network,
                            "lang and network go with text; a post says its own, and its network is its input's");
    for (size_t i = 0; i < loader->config->inputs.len; i++)
        networks.at[networks.len++] = inputs[i].network;
    if (network && !is_known(loader, network, given->network, networks, "input's network"))
        return false;
    if (lang)
        language_tag_read(given->lang, loader->mem, &is_bad);
    return !is_bad
           || report_error(loader->report, lang, "\"%.*s\" is no language tag; write one such as ja or pt-BR",
                           SPAN_ARGS(given->lang));
}

static void load_case(struct loader *loader, const struct given_case *given, struct test_case *out)
{
    bool has_text = node_get(given->node, SPAN("text")) != NULL;

    *out = (struct test_case){.name = given->name, .node = given->node, .input = input_of(loader, given)};
    if (has_text == (given->post != NULL))
        report_error(loader->report, given->node, "a test has either text or post");
    else if (!check_beside(loader, given, has_text))
        return;
    else if (has_text)
        load_text(loader, given, out);
    else
        load_post(loader, given->post, out);
    load_expected(loader, &given->expect, &out->expected);
}

struct cases cases_load(const char *path, const struct config *config, const struct ruleset *rules, struct arena *mem,
                        struct report *report)
{
    struct loader loader = {config, rules, mem, report};
    const struct node *root = yaml_read(path, YAML_LITERAL, mem, report);
    struct given_file given = {0};
    struct cases cases = {0};

    if (!root || !settings_bind(&cases_form, root, &given, mem, report))
        return cases;
    cases.at = arena_take(mem, given.tests.len * sizeof *cases.at);
    for (size_t i = 0; i < given.tests.len; i++)
        load_case(&loader, (const struct given_case *)given.tests.at + i, &cases.at[cases.len++]);
    if (!cases.len)
        report_error(report, root, "no test in it");
    return cases;
}
