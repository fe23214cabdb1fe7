#include "common/settings_remedy.h"

#include <stdio.h>
#include <strings.h>

enum { KEYS_SHOWN = 12 };

/* --- numbers --- */

/* What people write for a unit. */
struct spelling {
    const char *written, *meant;
};

static const struct spelling byte_spellings[] = {
    {"b", "B"},   {"byte", "B"}, {"bytes", "B"}, {"k", "KiB"}, {"kb", "KiB"}, {"kib", "KiB"},
    {"m", "MiB"}, {"mb", "MiB"}, {"mib", "MiB"}, {"g", "GiB"}, {"gb", "GiB"}, {"gib", "GiB"},
    {0},
};

static const struct spelling time_spellings[] = {
    {"", "ms or s"},  {"msec", "ms"}, {"msecs", "ms"}, {"millis", "ms"}, {"milliseconds", "ms"},
    {"ms", "ms"},     {"s", "s"},     {"sec", "s"},    {"secs", "s"},    {"second", "s"},
    {"seconds", "s"}, {"m", "m"},     {"min", "m"},    {"mins", "m"},    {"minute", "m"},
    {"minutes", "m"}, {"h", "h"},     {"hr", "h"},     {"hrs", "h"},     {"hour", "h"},
    {"hours", "h"},   {"d", "d"},     {"day", "d"},    {"days", "d"},    {0},
};

static const struct spelling count_spellings[] = {{"", ""}, {0}};

static const struct spelling *spellings_of(const struct form *form)
{
    switch (form->kind) {
    case FORM_BYTES: return byte_spellings;
    case FORM_DURATION: return time_spellings;
    default: return count_spellings;
    }
}

/* The digits at the start without what parts thousands; the rest is the unit. */
static struct span take_digits(struct span *text, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (; text->len; text->at++, text->len--) {
        bool parts = *text->at == ',' || *text->at == '_';

        if (*text->at >= '0' && *text->at <= '9')
            buf_char(&out, *text->at);
        else if (!parts || !out.len)
            break;
    }
    return buf_span(&out);
}

static struct span number_remedy(const struct form *form, struct span written, struct arena *mem)
{
    struct span unit = span_trim(written), digits = take_digits(&unit, mem);
    const char *name = span_string(span_trim(unit), mem);
    int64_t value;

    for (const struct spelling *at = spellings_of(form); digits.len && at->written; at++) {
        struct span meant = span_format(mem, "%.*s%s", SPAN_ARGS(digits), at->meant);

        if (strcasecmp(name, at->written) != 0)
            continue;
        if (!*name && form->kind == FORM_DURATION)
            return span_format(mem, "; add a unit: %.*sms or %.*ss", SPAN_ARGS(digits), SPAN_ARGS(digits));
        if (settings_number(form, meant, &value))
            return span_format(mem, "; write %.*s", SPAN_ARGS(meant));
    }
    return SPAN("");
}

static struct span bool_remedy(struct span written, struct arena *mem)
{
    static const struct spelling spellings[] = {{"yes", "true"},    {"on", "true"},  {"true", "true"},
                                                {"1", "true"},      {"no", "false"}, {"off", "false"},
                                                {"false", "false"}, {"0", "false"},  {0}};
    const char *text = span_string(written, mem);

    for (const struct spelling *at = spellings; at->written; at++)
        if (!strcasecmp(text, at->written))
            return span_format(mem, "; write %s without quotes", at->meant);
    return SPAN("");
}

/* --- lists and maps --- */

/* As YAML has it, in quotes where the sign at its start or a sign within would mean something. */
static struct span quoted(const struct node *node, struct arena *mem)
{
    for (size_t i = 0; i < node->text.len; i++)
        if (strchr(",:[]{}#\"'", node->text.at[i]) || !node->is_plain)
            return span_format(mem, "\"%.*s\"", SPAN_ARGS(node->text));
    return node->text;
}

/* {topic: …, shape: …}: the members that must be given; "" where there is none. */
static struct span record_shown(const struct form *form, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (const struct field *field = form->fields; field->name; field++)
        if (field->fallback == FIELD_REQUIRED)
            buf_format(&out, "%s%s: …", out.len ? ", " : "{", field->name);
    if (out.len)
        buf_char(&out, '}');
    return buf_span(&out);
}

static struct span keys_shown(const struct form *form, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (int i = 0; form->fields[i].name && i < KEYS_SHOWN; i++)
        buf_format(&out, "%s%s", i ? ", " : "", form->fields[i].name);
    for (int i = 0; form->fields[i].name; i++)
        if (i == KEYS_SHOWN)
            buf_put(&out, SPAN(", …"));
    return buf_span(&out);
}

static struct span record_remedy(const struct form *form, struct arena *mem)
{
    struct span shown = record_shown(form, mem);

    if (shown.len)
        return span_format(mem, "; write %.*s", SPAN_ARGS(shown));
    return span_format(mem, "; its keys are %.*s", SPAN_ARGS(keys_shown(form, mem)));
}

static struct span list_remedy(const struct form *of, const struct node *node, struct arena *mem)
{
    struct span shown = of->kind == FORM_RECORD ? record_shown(of, mem) : SPAN("");

    if (node->kind == NODE_MAP)
        return SPAN("; begin each item with \"- \"");
    if (shown.len)
        return span_format(mem, "; write [%.*s]", SPAN_ARGS(shown));
    return of->kind == FORM_RECORD ? shown : span_format(mem, "; write [%.*s]", SPAN_ARGS(quoted(node, mem)));
}

static struct span nothing_remedy(const struct node *node, struct arena *mem)
{
    if (!node->comment.len)
        return SPAN("");
    return span_format(mem, "; # begins a comment: write \"%.*s\" in quotes", SPAN_ARGS(node->comment));
}

struct span settings_remedy(const struct form *form, const struct node *node, struct arena *mem)
{
    if (node_is_null(node))
        return nothing_remedy(node, mem);
    if (form->remedy)
        return span_format(mem, "; %s", form->remedy);
    switch (form->kind) {
    case FORM_LIST: return list_remedy(form->of, node, mem);
    case FORM_MAP: return node->kind == NODE_LIST ? SPAN("; write NAME: before each, and no \"- \"") : SPAN("");
    case FORM_RECORD: return record_remedy(form, mem);
    case FORM_TEXT: return node->kind == NODE_LIST ? SPAN("; give one, without [ ] or \"- \"") : SPAN("");
    case FORM_BOOL: return bool_remedy(node->text, mem);
    case FORM_INT:
    case FORM_BYTES:
    case FORM_DURATION: return number_remedy(form, node->text, mem);
    default: return SPAN("");
    }
}

/* --- keys --- */

struct span settings_key_remedy(const struct form *form, struct span written, struct arena *mem)
{
    const char **names = arena_zero(mem, (KEYS_SHOWN * 8 + 1) * sizeof *names);
    size_t len = 0;

    for (const char *const *pair = form->also; pair && *pair; pair += 2)
        if (span_equal(written, span_of(pair[0])))
            return span_format(mem, "; did you mean \"%s\"?", pair[1]);
    for (const struct field *field = form->fields; field->name && len < KEYS_SHOWN * 8; field++)
        names[len++] = field->name;
    for (const char *const *pair = form->also; pair && *pair && len < KEYS_SHOWN * 8; pair += 2)
        names[len++] = pair[1];
    struct span hint = settings_hint(written, names, mem);
    return hint.len ? hint : span_format(mem, "; known are %.*s", SPAN_ARGS(keys_shown(form, mem)));
}
