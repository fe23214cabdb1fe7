"""What the tests of commands share: files in a folder of their own, and a command run there."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

WORKER = """\
input:
  - {topic: posts.raw, network: x, key: id}
  - {topic: posts.framed, network: x, framing: confluent}
rules: [rules.yaml]
routes:
  enriched: {topic: posts.enriched, shape: event}
  facts: {topic: posts.facts, shape: facts, key: network-id, when: {at_least: {score: 3}}}
  by-tag: {topic: posts.by-tag, shape: by-tag}
  english: {topic: posts.english, shape: event, when: {lang: [en, ko]}}
dead_letters: posts.dead
kafka: {bootstrap.servers: localhost}
"""

RULES = """\
version: 1
aliases: {日本: [倭国]}
tags:
  resources: {any: [鉱床]}
  rare-earth: {any: [レアアース, "#南鳥島の泥"], implies: [resources]}
  rare: {any: [{term: レア, except: [レアアース]}]}
  sea-mining: {all: [{any: [南鳥島, 海底]}, {any: [試掘, 採掘]}], none: [ゲーム]}
  japan: {any: [日本]}
engagement: {weights: {reposts: 2, likes: 1, replies: 1}, tiers: {by: total, hot: 1000, warm: 100}}
"""


class Bench:
    """A folder with worker.yaml and rules.yaml in which the binary runs."""

    def __init__(self, binary):
        self.binary = os.path.abspath(binary)
        self.failures = []
        self.folder = tempfile.TemporaryDirectory()
        self.write("worker.yaml", WORKER)
        self.write("rules.yaml", RULES)

    def write(self, name, text):
        Path(self.folder.name, name).write_text(text)
        return name

    def run(self, *arguments, stdin=b"", colour=False):
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR" or not colour}
        return subprocess.run([self.binary, *arguments], cwd=self.folder.name, input=stdin, capture_output=True,
                              timeout=60, env=environment)

    def check(self, claim, holds, shown=""):
        if not holds:
            self.failures.append(f"{claim}\n{shown}")

    def exit(self):
        print("\n".join(self.failures) or "all claims hold")
        sys.exit(1 if self.failures else 0)


def bench():
    return Bench(sys.argv[1] if len(sys.argv) > 1 else os.environ["TRENDMILL"])


def post(text, **members):
    return json.dumps({"id": "7", "text": text, **members}, ensure_ascii=False).encode()
