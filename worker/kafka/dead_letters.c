#include "worker/kafka/dead_letters.h"
#include "common/settings.h"
#include "common/utf8.h"
#include "worker/config.h"
#include "worker/kafka/kafka.h"
#include "worker/kafka/output_topics.h"

#include <string.h>

enum {
    WHY_BYTES = 1000, /* of the sentence in a header */
    CUT_BYTES = 200,  /* room for the header trendmill.cut */
};

size_t headers_bytes(const rd_kafka_headers_t *headers)
{
    const char *name;
    const void *value;
    size_t len, bytes = 0;

    for (size_t i = 0; headers && !rd_kafka_header_get_all(headers, i, &name, &value, &len); i++)
        bytes += (size_t)header_bytes(strlen(name), len);
    return bytes;
}

/* All that letter_write and letter_bare put there. */
static const char *const own_headers[] = {
    "trendmill.fault", "trendmill.message",   "trendmill.topic", "trendmill.partition", "trendmill.offset",
    "trendmill.index", "trendmill.timestamp", "trendmill.rules", "trendmill.cut",
};

static void add_header(rd_kafka_headers_t *headers, const char *name, struct span value)
{
    rd_kafka_header_add(headers, name, -1, value.at, (ssize_t)value.len);
}

static void describe_dead(rd_kafka_headers_t *headers, const struct dead *dead, const char *topic, struct span rules,
                          struct arena *mem)
{
    const struct message *from = dead->from;

    add_header(headers, "trendmill.fault", span_of(fault_names[dead->fault]));
    add_header(headers, "trendmill.message", utf8_cut(dead->why, WHY_BYTES));
    add_header(headers, "trendmill.topic", span_of(topic));
    add_header(headers, "trendmill.partition", span_format(mem, "%d", from->partition));
    add_header(headers, "trendmill.offset", span_format(mem, "%lld", (long long)from->offset));
    if (from->part)
        add_header(headers, "trendmill.index", span_format(mem, "%zu", from->part - 1));
    if (from->timestamp_ms != TIME_UNKNOWN)
        add_header(headers, "trendmill.timestamp", span_format(mem, "%lld", (long long)from->timestamp_ms));
    add_header(headers, "trendmill.rules", rules);
}

static rd_kafka_headers_t *original_headers(const struct message *from)
{
    rd_kafka_headers_t *headers;

    if (!from->origin || rd_kafka_message_headers(from->origin, &headers))
        return rd_kafka_headers_new(8);
    return rd_kafka_headers_copy(headers);
}

static struct span first_bytes(struct span bytes, int64_t room)
{
    size_t most = room > 0 ? (size_t)room : 0;

    return bytes.len > most ? (struct span){bytes.at, most} : bytes;
}

static void say_cut(struct letter *letter, const struct message *from, bool headers_gone, struct arena *mem)
{
    const char *headers = headers_gone ? ", headers left out" : "";

    if (letter->key.len < from->key.len)
        add_header(letter->headers, "trendmill.cut",
                   span_format(mem, "key: %zu of %zu bytes, value: %zu of %zu bytes%s", letter->key.len, from->key.len,
                               letter->value.len, from->value.len, headers));
    else
        add_header(letter->headers, "trendmill.cut",
                   span_format(mem, "value: %zu of %zu bytes%s", letter->value.len, from->value.len, headers));
}

/* The room that is left beside the key and headers goes to the value; if there is none, the original
 * headers go, and at last a part of the key. */
static struct letter cut(struct letter letter, const struct dead *dead, const char *topic, struct span rules,
                         int64_t max_bytes, struct arena *mem)
{
    int64_t room = max_bytes - CUT_BYTES - record_bytes(letter.key.len, 0, headers_bytes(letter.headers));
    bool headers_gone = room < 0;

    if (headers_gone) {
        rd_kafka_headers_destroy(letter.headers);
        letter.headers = rd_kafka_headers_new(8);
        describe_dead(letter.headers, dead, topic, rules, mem);
        letter.key = first_bytes(letter.key, max_bytes - CUT_BYTES - record_bytes(0, 0, headers_bytes(letter.headers)));
        room = max_bytes - CUT_BYTES - record_bytes(letter.key.len, 0, headers_bytes(letter.headers));
    }
    letter.value = first_bytes(letter.value, room);
    say_cut(&letter, dead->from, headers_gone, mem);
    return letter;
}

struct letter letter_write(const struct dead *dead, const char *topic, struct span rules, int64_t max_bytes,
                           struct arena *mem)
{
    struct letter letter = {dead->from->key, dead->from->value, original_headers(dead->from)};

    describe_dead(letter.headers, dead, topic, rules, mem);
    if (record_bytes(letter.key.len, letter.value.len, headers_bytes(letter.headers)) > max_bytes)
        return cut(letter, dead, topic, rules, max_bytes, mem);
    return letter;
}

struct letter letter_bare(const struct dead *dead, const char *topic, struct span rules, struct arena *mem)
{
    struct letter letter = {.headers = rd_kafka_headers_new(8)};

    describe_dead(letter.headers, dead, topic, rules, mem);
    letter.key = SPAN("refused");
    say_cut(&letter, dead->from, true, mem);
    return letter;
}

void letter_strip(rd_kafka_headers_t *headers)
{
    for (size_t i = 0; i < sizeof own_headers / sizeof *own_headers; i++)
        rd_kafka_header_remove(headers, own_headers[i]);
}

/* The last of this name: ours follow those of the message. */
static struct span header(const rd_kafka_message_t *letter, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t len;

    if (rd_kafka_message_headers(letter, &headers) || rd_kafka_header_get_last(headers, name, &value, &len))
        return (struct span){0};
    return (struct span){value, len};
}

static bool is_wanted(const rd_kafka_message_t *letter, const struct letters *letters)
{
    struct span fault = header(letter, "trendmill.fault");

    return fault.at && (letters->fault == FAULT_NONE || span_equal(fault, span_of(fault_names[letters->fault])));
}

/* Not known before 1970: such a message has no timestamp in its source either. */
static int64_t timestamp_in(const rd_kafka_message_t *letter)
{
    int64_t ms;

    return settings_number(&form_count, header(letter, "trendmill.timestamp"), &ms) ? ms : TIME_UNKNOWN;
}

bool letter_read(const rd_kafka_message_t *letter, struct letters *letters, struct message *message)
{
    const struct input *input = input_find(letters->inputs, header(letter, "trendmill.topic"));
    int64_t partition, offset, index;

    if (!is_wanted(letter, letters) || !input
        || !settings_number(&form_count, header(letter, "trendmill.partition"), &partition) || partition > INT32_MAX
        || !settings_number(&form_count, header(letter, "trendmill.offset"), &offset)) {
        atomic_fetch_add(&letters->others, 1);
        return false;
    }
    if (header(letter, "trendmill.cut").at) {
        atomic_fetch_add(&letters->cut, 1);
        return false;
    }
    message->input = input;
    message->partition = (int32_t)partition;
    message->offset = offset;
    message->timestamp_ms = timestamp_in(letter);
    message->part = settings_number(&form_count, header(letter, "trendmill.index"), &index) ? (size_t)index + 1 : 0;
    return true;
}

bool kafka_letter(const struct kafka_record *record, struct letters *letters, struct message *message)
{
    return letter_read(record->origin, letters, message);
}
