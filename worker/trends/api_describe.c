#include "common/json.h"
#include "worker/trends/api.h"

extern const char api_schemas[];
extern const size_t api_schemas_len;

/* What a cursor, a time and a duration look like, so that programs that make requests of the description make good
 * ones. */
#define CURSOR_TAIL                                                                                                    \
    "[.][0-9]{1,15}[.](0|-?[1-9][0-9]{0,17})[.](0|-?[1-9][0-9]{0,8})[.](0|-?[1-9][0-9]{0,17})"                         \
    "[.]([0-9a-f][0-9a-f])*[.]([0-9a-f][0-9a-f])*$"

static const char time_schema[] = "{\"oneOf\":[{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},"
                                  "{\"type\":\"string\",\"format\":\"date-time\"}]}";
static const char window_schema[] =
    "{\"type\":\"string\",\"pattern\":"
    "\"^([1-9][0-9]{0,3}m|[1-9][0-9]{0,2}h|([1-9][0-9]?|[12][0-9][0-9]|3[0-5][0-9]|36[0-6])d)$\",\"default\":\"24h\"}";

/* --- parameters --- */

static void put_names(struct buf *out, const char *const *names)
{
    buf_put(out, SPAN("{\"enum\":["));
    for (int i = 0; names[i]; i++)
        buf_format(out, "%s\"%s\"", i ? "," : "", names[i]);
    buf_format(out, "],\"default\":\"%s\"}", names[0]);
}

static void put_sentiments(struct buf *out)
{
    buf_put(out, SPAN("{\"enum\":["));
    for (int i = 0; i < ROW_SENTIMENTS; i++)
        buf_format(out, "%s\"%s\"", i ? "," : "", answer_sentiments[i]);
    buf_put(out, SPAN("]}"));
}

static void put_schema(struct buf *out, enum api_parameter parameter, bool of_tags)
{
    switch (parameter) {
    case API_at: buf_put(out, span_of(time_schema)); break;
    case API_window: buf_put(out, span_of(window_schema)); break;
    case API_sentiment: put_sentiments(out); break;
    case API_sort: put_names(out, of_tags ? tag_sort_names : post_sort_names); break;
    case API_limit:
        buf_format(out, "{\"type\":\"integer\",\"minimum\":1,\"maximum\":%d,\"default\":%d}", QUESTION_LIMIT_MAX,
                   QUESTION_LIMIT);
        break;
    case API_after:
        buf_format(out, "{\"type\":\"string\",\"pattern\":\"^%s" CURSOR_TAIL "\"}", of_tags ? "t0" : "p0");
        break;
    default: buf_put(out, SPAN("{\"type\":\"string\",\"pattern\":\"^[^\\u0000]*$\"}"));
    }
}

static void put_parameter(struct buf *out, struct span name, const char *in, struct span help)
{
    buf_format(out, "{\"name\":\"%.*s\",\"in\":\"%s\",\"required\":%s,\"description\":", SPAN_ARGS(name), in,
               strcmp(in, "path") == 0 ? "true" : "false");
    json_write_string(out, help);
    buf_put(out, SPAN(",\"schema\":"));
}

static void put_path_parameters(struct buf *out, const char *path)
{
    for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{')) {
        struct span name = {at + 1, (size_t)(strchr(at, '}') - at - 1)};

        put_parameter(out, name, "path", SPAN("Escaped (RFC 3986), a slash too."));
        buf_put(out, SPAN("{\"type\":\"string\",\"pattern\":\"^[^\\u0000]+$\"}},"));
    }
}

static void put_parameters(struct buf *out, const struct api_operation *operation)
{
    buf_put(out, SPAN("\"parameters\":["));
    put_path_parameters(out, operation->path);
    for (int i = 0; i < API_PARAMETER_COUNT; i++) {
        if (!(operation->parameters & 1u << i))
            continue;
        put_parameter(out, span_of(api_parameters[i].name), "query", span_of(api_parameters[i].help));
        put_schema(out, (enum api_parameter)i, operation->kind == ASK_TAGS);
        buf_put(out, SPAN("},"));
    }
    out->len--; /* the last comma: each operation has a parameter */
    buf_put(out, SPAN("],"));
}

