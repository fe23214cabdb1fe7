/* Any other form: where the members of the canonical form are in a post, as JSON Pointers
 * (RFC 6901) that the input's config gives. */
#include "worker/decode/input.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"
#include "worker/text/html.h"

/* --- what is mapped --- */

enum target_kind { TARGET_TEXT, TARGET_COUNT, TARGET_TIME, TARGET_BOOL, TARGET_LIST, TARGET_KINDS };

enum { TYPE_TEXT, TYPE_TEXT_OR_NUMBER, TYPE_HTML, TYPE_HTML_LINES, TYPE_REFERENCES, TYPE_KEY };
enum { TYPE_COUNT, TYPE_COUNT_TEXT };

static const char *const text_types[] = {"text", "text-or-number", "html", "html-lines", "entities", "key", NULL};
static const char *const count_types[] = {"count", "count-text", NULL};
#define TIME_TYPE(id, name) name,
static const char *const time_types[] = {"any", TIME_FORM_LIST(TIME_TYPE) NULL};
static const char *const bool_types[] = {"bool", NULL};
static const char *const list_types[] = {"text", NULL};

enum { ID, TEXT, HIDDEN, OBSERVED, REPOST_OF, METRICS = 23, TARGETS = METRICS + COUNTS };

struct target {
    const char *group, *name; /* "author", "handle" */
    enum target_kind kind;
    enum post_member member;
    size_t offset; /* in struct post; of a list its enum payload_list; `hidden` is none of its members */
};

#define AT(member) offsetof(struct post, member)
static const struct target targets[TARGETS] = {
    [ID] = {NULL, "id", TARGET_TEXT, MEMBER_ID, AT(id)},
    [TEXT] = {NULL, "text", TARGET_TEXT, MEMBER_TEXT, AT(text)},
    [HIDDEN] = {NULL, "hidden", TARGET_BOOL, MEMBER_HIDDEN, 0},
    [OBSERVED] = {NULL, "observed_at", TARGET_TIME, MEMBER_OBSERVED, AT(observed_ms)},
    [REPOST_OF] = {NULL, "repost_of", TARGET_TEXT, MEMBER_REPOST_OF, AT(repost_of)},
    {NULL, "created_at", TARGET_TIME, MEMBER_CREATED, AT(created_ms)},
    {NULL, "lang", TARGET_TEXT, MEMBER_LANG, AT(lang)},
    {NULL, "url", TARGET_TEXT, MEMBER_URL, AT(url)},
    {NULL, "in_reply_to", TARGET_TEXT, MEMBER_IN_REPLY_TO, AT(in_reply_to)},
    {NULL, "quote_of", TARGET_TEXT, MEMBER_QUOTE_OF, AT(quote_of)},
    {NULL, "replaces", TARGET_TEXT, MEMBER_REPLACES, AT(replaces)},
    {"author", "id", TARGET_TEXT, MEMBER_AUTHOR_ID, AT(author.id)},
    {"author", "handle", TARGET_TEXT, MEMBER_HANDLE, AT(author.handle)},
    {"author", "followers", TARGET_COUNT, MEMBER_FOLLOWERS, AT(author.followers)},
    {"author", "age_band", TARGET_TEXT, MEMBER_AGE_BAND, AT(author.age_band)},
    {"author", "gender", TARGET_TEXT, MEMBER_GENDER, AT(author.gender)},
    {NULL, "hashtags", TARGET_LIST, MEMBER_HASHTAGS, LISTED_HASHTAGS},
    {NULL, "mentions", TARGET_LIST, MEMBER_MENTIONS, LISTED_MENTIONS},
    {NULL, "links", TARGET_LIST, MEMBER_LINKS, LISTED_LINKS},
    {NULL, "visibility", TARGET_TEXT, MEMBER_VISIBILITY, AT(visibility)},
    {NULL, "sensitive", TARGET_BOOL, MEMBER_SENSITIVE, AT(sensitive)},
    {NULL, "extra", TARGET_TEXT, MEMBER_EXTRA, AT(extra)},
    {"author", "bot", TARGET_BOOL, MEMBER_BOT, AT(bot)},
    [METRICS] = {"metrics", "reposts", TARGET_COUNT, MEMBER_REPOSTS, AT(counts[COUNT_REPOSTS])},
    {"metrics", "quotes", TARGET_COUNT, MEMBER_QUOTES, AT(counts[COUNT_QUOTES])},
    {"metrics", "replies", TARGET_COUNT, MEMBER_REPLIES, AT(counts[COUNT_REPLIES])},
    {"metrics", "likes", TARGET_COUNT, MEMBER_LIKES, AT(counts[COUNT_LIKES])},
    {"metrics", "bookmarks", TARGET_COUNT, MEMBER_BOOKMARKS, AT(counts[COUNT_BOOKMARKS])},
    {"metrics", "views", TARGET_COUNT, MEMBER_VIEWS, AT(counts[COUNT_VIEWS])},
};

