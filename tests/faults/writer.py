#!/usr/bin/python3
"""writer.py BROKERS SEED RATE RAW TXN COMPACTED: writes numbered posts at a steady rate until SIGTERM.

Posts whose number ends in 3 go to TXN in transactions, of which one in five is aborted; in 7 to
COMPACTED; all others to RAW. At its end it prints how many of each topic the brokers have acknowledged."""
import json
import logging
import random
import signal
import sys
import threading
import time

from confluent_kafka import KafkaException, Producer

from posts import Posts

TICK = 0.02
PATIENCE = 120      # of the last flush and commit

stop = threading.Event()
silent = logging.getLogger("silent")            # what fails shows in what is not acknowledged
silent.addHandler(logging.NullHandler())
silent.propagate = False


class Pace:
    """How many are due; what a standstill took is not made up for beyond a second."""

    def __init__(self, rate):
        self.rate, self.at = rate, time.monotonic()

    def due(self):
        now = time.monotonic()
        self.at = max(self.at, now - 1)
        count = int((now - self.at) * self.rate)
        self.at += count / self.rate
        return count


def numbers(endings):
    ten = 0
    while True:
        yield from (ten + ending for ending in endings)
        ten += 10


class Plain:
    """An idempotent producer; after a fatal error a new one goes on with new posts."""

    def __init__(self, brokers, acked):
        self.brokers, self.acked, self.producer = brokers, acked, None

    def open(self):
        return Producer({
            "bootstrap.servers": self.brokers, "enable.idempotence": True, "linger.ms": 10,
            "compression.type": "lz4", "message.timeout.ms": 600_000, "message.max.bytes": 1_000_000,
            "queue.buffering.max.messages": 20_000,
        }, logger=silent)

    def delivered(self, err, message):
        if not err:
            self.acked[message.topic()] += 1

    def write(self, topic, record):
        key, value, headers = record
        while not (stop.is_set() and stop.late):
            try:
                self.producer = self.producer or self.open()
                self.producer.produce(topic, value, key, headers=headers, on_delivery=self.delivered)
                return
            except BufferError:
                self.producer.poll(0.1)
            except KafkaException:
                self.producer.flush(1)
                self.producer = None

    def poll(self, seconds):
        if self.producer:
            self.producer.poll(seconds)

    def close(self):
        if self.producer and self.producer.flush(PATIENCE):
            print("writer: not all posts were acknowledged", file=sys.stderr)


def write_plain(brokers, posts, rate, raw, compacted, acked):
    out = Plain(brokers, acked)
    source = numbers([0, 1, 2, 4, 5, 6, 7, 8, 9])
    pace = Pace(rate)
    while not stop.is_set():
        for _ in range(pace.due()):
            number = next(source)
            out.write(compacted if number % 10 == 7 else raw, posts.record(number))
        out.poll(TICK)
    out.close()


def open_transactional(brokers, seed):
    producer = Producer({
        "bootstrap.servers": brokers, "transactional.id": f"writer-{seed}", "linger.ms": 5,
        "transaction.timeout.ms": 20_000, "compression.type": "lz4", "message.max.bytes": 1_000_000,
    }, logger=silent)
    producer.init_transactions(60)
    return producer


def finish(call):
    """Commits or aborts; what may be called again is."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return call(10)
        except KafkaException as problem:
            error = problem.args[0]
            if not error.retriable() or error.txn_requires_abort() or time.monotonic() > deadline:
                raise


def write_transaction(producer, topic, records, commit):
    producer.begin_transaction()
    try:
        for key, value, headers in records:
            producer.produce(topic, value, key, headers=headers)
        if commit:
            finish(producer.commit_transaction)
            return len(records)
        producer.flush(5)               # so that readers have something to leave out
        finish(producer.abort_transaction)
        return 0
    except KafkaException as problem:
        if not problem.args[0].txn_requires_abort():
            raise
        finish(producer.abort_transaction)
        return 0


def write_in_transactions(brokers, posts, rate, topic, acked, seed):
    source, dice, producer, pace = numbers([3]), random.Random(seed), None, Pace(rate)
    while not stop.is_set():
        time.sleep(0.1)
        batch = [posts.record(next(source)) for _ in range(min(pace.due(), 200))]
        if not batch:
            continue
        try:
            producer = producer or open_transactional(brokers, seed)
            acked[topic] += write_transaction(producer, topic, batch, dice.random() > 0.2)
        except KafkaException:
            producer = None             # fenced, or too long away: a new one ends what is open
            time.sleep(0.5)
    try:
        open_transactional(brokers, seed)       # what is still open hides all that follows it
    except KafkaException as problem:
        print("writer: the last transaction stays open:", problem, file=sys.stderr)


def main():
    brokers, seed, rate, raw, txn, compacted = sys.argv[1:]
    posts, acked = Posts(int(seed)), {raw: 0, txn: 0, compacted: 0}

    stop.late = False
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threads = [
        threading.Thread(target=write_plain, args=(brokers, posts, float(rate) * 0.9, raw, compacted, acked)),
        threading.Thread(target=write_in_transactions,
                         args=(brokers, posts, float(rate) * 0.1, txn, acked, int(seed))),
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    time.sleep(5)
    stop.late = True                    # whoever still waits for room in a queue gives up
    for thread in threads:
        thread.join()
    print(json.dumps(acked), flush=True)


if __name__ == "__main__":
    main()
