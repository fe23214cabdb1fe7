/* Any other form: where the members of the canonical form stand in a post, as JSON Pointers
 * (RFC 6901) that the input's config gives. */
#include "worker/decode/input.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"
#include "worker/text/html.h"

/* --- what is mapped --- */

enum kind_of_member { MEMBER_TEXT, MEMBER_COUNT, MEMBER_TIME, MEMBER_BOOL, MEMBER_KINDS };

enum { TYPE_TEXT, TYPE_TEXT_OR_NUMBER, TYPE_HTML };
enum { TYPE_COUNT, TYPE_COUNT_TEXT };
enum { TYPE_RFC3339, TYPE_UNIX_S, TYPE_UNIX_MS, TYPE_UNIX_US };

static const char *const text_types[] = {"text", "text-or-number", "html", NULL};
static const char *const count_types[] = {"count", "count-text", NULL};
static const char *const time_types[] = {"rfc3339", "unix-s", "unix-ms", "unix-us", NULL};
static const char *const bool_types[] = {"bool", NULL};

enum { ID, TEXT, HIDDEN, OBSERVED, METRICS = 16, TARGETS = METRICS + COUNTS };

struct target {
    const char *group, *name;           /* "author", "handle" */
    enum kind_of_member kind;
    size_t offset;                      /* in struct post; `hidden` is none of its members */
};

#define AT(member) offsetof(struct post, member)
static const struct target targets[TARGETS] = {
    [ID] = {NULL, "id", MEMBER_TEXT, AT(id)},
    [TEXT] = {NULL, "text", MEMBER_TEXT, AT(text)},
    [HIDDEN] = {NULL, "hidden", MEMBER_BOOL, 0},
    [OBSERVED] = {NULL, "observed_at", MEMBER_TIME, AT(observed_ms)},
    {NULL, "created_at", MEMBER_TIME, AT(created_ms)},
    {NULL, "lang", MEMBER_TEXT, AT(lang)},
    {NULL, "url", MEMBER_TEXT, AT(url)},
    {NULL, "in_reply_to", MEMBER_TEXT, AT(in_reply_to)},
    {NULL, "repost_of", MEMBER_TEXT, AT(repost_of)},
    {NULL, "quote_of", MEMBER_TEXT, AT(quote_of)},
    {NULL, "replaces", MEMBER_TEXT, AT(replaces)},
    {"author", "id", MEMBER_TEXT, AT(author.id)},
    {"author", "handle", MEMBER_TEXT, AT(author.handle)},
    {"author", "followers", MEMBER_COUNT, AT(author.followers)},
    {"author", "age_band", MEMBER_TEXT, AT(author.age_band)},
    {"author", "gender", MEMBER_TEXT, AT(author.gender)},
    [METRICS] = {"metrics", "reposts", MEMBER_COUNT, AT(counts[COUNT_REPOSTS])},
    {"metrics", "quotes", MEMBER_COUNT, AT(counts[COUNT_QUOTES])},
    {"metrics", "replies", MEMBER_COUNT, AT(counts[COUNT_REPLIES])},
    {"metrics", "likes", MEMBER_COUNT, AT(counts[COUNT_LIKES])},
    {"metrics", "bookmarks", MEMBER_COUNT, AT(counts[COUNT_BOOKMARKS])},
    {"metrics", "views", MEMBER_COUNT, AT(counts[COUNT_VIEWS])},
};

/* --- the pointers, as they are loaded --- */

enum { NO_INDEX = UINT32_MAX };

struct token {
    struct span name;
    uint32_t index;                     /* the same as an index into a list; NO_INDEX if it is none */
};

struct pointer {
    const char *written;
    int type;                           /* of what stands there: index into the types of its kind */
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
    const struct node *node, *at;
    int type;
};

struct loader {
    struct arena *mem;
    struct report *report;
};

#define AT_FIELD \
    {"at", &form_node, offsetof(struct given, at), FIELD_REQUIRED, "A JSON Pointer, or a list of them."}
#define TYPE_FIELDS(types, fallback) \
    {AT_FIELD, {"type", &(const struct form){.kind = FORM_CHOICE, .choices = types}, \
                offsetof(struct given, type), fallback, "What stands there."}, {0}}

static const struct field text_fields[] = TYPE_FIELDS(text_types, "text");
static const struct field count_fields[] = TYPE_FIELDS(count_types, "count");
static const struct field time_fields[] = TYPE_FIELDS(time_types, "rfc3339");
static const struct field bool_fields[] = TYPE_FIELDS(bool_types, "bool");