/* --- the pointers, as they are loaded --- */

enum { NO_INDEX = UINT32_MAX };

struct token {
    struct span name;
    uint32_t index; /* the same as an index into a list; NO_INDEX if it is none */
};

struct source;

struct pointer {
    const char *written;
    int type;                      /* of what is there: index into the types of its kind; of a time its forms as bits */
    struct span is;                /* of a bool: the text that means true; at == NULL: the bool itself */
    const struct pointer *of_each; /* of a list: where in each of its items; NULL: the items themselves */
    const struct source *joined;   /* the texts that make this one; nothing else is read then */
    const struct token *tokens;
    size_t len;
};

/* The first pointer that finds something holds. */
struct source {
    struct pointer *pointers;
    size_t len;
};

struct pointers {
    struct source of[TARGETS];
};

/* A pointer as it is written out in full. */
struct given {
    const struct node *node, *at, *join, *each, *types;
    int type;
    struct span is;
};

/* What a pointer is read by. */
struct manner {
    enum target_kind kind;
    int type;
    struct span is;
    const struct pointer *of_each;
};

struct loader {
    struct arena *mem;
    struct report *report;
};

#define AT_FIELD(fallback)                                                                                             \
    {                                                                                                                  \
        "at", &form_node, offsetof(struct given, at), fallback, "A JSON Pointer, or a list of them."                   \
    }
#define TYPE_FIELD(types, fallback)                                                                                    \
    {                                                                                                                  \
        "type", &(const struct form){.kind = FORM_CHOICE, .choices = types}, offsetof(struct given, type), fallback,   \
            "What is there."                                                                                           \
    }

static const struct form time_type_form = {.kind = FORM_CHOICE, .choices = time_types};
static const struct form time_types_form = {.kind = FORM_LIST, .of = &time_type_form};

static const struct field text_fields[] = {AT_FIELD(NULL),
                                           TYPE_FIELD(text_types, "text"),
                                           {"join", &form_node, offsetof(struct given, join), NULL,
                                            "A list of pointers whose texts are joined by a blank line."},
                                           {0}};
static const struct field count_fields[] = {AT_FIELD(FIELD_REQUIRED), TYPE_FIELD(count_types, "count"), {0}};
static const struct field time_fields[] = {
    AT_FIELD(FIELD_REQUIRED),
    {"type", &form_node, offsetof(struct given, types), NULL, "What is there, or a list of that, tried in turn."},
    {0}};
static const struct field bool_fields[] = {
    AT_FIELD(FIELD_REQUIRED),
    TYPE_FIELD(bool_types, "bool"),
    {"is", &form_text, offsetof(struct given, is), NULL, "The text that means true."},
    {0}};
