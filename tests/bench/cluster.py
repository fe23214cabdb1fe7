"""The broker of a benchmark: one real Kafka of its own, its topics, and what is read back from it."""
import os
import socket
import subprocess
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from meter import Failed

# Kept whole: a run must find all that was fed. What is deleted is gone from the disk at once.
_TOPIC = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1", "file.delete.delay.ms": "1000"}
_TIMEOUT = 30


def _free_ports():
    """The first of two neighbours that nobody listens on."""
    for port in range(19392, 19992, 2):
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue
    raise Failed("no free ports from 19392 on")


class Cluster:
    def __init__(self, kafka_local, folder, port=0):
        self._command = kafka_local
        self._environment = dict(os.environ, TRENDMILL_KAFKA_DIR=os.path.join(folder, "kafka"),
                                 TRENDMILL_KAFKA_PORT=str(port or _free_ports()))
        self.servers = self._admin = None

    def __enter__(self):
        try:
            self.servers = self._run("start", "1").strip()
        except BaseException:
            self.__exit__()
            raise
        self._admin = AdminClient(self.settings())
        return self

    def __exit__(self, *_):
        self._admin = None
        self._run("stop", "--wipe")

    def settings(self, **more):
        """librdkafka's, with _ for the dots in names."""
        own = {"bootstrap.servers": self.servers, "log_level": 2}       # a broker that starts or ends is no news
        return dict(own, **{name.replace("_", "."): value for name, value in more.items()})

    def _run(self, *arguments):
        done = subprocess.run([self._command, *arguments], env=self._environment, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Failed("kafka-local %s ended with %d" % (arguments[0], done.returncode))
        return done.stdout

    def make_topics(self, names, partitions):
        topics = [NewTopic(name, partitions, 1, config=_TOPIC) for name in names]
        for future in self._admin.create_topics(topics, request_timeout=_TIMEOUT).values():
            future.result(_TIMEOUT)

    def delete_topics(self, names):
        for future in self._admin.delete_topics(list(names), request_timeout=_TIMEOUT).values():
            future.result(_TIMEOUT)

    def feed(self, topic, records):
        """Writes (key, value, partition, timestamp, headers) in this order, as common producers do."""
        lost = []
        producer = Producer(self.settings(enable_idempotence=True, compression_codec="lz4", linger_ms=20,
                                           batch_size=262144, queue_buffering_max_messages=200000))

        def failed(err, _):
            if err:
                lost.append(err)

        for key, value, partition, timestamp, headers in records:
            while True:
                try:
                    producer.produce(topic, value, key, partition, timestamp=timestamp, headers=headers,
                                     on_delivery=failed)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        if producer.flush(_TIMEOUT) or lost:
            raise Failed("not all posts could be written to %s: %s" % (topic, lost[:1]))

    def is_empty(self, topic, partitions):
        consumer = Consumer(self.settings(group_id="bench-edges"))
        try:
            edges = [consumer.get_watermark_offsets(TopicPartition(topic, p), _TIMEOUT) for p in range(partitions)]
            return all(low == high for low, high in edges)
        finally:
            consumer.close()

    def records(self, topic, partitions):
        """The ends of a topic, summed."""
        consumer = Consumer(self.settings(group_id="bench-edges"))
        try:
            return sum(consumer.get_watermark_offsets(TopicPartition(topic, p), _TIMEOUT)[1] for p in range(partitions))
        finally:
            consumer.close()

    def read(self, topic, partitions, count, batch=1000):
        """Yields the first `count` committed records of a topic; each as soon as it is there if batch is 1."""
        consumer = Consumer(self.settings(group_id="bench-reader", enable_auto_commit=False,
                                           isolation_level="read_committed"))
        consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
        until = time.monotonic() + _TIMEOUT + count / 2000
        try:
            while count and time.monotonic() < until:
                messages = consumer.consume(min(count, batch), 1.0)
                for message in messages:
                    if message.error():
                        raise Failed("%s: %s" % (topic, message.error()))
                    yield message
                count -= len(messages)
        finally:
            consumer.close()
        if count:
            raise Failed("%s lacks %d records" % (topic, count))

    def progress(self, group, topic, partitions):
        # Read uncommitted: it does not wait for a transaction that is open.
        return Progress(Consumer(self.settings(group_id=group, isolation_level="read_uncommitted")),
                        [TopicPartition(topic, p) for p in range(partitions)])


class Progress:
    """How far a group has committed, asked without joining it."""

    def __init__(self, consumer, places):
        self._consumer, self._places = consumer, places

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._consumer.close()

    def posts(self):
        try:
            return sum(max(place.offset, 0) for place in self._consumer.committed(self._places, 5))
        except KafkaException:
            return 0                    # the group is not there yet
