"""How commands end where the system lacks something: with 1, so that a supervisor starts them again, and never with 2, which
is for a mistake in usage or config. See config/REFERENCE.md, Commands.

    exits.py BINARY MOCK-BROKER"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY, MOCK = map(os.path.abspath, sys.argv[1:3])
NOBODY = 65534
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}      # looking for leaks takes a thread
POSTS = ROOT / "config/samples/posts.jsonl"

failures = []


def expect(claim, condition, said=""):
    if not condition:
        failures.append(f"{claim}: {said}")


class Broker:
    """The embedded broker, with the samples in posts.raw."""

    def __enter__(self):
        self.process = subprocess.Popen([MOCK, POSTS, "1", "raw", "facts", "dead"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self.process.stdout.readline().decode().strip()

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)


def config_for(folder, brokers, **more):
    path = Path(folder, "worker.yaml")
    path.write_text(json.dumps({
        "group": "exits", "delivery": "at_least_once", "lanes": 1, "input": [{"topic": "raw", "key": "id"}],
        "rules": ["rules.yaml"], "routes": {"facts": {"topic": "facts", "shape": "facts"}}, "dead_letters": "dead",
        "kafka": {"bootstrap.servers": brokers}, **more}))
    Path(folder, "rules.yaml").write_text("version: 1\ntags: {rare-earth: {any: [レアアース]}}\n")
    return path


def run(*words, limit=(), user=None, **more):
    """A command under limits; as another user these count that user's threads alone."""
    def restrict():
        if user:
            os.setgid(user)
            os.setuid(user)
        for which, value in limit:
            resource.setrlimit(which, (value, value))

    return subprocess.run([BINARY, *map(str, words)], preexec_fn=restrict, env=ENVIRONMENT, timeout=60,
                          **{"capture_output": True, **more})


def starts(config, threads):
    """Whether a worker whose user may have so many threads goes on until it is stopped, and how it ends."""
    def restrict():
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))

    process = subprocess.Popen([BINARY, "run", "-c", config], preexec_fn=restrict, env=ENVIRONMENT, stderr=subprocess.PIPE)
    said = b""
    for line in process.stderr:
        said += line
        if b"event=rebalance" in line and said.count(b"event=rebalance") == 1:     # a second signal would not wait
            process.send_signal(signal.SIGTERM)
    return process.wait(60), said.decode()


def check_full_disk(config):
    posts = POSTS.read_bytes().splitlines()[0]
    for words in (["--version"], ["--help"], ["run", "--help"], ["reference"], ["check", "-c", config], ["pipe", "-c", config],
                  ["explain", "-c", config]):
        with open("/dev/full", "w") as full:
            done = run(*words, stdout=full, stderr=subprocess.PIPE, capture_output=False, input=posts)
        expect(f"{words} into a full disk", done.returncode == 1 and b"cannot be written: No space left on device" in done.stderr,
               (done.returncode, done.stderr))
    with tempfile.TemporaryDirectory() as folder:
        done = run("pipe", "-c", config, "--dead", f"{folder}/dead", input=b"no JSON\n" * 1000,
                   limit=[(resource.RLIMIT_FSIZE, 4096)])
        expect("dead letters beyond the limit of a file", done.returncode == 1 and b"cannot be written: File too large" in done.stderr,
               (done.returncode, done.stderr))


def check_files(config):
    """From too few descriptors for anything on: the config is not to blame for any of it."""
    for most in (5, 6, 8, 12, 16, 24, 64):
        done = run("check", "-c", config, limit=[(resource.RLIMIT_NOFILE, most)])
        expect(f"check with {most} descriptors", done.returncode in (0, 1, 127), (done.returncode, done.stderr))
    expect("check with 64 descriptors", done.returncode == 0, done.stderr)


def check_threads(config):
    for most in (1, 4, 8):
        done = run("check", "-c", config, limit=[(resource.RLIMIT_NPROC, most)], user=NOBODY)
        expect(f"check with {most} threads", done.returncode == 1 and b"ulimit -u" in done.stderr, (done.returncode, done.stderr))
    for most in (2, 9, 11):
        code, said = starts(config, most)
        expect(f"run with {most} threads", code == 1 and "Resource temporarily unavailable" in said, (code, said))
    code, said = starts(config, 40)
    expect("run with 40 threads", code == 0, (code, said))


def check_mistakes(folder, config):
    """What a person has to change is 2; what the cluster lacks is 3."""
    done = run("run", "-c", f"{folder}/none.yaml")
    expect("no config", done.returncode == 2, (done.returncode, done.stderr))
    expect("no such flag", run("run", "--fast").returncode == 2)
    broken = config_for(folder, "127.0.0.1:1", http=70000)
    expect("a bad config", run("run", "-c", broken).returncode == 2)
    config_for(folder, "127.0.0.1:1", **{"kafka.consumer": {"socket.connection.setup.timeout.ms": "1000"}})
    done = run("topics", "-c", config)
    expect("no broker", done.returncode == 3, (done.returncode, done.stderr))


def main():
    with tempfile.TemporaryDirectory() as folder, Broker() as brokers:
        os.chmod(folder, 0o755)
        config = config_for(folder, brokers)
        check_full_disk(config)
        check_files(config)
        if os.geteuid() == 0:
            check_threads(config)
        else:
            print("SKIP: limits of threads need a user of their own, which takes root to choose")
        check_mistakes(folder, config)
    print("\n".join(failures) or "every command ends as the reference says")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
