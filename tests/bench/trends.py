"""The trend stage: what an observation costs from Kafka into the store, what an answer takes, and its peer."""
import collections
import contextlib
import json
import os
import statistics
import subprocess
import time

import observations
import peers
from follow import START_SECONDS, STOP_SECONDS, Course
from meter import Failed, Process

TOPIC = "bench.facts"
SLOWEST_PER_SECOND = 500
WINDOW = "24h"
QUESTIONS = 9                   # of each kind; each of another time, so that no answer is known already
VISIBLE = 10                    # rows of which it is measured how long they take to be seen
NOBODYS = "nobody-has-it"       # a tag of the rules
ANSWER = "%.0f (CPU %.0f, least %.0f)"
PEER_COMMIT_MS = 200
PEER_SLOWER = 10                # at most so many times as long


def seen_tag(number):
    return "seen-%d" % number


class Feed:
    """The rows go into the topic once; what is asked of them later is noted on the way."""

    def __init__(self, cluster, count, seed):
        self.count, self.bytes = count, 0
        self.posts_of = collections.Counter()
        self._ids = set()
        cluster.make_topics([TOPIC], observations.PARTITIONS)
        cluster.feed(TOPIC, self._records(observations.Observations(count, seed)))

    @property
    def posts(self):
        return len(self._ids)

    def _records(self, made):
        for key, value, partition, timestamp in made.rows():
            self.bytes += len(value)
            if key not in self._ids and b'"tags"' in value:
                self._ids.add(key)
                self.posts_of.update(json.loads(value)["tags"])
            yield key, value, partition, timestamp, []

    def tag_with(self, posts):
        """The tag whose number of posts is nearest to that."""
        return min(self.posts_of, key=lambda tag: abs(self.posts_of[tag] - posts))

    @property
    def last_ms(self):
        return observations.FIRST_MS + (self.count - 1) * observations.DAY_MS // self.count


