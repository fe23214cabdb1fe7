"""Latency at a steady rate: from a post's timestamp until its event can be read at read_committed."""
import statistics
import threading
import time

from confluent_kafka import Producer

SECONDS, SETTLE_SECONDS = 12, 3         # what is read of the first ones does not count


class Feeder(threading.Thread):
    """Writes posts at a rate, each with the time at which it is written."""

    def __init__(self, settings, topic, records, rate):
        super().__init__(daemon=True)
        self._producer = Producer(dict(settings, **{"linger.ms": 1, "compression.codec": "lz4"}))
        self._topic, self._records, self._rate = topic, records, rate

    def run(self):
        began = time.time()
        for number, (key, value, partition, _, headers) in enumerate(self._records):
            due = began + number / self._rate
            while time.time() < due:
                self._producer.poll(min(0.002, max(0.0, due - time.time())))
            self._producer.produce(self._topic, value, key, partition, headers=headers,
                                   timestamp=int(time.time() * 1000))
        self._producer.flush(30)


def latencies(messages, settled_ms):
    """Milliseconds of each event whose post was written after things had settled."""
    return [time.time() * 1000 - message.timestamp()[1] for message in messages
            if message.timestamp()[1] >= settled_ms]


def percentiles(found):
    cuts = statistics.quantiles(found, n=100)
    return {"p50_ms": cuts[49], "p99_ms": cuts[98]}
