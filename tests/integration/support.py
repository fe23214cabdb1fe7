"""What the tests share: the worker as a process, its config, topics, and what is read back from them."""
import ctypes
import itertools
import json
import os
import re
import signal
import subprocess
import time
import uuid
from collections import defaultdict, namedtuple
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from posts import FIRST_MS, STEP_MS

ROOT = Path(__file__).resolve().parents[2]
TRENDMILL = str((ROOT / os.environ.get("TRENDMILL_BIN", "build/dev/trendmill")).resolve())

# The folder of another librdkafka.so.1 for the worker, see tests/librdkafka.
LIBRDKAFKA = os.environ.get("TRENDMILL_TEST_LIBRDKAFKA")
ENVIRONMENT = {**os.environ, **({"LD_LIBRARY_PATH": LIBRDKAFKA} if LIBRDKAFKA else {})}

# A binary with sanitizers holds a shadow of its memory, and what was freed for a while.
HAS_SANITIZER = b"__asan_init" in Path(TRENDMILL).read_bytes()
SANITIZER_OPTIONS = "quarantine_size_mb=16:verify_asan_link_order=0"

MOVING = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.COORDINATOR_NOT_AVAILABLE)

Record = namedtuple("Record", "topic partition offset key value headers timestamp")


def wait_until(what, happened, seconds=30, more=lambda: ""):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s\n{more()}"
        time.sleep(0.02)


def trendmill(*args, seconds=60, **more):
    """Runs a command to its end."""
    return subprocess.run([TRENDMILL, *map(str, args)], capture_output=True, timeout=seconds,
                          **{"env": ENVIRONMENT, **more})


def clock_shifted(seconds, folder):
    """The environment of a process whose clock is so many seconds early; late where that is negative."""
    library = Path(folder) / "clock_shift.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-o", library, ROOT / "tests/clock_shift.c"], check=True)
    libraries = subprocess.run(["ldd", TRENDMILL], stdout=subprocess.PIPE, check=True, text=True).stdout
    sanitizer = re.findall(r"=> (\S*/libasan\.so\S*)", libraries)       # it wants to come first
    return {"LD_PRELOAD": " ".join([*sanitizer, str(library)]), "CLOCK_SHIFT_S": str(seconds)}


class Worker:
    """A `trendmill run`, or another command that goes on for a while, its stderr in a file."""

    def __init__(self, config, log, command="run", *flags, env=None):
        self.log_path = log
        with open(log, "wb") as stderr:
            self.process = subprocess.Popen([TRENDMILL, command, "-c", str(config), *map(str, flags)], stderr=stderr,
                                            env={**ENVIRONMENT, **(env or {})})

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, words, seconds=30):
        wait_until(f"the log says {words!r}", lambda: words in self.log() or not self.is_running(), seconds,
                   self.log)
        assert words in self.log(), f"ended with {self.process.returncode} before it said {words!r}:\n{self.log()}"

    def is_running(self):
        return self.process.poll() is None

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def wait(self, seconds=60):
        """The exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s:\n{self.log()}") from None

    def stop(self, seconds=60):
        self.signal()
        code = self.wait(seconds)
        assert code == 0, f"exit code {code}:\n{self.log()}"

    def counted(self, name):
        """A figure of the lanes' last words, summed."""
        return sum(map(int, re.findall(rf"event=lane-ended .*\b{name}=(\d+)", self.log())))


class Feed:
    """Writes posts to a topic; `sent` says where each went: n -> (partition, offset)."""

    def __init__(self, brokers, topic):
        self.topic = topic
        self.sent = {}
        self.count = 0
        self.producer = Producer({"bootstrap.servers": brokers, "partitioner": "murmur2_random",
                                  "enable.idempotence": True, "linger.ms": 5})

    def record(self, value, key=None, headers=None, on_delivery=None, **where):
        while True:
            try:
                self.producer.produce(self.topic, value, key, headers=headers, on_delivery=on_delivery, **where)
                return
            except BufferError:
                self.producer.poll(0.1)

    def posts(self, posts):
        for post in posts:
            self.record(post.value, post.key, [("n", str(post.n))], self._keep(post.n), timestamp=post.timestamp)
            self.count += 1
        self.producer.poll(0)

    def _keep(self, n):
        def keep(error, message):
            assert not error, error
            self.sent[n] = (message.partition(), message.offset())
        return keep

    def flush(self):
        assert self.producer.flush(30) == 0


def headers_of(message):
    headers = message.headers() or []
    for _, value in headers:
        if value is None:       # confluent-kafka 1.7 gives None away without counting, and Python ends in an abort
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))
    return headers


