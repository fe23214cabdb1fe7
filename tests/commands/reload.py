"""New rules for a running worker, on an embedded broker: by SIGHUP, and by `watch: true` when a file changes, as a Kubernetes
ConfigMap does by pointing a symbolic link elsewhere.

    reload.py BINARY MOCK-BROKER"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY, MOCK = map(os.path.abspath, sys.argv[1:3])
POSTS = ROOT / "config/samples/posts.jsonl"

failures = []


def expect(claim, condition, said=""):
    if not condition:
        failures.append(f"{claim}: {said}")


def wait_until(what, happened, said=lambda: "", seconds=30):
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            failures.append(f"{what}: not within {seconds} s\n{said()}")
            return False
        time.sleep(0.05)
    return True


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def rules(version, term="レアアース"):
    return f"version: {version}\ntags: {{rare-earth: {{any: [{term}]}}}}\n"


class Worker:
    """A worker whose files are in ..data, a link to a folder, as in the volume of a ConfigMap."""

    def __init__(self, brokers, **more):
        self.folder = tempfile.TemporaryDirectory()
        self.port = free_port()
        self.config = {
            "group": "reload", "delivery": "at_least_once", "lanes": 1, "input": [{"topic": "raw", "key": "id"}],
            "rules": ["rules.yaml"], "routes": {"facts": {"topic": "facts", "shape": "facts"}}, "dead_letters": "dead",
            "http": self.port, "kafka": {"bootstrap.servers": brokers}, **more}
        self.versions = 0
        self.swap(rules(1))
        for name in ("worker.yaml", "rules.yaml"):
            self.path(name).symlink_to(f"..data/{name}")
        with open(self.path("log"), "wb") as log:
            self.process = subprocess.Popen([BINARY, "run", "-c", self.path("worker.yaml")], stderr=log)
        wait_until("the worker serves", lambda: self.status() is not None, self.log)

    def path(self, name):
        return Path(self.folder.name, name)

    def swap(self, text, **config):
        """All files at once by one rename, as the kubelet does."""
        self.versions += 1
        made = self.path(f"..{self.versions}")
        made.mkdir()
        (made / "rules.yaml").write_text(text)
        (made / "worker.yaml").write_text(json.dumps({**self.config, **config}))
        self.path("..new").symlink_to(made.name)
        os.replace(self.path("..new"), self.path("..data"))

    def log(self):
        return self.path("log").read_text(errors="replace")

    def lines(self, event):
        return [line for line in self.log().splitlines() if f"event={event} " in line]

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.read().decode()

    def status(self):
        try:
            return json.loads(self.get("/status.json"))["rules"]
        except OSError:
            return None

    def reloads(self):
        now = self.status()
        return now["reloads"] + now["refused"] + now["unchanged"]

    def reload(self):
        """By a signal; what /status says then."""
        before = self.reloads()
        self.process.send_signal(signal.SIGHUP)
        wait_until("the signal is answered", lambda: self.reloads() == before + 1, self.log)
        return self.status()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        expect("it ends well", self.process.wait(60) == 0, self.log())
        expect("without a report of a sanitizer", "runtime error:" not in self.log() and "Sanitizer" not in self.log(), self.log())
        self.folder.cleanup()


def check_one(worker, what, event, outcome, reason, *words):
    """A signal brings one line of this event, and /status and /metrics say the same."""
    before = len(worker.lines(event))
    now = worker.reload()
    lines = worker.lines(event)
    expect(f"{what}: one line", len(lines) == before + 1, worker.log())
    expect(f"{what}: its words", all(word in lines[-1] for word in words), lines[-1:])
    expect(f"{what}: in /status", now["last"]["outcome"] == outcome and abs(now["last"]["at"] / 1000 - time.time()) < 60, now)
    series = f'trendmill_rules_last_reload_timestamp_seconds{{outcome="{outcome}",reason="{reason}"}} '
    expect(f"{what}: in /metrics", series in worker.get("/metrics"), worker.get("/metrics"))
    return now


def check_signal(brokers):
    with Worker(brokers) as worker:
        expect("no reload yet", "last" not in worker.status() and worker.status()["config"] == "", worker.status())
        check_one(worker, "the same files", "reload-unchanged", "unchanged", "same-rules", "rules=\"1 ")
        worker.swap(rules(2, "南鳥島"))
        now = check_one(worker, "a greater version", "reload", "taken", "newer-version", "level=info", 'rules="2 ', 'was="1 ')
        expect("it is in use", now["version"] == 2, now)
        worker.swap(rules(2, "海底"))
        now = check_one(worker, "the same version", "reload", "taken", "same-version", "level=warn", "raise it")
        worker.swap(rules(1, "海底"))
        now = check_one(worker, "a lower version", "reload", "taken", "lower-version", "level=warn", "lower")
        expect("it is in use too", now["version"] == 1, now)
        worker.swap("version: 3\ntags: {rare-earth: {any: レアアース}}\n")
        now = check_one(worker, "bad rules", "reload-refused", "refused", "errors", "problems=1")
        expect("the old ones go on", now["version"] == 1, now)
        check_changed_config(worker)


def check_changed_config(worker):
    worker.swap(rules(4), lanes=2, commit={"posts": 5})
    now = check_one(worker, "a changed config", "reload", "taken", "newer-version")
    lines = worker.lines("config-not-taken")
    expect("what a reload cannot take is named, once", len(lines) == 1 and "lanes, commit; restart" in lines[0], worker.log())
    expect("and in /status", "lanes, commit" in now["config"], now)
    expect("and in /metrics", "trendmill_config_changed 1\n" in worker.get("/metrics"))
    worker.swap(rules(4), lanes="two")
    now = worker.reload()
    expect("a broken one is told from that", "it has errors" in now["config"] and "worker.yaml:1:" in now["config"], now)
    worker.swap(rules(4))
    now = worker.reload()
    expect("and back", now["config"] == "" and "trendmill_config_changed 0\n" in worker.get("/metrics"), now)


def check_watch(brokers):
    with Worker(brokers, watch=True) as worker:
        worker.swap(rules(2))
        wait_until("a swapped link is seen", lambda: worker.status()["version"] == 2, worker.log)
        file = worker.path("..data").resolve() / "rules.yaml"
        with open(file, "w") as out:                 # a writer that takes its time: what is there is no YAML meanwhile
            whole = rules(3, "南鳥島") + "# " + "x" * 40 + "\n"
            for at in range(0, 24, 4):
                out.write(whole[at:at + 4])
                out.flush()
                time.sleep(0.5)
            out.write(whole[24:])
        wait_until("a file that was written slowly is taken when it is whole", lambda: worker.status()["version"] == 3, worker.log)
        expect("and not before", worker.status()["refused"] == 0, worker.log())
        worker.swap("version: 4\ntags: [")
        wait_until("a bad one is refused", lambda: worker.status()["refused"] == 1, worker.log)
        worker.swap(rules(5))
        wait_until("and the next one taken", lambda: worker.status()["version"] == 5, worker.log)
        now = worker.status()
        expect("each once", (now["reloads"], now["refused"], now["unchanged"]) == (3, 1, 0), (now, worker.log()))


def check_without(brokers):
    """Without `watch` a file may change as it likes: a look would have seen it within two seconds."""
    with Worker(brokers) as worker:
        worker.swap(rules(2))
        time.sleep(3)
        expect("nothing is reloaded without a signal", worker.reloads() == 0, worker.log())


with subprocess.Popen([MOCK, POSTS, "1", "raw", "facts", "dead"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as broker:
    address = broker.stdout.readline().decode().strip()
    check_signal(address)
    check_watch(address)
    check_without(address)
    broker.stdin.close()
print("\n".join(failures) or "all claims hold")
sys.exit(1 if failures else 0)
