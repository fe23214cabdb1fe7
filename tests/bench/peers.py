"""Other ways to do the worker's work: how they are built and started, and whether they agree with it.

Each reads one JSON of settings, runs until SIGTERM and prints "assigned" once it has partitions.
"""
import json
import os
import shutil
import subprocess

import posts
from meter import Failed

FOLDER = os.path.join(os.path.dirname(os.path.realpath(__file__)), "peers")
ASSIGNED = rb"^assigned$"
SAMPLE = 20000                  # posts whose events are compared
NAMES = ("tags", "hashtags", "mentions", "urls", "engagement")


def _run(command, folder, **environment):
    done = subprocess.run(command, cwd=folder, env=dict(os.environ, **environment), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failed("%s failed; its output ends:\n%s" % (" ".join(command), done.stdout[-3000:]))
    return done.stdout


class Go:
    tools = ("go",)
    environment = {"GOGC": "400", "GOMEMLIMIT": "256MiB"}

    def __init__(self, build):
        self._program = os.path.join(build, "peer-go")

    def build(self):
        _run(["go", "build", "-buildvcs=false", "-trimpath", "-o", self._program, "."], os.path.join(FOLDER, "go"))

    def command(self, settings):
        return [self._program, settings]


class KafkaStreams:
    tools = ("java", "mvn")
    environment = {}

    def __init__(self, build):
        self._build = os.path.join(build, "peer-kafka-streams")

    def build(self):
        _run(["mvn", "-q", "-B", "-Dfolder=" + self._build, "package"], os.path.join(FOLDER, "kafka-streams"))

    def command(self, settings):
        return ["java", "-XX:+UseParallelGC", "-Xms512m", "-Xmx512m", "-Xmn320m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp", "%s/peer.jar:%s/lib/*" % (self._build, self._build), "peer.Peer", settings]


class KafkaStreamsTrends(KafkaStreams):
    """The trend stage's peer: the same jar, another topology."""

    def command(self, settings):
        return [*super().command(settings)[:-2], "peer.TrendsPeer", settings]


PEERS = {"go": Go, "kafka-streams": KafkaStreams, "kafka-streams-trends": KafkaStreamsTrends}


def lacking(kind):
    """The tools of a peer that are not there."""
    return [tool for tool in PEERS[kind].tools if not shutil.which(tool)]


def facts(event):
    """What is compared."""
    enrichment = json.loads(event)["enrichment"]
    entities = enrichment["entities"]
    return {"tags": enrichment["tags"], "engagement": enrichment.get("engagement", {}),
            **{name: entities[name] for name in ("hashtags", "mentions", "urls")}}


class Agreement:
    """How many of a peer's events say something else than the worker's, by what they say."""

    def __init__(self, label, made):
        self._label, self._made = label, made
        self._compared, self._differing = 0, dict.fromkeys(NAMES, 0)
        self._example = None

    def compare(self, number, event):
        mine, theirs = facts(self._made[number]), facts(event)
        self._compared += 1
        for name in NAMES:
            if mine[name] != theirs[name]:
                self._differing[name] += 1
                self._example = self._example or "post %d: %s %s, the worker's %s" % (
                    posts.FIRST_ID + number, name, theirs[name], mine[name])

    def __str__(self):
        shares = ", ".join("%s %.2f %%" % (name, 100 * count / max(self._compared, 1))
                           for name, count in self._differing.items())
        example = "\n  for example " + self._example if self._example else ""
        return "%s: of %d events differ in %s%s" % (self._label, self._compared, shares, example)
