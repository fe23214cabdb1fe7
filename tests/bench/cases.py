"""What is measured: the contestants, and in which suites they are."""
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    label: str
    kind: str                       # a key of Bench.KINDS
    delivery: str = "exactly_once"
    keywords: int = 2000
    lexicons: bool = True
    routes: int = 1
    lanes: int = 1
    processes: int = 1
    partitions: int = 0             # 0: as --partitions says
    commit_ms: int = 0              # 0: the worker's default

    @property
    def file_name(self):
        return re.sub(r"[^a-z0-9]+", "-", self.label.lower()).strip("-")


LIMIT = Case("pass-through of events (the limit)", "events")
WARM_UP = Case("warm-up", "posts")         # of the broker, whose first transactions are slow; not measured
PASS_ON = Case("pass-through of posts", "posts")
AT_LEAST_ONCE = Case("at_least_once", "worker", delivery="at_least_once")
EXACTLY_ONCE = Case("exactly_once", "worker")

PARTITIONS = (1, 2, 4, 8, 24)
COMMIT_MS = (10, 50, 100, 200)


def _some(count, one, more):
    return "%d %s" % (count, one if count == 1 else more)


def _scale(partitions):
    """With one partition there is nothing to share."""
    for lanes, processes in ((1, 1),) if partitions == 1 else ((1, 1), (2, 1), (1, 2)):
        label = "%s, %s, %s" % (_some(partitions, "partition", "partitions"), _some(lanes, "lane", "lanes"),
                                _some(processes, "process", "processes"))
        yield Case(label, "worker", partitions=partitions, lanes=lanes, processes=processes)


# To measure one thing more: a suite here.
SUITES = {
    "main": [PASS_ON, LIMIT, Case("pipe", "pipe"), AT_LEAST_ONCE, EXACTLY_ONCE],
    "keywords": [LIMIT] + [Case("pipe, %s keywords" % format(n, ","), "pipe", keywords=n) for n in (20, 2000, 20000)]
                + [Case("exactly_once, %s keywords" % format(n, ","), "worker", keywords=n) for n in (20, 2000, 20000)],
    "routes": [LIMIT, EXACTLY_ONCE, Case("exactly_once, 3 routes", "worker", routes=3)],
    "lanes": [LIMIT, EXACTLY_ONCE, Case("exactly_once, 2 lanes", "worker", lanes=2)],
    "peers": [PASS_ON, LIMIT, AT_LEAST_ONCE, EXACTLY_ONCE,
              Case("exactly_once, no lexicons: as the peers", "worker", lexicons=False),
              Case("Go, at_least_once", "go", delivery="at_least_once"), Case("Go, exactly_once", "go"),
              Case("Kafka Streams, at_least_once", "kafka-streams", delivery="at_least_once"),
              Case("Kafka Streams, exactly_once", "kafka-streams")],
    "scale": [case for partitions in PARTITIONS for case in _scale(partitions)],
    "commit": [Case("catching up, commit each %d ms" % ms, "worker", commit_ms=ms) for ms in COMMIT_MS]
              + [Case("at a steady rate, commit each %d ms" % ms, "steady", commit_ms=ms) for ms in COMMIT_MS],
}


@dataclass
class Result:
    cpu_us: float                   # a post
    posts_per_second: float
    peak_mib: float
    warm_us: float = None           # a post, once the first fifth is done
    warm_posts_per_second: float = None
    whole_us: float = None          # a post, from the start of the process
    p50_ms: float = None            # from the post's timestamp until its event is read, committed
    p99_ms: float = None