class Reader:
    """Reads topics from their start, each partition in its order."""

    def __init__(self, brokers, topics, isolation):
        self.brokers = brokers
        self.consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"reader-{uuid.uuid4()}",
                                  "isolation.level": isolation, "enable.auto.commit": False,
                                  "enable.partition.eof": True, "fetch.wait.max.ms": 50})
        self.records = {topic: [] for topic in topics}
        self.partitions = [TopicPartition(topic, partition, 0) for topic in topics
                           for partition in self.consumer.list_topics(topic, 10).topics[topic].partitions]
        self.ends = {}
        self.consumer.assign(self.partitions)

    def poll(self, seconds=0.1):
        for message in self.consumer.consume(1000, seconds):
            if message.error():
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                self.ends[message.topic(), message.partition()] = message.offset()
                continue
            self.records[message.topic()].append(Record(
                message.topic(), message.partition(), message.offset(), message.key(), message.value(),
                headers_of(message), message.timestamp()[1]))

    def read_until(self, what, happened, seconds=60):
        deadline = time.monotonic() + seconds
        while not happened():
            read = {topic: len(records) for topic, records in self.records.items()}
            assert time.monotonic() < deadline, f"{what}: not within {seconds} s; read {read}"
            self.poll()

    def read_to_end(self, seconds=60):
        """To where the topics end now; an open transaction is waited for, and one whose end is on its way to them. So the
        ends are asked for at read_uncommitted: at read_committed they are where the first open one begins."""
        asker = Consumer({"bootstrap.servers": self.brokers, "group.id": "ends", "isolation.level": "read_uncommitted"})
        ends = {(it.topic, it.partition): asker.get_watermark_offsets(it, timeout=10)[1] for it in self.partitions}
        asker.close()
        self.read_until("the end of all topics", lambda: all(self.ends.get(at, 0) >= end for at, end in ends.items()),
                        seconds)
        return self.records


class Place:
    """Topics of one test, their configs, and the workers that run there."""

    def __init__(self, brokers, folder):
        self.brokers = brokers
        self.folder = folder
        self.prefix = f"it-{uuid.uuid4().hex[:8]}"
        self.admin = AdminClient({"bootstrap.servers": brokers})
        self.workers = []
        self.readers = []

    def topic(self, role):
        return f"{self.prefix}.{role}"

    def outputs(self, stage=""):
        return [self.topic(stage + role) for role in ("enriched", "facts", "by-tag", "dead")]

    def create(self, roles, partitions=6, **config):
        config = {"retention.ms": "-1", **config}       # the posts are of long ago
        made = self.admin.create_topics([NewTopic(self.topic(role), partitions, 1, config=config) for role in roles])
        for future in made.values():
            future.result(20)
        wait_until("the brokers know the topics", lambda: self.topics() >= {self.topic(role) for role in roles})

    def topics(self):
        """Ours that are there."""
        return {name for name in self.admin.list_topics(timeout=10).topics if name.startswith(self.prefix)}

    def create_all(self, *stages, inputs=("raw",)):
        """The inputs, and a set of outputs for each stage."""
        self.create(inputs)
        for stage in stages or ("",):
            self.create([stage + role for role in ("enriched", "facts", "by-tag")])
            self.create([stage + "dead"], partitions=2)

    def config(self, stage="", name="worker", **changes):
        """Writes a config as JSON, which is YAML too, one member a line; returns its path."""
        enriched, facts, by_tag, dead = self.outputs(stage)
        config = {
            "group": f"{self.prefix}{stage}",
            "lanes": 2,
            "input": [{"topic": self.topic("raw"), "key": "id", "network": "x"}],
            "rules": [str(ROOT / "config/rules.yaml")],
            "routes": {
                "enriched": {"topic": enriched, "shape": "event"},
                "facts": {"topic": facts, "shape": "facts"},
                "by-tag": {"topic": by_tag, "shape": "by-tag"},
            },
            "dead_letters": dead,
            "kafka": {"bootstrap.servers": self.brokers},
            **changes,
        }
        path = self.folder / f"{name}{stage}.yaml"
        path.write_text(json.dumps(config, indent=1))
        return path

    def other_rules(self, *changes):
        """Writes the shipped rules with words changed, [(was, now)]; returns the path."""
        text = (ROOT / "config/rules.yaml").read_text()
        for folder in ("lexicon/", "words/"):
            text = text.replace(folder, f"{ROOT}/config/{folder}")
        for was, now in changes:
            assert was in text, was
            text = text.replace(was, now)
        path = self.folder / "other-rules.yaml"
        path.write_text(text)
        return path

    def start(self, config, env=None):
        worker = Worker(config, self.folder / f"worker-{len(self.workers)}.log", env=env)
        self.workers.append(worker)
        return worker

    def feed(self, posts=(), role="raw"):
        feed = Feed(self.brokers, self.topic(role))
        feed.posts(posts)
        feed.flush()
        return feed

    def reader(self, topics=None, isolation="read_committed"):
        self.readers.append(Reader(self.brokers, topics or self.outputs(), isolation))
        return self.readers[-1]

    def committed(self, stage="", role="raw"):
        """What the group has committed: partition -> offset."""
        return self.committed_by(f"{self.prefix}{stage}", role)

    def committed_by(self, group, role="raw"):
        """A group's coordinator moves while brokers do not see each other, and for a moment after: it is asked until
        it answers."""
        consumer = Consumer({"bootstrap.servers": self.brokers, "group.id": group})
        topic = self.topic(role)
        partitions = [TopicPartition(topic, it) for it in consumer.list_topics(topic, 10).topics[topic].partitions]
        found = []

        def is_answered():
            try:
                found[:] = consumer.committed(partitions, 20)
            except KafkaException as e:
                if e.args[0].code() not in MOVING:
                    raise
            return found
        wait_until(f"the coordinator of {group} answers", is_answered)
        consumer.close()
        return {it.partition: max(it.offset, 0) for it in found}

    def run_through(self, config, count, stage="", roles=("raw",), env=None):
        """Runs a worker until that many records of the inputs are committed, and stops it."""
        worker = self.start(config, env)
        wait_until(f"{count} records are committed", lambda: not worker.is_running() or count <= sum(
            sum(self.committed(stage, role).values()) for role in roles), 60)
        worker.stop()
        return worker

    def close(self):
        for worker in self.workers:
            if worker.is_running():
                worker.kill()
        for worker in self.workers:
            log = worker.log()
            assert "Sanitizer" not in log and "runtime error:" not in log, log
        for reader in self.readers:     # librdkafka 2.0.2 may hang at the end of a consumer whose topics are gone
            reader.consumer.close()
        topics = self.topics()
        for future in self.admin.delete_topics([*topics]).values() if topics else ():
            future.result(20)