/* --- answers --- */

static void put_answer(struct buf *out, const struct api_operation *operation)
{
    buf_put(out, SPAN("\"responses\":{\"200\":{\"description\":\"The answer.\",\"headers\":{\"ETag\":{\"schema\":"
                      "{\"type\":\"string\"}}},\"content\":{"));
    if (operation->is_csv)
        buf_put(out, SPAN("\"text/csv\":{\"schema\":{\"type\":\"string\"}}}},"));
    else
        buf_format(out, "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}},",
                   operation->schema);
    buf_put(out, SPAN("\"304\":{\"description\":\"It is as If-None-Match says.\"}"));
}

static const struct {
    const char *status;
    bool of_names, of_keys; /* only where a path names something; only where keys are asked for */
} problems[] = {{"400", false, false}, {"401", false, true}, {"404", true, false}, {"414", false, false},
                {"421", false, false}, {"429", false, true}, {"503", false, false}};

static void put_problems(struct buf *out, const struct api_operation *operation, bool has_keys)
{
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        if ((!problems[i].of_names || strchr(operation->path, '{')) && (!problems[i].of_keys || has_keys))
            buf_format(out, ",\"%s\":{\"$ref\":\"#/components/responses/Problem\"}", problems[i].status);
    buf_char(out, '}');
}

static void put_operation(struct buf *out, const struct api_operation *operation, bool has_keys)
{
    buf_format(out, "\"%s\":{\"get\":{\"operationId\":\"%s\",\"summary\":", operation->path, operation->name);
    json_write_string(out, span_of(operation->help));
    buf_char(out, ',');
    put_parameters(out, operation);
    put_answer(out, operation);
    put_problems(out, operation, has_keys);
    buf_put(out, SPAN("}}"));
}

void api_describe(struct buf *out, const char *version, bool has_keys)
{
    buf_format(out,
               "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"trendmill trends\",\"version\":\"%s\",\"description\":"
               "\"What is said about a tag as of a point in time. Times are ms UTC; what is unknown is absent.\"},"
               "\"paths\":{",
               version);
    for (const struct api_operation *it = api_operations; it->path; it++) {
        if (it != api_operations)
            buf_char(out, ',');
        put_operation(out, it, has_keys);
    }
    buf_put(out, SPAN("},\"components\":{\"responses\":{\"Problem\":{\"description\":\"Why there is no answer.\","
                      "\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":"
                      "\"#/components/schemas/Problem\"}}}}},\"schemas\":"));
    buf_put(out, (struct span){api_schemas, api_schemas_len});
    if (has_keys)
        buf_put(out, SPAN(",\"securitySchemes\":{\"key\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    buf_format(out, "}%s}\n", has_keys ? ",\"security\":[{\"key\":[]}]" : "");
}

void api_reference(struct buf *out)
{
    buf_put(out, SPAN("\n## API\n\nServed by `trends` where `trends:` says `http`; `/api/v1/openapi.json` describes it "
                      "for programs.\n\n| path | answers | parameters |\n|---|---|---|\n"));
    for (const struct api_operation *it = api_operations; it->path; it++) {
        buf_format(out, "| `%s` | %s |", it->path, it->help);
        for (int i = 0; i < API_PARAMETER_COUNT; i++)
            if (it->parameters & 1u << i)
                buf_format(out, " `%s`", api_parameters[i].name);
        buf_put(out, SPAN(" |\n"));
    }
    buf_put(out, SPAN("\n| parameter | meaning |\n|---|---|\n"));
    for (int i = 0; i < API_PARAMETER_COUNT; i++)
        buf_format(out, "| `%s` | %s |\n", api_parameters[i].name, api_parameters[i].help);
}
