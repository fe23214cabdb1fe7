/* Records and dead letters of one outbox on their way to the producer. */
#include "common/log.h"
#include "common/time.h"
#include "worker/kafka/dead_letters.h"
#include "worker/kafka/errors.h"
#include "worker/kafka/kafka_port.h"

#include <stdio.h>

enum {
    FULL_WAIT_MS = 20, /* the producer's queue is full: the brokers are slow */
    FULL_GIVE_UP_MS = 30000,
    CLOCK_DOUBT_MS = 600000, /* then our clock is tried again: somebody may have set it */
};

static struct position *position_of(struct kafka_port *kp, const struct message *from)
{
    return &kp->positions->at[from->slot];
}

/* Not the message's own, which a dead letter's message has of another topic. */
static int64_t offset_of(const struct message *from)
{
    return ((const rd_kafka_message_t *)from->origin)->offset;
}

static struct refusal *refusal_of(struct kafka_port *kp, const struct message *from)
{
    return kp->refused.len ? refused_find(&kp->refused, from->slot, offset_of(from)) : NULL;
}

static void *mark_of(struct kafka_port *kp, const struct message *from)
{
    return positions_mark(kp->positions, position_of(kp, from), offset_of(from));
}

static rd_kafka_headers_t *headers_of(const struct message *from)
{
    rd_kafka_headers_t *headers = NULL;

    return rd_kafka_message_headers(from->origin, &headers) ? NULL : headers;
}

/* The time of writing, by our own clock, as long as brokers accept that; else the input's. */
static int64_t time_of_writing(const struct kafka_port *kp, const struct message *from)
{
    return kp->txn.trusts_clock ? TIME_UNKNOWN : from->timestamp_ms;
}

static int64_t timestamp_of(const struct kafka_port *kp, const struct record *record)
{
    return record->route->timestamp == TIMESTAMP_INPUT ? record->from->timestamp_ms : time_of_writing(kp, record->from);
}

static bool is_for_letters(const struct kafka_port *kp, const char *topic)
{
    const struct output *letters = outputs_dead(&kp->outputs);

    return letters && strcmp(topic, letters->topic) == 0;
}

/* Records of this topic may have the time of writing. */
static bool has_time_of_writing(const struct kafka_port *kp, const char *topic)
{
    const struct route *routes = kp->config->routes.at;

    for (size_t i = 0; i < kp->config->routes.len; i++)
        if (routes[i].timestamp == TIMESTAMP_NOW && strcmp(kp->outputs.at[i].topic, topic) == 0)
            return true;
    return is_for_letters(kp, topic);
}

/* True: it may be our clock that is wrong, not the record. What was open is sent again with the input's timestamps. */
static bool doubt_clock(struct kafka_port *kp, rd_kafka_resp_err_t code, const char *topic)
{
    if (code != RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP || !kp->txn.trusts_clock || !has_time_of_writing(kp, topic))
        return false;
    int64_t now_ms = time_steady_ms();
    if (kp->clock_doubted_until_ms < now_ms)
        log_event(LOG_WARN, "clock-rejected", "lane=%d topic=%s message=%s", kp->lane, topic,
                  log_quote("the brokers reject the time of this machine's clock: for ten minutes records have the "
                            "timestamps of their input instead"));
    kp->clock_doubted_until_ms = now_ms + CLOCK_DOUBT_MS;
    return true;
}

/* What is handed to the producer; it copies key and value, headers become its own. */
struct request {
    const struct output *output;
    struct span key, value;
    rd_kafka_headers_t *headers;
    int64_t timestamp_ms;
    void *mark;
};

static rd_kafka_resp_err_t hand_over(rd_kafka_t *producer, const struct request *request)
{
    rd_kafka_vu_t parts[8] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = request->output->handle},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = request->mark},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t)request->key.at, request->key.len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)request->value.at, request->value.len}},
    };
    size_t len = 5;

    if (request->timestamp_ms != TIME_UNKNOWN)
        parts[len++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = request->timestamp_ms};
    if (request->headers)
        parts[len++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = request->headers};
    rd_kafka_error_t *error = rd_kafka_produceva(producer, parts, len);
    rd_kafka_resp_err_t code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error)
        rd_kafka_error_destroy(error);
    return code;
}

/* The first one counts. But a call may only say that the transaction is spoiled, and the cause comes
 * with a delivery report later; and a refusal is worth more than what follows from it. */
static bool tells_more(rd_kafka_resp_err_t code, rd_kafka_resp_err_t known)
{
    return !known || (known == RD_KAFKA_RESP_ERR__STATE && code != RD_KAFKA_RESP_ERR__STATE)
           || (code_is_refusal(code) && !code_is_refusal(known));
}

static void note_failure(struct kafka_port *kp, rd_kafka_resp_err_t code, const char *topic)
{
    if (!tells_more(code, kp->txn.failure))
        return;
    kp->txn.failure = code;
    snprintf(kp->txn.reason, sizeof kp->txn.reason, "topic %s: %s", topic, rd_kafka_err2str(code));
}

/* A record that the broker rejected for itself or for another one of its batch, see rejected_records.h. */
static void note_refusal(struct kafka_port *kp, const void *mark, rd_kafka_resp_err_t code, const char *topic)
{
    int64_t offset;
    const struct position *position = positions_marked(kp->positions, mark, &offset);
    char text[512];

    if (!position || doubt_clock(kp, code, topic))
        return;
    snprintf(text, sizeof text, "topic %s rejected the record: %s", topic, rd_kafka_err2str(code));
    refused_fail(&kp->refused, (size_t)(position - kp->positions->at), offset, is_for_letters(kp, topic), text);
}