static const struct field list_fields[] = {AT_FIELD(NULL),
                                           TYPE_FIELD(list_types, "text"),
                                           {"each", &form_node, offsetof(struct given, each), NULL,
                                            "A pointer to a list; `at` is then within each of its items."},
                                           {0}};

static const struct form given_forms[TARGET_KINDS] = {
    [TARGET_TEXT] = {.kind = FORM_RECORD, .fields = text_fields, .size = sizeof(struct given)},
    [TARGET_COUNT] = {.kind = FORM_RECORD, .fields = count_fields, .size = sizeof(struct given)},
    [TARGET_TIME] = {.kind = FORM_RECORD, .fields = time_fields, .size = sizeof(struct given)},
    [TARGET_BOOL] = {.kind = FORM_RECORD, .fields = bool_fields, .size = sizeof(struct given)},
    [TARGET_LIST] = {.kind = FORM_RECORD, .fields = list_fields, .size = sizeof(struct given)},
};

/* RFC 6901, section 4: digits without a zero before them. */
static uint32_t index_of(struct span name)
{
    uint32_t index = 0;

    if (!name.len || name.len > 9 || (name.len > 1 && name.at[0] == '0'))
        return NO_INDEX;
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] < '0' || name.at[i] > '9')
            return NO_INDEX;
        index = index * 10 + (uint32_t)(name.at[i] - '0');
    }
    return index;
}

/* "~1" means "/" and "~0" for "~"; false if a "~" means nothing. */
static bool read_token(struct span written, struct arena *mem, struct token *token)
{
    char *name = arena_take(mem, written.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < written.len; i++) {
        char c = written.at[i];

        if (c == '~') {
            char next = ++i < written.len ? written.at[i] : 0;

            if (next != '0' && next != '1')
                return false;
            c = next == '0' ? '~' : '/';
        }
        name[len++] = c;
    }
    token->name = (struct span){name, len};
    token->index = index_of(token->name);
    return true;
}

static size_t count_tokens(struct span text)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++)
        len += text.at[i] == '/';
    return len;
}

static bool read_tokens(struct span text, struct arena *mem, struct token *tokens)
{
    size_t start = 1, len = 0;

    for (size_t i = 1; i <= text.len; i++) {
        if (i < text.len && text.at[i] != '/')
            continue;
        if (!read_token((struct span){text.at + start, i - start}, mem, &tokens[len++]))
            return false;
        start = i + 1;
    }
    return true;
}

static struct pointer *add_place(struct loader *loader, struct source *source, struct pointer pointer)
{
    source->pointers = arena_grow(loader->mem, source->pointers, source->len * sizeof *source->pointers,
                                  (source->len + 1) * sizeof *source->pointers);
    source->pointers[source->len] = pointer;
    return &source->pointers[source->len++];
}

static bool add_pointer(struct loader *loader, const struct node *node, const struct manner *manner,
                        struct source *source)
{
    struct span text = node->text;

    if (node_is_null(node))
        return report_error(loader->report, node, "expected a JSON Pointer such as /user/id, got nothing");
    if (!text.len || text.at[0] != '/')
        return report_error(loader->report, node,
                            "\"%.*s\" is not a JSON Pointer to a member (RFC 6901): it has "
                            "to begin with a /, such as /user/id",
                            SPAN_ARGS(text));
    struct token *tokens = arena_take(loader->mem, count_tokens(text) * sizeof *tokens);
    if (!read_tokens(text, loader->mem, tokens))
        return report_error(loader->report, node,
                            "\"%.*s\" is not a JSON Pointer (RFC 6901): ~ is followed by 0 "
                            "(for ~) or 1 (for /)",
                            SPAN_ARGS(text));
    add_place(loader, source,
              (struct pointer){span_string(text, loader->mem), manner->type, manner->is, manner->of_each, NULL, tokens,
                               count_tokens(text)});
    return true;
}

static bool load_source(struct loader *loader, const struct node *node, const struct manner *manner,
                        struct source *source);

