#!/usr/bin/python3
"""A store that is killed at random moments, or whose disk is full, gives in the end the answers of the model.

    faults.py BINARY [--kills N] [--full N] [--seed N]

One long history goes into one store that is killed again and again, now at the start of all rows, now in a part of
them; a question after a kill is answered. Then the same with a disk that is full at a random size: a tmpfs where the
system lets us mount one, and a bound on the size of files everywhere. What is killed or full goes on from what it has.
"""
import argparse
import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from histories import ask, questions
from history import History
from model import Model
from product import RULES, Ended, Store, seconds_of

STEPS = 700
QUESTIONS = 12


def sample_size(store):
    return max((path.stat().st_size for path in store.files()), default=0)


def check_answers(store, history, model, dice, failures, claim):
    for question in questions(history, dice, QUESTIONS):
        found = ask(store, model, question)
        if found:
            failures.append(f"{claim}: {found}")
            return


def build_at_once(binary, history):
    """How long it takes, and how large the largest file gets."""
    with tempfile.TemporaryDirectory(prefix="trends-") as folder:
        store = Store(binary, folder)
        seconds = seconds_of(lambda: store.feed(history.rows))
        return seconds, sample_size(store)


def test_kills(binary, history, model, dice, seconds, kills, failures):
    with tempfile.TemporaryDirectory(prefix="trends-") as folder:
        store = Store(binary, folder)
        killed, tries = 0, 0
        while killed < kills and tries < 3 * kills:
            tries += 1
            begin = dice.choice((0, 0, dice.randrange(len(history.rows))))
            began = time.monotonic()
            was_killed = store.feed_and_kill(history.rows[begin:], dice.uniform(0, seconds))
            if not was_killed and not begin:                        # rows that are there already take less time
                seconds = min(seconds, time.monotonic() - began)
            killed += was_killed
            if killed % 20 == 10:
                store.ask("--at", str(history.last_ms))         # a store that was killed can be read
        store.feed(history.rows)
        store.feed(history.rows)
        check_answers(store, history, model, dice, failures, f"after {killed} kills")
    if killed < kills * 0.8:
        failures.append(f"only {killed} of {kills} kills hit a running program")


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of that size, or none where it may not be mounted."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
    if done.returncode != 0:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def limit_files(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)       # the write fails as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def is_refused(store, rows, failures, **options):
    """Whether it says that it could not, which is what it must say when it could not."""
    try:
        store.feed(rows, **options)
        return False
    except Ended as ended:
        words = str(ended)
        if not any(it in words.lower() for it in ("full", "space", "large", "disk", "write")):
            failures.append(f"a full disk is not named: {words}")
        return True


def test_full_files(binary, history, model, dice, largest, times, failures):
    with tempfile.TemporaryDirectory(prefix="trends-") as folder:
        store = Store(binary, folder)
        refused = sum(is_refused(store, history.rows, failures, preexec_fn=limit_files(dice.randint(8192, largest)))
                      for _ in range(times))
        store.feed(history.rows)
        store.feed(history.rows)
        check_answers(store, history, model, dice, failures, f"after {refused} bounds on the size of files")
    if not refused:
        failures.append("no bound on the size of files was ever met")


def test_full_disk(binary, history, model, dice, largest, failures):
    """The same store on a file system that is full, then made larger."""
    with tempfile.TemporaryDirectory(prefix="trends-") as folder, small_disk(folder, largest // 2) as mounted:
        if not mounted:
            print("SKIP the full file system: no tmpfs may be mounted here")
            return
        store = Store(binary, folder)
        if not is_refused(store, history.rows, failures):
            failures.append(f"a file system of {largest // 2} bytes was not full")
        subprocess.run(["mount", "-o", f"remount,size={largest * 20}", folder], check=True)
        store.feed(history.rows)
        store.feed(history.rows)
        check_answers(store, history, model, dice, failures, "after a full file system")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--full", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=0")
    dice = random.Random(args.seed)
    history, model, failures = History(f"faults {args.seed}", steps=STEPS, days=3), Model(RULES), []
    for row in history.rows:
        model.take(row)
    seconds, largest = build_at_once(args.binary, history)
    test_kills(args.binary, history, model, dice, seconds, args.kills, failures)
    test_full_files(args.binary, history, model, dice, largest, args.full, failures)
    test_full_disk(args.binary, history, model, dice, largest, failures)
    print("\n".join(failures) or f"{args.kills} kills, {args.full} bounds, a full disk: all answers are the model's")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
