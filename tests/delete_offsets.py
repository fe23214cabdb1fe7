"""Deletes committed offsets of a group, by librdkafka itself: confluent-kafka 1.7 cannot."""
import ctypes


def delete_offsets(brokers, group, places):
    """places: [(topic, partition)]. The group must have no members that read these topics."""
    library, pointer = ctypes.CDLL("librdkafka.so.1"), ctypes.c_void_p
    for name in ("conf_new", "new", "topic_partition_list_new", "DeleteConsumerGroupOffsets_new", "queue_new", "queue_poll"):
        getattr(library, f"rd_kafka_{name}").restype = pointer
    library.rd_kafka_event_error_string.restype = ctypes.c_char_p
    why = ctypes.create_string_buffer(512)
    conf = pointer(library.rd_kafka_conf_new())
    library.rd_kafka_conf_set(conf, b"bootstrap.servers", brokers.encode(), why, 512)
    handle = pointer(library.rd_kafka_new(0, conf, why, 512))
    asked = pointer(library.rd_kafka_topic_partition_list_new(len(places)))
    for topic, partition in places:
        library.rd_kafka_topic_partition_list_add(asked, topic.encode(), partition)
    request = pointer(library.rd_kafka_DeleteConsumerGroupOffsets_new(group.encode(), asked))
    queue = pointer(library.rd_kafka_queue_new(handle))
    library.rd_kafka_DeleteConsumerGroupOffsets(handle, ctypes.byref(request), 1, None, queue)
    event = pointer(library.rd_kafka_queue_poll(queue, 20_000))
    failed = library.rd_kafka_event_error_string(event).decode() if event and library.rd_kafka_event_error(event) else None
    library.rd_kafka_destroy_flags(handle, 8)          # at once
    if failed or not event:
        raise RuntimeError(f"offsets of {group} cannot be deleted: {failed or 'no answer'}")