static bool load_list(struct loader *loader, const struct node *list, const struct manner *manner,
                      struct source *source)
{
    bool fine = list->len || report_error(loader->report, list, "an empty list; name at least one JSON Pointer");

    for (const struct node *item = list->first; item; item = item->next)
        fine &= load_source(loader, item, manner, source);
    return fine;
}

/* One type of a time or a list of them, as bits; those that tell by themselves where nothing is said. */
static bool load_times(struct loader *loader, const struct node *types, int *forms)
{
    struct list list = {0};
    int one = 0;

    *forms = TIME_FORMS_CLEAR;
    if (!types)
        return true;
    if (types->kind != NODE_LIST && !settings_bind(&time_type_form, types, &one, loader->mem, loader->report))
        return false;
    if (types->kind == NODE_LIST && !settings_bind(&time_types_form, types, &list, loader->mem, loader->report))
        return false;
    if (types->kind != NODE_LIST)
        list = (struct list){&one, 1};
    *forms = list.len ? 0 : TIME_FORMS_CLEAR;
    for (size_t i = 0; i < list.len; i++)
        *forms |= ((const int *)list.at)[i] ? 1 << (((const int *)list.at)[i] - 1) : TIME_FORMS_CLEAR;
    return true;
}

/* The parts of a text are sources of their own. */
static bool load_joined(struct loader *loader, const struct given *given, const struct manner *manner,
                        struct source *source)
{
    struct source *parts = arena_zero(loader->mem, sizeof *parts);

    if (given->at)
        return report_error(loader->report, given->at, "at and join cannot both be given");
    if (given->join->kind != NODE_LIST)
        return report_error(loader->report, given->join, "expected a list of JSON Pointers, got %s",
                            node_says(given->join));
    add_place(loader, source, (struct pointer){.written = "join", .type = manner->type, .joined = parts});
    return load_list(loader, given->join, manner, parts);
}

/* `each` is the list, `at` the place in its items. */
static bool load_each(struct loader *loader, const struct given *given, const struct manner *manner,
                      struct source *source)
{
    struct source within = {0};
    struct manner items = *manner;

    if (!given->at || given->at->kind != NODE_SCALAR || given->each->kind != NODE_SCALAR)
        return report_error(loader->report, given->each, "each and at are one JSON Pointer each");
    if (!add_pointer(loader, given->at, manner, &within))
        return false;
    items.of_each = within.pointers;
    return add_pointer(loader, given->each, &items, source);
}

static bool load_given(struct loader *loader, const struct node *node, const struct manner *manner,
                       struct source *source)
{
    struct given given = {0};
    struct manner own = {.kind = manner->kind};

    if (!settings_bind(&given_forms[manner->kind], node, &given, loader->mem, loader->report))
        return false;
    own.type = given.type;
    own.is = given.is;
    if (own.kind == TARGET_TIME && !load_times(loader, given.types, &own.type))
        return false;
    if (given.join)
        return load_joined(loader, &given, &own, source);
    if (given.each)
        return load_each(loader, &given, &own, source);
    return given.at ? load_source(loader, given.at, &own, source)
                    : report_error(loader->report, node, "\"at\" is missing");
}

/* A pointer, {at, type…}, or a list of them. */
static bool load_source(struct loader *loader, const struct node *node, const struct manner *manner,
                        struct source *source)
{
    if (node->kind == NODE_SCALAR)
        return add_pointer(loader, node, manner, source);
    return node->kind == NODE_LIST ? load_list(loader, node, manner, source) : load_given(loader, node, manner, source);
}

static bool is_group(const struct target *target, const char *group)
{
    return target->group == group || (target->group && group && strcmp(target->group, group) == 0);
}

