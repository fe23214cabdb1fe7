#include "worker/kafka/outage.h"
#include "common/log.h"
#include "common/time.h"

#include <stdio.h>
#include <string.h>

/* librdkafka says the same of one broker again only after 30 s. */
enum { SILENT_MS = 35000, UNANSWERED_MANY = 3 };

const char *const outage_words[OUTAGE_CAUSES] = {
    [OUTAGE_UNREACHABLE] = "no broker answers: check bootstrap.servers, the network and the brokers",
    [OUTAGE_CREDENTIALS] = "the brokers refuse the credentials: check sasl.mechanism, sasl.username and sasl.password",
    [OUTAGE_CERTIFICATE] = "TLS fails: check ssl.ca.location, and the certificates' dates and host names",
};

void outage_open(struct outage *outage, int lane)
{
    *outage = (struct outage){0};
    if (lane != NO_LANE)
        snprintf(outage->who, sizeof outage->who, "lane=%d ", lane);
    pthread_mutex_init(&outage->lock, NULL);
}

void outage_close(struct outage *outage)
{
    pthread_mutex_destroy(&outage->lock);
}

static bool says_any(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strstr(text, *words))
            return true;
    return false;
}

static enum outage_cause cause_of(const char *text)
{
    static const char *const credentials[] = {"SASL", "uthentication", NULL};
    static const char *const certificate[] = {"SSL handshake failed", "certificate", NULL};

    if (says_any(text, certificate))
        return OUTAGE_CERTIFICATE;
    return says_any(text, credentials) ? OUTAGE_CREDENTIALS : OUTAGE_UNREACHABLE;
}

/* Of a connection that was up. */
static bool is_closed_idle(const char *text)
{
    static const char *const closed[] = {"Disconnected", "Connection reset by peer (", "Broken pipe (", NULL};

    return strstr(text, "in state UP") && says_any(text, closed);
}

/* Without "[thrd:…]: ". */
static const char *plain_words(const char *text)
{
    const char *end = strncmp(text, "[thrd:", 6) == 0 ? strstr(text, "]: ") : NULL;

    return end ? end + 3 : text;
}

static void say(struct outage *outage, int64_t now_ms)
{
    if (outage->said_ms)
        log_event(LOG_WARN, "brokers-failing", "%sseconds=%lld failures=%llu message=%s", outage->who,
                  (long long)(now_ms - outage->since_ms) / TIME_SECOND_MS, (unsigned long long)outage->failures,
                  log_quote(outage->why));
    else
        log_event(LOG_WARN, "brokers-failing", "%smessage=%s", outage->who, log_quote(outage->why));
    outage->said_ms = now_ms;
    outage->failures = 0;
}

static void note(struct outage *outage, const char *text, int64_t now_ms)
{
    if (!outage->since_ms)
        outage->since_ms = now_ms;
    outage->last_ms = now_ms;
    outage->failures++;
    outage->cause = cause_of(text);
    snprintf(outage->why, sizeof outage->why, "%.*s", (int)sizeof outage->why - 1, plain_words(text));
    if (!outage->said_ms || now_ms - outage->said_ms >= TIME_MINUTE_MS)
        say(outage, now_ms);
}

bool outage_note(struct outage *outage, const char *text)
{
    pthread_mutex_lock(&outage->lock);
    bool counts = outage->since_ms || !is_closed_idle(text);
    if (counts)
        note(outage, text, time_steady_ms());
    pthread_mutex_unlock(&outage->lock);
    return counts;
}

bool outage_is_on(struct outage *outage)
{
    pthread_mutex_lock(&outage->lock);
    bool on = outage->since_ms != 0;
    pthread_mutex_unlock(&outage->lock);
    return on;
}

static void end(struct outage *outage, int64_t now_ms)
{
    log_event(LOG_INFO, "brokers-back", "%sseconds=%lld failures=%llu", outage->who,
              (long long)(now_ms - outage->since_ms) / TIME_SECOND_MS, (unsigned long long)outage->failures);
    outage->since_ms = outage->said_ms = 0;
    outage->failures = 0;
}

static bool is_unheard(const struct outage *outage)
{
    return outage->since_ms && outage->unanswered >= UNANSWERED_MANY;
}

void outage_heard(struct outage *outage, bool answered)
{
    int64_t now_ms = time_steady_ms();

    pthread_mutex_lock(&outage->lock);
    if (answered && outage->since_ms && (is_unheard(outage) || now_ms - outage->last_ms > SILENT_MS))
        end(outage, now_ms);
    else if (outage->since_ms && now_ms - outage->said_ms >= TIME_MINUTE_MS)
        say(outage, now_ms);
    outage->unanswered = answered ? 0 : outage->unanswered + 1;
    pthread_mutex_unlock(&outage->lock);
}

bool outage_say(struct outage *outage, char *words, size_t size)
{
    pthread_mutex_lock(&outage->lock);
    bool unheard = is_unheard(outage);
    const char *cause = outage_words[outage->cause];
    if (unheard)
        snprintf(words, size, "%.*s, for %lld s: %s", (int)strcspn(cause, ":"), cause,
                 (long long)(time_steady_ms() - outage->since_ms) / TIME_SECOND_MS, outage->why);
    pthread_mutex_unlock(&outage->lock);
    return unheard;
}

bool outage_is_refused(struct outage *outage, struct err *err)
{
    pthread_mutex_lock(&outage->lock);
    bool refused = outage->since_ms && outage->cause != OUTAGE_UNREACHABLE;
    pthread_mutex_unlock(&outage->lock);
    if (refused)
        outage_fail(outage, err);
    return refused;
}

void outage_fail(struct outage *outage, struct err *err)
{
    pthread_mutex_lock(&outage->lock);
    fail(err, ERR_CLUSTER, "%s%s%s%s", outage_words[outage->cause], *outage->why ? " (" : "", outage->why,
         *outage->why ? ")" : "");
    pthread_mutex_unlock(&outage->lock);
}