def number(record):
    """The number of the post that a record came of: its header passes on."""
    return int(dict(record.headers)["n"])


def piped(config, posts, sent):
    """What `trendmill pipe` makes of the posts: (topic, n) -> sorted [(key, value)] with the source that
    Kafka's records have beside, and n -> fault of the bad ones."""
    dead = Path(config).with_suffix(".dead")
    done = trendmill("pipe", "-c", config, "--records", "--dead", dead, input=b"\n".join(it.value for it in posts))
    assert done.returncode == 0, done.stderr
    topic = json.loads(Path(config).read_text())["input"][0]["topic"]
    records, tombstones = defaultdict(list), []
    for line in done.stdout.splitlines():
        head, value = line[:-1].split(b',"headers":{},"value":', 1)
        head = json.loads(head + b"}")
        if value == b"null":                    # of the hide whose row comes next
            tombstones.append(head)
            continue
        n = (int(re.search(rb'"as_of":(\d+)', value)[1]) - FIRST_MS) // STEP_MS
        source = {"topic": topic, "partition": sent[n][0], "offset": sent[n][1], "timestamp": posts[n].timestamp}
        value = value[:-1] + b',"source":' + json.dumps(source, separators=(",", ":")).encode() + b"}"
        for tombstone in tombstones:
            records[tombstone["topic"], n].append((tombstone["key"].encode(), None))
        tombstones.clear()
        records[head["topic"], n].append((head["key"].encode(), value))
    faults = {it["line"] - 1: it["fault"] for it in map(json.loads, dead.read_text().splitlines())}
    return {at: sorted(them) for at, them in records.items()}, faults


def by_post(topics, once=True):
    """(topic, n) -> sorted [(key, value)] of what was read; without `once` each alike only once."""
    found = defaultdict(list)
    for record in itertools.chain(*topics):
        found[record.topic, number(record)].append((record.key, record.value))
    return {at: sorted(them if once else set(them)) for at, them in found.items()}


def same(found, expected):
    """Like ==, with the first differences instead of all of them."""
    differ = [at for at in expected.keys() | found.keys() if found.get(at) != expected.get(at)]
    shown = "\n".join(f"{at}: found {found.get(at)}\n  expected {expected.get(at)}" for at in sorted(differ)[:3])
    assert not differ, f"{len(differ)} of {len(expected)} differ, such as\n{shown}"


def steps_back(records, sent):
    """How often a topic goes back in a partition that it came of. Forward it goes to the very next post
    only: none is overtaken."""
    chains = defaultdict(list)
    for record in records:
        partition, offset = sent[number(record)]
        chains[record.partition, partition].append(offset)
    back = 0
    for chain in chains.values():
        offsets = sorted(set(chain))
        following = dict(zip(offsets, offsets[1:]))
        for here, there in zip(chain, chain[1:]):
            back += there < here
            assert there <= here or there == following[here], f"from {here} to {there}, past {following[here]}"
    return back
