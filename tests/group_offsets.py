"""Committed offsets of a group, by librdkafka itself: confluent-kafka 1.7 can neither delete them nor read their metadata."""
import ctypes
from ctypes import POINTER, Structure, c_char_p, c_int, c_int32, c_int64, c_size_t, c_void_p

LIBRARY = ctypes.CDLL("librdkafka.so.1")


class Partition(Structure):
    _fields_ = [("topic", c_char_p), ("partition", c_int32), ("offset", c_int64), ("metadata", c_void_p), ("metadata_size", c_size_t),
                ("opaque", c_void_p), ("err", c_int), ("private", c_void_p)]


class Partitions(Structure):
    _fields_ = [("cnt", c_int), ("size", c_int), ("elems", POINTER(Partition))]


for name in ("conf_new", "new", "DeleteConsumerGroupOffsets_new", "queue_new", "queue_poll"):
    getattr(LIBRARY, f"rd_kafka_{name}").restype = c_void_p
LIBRARY.rd_kafka_topic_partition_list_new.restype = POINTER(Partitions)
LIBRARY.rd_kafka_event_error_string.restype = c_char_p


def client(brokers, kind, **properties):
    why = ctypes.create_string_buffer(512)
    conf = c_void_p(LIBRARY.rd_kafka_conf_new())
    for key, value in {"bootstrap.servers": brokers, **properties}.items():
        LIBRARY.rd_kafka_conf_set(conf, key.replace("_", ".").encode(), value.encode(), why, 512)
    handle = LIBRARY.rd_kafka_new(kind, conf, why, 512)
    if not handle:
        raise RuntimeError(why.value.decode())
    return c_void_p(handle)


def list_of(places):
    """places: [(topic, partition)]"""
    found = LIBRARY.rd_kafka_topic_partition_list_new(len(places))
    for topic, partition in places:
        LIBRARY.rd_kafka_topic_partition_list_add(found, topic.encode(), partition)
    return found


def metadata_of(brokers, group, places):
    """What was committed beside each offset, as text; empty where no offset is."""
    handle, asked = client(brokers, 1, group_id=group), list_of(places)
    code = LIBRARY.rd_kafka_committed(handle, asked, 20_000)
    parts = asked.contents.elems[:asked.contents.cnt]
    found = [ctypes.string_at(it.metadata, it.metadata_size).decode() if it.metadata else "" for it in parts]
    LIBRARY.rd_kafka_topic_partition_list_destroy(asked)
    LIBRARY.rd_kafka_destroy_flags(handle, 8)          # at once
    if code:
        raise RuntimeError(f"offsets of {group} cannot be read: error {code}")
    return found


def delete_offsets(brokers, group, places):
    """The group must have no members that read these topics."""
    handle = client(brokers, 0)
    request = c_void_p(LIBRARY.rd_kafka_DeleteConsumerGroupOffsets_new(group.encode(), list_of(places)))
    queue = c_void_p(LIBRARY.rd_kafka_queue_new(handle))
    LIBRARY.rd_kafka_DeleteConsumerGroupOffsets(handle, ctypes.byref(request), 1, None, queue)
    event = c_void_p(LIBRARY.rd_kafka_queue_poll(queue, 20_000))
    failed = LIBRARY.rd_kafka_event_error_string(event).decode() if event and LIBRARY.rd_kafka_event_error(event) else None
    LIBRARY.rd_kafka_destroy_flags(handle, 8)          # at once
    if failed or not event:
        raise RuntimeError(f"offsets of {group} cannot be deleted: {failed or 'no answer'}")
