#!/usr/bin/python3
"""Whether many readers hold up the trend stage: rows come in at a steady rate from real Kafka, first with nobody asking,
then with wrk asking for the pages and the API. Run it under no other load; wrk and the brokers share the CPUs.

usage: load.py TRENDMILL BROKERS [--seconds N] [--rate ROWS] [--clients N]
"""
import argparse
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

import observations
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

PATHS = ["/api/v1/tags/%s/posts", "/api/v1/tags/%s", "/tags/%s"]
TICK_SECONDS = 0.02


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Stage:
    """A topic, and `trends` that reads it and serves."""

    def __init__(self, program, brokers, folder):
        self.topic, self.brokers, self.port = "load-%d" % os.getpid(), brokers, free_port()
        self.admin = AdminClient({"bootstrap.servers": brokers})
        for future in self.admin.create_topics([NewTopic(self.topic, 4, 1, config={"retention.ms": "-1"})]).values():
            future.result(30)
        with open(os.path.join(folder, "rules.yaml"), "w") as file:
            file.write("version: 1\ntags: {a: {any: [a]}}\n")
        config = os.path.join(folder, "worker.yaml")
        with open(config, "w") as file:
            json.dump({"group": self.topic, "input": [{"topic": "raw"}], "rules": ["rules.yaml"], "dead_letters": "dead",
                       "routes": {"facts": {"topic": self.topic, "shape": "facts"}}, "kafka": {"bootstrap.servers": brokers},
                       "trends": {"store": "load.db", "http": self.port}}, file)
        self.log = open(os.path.join(folder, "log"), "wb")
        self.process = subprocess.Popen([program, "trends", "-c", config], stderr=self.log)

    def ask(self, path):
        return urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port, path), timeout=30).read()

    def figure(self, name):
        return float(re.search(r"^%s(?:\{[^}]*\})? (\S+)" % name, self.ask("/metrics").decode(), re.M).group(1))

    def lag(self):
        return sum(float(it) for it in re.findall(r"^trendmill_trends_lag_records\{[^}]*\} (\S+)", self.ask("/metrics").decode(), re.M))


def feed(stage, rows, rate, ends):
    """Rows at a steady rate until it ends."""
    producer = Producer({"bootstrap.servers": stage.brokers, "linger.ms": 5})
    began, sent = time.monotonic(), 0
    while not ends.is_set():
        while sent < (time.monotonic() - began) * rate:
            key, value, partition, timestamp = next(rows)
            while True:
                try:
                    producer.produce(stage.topic, value, key, partition=partition, timestamp=timestamp)
                    break
                except BufferError:         # the brokers are behind
                    producer.poll(0.1)
            sent += 1
        producer.poll(0)
        time.sleep(TICK_SECONDS)
    producer.flush(30)


def watched(stage, seconds):
    """Rows a second that were committed, the CPU that the process took for it, and how far behind it was at most."""
    rows, cpu, began, lag = stage.figure("trendmill_trends_rows_total"), stage.figure("process_cpu_seconds_total"), time.monotonic(), 0
    while time.monotonic() - began < seconds:
        time.sleep(1)
        lag = max(lag, stage.lag())
    took = time.monotonic() - began
    return ((stage.figure("trendmill_trends_rows_total") - rows) / took, (stage.figure("process_cpu_seconds_total") - cpu) / took, lag)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("trendmill")
    options.add_argument("brokers")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--rate", type=int, default=2000)
    options.add_argument("--clients", type=int, default=100)
    options = options.parse_args()
    rows = observations.Observations(10**6, 1).rows()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(options.trendmill, options.brokers, folder)
        ends = threading.Event()
        feeder = threading.Thread(target=feed, args=(stage, rows, options.rate, ends))
        try:
            feeder.start()
            time.sleep(10)
            tag = json.loads(stage.ask("/api/v1/tags?limit=1"))["tags"][0]["tag"]
            alone = watched(stage, options.seconds)
            print("alone:        %.0f rows/s, CPU %.2f, behind at most %.0f rows" % alone, "load %.0f" % os.getloadavg()[0])
            for path in PATHS:
                path = path % tag
                wrk = subprocess.Popen(["wrk", "-t2", "-c%d" % options.clients, "-d%ds" % options.seconds, "--latency", "--timeout", "10s",
                                        "http://127.0.0.1:%d%s" % (stage.port, path)], stdout=subprocess.PIPE, text=True)
                beside = watched(stage, options.seconds - 1)
                print("beside wrk:   %.0f rows/s, CPU %.2f, behind at most %.0f rows" % beside, "load %.0f" % os.getloadavg()[0])
                said = wrk.communicate()[0]
                rate = float(re.search(r"Requests/sec: +(\S+)", said)[1])
                print(path, " ".join(re.findall(r"(?:Requests/sec|Non-2xx|Socket errors|99%|50%).*", said)),
                      "CPU us a request: %.0f" % ((beside[1] - alone[1]) / rate * 1e6), flush=True)
        finally:
            ends.set()
            feeder.join()
            stage.process.terminate()
            code = stage.process.wait(60)
            print("ended with", code)
            if code:
                with open(stage.log.name) as log:
                    print(log.read()[-2000:])
            stage.admin.delete_topics([stage.topic])[stage.topic].result(30)


if __name__ == "__main__":
    main()