static const struct form given_forms[MEMBER_KINDS] = {
    [MEMBER_TEXT] = {.kind = FORM_RECORD, .fields = text_fields, .size = sizeof(struct given)},
    [MEMBER_COUNT] = {.kind = FORM_RECORD, .fields = count_fields, .size = sizeof(struct given)},
    [MEMBER_TIME] = {.kind = FORM_RECORD, .fields = time_fields, .size = sizeof(struct given)},
    [MEMBER_BOOL] = {.kind = FORM_RECORD, .fields = bool_fields, .size = sizeof(struct given)},
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

/* "~1" stands for "/" and "~0" for "~"; false if a "~" stands for nothing. */
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

static bool add_pointer(struct loader *loader, const struct node *node, int type, struct source *source)
{
    struct span text = node->text;

    if (node_is_null(node))
        return report_error(loader->report, node, "expected a JSON Pointer such as /user/id, got nothing");
    if (!text.len || text.at[0] != '/')
        return report_error(loader->report, node, "\"%.*s\" is no JSON Pointer to a member (RFC 6901): it has "
                            "to begin with a /, such as /user/id", SPAN_ARGS(text));
    struct token *tokens = arena_take(loader->mem, count_tokens(text) * sizeof *tokens);
    if (!read_tokens(text, loader->mem, tokens))
        return report_error(loader->report, node, "\"%.*s\" is no JSON Pointer (RFC 6901): ~ is followed by 0 "
                            "(for ~) or 1 (for /)", SPAN_ARGS(text));
    source->pointers = arena_grow(loader->mem, source->pointers, source->len * sizeof *source->pointers,
                                  (source->len + 1) * sizeof *source->pointers);
    source->pointers[source->len++] = (struct pointer){span_string(text, loader->mem), type, tokens,
                                                       count_tokens(text)};
    return true;
}

static bool load_source(struct loader *loader, const struct node *node, enum kind_of_member kind, int type,
                        struct source *source);

static bool load_list(struct loader *loader, const struct node *list, enum kind_of_member kind, int type,
                      struct source *source)
{
    bool fine = list->len || report_error(loader->report, list, "an empty list; name at least one JSON Pointer");

    for (const struct node *item = list->first; item; item = item->next)
        fine &= load_source(loader, item, kind, type, source);
    return fine;
}

/* A pointer, {at, type}, or a list of them. */
static bool load_source(struct loader *loader, const struct node *node, enum kind_of_member kind, int type,
                        struct source *source)
{
    struct given given = {0};

    if (node->kind == NODE_SCALAR)
        return add_pointer(loader, node, type, source);
    if (node->kind == NODE_LIST)
        return load_list(loader, node, kind, type, source);
    return settings_bind(&given_forms[kind], node, &given, loader->mem, loader->report)
        && load_source(loader, given.at, kind, given.type, source);
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
            fine = report_error(loader->report, member->name, "a post has no \"%.*s\"%.*s",
                                SPAN_ARGS(member->name->text),
                                SPAN_ARGS(settings_hint(member->name->text, names, loader->mem)));
    }
    return fine;
}

/* The sources of one group, or of those members that are in none. */
static bool load_group(struct loader *loader, const struct node *map, const char *group,
                       struct pointers *pointers)
{
    bool fine = true;

    if (!map)
        return true;
    if (map->kind != NODE_MAP)
        return report_error(loader->report, map, "expected a map of members to JSON Pointers, got %s",
                            node_says(map));
    fine &= only_known(loader, map, group);
    for (int i = 0; i < TARGETS; i++) {
        struct span name = span_of(targets[i].name);
        const struct node *node = is_group(&targets[i], group) ? node_get(map, name) : NULL;

        if (node)
            fine &= load_source(loader, node, targets[i].kind, 0, &pointers->of[i]);
    }
    return fine;
}

static bool is_enough(const struct pointers *pointers)
{
    bool says = pointers->of[TEXT].len || pointers->of[HIDDEN].len;

    for (int i = METRICS; i < TARGETS; i++)
        says |= pointers->of[i].len > 0;
    return says && pointers->of[ID].len;
}

