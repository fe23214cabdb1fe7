"""What the contestants read: posts in a file and in topics, rules, and the events that must come out."""
import glob
import json
import mmap
import os
import subprocess

import posts
from meter import Failed


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


class Material:
    """Each thing is made when it is first asked for, and kept."""

    def __init__(self, cluster, folder, root, trendmill, options):
        self._cluster = cluster
        self._folder = folder
        self._root = root
        self._trendmill = trendmill
        self._options = options
        self._fed = set()
        self.count = options.posts
        self.headers = [("header-%d" % i, b"a value of its own, %d" % i) for i in range(options.headers)]

    def path(self, name):
        return os.path.join(self._folder, name)

    def posts(self):
        path = self.path("posts.jsonl")
        if not os.path.exists(path):
            with open(path, "wb") as file:
                posts.write_posts(file, self.count, self._options.mean, self._options.seed)
        return path

    def post_bytes(self):
        return os.path.getsize(self.posts()) / self.count - 1

    def partitions(self, case):
        return case.partitions or self._options.partitions

    def input(self, case):
        """A topic full of posts: post N in partition N mod P, at the offset N div P."""
        partitions = self.partitions(case)
        topic = "bench.posts-%d" % partitions
        if topic not in self._fed:
            self._cluster.make_topics([topic], partitions)
            self._cluster.feed(topic, self.records(partitions))
            self._fed.add(topic)
        return topic

    def records(self, partitions):
        with open(self.posts(), "rb") as file:
            for number, line in enumerate(file):
                yield (str(posts.FIRST_ID + number), line[:-1], number % partitions, posts.observed_ms(number),
                       self.headers)

    def keywords(self, keywords):
        path = self.path("rules-%d.yaml" % keywords)
        if not os.path.exists(path):
            with open(path, "w") as file:
                posts.write_keywords(file, keywords, self._options.seed)
        return path

    def rules(self, case):
        return [self.keywords(case.keywords)] + ([self.sentiment()] if case.lexicons else [])

    def sentiment(self):
        """Rules that load the shipped lexicons and nothing else."""
        path = self.path("sentiment.yaml")
        with open(path, "w") as file:
            json.dump({"sentiment": {"lexicons": sorted(glob.glob(os.path.join(self._root, "config/lexicon/*.yaml")))}}, file)
        return path

    def pipe_config(self, case):
        """A config for the line without Kafka."""
        path = self.path("pipe-%s.yaml" % case.file_name)
        with open(path, "w") as file:
            file.write("group: x\ninput: [{topic: x, key: id}]\nroutes: {x: {topic: y, shape: event}}\ndead_letters: z\n"
                       'kafka: {bootstrap.servers: "localhost:1"}\nrules: %s\n' % json.dumps(self.rules(case)))
        return path

    def events(self, case):
        """A file of the very bytes that the worker writes: what pipe prints, with the source added."""
        partitions = self.partitions(case)
        name = "%d-%d-%s" % (case.keywords, partitions, "lexicons" if case.lexicons else "plain")
        path = self.path("events-%s.jsonl" % name)
        if os.path.exists(path):
            return path
        config = self.pipe_config(case)
        with open(self.posts(), "rb") as source, open(path + ".part", "wb") as out:
            made = subprocess.Popen([self._trendmill, "pipe", "-c", config], stdin=source, stdout=subprocess.PIPE)
            lines = 0
            for lines, line in enumerate(made.stdout, 1):
                out.write(line[:-2] + self._source(self.input(case), lines - 1, partitions) + b"}\n")
            if made.wait() != 0 or lines != self.count:
                raise Failed("pipe made %d events of %d posts" % (lines, self.count))
        os.rename(path + ".part", path)
        return path

    def event_bytes(self, case):
        return os.path.getsize(self.events(case)) / self.count - 1

    def _source(self, topic, number, partitions):
        return b',"source":{"topic":"%s","partition":%d,"offset":%d,"timestamp":%d}' % (
            topic.encode(), number % partitions, number // partitions, posts.observed_ms(number))