/* The members of a group; those of none are followed by the groups. */
static const char *const *names_of(const char *group, struct arena *mem)
{
    const char **names = arena_zero(mem, (TARGETS + 3) * sizeof *names);
    size_t len = 0;

    for (int i = 0; i < TARGETS; i++)
        if (is_group(&targets[i], group))
            names[len++] = targets[i].name;
    if (!group) {
        names[len++] = "author";
        names[len++] = "metrics";
    }
    return names;
}

static bool only_known(struct loader *loader, const struct node *map, const char *group)
{
    const char *const *names = names_of(group, loader->mem);
    bool fine = true;

    for (const struct node *member = map->first; member; member = member->next) {
        const char *const *name = names;

        while (*name && !span_equal(span_of(*name), member->name->text))
            name++;
        if (!*name)
            fine =
                report_error(loader->report, member->name, "a post has no \"%.*s\"%.*s", SPAN_ARGS(member->name->text),
                             SPAN_ARGS(settings_hint(member->name->text, names, loader->mem)));
    }
    return fine;
}

/* The sources of one group, or of those members that are in none. */
static bool load_group(struct loader *loader, const struct node *map, const char *group, struct pointers *pointers)
{
    bool fine = true;

    if (!map)
        return true;
    if (map->kind != NODE_MAP)
        return report_error(loader->report, map, "expected a map of members to JSON Pointers, got %s", node_says(map));
    fine &= only_known(loader, map, group);
    for (int i = 0; i < TARGETS; i++) {
        struct span name = span_of(targets[i].name);
        const struct node *node = is_group(&targets[i], group) ? node_get(map, name) : NULL;

        struct manner manner = {.kind = targets[i].kind, .type = targets[i].kind == TARGET_TIME ? TIME_FORMS_CLEAR : 0};

        if (node)
            fine &= load_source(loader, node, &manner, &pointers->of[i]);
    }
    return fine;
}

static bool is_enough(const struct pointers *pointers)
{
    bool says = pointers->of[TEXT].len || pointers->of[HIDDEN].len || pointers->of[REPOST_OF].len;

    for (int i = METRICS; i < TARGETS; i++)
        says |= pointers->of[i].len > 0;
    return says && pointers->of[ID].len;
}

static bool load_pointers(struct loader *loader, const struct node *map, struct pointers *pointers)
{
    bool fine = load_group(loader, map, NULL, pointers);

    if (map->kind != NODE_MAP)
        return false;
    fine &= load_group(loader, node_get(map, SPAN("author")), "author", pointers);
    fine &= load_group(loader, node_get(map, SPAN("metrics")), "metrics", pointers);
    return fine
           && (is_enough(pointers)
               || report_error(loader->report, map, "a mapping needs id, and text, metrics or hidden"));
}

bool pointers_load(struct input *input, struct arena *mem, struct report *report)
{
    struct pointers *pointers = arena_zero(mem, sizeof *pointers);
    struct loader loader = {mem, report};
    bool is_mapping = presets[input->preset] == &preset_mapping;

    if (!is_mapping && input->mapping)
        return report_error(report, input->mapping->name, "only preset mapping reads a mapping");
    if (!is_mapping)
        return true;
    if (!input->mapping)
        return report_error(report, node_get(input->node, SPAN("preset")),
                            "preset mapping needs a mapping "
                            "beside it, such as mapping: {id: /id, text: /text}");
    input->pointers = pointers;
    return load_pointers(&loader, input->mapping, pointers);
}

/* --- the reading of a post --- */

static const struct value *step(const struct value *value, const struct token *token)
{
    if (value->type == VALUE_LIST)
        return token->index < value->len ? &value->items[token->index] : NULL;
    return json_get(value, token->name);
}

static const struct value *follow_pointer(const struct pointer *pointer, const struct value *value)
{
    for (size_t i = 0; value && i < pointer->len; i++)
        value = step(value, &pointer->tokens[i]);
    return value && value->type != VALUE_NULL ? value : NULL;
}

static const struct value nothing = {.type = VALUE_STRING};

