"""What a worker does while brokers cannot be reached, on embedded ones: see config/REFERENCE.md and worker/DESIGN.md.

    outage.py BINARY MOCK-BROKER"""

import json
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

BINARY, MOCK = map(os.path.abspath, sys.argv[1:3])
ROUNDS = 20
PARTITIONS = 3

failures = []


def expect(claim, condition, said=""):
    if not condition:
        failures.append(f"{claim}: {said}")


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def wait_until(what, happened, seconds, more=lambda: ""):
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            failures.append(f"{what}: not within {seconds} s\n{more()}")
            return False
        time.sleep(0.05)
    return True


class Brokers:
    """Three embedded ones. The first coordinates all and leads the outputs; partition 1 of the input is led by the second."""

    def __init__(self, folder, posts=100, more=""):
        path = Path(folder, "posts.jsonl")
        path.write_text("".join(json.dumps({"id": str(n), "text": "南鳥島のレアアース泥を調査する船が出港した" + more}) + "\n"
                                for n in range(posts)))
        self.process = subprocess.Popen([MOCK, "-b", "3", path, str(ROUNDS), "raw", "facts", "dead"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        self.total = posts * ROUNDS
        self.order("coordinate group lanes 1", "coordinate transaction lanes-one-0 1", "lead raw 0 1", "lead raw 1 2",
                   "lead raw 2 3", *(f"lead {topic} {n} 1" for topic in ("facts", "dead") for n in range(PARTITIONS)))

    def order(self, *orders):
        for order in orders:
            self.process.stdin.write(order + "\n")
            self.process.stdin.flush()
            assert self.process.stdout.readline() == "done\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)


class Worker:
    def __init__(self, folder, brokers, **more):
        self.port = free_port()
        config = Path(folder, "worker.yaml")
        config.write_text(json.dumps({
            "group": "lanes", "instance": "one", "lanes": 1, "input": [{"topic": "raw", "key": "id"}],
            "rules": ["rules.yaml"], "routes": {"facts": {"topic": "facts", "shape": "facts"}}, "dead_letters": "dead",
            "http": self.port, "kafka": {"bootstrap.servers": brokers}, **more}))
        Path(folder, "rules.yaml").write_text("version: 1\ntags: {rare-earth: {any: [レアアース]}}\n")
        self.log_path = Path(folder, "worker.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([BINARY, "run", "-c", config], stderr=log)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()
        except OSError:
            return 0, ""

    def committed(self):
        """partition -> offset"""
        status, text = self.get("/status.json")
        return {it["partition"]: it["committed"] for it in json.loads(text)["partitions"]} if status == 200 else {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        log = self.log()
        if os.environ.get("SHOW"):
            print(log)
        expect("no sanitizer complains", "Sanitizer" not in log and "runtime error:" not in log, log)


def check_fresh_group(folder):
    """The edges of one partition cannot be looked up: the others start all the same."""
    with Brokers(folder) as brokers:
        brokers.order("slow 2 100000")
        with Worker(folder, brokers.address) as worker:
            wait_until("a fresh group reads what two of three brokers lead",
                       lambda: all(worker.committed().get(n, -1) > ROUNDS for n in (0, 2)), 15, worker.log)
            log = worker.log()
            expect("the partition of the third one waits", "partition=1 " not in log and "start-unknown" in log, log)
            brokers.order("slow 2 0")


def check_swallowed(folder):
    """The way to a broker is swallowed while a partition of it is far behind."""
    with Brokers(folder, posts=200, more=" 海" * 400) as brokers:
        brokers.order("slow 2 300", "slow 3 300")                               # a batch each
        with Worker(folder, brokers.address, **{"kafka.consumer": {"fetch.message.max.bytes": "2000"}}) as worker:
            wait_until("all partitions are read", lambda: all(worker.committed().get(n, -1) > 0 for n in range(PARTITIONS)), 15,
                       worker.log)
            brokers.order("slow 2 100000")
            before = worker.committed()
            expect("it is in the middle", before[1] < 800 and before[2] < 800, before)
            wait_until("the partition of another broker goes on", lambda: worker.committed()[2] > before[2] + 200, 10,
                       lambda: f"{worker.committed()}\n{worker.log()}")
            expect("the swallowed one does not", worker.committed()[1] < 1000, worker.committed())
            turns = re.search(r"trendmill_lane_still_seconds\{\S+ (\S+)", worker.get("/metrics")[1])
            expect("the lane turns", turns and float(turns[1]) < 2, turns)


TXN_OFFSET_COMMIT, ILLEGAL_GENERATION = 28, 22      # of the protocol


def check_rewinds(folder):
    """Transactions that are rewound again and again: slower each time, said a few times, and /readyz says no."""
    with Brokers(folder) as brokers:
        brokers.order(f"refuse {TXN_OFFSET_COMMIT} {ILLEGAL_GENERATION} 5")
        with Worker(folder, brokers.address) as worker:
            said = []
            wait_until("it is not ready", lambda: said.append(worker.get("/readyz")[1]) or "rewinds repeat" in said[-1], 15,
                       worker.log)
            wait_until("it is ready again", lambda: worker.get("/readyz")[0] == 200 and worker.committed().get(0, -1) > ROUNDS, 15,
                       worker.log)
            log = worker.log()
            expect("the first rewinds are logged", log.count("event=rewind") == 3, log)
            expect("they come less and less often, and their end is logged", re.search("event=commits-again lane=0 rewinds=5 seconds=[2-9]", log),
                   log)
            status, health = worker.get("/healthz")
            expect("no restart is asked for", status == 200, health)


def check_stuck(folder):
    """A lane that hangs in a call is not ready and ends the process, and the log names the call."""
    with Brokers(folder, posts=200, more=" 海" * 400) as brokers:
        brokers.order("slow 2 300", "slow 3 300")
        with Worker(folder, brokers.address, stuck_timeout="18s") as worker:
            wait_until("it reads", lambda: worker.committed().get(0, -1) > 0, 15, worker.log)
            brokers.order("slow 1 100000")
            wait_until("/readyz names the call", lambda: re.search(r'it waits in "\w', worker.get("/readyz")[1]), 25, worker.log)
            wait_until("the process ends", lambda: worker.process.poll() is not None, 30, worker.log)
            expect("with 1", worker.process.returncode == 1, worker.process.returncode)
            expect("the log names the lane and the call", re.search(r'event=stuck-timeout lane=0 still_ms=\d+ waits_in="\w', worker.log()),
                   worker.log())


def check_all_down(folder):
    """All brokers are down for a while: a few lines of log, and /readyz says it."""
    # The session outlives the outage: embedded brokers keep no offsets of a group that lost its last member.
    with Brokers(folder) as brokers:
        with Worker(folder, brokers.address, **{"kafka.consumer": {"session.timeout.ms": "60000"}}) as worker:
            wait_until("all is committed", lambda: sum(worker.committed().values()) == brokers.total, 20, worker.log)
            before = worker.log().count("\n")
            brokers.order("down 1", "down 2", "down 3")
            said = []
            wait_until("/readyz says that no broker answers",
                       lambda: said.append(worker.get("/readyz")[1]) or "no broker answers, for " in said[-1], 25, lambda: said[-1])
            status, health = worker.get("/healthz")
            expect("no restart is asked for", status == 200, health)
            brokers.order("up 1", "up 2", "up 3")
            wait_until("it is ready again", lambda: worker.get("/readyz")[0] == 200, 30, worker.log)
            lines = worker.log().splitlines()[before:]
            events = [re.search("event=(\\S+)", line)[1] for line in lines]
            expect("one line when it begins, one when it is over",
                   (events.count("brokers-failing"), events.count("brokers-back")) == (1, 1), "\n".join(lines))
            expect("and few others", len(lines) <= 8, "\n".join(lines))


def check_start(folder):
    """Nobody answers at the start."""
    with Worker(folder, "127.0.0.1:1", start_timeout="3s") as worker:
        wait_until("the start fails", lambda: worker.process.poll() is not None, 10, worker.log)
        log = worker.log()
        expect("with 3, cause and remedy", worker.process.returncode == 3 and "no broker answers: check bootstrap.servers" in log
               and "Connection refused" in log and "event=waiting-for-brokers" in log, (worker.process.returncode, log))
    with Worker(folder, "127.0.0.1:1") as worker:
        wait_until("it waits", lambda: "event=waiting-for-brokers" in worker.log(), 10, worker.log)
        worker.process.send_signal(signal.SIGTERM)
        wait_until("SIGTERM ends the wait at once", lambda: worker.process.poll() is not None, 1, worker.log)
        expect("well", worker.process.returncode == 0, (worker.process.returncode, worker.log()))
    with Brokers(folder) as brokers:
        brokers.order("down 1", "down 2", "down 3")
        with Worker(folder, brokers.address) as worker:
            wait_until("it waits", lambda: "event=waiting-for-brokers" in worker.log(), 10, worker.log)
            brokers.order("up 1", "up 2", "up 3")
            wait_until("brokers that come later are enough", lambda: worker.committed().get(0, -1) > 0, 25, worker.log)


API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 18, 17, 36
UNSUPPORTED_VERSION, AUTHENTICATION_FAILED = 35, 58


def text(value):
    return struct.pack(">h", len(value)) + value


def refusal(request, version):
    """What a broker says to a client whose password is wrong, step by step."""
    if request == API_VERSIONS:
        known = [(API_VERSIONS, 0, 0), (SASL_HANDSHAKE, 0, 1), (SASL_AUTHENTICATE, 0, 0), (3, 0, 4)]
        return struct.pack(">hi", UNSUPPORTED_VERSION if version else 0, len(known)) + b"".join(struct.pack(">hhh", *it)
                                                                                              for it in known)
    if request == SASL_HANDSHAKE:
        return struct.pack(">hi", 0, 1) + text(b"PLAIN")
    return struct.pack(">h", AUTHENTICATION_FAILED) + text(b"Authentication failed: Invalid username or password") + struct.pack(">i", 0)


def read(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def refuse(connection):
    try:
        while True:
            size, request, version, number = struct.unpack(">ihhi", read(connection, 12))
            read(connection, size - 8)
            answer = struct.pack(">i", number) + refusal(request, version)
            connection.sendall(struct.pack(">i", len(answer)) + answer)
    except OSError:
        connection.close()


def listen(folder, tls):
    """A broker that refuses: by its certificate, which nobody has signed, or the client's password."""
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    if tls:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout",
                        f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
        server = context.wrap_socket(server, server_side=True)

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:         # a handshake that failed
                continue
            threading.Thread(target=refuse, args=(connection,), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{port}"


def check_refused(folder):
    """A wrong password or certificate ends a start at once, with a sentence of ours and without the password."""
    for tls, settings, words in (
            (False, {"security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN", "sasl.username": "worker",
                     "sasl.password": "tide-pool"}, "the brokers refuse the credentials: check sasl.mechanism"),
            (True, {"security.protocol": "ssl"}, "TLS fails: check ssl.ca.location")):
        brokers = listen(folder, tls)
        with Worker(folder, brokers, kafka={"bootstrap.servers": brokers, **settings}) as worker:
            wait_until("the start fails", lambda: worker.process.poll() is not None, 10, worker.log)
            log = worker.log()
            expect(words, worker.process.returncode == 3 and words in log and "tide-pool" not in log, (worker.process.returncode, log))
            done = subprocess.run([BINARY, "topics", "-c", f"{folder}/worker.yaml"], capture_output=True, timeout=60)
            expect(f"topics: {words}", done.returncode == 3 and words in done.stderr.decode(), (done.returncode, done.stderr))


def check_quiet(folder):
    """at_least_once warns of nothing."""
    with Brokers(folder) as brokers:
        with Worker(folder, brokers.address, delivery="at_least_once") as worker:
            wait_until("it reads", lambda: worker.committed().get(0, -1) > 0, 15, worker.log)
            lines = [line for line in worker.log().splitlines()
                     if "level=info" not in line and "unkeyed" not in line and "limits-unknown" not in line]
            expect("no warnings", not lines, "\n".join(lines))


def main():
    only = sys.argv[3:]
    for check in (check_fresh_group, check_swallowed, check_rewinds, check_stuck, check_all_down,
                  check_start, check_refused, check_quiet):
        if only and check.__name__ not in only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            check(folder)
    print("\n".join(failures) or "lanes go on with the brokers that are there")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