/* Waits while the producer's queue is full; reading stops meanwhile, and nothing grows. */
static bool send_request(struct kafka_port *kp, struct request request)
{
    int64_t until_ms = time_steady_ms() + FULL_GIVE_UP_MS;
    rd_kafka_resp_err_t code;

    while ((code = hand_over(kp->producer, &request)) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        rd_kafka_poll(kp->producer, FULL_WAIT_MS);
        if (kp->txn.failure || time_steady_ms() > until_ms)
            break;
    }
    kp->txn.bytes += (int64_t)(request.key.len + request.value.len);
    if (!code)
        return true;
    if (request.headers)
        rd_kafka_headers_destroy(request.headers);
    if (code_is_refusal(code))
        note_refusal(kp, request.mark, code, request.output->topic);
    note_failure(kp, code, request.output->topic);
    return false;
}

/* The headers of a message that are passed on: the last record to need them takes them as they are. */
static rd_kafka_headers_t *take_headers(const struct record *record, bool last)
{
    rd_kafka_headers_t *headers = headers_of(record->from);

    if (!headers)
        return NULL;
    if (!last)
        return rd_kafka_headers_copy(headers);
    return rd_kafka_message_detach_headers(record->from->origin, &headers) ? NULL : headers;
}

static rd_kafka_headers_t *pass_headers(const struct kafka_port *kp, const struct record *record, bool last)
{
    rd_kafka_headers_t *headers = take_headers(record, last);

    if (headers && kp->letters)
        letter_strip(headers);
    return headers;
}

static bool needs_again(const struct outbox *out, size_t i)
{
    if (i + 1 < out->records_len && out->records[i + 1].from->origin == out->records[i].from->origin)
        return true;
    return out->dead_len || out->progress.posts; /* rare: let a dead letter, or the record's other posts, find them */
}

static bool send_record(struct kafka_port *kp, const struct outbox *out, size_t i)
{
    const struct record *record = &out->records[i];
    struct request request = {
        .output = outputs_of(&kp->outputs, record->route),
        .key = record->key,
        .value = record->value,
        .headers = pass_headers(kp, record, !needs_again(out, i)),
        .timestamp_ms = timestamp_of(kp, record),
        .mark = mark_of(kp, record->from),
    };

    return send_request(kp, request);
}

/* As it is; cut to what the topic says it accepts, if that one was rejected; and bare at last. */
static struct letter write_letter(struct kafka_port *kp, const struct outbox *out, const struct dead *dead)
{
    const struct topic_limits *limits = &outputs_dead(&kp->outputs)->limits;
    const struct refusal *refusal = refusal_of(kp, dead->from);
    const char *topic = rd_kafka_topic_name(((const rd_kafka_message_t *)dead->from->origin)->rkt);
    int times = refusal ? refusal->letters : 0;

    if (times > 1 || (times == 1 && !limits->known))
        return letter_bare(dead, topic, out->rules, out->mem);
    return letter_write(dead, topic, out->rules, times ? limits->max_bytes : INT64_MAX, out->mem);
}

static bool send_dead(struct kafka_port *kp, const struct outbox *out, const struct dead *dead)
{
    struct letter letter = write_letter(kp, out, dead);
    struct request request = {
        .output = outputs_dead(&kp->outputs),
        .key = letter.key,
        .value = letter.value,
        .headers = letter.headers,
        .timestamp_ms = time_of_writing(kp, dead->from),
        .mark = mark_of(kp, dead->from),
    };

    return send_request(kp, request);
}

static bool is_alone(struct kafka_port *kp, const struct message *from)
{
    const struct refusal *refusal = from ? refusal_of(kp, from) : NULL;

    return refusal && refusal->alone;
}

/* Between two records, of which one must not share a batch: waits until the brokers answered for the first. */
static bool separate(struct kafka_port *kp, const struct message *was, const struct message *next)
{
    if (!kp->refused.len || (was && next && was->origin == next->origin) || (!is_alone(kp, was) && !is_alone(kp, next)))
        return true;
    kp->txn.alone = true;
    return producer_flush(kp);
}

static bool send_all(struct kafka_port *kp, const struct outbox *out)
{
    const struct message *was = NULL;

    for (size_t i = 0; i < out->records_len; i++) {
        if (!separate(kp, was, out->records[i].from) || !send_record(kp, out, i))
            return false;
        was = out->records[i].from;
    }
    for (size_t i = 0; outputs_dead(&kp->outputs) && i < out->dead_len; i++) {
        if (!separate(kp, was, out->dead[i].from) || !send_dead(kp, out, &out->dead[i]))
            return false;
        was = out->dead[i].from;
    }
    return separate(kp, was, NULL);
}

bool outbox_send(struct kafka_port *kp, const struct outbox *out)
{
    if (out->records_len + out->dead_len == 0)
        return true;
    if (!transaction_begin(kp) || !send_all(kp, out))
        return false;
    rd_kafka_poll(kp->producer, 0);
    return !kp->txn.failure;
}

void delivery_callback(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_port *kp = opaque;

    if (producer != kp->producer || !message->err || message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE
        || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        return;
    if (code_is_refusal(message->err))
        note_refusal(kp, message->_private, message->err, rd_kafka_topic_name(message->rkt));
    note_failure(kp, message->err, rd_kafka_topic_name(message->rkt));
}
