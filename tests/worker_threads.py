"""All threads of a worker at once, on the embedded broker: lanes that carry posts, HTTP under load with slow clients among
it, reloads of good and bad rules, and a replay. For the thread sanitizer (tests/builds tsan): no report is allowed.

    worker_threads.py BINARY MOCK-BROKER"""

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BINARY, MOCK = sys.argv[1:3]
TIMES, RELOADS, SECONDS = 40, 8, 120
TOPICS = ["posts.raw", "posts.enriched", "posts.facts", "posts.by-tag", "posts.dead"]
PATHS = ["/metrics", "/status", "/status.json", "/healthz", "/readyz", "/", "/nowhere"]
RULES = ("version: 1\ntags: {rare-earth: {any: [レアアース]}}\n", "version: 2\ntags: {a: {any: [日本]}, b: {all: [海]}}\n",
         "version: 3\ntags: {a: {any: 7\n")


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def ask(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


def wait_until(what, happened, process, log):
    until = time.monotonic() + SECONDS
    while not happened():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise AssertionError(f"{what}: not so; exit code {process.wait()}\n{log.read_text()}")
        time.sleep(0.05)


def write_config(folder, brokers, port, delivery):
    """The embedded broker keeps no offsets of transactions, and a replay goes by its offsets."""
    Path(folder, "rules.yaml").write_text(RULES[0])
    raw, enriched, facts, by_tag, dead = TOPICS
    # The embedded brokers keep no offsets of transactions, so a lane that starts late finds a group without any.
    Path(folder, "worker.yaml").write_text(json.dumps({
        "on_lost_offsets": "earliest", "group": "threads", "delivery": delivery, "lanes": 2, "http": port, "rules": ["rules.yaml"],
        "input": [{"topic": raw, "key": "id"}], "dead_letters": dead,
        "routes": {"enriched": {"topic": enriched, "shape": "event"}, "facts": {"topic": facts, "shape": "facts"},
                   "by-tag": {"topic": by_tag, "shape": "by-tag"}},
        "kafka": {"bootstrap.servers": brokers, "statistics.interval.ms": "200"}}))


def load(port, stop):
    """Clients that ask for everything, and some that never finish asking."""
    def keep_asking():
        while not stop.is_set():
            for path in PATHS:
                ask(port, path)

    def dawdle():
        with contextlib.ExitStack() as slow, contextlib.suppress(OSError):      # it may close meanwhile
            for _ in range(50):
                it = slow.enter_context(socket.create_connection(("127.0.0.1", port), 10))
                it.sendall(b"GET /status HTTP/1.1\r\n")
            stop.wait(0.5)

    def keep_dawdling():
        while not stop.is_set():
            dawdle()

    threads = [threading.Thread(target=it) for it in [keep_asking] * 6 + [keep_dawdling]]
    for thread in threads:
        thread.start()
    return threads


def posts_of(port):
    found = re.findall(r"^trendmill_posts_total\{.*\} (\d+)$", ask(port, "/metrics"), re.M)
    return sum(map(int, found))


def run_worker(folder, port, count):
    log = Path(folder, "log")
    with open(log, "w") as stderr:
        process = subprocess.Popen([BINARY, "run", "-c", f"{folder}/worker.yaml"], stderr=stderr)
    stop = threading.Event()
    wait_until("the worker listens", lambda: ask(port, "/healthz"), process, log)
    threads = load(port, stop)
    try:
        return drive(folder, port, count, process, log)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def drive(folder, port, count, process, log):
    wait_until("posts are carried", lambda: posts_of(port) > 0, process, log)
    for n in range(1, RELOADS + 1):
        Path(folder, "rules.yaml").write_text(RULES[n % 3])
        process.send_signal(signal.SIGHUP)
        wait_until(f"reload {n}", lambda: sum(map(int, re.findall(r'reloads_total\{outcome="\w+"\} (\d+)', ask(port, "/metrics"))))
                   == n, process, log)
        time.sleep(0.2)
    wait_until("all posts are carried", lambda: posts_of(port) >= count, process, log)
    process.send_signal(signal.SIGTERM)
    return process.wait(SECONDS), log.read_text()


def replay(folder):
    done = subprocess.run([BINARY, "replay", "-c", f"{folder}/worker.yaml", "--from", "earliest", "--to", "latest", "--in-place",
                           "--name", "again"], capture_output=True, timeout=SECONDS)
    return done.returncode, done.stderr.decode()


def main():
    posts = ROOT / "config/samples/posts.jsonl"
    count = TIMES * len(posts.read_bytes().splitlines())
    broker = subprocess.Popen([MOCK, posts, str(TIMES), *TOPICS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    brokers, port = broker.stdout.readline().decode().strip(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        write_config(folder, brokers, port, "exactly_once")
        code, said = run_worker(folder, port, count)
        write_config(folder, brokers, port, "at_least_once")
        replayed, more = replay(folder) if code == 0 else (None, "")
    broker.stdin.close()
    ended = broker.wait(SECONDS)
    fine = code == replayed == ended == 0 and f"posts={count}" in more and "Sanitizer" not in said + more
    print(f"{count} posts carried and replayed, {RELOADS} reloads" if fine else f"{code} {replayed} {ended}\n{said}{more}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
