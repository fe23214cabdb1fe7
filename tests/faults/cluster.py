"""Three real brokers in a folder of their own, by deploy/kafka-local, and what is asked of them."""
import logging
import os
import pathlib
import random
import socket
import subprocess
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

KAFKA_LOCAL = pathlib.Path(__file__).resolve().parents[2] / "deploy/kafka-local"
STATE_PARTITIONS = 8        # of the topics of offsets and of transactions, as kafka-local makes them

SILENT = logging.getLogger("silent")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False


def free_ports(count):
    """The first of `count` neighbours that nobody listens on."""
    while True:
        first = random.randrange(20_000, 30_000)
        taken = []
        for port in range(first, first + count):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    taken.append(port)
        if not taken:
            return first


def java_hash(text):
    value = 0
    for char in text:
        value = (value * 31 + ord(char)) & 0xFFFFFFFF
    return value & 0x7FFFFFFF


class Cluster:
    def __init__(self, folder, version, size=3):
        self.size = size
        self.env = dict(os.environ, TRENDMILL_KAFKA_DIR=str(folder), TRENDMILL_KAFKA_PORT=str(free_ports(2 * size)))
        if version:
            self.env["TRENDMILL_KAFKA_VERSION"] = version
        self.brokers = None
        self.admin = None
        self.closed = False         # nothing is started any more

    def local(self, *arguments, check=True):
        if self.closed and arguments[-1] != "kill" and "stop" not in arguments:
            raise RuntimeError("the run is over")
        done = subprocess.run([KAFKA_LOCAL, *arguments], env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, start_new_session=True)
        if check and done.returncode:
            raise RuntimeError(f"kafka-local {' '.join(arguments)}: {done.stderr.strip()[-2000:]}")
        return done.stdout.strip()

    def start(self):
        self.brokers = self.local("start", str(self.size))
        self.admin = AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})

    def stop(self):
        for number in range(1, self.size + 1):
            self.local("broker", str(number), "kill", check=False)

    def remove(self):
        self.local("stop", "--wipe", check=False)

    def broker(self, number, act):
        self.local("broker", str(number), act)

    def heal(self):
        """All brokers up, awake, and each partition led."""
        for number in range(1, self.size + 1):
            self.local("broker", str(number), "resume", check=False)
        self.local("start", str(self.size))
        self.patiently(self.all_led, 60)

    def all_led(self):
        topics = self.admin.list_topics(timeout=5).topics.values()
        if any(partition.leader < 0 or len(partition.isrs) < 2
               for topic in topics for partition in topic.partitions.values()):
            raise RuntimeError("partitions without a leader, or with one replica in sync")

    def patiently(self, call, seconds):
        """Brokers come and go: what fails is asked for again."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return call()
            except (KafkaException, RuntimeError):
                if time.monotonic() > deadline or self.closed:
                    raise
                time.sleep(0.5)

    def ask(self, futures):
        for future in futures.values():
            try:
                future.result(15)
            except TimeoutError:
                raise RuntimeError("the brokers do not answer") from None

    def create(self, topic, partitions, config):
        new = NewTopic(topic, partitions, min(3, self.size), config=config)

        def call():
            self.ask_for(lambda: self.admin.create_topics([new], operation_timeout=10),
                         KafkaError.TOPIC_ALREADY_EXISTS)
            if self.partitions(topic) < partitions:
                raise RuntimeError(f"{topic} is not whole yet")
        self.patiently(call, 90)

    def delete(self, topic):
        """Until the controller knows no such topic."""
        def call():
            if not self.ask_for(lambda: self.admin.delete_topics([topic], operation_timeout=10),
                                KafkaError.UNKNOWN_TOPIC_OR_PART):
                raise RuntimeError(f"{topic} was there until now")
        self.patiently(call, 90)

    def ask_for(self, call, done):
        """True: the answer was that it is so already."""
        try:
            self.ask(call())
        except KafkaException as problem:
            if problem.args[0].code() == done:
                return True
            raise
        return False

    def add_partitions(self, topic, total):
        def call():
            if self.partitions(topic) < total:
                self.ask(self.admin.create_partitions([NewPartitions(topic, total)]))
                raise RuntimeError(f"{topic} has not got them yet")
        self.patiently(call, 60)

    def configure(self, topic, config):
        resource = ConfigResource("topic", topic, set_config=config)
        self.patiently(lambda: self.ask(self.admin.alter_configs([resource])), 60)

    def partitions(self, topic):
        return len(self.topic(topic).partitions)

    def topic(self, topic):
        """As one broker knows it; a new topic is not known to all at once."""
        found = self.admin.list_topics(timeout=5).topics.get(topic)
        if not found or found.error:
            raise RuntimeError(f"topic {topic} is not there")
        return found

    def leader(self, topic, partition):
        leader = self.topic(topic).partitions[partition].leader
        if leader < 1:
            raise RuntimeError(f"{topic}/{partition} has no leader")
        return leader

    def coordinator(self, topic, name):
        """The broker that keeps a group (__consumer_offsets) or a transactional.id (__transaction_state)."""
        return self.patiently(lambda: self.leader(topic, java_hash(name) % STATE_PARTITIONS), 30)

    def fence(self, transactional_id):
        """As a rival under the same name would, once: what is open is aborted and its owner fenced."""
        rival = Producer({"bootstrap.servers": self.brokers, "transactional.id": transactional_id}, logger=SILENT)
        self.patiently(lambda: rival.init_transactions(10), 60)

    def observer(self, group):
        return Consumer({"bootstrap.servers": self.brokers, "group.id": group, "enable.auto.commit": False,
                         "isolation.level": "read_committed", "enable.partition.eof": True,
                         "auto.offset.reset": "earliest", "log_level": 0})

    def commit(self, group, topic, partition, offset):
        """As a person does it, while the group has no members."""
        consumer = Consumer({"bootstrap.servers": self.brokers, "group.id": group, "enable.auto.commit": False,
                             "log_level": 0})
        try:
            consumer.commit(offsets=[TopicPartition(topic, partition, offset)], asynchronous=False)
        finally:
            consumer.close()

    def committed(self, observer, topics):
        """Offset by (topic, partition); 0 where none is committed. Asked one by one: while a transaction
        is open on one of them there is no answer for all."""
        def call(place):
            found = observer.committed([place], timeout=10)[0]
            if found.error:
                raise RuntimeError(f"offset of {place.topic}/{place.partition}: {found.error}")
            return max(0, found.offset)
        places = [TopicPartition(topic, partition) for topic in topics
                  for partition in range(self.patiently(lambda topic=topic: self.partitions(topic), 60))]
        return {(place.topic, place.partition): self.patiently(lambda place=place: call(place), 90)
                for place in places}
