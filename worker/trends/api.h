/* api: the questions that are answered under /api/v1, in one table: requests are routed, checked and described by it.
 */
#pragma once

#include "common/http.h"
#include "worker/trends/trend_ask.h"

/* X(NAME, help): parameters of a query; each is a member of struct asked. In the order of cache keys. */
#define API_PARAMETERS(X)                                                                                              \
    X(at, "As of this time: RFC 3339, or ms since 1970. Default: the greatest record timestamp read.")                 \
    X(window, "How far back it reaches, 1m to 366d.")                                                                  \
    X(lang, "Posts of this language alone, such as ja.")                                                               \
    X(segment, "Posts of this segment alone, such as 40s/male; unknown for those without one.")                        \
    X(sentiment, "Posts of this sentiment alone.")                                                                     \
    X(sort, "The order; posts by reposts, tags by posts where none is given.")                                         \
    X(limit, "At most this many.")                                                                                     \
    X(after, "The page after: what next said, with the other parameters as they were.")

#define API_PARAMETER_INDEX(name, help) API_##name,
enum api_parameter { API_PARAMETERS(API_PARAMETER_INDEX) API_PARAMETER_COUNT };

#define API_BIT(name) (1u << API_##name)
enum api_parameters {
    API_FILTERS = API_BIT(at) | API_BIT(window) | API_BIT(lang) | API_BIT(segment) | API_BIT(sentiment),
    API_LISTS = API_FILTERS | API_BIT(sort) | API_BIT(limit) | API_BIT(after),
};

struct api_parameter_info {
    const char *name, *help;
};
extern const struct api_parameter_info api_parameters[API_PARAMETER_COUNT];

struct api_operation {
    const char *path; /* a pattern of uri_match */
    const char *name; /* its operationId */
    const char *help;
    enum question_kind kind;
    bool is_csv;
    unsigned parameters; /* API_BIT of each that may be given */
    const char *schema;  /* of its answer, under components/schemas; NULL: CSV */
};

extern const struct api_operation api_operations[]; /* ended by one without a path */

/* What a request asks. False, kind ERR_CONFIG: a parameter is unknown or wrong, and err names it. What it makes is in
 * mem. `kind` is the question's, `allowed` the API_BITs that the query may have; `beside` is a further name that it may
 * have, or NULL. */
bool api_read(enum question_kind kind, unsigned allowed, const char *beside, const struct http_request *request,
              struct arena *mem, struct question *question, struct err *err);

/* Asks, and writes the answer or a problem document; the asker has rules. False, kind ERR_WORK: the store failed. */
bool api_answer(const struct api_operation *operation, const struct question *question, const struct trend_asker *asker,
                struct arena *mem, struct http_reply *reply, struct err *err);

/* The description of all operations (OpenAPI 3.1). `has_keys`: requests need one. */
void api_describe(struct buf *out, const char *version, bool has_keys);

void api_reference(struct buf *out); /* the same in short, as Markdown */
