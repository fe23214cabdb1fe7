"""How each contestant is run and measured once."""
import itertools
import json
import os
import re
import subprocess
import time
from contextlib import ExitStack

import peers
import posts
import steady
from cases import Result
from follow import STOP_SECONDS, START_SECONDS, Course, end_of
from material import Lines, Material
from meter import Failed, Process

DEAD = "bench.dead"
SHAPES = ("event", "facts", "by-tag")       # of the first, second and third route
SLOWEST_PER_SECOND = 2000
PEER_COMMIT_MS = 200                        # the worker's default
PARTITIONS_ASSIGNED = rb"\bevent=rebalance\b.*\bassigned=[1-9]"


class Bench:
    """One broker full of posts, on which contestants are let loose."""

    def __init__(self, cluster, folder, root, build, options):
        self._cluster = cluster
        self._trendmill = os.path.join(build, "trendmill")
        self._passthrough = os.path.join(build, "bench-passthrough")
        self._options = options
        self._peers = {kind: peer(build) for kind, peer in peers.PEERS.items()}
        self._run_number = 0
        self.material = Material(cluster, folder, root, self._trendmill, options)
        self.agreements = {}                # by case
        cluster.make_topics([DEAD], 1)

    def _path(self, name):
        return self.material.path("%d-%s" % (self._run_number, name))

    def _group(self):
        return "bench-%d" % self._run_number

    def _topics(self, routes):
        return ["bench.%d.%s" % (self._run_number, shape) for shape in SHAPES[:routes]]

    def _config(self, case, topic):
        routes = "".join("  %s: {topic: %s, shape: %s}\n" % (shape, route, shape)
                         for shape, route in zip(SHAPES, self._topics(case.routes)))
        commit = "commit: {interval: %dms}\n" % case.commit_ms if case.commit_ms else ""
        with open(self._path("worker.yaml"), "w") as file:
            file.write("group: %s\ndelivery: %s\nlanes: %d\n%s" % (self._group(), case.delivery, case.lanes, commit)
                       + "input: [{topic: %s, key: id}]\nrules: %s\n" % (topic, json.dumps(self.material.rules(case)))
                       + "routes:\n%sdead_letters: %s\n" % (routes, DEAD)
                       + 'kafka: {bootstrap.servers: "%s"}\n' % self._cluster.servers
                       + "".join(line + "\n" for line in self._options.set))
        return file.name

    # --- runs ---

    def run(self, case, check=False, perf=None):
        """Once, with a new group and new topics. check: looks at all that came out."""
        self._run_number += 1
        self.material.input(case)
        topics = self._topics(case.routes)
        self._cluster.make_topics(topics, self.material.partitions(case))
        try:
            result = Bench.KINDS[case.kind](self, case, perf)
            if check and case.kind not in ("pipe", "steady"):
                self._check(topics[0], case)
        finally:
            self._cluster.delete_topics(topics)
        if not self._cluster.is_empty(DEAD, 1):
            raise Failed("%s wrote dead letters" % case.label)
        return result

    def _check(self, topic, case):
        """Each post's record is there; the worker's and the pass-throughs' byte for byte, a peer's in a sample."""
        made = Lines(self.material.posts() if case.kind == "posts" else self.material.events(case))
        agreement = peers.Agreement(case.label, made) if case.kind in self._peers else None
        left = set(range(self.material.count))
        for message in self._cluster.read(topic, self.material.partitions(case), self.material.count):
            number = int(message.key()) - posts.FIRST_ID
            self._check_message(message, number, case)
            if not agreement and message.value() != made[number]:
                raise Failed("%s wrote another record for post %d than it should: %.2000s"
                             % (case.label, number, message.value().decode()))
            if agreement and number < peers.SAMPLE:
                agreement.compare(number, message.value())
            left.discard(number)
        if left:
            raise Failed("%s wrote no record for %d posts" % (case.label, len(left)))
        if agreement:
            self.agreements[case] = agreement

    def _check_message(self, message, number, case):
        if message.timestamp()[1] != posts.observed_ms(number) or (message.headers() or []) != self.material.headers:
            raise Failed("%s did not pass the timestamp or the headers of post %d on" % (case.label, number))

    def _seconds(self):
        return START_SECONDS + self.material.count / SLOWEST_PER_SECOND

    def _pass_through(self, case, perf):
        count = self.material.count
        command = [self._passthrough, "-c", self._config(case, self.material.input(case)), "--count", str(count)]
        if case.kind == "events":
            command += ["--events", self.material.events(case), "--first", str(posts.FIRST_ID)]
        if self._options.no_copy:
            command.append("--no-copy")
        with Process(command, perf, stdout=subprocess.PIPE) as process:
            process.wait(self._seconds())
            said = json.loads(process.stdout.read())
        if said["posts"] != count:
            raise Failed("%s passed %d of %d posts on" % (case.label, said["posts"], count))
        return Result(said["cpu_us"], count / said["seconds"], said["peak_kib"] / 1024,
                      said["warm_us"], said["warm_posts"] / said["warm_seconds"])

    def _pipe_once(self, case, source, perf=None):
        command = [self._trendmill, "pipe", "-c", self._config(case, self.material.input(case))]
        with open(source, "rb") as file, Process(command, perf, stdin=file, stdout=subprocess.DEVNULL) as process:
            process.wait(self._seconds())
            return process.cpu_seconds_total, process.seconds, process.peak_mib()

    def _pipe(self, case, perf):
        """From a file to nowhere; less what it takes to load the rules and to end."""
        start_cpu, start_seconds, _ = self._pipe_once(case, os.devnull)
        cpu, seconds, peak = self._pipe_once(case, self.material.posts(), perf)
        count = self.material.count
        return Result((cpu - start_cpu) / count * 1e6, count / (seconds - start_seconds), peak)

    def _start(self, stack, command, processes, perf, pattern, **options):
        """A contestant that runs until it is told to stop."""
        logs = [self._path("%d.log" % i) for i in range(processes)]
        started = [stack.enter_context(Process(command, perf and "%s.%d" % (perf, i) if processes > 1 else perf,
                                               stderr=subprocess.PIPE, **options)) for i in range(processes)]
        return Course(started, logs, pattern)

    def _catch_up(self, case, course):
        with self._cluster.progress(self._group(), self.material.input(case),
                                    self.material.partitions(case)) as progress:
            course.wait_for_start()
            course.wait_for_end(progress, self.material.count, self._seconds())
        figures = course.figures(self.material.count)
        for process in course.processes:
            process.stop(STOP_SECONDS)
        return Result(**figures)

    def _worker(self, case, perf):
        """From when it holds its first partitions until all offsets are committed."""
        command = [self._trendmill, "run", "-c", self._config(case, self.material.input(case))]
        with ExitStack() as stack:
            result = self._catch_up(case, self._start(stack, command, case.processes, perf, PARTITIONS_ASSIGNED))
        self._check_logs(case)
        return result

    def _check_logs(self, case):
        """A rewound batch counts twice: then the run measured something else."""
        ends = []
        for i in range(case.processes):
            with open(self._path("%d.log" % i)) as file:
                ends += re.findall(r"event=lane-ended .*\bposts=(\d+) .*\bdead=(\d+)", file.read())
        if sum(int(count) for count, _ in ends) != self.material.count or len(ends) != case.lanes * case.processes:
            print("warning: %s rewound batches; its log ends:\n%s" % (case.label, end_of(self._path("0.log"))))

    def _peer(self, case, perf):
        """As the worker."""
        peer = self._peers[case.kind]
        settings = {"brokers": self._cluster.servers, "group": self._group(), "input": self.material.input(case),
                    "output": self._topics(1)[0], "delivery": case.delivery, "commit_ms": PEER_COMMIT_MS,
                    "rules": self.material.keywords(case.keywords), "state": self._path("state")}
        with open(self._path("peer.json"), "w") as file:
            json.dump(settings, file)
        with ExitStack() as stack:
            return self._catch_up(case, self._start(stack, peer.command(file.name), 1, perf, peers.ASSIGNED,
                                                    env=dict(os.environ, **peer.environment)))

    def _steady(self, case, perf):
        """The CPU is that of the whole time, with its pauses."""
        rate, partitions = self._options.rate, self.material.partitions(case)
        count = int(rate * steady.SECONDS)
        topic, out = "bench.%d.steady" % self._run_number, self._topics(1)[0]
        self._cluster.make_topics([topic], partitions)
        command = [self._trendmill, "run", "-c", self._config(case, topic)]
        with ExitStack() as stack:
            course = self._start(stack, command, 1, perf, PARTITIONS_ASSIGNED)
            course.wait_for_start()
            began, cpu = time.time(), course.cpu_seconds()
            records = itertools.islice(itertools.cycle(self.material.records(partitions)), count)
            feeder = steady.Feeder(self._cluster.settings(), topic, records, rate)
            feeder.start()
            found = steady.latencies(self._cluster.read(out, partitions, count, batch=1),
                                     (began + steady.SETTLE_SECONDS) * 1000)
            feeder.join()
            result = Result((course.cpu_seconds() - cpu) / count * 1e6, count / (time.time() - began),
                            course.peak_mib(), **steady.percentiles(found))
            course.processes[0].stop(STOP_SECONDS)
        self._cluster.delete_topics([topic])
        return result

    KINDS = {"posts": _pass_through, "events": _pass_through, "pipe": _pipe, "worker": _worker, "steady": _steady,
             **dict.fromkeys(peers.PEERS, _peer)}
