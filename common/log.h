/* log: one line an event on stderr, as key=value (logfmt) or as a JSON object. Never a post's text,
 * never a secret. */
#pragma once

#include "common/buf.h"
#include "common/span.h"

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

/* `event` is a word such as "rebalance"; fmt gives further pairs: "lane=%d partitions=%d". Free
 * text goes last, as message="…" by log_quote. Safe from any thread. */
void log_event(enum log_level level, const char *event, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* text in double quotes with " and \ and control bytes escaped; in one of a few buffers of the
 * thread, good until the eighth next call; a long text is cut. */
const char *log_quote(const char *text);

void log_threshold(enum log_level least);  /* events below are not written; INFO at start */
void log_write_as(enum log_format format); /* LOGFMT at start */
bool log_is_json(void);                    /* safe in a signal handler */

/* The pairs of a logfmt line as members of a JSON object: whole numbers stay numbers, all else becomes
 * text, and bytes that are no UTF-8 become U+FFFD. */
void log_as_json(struct span pairs, struct buf *out);
