"""The contestants, and how each is run and measured once."""
import glob
import json
import mmap
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass

import posts
from meter import Failed, Process

INPUT, DEAD = "bench.posts", "bench.dead"
SHAPES = ("event", "facts", "by-tag")       # of the first, second and third route
START_SECONDS, STOP_SECONDS, SLOWEST_PER_SECOND = 60, 40, 2000


@dataclass(frozen=True)
class Case:
    label: str
    kind: str                       # a key of Bench.KINDS
    delivery: str = "exactly_once"
    keywords: int = 2000
    routes: int = 1
    lanes: int = 1

    @property
    def file_name(self):
        return re.sub(r"[^a-z0-9]+", "-", self.label.lower()).strip("-")


LIMIT = Case("pass-through of events (the limit)", "events")
WARM_UP = Case("warm-up", "posts")         # of the broker, whose first transactions are slow; not measured
EXACTLY_ONCE = Case("exactly_once", "worker")

# To measure one thing more: a suite here.
SUITES = {
    "main": [Case("pass-through of posts", "posts"), LIMIT, Case("pipe", "pipe"),
             Case("at_least_once", "worker", delivery="at_least_once"), EXACTLY_ONCE],
    "keywords": [LIMIT] + [Case("pipe, %s keywords" % format(n, ","), "pipe", keywords=n) for n in (20, 2000, 20000)]
                + [Case("exactly_once, %s keywords" % format(n, ","), "worker", keywords=n) for n in (20, 2000, 20000)],
    "routes": [LIMIT, EXACTLY_ONCE, Case("exactly_once, 3 routes", "worker", routes=3)],
    "lanes": [LIMIT, EXACTLY_ONCE, Case("exactly_once, 2 lanes", "worker", lanes=2)],
}


@dataclass
class Result:
    cpu_us: float                   # a post
    posts_per_second: float
    peak_mib: float


