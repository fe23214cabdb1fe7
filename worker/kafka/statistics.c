/* librdkafka's statistics, as its STATISTICS.md names them. */
#include "common/json.h"
#include "worker/kafka/kafka.h"

enum { DEPTH = 16 };

static int64_t number(const struct value *object, const char *name)
{
    const struct value *value = object ? json_get(object, span_of(name)) : NULL;

    return value && value->type == VALUE_INT ? value->integer : 0;
}

static bool is_up(const struct value *broker)
{
    const struct value *state = json_get(broker, SPAN("state"));

    return state && state->type == VALUE_STRING && span_equal(state->string, SPAN("UP"));
}

/* Beside the brokers are bootstrap servers that are not known as brokers yet, and the coordinator, which is one
 * of the brokers once more. */
static bool is_broker(const struct value *broker)
{
    const struct value *source = json_get(broker, SPAN("source"));

    return number(broker, "nodeid") >= 0 && source && source->type == VALUE_STRING
           && !span_equal(source->string, SPAN("logical"));
}

static void take_broker(const struct member *member, struct kafka_statistics *out)
{
    const struct value *broker = &member->value;
    const struct value *rtt = json_get(broker, SPAN("rtt"));
    const struct value *name = json_get(broker, SPAN("nodename"));

    out->requests += number(broker, "outbuf_cnt") + number(broker, "waitresp_cnt");
    out->send_errors += number(broker, "txerrs");
    out->receive_errors += number(broker, "rxerrs");
    out->timeouts += number(broker, "req_timeouts");
    if (!is_broker(broker))
        return;
    out->brokers_up += is_up(broker);
    out->brokers[out->brokers_len++] = (struct kafka_broker){
        name && name->type == VALUE_STRING ? name->string : member->name,
        number(rtt, "avg"),
        number(rtt, "p99"),
    };
}

static void take_partitions(const struct value *topic, struct kafka_statistics *out)
{
    const struct value *partitions = json_get(topic, SPAN("partitions"));

    for (uint32_t i = 0; partitions && partitions->type == VALUE_OBJECT && i < partitions->len; i++) {
        out->records += number(&partitions->members[i].value, "fetchq_cnt");
        out->bytes += number(&partitions->members[i].value, "fetchq_size");
    }
}

bool kafka_statistics_read(struct span json, struct arena *mem, struct kafka_statistics *out)
{
    struct value root;
    struct span why;

    if (json_read(json, DEPTH, mem, &root, &why) != JSON_OK || root.type != VALUE_OBJECT)
        return false;
    const struct value *brokers = json_get(&root, SPAN("brokers")), *topics = json_get(&root, SPAN("topics"));
    if (!brokers || brokers->type != VALUE_OBJECT)
        return false;
    *out = (struct kafka_statistics){
        .sent_bytes = number(&root, "tx_bytes"),
        .received_bytes = number(&root, "rx_bytes"),
        .records = number(&root, "msg_cnt"),
        .bytes = number(&root, "msg_size"),
        .brokers = arena_zero(mem, brokers->len * sizeof *out->brokers),
    };
    for (uint32_t i = 0; i < brokers->len; i++)
        take_broker(&brokers->members[i], out);
    for (uint32_t i = 0; topics && topics->type == VALUE_OBJECT && i < topics->len; i++)
        take_partitions(&topics->members[i].value, out);
    return true;
}