/* Of a joined text the first part that is there; it is read by its parts. */
static const struct value *find_in(const struct source *source, const struct value *root, const struct pointer **by)
{
    for (size_t i = 0; i < source->len; i++) {
        const struct pointer *pointer = &source->pointers[i], *part;
        const struct value *value =
            pointer->joined ? find_in(pointer->joined, root, &part) : follow_pointer(pointer, root);

        *by = pointer;
        if (value)
            return pointer->joined ? &nothing : value;
    }
    return NULL;
}

/* The first pointer of a source that finds anything, and what it finds. */
static const struct value *find(struct mapping *mapping, const struct value *root, int index, const struct pointer **by)
{
    return find_in(&mapping->input->pointers->of[index], root, by);
}

/* Line feeds of HTML as line breaks; those within tags stay. */
static struct span with_breaks(struct span html, struct arena *mem)
{
    struct buf out = buf_in(mem);
    bool in_tag = false;

    for (size_t i = 0; i < html.len; i++) {
        in_tag = html.at[i] == '<' || (in_tag && html.at[i] != '>');
        if (html.at[i] == '\n' && !in_tag)
            buf_put(&out, SPAN("<br>"));
        else
            buf_char(&out, html.at[i]);
    }
    return buf_span(&out);
}

static struct span plain_text(struct span text, int type, struct arena *mem)
{
    switch (type) {
    case TYPE_HTML: return html_text(text, SPAN(""), NULL, mem);
    case TYPE_HTML_LINES: return html_text(with_breaks(text, mem), SPAN(""), NULL, mem);
    case TYPE_REFERENCES: return html_references(text, mem);
    default: return text;
    }
}

/* The name of the first member, such as the language in {"ja": "…"}. */
static void take_key(struct mapping *mapping, const struct value *value, const struct target *target,
                     const struct pointer *by, struct span *out)
{
    if (value->type == VALUE_OBJECT && value->len)
        *out = value->members[0].name;
    else if (!map_unusable(mapping, target->member, UNUSABLE_TYPE))
        map_fault(
            mapping, FAULT_WRONG_TYPE,
            span_format(mapping->mem, "%s is %s; expected an object with a member", by->written, json_says(value)));
}

static void take_one(struct mapping *mapping, const struct value *value, const struct target *target,
                     const struct pointer *by, struct span *out)
{
    if (by->type == TYPE_KEY) {
        take_key(mapping, value, target, by, out);
        return;
    }
    if (by->type == TYPE_TEXT_OR_NUMBER)
        read_id(mapping, value, target->member, by->written, out);
    else
        read_text(mapping, value, target->member, by->written, out);
    *out = plain_text(*out, by->type, mapping->mem);
}

static const struct span texts_apart = {(const char[]){POST_TEXTS_APART}, 1};

/* Parts that are empty, or not there, leave no gap. */
static void take_text(struct mapping *mapping, const struct value *root, const struct value *value,
                      const struct target *target, const struct pointer *by, struct span *out)
{
    const struct span apart = target->member == MEMBER_EXTRA ? texts_apart : SPAN("\n\n");
    const struct source *parts = by->joined;
    struct buf text = buf_in(mapping->mem);

    if (!parts) {
        take_one(mapping, value, target, by, out);
        return;
    }
    for (size_t i = 0; i < parts->len; i++) {
        const struct value *part = parts->pointers[i].joined ? NULL : follow_pointer(&parts->pointers[i], root);
        struct span read = {0};

        if (part)
            take_one(mapping, part, target, &parts->pointers[i], &read);
        if (!read.len)
            continue;
        if (text.len)
            buf_put(&text, apart);
        buf_put(&text, read);
    }
    *out = buf_span(&text);
}

