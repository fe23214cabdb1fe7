/* log: one line an event on stderr, as key=value (logfmt). Never a post's text, never a secret. */
#pragma once

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* `event` is a word such as "rebalance"; fmt gives further pairs: "lane=%d partitions=%d". Free
 * text goes last, as message="…" by log_quote. Safe from any thread. */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* text in double quotes with " and \ and control bytes escaped; in one of a few buffers of the
 * thread, good until the eighth next call; a long text is cut. */
const char *log_quote(const char *text);

void log_threshold(enum log_level least);              /* events below are not written; INFO at start */
