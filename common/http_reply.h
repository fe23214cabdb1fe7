/* http_reply: what a request is answered with. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stddef.h>

enum { HTTP_FIELDS = 6 };

struct http_field {
    const char *name;
    struct span value; /* one that is empty or has control bytes is not sent */
};

struct http_reply {
    unsigned status;
    const char *type;                      /* Content-Type */
    struct span body;                      /* copied when the answer is made */
    const char *csp;                       /* Content-Security-Policy; NULL: nothing may be loaded or run */
    const char *cache;                     /* Cache-Control; NULL: no-store */
    struct span etag;                      /* "…", with its quotes; a client that has it gets 304 instead of a 200 */
    struct http_field fields[HTTP_FIELDS]; /* further headers, such as Content-Language and Vary */
    size_t fields_len;
};

const char *http_reason(unsigned status); /* "Not Found"; "Error" for one that is not known */

void http_reply_text(struct http_reply *reply, unsigned status, struct span text);

/* A problem document (RFC 9457): type about:blank, the status with its title, and the detail, a sentence for people. */
void http_reply_problem(struct http_reply *reply, unsigned status, struct span detail, struct arena *mem);

/* Adds a header. There are at most HTTP_FIELDS; the value has to live as long as the reply's body. */
void http_reply_field(struct http_reply *reply, const char *name, struct span value);

/* A strong entity tag of the bytes that an answer is made of, or of what they depend on. */
struct span http_etag(struct span bytes, struct arena *mem);