/* Digits as a number; -1 if it is none, or more than a count may be. */
static int64_t digits_of(struct span text)
{
    int64_t number = text.len ? 0 : -1;

    for (size_t i = 0; i < text.len && number >= 0; i++) {
        bool is_digit = text.at[i] >= '0' && text.at[i] <= '9';

        number = is_digit && number <= COUNT_MAX ? number * 10 + (text.at[i] - '0') : -1;
    }
    return number <= COUNT_MAX ? number : -1;
}

/* A count in digits, as some write it. */
static void take_count(struct mapping *mapping, const struct value *value, const struct target *target,
                       const struct pointer *by, int64_t *out)
{
    struct span text = {0};
    int64_t number;

    if (by->type == TYPE_COUNT) {
        read_count(mapping, value, target->member, by->written, out);
        return;
    }
    read_text(mapping, value, target->member, by->written, &text);
    if (!text.at)
        return;
    if ((number = digits_of(text)) >= 0)
        *out = number;
    else if (!map_unusable(mapping, target->member, UNUSABLE_VALUE))
        map_fault(mapping, FAULT_WRONG_TYPE,
                  span_format(mapping->mem, "%s is no count; expected digits in a text", by->written));
}

static const struct value *take_bool(struct mapping *mapping, const struct value *value, const struct target *target,
                                     const struct pointer *by)
{
    static const struct value truths[] = {{.type = VALUE_BOOL}, {.type = VALUE_BOOL, .truth = true}};

    if (!value || !by->is.at)
        return read_bool(mapping, value, target->member, by ? by->written : "");
    return &truths[value->type == VALUE_STRING && span_equal(value->string, by->is)];
}

/* A list of texts or of objects that hold them, or one text. */
static void take_list(struct mapping *mapping, const struct value *value, const struct target *target,
                      const struct pointer *by)
{
    enum payload_list listing = (enum payload_list)target->offset;
    uint32_t len = value->type == VALUE_LIST ? value->len : 1;
    const struct value *items = value->type == VALUE_LIST ? value->items : value;

    if (value->type != VALUE_LIST && value->type != VALUE_STRING) {
        if (!map_unusable(mapping, target->member, UNUSABLE_TYPE))
            map_fault(mapping, FAULT_WRONG_TYPE,
                      span_format(mapping->mem, "%s is %s; expected a list", by->written, json_says(value)));
        return;
    }
    map_knows(mapping, listing);
    for (uint32_t i = 0; i < len; i++) {
        const struct value *item = by->of_each ? follow_pointer(by->of_each, &items[i]) : &items[i];

        if (item && item->type == VALUE_STRING)
            map_listed(mapping, listing, item->string);
    }
}

static void take_member(struct mapping *mapping, const struct value *root, int index)
{
    const struct target *target = &targets[index];
    const struct pointer *by = NULL;
    const struct value *value = find(mapping, root, index, &by);
    void *out = (char *)mapping->post + target->offset;

    if (!value || index == HIDDEN)
        return;
    switch (target->kind) {
    case TARGET_TEXT: take_text(mapping, root, value, target, by, out); break;
    case TARGET_COUNT: take_count(mapping, value, target, by, out); break;
    case TARGET_TIME: read_time(mapping, value, target->member, by->written, (unsigned)by->type, out); break;
    case TARGET_BOOL:
        if ((value = take_bool(mapping, value, target, by)))
            *(enum said *)out = value->truth ? SAID_YES : SAID_NO;
        break;
    default: take_list(mapping, value, target, by);
    }
}

static bool has_counts(struct mapping *mapping, const struct value *root)
{
    const struct pointer *by;

    for (int i = METRICS; i < TARGETS; i++)
        if (find(mapping, root, i, &by))
            return true;
    return false;
}

/* As in the canonical form: `hidden` first, then whether there is a text. */
static enum saying saying_of(struct mapping *mapping, const struct value *root)
{
    const struct pointer *by = NULL, *text_by;
    const struct value *hidden = find(mapping, root, HIDDEN, &by);

