"""The program under test: a store in a folder of its own, fed with rows, killed and asked."""
import json
import os
import subprocess
import time
from pathlib import Path

from model import DAY_MS, HOUR_MS, Rules

TAG_LABELS = {"rare-earth": "レアアース", "yen": "円相場", "cats": "ねこ"}
SEGMENT_LABELS = {"40s/male": "40代/男性", "?/female": "女性"}
DENIED = ("games",)
RULES = Rules(TAG_LABELS, SEGMENT_LABELS, HOUR_MS, DENIED)

CONFIG = {
    "group": "trend-tests",
    "input": [{"topic": "posts.raw", "key": "id"}],
    "rules": ["rules.yaml"],
    "routes": {"facts": {"topic": "posts.facts", "shape": "facts"}},
    "dead_letters": "posts.dead",
    "kafka": {"bootstrap.servers": "localhost:1"},
    "trends": {"from": "facts", "store": "trends.db", "retention": "400d", "languages": ["ja", "en"], "deny": list(DENIED)},
}
RULES_FILE = {
    "version": 1,
    "tags": {tag: {"labels": {"ja": label, "en": tag}, "any": [label]} for tag, label in TAG_LABELS.items()},
    "segments": {"labels": SEGMENT_LABELS},
    "engagement": {"min_age": "1h"},
}


class Ended(Exception):
    """The program ended otherwise than it should."""


def span(ms):
    for unit, name in ((DAY_MS, "d"), (HOUR_MS, "h"), (60000, "m"), (1000, "s")):
        if ms % unit == 0:
            return f"{ms // unit}{name}"
    return f"{ms}ms"


class Store:
    def __init__(self, binary, folder, **trends):
        self._binary = os.path.abspath(binary)
        self.folder = Path(folder)
        config = {**CONFIG, "trends": {**CONFIG["trends"], **trends}}
        (self.folder / "worker.yaml").write_text(json.dumps(config, ensure_ascii=False, indent=1))
        (self.folder / "rules.yaml").write_text(json.dumps(RULES_FILE, ensure_ascii=False, indent=1))

    def files(self):
        return sorted(self.folder.glob("trends.db*"))

    def run(self, *words, **options):
        return subprocess.run([self._binary, *words], cwd=self.folder, capture_output=True, timeout=300, **options)

    def feed(self, rows, **options):
        """All rows, to their end."""
        done = self.run("trends", "-c", "worker.yaml", "--facts", "-", "--once", input=b"\n".join([*rows, b""]), **options)
        if done.returncode != 0:
            raise Ended(f"trends ended with {done.returncode}:\n{done.stderr.decode(errors='replace')[-2000:]}")
        return done

    def feed_and_kill(self, rows, seconds):
        """Killed after that time, unless it is through before. Whether it was killed."""
        path = self.folder / "rows.jsonl"
        path.write_bytes(b"\n".join([*rows, b""]))
        with open(path, "rb") as facts:
            child = subprocess.Popen([self._binary, "trends", "-c", "worker.yaml", "--facts", "-", "--once"], cwd=self.folder,
                                     stdin=facts, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                _, said = child.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                child.communicate()
                return True
        if child.returncode != 0:
            raise Ended(f"trends ended with {child.returncode}:\n{said.decode(errors='replace')[-2000:]}")
        return False

    def ask(self, *words, form="json"):
        """What `page --json` prints, without the end of the line, or another form."""
        done = self.run("page", "-c", "worker.yaml", f"--{form}", *words)
        if done.returncode != 0:
            raise Ended(f"page {' '.join(words)} ended with {done.returncode}:\n{done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout.rstrip(b"\n") if form == "json" else done.stdout

    def page(self, at, window, form="json", **more):
        """An answer: of a tag, else the list of trends. A flag without a value is True."""
        flags = [word for name, value in more.items() if value is not None
                 for word in ((f"--{name}",) if value is True else (f"--{name}", str(value)))]
        return self.ask("--at", str(at), "--window", span(window), *flags, form=form)


def seconds_of(action):
    began = time.monotonic()
    action()
    return time.monotonic() - began