class TrendsBench:
    def __init__(self, cluster, folder, build, options):
        self._cluster, self._folder = cluster, folder
        self._trendmill, self._build = os.path.join(build, "trendmill"), build
        self._rounds = options.rounds
        self._feed = Feed(cluster, options.observations, options.seed)
        self._number = 0

    # --- the store ---

    def _config(self, name):
        path = os.path.join(self._folder, name + ".yaml")
        with open(os.path.join(self._folder, "trends-rules.yaml"), "w") as file:
            json.dump({"version": 1, "tags": {tag: {"any": [tag]} for tag in [NOBODYS, *map(seen_tag, range(VISIBLE))]}}, file)
        with open(path, "w") as file:
            file.write("group: %s\ninput: [{topic: posts.raw, key: id}]\nrules: [trends-rules.yaml]\n" % name
                       + "routes: {facts: {topic: %s, shape: facts}}\ndead_letters: posts.dead\n" % TOPIC
                       + 'kafka: {bootstrap.servers: "%s"}\n' % self._cluster.servers
                       + "trends: {from: facts, store: %s.db, retention: 8d}\n" % name)
        return path

    def _seconds(self):
        return START_SECONDS + self._feed.count / SLOWEST_PER_SECOND

    def _read_all(self, config, *flags):
        """Up to the end of the topic: CPU µs an observation, seconds, MiB."""
        with open(config + ".log", "wb") as log, \
                Process([self._trendmill, "trends", "-c", config, "--once", *flags], stdout=subprocess.DEVNULL, stderr=log) as it:
            it.wait(self._seconds())
            return it.cpu_seconds_total / self._feed.count * 1e6, it.seconds, it.peak_mib()

    def _ask(self, config, *words):
        """Of a whole process that answers: seconds, those of CPU, and its answer."""
        with Process([self._trendmill, "page", "-c", config, "--json", *words], stdout=subprocess.PIPE) as it:
            answer = it.stdout.read()
            it.wait(START_SECONDS)
            return it.seconds, it.cpu_seconds_total, json.loads(answer)

    def _answer_ms(self, config, *words):
        """The median of a time and of CPU, and the least time; each question is of another time."""
        taken = [self._ask(config, "--at", str(self._feed.last_ms - number), "--window", WINDOW, *words)[:2]
                 for number in range(QUESTIONS)]
        seconds, cpu = zip(*taken)
        return 1000 * statistics.median(seconds), 1000 * statistics.median(cpu), 1000 * min(seconds)

    def _visible_ms(self, config):
        """From a row's commit in Kafka until an answer has it, with the stage running."""
        taken = []
        with open(config + ".live.log", "wb") as log, \
                Process([self._trendmill, "trends", "-c", config], stdout=subprocess.DEVNULL, stderr=log) as it:
            for number in range(VISIBLE):
                tag = seen_tag(number)
                now_ms = self._feed.last_ms + number + 1
                row = {"v": 1, "id": tag, "network": "x", "kind": "post", "subject": tag, "as_of": now_ms, "created": now_ms,
                       "lang": "ja", "text": "今、見えますか", "tags": [tag], "hashtags": [], "links": [],
                       "rules": {"version": 1, "id": "00c0ffee00c0ffee"},
                       "source": {"topic": "posts.raw", "partition": 0, "offset": 10 ** 9 + number, "timestamp": now_ms}}
                self._cluster.feed(TOPIC, [(tag, json.dumps(row).encode(), 0, now_ms, [])])
                began = time.monotonic()
                while self._ask(config, "--tag", tag, "--window", WINDOW)[2]["trend"]["posts"] == 0:
                    if time.monotonic() > began + START_SECONDS or it.has_ended():
                        raise Failed("a row was not seen in time")
                if number:              # the first one waits for the start
                    taken.append((time.monotonic() - began) * 1000)
            it.stop(STOP_SECONDS)
        return statistics.median(taken), min(taken), max(taken)

    def _again_seconds(self, config):
        """A start with nothing to do, to its end: whole process, group and all."""
        return self._read_all(config)[1]

    def store_rows(self):
        """(what, value as text) of a store that is made anew in each round."""
        results = []
        for number in range(self._rounds):
            config = self._config("trends-%d" % number)
            results.append(self._read_all(config))
        cpu, seconds, peak = zip(*results)
        yield "CPU µs an observation", "%.2f (%.2f–%.2f)" % (statistics.median(cpu), min(cpu), max(cpu))
        yield "observations/s", format(round(self._feed.count / statistics.median(seconds)), ",")
        yield "peak MiB", "%.1f" % max(peak)
        size = sum(os.path.getsize(os.path.join(self._folder, name)) for name in os.listdir(self._folder)
                   if name.startswith("trends-%d.db" % number))
        yield "store on disk, MiB (rows in Kafka: %.0f)" % (self._feed.bytes / 2 ** 20), "%.0f" % (size / 2 ** 20)
        yield "rebuild, s a million", "%.1f" % (self._read_all(config, "--rebuild")[1] * 1e6 / self._feed.count)
        yield "start to end with nothing new, s", "%.2f" % self._again_seconds(config)
        empty = self._answer_ms(config, "--tag", NOBODYS)
        yield "an answer about nothing, whole process, ms", ANSWER % empty

        def beyond(*words):
            return ANSWER % tuple(ms - least for ms, least in zip(self._answer_ms(config, *words), empty))

        for posts in (5000, 50000):
            tag = self._feed.tag_with(posts)
            yield "tag page of %s posts, ms more" % format(self._feed.posts_of[tag], ","), beyond("--tag", tag)
        yield "list of %s tags, ms more" % format(len(self._feed.posts_of), ","), beyond()
        yield "commit to visible, ms", "%.0f (%.0f–%.0f)" % self._visible_ms(config)

    # --- the peer ---

    def peer_rows(self):
        lacking = peers.lacking("kafka-streams-trends")
        if lacking:
            yield "SKIP the peer", "it needs %s" % " and ".join(lacking)
            return
        peer = peers.PEERS["kafka-streams-trends"](self._build)
        peer.build()
        group = "bench-trends-peer"
        settings = {"brokers": self._cluster.servers, "group": group, "input": TOPIC, "delivery": "exactly_once",
                    "commit_ms": PEER_COMMIT_MS, "state": os.path.join(self._folder, "peer-state")}
        path = os.path.join(self._folder, "peer-trends.json")
        with open(path, "w") as file:
            json.dump(settings, file)
        command = peer.command(path)
        count = self._feed.count
        with contextlib.ExitStack() as stack:
            course = self._start_peer(stack, command)
            with self._cluster.progress(group, TOPIC, observations.PARTITIONS) as progress:
                course.wait_for_end(progress, count, self._seconds() * PEER_SLOWER)
            self._wait_for_changes(group)
            figures = course.figures(count)
            yield "CPU µs an observation", "%.2f" % figures["cpu_us"]
            if "warm_us" in figures:
                yield "warm µs", "%.2f" % figures["warm_us"]
            yield "whole µs", "%.2f" % figures["whole_us"]
            yield "observations/s", format(round(figures["posts_per_second"]), ",")
            yield "peak MiB", "%.1f" % figures["peak_mib"]
            course.processes[0].stop(STOP_SECONDS)
        yield "RocksDB on disk, MiB", "%.0f" % (folder_bytes(settings["state"]) / 2 ** 20)
        began = time.monotonic()
        with contextlib.ExitStack() as stack:
            course = self._start_peer(stack, command)
            yield "start to running again, s", "%.2f" % (time.monotonic() - began)
            course.processes[0].stop(STOP_SECONDS)

    def _start_peer(self, stack, command):
        self._number += 1
        log = os.path.join(self._folder, "peer-trends-%d.log" % self._number)
        process = stack.enter_context(Process(command, stderr=subprocess.PIPE))
        course = Course([process], [log], peers.ASSIGNED)
        course.wait_for_start()
        return course

    def _wait_for_changes(self, group):
        """Until what goes through the topic of changes is read as well, but for the marks of transactions."""
        topic = group + "-tags-repartition"
        until = time.monotonic() + self._seconds() * PEER_SLOWER
        with self._cluster.progress(group, topic, observations.PARTITIONS) as progress:
            while progress.posts() < self._cluster.records(topic, observations.PARTITIONS) - 2 * observations.PARTITIONS:
                if time.monotonic() > until:
                    raise Failed("the peer does not come to the end of %s" % topic)
                time.sleep(0.1)

    def title(self):
        return "%s observations of %s posts, %s tags, rows of %.0f bytes; %d partitions; %d rounds" % (
            format(self._feed.count, ","), format(self._feed.posts, ","), format(len(self._feed.posts_of), ","),
            self._feed.bytes / self._feed.count, observations.PARTITIONS, self._rounds)


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names)