    hidden = take_bool(mapping, hidden, &targets[HIDDEN], by);
    if (hidden && hidden->truth)
        return SAYS_HIDE;
    if (find(mapping, root, TEXT, &text_by))
        return SAYS_POST;
    if (hidden && !(by->is.at))
        return SAYS_UNHIDE;
    if (!has_counts(mapping, root) && find(mapping, root, REPOST_OF, &text_by))
        return SAYS_POST; /* a repost need not repeat the text */
    if (!has_counts(mapping, root))
        map_fault(mapping, FAULT_NO_TEXT, SPAN("neither text nor metrics is there"));
    return SAYS_UPDATE;
}

static void map_by_pointers(struct mapping *mapping, const struct value *root)
{
    struct post *post = mapping->post;
    const struct pointer *text_by;

    take_member(mapping, root, ID);
    if (!post->id.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("id is missing or empty"));
    post->says = saying_of(mapping, root);
    take_member(mapping, root, OBSERVED);
    if (post->says == SAYS_HIDE || post->says == SAYS_UNHIDE)
        return;
    for (int i = 0; i < TARGETS; i++)
        if (i != ID && i != OBSERVED)
            take_member(mapping, root, i);
    if (post->says == SAYS_POST && !post->text.len && !post->repost_of.len && !find(mapping, root, TEXT, &text_by))
        map_fault(mapping, FAULT_NO_TEXT, SPAN("no text is there, and what it would repeat is no id"));
}

/* --- a hide request --- */

/* A value in the objects that lead to it, from this token on. */
static void put_nested(struct buf *out, const struct pointer *pointer, size_t from, struct span json)
{
    for (size_t i = from; i < pointer->len; i++) {
        if (i > from)
            buf_char(out, '{');
        json_write_string(out, pointer->tokens[i].name);
        buf_char(out, ':');
    }
    buf_put(out, json);
    for (size_t i = from + 1; i < pointer->len; i++)
        buf_char(out, '}');
}

static struct span hidden_json(const struct pointer *pointer, bool hidden, struct arena *mem)
{
    struct buf out = buf_in(mem);

    if (pointer->is.at)
        json_write_string(&out, pointer->is);
    else
        buf_put(&out, hidden ? SPAN("true") : SPAN("false"));
    return buf_span(&out);
}

/* How many objects both are in. */
static size_t shared_tokens(const struct pointer *a, const struct pointer *b)
{
    size_t len = 0;

    while (len < a->len && len < b->len && span_equal(a->tokens[len].name, b->tokens[len].name))
        len++;
    return len;
}

/* Only where both are mapped to members of their own. A text that means true has none that means false. */
static bool write_hide(const struct input *input, struct span id, bool hidden, struct buf *out)
{
    const struct source *ids = &input->pointers->of[ID], *says = &input->pointers->of[HIDDEN];
    const struct pointer *id_at = ids->pointers, *hidden_at = says->pointers;
    struct buf text = buf_in(out->mem);

    if (!ids->len || !says->len || id_at->type == TYPE_KEY || id_at->joined || (!hidden && hidden_at->is.at))
        return false;
    size_t shared = shared_tokens(id_at, hidden_at);
    if (shared == id_at->len || shared == hidden_at->len)
        return false;
    json_write_string(&text, id);
    for (size_t i = 0; i < shared; i++) {
        buf_char(out, '{');
        json_write_string(out, id_at->tokens[i].name);
        buf_char(out, ':');
    }
    buf_char(out, '{');
    put_nested(out, id_at, shared, buf_span(&text));
    buf_char(out, ',');
    put_nested(out, hidden_at, shared, hidden_json(hidden_at, hidden, out->mem));
    for (size_t i = 0; i <= shared; i++)
        buf_char(out, '}');
    return true;
}

const struct preset preset_mapping = {
    .name = "mapping",
    .help = "any other form; the input's `mapping` says where its members are",
    .map = map_by_pointers,
    .hide = write_hide,
};
