"""Golden tests: what `trendmill pipe --records` makes of the posts of a folder, byte for byte.

    run.py BINARY CASE…          compares; without a case all of them
    GOLDEN=write run.py BINARY   rewrites what is expected

A folder holds worker.yaml, rules.yaml, posts.jsonl (of the first input) and, where a config has
several, posts.TOPIC.jsonl for others; records.jsonl and dead.jsonl hold what comes of them in that
order."""

import difflib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def inputs(case):
    """The files of posts, each with the options that say whose they are."""
    yield case / "posts.jsonl", []
    for path in sorted(case.glob("posts.*.jsonl")):
        yield path, ["--input", path.name.removeprefix("posts.").removesuffix(".jsonl")]


def run(binary, case):
    """The bytes of records and dead letters."""
    records, dead = b"", b""
    for path, options in inputs(case):
        with tempfile.NamedTemporaryFile() as letters, open(path, "rb") as posts:
            command = [binary, "pipe", "-c", "worker.yaml", "--records", "--dead", letters.name, *options]
            done = subprocess.run(command, cwd=case, stdin=posts, capture_output=True, timeout=60)
            sys.stderr.write(done.stderr.decode(errors="replace"))
            if done.returncode != 0:
                sys.exit(f"{case.name}: {path.name}: exit code {done.returncode}")
            records += done.stdout
            dead += letters.read()
    return {"records.jsonl": records, "dead.jsonl": dead}


def pretty(line):
    try:
        return json.dumps(json.loads(line), indent=1, ensure_ascii=False).splitlines()
    except ValueError:
        return [repr(line)]


def difference(name, expected, got):
    """Lines that differ, member by member; by their bytes where only the writing differs."""
    pairs = itertools.zip_longest(expected.splitlines(), got.splitlines(), fillvalue=b"")
    for number, (old, new) in enumerate(pairs, 1):
        if old == new:
            continue
        left, right = pretty(old), pretty(new)
        if left == right:
            left, right = [repr(old)], [repr(new)]
        yield from difflib.unified_diff(left, right, f"{name}:{number} expected", f"{name}:{number} got",
                                        lineterm="", n=2)


def check(binary, case):
    fine = True
    for name, got in run(binary, case).items():
        path = case / name
        if os.environ.get("GOLDEN") == "write":
            path.write_bytes(got)
            continue
        expected = path.read_bytes()
        if got != expected:
            fine = False
            print("\n".join(difference(f"{case.name}/{name}", expected, got)) or f"{case.name}/{name}: line ends differ")
    return fine


def main(arguments):
    binary = os.path.abspath(arguments[0] if arguments else os.environ["TRENDMILL"])
    cases = [HERE / name for name in arguments[1:]] or sorted(path.parent for path in HERE.glob("*/worker.yaml"))
    return 0 if all([check(binary, case) for case in cases]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