class Lines:
    """The lines of a file, by number."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._starts = [0]
        at = self._bytes.find(b"\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = self._bytes.find(b"\n", at + 1)

    def __len__(self):
        return len(self._starts) - 1

    def __getitem__(self, number):
        return self._bytes[self._starts[number]:self._starts[number + 1] - 1]


class Bench:
    """One broker full of posts, and what is needed to let contestants loose on it."""

    def __init__(self, cluster, folder, root, build, options):
        self._cluster = cluster
        self._folder = folder
        self._root = root
        self._trendmill = os.path.join(build, "trendmill")
        self._passthrough = os.path.join(build, "bench-passthrough")
        self._options = options
        self._count = options.posts
        self._run_number = 0
        self.post_bytes = 0

    def _path(self, name):
        return os.path.join(self._folder, name)

    # --- what is made once ---

    def prepare(self):
        """Posts in a file and in the input topic: post N in partition N mod P, at the offset N div P."""
        with open(self._path("posts.jsonl"), "wb") as file:
            posts.write_posts(file, self._count, self._options.mean, self._options.seed)
        self.post_bytes = os.path.getsize(self._path("posts.jsonl")) / self._count - 1
        self._cluster.make_topics([INPUT, DEAD], self._options.partitions)
        self._cluster.feed(INPUT, self._records())

    def _records(self):
        headers = [("header-%d" % i, b"a value of its own, %d" % i) for i in range(self._options.headers)]
        with open(self._path("posts.jsonl"), "rb") as file:
            for number, line in enumerate(file):
                yield (str(posts.FIRST_ID + number), line[:-1], number % self._options.partitions,
                       posts.observed_ms(number), headers)

    def _rules(self, keywords):
        path = self._path("rules-%d.yaml" % keywords)
        if not os.path.exists(path):
            with open(path, "w") as file:
                posts.write_keywords(file, keywords, self._options.seed)
        return path

    def _events(self, keywords):
        """A file of the very bytes that the worker writes: what pipe prints, with the source added."""
        path = self._path("events-%d.jsonl" % keywords)
        if os.path.exists(path):
            return path
        command = [self._trendmill, "pipe", "-c", self._config(Case("", "pipe", keywords=keywords))]
        with open(self._path("posts.jsonl"), "rb") as posts_file, open(path + ".part", "wb") as out:
            made = subprocess.Popen(command, stdin=posts_file, stdout=subprocess.PIPE)
            lines = 0
            for lines, line in enumerate(made.stdout, 1):
                out.write(line[:-2] + self._source(lines - 1) + b"}\n")
            if made.wait() != 0 or lines != self._count:
                raise Failed("pipe made %d events of %d posts" % (lines, self._count))
        os.rename(path + ".part", path)
        return path

    def event_bytes(self):
        return os.path.getsize(self._events(LIMIT.keywords)) / self._count - 1

    def _source(self, number):
        return b',"source":{"topic":"%s","partition":%d,"offset":%d,"timestamp":%d}' % (
            INPUT.encode(), number % self._options.partitions, number // self._options.partitions,
            posts.observed_ms(number))

    # --- what is made for each run ---

    def _group(self):
        return "bench-%d" % self._run_number

    def _topics(self, routes):
        return ["bench.%d.%s" % (self._run_number, shape) for shape in SHAPES[:routes]]

    def _config(self, case):
        path = self._path("worker-%d.yaml" % self._run_number)
        routes = "".join("  %s: {topic: %s, shape: %s}\n" % (shape, topic, shape)
                         for shape, topic in zip(SHAPES, self._topics(case.routes)))
        rules = [self._rules(case.keywords)] + sorted(glob.glob(os.path.join(self._root, "config/lexicon/*.yaml")))
        with open(path, "w") as file:
            file.write("group: %s\ndelivery: %s\nlanes: %d\n" % (self._group(), case.delivery, case.lanes)
                       + "input: [{topic: %s, key: id}]\nrules: %s\n" % (INPUT, json.dumps(rules))
                       + "routes:\n%sdead_letters: %s\n" % (routes, DEAD)
                       + 'kafka: {bootstrap.servers: "%s"}\n' % self._cluster.servers
                       + "".join(line + "\n" for line in self._options.set))
        return path

    # --- runs ---

    def run(self, case, check=False, perf=None):
        """Once, with a new group and new topics. check: compares what came out, byte for byte."""
        self._run_number += 1
        topics = self._topics(case.routes)
        self._cluster.make_topics(topics, self._options.partitions)
        try:
            result = self.KINDS[case.kind](self, case, perf)
            if check and case.kind != "pipe":
                self._compare(topics[0], case)
        finally:
            self._cluster.delete_topics(topics)
        if not self._cluster.is_empty(DEAD, self._options.partitions):
            raise Failed("%s wrote dead letters" % case.label)
        return result

    def _compare(self, topic, case):
        made = Lines(self._path("posts.jsonl") if case.kind == "posts" else self._events(case.keywords))
        left = set(range(self._count))
        for message in self._cluster.read(topic, self._options.partitions, self._count):
            number = int(message.key()) - posts.FIRST_ID
            if message.value() != made[number] or message.timestamp()[1] != posts.observed_ms(number):
                raise Failed("%s wrote another record for post %d than it should: %.2000s"
                             % (case.label, number, message.value().decode()))
            left.discard(number)
        if left:
            raise Failed("%s wrote no record for %d posts" % (case.label, len(left)))

    def _seconds(self):
        return START_SECONDS + self._count / SLOWEST_PER_SECOND

    def _pass_through(self, case, perf):
        command = [self._passthrough, "-c", self._config(case), "--count", str(self._count)]
        if case.kind == "events":
            command += ["--events", self._events(case.keywords), "--first", str(posts.FIRST_ID)]
        if self._options.no_copy:
            command.append("--no-copy")
        with Process(command, perf, stdout=subprocess.PIPE) as process:
            process.wait(self._seconds())
            said = json.loads(process.stdout.read())
        if said["posts"] != self._count:
            raise Failed("%s passed %d of %d posts on" % (case.label, said["posts"], self._count))
        return Result(said["cpu_us"], self._count / said["seconds"], said["peak_kib"] / 1024)

    def _pipe_once(self, case, source, perf=None):
        command = [self._trendmill, "pipe", "-c", self._config(case)]
        with open(source, "rb") as file, Process(command, perf, stdin=file, stdout=subprocess.DEVNULL) as process:
            process.wait(self._seconds())
            return process.cpu_seconds_total, process.seconds, process.peak_mib()

    def _pipe(self, case, perf):
        """From a file to nowhere; less what it takes to load the rules and to end."""
        start_cpu, start_seconds, _ = self._pipe_once(case, os.devnull)
        cpu, seconds, peak = self._pipe_once(case, self._path("posts.jsonl"), perf)
        return Result((cpu - start_cpu) / self._count * 1e6, self._count / (seconds - start_seconds), peak)

    def _worker(self, case, perf):
        """From when it holds its first partitions until all offsets are committed."""
        log = self._path("worker-%d.log" % self._run_number)
        with Process([self._trendmill, "run", "-c", self._config(case)], perf, stderr=subprocess.PIPE) as process:
            start = _Start(process, log)
            start.wait()
            with self._cluster.progress(self._group(), INPUT, self._options.partitions) as progress:
                self._wait_for_end(process, progress, log)
            seconds, cpu = time.monotonic() - start.at, process.cpu_seconds() - start.cpu
            peak = process.peak_mib()
            process.stop(STOP_SECONDS)
        self._check_log(case, log)
        return Result(cpu / self._count * 1e6, self._count / seconds, peak)

    def _wait_for_end(self, process, progress, log):
        until = time.monotonic() + self._seconds()
        while progress.posts() < self._count:
            if process.has_ended() or time.monotonic() > until:
                raise Failed("the worker committed %d of %d posts; its log ends:\n%s"
                             % (progress.posts(), self._count, _end_of(log)))
            time.sleep(0.02)

    def _check_log(self, case, log):
        """A rewound batch counts twice: then the run measured something else."""
        with open(log) as file:
            ends = re.findall(r"event=lane-ended .*\bposts=(\d+) .*\bdead=(\d+)", file.read())
        if sum(int(count) for count, _ in ends) != self._count or len(ends) != case.lanes:
            print("warning: %s rewound batches; its log ends:\n%s" % (case.label, _end_of(log)))

    KINDS = {"posts": _pass_through, "events": _pass_through, "pipe": _pipe, "worker": _worker}


class _Start:
    """Reads the worker's log and notes what it had used when it got its first partitions."""

    def __init__(self, process, log):
        self._process, self._log = process, log
        self._seen = threading.Event()
        self.at = self.cpu = None
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with open(self._log, "wb", buffering=0) as log:
            for line in self._process.stderr:
                if self.at is None and re.search(rb"\bevent=rebalance\b.*\bassigned=[1-9]", line):
                    self.cpu, self.at = self._process.cpu_seconds(), time.monotonic()
                    self._seen.set()
                log.write(line)
        self._seen.set()                # it has ended

    def wait(self):
        if not self._seen.wait(START_SECONDS) or self.at is None:
            raise Failed("the worker got no partitions; its log ends:\n" + _end_of(self._log))


def _end_of(log):
    with open(log) as file:
        return "".join(file.readlines()[-15:])
