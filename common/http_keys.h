/* http_keys: who may ask an API, and how often.
 *
 * A file of keys has a line for each: its name, the SHA-256 of the key in hexadecimal digits, and the requests that it
 * may make a minute. Blank lines and those that begin with # are nothing. The keys themselves are nowhere.
 * Bounds: HTTP_KEYS_MAX keys, a bucket for each; a request looks at all of them. */
#pragma once

#include "common/arena.h"
#include "common/report.h"
#include "common/settings.h"
#include "common/sha256.h"

enum { HTTP_KEYS_MAX = 1000, HTTP_KEY_BYTES = 256, HTTP_PER_MINUTE_MAX = 1000000 };

struct http_key {
    struct span name;
    unsigned char digest[SHA256_BYTES];
    int64_t per_minute;
};

/* Reads the text of a file into a list of struct http_key, in mem. False if it reported an error; it goes on after each
 * and reports all. */
bool http_keys_read(struct span text, const char *file, struct arena *mem, struct report *report, struct list *out);

struct http_quota; /* for one thread */

struct http_quota *http_quota_new(const struct list *keys); /* of struct http_key, which must outlive it */
void http_quota_free(struct http_quota *quota);             /* takes NULL */

enum http_admission { HTTP_ADMITTED, HTTP_NO_KEY, HTTP_UNKNOWN_KEY, HTTP_OVER_QUOTA };

/* Takes one request of the key that an Authorization header gives ("Bearer KEY"). A key may use up its minute at once;
 * what it has grows back evenly. *wait_s: seconds until the next one is admitted, where it is over its quota. now_ms is
 * of a steady clock. */
enum http_admission http_quota_take(struct http_quota *quota, struct span authorization, int64_t now_ms,
                                    int64_t *wait_s);