static bool load(struct loader *loader, const struct node *map, struct pointers *pointers)
{
    bool fine = load_group(loader, map, NULL, pointers);

    if (map->kind != NODE_MAP)
        return false;
    fine &= load_group(loader, node_get(map, SPAN("author")), "author", pointers);
    fine &= load_group(loader, node_get(map, SPAN("metrics")), "metrics", pointers);
    return fine && (is_enough(pointers)
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
        return report_error(report, node_get(input->node, SPAN("preset")), "preset mapping needs a mapping "
                            "beside it, such as mapping: {id: /id, text: /text}");
    input->pointers = pointers;
    return load(&loader, input->mapping, pointers);
}

/* --- the reading of a post --- */

static const struct value *step(const struct value *value, const struct token *token)
{
    if (value->type == VALUE_LIST)
        return token->index < value->len ? &value->items[token->index] : NULL;
    return json_get(value, token->name);
}

static const struct value *follow(const struct pointer *pointer, const struct value *value)
{
    for (size_t i = 0; value && i < pointer->len; i++)
        value = step(value, &pointer->tokens[i]);
    return value && value->type != VALUE_NULL ? value : NULL;
}

/* The first pointer of a source that finds anything, and what it finds. */
static const struct value *find(struct mapping *mapping, const struct value *root, int index,
                                const struct pointer **by)
{
    const struct source *source = &mapping->input->pointers->of[index];

    for (size_t i = 0; i < source->len; i++) {
        const struct value *value = follow(&source->pointers[i], root);

        *by = &source->pointers[i];
        if (value)
            return value;
    }
    return NULL;
}

static void take_text(struct mapping *mapping, const struct value *value, const struct pointer *by,
                      struct span *out)
{
    if (by->type == TYPE_TEXT_OR_NUMBER)
        read_id(mapping, value, by->written, out);
    else
        read_text(mapping, value, by->written, out);
    if (by->type == TYPE_HTML)
        *out = html_text(*out, SPAN(""), mapping->mem);
}

/* A count in digits, as some write it. */
static void take_count(struct mapping *mapping, const struct value *value, const struct pointer *by,
                       int64_t *out)
{
    struct span text = {0};
    struct value number = {.type = VALUE_INT};

    if (by->type == TYPE_COUNT) {
        read_count(mapping, value, by->written, out);
        return;
    }
    read_text(mapping, value, by->written, &text);
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || number.integer > COUNT_MAX) {
            text.len = 0;
            break;
        }
        number.integer = number.integer * 10 + (text.at[i] - '0');
    }
    if (!text.len)
        map_fault(mapping, FAULT_WRONG_TYPE,
                  span_format(mapping->mem, "%s is no count; expected digits in a text", by->written));
    read_count(mapping, &number, by->written, out);
}

static void take_time(struct mapping *mapping, const struct value *value, const struct pointer *by,
                      int64_t *out_ms)
{
    static const int64_t per_second[] = {[TYPE_UNIX_S] = 1, [TYPE_UNIX_MS] = 1000, [TYPE_UNIX_US] = 1000000};

    if (by->type == TYPE_RFC3339)
        read_time(mapping, value, by->written, out_ms);
    else
        read_unix(mapping, value, by->written, per_second[by->type], out_ms);
}

static void take(struct mapping *mapping, const struct value *root, int index)
{
    const struct target *target = &targets[index];
    const struct pointer *by = NULL;
    const struct value *value = find(mapping, root, index, &by);
    void *out = (char *)mapping->post + target->offset;

    if (value && target->kind == MEMBER_TEXT)
        take_text(mapping, value, by, out);
    else if (value && target->kind == MEMBER_COUNT)
        take_count(mapping, value, by, out);
    else if (value && target->kind == MEMBER_TIME)
        take_time(mapping, value, by, out);
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

    if (hidden && hidden->type != VALUE_BOOL)
        map_fault(mapping, FAULT_WRONG_TYPE, span_format(mapping->mem, "%s is %s; expected true or false",
                                                         by->written, json_says(hidden)));
    else if (hidden && hidden->truth)
        return SAYS_HIDE;
    if (find(mapping, root, TEXT, &text_by))
        return SAYS_POST;
    if (hidden)
        return SAYS_UNHIDE;
    if (!has_counts(mapping, root))
        map_fault(mapping, FAULT_NO_TEXT, SPAN("neither text nor metrics is there"));
    return SAYS_UPDATE;
}

static void map(struct mapping *mapping, const struct value *root)
{
    struct post *post = mapping->post;

    take(mapping, root, ID);
    if (!post->id.len)
        map_fault(mapping, FAULT_NO_ID, SPAN("id is missing or empty"));
    post->says = saying_of(mapping, root);
    take(mapping, root, OBSERVED);
    if (post->says == SAYS_HIDE || post->says == SAYS_UNHIDE)
        return;
    for (int i = 0; i < TARGETS; i++)
        if (i != ID && i != OBSERVED)
            take(mapping, root, i);
}

const struct preset preset_mapping = {
    .name = "mapping",
    .help = "any other form; the input's `mapping` says where its members stand",
    .map = map,
};
